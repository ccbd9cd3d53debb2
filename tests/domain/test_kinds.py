"""The catalogue of kinds and the policy: data that is checked before it is adopted."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from dispatch.domain.kinds import EVERYDAY_CATALOGUE, Catalogue, Kind, LegKind, Proof
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.positions import Position
from dispatch.domain.values import Point, Role, Side, Urgency


def leg(name: str = "inside", **fields: Any) -> LegKind:
    """Return a leg of a kind."""
    shape: dict[str, Any] = {
        "name": name,
        "side": Side.INSIDE,
        "origin": Point.SHELF,
        "destination": Point.DOOR,
        "effort": 1,
        "roles": (Role.VOLUNTEER,),
        "minutes": 10,
    }
    return LegKind(**(shape | fields))


def kind(key: str = "water", **fields: Any) -> Kind:
    """Return a kind of help."""
    shape: dict[str, Any] = {"key": key, "urgency": Urgency.NONE, "due_within_s": (1, 2, 3, 4), "legs": (leg(),)}
    return Kind(**(shape | fields))


def test_every_kind_of_the_requirements_comes_out_of_the_box() -> None:
    """Everything that the first paragraph and R2 name, and none names an illness."""
    assert [kind.key for kind in EVERYDAY_CATALOGUE.kinds] == [
        "medicine",
        "food",
        "garbage",
        "stair_carry",
        "medical_ride",
        "parcel",
        "takeaway",
        "errand",
        "check_in",
        "childcare",
        "counselling",
        "mediation",
        "health_code",
        "stair_carry_return",
        "night_escort",
    ]


@pytest.mark.parametrize(
    ("key", "legs"),
    [
        ("medicine", [("outside", ()), ("inside", ("outside",))]),
        ("food", [("outside", ()), ("inside", ("outside",))]),
        ("garbage", [("inside", ()), ("outside", ("inside",))]),
        ("stair_carry", [("carry", ())]),
        ("stair_carry_return", [("carry", ()), ("carry_back", ("carry",))]),
        (
            "medical_ride",
            [
                ("to_car", ()),
                ("to_hospital", ("to_car",)),
                ("back_home", ("to_hospital",)),
                ("to_door", ("back_home",)),
            ],
        ),
        ("parcel", [("outside", ()), ("inside", ("outside",))]),
        ("takeaway", [("outside", ()), ("inside", ("outside",))]),
        ("errand", [("collect", ()), ("outside", ("collect",)), ("inside", ("outside",))]),
        ("check_in", [("visit", ())]),
        ("childcare", [("care", ())]),
        ("counselling", [("call", ())]),
        ("mediation", [("talk", ())]),
        ("health_code", [("visit", ())]),
    ],
)
def test_legs_of_the_kinds(key: str, legs: list[tuple[str, tuple[str, ...]]]) -> None:
    """Goods come in through two legs, garbage goes the other way, a ride ends at the gate (A2)."""
    found = EVERYDAY_CATALOGUE.find(key)
    assert found is not None
    assert [(leg.name, leg.after) for leg in found.legs] == legs


def kinds_that(field: str) -> set[str]:
    """Return the kinds of which a field says something."""
    return {kind.key for kind in EVERYDAY_CATALOGUE.kinds if getattr(kind, field) not in (False, (), Proof.NONE)}


@pytest.mark.parametrize(
    ("field", "keys"),
    [
        ("approvals", {"childcare"}),
        ("restricted", {"childcare", "counselling", "mediation", "night_escort"}),
        ("staff_only", {"night_escort"}),
        ("needs_confirmation", {"takeaway"}),
        ("proof", {"errand"}),
        (
            "same_person",
            {"stair_carry", "stair_carry_return", "check_in", "childcare", "counselling", "mediation", "medical_ride"},
        ),
    ],
)
def test_what_the_kinds_ask_for(field: str, keys: set[str]) -> None:
    """Takeaway is confirmed (R7), papers are photographed (R8), few see what is delicate (R17)."""
    assert kinds_that(field) == keys


def test_a_carry_has_three_positions() -> None:
    """Behind, at the arm and in front; down and up again is a kind of its own, for which the household phones (R9)."""
    plain, both_ways = EVERYDAY_CATALOGUE.find("stair_carry"), EVERYDAY_CATALOGUE.find("stair_carry_return")
    assert plain is not None
    assert both_ways is not None
    for leg in (*plain.legs, *both_ways.legs):
        assert [position.name for position in leg.positions] == ["behind", "arm", "front"]
        assert (leg.crew, leg.minutes) == (3, 40)
    assert [(leg.muster, leg.call_ahead) for leg in (*plain.legs, *both_ways.legs)] == [
        (False, False),
        *[(True, True)] * 2,
    ]


@pytest.mark.parametrize("names", [("behind",), ("behind", "behind", "front"), ("a", "b", "c", "d")])
def test_one_position_for_each_member(names: tuple[str, ...]) -> None:
    """Three people have three positions, each with a name of its own (56)."""
    with pytest.raises(ValidationError, match="one position for each member"):
        leg(crew=3, positions=tuple(Position(name=name) for name in names))


def test_a_position_is_held_by_somebody_who_takes_legs() -> None:
    """An auditor carries nobody."""
    with pytest.raises(ValidationError, match="role auditor takes no legs"):
        Position(name="behind", roles=(Role.AUDITOR,))


@pytest.mark.parametrize("crew", [0, -1, 7])
def test_a_crew_has_one_to_six_people(crew: int) -> None:
    """Nobody, fewer than nobody and a procession are no crew (33)."""
    with pytest.raises(ValidationError):
        leg(crew=crew)


def test_nobody_is_paid_for_help() -> None:
    """Money and gifts are refused, for every kind (R16)."""
    assert all(kind.no_payment for kind in EVERYDAY_CATALOGUE.kinds)


def test_a_kind_of_the_first_catalogue_means_what_it_meant() -> None:
    """A kind without the newer fields asks for nothing more than it did."""
    old = kind()
    assert (old.approvals, old.restricted, old.contactless, old.proof) == ((), False, False, Proof.NONE)
    assert (old.no_payment, old.needs_confirmation, old.legs[0].remote) == (False, False, False)


def test_an_unknown_kind_is_not_found() -> None:
    """Nothing is served that the catalogue does not have."""
    assert EVERYDAY_CATALOGUE.find("umbrella") is None


def test_deadlines_by_urgency() -> None:
    """Each urgency has its own deadline."""
    assert [kind().due_within(urgency) for urgency in Urgency] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"legs": (leg(), leg())}, "declared twice"),
        ({"legs": (leg(after=("outside",)), leg("outside"))}, "not declared before it"),
        ({"legs": (leg(after=("inside",)),)}, "not declared before it"),
        ({"legs": ()}, "at least 1 item"),
        ({"due_within_s": (1, 2, 3)}, "Field required"),
        ({"due_within_s": (0, 2, 3, 4)}, "greater than or equal to 1"),
        ({"due_within_s": (True, 2, 3, 4)}, "valid integer"),
        ({"key": "Water"}, "match pattern"),
        ({"approvals": (Role.VOLUNTEER,)}, "approves nothing"),
        ({"approvals": (Role.CADRE, Role.CADRE)}, "named twice"),
    ],
)
def test_a_kind_that_cannot_work(fields: dict[str, Any], words: str) -> None:
    """A kind that could never be served is not accepted, and the error says which rule it breaks."""
    with pytest.raises(ValidationError, match=words):
        kind(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"crew": 0},
        {"crew": 7},
        {"crew": True},
        {"effort": -1},
        {"effort": 2**70},
        {"trips": 0},
        {"minutes": 0},
        {"roles": ()},
        {"roles": (Role.RESIDENT,)},
        {"isolated_roles": ()},
        {"isolated_roles": (Role.SYSTEM,)},
        {"skills": ("Heavy lifting",)},
    ],
    ids=str,
)
def test_a_leg_that_nobody_could_take(fields: dict[str, Any]) -> None:
    """Crews, efforts and roles stay within what responders are."""
    with pytest.raises(ValidationError):
        leg(**fields)


def test_keys_of_a_catalogue_are_unique() -> None:
    """The same key twice would make a request ambiguous."""
    with pytest.raises(ValidationError, match="declared twice in the catalogue"):
        Catalogue(version=1, kinds=(kind(), kind()))


def test_the_digest_proves_the_policy() -> None:
    """The same policy has the same digest, another one another."""
    assert EVERYDAY.digest() == Policy(name="everyday", version=1).digest()
    assert EVERYDAY.digest() != Policy(name="everyday", version=2).digest()
    assert EVERYDAY.digest() != Policy(name="everyday", version=1, respond_within_s=601).digest()


@pytest.mark.parametrize(
    "fields",
    [{"respond_within_s": 0}, {"respond_within_s": 600.0}, {"load_band_percent": 0}, {"vectors_max": 51}, {"level": 1}],
    ids=str,
)
def test_a_policy_out_of_bounds(fields: dict[str, Any]) -> None:
    """Every knob has bounds, and there are no knobs without a meaning."""
    with pytest.raises(ValidationError):
        Policy(name="everyday", version=1, **fields)
