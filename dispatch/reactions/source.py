"""What a file of this room has to say: of everything, of one request, of one resident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..domain.resident import Resident
from ..domain.values import RequestId, ResidentId
from ..matching.board import Board
from .reaction import Reaction


class Whole(Protocol):
    """What is due about a community, other than about its requests and residents one by one."""

    def due(self, board: Board, at: datetime, /) -> Iterable[Reaction]:
        """Give the commands that are due at an instant, always in the same order."""

    def changes_at(self, board: Board, /) -> Iterable[datetime]:
        """Give instants, past ones too, at which `due` or the matcher may find something new by time alone."""


class ByRequest(Protocol):
    """
    What is due about each request.

    It may look at the request, its beneficiary, its escalation, the register, and at who is asked for its legs. What
    looks at more of the board belongs to a kind of request that `watch.looks_at_others` tells.
    """

    def request_due(self, board: Board, request: RequestId, at: datetime, /) -> Iterable[Reaction]:
        """Give the commands that are due about a request."""

    def request_changes_at(self, board: Board, request: RequestId, /) -> Iterable[datetime]:
        """Give instants, past ones too, at which that, or the matcher for it, may change by time alone."""


class ByResident(Protocol):
    """What is due about each resident of whom a date is known; it looks at nobody else."""

    def is_dated(self, state: Resident, /) -> bool:
        """Tell whether there is anything to look at."""

    def resident_due(self, board: Board, resident: ResidentId, at: datetime, /) -> Iterable[Reaction]:
        """Give the commands that are due about a resident."""

    def resident_changes_at(self, board: Board, resident: ResidentId, /) -> Iterable[datetime]:
        """Give instants, past ones too, at which that may change by time alone."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of this room; what it says of requests is fired first, then of everything, then of residents."""

    of_requests: ByRequest | None = None
    of_all: Whole | None = None
    of_residents: ByResident | None = None

    def due(
        self, board: Board, at: datetime, *, requests: Sequence[RequestId], residents: Sequence[ResidentId]
    ) -> Iterator[tuple[Reaction, RequestId | None]]:
        """
        Yield what is due about everything, and about these requests and residents; those are in order of id.

        Each with the request that it was found at, if it was found at one.
        """
        if self.of_requests is not None:
            for request in requests:
                for reaction in self.of_requests.request_due(board, request, at):
                    yield reaction, request
        if self.of_all is not None:
            for reaction in self.of_all.due(board, at):
                yield reaction, None
        if self.of_residents is not None:
            for resident in residents:
                for reaction in self.of_residents.resident_due(board, resident, at):
                    yield reaction, None

    def changes_at(
        self, board: Board, *, requests: Iterable[RequestId], residents: Iterable[ResidentId]
    ) -> Iterator[datetime]:
        """Yield when that may change by time alone."""
        if self.of_requests is not None:
            for request in requests:
                yield from self.of_requests.request_changes_at(board, request)
        if self.of_all is not None:
            yield from self.of_all.changes_at(board)
        if self.of_residents is not None:
            for resident in residents:
                yield from self.of_residents.resident_changes_at(board, resident)
