"""What requests, offers and alarms bring by time alone, or by a rule that fails now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..domain.access import bars_now
from ..domain.going import visit_of
from ..domain.help_request import HelpRequest, Received, full_leg_id, needs_people
from ..domain.intake import CloseErased, EscalateRequest, RepeatAlarm, alarm_repeats_at, has_failed_leg
from ..domain.leg import Ask, Done, Failed, Leg, Taken
from ..domain.offer import LapseOffer, ReleaseLeg, WithdrawOffer
from ..domain.policy import Policy
from ..domain.resident import Erased, Leaving
from ..domain.values import SYSTEM, RequestId
from ..matching.board import Board
from ..matching.sent import movable_at
from .reaction import Reaction


def request_due(board: Board, request: RequestId, at: datetime) -> Iterator[Reaction]:
    """
    Yield what is due about a request.

    Offers nobody answered lapse; assignments nobody acknowledged escalate; offers and work that a
    rule forbids now are taken back (S5); alarms repeat; requests that nobody has judged, that are late, out of
    people or have a failed leg call a person, once for each reason; requests of persons being erased close.
    """
    state = board.requests[request]
    prefix = board.community
    if isinstance(board.residents[state.beneficiary], Leaving | Erased):
        command = CloseErased(community=board.community, actor=SYSTEM, at=at, request=request)
        yield Reaction(f"erase:{prefix}:{request}", command)
        return
    repeats = alarm_repeats_at(state, board.place_register)
    if state.alarm is not None and repeats is not None and repeats <= at:
        repeat = RepeatAlarm(community=board.community, actor=SYSTEM, at=at, request=request, due=repeats)
        yield Reaction(f"alarm:{prefix}:{request}:{state.alarm.raised_at.isoformat()}:{state.alarm.times}", repeat)
    for reason in _reasons_to_escalate(board, request, at):
        escalate = EscalateRequest(community=board.community, actor=SYSTEM, at=at, request=request, reason=reason)
        yield Reaction(f"escalate:{prefix}:{request}:{reason}", escalate)
    if state.is_worked_on:
        for leg in state.legs:
            for ask in leg.asks:
                yield from _ask_due(board, request, leg, ask=ask, at=at)


def _reasons_to_escalate(board: Board, request: RequestId, at: datetime) -> Iterator[str]:
    state = board.requests[request]
    policy = board.place_register.policy
    most = policy.offers_per_leg_max
    if isinstance(state, Received) and judged_by(state, policy) <= at and "untriaged" not in state.escalated:
        yield "untriaged"
    if state.is_matchable:
        if state.due_at is not None and state.due_at <= at and "overdue" not in state.escalated:
            yield "overdue"
        if has_failed_leg(state) and "leg_failed" not in state.escalated:
            yield "leg_failed"
        exhausted = any(leg.asks_made >= most * leg.plan.crew for leg in needs_people(state))
        if exhausted and "offers_exhausted" not in state.escalated:
            yield "offers_exhausted"
        if "overtaken" not in state.escalated and _is_overtaken(board, request, state):
            yield "overtaken"


def _is_overtaken(board: Board, request: RequestId, state: HelpRequest) -> bool:
    """Tell whether others were served too often while a leg waited for want of people (L3)."""
    run, most = board.match_run, board.place_register.policy.overtaken_max
    return any(run.overtaken(full_leg_id(request, leg)) > most for leg in needs_people(state))


def judged_by(state: HelpRequest, policy: Policy) -> datetime:
    """Return until when a person should have judged a received request."""
    return state.received_at + timedelta(seconds=policy.triage_within_s)


def _ask_due(board: Board, request: RequestId, leg: Leg, *, ask: Ask, at: datetime) -> Iterator[Reaction]:
    if isinstance(leg, Done | Failed):
        return
    rule = forbidden_now(board, request, leg, ask=ask, at=at)
    if rule is not None and isinstance(leg, Taken):
        release = ReleaseLeg(
            community=board.community,
            actor=SYSTEM,
            at=at,
            request=request,
            leg=leg.plan.name,
            responder=ask.responder,
            offer=ask.offer,
            reason=rule,
        )
        yield Reaction(f"release:{board.community}:{ask.offer}", release)
    elif rule is not None:
        withdraw = WithdrawOffer(community=board.community, actor=SYSTEM, at=at, offer=ask.offer, reason=rule)
        yield Reaction(f"withdraw:{board.community}:{ask.offer}", withdraw)
    elif not ask.accepted and ask.answer_by <= at:
        lapse = LapseOffer(community=board.community, actor=SYSTEM, at=at, offer=ask.offer, due=ask.answer_by)
        yield Reaction(f"lapse:{board.community}:{ask.offer}", lapse)


def forbidden_now(board: Board, request: RequestId, leg: Leg, *, ask: Ask, at: datetime) -> str | None:
    """Return the rule that forbids what somebody is asked for, or has taken, at an instant; `None` if none does."""
    taken = isinstance(leg, Taken)
    visit = visit_of(
        board.read, board.community, request, who=ask.responder, leg=leg.plan, position=ask.position, taken=taken
    )
    if visit is None:
        return "still_serving"
    barred = bars_now(visit, at)
    return barred.rule if barred else None


def request_changes_at(board: Board, request: RequestId) -> Iterator[datetime]:
    """
    Yield when something about a request may change by time alone.

    Answers run out, offers may be taken back for something more important, alarms repeat, deadlines pass.
    """
    state, register = board.requests[request], board.place_register
    repeats = alarm_repeats_at(state, register)
    if repeats is not None:
        yield repeats
    if isinstance(state, Received) and "untriaged" not in state.escalated:
        yield judged_by(state, register.policy)
    if not state.is_matchable:
        return
    yield from (ask.answer_by for leg in state.legs for ask in leg.asks if not ask.accepted)
    yield from (since for leg in state.legs if (since := movable_at(leg, register.policy)) is not None)
    if state.due_at is not None and "overdue" not in state.escalated:
        yield state.due_at
