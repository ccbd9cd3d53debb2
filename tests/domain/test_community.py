"""The place register, its catalogue and policy, and control levels over time."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from dispatch.domain.building import Building
from dispatch.domain.community import (
    AdoptCatalogue,
    AdoptPolicy,
    BuildingRegistered,
    CatalogueAdopted,
    CommunityRegistered,
    CompoundRegistered,
    ControlLevelLifted,
    ControlLevelSet,
    DutyContactSet,
    PolicyAdopted,
    RegisterBuilding,
    RegisterCompound,
    Registered,
    SetDutyContact,
    control_at,
    evolve,
)
from dispatch.domain.control import Control
from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.grants import founding_grant
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.values import Command, CompoundId, ControlLevel, Fact, Place, community_stream
from tests.domain.given import Given
from tests.domain.town import (
    EVERYWHERE,
    GARDEN,
    IN_GARDEN,
    IN_TOWER,
    IN_WALKUP,
    RIVERSIDE,
    T0,
    THE_WALKUP,
    TOWER,
    WALKUP,
    WORKER,
    after,
    building,
    controls,
    founding,
    lifts,
    moving_in,
    place,
    places,
    registration,
    said,
    tower,
    walkup,
)

CONTROLLED, SEALED, TEMPORARY = ControlLevel.CONTROLLED, ControlLevel.SEALED, ControlLevel.TEMPORARY
PRECAUTION = ControlLevel.PRECAUTION


@pytest.fixture
def registered() -> Given:
    """Give the community with its two buildings and nobody in it."""
    return Given(*places())


def state_of(given: Given) -> Registered:
    """Return the community's state."""
    state = given.read(community_stream(RIVERSIDE))
    assert isinstance(state, Registered)
    return state


# ---- Registration, catalogue, policy, duty ----------------------------------------------


def test_a_community_starts_whole() -> None:
    """Registration, catalogue, policy and the founder's grant are one save: no request ever meets a half of it."""
    assert Given().when(founding()) == [
        CommunityRegistered(name="Riverside", time_zone="Asia/Shanghai", duty="r-worker", registered_at=T0),
        CatalogueAdopted(catalogue=EVERYDAY_CATALOGUE, adopted_at=T0),
        PolicyAdopted(policy=EVERYDAY, adopted_at=T0),
        founding_grant(WORKER, T0),
    ]


def test_the_same_registration_again_is_nothing_new(registered: Given) -> None:
    """Said twice, also later, nothing is recorded."""
    assert registered.when(founding()) == []


def test_another_community_under_the_same_id(registered: Given) -> None:
    """The id is taken."""
    assert registered.refusal(founding().model_copy(update={"name": "Hillside"})).code == "community_exists"


_HIGHER = EVERYDAY_CATALOGUE.model_copy(update={"version": 3})
_OTHER_FIRST = EVERYDAY_CATALOGUE.model_copy(update={"kinds": EVERYDAY_CATALOGUE.kinds[:1]})
_POLICY_2 = EVERYDAY.model_copy(update={"version": 2})
_POLICY_CHANGED = EVERYDAY.model_copy(update={"respond_within_s": 60})


