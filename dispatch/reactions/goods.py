"""Goods that wait at gate or shelf and nobody is on the way to them: a person is called, once for each placing (R5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..domain.receiving import CallForGoods, waits_until
from ..domain.values import SYSTEM
from ..matching.board import Board
from .reaction import Reaction


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield a call for each placing that has waited too long, in order of requests."""
    policy = board.place_register.policy
    for request in sorted(board.requests):
        state = board.requests[request]
        until = waits_until(state, policy)
        if until is None or until > at or state.goods is None:
            continue
        placed_at = state.goods.since
        command = CallForGoods(community=board.community, actor=SYSTEM, at=at, request=request, placed_at=placed_at)
        yield Reaction(f"goods:{board.community}:{request}:{placed_at.isoformat()}", command)


def changes_at(board: Board) -> Iterator[datetime]:
    """Yield the instants at which goods have waited too long."""
    policy = board.place_register.policy
    for state in board.requests.values():
        until = waits_until(state, policy)
        if until is not None:
            yield until
