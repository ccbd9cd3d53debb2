"""
What follows from the state of a community without anybody asking: timers and broken promises.

Pure: a board and an instant give commands of System, each with an id made from what it answers, so
that two sweepers give the same command. Timers act as System, never as whoever's call ran them.

One file per noun, with `due(board, at)` and `changes_at(board)`; it is listed in `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from ..domain.help_request import needs_people
from ..domain.resident import Leaving
from ..domain.responder import Departing
from ..domain.values import ResidentId, ResponderId
from ..matching.board import Board
from . import (
    control,
    crews,
    custody,
    duty,
    goods,
    ladder,
    notices,
    requests,
    rides,
    rounds,
    series,
    standby,
    stock,
    terms,
    tiers,
    waiting,
)
from .reaction import Reaction
from .requests import judged_by

__all__ = ["SOURCES", "Reaction", "due", "erasable", "judged_by", "next_change_at"]


class Source(Protocol):
    """A file of this room."""

    def due(self, board: Board, at: datetime, /) -> Iterable[Reaction]:
        """Give the commands that are due at an instant, always in the same order."""

    def changes_at(self, board: Board, /) -> Iterable[datetime]:
        """Give instants, past ones too, at which `due` or the matcher may find something new by time alone."""


SOURCES: tuple[Source, ...] = (
    control,
    requests,
    goods,
    ladder,
    custody,
    duty,
    rounds,
    stock,
    waiting,
    crews,
    terms,
    series,
    rides,
    standby,
    tiers,
    notices,
)
"""Everything that time alone brings, in the order in which it is fired."""


def due(board: Board, at: datetime) -> tuple[Reaction, ...]:
    """Return everything that is due at an instant; nothing for a community that is not registered."""
    if not board.is_registered:
        return ()
    return tuple(reaction for source in SOURCES for reaction in source.due(board, at))


def erasable(board: Board) -> tuple[ResidentId | ResponderId, ...]:
    """Return who is fenced for erasure and has nothing open any more: the key may be destroyed now."""
    busy = {state.beneficiary for state in board.requests.values()}
    residents = [r for r, state in board.residents.items() if isinstance(state, Leaving) and r not in busy]
    leaving = [r for r, state in board.responders.items() if isinstance(state, Departing) and not state.open_count]
    return (*sorted(residents), *sorted(leaving))


def next_change_at(board: Board, at: datetime) -> datetime | None:
    """Return the next instant after `at` at which `due` or the matcher may find something new by time alone."""
    if not board.is_registered:
        return None
    instants = [t for source in SOURCES for t in source.changes_at(board) if t > at]
    policy = board.place_register.policy
    if policy.plan_ahead_max and any(map(needs_people, board.requests.values())):
        # Waiting makes a leg dearer to leave in a queue, so the plan may be another one a step later.
        instants.append(at + timedelta(seconds=policy.ageing_s))
    return min(instants, default=None)
