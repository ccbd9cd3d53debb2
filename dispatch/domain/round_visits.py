"""What a calling round finds, and the requests it makes of it: reached, visits, seen, alarms, needs (R14)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from . import case_plan, intake
from . import help_request as requests
from . import resident as residents
from .calling import (
    ItemCommand,
    item_state,
    next_attempt,
    open_item,
    own_call,
    rang,
    spoken_by,
    was_answered,
)
from .calling_round import (
    ANSWERED,
    Alarmed,
    CallingRound,
    Excused,
    HouseholdReached,
    HouseholdSeen,
    NeedFound,
    Seen,
    ToBeVisited,
    VisitFellThrough,
    VisitOrdered,
    WelfareAlarmRaised,
    request_for,
    round_stream,
)
from .care import HouseholdContacted
from .decider import NOTHING, Decision, Gathered, Read
from .errors import Refused
from .leg import Done, Leg, Taken, place_of
from .offer import CompleteLeg, complete_leg
from .values import (
    DESK,
    Account,
    Channel,
    Code,
    Fact,
    Instant,
    RequestId,
    ResponderId,
    Role,
    Sealed,
    Urgency,
    is_local_id,
    resident_stream,
)


class RecordReached(ItemCommand):
    """Record that the household answered; `attempt` counts the calls of this household from 1."""

    attempt: Annotated[int, Field(ge=1)]
    supplies_enough: bool
    condition_ok: bool
    note: Sealed | None = None


class OrderVisit(ItemCommand):
    """Send somebody to the door; `visit` counts the visits of this household on this round from 1."""

    visit: Annotated[int, Field(ge=1)]
    reason: Code


class RecordSeen(ItemCommand):
    """Record what a visitor saw; `request` is the visit."""

    request: RequestId
    supplies_enough: bool
    condition_ok: bool
    note: Sealed | None = None


class SettleVisit(ItemCommand):
    """Take over into the round how the request of a visit ended."""

    request: RequestId


class RaiseWelfareAlarm(ItemCommand):
    """Alarm a person about a household: a threat to life."""

    note: Sealed | None = None


class FindNeed(ItemCommand):
    """Write down a need that the round found, as a request of its own."""

    request: RequestId
    kind: Code
    urgency: Urgency | None = None
    note: Sealed | None = None
    occurred_at: Instant


def record_reached(command: RecordReached, read: Read) -> Decision:
    """Record an answered call; a visit that was ordered is called off, for the household is heard."""
    _, item = open_item(command, read)
    own_call(command, item)
    residents.present(read, command.community, command.resident)
    if was_answered(item, command.attempt):
        return NOTHING
    next_attempt(command, item, command.attempt)
    if item.has_outcome:
        raise item_state(command, item)
    reached = HouseholdReached(
        resident=command.resident,
        supplies_enough=command.supplies_enough,
        condition_ok=command.condition_ok,
        note=command.note,
        reached_at=command.at,
    )
    call = rang(command, item, attempt=command.attempt, outcome=ANSWERED)
    gathered = _on_the_round(command, call, reached)
    _contacted(command, read, gathered, by=item.caller, by_phone=True)
    if isinstance(item, ToBeVisited):
        _call_off(command, read, gathered, request=item.visits[-1], reason="reached_by_phone")
    return gathered.decision()


def order_visit(command: OrderVisit, read: Read) -> Decision:
    """Order a visit, done by the round's own deadline: the same day unless the round says otherwise (R14)."""
    state, item = open_item(command, read)
    if command.visit <= len(item.visits):
        return NOTHING
    if isinstance(item, ToBeVisited | Seen | Alarmed | Excused):
        raise item_state(command, item)
    if command.visit != len(item.visits) + 1:
        raise Refused("visit_order", f"Visit {len(item.visits) + 1} is the next one. Order that.")
    request = request_for("visit", command.round, command.resident, nth=command.visit)
    ordered = VisitOrdered(resident=command.resident, request=request, reason=command.reason, ordered_at=command.at)
    gathered = _on_the_round(command, ordered)
    _merge(gathered, intake.receive_request(_visit(command, state, request=request), read))
    return gathered.decision()


def record_seen(command: RecordSeen, read: Read) -> Decision:
    """Record a visit; the work on it ends in the same save: done by the visitor who had it, else called off."""
    _, item = open_item(command, read)
    residents.present(read, command.community, command.resident)
    if isinstance(item, Seen) and item.visits[-1] == command.request:
        return NOTHING
    if not isinstance(item, ToBeVisited) or item.visits[-1] != command.request:
        raise item_state(command, item)
    who = spoken_by(command)
    leg = _leg_taken_by(requests.known(read, command.community, command.request), who)
    _visitor_reports(command, leg)
    seen = HouseholdSeen(
        resident=command.resident,
        by=who,
        supplies_enough=command.supplies_enough,
        condition_ok=command.condition_ok,
        note=command.note,
        seen_at=command.at,
    )
    gathered = _on_the_round(command, seen)
    _contacted(command, read, gathered, by=who, by_phone=False)
    if leg is None:
        _call_off(command, read, gathered, request=command.request, reason="done_by_others")
    else:
        done = CompleteLeg(
            **_said(command), request=command.request, leg=leg.plan.name, responder=ResponderId(who), outcome="success"
        )
        _merge(gathered, complete_leg(done, read))
    return gathered.decision()