@pytest.mark.parametrize(
    ("command", "events"),
    [
        (said(AdoptCatalogue, catalogue=EVERYDAY_CATALOGUE), []),
        (said(AdoptCatalogue, catalogue=_HIGHER), [CatalogueAdopted(catalogue=_HIGHER, adopted_at=T0)]),
        (said(AdoptPolicy, policy=EVERYDAY), []),
        (said(AdoptPolicy, policy=_POLICY_2), [PolicyAdopted(policy=_POLICY_2, adopted_at=T0)]),
        (said(SetDutyContact, duty="r-worker"), []),
        (said(SetDutyContact, duty="r-lead"), [DutyContactSet(duty="r-lead", set_at=T0)]),
        (said(RegisterCompound, compound=GARDEN, name="花园小区"), []),
        (
            said(RegisterCompound, compound="c-new", name="新村"),
            [CompoundRegistered(compound=CompoundId("c-new"), name="新村", registered_at=T0)],
        ),
        (said(RegisterBuilding, building=building()), []),
        (
            said(RegisterBuilding, building=building(building="b-x", compound=None)),
            [BuildingRegistered(building=building(building="b-x", compound=None), registered_at=T0)],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_recorded(registered: Given, command: Command, events: list[Fact]) -> None:
    """What is new is recorded once; what is so already is not."""
    assert registered.when(command) == events


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (said(AdoptCatalogue, catalogue=_OTHER_FIRST), "catalogue_version"),
        (said(AdoptPolicy, policy=_POLICY_CHANGED), "policy_version"),
        (said(RegisterCompound, compound=GARDEN, name="新村"), "compound_exists"),
        (said(RegisterCompound, compound="c-new", name="花园小区"), "compound_exists"),
        (said(RegisterBuilding, building=building(lift=False)), "building_exists"),
        (said(RegisterBuilding, building=building(building="b-x")), "building_exists"),
        (said(RegisterBuilding, building=building(building="b-x", compound="c-x")), "unknown_compound"),
        (controls(SEALED, place(building="b-x")), "unknown_building"),
        (controls(SEALED, since=after(60), until=after(60)), "ends_before_start"),
        (controls(SEALED, since=after(60), until=after(0)), "ends_before_start"),
        (lifts(tower("4")), "unknown_floor"),
    ],
)
def test_what_is_refused(registered: Given, command: Command, code: str) -> None:
    """Each refusal has its own code."""
    assert registered.refusal(command).code == code


def test_nothing_happens_in_an_unknown_community() -> None:
    """Register first."""
    assert Given().refusal(said(RegisterBuilding, building=THE_WALKUP)).code == "unknown_community"


# ---- Floors and doors ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        EVERYWHERE,
        IN_GARDEN,
        IN_TOWER,
        IN_WALKUP,
        tower("B2"),
        tower("B1"),
        tower("19"),
        walkup("4"),
        walkup("7", "2"),
        Place(building=WALKUP, building_unit="1"),
        Place(building=WALKUP, floor="3"),
    ],
    ids=str,
)
def test_places_that_the_register_has(registered: Given, where: Place) -> None:
    """B2 is a floor where the register says so, and so is a 4th."""
    given = registered.and_then(moving_in("p-new", where), registration("r-new", home=where, scopes=(where,)))
    assert len(given.log) == len(registered.log) + 2


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (tower("4"), "unknown_floor"),
        (tower("20"), "unknown_floor"),
        (tower("0"), "unknown_floor"),
        (tower("B3"), "unknown_floor"),
        (walkup("B1"), "unknown_floor"),
        (walkup("3", "3"), "unknown_building_unit"),
        (Place(compound=GARDEN, building=TOWER, building_unit="1"), "unknown_building_unit"),
        (place(building="b-13"), "unknown_building"),
        (place(compound="c-x"), "unknown_compound"),
        (Place(building=TOWER, floor="12"), "wrong_compound"),
        (Place(compound=GARDEN, building=WALKUP), "wrong_compound"),
        (Place(floor="12"), "place_without_building"),
        (Place(compound=GARDEN, building_unit="1"), "place_without_building"),
    ],
    ids=str,
)
def test_places_that_the_register_has_not(registered: Given, where: Place, code: str) -> None:
    """The register alone decides which places exist, for residents, homes, scopes and control levels alike."""
    for command in (
        moving_in("p-new", where),
        registration("r-new", scopes=(where,)),
        registration("r-new", scopes=(EVERYWHERE,), home=where),
        controls(SEALED, where),
        lifts(where),
    ):
        assert registered.refusal(command).code == code


def test_a_refused_floor_names_the_floors_there_are(registered: Given) -> None:
    """The message helps to correct the address and does not repeat what was said."""
    refused = registered.refusal(moving_in("p-new", tower("4")))
    assert refused.fields == {"building": TOWER, "lowest": "B2", "highest": "19"}
    assert "B2 to 19 (20 floors)" in refused.message


