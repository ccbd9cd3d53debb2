"""
What must not wait for ever: on a board, at an instant, after whatever was due was fired.

L1 a request is done, called off or a person is called by its deadline; L2 an offer is answered by the
end of its time; L3 a leg that waits for want of people is not overtaken more often than the policy
says without a recorded reason; L5 an escalation reaches somebody or raises the external alarm.

These look at states only, not at the timers that should have fired: so they can disagree with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.climbing import is_called_for
from ..domain.escalation import Climbing, Escalation
from ..domain.help_request import (
    AwaitingApproval,
    AwaitingHelp,
    AwaitingOthers,
    HelpRequest,
    Received,
    UnderWay,
    needs_people,
)
from ..domain.leg import Done, Failed, Leg
from ..domain.resident import Erased, Leaving
from ..domain.values import RequestId, leg_id
from ..matching.board import Board

GRACE = timedelta(minutes=1)
"""A timer may fire this late before anybody is told."""

_WAITS = AwaitingApproval | AwaitingHelp | AwaitingOthers | UnderWay
"""States in which the clock of a request runs; a hold pauses it."""


@dataclass(frozen=True, slots=True, order=True)
class Stranded:
    """
    Something that waits longer than it may.

    Attributes
    ----------
    rule
        l1, l2, l3 or l5.
    about
        The request, offer or leg.
    detail
        Ids, numbers and names of states only.
    """

    rule: str
    about: str
    detail: str


def stranded(board: Board, at: datetime, *, grace: timedelta = GRACE) -> tuple[Stranded, ...]:
    """
    Return what waits too long at an instant, in order; nothing for a community that is not registered.

    Parameters
    ----------
    grace
        How much later than promised still counts as kept.
    """
    if not board.is_registered:
        return ()
    late = at - grace
    found: list[Stranded] = []
    for request, state in board.requests.items():
        if isinstance(board.residents[state.beneficiary], Leaving | Erased):
            continue  # it is closed with their data
        found += _unended(board, request, state, late=late)
        found += _unanswered(state, late)
        found += _overtaken(board, request, state)
        found += _uncalled(board, request, state, late=late)
    return tuple(sorted(found))


def _unended(board: Board, request: RequestId, state: HelpRequest, *, late: datetime) -> Iterator[Stranded]:
    """Yield a request that is neither judged nor done by its time, and nobody was called about it (L1)."""
    if isinstance(state, Received):
        judged_by = state.received_at + timedelta(seconds=board.place_register.policy.triage_within_s)
        if judged_by <= late and "untriaged" not in state.escalated:
            yield Stranded("l1", request, "Received, not judged in time, and nobody was called.")
    is_late = state.due_at is not None and state.due_at <= late
    if isinstance(state, _WAITS) and is_late and "overdue" not in state.escalated:
        yield Stranded("l1", request, f"{type(state).__name__} after its deadline, and nobody was called.")


def _unanswered(state: HelpRequest, late: datetime) -> Iterator[Stranded]:
    """Yield an offer of a request whose time is over and that still stands (L2)."""
    for leg in state.legs if state.is_worked_on else ():
        for ask in leg.asks if not isinstance(leg, Done | Failed) else ():
            if not ask.accepted and ask.answer_by <= late:
                yield Stranded("l2", ask.offer, f"{ask.responder} has not answered in time, and it still stands.")


def _overtaken(board: Board, request: RequestId, state: HelpRequest) -> Iterator[Stranded]:
    """Yield a leg that was overtaken too often while nobody could be found for it, without a reason (L3)."""
    if not state.is_matchable or "overtaken" in state.escalated:
        return
    run, most = board.match_run, board.place_register.policy.overtaken_max
    legs: tuple[Leg, ...] = tuple(needs_people(state))
    for leg in legs:
        name = leg_id(request, leg.plan.name)
        times = run.decided - run.short_since.get(name, run.decided)
        if times > most:
            yield Stranded("l3", name, f"Overtaken {times} times, {most} at most, and nobody was called.")


def _uncalled(board: Board, request: RequestId, state: HelpRequest, *, late: datetime) -> Iterator[Stranded]:
    """Yield an escalation about which nobody is called, or whose step is over (L5)."""
    ladder = board.all("escalation").get(request)
    if is_called_for(state, ladder if isinstance(ladder, Escalation) else None):
        yield Stranded("l5", request, "Escalated, and nobody is called about it.")
    if isinstance(ladder, Climbing) and (ladder.answer_by is None or ladder.answer_by <= late):
        yield Stranded("l5", request, "Whoever was called has not taken charge in time, and nobody else is called.")
    if isinstance(ladder, Climbing) and not ladder.called:
        yield Stranded("l5", request, "The ladder has begun and has reached nobody.")
