"""Commands about responders as people: joining, shifts, side, skills, isolation, leaving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from .community import check_place, registered
from .control import Control
from .decider import NOTHING, Absent, Changes, Decision, Read
from .duty import DutyLimitOverridden
from .errors import Refused
from .readiness import limits_of
from .resident import Resident
from .responder import (
    SHIFTS_MAX,
    Capacity,
    CapacitySet,
    ClearanceSet,
    Departed,
    Departing,
    Responder,
    ResponderDataAccessed,
    ResponderErasureBegun,
    ResponderErasureCompleted,
    ResponderIsolationBegan,
    ResponderIsolationEnded,
    ResponderRegistered,
    ScopeSet,
    SideRecorded,
    SkillsSet,
    known,
    serving,
)
from .shift import Excess, Shift, ShiftCancelled, ShiftPlanned, excess_of
from .values import (
    RESPONDING,
    Code,
    Command,
    ControlLevel,
    Fact,
    Instant,
    Place,
    ResidentId,
    ResponderId,
    Role,
    Sealed,
    Side,
    resident_stream,
    responder_stream,
)


class ResponderCommand(Command):
    """Base of the commands that concern one responder."""

    responder: ResponderId


class RegisterResponder(ResponderCommand):
    """Let somebody join; the façade has sealed the personal fields."""

    role: Role
    home: Place | None = None
    resident: ResidentId | None = None
    scopes: tuple[Place, ...]
    skills: tuple[Code, ...] = ()
    capacity: Capacity
    clearance: ControlLevel = ControlLevel.OPEN
    paper: bool = False
    shifts: tuple[Shift, ...] = ()
    name: Sealed | None = None
    phone: Sealed | None = None


class PlanShift(ResponderCommand):
    """Plan a stretch of duty; with `override`, a reason, also beyond the limits."""

    shift: Shift
    override: Code | None = None


class CancelShift(ResponderCommand):
    """Take a planned stretch of duty back."""

    shift: Shift


class RecordSide(ResponderCommand):
    """
    Record on which side of a control line the responder is.

    `stay_until` forbids who goes in to come out before; without one the regime says how long.
    """

    line: Place
    side: Side
    stay_until: Instant | None = None


class IsolateResponder(ResponderCommand):
    """Record that the responder is isolated."""


class EndResponderIsolation(ResponderCommand):
    """Record that the responder may work again."""


class SetScope(ResponderCommand):
    """Change the places the responder serves."""

    scopes: tuple[Place, ...]


class SetSkills(ResponderCommand):
    """Change the responder's skills."""

    skills: tuple[Code, ...]


class SetCapacity(ResponderCommand):
    """Change the responder's capacity, in effort units."""

    capacity: Capacity


class SetClearance(ResponderCommand):
    """Change the strictest control level the responder may enter."""

    clearance: ControlLevel


class AccessResponderData(ResponderCommand):
    """Record that a responder's sealed fields are about to be shown."""

    fields: tuple[Code, ...]
    purpose: Code


class BeginResponderErasure(ResponderCommand):
    """Fence a responder for erasure."""


class CompleteResponderErasure(ResponderCommand):
    """Record that the responder's key is destroyed."""


def register_responder(command: RegisterResponder, read: Read) -> Decision:
    """Register a responder whose home and scopes are in the register."""
    community = registered(read, command.community)
    if command.role not in RESPONDING:
        raise Refused("not_a_responding_role", f"Role {command.role} takes no legs. Choose a responder's role.")
    if not command.scopes:
        raise Refused("no_scope", "A responder serves at least one place. Give a scope.")
    for place in (*command.scopes, *([command.home] if command.home else [])):
        check_place(community, place)
    stream = responder_stream(command.community, command.responder)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "responder_exists",
            f"Responder {command.responder} is registered already. Use another id.",
            responder=command.responder,
        )
    _few_enough(command.responder, command.shifts)
    for shift in command.shifts:
        excess = excess_of(shift, command.shifts, limits=community.policy.duty, zone=community.time_zone)
        if excess is not None:
            raise _beyond(command.responder, excess)
    joined = ResponderRegistered(
        role=command.role,
        home=_home(command, read),
        resident=command.resident,
        scopes=command.scopes,
        skills=command.skills,
        capacity=command.capacity,
        clearance=command.clearance,
        paper=command.paper,
        name=command.name,
        phone=command.phone,
        registered_at=command.at,
    )
    shifts = tuple(ShiftPlanned(shift=shift, planned_at=command.at) for shift in command.shifts)
    return (Changes(stream, (joined, *shifts)),)


