"""
Leg (转运环节): the unit that is offered, and its states.

Volunteers receive offers: they accept, decline or let them lapse, at no cost. Staff receive
assignments: they acknowledge or return them, and an unacknowledged one is escalated (A2). A crew is
all or nothing (R9). Leg events live on the stream of their request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from .building import Building
from .decider import as_stage
from .errors import impossible
from .kind import LegKind, Permit
from .leg_course import LegArrived, LegJoined, LegNotNeeded, LegStarted
from .positions import Position
from .values import Account, Code, Fact, Instant, LegId, OfferId, Point, ResponderId, Role, Side, Value, is_absent

Effort = Annotated[int, Field(ge=0)]
CREW_COLLAPSED = "crew_collapsed"
"""Why the others of a crew are sent back when it cannot stay complete: through no doing of theirs (R9)."""


def _is_no(value: object) -> bool:
    return value is False


class PlannedLeg(Value):
    """One leg of one request, worked out from the kind and the place; it does not change with later catalogues."""

    name: Code
    after: tuple[Code, ...] = ()
    side: Side | None
    origin: Point
    destination: Point
    crew: Annotated[int, Field(ge=1)]
    effort: Effort
    skills: tuple[Code, ...] = ()
    roles: tuple[Role, ...]
    isolated_skills: tuple[Code, ...] = ()
    isolated_roles: tuple[Role, ...] | None = None
    minutes: Annotated[int, Field(ge=1)]
    remote: bool = False
    positions: tuple[Position, ...] = ()
    muster: bool = False
    call_ahead: bool = False
    gear: bool = Field(default=False, exclude_if=_is_no)
    permit: Permit | None = None
    drives: bool = False
    on_call: bool = False

    def position(self, name: str | None) -> Position | None:
        """Return the position of this name."""
        return next((position for position in self.positions if position.name == name), None)

    def roles_for(self, *, isolated: bool, position: Position | None = None) -> tuple[Role, ...]:
        """
        Return who may be asked, given whether the beneficiary is isolated now (A2).

        A position's own roles replace the leg's; what isolation demands they cannot widen.
        """
        strict = self.isolated_roles if isolated else None
        if position is not None and position.roles:
            return tuple(role for role in position.roles if strict is None or role in strict)
        return self.roles if strict is None else strict

    def skills_for(self, *, isolated: bool, position: Position | None = None) -> tuple[Code, ...]:
        """Return the skills a member needs, given whether the beneficiary is isolated now (A2), the position's too."""
        skills = (*self.skills, *self.isolated_skills) if isolated else self.skills
        return skills if position is None else (*skills, *position.skills)


def plan_leg(
    kind: LegKind, building: Building | None, *, floor: str | None, building_unit: str | None = None
) -> PlannedLeg:
    """
    Work out one leg for one place.

    Notes
    -----
    Each storey without a lift adds one effort unit per trip (R10: the 7th-floor, no-lift household).
    Who may come depends on whether the beneficiary is isolated when somebody is asked, not now (A2).
    """
    climbs = building is not None and kind.stairs and not building.has_lift(building_unit)
    climb = building.storeys(floor) * kind.trips if building is not None and climbs else 0
    return PlannedLeg(
        name=kind.name,
        after=kind.after,
        side=kind.side,
        origin=kind.origin,
        destination=kind.destination,
        crew=kind.crew,
        effort=kind.effort + climb,
        skills=tuple(sorted(set(kind.skills))),
        roles=kind.roles,
        isolated_skills=tuple(sorted(set(kind.isolated_skills) - set(kind.skills))),
        isolated_roles=kind.isolated_roles,
        minutes=kind.minutes,
        remote=kind.remote,
        positions=kind.positions,
        muster=kind.muster,
        call_ahead=kind.call_ahead,
        gear=kind.gear,
        permit=kind.permit,
        drives=kind.drives,
        on_call=kind.on_call,
    )


