"""
HelpRequest (求助单): triage, legs, outcome.

Received → Triaged → Waiting → UnderWay → Delivered → Confirmed → Closed; Cancelled; Unfilled.
Delivered, confirmed and closed are three facts, not one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .crew import WORK_FACTS, evolve_work
from .decider import Absent, Aggregate, Read
from .errors import Refused, Unknown, impossible
from .goods import GOODS_FACTS, Goods, evolve_goods
from .leg import (
    AssignmentEscalated,
    AssignmentMade,
    Done,
    Failed,
    Leg,
    LegRequeued,
    Mustering,
    OfferMade,
    Planned,
    PlannedLeg,
    Taken,
    Waiting,
    become,
)
from .line_item import ITEM_FACTS, Items, await_doctor, buys, evolve_items, looked_for_again
from .values import (
    DESK,
    Account,
    Channel,
    Code,
    Command,
    CommunityId,
    Fact,
    Instant,
    Label,
    LegId,
    OfferId,
    Place,
    RequestId,
    ResidentId,
    Sealed,
    Urgency,
    leg_id,
    offer_id,
    request_stream,
)

UNACKNOWLEDGED = "unacknowledged"
"""The reason for which a person is called when staff do not acknowledge an assignment."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm for a threat to life, raised to a named person and repeated until somebody acknowledges it."""

    to: str
    raised_at: datetime
    last_at: datetime
    times: int = 1
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True)
class HelpRequest:
    """
    Base of a request's states.

    `due_at` is the deadline for delivery; `asks_made` numbers the offers; `escalated` holds the
    reasons for which a person has been called already, `escalations` counts how often; `reporter` may
    speak for the beneficiary; `goods` are where its things are and `items` what is to be bought.
    """

    beneficiary: ResidentId
    kind: str
    place: Place
    received_at: datetime
    needed_by: datetime | None
    urgency: Urgency = Urgency.NONE
    due_at: datetime | None = None
    same_person: bool = False
    legs: tuple[Leg, ...] = ()
    alarm: Alarm | None = None
    asks_made: int = 0
    escalated: frozenset[str] = frozenset()
    reporter: str | None = None
    goods: Goods | None = None
    items: Items = ()
    escalations: int = 0

    def leg(self, name: str) -> Leg | None:
        """Return the leg of this name."""
        return next((leg for leg in self.legs if leg.plan.name == name), None)

    def leg_holding(self, offer: OfferId) -> Leg | None:
        """Return the leg that holds an offer now."""
        return next((leg for leg in self.legs if any(ask.offer == offer for ask in leg.asks)), None)

    @property
    def is_open(self) -> bool:
        """Tell whether anything can still happen to it."""
        return not isinstance(self, Closed | Cancelled | Unfilled)

    @property
    def is_matchable(self) -> bool:
        """Tell whether its legs may be shared out."""
        return isinstance(self, AwaitingHelp | UnderWay)


class Received(HelpRequest):
    """Written down; nobody has judged it."""

    __slots__ = ()


class Triaged(HelpRequest):
    """Urgency and deadline are set; the work is not planned."""

    __slots__ = ()


class AwaitingHelp(HelpRequest):
    """Waiting: its legs are shared out, none is taken."""

    __slots__ = ()


class UnderWay(HelpRequest):
    """At least one leg is taken or done."""

    __slots__ = ()


class Delivered(HelpRequest):
    """All legs are done; the resident has not confirmed."""

    __slots__ = ()


class Confirmed(HelpRequest):
    """The resident has it."""

    __slots__ = ()


class Closed(HelpRequest):
    """Finished, confirmed or with a recorded reason."""

    __slots__ = ()


class Cancelled(HelpRequest):
    """Not wanted any more."""

    __slots__ = ()


class Unfilled(HelpRequest):
    """A person decided, with a reason, that it will not be served."""

    __slots__ = ()


class RequestReceived(Fact):
    """Somebody asked for help, through any channel, for themselves or for another (R1)."""

    TOPIC: ClassVar[str] = "request.received"
    beneficiary: ResidentId
    reporter: Account
    channel: Channel
    kind: Code
    urgency: Urgency | None = None
    place: Place
    note: Sealed | None = None
    received_at: Instant
    needed_by: Instant | None = None


class RequestTriaged(Fact):
    """Urgency and deadline were set."""

    TOPIC: ClassVar[str] = "request.triaged"
    urgency: Urgency
    due_at: Instant
    triaged_at: Instant


