"""
What is due, found by looking only at what has changed, and at what an hour that has come may change.

The answers are those of `sources.due` and `sources.next_change_at`, which look at everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, TypeVar

from ..domain.duty import PLAIN, ends_of
from ..domain.help_request import AwaitingOthers, HelpRequest, Merged, needs_people
from ..domain.resident import Leaving
from ..domain.ride_rules import is_ride
from ..domain.values import LegId, RequestId, ResidentId, ResponderId, request_of
from ..matching.board import Board, differing
from .agenda import Agenda
from .ladder import AGGREGATE as LADDER
from .reaction import Reaction
from .sources import changes_about, due_about, erasable_of, filter_dated, request_changes_at, while_waiting

K = TypeVar("K")

OVERTAKEN = "overtaken"


def looks_at_others(state: HelpRequest) -> bool:
    """Tell whether what is due about a request depends on more than it: other requests, rides, passes or cars."""
    waits = isinstance(state, Merged | AwaitingOthers)
    return waits or any(is_ride(leg.plan) or leg.plan.on_call for leg in state.legs)


class _Seen(NamedTuple):
    """Whom a request depends on."""

    beneficiary: ResidentId
    asked: frozenset[ResponderId]


class Watch:
    """
    What one community is waiting for.

    Notes
    -----
    A request of which nothing was due stays so until a state that it depends on is another object, or an
    instant comes that it named. States are immutable, so that identity tells. What was due is looked at again, as it
    may have been refused; so is what `looks_at_others`. Another register, a control line that begins or ends, and a
    clock that goes back mean that everything is looked at.
    """

    def __init__(self) -> None:
        self._board: Board | None = None
        self._at: datetime | None = None
        self._lines_at: datetime | None = None
        self._seen: dict[RequestId, _Seen] = {}
        self._of_resident: dict[ResidentId, set[RequestId]] = {}
        self._of_responder: dict[ResponderId, set[RequestId]] = {}
        self._agenda: Agenda[RequestId] = Agenda()
        self._again: set[RequestId] = set()
        self._entangled: set[RequestId] = set()
        self._waiting: set[RequestId] = set()
        self._dated: set[ResidentId] = set()
        self._leaving: set[ResidentId] = set()

    def due(self, board: Board, at: datetime) -> tuple[Reaction, ...]:
        """Return everything that is due at an instant, in the order of `sources.due`."""
        if not board.is_registered:
            return ()
        looked_at = self._turn(board, at)
        found = list(due_about(board, at, requests=looked_at, residents=self._dated))
        for request in looked_at:
            self._note(board, request, at)
        self._again = {request for _, request in found if request is not None}
        return tuple(reaction for reaction, _ in found)

    def erasable(self, board: Board, at: datetime) -> tuple[ResidentId | ResponderId, ...]:
        """Return who may be erased for good now."""
        self._turn(board, at)
        return erasable_of(board, sorted(self._leaving))

    def next_change_at(self, board: Board, at: datetime) -> datetime | None:
        """Return the next instant after `at` at which time alone may bring something."""
        if not board.is_registered:
            return None
        for request in self._turn(board, at):
            self._note(board, request, at)
        instants = [t for t in changes_about(board, requests=(), residents=self._dated) if t > at]
        first = self._agenda.earliest()
        if first is not None:
            instants.append(first)
        if self._waiting:
            instants += while_waiting(board, at)
        return min(instants, default=None)

    # -- what to look at -----------------------------------------------------------------

    def _turn(self, board: Board, at: datetime) -> set[RequestId]:
        """Take in another board and instant; return the requests that are to be looked at."""
        before = self._board or Board(board.community)
        if board.register is not before.register or self._is_another_time(at):
            self._again.update(board.requests)
        if board is not before:
            self._again.update(self._touched(before, board))
        self._again.update(self._agenda.take(at))
        self._board, self._at, self._lines_at = board, at, _next_line_at(board, at)
        return {request for request in self._again | self._entangled if request in board.requests}

    def _is_another_time(self, at: datetime) -> bool:
        return self._at is None or at < self._at or (self._lines_at is not None and self._lines_at <= at)

    def _touched(self, before: Board, board: Board) -> list[RequestId]:
        """Return the requests for which a state is another object than before."""
        touched = list(differing(before.requests, board.requests))
        for request in touched:
            if request not in board.requests:
                self._forget(request)
        touched += map(RequestId, differing(before.all(LADDER), board.all(LADDER)))
        responders = differing(before.responders, board.responders)
        residents = differing(before.residents, board.residents)
        if residents:
            self._look_at_residents(board, residents)
            responders |= {r for r, person in board.responders.items() if person.resident in residents}
        for resident in residents:
            touched += self._of_resident.get(resident, ())
        for responder in responders:
            touched += self._of_responder.get(responder, ())
        if board.is_registered and board.run is not before.run:
            touched += _overtaken(board)
        return touched

    def _look_at_residents(self, board: Board, changed: set[ResidentId]) -> None:
        known = [(resident, board.residents[resident]) for resident in changed if resident in board.residents]
        self._dated = (self._dated - changed) | set(filter_dated(known))
        self._leaving = (self._leaving - changed) | {r for r, state in known if isinstance(state, Leaving)}

    # -- what was seen -------------------------------------------------------------------

    def _note(self, board: Board, request: RequestId, at: datetime) -> None:
        """Note when to look at a request again, and whom it depends on."""
        state = board.requests[request]
        seen = _Seen(state.beneficiary, frozenset(ask.responder for leg in state.legs for ask in leg.asks))
        if self._seen.get(request) != seen:
            self._depends_on_nobody(request)
            self._seen[request] = seen
            self._of_resident.setdefault(seen.beneficiary, set()).add(request)
            for responder in seen.asked:
                self._of_responder.setdefault(responder, set()).add(request)
        _mark(self._entangled, request, on=looks_at_others(state))
        _mark(self._waiting, request, on=bool(needs_people(state)))
        instants = [*request_changes_at(board, request), *_dates_of(board, seen.asked)]
        self._agenda.put(request, min((t for t in instants if t > at), default=None))

    def _depends_on_nobody(self, request: RequestId) -> None:
        seen = self._seen.pop(request, None)
        if seen is not None:
            _drop(self._of_resident, seen.beneficiary, request)
            for responder in seen.asked:
                _drop(self._of_responder, responder, request)

    def _forget(self, request: RequestId) -> None:
        self._depends_on_nobody(request)
        self._agenda.put(request, None)
        for names in (self._again, self._entangled, self._waiting):
            names.discard(request)


def _next_line_at(board: Board, at: datetime) -> datetime | None:
    controls = board.place_register.controls if board.is_registered else ()
    instants = [t for line in controls for t in (line.effective_from, line.until) if t is not None and t > at]
    return min(instants, default=None)


def _overtaken(board: Board) -> Iterator[RequestId]:
    """Yield the requests before which others were served too often, unless somebody was called for that (L3)."""
    run, most = board.match_run, board.place_register.policy.overtaken_max
    legs: set[LegId] = {*run.short_since, *run.passed}
    for leg in legs:
        if run.overtaken(leg) > most:
            state = board.requests.get(request_of(leg))
            if state is not None and OVERTAKEN not in state.escalated:
                yield request_of(leg)


def _dates_of(board: Board, asked: frozenset[ResponderId]) -> Iterator[datetime]:
    """Yield when those who are asked may be allowed something else by time alone; see `access.bars_now`."""
    for responder in asked:
        person = board.responders.get(responder)
        if person is not None:
            yield from person.stays.values()
            yield from ends_of(person.duty) if person.duty is not PLAIN else ()


def _mark(names: set[RequestId], request: RequestId, *, on: bool) -> None:
    if on:
        names.add(request)
    else:
        names.discard(request)


def _drop(index: dict[K, set[RequestId]], key: K, request: RequestId) -> None:
    index[key].discard(request)
    if not index[key]:
        del index[key]
