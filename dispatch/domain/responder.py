"""
Responder: floor captain, building lead, community worker, cadre, driver … and what they hold.

Offers are held against the capacity from the moment they are made, so at every position of the log
nobody holds more than they can carry (S2). Effort is counted in units, not in legs (R10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from . import load as load_events
from .decider import Absent, Aggregate, Read, as_stage, with_item, without
from .duty import DUTY_FACTS, PLAIN, Duty, QualificationRevoked, ResponderDroppedOut, ResponderReturned, evolve_duty
from .errors import Refused, Unknown, impossible
from .shift import Shift, ShiftCancelled, ShiftPlanned, with_shift
from .standby import NO_STANDBY, STANDBY_FACTS, Standby, evolve_standby
from .values import (
    Account,
    Code,
    CommunityId,
    ControlLevel,
    Fact,
    Instant,
    LegId,
    OfferId,
    Place,
    ResidentId,
    ResponderId,
    Role,
    Sealed,
    Side,
    responder_stream,
)

CAPACITY_MAX = 200
SHIFTS_MAX = 64
BURDEN_DAYS_KEPT = 31

# A responder's events too; whoever decides about work takes them from here.
OfferHeld = load_events.OfferHeld
HoldReleased = load_events.HoldReleased
LoadTaken = load_events.LoadTaken
LoadJoined = load_events.LoadJoined
LoadReleased = load_events.LoadReleased

Capacity = Annotated[int, Field(ge=1, le=CAPACITY_MAX)]


def _is_unknown(value: object) -> bool:
    return value is None


@dataclass(frozen=True, slots=True)
class Work:
    """One leg that is held (offer open) or taken, with the effort it costs this responder, in units."""

    offer: OfferId
    leg: LegId
    beneficiary: ResidentId
    effort: int


@dataclass(frozen=True, slots=True)
class Responder:
    """
    Somebody who takes legs.

    `burden` maps a UTC day (proleptic ordinal) to the effort finished on it; `met` maps a resident to
    (visits, day of the last one); `asked` counts the offers ever received, `asked_on` those of each day. Who is `out`
    has dropped out or was called away; `left_open` is what they handed back when that began (R23, R25).
    `stays` says until when who crossed a line may not come out of it.
    """

    role: Role
    home: Place | None
    resident: ResidentId | None
    scopes: tuple[Place, ...]
    skills: frozenset[str]
    capacity: int
    clearance: ControlLevel
    paper: bool = False
    shifts: tuple[Shift, ...] = ()
    sides: Mapping[Place, Side] = field(default_factory=dict)
    stays: Mapping[Place, datetime] = field(default_factory=dict)
    isolated: bool = False
    out: bool = False
    left_open: tuple[LegId, ...] = ()
    holds: Mapping[OfferId, Work] = field(default_factory=dict)
    loads: Mapping[LegId, Work] = field(default_factory=dict)
    burden: Mapping[int, int] = field(default_factory=dict)
    met: Mapping[ResidentId, tuple[int, int]] = field(default_factory=dict)
    asked: int = 0
    past_shifts: tuple[Shift, ...] = ()
    duty: Duty = PLAIN
    standby: Standby = NO_STANDBY
    asked_on: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_here(self) -> bool:
        """Tell whether the responder has not left for good."""
        return not isinstance(self, Departing | Departed)

    @property
    def load(self) -> int:
        """Effort units held and taken."""
        return sum(w.effort for w in self.holds.values()) + sum(w.effort for w in self.loads.values())

    def worked(self, at: datetime, *, days: int) -> int:
        """Return the effort units finished in the last `days` UTC days, that of the instant included."""
        today = at.toordinal()
        return sum(units for day, units in self.burden.items() if 0 <= today - day < days)

    def offered(self, at: datetime, *, days: int) -> int:
        """Return the offers received in the last `days` UTC days, that of the instant included."""
        today = at.toordinal()
        return sum(count for day, count in self.asked_on.items() if 0 <= today - day < days)

    @property
    def open_count(self) -> int:
        """Legs held and taken (在办件数)."""
        return len(self.holds) + len(self.loads)

    def on_duty(self, at: datetime) -> bool:
        """Tell whether a shift covers an instant."""
        for shift in self.shifts:  # noqa: SIM110 - a loop, because every match run asks everybody
            if shift.starts_at <= at < shift.ends_at:
                return True
        return False

    def side_of(self, line: Place) -> Side:
        """
        Return the side of a control line; by default inside is who lives inside (A2).

        Who was seen inside an inner line is inside the outer one; who was seen outside the outer one is
        outside the inner.
        """
        recorded = self.sides.get(line)
        if recorded is not None:
            return recorded
        if any(side is Side.INSIDE and line.contains(place) for place, side in self.sides.items()):
            return Side.INSIDE
        if any(side is Side.OUTSIDE and place.contains(line) for place, side in self.sides.items()):
            return Side.OUTSIDE
        return Side.INSIDE if self.home is not None and line.contains(self.home) else Side.OUTSIDE

    def stays_in(self, line: Place, at: datetime) -> bool:
        """Tell whether a crossing forbids to come out of a line yet (A2)."""
        until = self.stays.get(line)
        return until is not None and at < until


@dataclass(frozen=True, slots=True)
class Departing(Responder):
    """A responder whose erasure has begun: asked for nothing, open work is being released."""


@dataclass(frozen=True, slots=True)
class Departed(Responder):
    """A responder whose key is destroyed."""


class ResponderRegistered(Fact):
    """Somebody joined as a responder."""

    TOPIC: ClassVar[str] = "responder.registered"
    role: Role
    home: Place | None = None
    resident: ResidentId | None = None
    scopes: tuple[Place, ...]
    skills: tuple[Code, ...] = ()
    capacity: Capacity
    clearance: ControlLevel = ControlLevel.OPEN
    paper: bool = False
    name: Sealed | None = None
    phone: Sealed | None = None
    registered_at: Instant


class SideRecorded(Fact):
    """
    The responder was seen on one side of a control line (A2: side is state, not role).

    `stay_until` says that who went in may not come out before: a crossing may forbid the return.
    """

    TOPIC: ClassVar[str] = "responder.side_recorded"
    line: Place
    side: Side
    stay_until: Instant | None = Field(default=None, exclude_if=_is_unknown)
    since: Instant


class ResponderIsolationBegan(Fact):
    """The responder is isolated: open work is released at once (A2)."""

    TOPIC: ClassVar[str] = "responder.isolation_began"
    began_at: Instant


class ResponderIsolationEnded(Fact):
    """The responder's isolation ended."""

    TOPIC: ClassVar[str] = "responder.isolation_ended"
    ended_at: Instant