class WorkPlanned(Fact):
    """The legs were worked out; they are shared out from now on."""

    TOPIC: ClassVar[str] = "request.work_planned"
    legs: Annotated[tuple[PlannedLeg, ...], Field(min_length=1)]
    same_person: bool
    planned_at: Instant


class UrgencyChanged(Fact):
    """The urgency was judged anew; a quarter of real incidents change."""

    TOPIC: ClassVar[str] = "request.urgency_changed"
    urgency: Urgency
    due_at: Instant
    reason: Code
    changed_at: Instant


class AlarmRaised(Fact):
    """A threat to life: the named person is alarmed and told to call `call`; this never waits for an offer."""

    TOPIC: ClassVar[str] = "request.alarm_raised"
    to: Account
    call: Label
    raised_at: Instant


class AlarmRepeated(Fact):
    """Nobody acknowledged the alarm in time; it is raised again."""

    TOPIC: ClassVar[str] = "request.alarm_repeated"
    to: Account
    repeated_at: Instant


class AlarmAcknowledged(Fact):
    """A person took the alarm."""

    TOPIC: ClassVar[str] = "request.alarm_acknowledged"
    by: Account
    acknowledged_at: Instant


class RequestEscalated(Fact):
    """A person was called because the machine alone did not get it done."""

    TOPIC: ClassVar[str] = "request.escalated"
    to: Account
    reason: Code
    escalated_at: Instant


class RequestDelivered(Fact):
    """The last leg is done."""

    TOPIC: ClassVar[str] = "request.delivered"
    delivered_at: Instant


class ReceiptConfirmed(Fact):
    """The resident, or somebody on their behalf, confirmed (R7)."""

    TOPIC: ClassVar[str] = "request.receipt_confirmed"
    confirmed_by: Account
    confirmed_at: Instant


class RequestClosed(Fact):
    """The request is finished: confirmed, or with a recorded reason."""

    TOPIC: ClassVar[str] = "request.closed"
    reason: Code
    closed_at: Instant


class RequestCancelled(Fact):
    """The request is not wanted any more."""

    TOPIC: ClassVar[str] = "request.cancelled"
    by: Account
    reason: Code
    cancelled_at: Instant


class RequestUnfilled(Fact):
    """A person decided that it will not be served, and why."""

    TOPIC: ClassVar[str] = "request.unfilled"
    reason: Code
    decided_at: Instant


def move(stage: type[HelpRequest], state: HelpRequest, **changes: Any) -> HelpRequest:
    """Return the request in another state, with `changes`."""
    return stage(**{name: getattr(state, name) for name in HelpRequest.__dataclass_fields__} | changes)


def evolve(state: Any, event: Fact) -> Any:
    """Return the request after one of its events."""
    match state, event:
        case Absent(), RequestReceived():
            return Received(
                beneficiary=event.beneficiary,
                kind=event.kind,
                place=event.place,
                received_at=event.received_at,
                needed_by=event.needed_by,
                reporter=event.reporter,
                urgency=event.urgency or Urgency.NONE,
            )
        case Received(), RequestTriaged():
            return move(Triaged, state, urgency=event.urgency, due_at=event.due_at)
        case Triaged(), WorkPlanned():
            legs = tuple(_ready(Planned(plan), set(), event.planned_at) for plan in event.legs)
            return move(AwaitingHelp, state, legs=legs, same_person=event.same_person)
        case AwaitingHelp() | UnderWay(), RequestDelivered() if all(isinstance(leg, Done) for leg in state.legs):
            return move(Delivered, state)
        case Delivered(), ReceiptConfirmed():
            return move(Confirmed, state)
        case HelpRequest(), RequestClosed() if state.is_open:
            return move(Closed, state)
        case Received() | Triaged() | AwaitingHelp() | UnderWay(), RequestCancelled():
            return move(Cancelled, state)
        case Received() | Triaged() | AwaitingHelp() | UnderWay(), RequestUnfilled():
            return move(Unfilled, state)
        case HelpRequest(), _ if state.is_open:
            return _evolve_open(state, event)
        case _:
            raise impossible(event, state)


