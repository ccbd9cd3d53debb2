"""Commands about responders as people: joining, shifts, sides, skills, isolation, leaving."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from dispatch.domain.responder import (
    SHIFTS_MAX,
    CapacitySet,
    ClearanceSet,
    Departed,
    Departing,
    ResponderDataAccessed,
    ResponderErasureBegun,
    ResponderErasureCompleted,
    ResponderIsolationBegan,
    ResponderIsolationEnded,
    ResponderRegistered,
    ScopeSet,
    SideRecorded,
    SkillsSet,
)
from dispatch.domain.roster import (
    AccessResponderData,
    BeginResponderErasure,
    CancelShift,
    CompleteResponderErasure,
    EndResponderIsolation,
    IsolateResponder,
    PlanShift,
    RecordSide,
    SetCapacity,
    SetClearance,
    SetScope,
    SetSkills,
)
from dispatch.domain.shift import Shift, ShiftCancelled, ShiftPlanned
from dispatch.domain.values import SYSTEM, Actor, Command, ControlLevel, Fact, Role, Side
from tests.domain.town import (
    ALL_DAY,
    EVERYWHERE,
    IN_TOWER,
    LEAD,
    T0,
    accepts,
    actor,
    after,
    asked,
    calls,
    declines,
    place,
    registration,
    responder_of,
    said,
    tower,
    town,
    withdraws,
)

CAPTAIN = actor("r-captain")


def about(command: type[Command], by: Actor = LEAD, **fields: Any) -> Command:
    """Return a command about the captain of the 12th floor."""
    told: Command = said(command, by=by, responder="r-captain", **fields)
    return told


def shift(day: int, hours: int = 8) -> Shift:
    """Return a shift some days from now."""
    start = T0 + timedelta(days=day)
    return Shift(starts_at=start, ends_at=start + timedelta(hours=hours))


TOMORROW = shift(1)


def test_joining() -> None:
    """A registration records who joins and the shifts, in one save."""
    command = registration("r-new", role=Role.CADRE, capacity=7, shifts=(TOMORROW, ALL_DAY))
    assert town().when(command) == [
        ResponderRegistered(role=Role.CADRE, scopes=(EVERYWHERE,), capacity=7, registered_at=T0),
        ShiftPlanned(shift=TOMORROW, planned_at=T0),
        ShiftPlanned(shift=ALL_DAY, planned_at=T0),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"responder": "r-captain"}, "responder_exists"),
        ({"role": Role.RESIDENT}, "not_a_responding_role"),
        ({"role": Role.AUDITOR}, "not_a_responding_role"),
        ({"role": Role.SYSTEM}, "not_a_responding_role"),
        ({"scopes": ()}, "no_scope"),
        ({"scopes": (tower("4"),)}, "unknown_floor"),
        ({"home": place(building="b-x")}, "unknown_building"),
        ({"shifts": tuple(shift(day) for day in range(SHIFTS_MAX + 1))}, "too_many_shifts"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_who_cannot_join(fields: dict[str, Any], code: str) -> None:
    """Each refusal has its own code."""
    assert town().refusal(registration("r-new", **fields)).code == code


@pytest.mark.parametrize("capacity", [0, -1, 201, True, 2**70, 1.5, "10"])
def test_capacities_out_of_bounds(capacity: object) -> None:
    """Capacity is a whole number of effort units from 1 to 200."""
    with pytest.raises(ValidationError):
        registration("r-new", capacity=capacity)


def test_a_shift_ends_after_it_starts() -> None:
    """An empty or reversed shift is no shift."""
    for end in (T0, after(-1)):
        with pytest.raises(ValidationError, match="ends before it starts"):
            Shift(starts_at=T0, ends_at=end)


_SIDE: dict[str, Any] = {"line": IN_TOWER, "side": Side.OUTSIDE}
_ISOLATED = (about(IsolateResponder),)


@pytest.mark.parametrize(
    ("past", "command", "events"),
    [
        ((), about(PlanShift, shift=TOMORROW), [ShiftPlanned(shift=TOMORROW, planned_at=T0)]),
        ((), about(PlanShift, shift=ALL_DAY), []),
        ((), about(CancelShift, shift=ALL_DAY), [ShiftCancelled(shift=ALL_DAY, cancelled_at=T0)]),
        ((), about(CancelShift, shift=TOMORROW), []),
        ((), about(RecordSide, **_SIDE), [SideRecorded(line=IN_TOWER, side=Side.OUTSIDE, since=T0)]),
        ((about(RecordSide, **_SIDE),), about(RecordSide, **_SIDE), []),
        ((), about(IsolateResponder, by=CAPTAIN), [ResponderIsolationBegan(began_at=T0)]),
        (_ISOLATED, about(IsolateResponder), []),
        (_ISOLATED, about(EndResponderIsolation), [ResponderIsolationEnded(ended_at=T0)]),
        ((), about(EndResponderIsolation), []),
        ((), about(SetScope, by=actor("r-worker"), scopes=(IN_TOWER,)), [ScopeSet(scopes=(IN_TOWER,), set_at=T0)]),
        ((), about(SetScope, by=actor("r-worker"), scopes=(tower("12"),)), []),
        ((), about(SetSkills, by=actor("r-worker"), skills=("drive",)), [SkillsSet(skills=("drive",), set_at=T0)]),
        ((), about(SetSkills, by=actor("r-worker"), skills=()), []),
        ((), about(SetCapacity, capacity=9), [CapacitySet(capacity=9, set_at=T0)]),
        ((), about(SetCapacity, by=CAPTAIN, capacity=6), []),
        (
            (),
            about(SetClearance, by=actor("r-cadre"), clearance=ControlLevel.SEALED),
            [ClearanceSet(clearance=ControlLevel.SEALED, set_at=T0)],
        ),
        ((), about(SetClearance, by=actor("r-cadre"), clearance=ControlLevel.OPEN), []),
        ((), about(BeginResponderErasure, by=CAPTAIN), [ResponderErasureBegun(begun_at=T0)]),
        (
            (),
            about(AccessResponderData, fields=("phone",), purpose="call"),
            [ResponderDataAccessed(fields=("phone",), purpose="call", reader="r-lead", accessed_at=T0)],
        ),
    ],
)
def test_what_is_recorded(past: tuple[Command, ...], command: Command, events: list[Fact]) -> None:
    """What changes is recorded once; what is so already is not."""
    assert town().and_then(*past).when(command) == events


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (about(SetScope, by=actor("r-worker"), scopes=()), "no_scope"),
        (about(SetScope, by=actor("r-worker"), scopes=(tower("4"),)), "unknown_floor"),
        (about(RecordSide, line=place(building="b-x"), side=Side.INSIDE), "unknown_building"),
        (about(CompleteResponderErasure, by=SYSTEM), "erasure_not_begun"),
        (said(PlanShift, by=LEAD, responder="r-nobody", shift=TOMORROW), "unknown_responder"),
    ],
)
def test_what_is_refused(command: Command, code: str) -> None:
    """Each refusal has its own code."""
    assert town().refusal(command).code == code


def test_on_duty_within_shifts() -> None:
    """A shift covers its beginning and not its end; split shifts leave a gap."""
    morning = Shift(starts_at=after(0), ends_at=after(60))
    evening = Shift(starts_at=after(120), ends_at=after(180))
    given = town().and_then(
        about(CancelShift, shift=ALL_DAY), about(PlanShift, shift=evening), about(PlanShift, shift=morning)
    )
    person = responder_of(given, "r-captain")
    assert person.shifts == (morning, evening)
    seen = {minute: person.on_duty(after(minute)) for minute in (-1, 0, 59, 60, 119, 120, 180)}
    assert seen == {-1: False, 0: True, 59: True, 60: False, 119: False, 120: True, 180: False}


def test_many_shifts_never_push_out_the_next_one() -> None:
    """The number of shifts ahead is limited; those that are over make room, the coming ones are never lost."""
    days = [shift(day) for day in range(1, SHIFTS_MAX)]
    given = town().and_then(*(about(PlanShift, shift=day) for day in days))
    assert set(responder_of(given, "r-captain").shifts) == {ALL_DAY, *days}
    later = about(PlanShift, shift=shift(100))
    assert given.refusal(later).code == "too_many_shifts"
    assert given.when(about(PlanShift, shift=days[-1])) == []
    when = ALL_DAY.ends_at
    given = given.and_then(about(PlanShift, shift=shift(100), at=when))
    assert set(responder_of(given, "r-captain").shifts) == {*(d for d in days if d.ends_at > when), shift(100)}


def test_a_capacity_below_the_load_is_refused() -> None:
    """Capacity holds at every position (S2): work is released first."""
    given = asked(town().and_then(calls()), "outside", "r-shopper")
    cut = said(SetCapacity, by=actor("r-shopper"), responder="r-shopper", capacity=2)
    assert given.refusal(cut).fields == {"responder": "r-shopper", "load": 3, "capacity": 2}
    assert len(given.and_then(declines("r-shopper")).when(cut)) == 1


# ---- Leaving ------------------------------------------------------------------------------


def test_leaving_ends_when_nothing_is_held() -> None:
    """The key of a responder is destroyed after the drain has taken back what they held."""
    shopper: dict[str, Any] = {"responder": "r-shopper"}
    given = asked(town().and_then(calls()), "outside", "r-shopper")
    given = given.and_then(said(BeginResponderErasure, by=actor("r-shopper"), **shopper))
    assert isinstance(responder_of(given, "r-shopper"), Departing)
    finish = said(CompleteResponderErasure, by=SYSTEM, **shopper)
    assert given.refusal(accepts("r-shopper")).code == "erased"
    assert given.refusal(finish).code == "work_still_held"
    given = given.and_then(withdraws(reason="still_serving"))
    assert given.when(finish) == [ResponderErasureCompleted(completed_at=T0)]
    given = given.and_then(finish)
    assert isinstance(responder_of(given, "r-shopper"), Departed)
    assert given.when(finish) == []
    assert given.when(said(BeginResponderErasure, by=actor("r-worker"), **shopper)) == []


@pytest.mark.parametrize(
    "command",
    [
        about(PlanShift, shift=TOMORROW),
        about(CancelShift, shift=ALL_DAY),
        about(RecordSide, **_SIDE),
        about(IsolateResponder),
        about(EndResponderIsolation),
        about(SetScope, by=actor("r-worker"), scopes=(IN_TOWER,)),
        about(SetSkills, by=actor("r-worker"), skills=("drive",)),
        about(SetCapacity, capacity=9),
        about(SetClearance, by=actor("r-cadre"), clearance=ControlLevel.SEALED),
        about(AccessResponderData, fields=("phone",), purpose="call"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_new_is_recorded_of_who_has_left(command: Command) -> None:
    """From the fence on a responder only gives work back."""
    given = town().and_then(about(BeginResponderErasure, by=CAPTAIN))
    assert given.refusal(command).code == "erased"