class ScopeSet(Fact):
    """The places the responder serves changed."""

    TOPIC: ClassVar[str] = "responder.scope_set"
    scopes: tuple[Place, ...]
    set_at: Instant


class SkillsSet(Fact):
    """The responder's skills changed."""

    TOPIC: ClassVar[str] = "responder.skills_set"
    skills: tuple[Code, ...]
    set_at: Instant


class CapacitySet(Fact):
    """The responder's capacity, in effort units, changed; work already held stays."""

    TOPIC: ClassVar[str] = "responder.capacity_set"
    capacity: Capacity
    set_at: Instant


class ClearanceSet(Fact):
    """The strictest control level that the responder is equipped and authorised to enter changed."""

    TOPIC: ClassVar[str] = "responder.clearance_set"
    clearance: ControlLevel
    set_at: Instant


class ResponderDataAccessed(Fact):
    """Somebody opened sealed fields of a responder; recorded before they were shown (A4)."""

    TOPIC: ClassVar[str] = "responder.personal_data_accessed"
    fields: tuple[Code, ...]
    purpose: Code
    reader: Account
    accessed_at: Instant


class ResponderErasureBegun(Fact):
    """The responder is fenced for erasure."""

    TOPIC: ClassVar[str] = "responder.erasure_begun"
    begun_at: Instant


