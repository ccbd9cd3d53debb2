"""When further people may be asked for what waits: tiers and the reserve open by time alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..domain.values import RequestId
from ..matching.board import Board
from ..matching.tiers import opens_at
from .reaction import Reaction


def request_due(_board: Board, _request: RequestId, _at: datetime) -> Iterable[Reaction]:
    """Return nothing: the matcher finds whoever may be asked now."""
    return ()


def request_changes_at(board: Board, request: RequestId) -> Iterator[datetime]:
    """Yield when further people may be asked for the legs of a request that wait."""
    return opens_at((board.requests[request],), board.place_register.policy)
