"""When further people may be asked for what waits: tiers and the reserve open by time alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..matching.board import Board
from ..matching.tiers import opens_at
from .reaction import Reaction


def due(_board: Board, _at: datetime) -> Iterator[Reaction]:
    """Yield nothing: the matcher finds whoever may be asked now."""
    yield from ()


def changes_at(board: Board) -> Iterator[datetime]:
    """Yield when further people may be asked for legs that wait."""
    yield from opens_at(board.requests.values(), board.place_register.policy)
