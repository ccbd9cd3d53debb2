"""The place register after its first day: doors, households, lifts by stairwell, stewards; floors as they are."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from dispatch.domain.building import Building, BuildingSurveyed, StewardEnded, StewardNamed
from dispatch.domain.community import RegisterBuilding, Registered
from dispatch.domain.kinds import LegKind
from dispatch.domain.leg import plan_leg
from dispatch.domain.place_register import EndSteward, NameSteward, SurveyBuilding, responsible_for
from dispatch.domain.values import BuildingId, Command, Place, Point, ResponderId, Role, community_stream
from tests.domain.given import Given
from tests.domain.town import (
    GARDEN,
    IN_GARDEN,
    IN_TOWER,
    IN_WALKUP,
    RIVERSIDE,
    T0,
    THE_WALKUP,
    TOWER,
    WALKUP,
    building,
    place,
    places,
    registration,
    said,
    tower,
    walkup,
)

CARRY = LegKind(
    name="carry",
    side=None,
    origin=Point.DOOR,
    destination=Point.DOWNSTAIRS,
    effort=2,
    stairs=True,
    roles=(Role.VOLUNTEER,),
    minutes=40,
)


def surveys(which: str = WALKUP, **counted: Any) -> SurveyBuilding:
    """Return a survey of a building."""
    command: SurveyBuilding = said(SurveyBuilding, building=which, **counted)
    return command


def names(where: Place, who: str = "r-one") -> NameSteward:
    """Return the naming of a steward."""
    command: NameSteward = said(NameSteward, place=where, responder=who)
    return command


def ends(where: Place, who: str = "r-one") -> EndSteward:
    """Return the end of somebody's responsibility."""
    command: EndSteward = said(EndSteward, place=where, responder=who)
    return command


def settled(*more: Command) -> Given:
    """Return the two buildings and two responders."""
    return Given(*places(), registration("r-one"), registration("r-two"), *more)


def state_of(given: Given) -> Registered:
    """Return the community's state."""
    state = given.read(community_stream(RIVERSIDE))
    assert isinstance(state, Registered)
    return state


def test_what_is_counted_is_recorded_once() -> None:
    """68 households, 4 doors (S1); what was not counted stays as it was."""
    counted = Building(**{**dict(THE_WALKUP), "doors": 4, "households": 68})
    assert settled().when(surveys(doors=4, households=68)) == [BuildingSurveyed(building=counted, surveyed_at=T0)]
    known = settled(surveys(doors=4, households=68))
    assert known.when(surveys(doors=4)) == []
    again = state_of(known.and_then(surveys(households=70))).buildings[WALKUP]
    assert (again.doors, again.households) == (4, 70)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (surveys("b-none", doors=1), "unknown_building"),
        (surveys(lifts=("9",)), "unknown_building_unit"),
        (surveys(TOWER, lifts=("1",)), "unknown_building_unit"),
    ],
)
def test_what_cannot_be_counted(command: SurveyBuilding, code: str) -> None:
    """No lift in a stairwell that is not there."""
    assert settled().refusal(command).code == code


@pytest.mark.parametrize("counted", [{"doors": 0}, {"households": -1}, {"doors": True}, {"doors": "4"}], ids=str)
def test_numbers_that_are_none(counted: dict[str, Any]) -> None:
    """Counts are whole numbers in their range."""
    with pytest.raises(ValidationError):
        surveys(**counted)


@pytest.mark.parametrize(
    ("lifts", "unit", "effort"),
    [(None, "1", 8), ((), "1", 8), (("1",), "1", 2), (("1",), "2", 8), (("1",), None, 8), (("1", "2"), None, 2)],
)
def test_a_lift_of_one_stairwell(lifts: tuple[str, ...] | None, unit: str | None, effort: int) -> None:
    """Storeys weigh behind the doors that have no lift; not knowing the door, unless all have one (R10, R19)."""
    where = Building(**{**dict(THE_WALKUP), "lifts": lifts})
    assert plan_leg(CARRY, where, floor="7", building_unit=unit).effort == effort


