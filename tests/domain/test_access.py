"""Sides and control levels: may this responder do this leg here and now; exclusions."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.access import exclusion_bars, needs_gear, side_allows
from dispatch.domain.community import Registered
from dispatch.domain.leg import PlannedLeg
from dispatch.domain.resident import ExcludeNeighbours, ExcludeResponder, LiftExclusions, Resident
from dispatch.domain.roster import RecordSide
from dispatch.domain.values import (
    Command,
    ControlLevel,
    Place,
    Point,
    ResponderId,
    Role,
    Side,
    community_stream,
)
from tests.domain.given import Given
from tests.domain.town import (
    IN_GARDEN,
    IN_TOWER,
    IN_WALKUP,
    RIVERSIDE,
    T0,
    controls,
    moving_in,
    places,
    registration,
    resident_at,
    responder_of,
    said,
    tower,
    walkup,
)

CONTROLLED, SEALED, TEMPORARY = ControlLevel.CONTROLLED, ControlLevel.SEALED, ControlLevel.TEMPORARY
NONE, INSIDE, OUTSIDE = None, Side.INSIDE, Side.OUTSIDE


def leg(side: Side | None) -> PlannedLeg:
    """Return a leg of one side."""
    return PlannedLeg(
        name="leg",
        side=side,
        origin=Point.SHELF,
        destination=Point.DOOR,
        crew=1,
        effort=1,
        roles=(Role.VOLUNTEER,),
        minutes=10,
    )


def community(given: Given) -> Registered:
    """Return the community's state."""
    state = given.read(community_stream(RIVERSIDE))
    assert isinstance(state, Registered)
    return state


def rule_of(given: Given, side: Side | None, where: Place) -> str | None:
    """Return the rule that bars the responder of these tests."""
    person = responder_of(given, "r-one")
    barred = side_allows(community(given), person, leg(side), place=where, at=T0)
    return barred.rule if barred else None


def one(*more: Command, **fields: Any) -> Given:
    """Return a community with one responder."""
    return Given(*places(), registration("r-one", **fields), *more)


_HOME, _AWAY = tower("5"), None
_CROSS, _LEAVE = "crossing_needs_clearance", "inside_may_not_leave"
_ENTER, _SEALED_RULE = "outside_may_not_enter", "sealed_needs_clearance"


@pytest.mark.parametrize("level", [ControlLevel.OPEN, ControlLevel.ENCLOSED, ControlLevel.PRECAUTION])
@pytest.mark.parametrize("home", [_HOME, _AWAY], ids=["inside", "outside"])
@pytest.mark.parametrize("side", [NONE, INSIDE, OUTSIDE])
def test_up_to_precaution_everybody_moves_freely(level: ControlLevel, home: Place | None, side: Side | None) -> None:
    """围合 and 防范 keep nobody from a leg."""
    assert rule_of(one(controls(level, IN_TOWER), home=home), side, tower("12")) is None


@pytest.mark.parametrize("level", [CONTROLLED, TEMPORARY])
@pytest.mark.parametrize(
    ("home", "cleared", "side", "rule"),
    [
        (_HOME, False, INSIDE, None),
        (_HOME, False, OUTSIDE, _LEAVE),
        (_HOME, False, NONE, _CROSS),
        (_HOME, True, INSIDE, None),
        (_HOME, True, OUTSIDE, _LEAVE),
        (_HOME, True, NONE, None),
        (_AWAY, False, INSIDE, _ENTER),
        (_AWAY, False, OUTSIDE, None),
        (_AWAY, False, NONE, _CROSS),
        (_AWAY, True, INSIDE, None),
        (_AWAY, True, OUTSIDE, None),
        (_AWAY, True, NONE, None),
    ],
)
def test_controlled(
    level: ControlLevel, home: Place | None, side: Side | None, rule: str | None, *, cleared: bool
) -> None:
    """Under 管控 captains work from the shelf to the doors, and goods are fetched by those outside (A2)."""
    given = one(controls(level, IN_TOWER), home=home, clearance=level if cleared else ControlLevel.OPEN)
    assert rule_of(given, side, tower("12")) == rule


