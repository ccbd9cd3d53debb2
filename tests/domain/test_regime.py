"""What control levels mean, as data; one door as a place; who may not come out yet; gear and its minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from dispatch.domain.access import gear_for, planned_minutes, side_allows
from dispatch.domain.community import Registered, control_at
from dispatch.domain.control import STRICTNESS
from dispatch.domain.control_order import AdoptRegime
from dispatch.domain.leg import PlannedLeg
from dispatch.domain.regime import A2_REGIME, SUIT, LevelRule, Regime, RegimeAdopted
from dispatch.domain.responder import SideRecorded
from dispatch.domain.roster import RecordSide
from dispatch.domain.values import (
    Command,
    ControlLevel,
    HouseholdId,
    Place,
    Point,
    ResponderId,
    Role,
    Side,
    community_stream,
)
from tests.domain.given import Given
from tests.domain.town import (
    GARDEN,
    IN_TOWER,
    RIVERSIDE,
    T0,
    TOWER,
    WALKUP,
    after,
    controls,
    lifts,
    moving_in,
    place,
    places,
    registration,
    responder_of,
    said,
    tower,
    walkup,
)

CONTROLLED, SEALED = ControlLevel.CONTROLLED, ControlLevel.SEALED
HOUSEHOLD = HouseholdId("h-li")
DOOR = Place(compound=GARDEN, building=TOWER, floor="12", household=HOUSEHOLD)
NEXT_DOOR = Place(compound=GARDEN, building=TOWER, floor="12", household=HouseholdId("h-wu"))


def changed(level: ControlLevel, *, version: int = 2, **rule: Any) -> Regime:
    """Return the default regime with one level changed."""
    rules = tuple(r.model_copy(update=rule) if r.level is level else r for r in A2_REGIME.rules)
    return Regime(version=version, rules=rules)


def leg(side: Side | None, **fields: Any) -> PlannedLeg:
    """Return a leg of one side, by default from the shelf to the door."""
    shape: dict[str, Any] = {
        "name": "leg",
        "side": side,
        "origin": Point.SHELF,
        "destination": Point.DOOR,
        "crew": 1,
        "effort": 1,
        "roles": (Role.VOLUNTEER,),
        "minutes": 10,
    }
    return PlannedLeg(**shape | fields)


def community(given: Given) -> Registered:
    """Return the community's state."""
    state = given.read(community_stream(RIVERSIDE))
    assert isinstance(state, Registered)
    return state


def rule_of(given: Given, what: PlannedLeg, where: Place, *, at: datetime = T0) -> str | None:
    """Return the rule that bars r-one."""
    barred = side_allows(community(given), responder_of(given, "r-one"), what, place=where, at=at)
    return barred.rule if barred else None


def one(*more: Command, **fields: Any) -> Given:
    """Return a community with Li of the 12th floor and one responder."""
    return Given(*places(), moving_in("p-li", tower("12")), registration("r-one", **fields), *more)


def adopts(regime: Regime) -> AdoptRegime:
    """Return the adoption of a regime."""
    command: AdoptRegime = said(AdoptRegime, regime=regime)
    return command


def seen(side: Side, *, at: datetime = T0, **fields: Any) -> RecordSide:
    """Return a sighting of r-one at the tower's line."""
    command: RecordSide = said(RecordSide, at=at, responder="r-one", line=IN_TOWER, side=side, **fields)
    return command


# ---- The table --------------------------------------------------------------------------------


def test_a_regime_is_adopted_whole_and_once() -> None:
    """Replay needs no file; the same again is nothing new, another content needs a higher version."""
    new = changed(CONTROLLED, gear_minutes=30)
    given = one()
    assert given.when(adopts(new)) == [RegimeAdopted(regime=new, adopted_at=T0)]
    then = given.and_then(adopts(new))
    assert then.when(adopts(new)) == []
    assert then.refusal(adopts(changed(CONTROLLED))).code == "regime_version"
    assert community(then).regime == new
    assert community(given).regime == A2_REGIME


