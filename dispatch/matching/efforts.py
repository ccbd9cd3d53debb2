"""How many legs of which effort everybody could take: counted again only where who could go has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from ..domain.values import LegId, ResponderId


class Candidacy(Protocol):
    """A leg, what it takes of each member, and who could go."""

    @property
    def leg(self) -> LegId:
        """Its id."""

    @property
    def effort(self) -> int:
        """Effort in units."""

    @property
    def vectors(self) -> Mapping[ResponderId, tuple[int, ...]]:
        """Who could go."""


class Efforts:
    """The efforts of everybody's candidate legs, the largest first, as the last run counted them."""

    def __init__(self) -> None:
        self._legs: dict[LegId, tuple[Mapping[ResponderId, tuple[int, ...]], int]] = {}
        self._counts: dict[ResponderId, Counter[int]] = {}
        self._lists: dict[ResponderId, list[int]] = {}

    def of(self, demands: Sequence[Candidacy]) -> Mapping[ResponderId, Sequence[int]]:
        """Return what `queues.efforts_of` returns for these legs, each of which is there once; in order of id."""
        now = {demand.leg: (demand.vectors, demand.effort) for demand in demands}
        changed: set[ResponderId] = set()
        for leg, (vectors, effort) in self._legs.items():
            kept = now.get(leg)
            if kept is None or kept[0] is not vectors or kept[1] != effort:
                changed.update(vectors)
                for responder in vectors:
                    self._counts[responder][effort] -= 1
        for leg, (vectors, effort) in now.items():
            was = self._legs.get(leg)
            if was is None or was[0] is not vectors or was[1] != effort:
                changed.update(vectors)
                for responder in vectors:
                    self._counts.setdefault(responder, Counter())[effort] += 1
        self._legs = now
        for responder in changed:
            counts = self._counts[responder]
            self._lists[responder] = [effort for effort in sorted(counts, reverse=True) for _ in range(counts[effort])]
        return {responder: self._lists[responder] for responder in sorted(self._lists) if self._lists[responder]}