@pytest.mark.parametrize(
    ("home", "clearance", "side", "rule"),
    [
        (_HOME, ControlLevel.OPEN, INSIDE, _SEALED_RULE),
        (_HOME, CONTROLLED, INSIDE, _SEALED_RULE),
        (_HOME, TEMPORARY, INSIDE, _SEALED_RULE),
        (_HOME, SEALED, INSIDE, None),
        (_AWAY, SEALED, INSIDE, None),
        (_AWAY, ControlLevel.OPEN, INSIDE, _SEALED_RULE),
        (_AWAY, ControlLevel.OPEN, OUTSIDE, None),
        (_HOME, SEALED, OUTSIDE, _LEAVE),
        (_AWAY, TEMPORARY, NONE, _CROSS),
        (_AWAY, SEALED, NONE, None),
    ],
)
def test_sealed(home: Place | None, clearance: ControlLevel, side: Side | None, rule: str | None) -> None:
    """Under 封控 residents, captains among them, stay in their flats unless equipped and authorised (A2)."""
    given = one(controls(SEALED, IN_TOWER), home=home, clearance=clearance)
    assert rule_of(given, side, tower("12")) == rule


@pytest.mark.parametrize("side", [NONE, INSIDE, OUTSIDE])
def test_who_is_locked_in_is_sent_nowhere_else(side: Side | None) -> None:
    """Somebody of the sealed tower is not sent to the free walk-up, whatever the leg."""
    given = one(controls(SEALED, IN_TOWER), home=_HOME, clearance=SEALED)
    assert rule_of(given, side, walkup("3")) == _LEAVE


def test_who_is_locked_in_on_a_floor_stays_on_it() -> None:
    """A control line around one floor keeps its captain on that floor."""
    given = one(controls(CONTROLLED, tower("5")), home=_HOME)
    assert rule_of(given, INSIDE, tower("5")) is None
    assert rule_of(given, INSIDE, tower("12")) == _LEAVE


@pytest.mark.parametrize(
    ("outer", "inner"), [(TEMPORARY, CONTROLLED), (CONTROLLED, TEMPORARY), (CONTROLLED, CONTROLLED)], ids=str
)
def test_every_line_on_the_way_counts(outer: ControlLevel, inner: ControlLevel) -> None:
    """A neighbour of the compound is inside its line and outside the line around the tower."""
    given = one(controls(outer, IN_GARDEN), controls(inner, IN_TOWER), home=IN_GARDEN)
    assert rule_of(given, INSIDE, tower("12")) == _ENTER
    assert rule_of(given, OUTSIDE, tower("12")) == _LEAVE


def test_the_strictest_line_names_the_rule() -> None:
    """Of two rules that fail, the one of the stricter line is told."""
    given = one(controls(CONTROLLED, IN_GARDEN), controls(SEALED, IN_TOWER), home=_AWAY)
    assert rule_of(given, INSIDE, tower("12")) == _SEALED_RULE


def side(line: Place, where: Side) -> RecordSide:
    """Return a sighting of the responder."""
    command: RecordSide = said(RecordSide, responder="r-one", line=line, side=where)
    return command


@pytest.mark.parametrize(
    ("home", "seen", "line", "expected"),
    [
        (_HOME, [], IN_TOWER, INSIDE),
        (_HOME, [], IN_GARDEN, INSIDE),
        (_HOME, [], IN_WALKUP, OUTSIDE),
        (_AWAY, [], IN_TOWER, OUTSIDE),
        (_AWAY, [side(IN_TOWER, INSIDE)], IN_TOWER, INSIDE),
        (_AWAY, [side(IN_TOWER, INSIDE)], IN_GARDEN, INSIDE),
        (_AWAY, [side(IN_TOWER, INSIDE)], tower("12"), OUTSIDE),
        (_HOME, [side(IN_GARDEN, OUTSIDE)], IN_TOWER, OUTSIDE),
        (_HOME, [side(IN_GARDEN, OUTSIDE)], tower("5"), OUTSIDE),
        (_AWAY, [side(IN_GARDEN, OUTSIDE), side(IN_TOWER, INSIDE)], IN_GARDEN, INSIDE),
        (_AWAY, [side(IN_TOWER, INSIDE), side(IN_GARDEN, OUTSIDE)], IN_TOWER, OUTSIDE),
        (_AWAY, [side(IN_GARDEN, INSIDE), side(IN_TOWER, INSIDE), side(IN_TOWER, OUTSIDE)], IN_GARDEN, INSIDE),
    ],
)
def test_sides_of_lines_within_lines(home: Place | None, seen: list[Command], line: Place, expected: Side) -> None:
    """Who was seen inside the tower is inside its compound; who was seen outside the compound has left the tower."""
    assert responder_of(one(*seen, home=home), "r-one").side_of(line) is expected


