"""What a crew that waits for the household's call brings by time alone (R9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..domain.crew import call_due_at, uncalled
from ..domain.help_request import HelpRequest
from ..domain.intake import EscalateRequest
from ..domain.policy import Policy
from ..domain.values import SYSTEM, RequestId
from ..matching.board import Board
from .reaction import Reaction


def request_due(board: Board, request: RequestId, at: datetime) -> Iterator[Reaction]:
    """Yield that somebody is told of a household that has not called in time."""
    here, policy = board.community, board.place_register.policy
    for when, reason in _awaited(board.requests[request], policy):
        if when <= at:
            told = EscalateRequest(community=here, actor=SYSTEM, at=at, request=request, reason=reason)
            yield Reaction(f"escalate:{here}:{request}:{reason}", told)


def request_changes_at(board: Board, request: RequestId) -> Iterator[datetime]:
    """Yield when calls are due."""
    return (when for when, _ in _awaited(board.requests[request], board.place_register.policy))


def _awaited(state: HelpRequest, policy: Policy) -> Iterator[tuple[datetime, str]]:
    for leg in state.legs if state.is_matchable else ():
        when = call_due_at(leg, needed_by=state.needed_by, policy=policy)
        if when is not None and uncalled(leg) not in state.escalated:
            yield when, uncalled(leg)
