"""What series bring by time alone: occurrences become requests; a series ends after its last one (R9, R13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..domain.resident import Erased, Leaving
from ..domain.series import Series, Upcoming, opens_at
from ..domain.series_commands import EndSeries, OpenOccurrence
from ..domain.values import SYSTEM, SeriesId
from ..matching.board import Board
from .reaction import Reaction


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield the occurrences that are to be opened and the series that are to end, in order of their ids."""
    states = board.all("series")
    for series in sorted(states):
        yield from _due(board, SeriesId(series), states[series], at=at)


def _due(board: Board, series: SeriesId, state: Series, *, at: datetime) -> Iterator[Reaction]:
    here, policy = board.community, board.place_register.policy
    gone = isinstance(board.residents.get(state.beneficiary), Leaving | Erased)
    if gone or (state.last_at is not None and state.last_at <= at and opens_at(state, policy) is None):
        reason = "erased" if gone else "completed"
        ends = EndSeries(community=here, actor=SYSTEM, at=at, series=series, reason=reason)
        yield Reaction(f"series:{here}:{series}:end:{reason}", ends)
        return
    opens = opens_at(state, policy)
    if opens is None or opens > at:
        return
    ahead = at + timedelta(seconds=policy.series_ahead_s)
    for named, occurrence in state.occurrences.items():
        if isinstance(occurrence, Upcoming) and occurrence.at <= ahead and not state.is_paused_at(occurrence.at):
            opening = occurrence.openings + 1
            opened = OpenOccurrence(
                community=here, actor=SYSTEM, at=at, series=series, occurrence=named, opening=opening
            )
            yield Reaction(f"series:{here}:{series}:{named.isoformat()}:{occurrence.at.isoformat()}:{opening}", opened)


def changes_at(board: Board) -> Iterator[datetime]:
    """Yield when the next occurrence of each series is to be opened, and when its last one is over."""
    for state in board.all("series").values():
        opens = opens_at(state, board.place_register.policy)
        if opens is not None:
            yield opens
        if state.last_at is not None:
            yield state.last_at