@pytest.mark.parametrize(
    "rule",
    [
        {"points": (Point.SHOP,), "carry": ()},
        {"points": (Point.GATE,), "carry": (Point.DOOR,)},
        {"gear": (SUIT,), "gear_minutes": 19},
        {"gear_minutes": -1},
        {"stay_minutes": -1},
    ],
    ids=str,
)
def test_rules_that_make_no_sense(rule: dict[str, Any]) -> None:
    """No strange points, no carrying between points out of use, no suit in less than 20 minutes (R21)."""
    with pytest.raises(ValidationError):
        LevelRule(level=SEALED, guarded=True, **rule)


@pytest.mark.parametrize("levels", [STRICTNESS[:-1], (*STRICTNESS, SEALED), STRICTNESS[::-1]])
def test_every_level_has_its_rule(levels: tuple[ControlLevel, ...]) -> None:
    """None is missing, none is there twice."""
    with pytest.raises(ValidationError):
        Regime(version=2, rules=tuple(A2_REGIME.of(level) for level in levels))


def test_open_guards_no_line() -> None:
    """«Open» is the absence of control."""
    with pytest.raises(ValidationError):
        changed(ControlLevel.OPEN, guarded=True)


def test_a_point_that_is_out_of_use() -> None:
    """Where the shelf is closed nobody carries from it, cleared or not; where there is no line everybody does."""
    no_shelf = adopts(changed(CONTROLLED, points=(Point.GATE, Point.DOOR), carry=(Point.DOOR,)))
    given = one(no_shelf, controls(CONTROLLED, IN_TOWER), home=tower("5"), clearance=SEALED)
    assert rule_of(given, leg(Side.INSIDE), tower("12")) == "point_not_in_use"
    assert rule_of(given, leg(None, origin=Point.GATE), tower("12")) is None
    assert rule_of(given, leg(Side.INSIDE), walkup("3")) == "inside_may_not_leave"


def test_captains_work_from_the_shelf_to_the_doors() -> None:
    """Under 管控 the gate is for those with clearance (A2)."""
    given = one(controls(CONTROLLED, IN_TOWER), home=tower("5"))
    assert rule_of(given, leg(Side.INSIDE), tower("12")) is None
    assert rule_of(given, leg(Side.INSIDE, origin=Point.GATE), tower("12")) == "point_needs_clearance"
    cleared = one(controls(CONTROLLED, IN_TOWER), home=tower("5"), clearance=CONTROLLED)
    assert rule_of(cleared, leg(Side.INSIDE, origin=Point.GATE), tower("12")) is None


def test_who_may_cross() -> None:
    """A community may keep crossings to its staff, whatever clearance others have."""
    staff = adopts(changed(SEALED, crossing=(Role.CADRE,)))
    for role, rule in ((Role.VOLUNTEER, "crossing_needs_clearance"), (Role.CADRE, None)):
        given = one(staff, controls(SEALED, IN_TOWER), role=role, clearance=SEALED)
        assert rule_of(given, leg(None), tower("12")) == rule


def test_a_level_may_be_left_unguarded() -> None:
    """A regime may say that a temporary control closes nothing but the gate."""
    given = one(adopts(changed(ControlLevel.TEMPORARY, guarded=False)), controls(ControlLevel.TEMPORARY, IN_TOWER))
    assert rule_of(given, leg(Side.INSIDE), tower("12")) is None


# ---- One door ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outer", "within"),
    [
        (Place(), True),
        (Place(compound=GARDEN), True),
        (IN_TOWER, True),
        (tower("12"), True),
        (DOOR, True),
        (NEXT_DOOR, False),
        (tower("5"), False),
        (Place(building=WALKUP), False),
    ],
    ids=str,
)
def test_a_door_in_the_tree(outer: Place, *, within: bool) -> None:
    """A door lies in its floor, building, compound and community, and in no other door."""
    assert outer.contains(DOOR) is within
    assert DOOR.contains(outer) is (outer == DOOR)
    assert outer.depth < DOOR.depth or outer in (DOOR, NEXT_DOOR)