def _home(command: RegisterResponder, read: Read) -> Place | None:
    """Return the home, down to the door when the residents' register knows it: a control may be of one door (R20)."""
    if command.resident is None or command.home is None:
        return command.home
    lives = read(resident_stream(command.community, command.resident))
    return lives.door if isinstance(lives, Resident) and command.home.contains(lives.door) else command.home


def _few_enough(responder: ResponderId, shifts: Sequence[Shift]) -> None:
    if len(shifts) > SHIFTS_MAX:
        raise Refused(
            "too_many_shifts",
            f"Responder {responder} would have {len(shifts)} shifts ahead; at most {SHIFTS_MAX} are planned at a time. "
            "Plan the later ones later.",
            responder=responder,
        )


def plan_shift(command: PlanShift, read: Read) -> Decision:
    """
    Plan a shift; those that are over do not count against the number that may be planned.

    Raises
    ------
    Refused
        ``beyond_duty_limits`` names the limit, unless somebody else than the responder gives a reason
        for going beyond it; then who and why is recorded (R24, A5). ``override_by_another``.
    """
    community = registered(read, command.community)
    state = serving(read, command.community, command.responder)
    if command.shift in state.shifts:
        return NOTHING
    _few_enough(command.responder, [*(s for s in state.shifts if s.ends_at > command.at), command.shift])
    planned = ShiftPlanned(shift=command.shift, planned_at=command.at)
    limits = limits_of(state, community.policy)
    others = (*state.past_shifts, *state.shifts)
    excess = excess_of(command.shift, others, limits=limits, zone=community.time_zone)
    if excess is None:
        return _one(command, planned)
    stream = responder_stream(command.community, command.responder)
    return (Changes(stream, (planned, _overridden(command, excess))),)


def _overridden(command: PlanShift, excess: Excess) -> DutyLimitOverridden:
    if command.override is None:
        raise _beyond(command.responder, excess)
    if command.actor.id == command.responder:
        raise Refused(
            "override_by_another",
            f"Responder {command.responder} may not lift the own limits. Let the desk plan the shift with its reason.",
            responder=command.responder,
        )
    return DutyLimitOverridden(
        shift=command.shift,
        limit=excess.limit,
        found=excess.found,
        allowed=excess.allowed,
        reason=command.override,
        by=command.actor.id,
        overridden_at=command.at,
    )


def _beyond(responder: ResponderId, excess: Excess) -> Refused:
    return Refused(
        "beyond_duty_limits",
        f"The shift would bring responder {responder} beyond a limit: {excess.limit} {excess.found}, "
        f"allowed {excess.allowed}. Plan less, or let somebody else plan it with a reason.",
        responder=responder,
        limit=excess.limit,
        found=excess.found,
        allowed=excess.allowed,
    )


def cancel_shift(command: CancelShift, read: Read) -> Decision:
    """Cancel a shift; work already taken stays with the responder until it is released."""
    state = serving(read, command.community, command.responder)
    if command.shift not in state.shifts:
        return NOTHING
    return _one(command, ShiftCancelled(shift=command.shift, cancelled_at=command.at))


def record_side(command: RecordSide, read: Read) -> Decision:
    """
    Record the side of a control line; who may not come out yet stays inside while the line is in force (A2).

    Where the line is lifted nobody is kept.
    """
    community = registered(read, command.community)
    check_place(community, command.line)
    state = serving(read, command.community, command.responder)
    controls = [c for c in community.controls if command.line.contains(c.place) and c.is_active(command.at)]
    if command.side is Side.OUTSIDE:
        _may_come_out(command, state, controls)
    stay_until = command.stay_until if command.side is Side.INSIDE else None
    if state.sides.get(command.line) == command.side and stay_until in (None, state.stays.get(command.line)):
        return NOTHING
    here = [community.regime.of(c.level).stay_minutes for c in controls if c.place == command.line]
    minutes = max(here, default=0)
    if command.side is Side.INSIDE and stay_until is None and minutes:
        stay_until = command.at + timedelta(minutes=minutes)
    fact = SideRecorded(line=command.line, side=command.side, stay_until=stay_until, since=command.at)
    return _one(command, fact)


