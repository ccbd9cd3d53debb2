"""
HelpRequest (求助单): triage, approval, legs, outcome.

Received → Triaged → (AwaitingApproval → AwaitingOthers →) AwaitingHelp → UnderWay → Delivered → Confirmed
→ Closed; OnHold and back; Merged → Closed; NotApproved, Cancelled, Unfilled. Delivered, confirmed and
closed are three facts, not one. What is over stays over: taken up again, it is a new, linked request.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from .approval import Approval, ApprovalGiven, ApprovalRefused, missing_roles
from .crew import WORK_FACTS, evolve_work
from .decider import Absent, Aggregate, Read
from .errors import Refused, Unknown, impossible
from .goods import GOODS_FACTS, evolve_goods
from .hold import Hold, RequestHeld, RequestResumed
from .leg import (
    AssignmentEscalated,
    AssignmentMade,
    Done,
    Failed,
    Leg,
    LegDone,
    LegFailed,
    LegRequeued,
    Mustering,
    OfferMade,
    Planned,
    Taken,
    Waiting,
    become,
)
from .leg_course import LegJoined
from .line_item import ITEM_FACTS, await_doctor, buys, evolve_items, looked_for_again
from .link import (
    DependencyDropped,
    MergedRequestEnded,
    OthersAwaited,
    RequestMerged,
    RequestReadied,
    RequestReopened,
)
from .record import RECORD_FACTS, Line, LineKind, LineVoided, TokenIssued, line_of, with_line, with_new
from .request_events import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmRepeated,
    PersonAnswered,
    ReceiptConfirmed,
    RequestCancelled,
    RequestClosed,
    RequestDelivered,
    RequestEscalated,
    RequestReceived,
    RequestTriaged,
    RequestUnfilled,
    UrgencyChanged,
    WorkPlanned,
)
from .request_state import (
    Alarm,
    AwaitingApproval,
    AwaitingHelp,
    AwaitingOthers,
    Cancelled,
    Closed,
    Confirmed,
    Delivered,
    HelpRequest,
    Merged,
    NotApproved,
    OnHold,
    Received,
    Terms,
    Triaged,
    UnderWay,
    Unfilled,
    move,
)
from .values import (
    DESK,
    Command,
    CommunityId,
    Fact,
    LegId,
    OfferId,
    RequestId,
    Urgency,
    leg_id,
    offer_id,
    request_stream,
)

__all__ = [
    "HELP_REQUEST",
    "UNACKNOWLEDGED",
    "Alarm",
    "AlarmAcknowledged",
    "AlarmRaised",
    "AlarmRepeated",
    "AwaitingApproval",
    "AwaitingHelp",
    "AwaitingOthers",
    "Cancelled",
    "Closed",
    "Confirmed",
    "Delivered",
    "HelpRequest",
    "Merged",
    "NotApproved",
    "OnHold",
    "ReceiptConfirmed",
    "Received",
    "RequestCancelled",
    "RequestClosed",
    "RequestDelivered",
    "RequestEscalated",
    "RequestReceived",
    "RequestTriaged",
    "RequestUnfilled",
    "Terms",
    "Triaged",
    "UnderWay",
    "Unfilled",
    "UrgencyChanged",
    "WorkPlanned",
    "check_confirms",
    "check_speaks_for",
    "ended",
    "evolve",
    "full_leg_id",
    "known",
    "move",
    "needs_people",
    "next_offer",
    "speaks_for",
]

UNACKNOWLEDGED = "unacknowledged"
"""The reason for which a person is called when staff do not acknowledge an assignment."""


def evolve(state: Any, event: Fact) -> Any:
    """Return the request after one of its events."""
    match state, event:
        case Absent(), RequestReceived():
            return _received(event)
        case HelpRequest(), _ if isinstance(event, AFTERWARDS):
            return _evolve_record(state, event)
        case Received(), RequestTriaged():
            return move(Triaged, state, urgency=event.urgency, due_at=event.due_at)
        case Triaged(), WorkPlanned():
            return _planned(state, event)
        case HelpRequest(), RequestDelivered() if _all_done(state):
            return move(Delivered, state, delivered_at=event.delivered_at, hold=None)
        case Delivered(), ReceiptConfirmed():
            record = with_new(state.record, LineKind.CONFIRMATION, event.confirmed_at, by=event.confirmed_by)
            return move(Confirmed, state, record=record)
        case HelpRequest(), RequestClosed() if state.is_open:
            return move(Closed, state)
        case Merged(), MergedRequestEnded() if event.original == state.original:
            return move(Closed, state)
        case HelpRequest(), RequestCancelled() if state.is_undelivered:
            return move(Cancelled, state)
        case HelpRequest(), RequestUnfilled() if state.is_undelivered:
            return move(Unfilled, state)
        case HelpRequest(), RequestMerged() if state.is_undelivered:
            return move(Merged, state, original=event.original, legs=(), hold=None)
        case HelpRequest(), _ if state.is_open:
            return _evolve_open(state, event)
        case _:
            raise impossible(event, state)


def _received(event: RequestReceived) -> Received:
    return Received(
        beneficiary=event.beneficiary,
        kind=event.kind,
        place=event.place,
        received_at=event.received_at,
        needed_by=event.needed_by,
        reporter=event.reporter,
        urgency=event.urgency or Urgency.NONE,
        restricted=event.restricted,
        after=event.after,
        reopens=event.reopens,
        follows=event.follows,
        series=event.series,
    )


def _planned(state: Triaged, event: WorkPlanned) -> HelpRequest:
    terms = Terms(event.contactless, event.proof, event.no_payment, event.needs_confirmation)
    legs = tuple(Planned(plan) for plan in event.legs)
    again = event.same_person or state.series is not None
    planned = move(AwaitingApproval, state, legs=legs, same_person=again, terms=terms, approvals=event.approvals)
    if event.approvals:
        return planned
    return move(AwaitingOthers, planned) if state.after else _shared_out(planned, event.planned_at)


def _shared_out(state: HelpRequest, at: datetime) -> HelpRequest:
    return move(AwaitingHelp, state, legs=tuple(_ready(leg, set(), at) for leg in state.legs))


def _all_done(state: HelpRequest) -> bool:
    return state.is_worked_on and all(isinstance(leg, Done) for leg in state.legs)


def _evolve_open(state: HelpRequest, event: Fact) -> HelpRequest:
    match event:
        case UrgencyChanged() if state.is_planned:
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
        case PersonAnswered():
            return replace(state, refusing=not event.comes)
        case TokenIssued() if state.is_planned:
            return replace(state, token=event.digest)
        case _ if isinstance(event, WORK_FACTS) and state.is_worked_on:
            return _evolve_legs(state, event)
        case _ if isinstance(event, GOODS_FACTS):
            return replace(state, goods=evolve_goods(state.goods, event))
        case _ if isinstance(event, ITEM_FACTS):
            return replace(state, items=evolve_items(state.items, event))
        case _:
            return _evolve_waiting(state, event)


def _evolve_waiting(state: HelpRequest, event: Fact) -> HelpRequest:
    """Return a request after what lets it wait, or go on."""
    match state, event:
        case AwaitingApproval(), ApprovalGiven() if event.role in missing_roles(state.approvals, state.approved):
            approved = (*state.approved, Approval(event.role, event.by))
            missing = missing_roles(state.approvals, approved)
            return move(AwaitingApproval if missing else AwaitingOthers, state, approved=approved)
        case AwaitingApproval(), ApprovalRefused() if event.role in missing_roles(state.approvals, state.approved):
            return move(NotApproved, state)
        case AwaitingOthers(), RequestReadied():
            return _shared_out(state, event.readied_at)
        case HelpRequest(), OthersAwaited() if _may_wait(state):
            stage = AwaitingOthers if isinstance(state, AwaitingHelp) else type(state)
            legs = tuple(become(Planned, leg) for leg in state.legs)
            return move(stage, state, after=(*state.after, *event.after), legs=legs)
        case HelpRequest(), DependencyDropped() if event.after in state.after and state.is_undelivered:
            return replace(state, after=tuple(other for other in state.after if other != event.after))
        case HelpRequest(), RequestHeld() if state.is_planned and not isinstance(state, OnHold) and _is_still(state):
            hold = Hold(event.reason, event.held_at, event.until, type(state).__name__)
            return move(OnHold, state, hold=hold)
        case OnHold(hold=Hold() as hold), RequestResumed():
            paused = state.paused + (event.resumed_at - hold.since)
            return move(_HELD[hold.stage], state, hold=None, due_at=event.due_at, paused=paused)
        case _:
            raise impossible(event, state)


_HELD = {stage.__name__: stage for stage in (AwaitingApproval, AwaitingOthers, AwaitingHelp, UnderWay)}


def _is_still(state: HelpRequest) -> bool:
    """Tell whether nobody is being asked: every ask of a leg that is not taken has been taken back."""
    return all(not leg.asks or isinstance(leg, Taken | Done | Failed) for leg in state.legs)


def _may_wait(state: HelpRequest) -> bool:
    """Tell whether a request may still be told to wait for others: nobody has begun, nobody is asked."""
    waiting = isinstance(state, Received | Triaged | AwaitingApproval | AwaitingOthers | AwaitingHelp)
    return waiting and not any(leg.asks for leg in state.legs)


def _evolve_record(state: HelpRequest, event: Fact) -> HelpRequest:
    """Return a request after somebody wrote about it; that moves it in one case only."""
    if isinstance(event, RequestReopened):
        if state.reopened_as is not None:
            raise impossible(event, state)
        return replace(state, reopened_as=event.reopened_as)
    line = line_of(state.record, event.line) if isinstance(event, LineVoided) else None
    written = replace(state, record=with_line(state.record, event))
    if line is not None and line.kind is LineKind.CONFIRMATION and isinstance(state, Confirmed):
        return move(Delivered, written)
    return written


def _evolve_legs(state: HelpRequest, event: Any) -> HelpRequest:
    if isinstance(state, OnHold) and isinstance(event, OfferMade | AssignmentMade | LegJoined | LegRequeued):
        raise impossible(event, state)
    name = getattr(event, "leg", None)
    old = state.leg(name) if name is not None else state.leg_holding(event.offer)
    if old is None:
        raise impossible(event, state)
    next_one = f"#{state.asks_made + 1}"
    if isinstance(event, OfferMade | AssignmentMade | LegJoined) and not event.offer.endswith(next_one):
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
    stage = UnderWay if started else AwaitingHelp
    record = _with_outcome(state.record, event)
    if state.hold is not None:
        return replace(state, legs=legs, record=record, hold=replace(state.hold, stage=stage.__name__))
    return move(stage, state, legs=legs, record=record, asks_made=state.asks_made + made, items=items)


def _with_outcome(record: tuple[Line, ...], event: Fact) -> tuple[Line, ...]:
    match event:
        case LegDone():
            return with_new(record, LineKind.OUTCOME, event.done_at, leg=event.leg, code=event.outcome)
        case LegFailed():
            return with_new(record, LineKind.OUTCOME, event.failed_at, leg=event.leg, code=event.outcome)
        case _:
            return record


def _called_for(state: HelpRequest, reason: str) -> HelpRequest:
    return replace(state, escalated=state.escalated | {reason}, escalations=state.escalations + 1)


def _ready(leg: Leg, done: set[str], at: datetime) -> Leg:
    if isinstance(leg, Planned) and not leg.plan.on_call and all(name in done for name in leg.plan.after):
        return become(Waiting, replace(leg, ready_at=at))
    return leg


AFTERWARDS: tuple[type[Fact], ...] = (*RECORD_FACTS, RequestReopened)
"""What may be written about a request also when it is over; it stays over."""

HELP_REQUEST = Aggregate(
    name="request",
    evolve=evolve,
    is_over=lambda state: not state.is_open,
    afterwards=AFTERWARDS,
    facts=(
        RequestReceived,
        RequestTriaged,
        WorkPlanned,
        UrgencyChanged,
        AlarmRaised,
        AlarmRepeated,
        AlarmAcknowledged,
        RequestEscalated,
        PersonAnswered,
        *WORK_FACTS,
        *GOODS_FACTS,
        *ITEM_FACTS,
        RequestDelivered,
        ReceiptConfirmed,
        RequestClosed,
        RequestCancelled,
        RequestUnfilled,
        ApprovalGiven,
        ApprovalRefused,
        RequestHeld,
        RequestResumed,
        RequestMerged,
        MergedRequestEnded,
        OthersAwaited,
        DependencyDropped,
        RequestReadied,
        TokenIssued,
        *AFTERWARDS,
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
    return command.actor.role in DESK or (command.on_behalf_of or command.actor.id) in state.spoken_for


def check_speaks_for(command: Command, request: RequestId, state: HelpRequest) -> None:
    """
    Refuse what somebody says about a request that is not theirs.

    Raises
    ------
    Refused
        ``not_your_request``.
    """
    if not speaks_for(command, state):
        raise Refused(
            "not_your_request",
            f"{command.actor.id} did not ask for request {request}. Let the person or the desk say it.",
            actor=command.actor.id,
            request=request,
        )


def check_confirms(command: Command, request: RequestId, state: HelpRequest) -> str:
    """
    Return who confirms to have what they asked for: the resident or the reporter, also in their name (R7).

    Raises
    ------
    Refused
        ``not_yours_to_confirm``.
    """
    by = command.on_behalf_of or command.actor.id
    if by not in state.spoken_for:
        raise Refused(
            "not_yours_to_confirm",
            f"{command.actor.id} did not receive request {request}. "
            "Let the resident confirm, or confirm on behalf of the resident.",
            actor=command.actor.id,
            request=request,
        )
    return by


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
