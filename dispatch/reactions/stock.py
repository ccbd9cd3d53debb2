"""What is set aside for a request is free again when the request is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..domain.stock import FreeReservation
from ..domain.values import SYSTEM, LotId
from ..matching.board import Board
from .reaction import Reaction


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield the reservations of requests that are over."""
    lots = board.all("lot")
    for lot in sorted(lots):
        for request in sorted(lots[lot].reserved):
            if request not in board.requests:
                command = FreeReservation(
                    community=board.community, actor=SYSTEM, at=at, lot=LotId(lot), request=request
                )
                yield Reaction(f"unreserve:{board.community}:{lot}:{request}", command)


def changes_at(_board: Board) -> Iterator[datetime]:
    """Yield nothing: no reservation ends by time alone."""
    yield from ()