def test_a_place_without_a_door_is_written_as_it_always_was() -> None:
    """Places that were stored before there were doors are the same bytes."""
    assert tower("5").model_dump_json() == (
        '{"compound":"c-garden","building":"b-tower","building_unit":null,"floor":"5"}'
    )
    assert Place.model_validate_json(DOOR.model_dump_json()) == DOOR


@pytest.mark.parametrize(
    ("where", "resident", "code"),
    [
        (DOOR, "p-li", None),
        (DOOR, None, "nobody_behind_the_door"),
        (NEXT_DOOR, "p-li", "nobody_behind_the_door"),
        (place(compound=GARDEN, building=TOWER, floor="5", household="h-li"), "p-li", "nobody_behind_the_door"),
        (place(household="h-li"), "p-li", "place_without_building"),
        (DOOR, "p-nobody", "unknown_resident"),
    ],
)
def test_the_control_of_a_door_names_somebody_behind_it(where: Place, resident: str | None, code: str | None) -> None:
    """The register has no doors, so a resident of the household vouches for the place."""
    command = controls(SEALED, where, resident=resident)
    if code is None:
        assert len(one().when(command)) == 1
    else:
        assert one().refusal(command).code == code


@pytest.mark.parametrize(
    ("side", "cleared", "rule"),
    [
        (Side.INSIDE, False, None),
        (Side.OUTSIDE, False, None),
        (None, False, "crossing_needs_clearance"),
        (None, True, None),
    ],
)
def test_goods_are_left_at_a_sealed_door(side: Side | None, rule: str | None, *, cleared: bool) -> None:
    """A neighbour brings things to the door of an isolated household; only who is cleared goes in."""
    clearance = SEALED if cleared else ControlLevel.OPEN
    given = one(controls(SEALED, DOOR, resident="p-li"), home=tower("5"), clearance=clearance)
    assert rule_of(given, leg(side), DOOR) == rule
    assert rule_of(given, leg(side), NEXT_DOOR) is None


def test_who_lives_behind_a_sealed_door_stays() -> None:
    """A captain of that household carries nothing, not even to the own door; the home is known down to the door."""
    given = one(controls(SEALED, DOOR, resident="p-li"), home=tower("12"), resident="p-li")
    assert responder_of(given, "r-one").home == DOOR
    assert rule_of(given, leg(Side.INSIDE), DOOR) == "inside_may_not_leave"
    assert rule_of(given, leg(Side.INSIDE), NEXT_DOOR) == "inside_may_not_leave"
    freed = given.and_then(lifts(DOOR, since=after(60)))
    assert rule_of(freed, leg(Side.INSIDE), NEXT_DOOR, at=after(60)) is None


# ---- Every level of the tree, every level of control -----------------------------------------

TREE = [
    Place(),
    Place(compound=GARDEN),
    IN_TOWER,
    tower("12"),
    DOOR,
    Place(building=WALKUP, building_unit="1"),
    walkup("3"),
]
GUARDED = tuple(level for level in ControlLevel if level is not ControlLevel.OPEN)


@pytest.mark.parametrize(("first", "second"), [*product(GUARDED, GUARDED)])
@pytest.mark.parametrize("where", TREE, ids=str)
def test_any_level_may_follow_any_other_anywhere(first: ControlLevel, second: ControlLevel, where: Place) -> None:
    """Five by five, from the community down to one door; lifting ends whichever holds (R20)."""
    resident = "p-li" if where.household else None
    state = community(
        one(
            controls(first, where, since=after(0), resident=resident),
            controls(second, where, since=after(60), resident=resident),
            lifts(where, since=after(120)),
        )
    )
    held = [control_at(state, where, after(minutes)) for minutes in (-1, 0, 59, 60, 119, 120)]
    assert [control.level if control else None for control in held] == [None, first, first, second, second, None]


# ---- Coming out again ---------------------------------------------------------------------------