@dataclass(frozen=True, slots=True)
class Ask:
    """
    One offer or assignment of one leg to one responder. `answer_by` only entitles System to end it.

    `position` is the place in the crew that it names; `ready` says that the member has come to the meeting point.
    """

    offer: OfferId
    responder: ResponderId
    staff: bool
    effort: int
    made_at: datetime
    answer_by: datetime
    accepted: bool = False
    position: str | None = None
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """
    Base of a leg's states.

    `tried` holds who declined, lapsed, returned, was released or escalated: nobody is asked twice
    for one leg. `ready_at` is kept when an offer fails, so that waiting is not forgotten. `returned`
    holds who had said yes to a crew that collapsed through no doing of theirs: they are preferred when
    it is formed anew. `called_at` is when the household called the crew (R9). `spared` holds who was
    released because a rule forbade it: they are free to be asked again when it does not any more (R20).
    """

    plan: PlannedLeg
    ready_at: datetime | None = None
    tried: frozenset[ResponderId] = frozenset()
    asks_made: int = 0
    asks: tuple[Ask, ...] = ()
    returned: frozenset[ResponderId] = frozenset()
    called_at: datetime | None = None
    spared: frozenset[ResponderId] = frozenset()

    @property
    def open_positions(self) -> tuple[Position, ...]:
        """Named positions that nobody is asked for or holds."""
        held = {ask.position for ask in self.asks}
        return tuple(position for position in self.plan.positions if position.name not in held)

    @property
    def vacancies(self) -> int:
        """People still to be asked."""
        return self.plan.crew - len(self.asks)


class Planned(Leg):
    """Legs before it are not done."""

    __slots__ = ()


class Waiting(Leg):
    """Ready; nobody is asked."""

    __slots__ = ()


class Offered(Leg):
    """A volunteer is asked (待接单)."""

    __slots__ = ()


class Assigned(Leg):
    """A member of staff is told to go (派单) and has not acknowledged."""

    __slots__ = ()


class Mustering(Leg):
    """A crew is being asked; some may have accepted."""

    __slots__ = ()


class Taken(Leg):
    """Everybody it needs has accepted."""

    __slots__ = ()


class EnRoute(Taken):
    """Who does it has set out."""

    __slots__ = ()


class OnScene(Taken):
    """Who does it is there."""

    __slots__ = ()


class Done(Leg):
    """Finished."""

    __slots__ = ()


class Failed(Leg):
    """Tried and not finished; a person decides what now."""

    __slots__ = ()


class OfferMade(Fact):
    """A volunteer is offered a leg."""

    TOPIC: ClassVar[str] = "request.offer_made"
    leg: Code
    offer: OfferId
    responder: ResponderId
    effort: Effort
    made_at: Instant
    respond_by: Instant
    position: Code | None = None


class AssignmentMade(Fact):
    """A member of staff is assigned a leg."""

    TOPIC: ClassVar[str] = "request.assignment_made"
    leg: Code
    offer: OfferId
    responder: ResponderId
    effort: Effort
    made_at: Instant
    acknowledge_by: Instant
    position: Code | None = None


class OfferAccepted(Fact):
    """The volunteer goes."""

    TOPIC: ClassVar[str] = "request.offer_accepted"
    offer: OfferId
    accepted_at: Instant


class AssignmentAcknowledged(Fact):
    """The member of staff goes."""

    TOPIC: ClassVar[str] = "request.assignment_acknowledged"
    offer: OfferId
    acknowledged_at: Instant


class OfferDeclined(Fact):
    """The volunteer does not go; that costs nothing."""

    TOPIC: ClassVar[str] = "request.offer_declined"
    offer: OfferId
    reason: Code
    declined_at: Instant


class AssignmentReturned(Fact):
    """The member of staff returned the assignment with a reason."""

    TOPIC: ClassVar[str] = "request.assignment_returned"
    offer: OfferId
    reason: Code
    returned_at: Instant


class OfferLapsed(Fact):
    """Nobody answered in time."""

    TOPIC: ClassVar[str] = "request.offer_lapsed"
    offer: OfferId
    lapsed_at: Instant