def test_a_crossing_changes_what_one_may_do() -> None:
    """Side is state, not role: a cadre who went in works inside and is not sent shopping any more."""
    before = one(controls(CONTROLLED, IN_TOWER), role=Role.CADRE)
    assert [rule_of(before, side, tower("12")) for side in (INSIDE, OUTSIDE)] == [_ENTER, None]
    within = before.and_then(side(IN_TOWER, INSIDE))
    assert [rule_of(within, side, tower("12")) for side in (INSIDE, OUTSIDE)] == [None, _LEAVE]


@pytest.mark.parametrize(
    ("level", "home", "side", "needed"),
    [
        (ControlLevel.PRECAUTION, _AWAY, NONE, False),
        (CONTROLLED, _HOME, INSIDE, False),
        (CONTROLLED, _AWAY, INSIDE, True),
        (CONTROLLED, _AWAY, OUTSIDE, False),
        (CONTROLLED, _HOME, NONE, True),
        (SEALED, _HOME, INSIDE, True),
    ],
)
def test_who_puts_on_protective_gear(
    level: ControlLevel, home: Place | None, side: Side | None, *, needed: bool
) -> None:
    """Gear is put on to cross a line or to move under 封控 (R21)."""
    given = one(controls(level, IN_TOWER), home=home, clearance=SEALED)
    person = responder_of(given, "r-one")
    assert needs_gear(community(given), person, leg(side), place=tower("12"), at=T0) is needed


@pytest.mark.parametrize(
    ("wish", "role", "home", "rule"),
    [
        (None, Role.VOLUNTEER, tower("5"), None),
        (said(ExcludeResponder, resident="p-li", responder="r-two"), Role.VOLUNTEER, tower("5"), None),
        (said(ExcludeResponder, resident="p-li", responder="r-one"), Role.CADRE, None, "not_excluded_by_resident"),
        (said(ExcludeNeighbours, resident="p-li"), Role.FLOOR_CAPTAIN, tower("5"), "neighbours_excluded"),
        (said(ExcludeNeighbours, resident="p-li"), Role.BUILDING_LEAD, tower("5"), "neighbours_excluded"),
        (said(ExcludeNeighbours, resident="p-li"), Role.VOLUNTEER, tower("12"), "neighbours_excluded"),
        (said(ExcludeNeighbours, resident="p-li"), Role.VOLUNTEER, walkup("5"), None),
        (said(ExcludeNeighbours, resident="p-li"), Role.VOLUNTEER, None, None),
        (said(ExcludeNeighbours, resident="p-li"), Role.COMMUNITY_WORKER, tower("5"), None),
    ],
)
def test_exclusions(wish: Command | None, role: Role, home: Place | None, rule: str | None) -> None:
    """A resident may exclude a responder or all neighbours (回避, A2)."""
    given = Given(*places(), moving_in("p-li", tower("12")), registration("r-one", role=role, home=home))
    wishes = [wish] if wish else []

    def barred(now: Given) -> str | None:
        resident = now.read(resident_at("p-li"))
        assert isinstance(resident, Resident)
        found = exclusion_bars(resident, ResponderId("r-one"), responder_of(now, "r-one"))
        return found.rule if found else None

    assert barred(given.and_then(*wishes)) == rule
    assert barred(given.and_then(*wishes, said(LiftExclusions, resident="p-li"))) is None
