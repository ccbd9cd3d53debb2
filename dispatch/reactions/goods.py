"""Goods that wait at gate or shelf and nobody is on the way to them: a person is called, once for each placing (R5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..domain.receiving import CallForGoods, waits_until
from ..domain.values import SYSTEM, RequestId
from ..matching.board import Board
from .reaction import Reaction


def request_due(board: Board, request: RequestId, at: datetime) -> Iterator[Reaction]:
    """Yield a call for a placing that has waited too long."""
    state = board.requests[request]
    until = waits_until(state, board.place_register.policy)
    if until is None or until > at or state.goods is None:
        return
    placed_at = state.goods.since
    command = CallForGoods(community=board.community, actor=SYSTEM, at=at, request=request, placed_at=placed_at)
    yield Reaction(f"goods:{board.community}:{request}:{placed_at.isoformat()}", command)


def request_changes_at(board: Board, request: RequestId) -> Iterator[datetime]:
    """Yield the instant at which goods have waited too long."""
    until = waits_until(board.requests[request], board.place_register.policy)
    if until is not None:
        yield until