class AssignmentEscalated(Fact):
    """Nobody acknowledged in time: the duty contact is told and the leg is shared out anew."""

    TOPIC: ClassVar[str] = "request.assignment_escalated"
    offer: OfferId
    to: Account
    escalated_at: Instant


class OfferWithdrawn(Fact):
    """Taken back: a rule fails now, or the `matcher` did it, for a crew that collapsed or another leg `instead`."""

    TOPIC: ClassVar[str] = "request.offer_withdrawn"
    offer: OfferId
    reason: Code
    withdrawn_at: Instant
    instead: LegId | None = Field(default=None, exclude_if=is_absent)
    matcher: Annotated[int, Field(ge=1)] | None = Field(default=None, exclude_if=is_absent)


class LegReleased(Fact):
    """
    Somebody who had taken the leg, or a place in its crew, cannot do it; it is shared out anew (退单).

    `by_rule` says that a rule forbade it, such as a control level: whoever it was may be asked again.
    """

    TOPIC: ClassVar[str] = "request.leg_released"
    leg: Code
    responder: ResponderId
    reason: Code
    by_rule: bool = Field(default=False, exclude_if=_is_no)
    released_at: Instant


class LegDone(Fact):
    """A leg is finished; the outcome says how."""

    TOPIC: ClassVar[str] = "request.leg_done"
    leg: Code
    outcome: Code
    done_at: Instant


class LegFailed(Fact):
    """A leg was tried and not finished; the outcome says why."""

    TOPIC: ClassVar[str] = "request.leg_failed"
    leg: Code
    outcome: Code
    failed_at: Instant


class LegRequeued(Fact):
    """A leg that failed, or that everybody has declined, is shared out anew: all may be asked again."""

    TOPIC: ClassVar[str] = "request.leg_requeued"
    leg: Code
    requeued_at: Instant


class LegCalled(Fact):
    """A leg that waited to be called is shared out: its time is near, or the patient is ready (R13)."""

    TOPIC: ClassVar[str] = "request.leg_called"
    leg: Code
    called_at: Instant


LEG_FACTS: tuple[type[Fact], ...] = (
    OfferMade,
    AssignmentMade,
    OfferAccepted,
    AssignmentAcknowledged,
    OfferDeclined,
    AssignmentReturned,
    OfferLapsed,
    AssignmentEscalated,
    OfferWithdrawn,
    LegReleased,
    LegStarted,
    LegArrived,
    LegNotNeeded,
    LegDone,
    LegFailed,
    LegRequeued,
    LegJoined,
    LegCalled,
)

Opened = OfferMade | AssignmentMade
Answered = OfferAccepted | AssignmentAcknowledged
Ended = OfferDeclined | AssignmentReturned | OfferLapsed | AssignmentEscalated | OfferWithdrawn
_BY_STAFF = AssignmentAcknowledged | AssignmentReturned | AssignmentEscalated


def become(stage: type[Leg], leg: Leg) -> Leg:
    """Return the same leg in another state."""
    return as_stage(Leg, stage, leg)


def evolve_leg(leg: Leg, event: Fact) -> Leg:
    """Return the leg after one of its events; an impossible pair is a damaged journal."""
    match leg, event:
        case Waiting() | Mustering(), OfferMade() | AssignmentMade() if leg.vacancies > 0:
            return _asked(leg, event)
        case Offered() | Assigned() | Mustering(), _ if isinstance(event, Answered | Ended):
            return _answered(leg, event)
        case Mustering(), LegReleased():
            ask = place_of(leg, event.responder)
            if ask is None or not ask.accepted:
                raise impossible(event, leg)
            return _vacated(_without(leg, event), ask.offer)
        case Taken(), LegReleased() if place_of(leg, event.responder) is not None:
            others = {ask.responder for ask in leg.asks} - {event.responder}
            return become(Waiting, replace(_without(leg, event), asks=(), returned=frozenset(others)))
        case Taken(), LegStarted() if not isinstance(leg, EnRoute | OnScene):
            return become(EnRoute, leg)
        case Taken(), LegArrived() if not isinstance(leg, OnScene):
            return become(OnScene, leg)
        case _, LegNotNeeded() if not isinstance(leg, Done):
            return become(Done, replace(leg, asks=()))
        case Waiting(), LegJoined() if leg.plan.crew == 1 and event.responder not in leg.tried:
            at = event.joined_at
            ask = Ask(event.offer, event.responder, event.staff, event.effort, at, at, accepted=True)
            return become(Taken, replace(leg, asks=(ask,), asks_made=leg.asks_made + 1))
        case Taken(), LegDone():
            return become(Done, leg)
        case Taken(), LegFailed():
            return become(Failed, leg)
        case Planned(), LegCalled() if leg.plan.on_call:
            return become(Waiting, replace(leg, ready_at=event.called_at))
        case Failed(), LegRequeued():
            return become(Waiting, _anew(leg, event.requeued_at))
        case Waiting(), LegRequeued() if leg.tried:
            return replace(leg, tried=frozenset())
        case _:
            raise impossible(event, leg)


