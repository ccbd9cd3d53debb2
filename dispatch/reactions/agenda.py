"""Instants by what they are about, the earliest first."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Generic, TypeVar

K = TypeVar("K", bound=str)


class Agenda(Generic[K]):
    """At most one instant for each id; another one replaces it."""

    def __init__(self) -> None:
        self._at: dict[K, datetime] = {}
        self._queue: list[tuple[datetime, K]] = []

    def __contains__(self, key: object) -> bool:
        """Tell whether something is planned for an id."""
        return key in self._at

    def put(self, key: K, at: datetime | None) -> None:
        """Plan something for an id, instead of what was planned; with `None` nothing is any more."""
        known = self._at.pop(key, None)
        if at is not None:
            self._at[key] = at
            if at != known:
                heapq.heappush(self._queue, (at, key))

    def earliest(self) -> datetime | None:
        """Return the first instant of all."""
        queue = self._queue
        while queue and self._at.get(queue[0][1]) != queue[0][0]:
            heapq.heappop(queue)  # it was replaced
        return queue[0][0] if queue else None

    def take(self, at: datetime) -> list[K]:
        """Return what was planned until an instant, that included, the earliest first; it is not planned any more."""
        taken: list[K] = []
        while (first := self.earliest()) is not None and first <= at:
            key = heapq.heappop(self._queue)[1]
            del self._at[key]
            taken.append(key)
        return taken
