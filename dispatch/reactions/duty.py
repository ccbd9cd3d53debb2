"""A duty that lasts longer than it was ordered for calls a person, once; it ends with its request (R28)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..domain.duty_task import DutyTask, EndDuty
from ..domain.intake import EscalateRequest
from ..domain.values import SYSTEM, DutyTaskId
from ..matching.board import Board
from .reaction import Reaction

RELIEF_DUE = "relief_due"


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield that a person is called for each duty whose end is past and whose legs are not done, and which are over."""
    for name, duty in sorted(board.all("duty").items()):
        if duty.request not in board.requests:
            over = EndDuty(community=board.community, actor=SYSTEM, at=at, duty=DutyTaskId(name))
            yield Reaction(f"duty_end:{board.community}:{name}", over)
    for duty in _running(board):
        if duty.until <= at:
            command = EscalateRequest(
                community=board.community, actor=SYSTEM, at=at, request=duty.request, reason=RELIEF_DUE
            )
            yield Reaction(f"escalate:{board.community}:{duty.request}:{RELIEF_DUE}", command)


def _running(board: Board) -> Iterator[DutyTask]:
    for _, duty in sorted(board.all("duty").items()):
        request = board.requests.get(duty.request)
        if request is not None and request.is_matchable and RELIEF_DUE not in request.escalated:
            yield duty


def changes_at(board: Board) -> Iterable[datetime]:
    """Return when duties should be over."""
    return [duty.until for duty in _running(board)]