def _visitor_reports(command: ItemCommand, leg: Leg | None) -> None:
    """Who has taken the visit reports it, or the desk does for whoever went."""
    if command.actor.role not in DESK and (leg is None or command.on_behalf_of not in (None, command.actor.id)):
        raise Refused(
            "not_your_visit",
            f"{command.actor.id} has not taken the visit to resident {command.resident}. "
            "Accept its offer first, or let the desk record it.",
            actor=command.actor.id,
            resident=command.resident,
        )


def _leg_taken_by(state: requests.HelpRequest, who: Account) -> Leg | None:
    if not is_local_id(who) or not state.is_matchable:
        return None
    taken = (leg for leg in state.legs if isinstance(leg, Taken))
    return next((leg for leg in taken if place_of(leg, ResponderId(who)) is not None), None)


def settle_visit(command: SettleVisit, read: Read) -> Decision:
    """A visit whose legs are done was at the door; one that was cancelled or given up leaves the household open."""
    _, item = open_item(command, read)
    if not isinstance(item, ToBeVisited) or item.visits[-1] != command.request:
        return NOTHING
    state = requests.known(read, command.community, command.request)
    visitors = [ask.responder for leg in state.legs if isinstance(leg, Done) for ask in leg.asks]
    if state.legs and all(isinstance(leg, Done) for leg in state.legs) and visitors:
        seen = HouseholdSeen(resident=command.resident, by=visitors[0], seen_at=command.at)
        gathered = _on_the_round(command, seen)
        _contacted(command, read, gathered, by=visitors[0], by_phone=False)
        return gathered.decision()
    if state.is_open:
        return NOTHING
    fell = VisitFellThrough(resident=command.resident, request=command.request, fell_through_at=command.at)
    return _on_the_round(command, fell).decision()


def raise_welfare_alarm(command: RaiseWelfareAlarm, read: Read) -> Decision:
    """Raise a threat to life: the visit that is open becomes one, or a new request is; a person is alarmed."""
    state, item = open_item(command, read)
    if isinstance(item, Alarmed):
        return NOTHING
    if isinstance(item, Excused):
        raise item_state(command, item)
    request = item.visits[-1] if isinstance(item, ToBeVisited) else None
    open_visit = request is not None and requests.known(read, command.community, request).is_matchable
    if request is None or not open_visit:
        request = request_for("welfare", command.round, command.resident)
    alarmed = WelfareAlarmRaised(resident=command.resident, request=request, note=command.note, raised_at=command.at)
    gathered = _on_the_round(command, alarmed)
    if open_visit:
        raised = intake.ChangeUrgency(**_said(command), request=request, urgency=Urgency.LIFE, reason="welfare_alarm")
        _merge(gathered, intake.change_urgency(raised, read))
    else:
        asked = _visit(command, state, request=request).model_copy(
            update={"urgency": Urgency.LIFE, "note": command.note, "needed_by": None}
        )
        _merge(gathered, intake.receive_request(asked, read))
    return gathered.decision()


def find_need(command: FindNeed, read: Read) -> Decision:
    """Make a need a request through the ordinary intake, linked to the round (R1: staff-found needs)."""
    _, item = open_item(command, read)
    if command.request in item.needs:
        return NOTHING
    if isinstance(item, Excused):
        raise item_state(command, item)
    asked = intake.ReceiveRequest(
        **_said(command),
        request=command.request,
        beneficiary=command.resident,
        reporter=command.actor.id,
        channel=Channel.DOOR if isinstance(item, ToBeVisited | Seen) else Channel.PHONE,
        kind=command.kind,
        note=command.note,
        occurred_at=command.occurred_at,
        urgency=command.urgency,
    )
    found = NeedFound(resident=command.resident, request=command.request, found_at=command.at)
    gathered = _on_the_round(command, found)
    _merge(gathered, intake.receive_request(asked, read))
    return gathered.decision()


def _said(command: ItemCommand) -> dict[str, Any]:
    """Return who says it, for whom, where and when."""
    return {
        "community": command.community,
        "actor": command.actor,
        "on_behalf_of": command.on_behalf_of,
        "at": command.at,
    }


def _visit(command: ItemCommand, state: CallingRound, *, request: RequestId) -> intake.ReceiveRequest:
    by_machine = command.actor.role is Role.SYSTEM
    return intake.ReceiveRequest(
        **_said(command),
        request=request,
        beneficiary=command.resident,
        reporter=command.actor.id,
        channel=Channel.SYSTEM if by_machine else Channel.STAFF,
        kind=state.visit_kind,
        occurred_at=command.at,
        needed_by=state.visit_by if state.visit_by > command.at else None,
    )


def _call_off(command: ItemCommand, read: Read, gathered: Gathered, *, request: RequestId, reason: str) -> None:
    state = requests.known(read, command.community, request)
    if state.is_open and not isinstance(state, requests.Delivered | requests.Confirmed):
        cancel = intake.CancelRequest(**_said(command), request=request, reason=reason)
        _merge(gathered, intake.cancel_request(cancel, read))


def _contacted(command: ItemCommand, read: Read, gathered: Gathered, *, by: Account, by_phone: bool) -> None:
    """Tell the person's own stream, for the next round's caller (R15), and their case plan (R29)."""
    fact = HouseholdContacted(round=command.round, by=by, by_phone=by_phone, contacted_at=command.at)
    gathered.add(resident_stream(command.community, command.resident), fact)
    _merge(gathered, case_plan.contact_of_a_round(command, read, resident=command.resident, by=by))


def _on_the_round(command: ItemCommand, *facts: Fact) -> Gathered:
    gathered = Gathered()
    gathered.add(round_stream(command.community, command.round), *facts)
    return gathered


def _merge(gathered: Gathered, decision: Decision) -> None:
    for stream, events in decision:
        gathered.add(stream, *events)
