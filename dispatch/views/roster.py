"""The roster (排班表): who is there when, at which post, who is out, and what is about to expire (R24, R26, R27)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..domain.posting import Posting
from ..domain.shift import Shift
from ..domain.values import ResponderId, Role
from ..matching.board import Board


@dataclass(frozen=True, slots=True)
class RosterLine:
    """
    One responder over a span.

    Attributes
    ----------
    shifts, posts
        Those that touch the span, in order of time.
    here
        False for who has dropped out, is isolated or has left.
    expiring
        Skills, and «clearance», that end within the span, with the instant.
    load, capacity
        Effort units now.
    """

    responder: ResponderId
    role: Role
    shifts: tuple[Shift, ...]
    posts: tuple[Posting, ...]
    here: bool
    expiring: tuple[tuple[str, datetime], ...]
    load: int
    capacity: int


def roster_of(board: Board, since: datetime, until: datetime) -> tuple[RosterLine, ...]:
    """Return everybody with something planned or expiring in a span, in order of their first shift, then id."""
    lines = [line for line in _lines(board, since, until) if line.shifts or line.posts or line.expiring]
    return tuple(sorted(lines, key=lambda line: (line.shifts[0].starts_at if line.shifts else until, line.responder)))


def _lines(board: Board, since: datetime, until: datetime) -> Iterator[RosterLine]:
    for responder, state in board.responders.items():
        duty = state.duty
        ends = sorted(duty.qualified.items())
        if duty.clearance_until is not None:
            ends.append(("clearance", duty.clearance_until))
        posts = sorted(
            (p for p in duty.posts if p.span.starts_at < until and since < p.span.ends_at),
            key=lambda p: (p.span.starts_at, p.post),
        )
        yield RosterLine(
            responder=responder,
            role=state.role,
            shifts=tuple(s for s in state.shifts if s.starts_at < until and since < s.ends_at),
            posts=tuple(posts),
            here=state.is_here and not state.isolated and not board.isolated_at_home(state),
            expiring=tuple((skill, at) for skill, at in ends if since <= at < until),
            load=state.load,
            capacity=state.capacity,
        )