def _evolve_open(state: HelpRequest, event: Fact) -> HelpRequest:
    match event:
        case UrgencyChanged() if state.is_matchable:
            return replace(state, urgency=event.urgency, due_at=event.due_at)
        case AlarmRaised() if state.alarm is None or state.alarm.acknowledged_by is not None:
            return replace(state, alarm=Alarm(to=event.to, raised_at=event.raised_at, last_at=event.raised_at))
        case AlarmRepeated() if state.alarm and state.alarm.acknowledged_by is None:
            alarm = replace(state.alarm, to=event.to, last_at=event.repeated_at, times=state.alarm.times + 1)
            return replace(state, alarm=alarm)
        case AlarmAcknowledged() if state.alarm and state.alarm.acknowledged_by is None:
            return replace(state, alarm=replace(state.alarm, acknowledged_by=event.by))
        case RequestEscalated():
            return _called_for(state, event.reason)
        case _ if isinstance(event, WORK_FACTS) and state.is_matchable:
            return _evolve_legs(state, event)
        case _ if isinstance(event, GOODS_FACTS):
            return replace(state, goods=evolve_goods(state.goods, event))
        case _ if isinstance(event, ITEM_FACTS):
            return replace(state, items=evolve_items(state.items, event))
        case _:
            raise impossible(event, state)


def _evolve_legs(state: HelpRequest, event: Any) -> HelpRequest:
    name = getattr(event, "leg", None)
    old = state.leg(name) if name is not None else state.leg_holding(event.offer)
    if old is None:
        raise impossible(event, state)
    if isinstance(event, OfferMade | AssignmentMade) and not event.offer.endswith(f"#{state.asks_made + 1}"):
        raise impossible(event, state)
    new = evolve_work(old, event)
    legs = tuple(new if leg is old else leg for leg in state.legs)
    if isinstance(new, Done):
        done = {leg.plan.name for leg in legs if isinstance(leg, Done)}
        legs = tuple(_ready(leg, done, event.done_at) for leg in legs)
    started = any(isinstance(leg, Taken | Done | Failed) for leg in legs)
    made = 1 if len(new.asks) > len(old.asks) else 0
    items = looked_for_again(state.items) if isinstance(event, LegRequeued) and buys(old) else state.items
    if isinstance(event, AssignmentEscalated):
        state = _called_for(state, UNACKNOWLEDGED)
    return move(UnderWay if started else AwaitingHelp, state, legs=legs, asks_made=state.asks_made + made, items=items)


def _called_for(state: HelpRequest, reason: str) -> HelpRequest:
    return replace(state, escalated=state.escalated | {reason}, escalations=state.escalations + 1)


def _ready(leg: Leg, done: set[str], at: datetime) -> Leg:
    if isinstance(leg, Planned) and all(name in done for name in leg.plan.after):
        return become(Waiting, replace(leg, ready_at=at))
    return leg


HELP_REQUEST = Aggregate(
    name="request",
    evolve=evolve,
    is_over=lambda state: not state.is_open,
    facts=(
        RequestReceived,
        RequestTriaged,
        WorkPlanned,
        UrgencyChanged,
        AlarmRaised,
        AlarmRepeated,
        AlarmAcknowledged,
        RequestEscalated,
        *WORK_FACTS,
        *GOODS_FACTS,
        *ITEM_FACTS,
        RequestDelivered,
        ReceiptConfirmed,
        RequestClosed,
        RequestCancelled,
        RequestUnfilled,
    ),
)


def known(read: Read, community: CommunityId, request: RequestId) -> HelpRequest:
    """
    Return a request in any state.

    Raises
    ------
    Unknown
        No such request.
    """
    state = read(request_stream(community, request))
    if not isinstance(state, HelpRequest):
        raise Unknown("request", request, now="Correct the id.")
    return state


def ended(request: RequestId, state: HelpRequest) -> Refused:
    """Return the refusal for a request that is over or not that far."""
    stage = type(state).__name__
    return Refused(
        "request_state",
        f"Request {request} is {stage}; this command does not apply to it now. Look at its timeline.",
        request=request,
        state=stage,
    )


def speaks_for(command: Command, state: HelpRequest) -> bool:
    """Tell whether a command is said by whom a request is for or who reported it, in their name, or by the desk."""
    theirs = (state.beneficiary, state.reporter)
    return command.actor.role in DESK or (command.on_behalf_of or command.actor.id) in theirs


def needs_people(state: HelpRequest) -> tuple[Leg, ...]:
    """
    Return the legs that are to be shared out: waiting ones and crews with vacancies.

    None are while a doctor must agree to something that is to be bought (R3).
    """
    if not state.is_matchable or await_doctor(state.items):
        return ()
    return tuple(leg for leg in state.legs if isinstance(leg, Waiting | Mustering) and leg.vacancies > 0)


def next_offer(request: RequestId, state: HelpRequest, *, already: int = 0) -> OfferId:
    """Return the id of the request's next offer, after `already` more in the same decision."""
    return offer_id(request, state.asks_made + 1 + already)


def full_leg_id(request: RequestId, leg: Leg) -> LegId:
    """Return the id by which other streams know a leg."""
    return leg_id(request, leg.plan.name)