def _tried(leg: Leg, responder: ResponderId) -> Leg:
    return replace(leg, tried=leg.tried | {responder}, returned=leg.returned - {responder})


def _anew(leg: Leg, at: datetime) -> Leg:
    return replace(leg, ready_at=at, tried=frozenset(), asks=(), returned=frozenset(), called_at=None)


def _without(leg: Leg, event: LegReleased) -> Leg:
    if event.by_rule:
        spared = leg.spared | {event.responder}
        return replace(leg, spared=spared, returned=leg.returned - {event.responder})
    return _tried(leg, event.responder)


def _asked(leg: Leg, event: Opened) -> Leg:
    if place_of(leg, event.responder) is not None or event.responder in leg.tried:
        raise impossible(event, leg)
    if event.position is not None and all(event.position != position.name for position in leg.open_positions):
        raise impossible(event, leg)
    staff = isinstance(event, AssignmentMade)
    answer_by = event.acknowledge_by if isinstance(event, AssignmentMade) else event.respond_by
    ask = Ask(event.offer, event.responder, staff, event.effort, event.made_at, answer_by, position=event.position)
    held = replace(leg, asks=(*leg.asks, ask), asks_made=leg.asks_made + 1)
    if leg.plan.crew > 1:
        return become(Mustering, held)
    return become(Assigned if staff else Offered, held)


def _answered(leg: Leg, event: Answered | Ended) -> Leg:
    ask = ask_of(leg, event.offer)
    match event:
        case OfferWithdrawn() if ask is not None:
            collapsed = ask.accepted and event.reason == CREW_COLLAPSED
            returned = leg.returned | {ask.responder} if collapsed else leg.returned
            return _vacated(replace(leg, returned=returned), event.offer)
        case _ if ask is None or ask.accepted or ask.staff is not isinstance(event, _BY_STAFF):
            raise impossible(event, leg)
        case OfferAccepted() | AssignmentAcknowledged():
            return _accepted(leg, event.offer)
        case _:
            return _vacated(_tried(leg, ask.responder), event.offer)


def _accepted(leg: Leg, offer: OfferId) -> Leg:
    asks = tuple(replace(ask, accepted=True) if ask.offer == offer else ask for ask in leg.asks)
    held = replace(leg, asks=asks)
    complete = len(asks) == leg.plan.crew and all(ask.accepted for ask in asks)
    return become(Taken, replace(held, returned=frozenset())) if complete else held


def _vacated(leg: Leg, offer: OfferId) -> Leg:
    asks = tuple(ask for ask in leg.asks if ask.offer != offer)
    return become(Mustering if asks else Waiting, replace(leg, asks=asks))


def ask_of(leg: Leg, offer: OfferId) -> Ask | None:
    """Return an offer or assignment that this leg holds."""
    return next((ask for ask in leg.asks if ask.offer == offer), None)


def place_of(leg: Leg, responder: ResponderId) -> Ask | None:
    """Return the offer or assignment by which a responder is asked for this leg or does it."""
    return next((ask for ask in leg.asks if ask.responder == responder), None)