def test_a_survey_changes_what_is_planned_from_then_on() -> None:
    """A lift that was found in the second stairwell counts there only."""
    known = state_of(settled(surveys(lifts=("2",)))).buildings[WALKUP]
    assert [known.has_lift(unit) for unit in ("1", "2")] == [False, True]


# ---- Stewards ------------------------------------------------------------------------------------


def test_a_compound_is_claimed() -> None:
    """One person is responsible first; naming another relieves them; a late repeat ends nobody else's duty (S4)."""
    given = settled()
    assert given.when(names(IN_GARDEN)) == [StewardNamed(place=IN_GARDEN, responder=ResponderId("r-one"), named_at=T0)]
    claimed = given.and_then(names(IN_GARDEN))
    assert claimed.when(names(IN_GARDEN)) == []
    passed_on = claimed.and_then(names(IN_GARDEN, "r-two"))
    assert passed_on.when(ends(IN_GARDEN)) == []
    assert passed_on.when(ends(IN_GARDEN, "r-two")) == [StewardEnded(place=IN_GARDEN, ended_at=T0)]
    assert passed_on.and_then(ends(IN_GARDEN, "r-two")).when(ends(IN_GARDEN, "r-two")) == []


def test_the_innermost_steward_is_told_first() -> None:
    """Of tower and compound the tower's; where nobody is named, the duty contact."""
    state = state_of(settled(names(IN_GARDEN), names(IN_TOWER, "r-two")))
    assert responsible_for(state, tower("12")) == "r-two"
    assert responsible_for(state, IN_GARDEN) == "r-one"
    assert responsible_for(state, IN_WALKUP) == "r-worker"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (names(place(building="b-none")), "unknown_building"),
        (names(IN_GARDEN, "r-nobody"), "unknown_responder"),
        (ends(tower("4")), "unknown_floor"),
    ],
)
def test_stewards_of_what_is_there(command: Command, code: str) -> None:
    """A place of the register, and somebody who serves."""
    assert settled().refusal(command).code == code


# ---- Floors as they are (bad inputs 27 to 31) ----------------------------------------------------

ODD = ("B2", "B1", "G", "1", "2", "3", "3A", "5", "12", "12A", "15")


def odd(**changes: Any) -> Building:
    """Return a building without 4th, 13th and 14th floors, with a mezzanine and two cellars."""
    return building("odd", building="b-odd", compound=None, floors=ODD, entrance="G", lift=False, **changes)


@pytest.mark.parametrize(("floor", "storeys"), [("B2", 2), ("G", 0), ("1", 1), ("3A", 4), ("5", 5), ("15", 8)])
def test_storeys_are_counted_on_the_list(floor: str, storeys: int) -> None:
    """The 5th floor of a house without a 4th, with a mezzanine, is what the list says."""
    assert odd().storeys(floor) == storeys


@pytest.mark.parametrize("floor", ["0", "4", "13", "14", "B3"])
def test_floors_that_are_not_there(floor: str) -> None:
    """Floor 0, the 4th, 13th and 14th are refused where the register has none, and named with what it has."""
    given = settled(said(RegisterBuilding, building=odd()))
    wrong = said(NameSteward, place=Place(building=BuildingId("b-odd"), floor=floor), responder="r-one")
    assert given.refusal(wrong).code == "unknown_floor"


def test_twin_towers_on_a_podium() -> None:
    """Two towers share a podium by name only: each has its own floors, and a line around one is not around both."""
    twins = [
        building(f"t{n}", building=f"b-twin{n}", compound=GARDEN, floors=("1", "2", "3"), entrance="1") for n in (1, 2)
    ]
    given = settled(*(said(RegisterBuilding, building=twin) for twin in twins))
    state = state_of(given)
    one, two = (Place(compound=GARDEN, building=twin.building, floor="1") for twin in twins)
    assert not one.contains(two)
    assert IN_GARDEN.contains(one)
    assert IN_GARDEN.contains(two)
    assert set(state.buildings) >= {twin.building for twin in twins}
    assert walkup("3").depth == 5