class ResponderErasureCompleted(Fact):
    """The responder's key is destroyed."""

    TOPIC: ClassVar[str] = "responder.erasure_completed"
    completed_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the responder after one of their events."""
    match state, event:
        case Absent(), ResponderRegistered():
            return Responder(
                role=event.role,
                home=event.home,
                resident=event.resident,
                scopes=event.scopes,
                skills=frozenset(event.skills),
                capacity=event.capacity,
                clearance=event.clearance,
                paper=event.paper,
            )
        case Departing(), ResponderErasureCompleted() if not state.open_count:
            return as_stage(Responder, Departed, state)
        case Departing(), HoldReleased() | LoadReleased():
            return _evolve_work(state, event)
        case ((Departing() | Departed()), _):
            raise impossible(event, state)
        case Responder(), OfferHeld() | HoldReleased() | LoadTaken() | LoadJoined() | LoadReleased():
            return _evolve_work(state, event)
        case Responder(), ResponderErasureBegun():
            return as_stage(Responder, Departing, state)
        case Responder(), _:
            return _evolve_person(state, event)
        case _:
            raise impossible(event, state)


def _evolve_person(state: Responder, event: Fact) -> Responder:
    match event:
        case ShiftPlanned(shift=shift):
            ahead, past = with_shift(state.shifts, state.past_shifts, shift, at=event.planned_at)
            return replace(state, shifts=ahead, past_shifts=past)
        case ShiftCancelled(shift=shift):
            return replace(state, shifts=tuple(s for s in state.shifts if s != shift))
        case SideRecorded():
            stays = without(state.stays, event.line)
            if event.stay_until is not None:
                stays = with_item(stays, event.line, event.stay_until)
            return replace(state, sides=_with_side(state.sides, event.line, event.side), stays=stays)
        case ResponderIsolationBegan():
            return replace(state, isolated=True)
        case ResponderIsolationEnded():
            return replace(state, isolated=False)
        case ResponderDroppedOut():
            return replace(state, out=True, left_open=event.left_open)
        case ResponderReturned():
            return replace(state, out=False, left_open=())
        case ScopeSet():
            return replace(state, scopes=event.scopes)
        case SkillsSet():
            return replace(state, skills=frozenset(event.skills))
        case CapacitySet():
            return replace(state, capacity=event.capacity)
        case ClearanceSet():
            return replace(state, clearance=event.clearance)
        case ResponderDataAccessed():
            return state
        case _ if isinstance(event, STANDBY_FACTS):
            return replace(state, standby=evolve_standby(state.standby, event))
        case _ if isinstance(event, DUTY_FACTS):
            return _evolve_duty(state, event)
        case _:
            raise impossible(event, state)


def _evolve_duty(state: Responder, event: Fact) -> Responder:
    """Evolve the duty; a skill that was taken back is gone, dated or not."""
    duty = evolve_duty(state.duty, event)
    if isinstance(event, QualificationRevoked):
        return replace(state, duty=duty, skills=state.skills - {event.skill})
    return replace(state, duty=duty)


def _with_side(sides: Mapping[Place, Side], line: Place, side: Side) -> dict[Place, Side]:
    """Record a side and forget the earlier ones that it contradicts."""

    def contradicts(place: Place, earlier: Side) -> bool:
        if side is Side.INSIDE:
            return earlier is Side.OUTSIDE and place.contains(line)
        return earlier is Side.INSIDE and line.contains(place)

    return {**{p: s for p, s in sides.items() if not contradicts(p, s)}, line: side}


def _evolve_work(state: Responder, event: Fact) -> Responder:
    match event:
        case OfferHeld(offer=offer) if offer not in state.holds:
            work = Work(offer=offer, leg=event.leg, beneficiary=event.beneficiary, effort=event.effort)
            return replace(_counted(state, event.held_at), holds=with_item(state.holds, offer, work))
        case HoldReleased(offer=offer) if offer in state.holds:
            return replace(state, holds=without(state.holds, offer))
        case LoadTaken(offer=offer, leg=leg) if offer in state.holds and leg not in state.loads:
            taken = with_item(state.loads, leg, state.holds[offer])
            return replace(state, holds=without(state.holds, offer), loads=taken)
        case LoadJoined(leg=leg) if leg not in state.loads:
            work = Work(offer=event.offer, leg=leg, beneficiary=event.beneficiary, effort=event.effort)
            return replace(state, loads=with_item(state.loads, leg, work))
        case LoadReleased(leg=leg) if leg in state.loads:
            return _released(state, event, state.loads[leg])
        case _:
            raise impossible(event, state)


def _counted(state: Responder, at: datetime) -> Responder:
    today = at.toordinal()
    recent = {day: count for day, count in state.asked_on.items() if today - day < BURDEN_DAYS_KEPT}
    return replace(state, asked=state.asked + 1, asked_on=with_item(recent, today, recent.get(today, 0) + 1))


def _released(state: Responder, event: LoadReleased, work: Work) -> Responder:
    loads = without(state.loads, event.leg)
    if not event.worked:
        return replace(state, loads=loads)
    today = event.released_at.toordinal()
    recent = {day: units for day, units in state.burden.items() if today - day < BURDEN_DAYS_KEPT}
    visits = state.met.get(work.beneficiary, (0, today))[0] + 1
    return replace(
        state,
        loads=loads,
        burden=with_item(recent, today, recent.get(today, 0) + work.effort),
        met=with_item(state.met, work.beneficiary, (visits, today)),
    )


RESPONDER = Aggregate(
    name="responder",
    evolve=evolve,
    facts=(
        ResponderRegistered,
        ShiftPlanned,
        ShiftCancelled,
        SideRecorded,
        ResponderIsolationBegan,
        ResponderIsolationEnded,
        ResponderDroppedOut,
        ResponderReturned,
        ScopeSet,
        SkillsSet,
        CapacitySet,
        ClearanceSet,
        OfferHeld,
        HoldReleased,
        LoadTaken,
        LoadJoined,
        LoadReleased,
        *DUTY_FACTS,
        *STANDBY_FACTS,
        ResponderDataAccessed,
        ResponderErasureBegun,
        ResponderErasureCompleted,
    ),
)


def known(read: Read, community: CommunityId, responder: ResponderId) -> Responder:
    """
    Return a responder in any stage.

    Raises
    ------
    Unknown
        Nobody registered this responder.
    """
    state = read(responder_stream(community, responder))
    if not isinstance(state, Responder):
        raise Unknown("responder", responder, now="Register the responder first, or correct the id.")
    return state


def serving(read: Read, community: CommunityId, responder: ResponderId) -> Responder:
    """
    Return a responder who has not left.

    Raises
    ------
    Unknown
        Nobody registered this responder.
    Refused
        ``erased``: the responder's data are erased or being erased.
    """
    state = known(read, community, responder)
    if isinstance(state, Departing | Departed):
        raise Refused(
            "erased", f"Responder {responder} has left and is erased. Name somebody who serves.", responder=responder
        )
    return state
