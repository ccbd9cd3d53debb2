"""Every file of this room, in the order in which what it finds is fired; all of it asked, or some of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from ..domain.help_request import needs_people
from ..domain.resident import Leaving, Resident
from ..domain.responder import Departing
from ..domain.values import RequestId, ResidentId, ResponderId
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
from .source import Source

SOURCES: tuple[Source, ...] = (
    Source(of_all=control),
    Source(requests),
    Source(goods),
    Source(ladder, ladder),
    Source(of_all=custody),
    Source(of_all=duty),
    Source(of_all=rounds, of_residents=rounds),
    Source(of_all=stock),
    Source(waiting),
    Source(crews),
    Source(of_all=terms),
    Source(of_all=series),
    Source(rides, rides),
    Source(of_all=standby),
    Source(tiers),
    Source(of_all=notices),
)
"""Everything that time alone brings."""


def due(board: Board, at: datetime) -> tuple[Reaction, ...]:
    """Return everything that is due at an instant; nothing for a community that is not registered."""
    if not board.is_registered:
        return ()
    found = due_about(board, at, requests=board.requests, residents=filter_dated(board.residents.items()))
    return tuple(reaction for reaction, _ in found)


def due_about(
    board: Board, at: datetime, *, requests: Iterable[RequestId], residents: Iterable[ResidentId]
) -> Iterator[tuple[Reaction, RequestId | None]]:
    """Yield what is due about these requests and residents, and about everything that is neither; see `Source.due`."""
    named, dated = sorted(requests), sorted(residents)
    for source in SOURCES:
        yield from source.due(board, at, requests=named, residents=dated)


def filter_dated(residents: Iterable[tuple[ResidentId, Resident]]) -> list[ResidentId]:
    """Return the residents of whom a date is known that brings something."""
    files = [source.of_residents for source in SOURCES if source.of_residents is not None]
    return [resident for resident, state in residents if any(file.is_dated(state) for file in files)]


def erasable(board: Board) -> tuple[ResidentId | ResponderId, ...]:
    """Return who is fenced for erasure and has nothing open any more: the key may be destroyed now."""
    return erasable_of(board, [r for r, state in board.residents.items() if isinstance(state, Leaving)])


def erasable_of(board: Board, leaving: Sequence[ResidentId]) -> tuple[ResidentId | ResponderId, ...]:
    """Return which of those residents who are leaving, and which responders, have nothing open any more."""
    busy = {state.beneficiary for state in board.requests.values()} if leaving else set[ResidentId]()
    residents = [resident for resident in leaving if resident not in busy]
    gone = [r for r, state in board.responders.items() if isinstance(state, Departing) and not state.open_count]
    return (*sorted(residents), *sorted(gone))


def next_change_at(board: Board, at: datetime) -> datetime | None:
    """Return the next instant after `at` at which `due` or the matcher may find something new by time alone."""
    if not board.is_registered:
        return None
    dated = filter_dated(board.residents.items())
    instants = [t for t in changes_about(board, requests=board.requests, residents=dated) if t > at]
    if any(map(needs_people, board.requests.values())):
        instants += while_waiting(board, at)
    return min(instants, default=None)


def changes_about(
    board: Board, *, requests: Iterable[RequestId], residents: Iterable[ResidentId]
) -> Iterator[datetime]:
    """Yield when something about these requests and residents, or about anything else, changes by time alone."""
    named, dated = list(requests), list(residents)
    for source in SOURCES:
        yield from source.changes_at(board, requests=named, residents=dated)


def request_changes_at(board: Board, request: RequestId) -> Iterator[datetime]:
    """Yield the instants, past ones too, at which something about one request may change by time alone."""
    for source in SOURCES:
        if source.of_requests is not None:
            yield from source.of_requests.request_changes_at(board, request)


def while_waiting(board: Board, at: datetime) -> list[datetime]:
    """
    Return further instants after `at` at which the matcher may find something new while any leg needs people.

    Shifts begin. And waiting makes a leg dearer to leave in a queue, so that a plan may be another one a step later.
    """
    shifts = (shift for person in board.responders.values() for shift in person.shifts)
    instants = [shift.starts_at for shift in shifts if shift.starts_at > at]
    policy = board.place_register.policy
    return [*instants, at + timedelta(seconds=policy.ageing_s)] if policy.plan_ahead_max else instants