def test_a_crossing_may_forbid_the_return() -> None:
    """Who went in stays until the instant that was said; inside they go on working (A2)."""
    went_in = seen(Side.INSIDE, stay_until=after(600))
    given = one(controls(SEALED, IN_TOWER), went_in, role=Role.CADRE, clearance=SEALED)
    assert given.when(went_in) == []
    assert rule_of(given, leg(Side.INSIDE), tower("12")) is None
    assert rule_of(given, leg(None), tower("12")) == "may_not_return_yet"
    assert rule_of(given, leg(Side.OUTSIDE), walkup("3")) == "may_not_return_yet"
    refused = given.refusal(seen(Side.OUTSIDE, at=after(599)))
    assert (refused.code, refused.fields["until"]) == ("may_not_return_yet", after(600).isoformat())
    assert given.when(seen(Side.OUTSIDE, at=after(600))) == [
        SideRecorded(line=IN_TOWER, side=Side.OUTSIDE, since=after(600))
    ]


def test_nobody_is_kept_by_a_line_that_is_lifted() -> None:
    """The all clear ends every stay behind that line."""
    given = one(controls(SEALED, IN_TOWER), seen(Side.INSIDE, stay_until=after(600)), lifts(IN_TOWER, since=after(60)))
    assert rule_of(given, leg(Side.OUTSIDE), walkup("3"), at=after(60)) is None
    assert len(given.when(seen(Side.OUTSIDE, at=after(60)))) == 1


def test_the_compound_is_not_left_from_a_building_one_may_not_leave() -> None:
    """Out of the compound means out of its tower too."""
    given = one(controls(SEALED, IN_TOWER), seen(Side.INSIDE, stay_until=after(600)))
    out = said(RecordSide, responder="r-one", line=Place(compound=GARDEN), side=Side.OUTSIDE)
    assert given.refusal(out).code == "may_not_return_yet"


def test_the_regime_may_say_how_long_to_stay() -> None:
    """With a stay in the table every crossing in has one, counted from the crossing."""
    given = one(adopts(changed(SEALED, stay_minutes=120)), controls(SEALED, IN_TOWER))
    assert given.when(seen(Side.INSIDE, at=after(5))) == [
        SideRecorded(line=IN_TOWER, side=Side.INSIDE, stay_until=after(125), since=after(5))
    ]
    assert given.and_then(seen(Side.INSIDE, at=after(5))).when(seen(Side.INSIDE, at=after(9))) == []


# ---- Gear -----------------------------------------------------------------------------------------


def test_gear_takes_at_least_twenty_minutes_once_an_entry() -> None:
    """Two doors behind one line are one putting on (R21)."""
    given = one(controls(SEALED, IN_TOWER), clearance=SEALED)
    person = responder_of(given, "r-one")
    gear = gear_for(community(given), person, leg(None), place=DOOR, at=T0)
    assert gear is not None
    assert (gear.line, gear.minutes, SUIT in gear.pieces) == (IN_TOWER, 20, True)
    assert planned_minutes(leg(None), gear) == 30
    assert planned_minutes(leg(None), gear, entered=frozenset({IN_TOWER})) == 10
    assert planned_minutes(leg(None), None) == 10


@pytest.mark.parametrize(("side", "needed"), [(Side.OUTSIDE, False), (None, True), (Side.INSIDE, True)])
def test_some_work_is_always_done_in_gear(side: Side | None, *, needed: bool) -> None:
    """The escort of a close contact is in gear where no line is drawn either (R28); outside work is not."""
    given = one()
    what = leg(side, gear=side is not Side.OUTSIDE)
    gear = gear_for(community(given), responder_of(given, "r-one"), what, place=DOOR, at=T0)
    assert (gear is not None) is needed
    assert ResponderId("r-one") not in community(given).stewards.values()


def test_gear_is_put_on_no_sooner_than_the_line_begins() -> None:
    """Before the control nobody dresses."""
    given = one(controls(SEALED, IN_TOWER, since=after(60)), clearance=SEALED)
    for minutes, needed in ((59, False), (60, True)):
        at = T0 + timedelta(minutes=minutes)
        found = gear_for(community(given), responder_of(given, "r-one"), leg(None), place=DOOR, at=at)
        assert (found is not None) is needed