@pytest.mark.parametrize(
    ("floor", "storeys"), [(None, 0), ("1", 0), ("2", 1), ("3", 2), ("5", 3), ("19", 17), ("B1", 1), ("B2", 2)]
)
def test_storeys_are_counted_and_not_computed(floor: str | None, storeys: int) -> None:
    """Where there is no 4th floor the 5th is one storey lower than its name."""
    assert building().storeys(floor) == storeys


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"floors": ("1", "2", "1")}, "listed twice"),
        ({"floors": ()}, "at least 1 item"),
        ({"floors": ("1", 2)}, "valid string"),
        ({"floors": (True,)}, "valid string"),
        ({"floors": tuple(str(n) for n in range(201))}, "at most 200 items"),
        ({"entrance": "G"}, "not among the floors"),
        ({"building_units": ("1", "1")}, "building_unit is listed twice"),
        ({"lift": 1}, "valid boolean"),
        ({"name": ""}, "at least 1 character"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_building_that_cannot_be(fields: dict[str, Any], words: str) -> None:
    """A register entry is checked when it is made."""
    with pytest.raises(ValidationError, match=words):
        building(**fields)


def test_the_same_name_in_two_compounds(registered: Given) -> None:
    """Two compounds may each have a building 11; addresses find both by compound and key."""
    other = building(building="b-other", compound="c-other")
    given = registered.and_then(
        said(RegisterCompound, compound="c-other", name="东苑"), said(RegisterBuilding, building=other)
    )
    state = state_of(given)
    assert state.by_key[GARDEN, "11"] == TOWER
    assert state.by_key[other.compound, "11"] == other.building
    assert isinstance(state.buildings[TOWER], Building)


# ---- Control levels over time -------------------------------------------------------------


def level_at(given: Given, where: Place, at: datetime) -> ControlLevel | None:
    """Return the level that holds over a place."""
    control = control_at(state_of(given), where, at)
    return control.level if control else None


def test_a_temporary_control_and_back_to_what_was_before(registered: Given) -> None:
    """Of the sources: an alarm at 11:00, temporary control, all clear at 18:00, under 管控 throughout (R20)."""
    eleven, six = after(120), after(540)
    given = registered.and_then(
        controls(CONTROLLED, IN_TOWER, since=after(-1_440)),
        controls(TEMPORARY, IN_TOWER, since=eleven, until=six, at=eleven),
    )
    seen = [(minute, level_at(given, tower("12"), after(minute))) for minute in (0, 119, 120, 539, 540, 10_000)]
    assert seen == [
        (0, CONTROLLED),
        (119, CONTROLLED),
        (120, TEMPORARY),
        (539, TEMPORARY),
        (540, CONTROLLED),
        (10_000, CONTROLLED),
    ]
    assert level_at(given, walkup("3"), eleven) is None


@pytest.mark.parametrize(("first", "second"), list(product(ControlLevel, ControlLevel)), ids=str)
def test_any_level_may_follow_any_other(registered: Given, first: ControlLevel, second: ControlLevel) -> None:
    """A later order without an end replaces the earlier one, stricter or not."""
    given = registered.and_then(controls(first, IN_TOWER), controls(second, IN_TOWER, since=after(60)))
    open_is_none = {level: None if level is ControlLevel.OPEN else level for level in ControlLevel}
    assert level_at(given, tower("3"), after(59)) == open_is_none[first]
    assert level_at(given, tower("3"), after(60)) == open_is_none[second]


_EVERYTHING = (
    (
        "a late entry does not undo what was ordered for later",
        [controls(SEALED, since=after(120)), controls(CONTROLLED, since=after(0), at=after(200))],
        [(-1, None), (0, CONTROLLED), (119, CONTROLLED), (120, SEALED)],
    ),
    (
        "an order for today leaves the one for tomorrow alone",
        [controls(CONTROLLED), controls(SEALED, since=after(1_440)), controls(PRECAUTION, since=after(60))],
        [(0, CONTROLLED), (60, PRECAUTION), (1_439, PRECAUTION), (1_440, SEALED)],
    ),
    (
        "the last word counts for one instant",
        [controls(CONTROLLED), controls(SEALED)],
        [(-1, None), (0, SEALED), (9_999, SEALED)],
    ),
    (
        "an order with an end never softens a stricter one",
        [controls(SEALED), controls(TEMPORARY, since=after(60), until=after(120))],
        [(0, SEALED), (60, SEALED), (120, SEALED)],
    ),
    (
        "lifting ends what holds, with or without an end",
        [controls(CONTROLLED), controls(TEMPORARY, until=after(120)), lifts(since=after(60))],
        [(0, TEMPORARY), (59, TEMPORARY), (60, None), (121, None)],
    ),
    (
        "lifting drops what was planned for later",
        [controls(SEALED, since=after(120)), lifts(since=after(60))],
        [(0, None), (120, None)],
    ),
    (
        "lifted from the instant it was ordered for, it never held",
        [controls(SEALED), controls(TEMPORARY, until=after(60)), lifts()],
        [(-1, None), (0, None), (30, None), (60, None)],
    ),
    (
        "lifting keeps the past",
        [controls(TEMPORARY, until=after(30)), controls(CONTROLLED), lifts(since=after(60))],
        [(0, TEMPORARY), (30, CONTROLLED), (59, CONTROLLED), (60, None)],
    ),
    (
        "after lifting anything may come",
        [controls(CONTROLLED), lifts(since=after(60)), controls(SEALED, since=after(60))],
        [(59, CONTROLLED), (60, SEALED)],
    ),
    (
        "an order before a planned lifting holds until then",
        [controls(CONTROLLED), lifts(since=after(600)), controls(SEALED, since=after(60))],
        [(0, CONTROLLED), (60, SEALED), (599, SEALED), (600, None)],
    ),
)


@pytest.mark.parametrize(("orders", "levels"), [case[1:] for case in _EVERYTHING], ids=[c[0] for c in _EVERYTHING])
def test_control_over_time(
    registered: Given, orders: list[Command], levels: list[tuple[int, ControlLevel | None]]
) -> None:
    """What holds when follows from what was ordered, whenever it was entered."""
    given = registered.and_then(*orders)
    assert [(minute, level_at(given, tower("12"), after(minute))) for minute, _ in levels] == levels


@pytest.mark.parametrize(
    ("orders", "where", "line"),
    [
        ([controls(CONTROLLED), controls(SEALED, IN_TOWER)], tower("3"), IN_TOWER),
        ([controls(SEALED), controls(CONTROLLED, IN_TOWER)], tower("3"), EVERYWHERE),
        ([controls(CONTROLLED), controls(CONTROLLED, IN_TOWER)], tower("3"), IN_TOWER),
        ([controls(CONTROLLED, IN_GARDEN), controls(CONTROLLED, IN_TOWER)], tower("3"), IN_TOWER),
        ([controls(CONTROLLED, IN_GARDEN), controls(CONTROLLED, tower("3"))], tower("3"), tower("3")),
        ([controls(CONTROLLED, IN_GARDEN), controls(CONTROLLED, tower("3"))], tower("5"), IN_GARDEN),
        ([controls(CONTROLLED, IN_GARDEN)], walkup("3"), None),
        (
            [controls(SEALED, Place(building=WALKUP, floor="3")), controls(SEALED, walkup("3", "2"))],
            walkup("3", "2"),
            walkup("3", "2"),
        ),
    ],
)
def test_the_strictest_level_counts_and_the_innermost_line(
    registered: Given, orders: list[Command], where: Place, line: Place | None
) -> None:
    """Where several levels hold, the strictest counts; among equals its innermost place is the control line."""
    control = control_at(state_of(registered.and_then(*orders)), where, T0)
    assert (control.place if control else None) == line


def test_orders_of_one_place_leave_the_others_alone(registered: Given) -> None:
    """Lifting the tower does not lift the community, and the other way round."""
    given = registered.and_then(controls(PRECAUTION), controls(SEALED, IN_TOWER), lifts(IN_TOWER, since=after(60)))
    assert level_at(given, tower("3"), after(59)) is SEALED
    assert level_at(given, tower("3"), after(60)) is PRECAUTION
    given = given.and_then(controls(SEALED, IN_TOWER, since=after(120)), lifts(since=after(120)))
    assert level_at(given, tower("3"), after(120)) is SEALED
    assert level_at(given, walkup("3"), after(120)) is None


def test_orders_that_say_nothing_new(registered: Given) -> None:
    """The same order, and lifting where nothing holds, are not recorded."""
    given = registered.and_then(controls(SEALED), controls(TEMPORARY, until=after(60)))
    assert given.when(controls(SEALED)) == []
    assert given.when(controls(TEMPORARY, until=after(60))) == []
    assert given.when(lifts(IN_TOWER)) == []
    assert given.and_then(lifts()).when(lifts()) == []


def test_orders_are_recorded_as_they_were_given(registered: Given) -> None:
    """The reason is recorded with the level, and the instant of the order apart from the instant it holds from."""
    control = Control(place=IN_TOWER, level=SEALED, effective_from=after(60))
    assert registered.when(controls(SEALED, IN_TOWER, since=after(60))) == [
        ControlLevelSet(control=control, reason="headquarters", set_at=T0)
    ]
    sealed = registered.and_then(controls(SEALED, IN_TOWER, since=after(60)))
    assert sealed.when(lifts(IN_TOWER, since=after(90))) == [
        ControlLevelLifted(place=IN_TOWER, effective_from=after(90), lifted_at=T0)
    ]


# ---- Damaged journals ---------------------------------------------------------------------

_FOUNDED = CommunityRegistered(name="Riverside", time_zone="Asia/Shanghai", duty="r-worker", registered_at=T0)
_KINDS = CatalogueAdopted(catalogue=EVERYDAY_CATALOGUE, adopted_at=T0)
_RULES = PolicyAdopted(policy=EVERYDAY, adopted_at=T0)
_DUTY = DutyContactSet(duty="r-lead", set_at=T0)


@pytest.mark.parametrize(
    "events",
    [
        [_KINDS],
        [_DUTY],
        [_FOUNDED, _FOUNDED],
        [_FOUNDED, _RULES],
        [_FOUNDED, _KINDS, _DUTY],
        [_FOUNDED, _KINDS, _RULES, _FOUNDED],
    ],
    ids=lambda events: "-".join(type(event).__name__ for event in events),
)
def test_events_that_cannot_follow(events: list[Fact]) -> None:
    """An impossible pair is a damaged journal and stops the fold."""
    with pytest.raises(CorruptHistory):
        fold(evolve, events, ABSENT)