def _may_come_out(command: RecordSide, state: Responder, controls: Sequence[Control]) -> None:
    for control in controls:
        if state.side_of(control.place) is Side.INSIDE and state.stays_in(control.place, command.at):
            until = state.stays[control.place].isoformat()
            raise Refused(
                "may_not_return_yet",
                f"Responder {command.responder} went in and may not come out before {until}. "
                "Wait, or lift the control.",
                responder=command.responder,
                until=until,
            )


def isolate_responder(command: IsolateResponder, read: Read) -> Decision:
    """Isolate a responder; the next drain releases everything they hold."""
    state = serving(read, command.community, command.responder)
    return NOTHING if state.isolated else _one(command, ResponderIsolationBegan(began_at=command.at))


def end_responder_isolation(command: EndResponderIsolation, read: Read) -> Decision:
    """End a responder's isolation."""
    state = serving(read, command.community, command.responder)
    return _one(command, ResponderIsolationEnded(ended_at=command.at)) if state.isolated else NOTHING


def set_scope(command: SetScope, read: Read) -> Decision:
    """Change the places a responder serves."""
    community = registered(read, command.community)
    for place in command.scopes:
        check_place(community, place)
    if not command.scopes:
        raise Refused("no_scope", "A responder serves at least one place. Give a scope.")
    state = serving(read, command.community, command.responder)
    return (
        NOTHING if state.scopes == command.scopes else _one(command, ScopeSet(scopes=command.scopes, set_at=command.at))
    )


def set_skills(command: SetSkills, read: Read) -> Decision:
    """Change a responder's skills."""
    state = serving(read, command.community, command.responder)
    if state.skills == frozenset(command.skills):
        return NOTHING
    return _one(command, SkillsSet(skills=command.skills, set_at=command.at))


def set_capacity(command: SetCapacity, read: Read) -> Decision:
    """Change a responder's capacity."""
    state = serving(read, command.community, command.responder)
    if state.capacity == command.capacity:
        return NOTHING
    if command.capacity < state.load:
        raise Refused(
            "capacity_below_load",
            f"Responder {command.responder} holds {state.load} units, more than {command.capacity}. "
            "Release work first.",
            responder=command.responder,
            load=state.load,
            capacity=command.capacity,
        )
    return _one(command, CapacitySet(capacity=command.capacity, set_at=command.at))


def set_clearance(command: SetClearance, read: Read) -> Decision:
    """Change a responder's clearance."""
    state = serving(read, command.community, command.responder)
    if state.clearance == command.clearance:
        return NOTHING
    return _one(command, ClearanceSet(clearance=command.clearance, set_at=command.at))


def access_responder_data(command: AccessResponderData, read: Read) -> Decision:
    """Record a reading of a responder's sealed fields before it happens."""
    serving(read, command.community, command.responder)
    fact = ResponderDataAccessed(
        fields=command.fields, purpose=command.purpose, reader=command.actor.id, accessed_at=command.at
    )
    return _one(command, fact)


def begin_responder_erasure(command: BeginResponderErasure, read: Read) -> Decision:
    """Begin the erasure of a responder; the next drain releases everything they hold."""
    if isinstance(known(read, command.community, command.responder), Departing | Departed):
        return NOTHING
    return _one(command, ResponderErasureBegun(begun_at=command.at))


def complete_responder_erasure(command: CompleteResponderErasure, read: Read) -> Decision:
    """Record the destruction of a responder's key, once they hold nothing any more."""
    state = known(read, command.community, command.responder)
    if isinstance(state, Departed):
        return NOTHING
    if not isinstance(state, Departing):
        raise Refused("erasure_not_begun", f"Begin the erasure of responder {command.responder} first.")
    if state.open_count:
        raise Refused(
            "work_still_held", f"Responder {command.responder} still holds work. Let the drain release it first."
        )
    return _one(command, ResponderErasureCompleted(completed_at=command.at))


def _one(command: ResponderCommand, fact: Fact) -> Decision:
    return (Changes(responder_stream(command.community, command.responder), (fact,)),)
