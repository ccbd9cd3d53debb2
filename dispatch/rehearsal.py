"""
Rehearsal: days in virtual time through the real engine.

Nothing is mocked and nothing sleeps: an agenda says what happens when, the engine's clock jumps from
one instant to the next, and after each step the engine ticks as it would in service.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from .domain.errors import Refused
from .engine import Dispatch
from .engine.running import Offer

QUIET_MAX = 1_000
"""Timers in a row that move nobody, after which nothing more is expected of a rehearsed day."""


class VirtualClock:
    """
    A clock that stands until it is moved; it never goes back.

    Parameters
    ----------
    start
        First instant, aware.
    """

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        """Return the instant it shows."""
        return self.now

    def move_to(self, at: datetime) -> None:
        """Move forward to `at`, or stay when that is past."""
        self.now = max(self.now, at)


class NumberedIds:
    """Ids that count up, so that the same day has the same ids at every run; for `Dispatch.open(ids=…)`."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __call__(self) -> str:
        """Return the next 16 hexadecimal digits."""
        return f"{next(self._numbers):016x}"


class Rehearsal:
    """
    An agenda, and the loop that plays it.

    Parameters
    ----------
    engine
        Opened with `clock`.
    clock
        The clock that the engine reads.
    on_offer
        Called for every offer and assignment that goes out; it plans the answer.

    Attributes
    ----------
    refused
        How often the engine refused a step, by code: what came too late in the rehearsed day.
    """

    def __init__(self, engine: Dispatch, clock: VirtualClock, on_offer: Callable[[Offer], None]) -> None:
        self.engine = engine
        self.clock = clock
        self.refused: Counter[str] = Counter()
        self._on_offer = on_offer
        self._agenda: list[tuple[datetime, int, Callable[[], object] | None]] = []
        self._order = itertools.count()
        self._looks: set[datetime] = set()

    def plan(self, at: datetime, step: Callable[[], object]) -> None:
        """Put a step on the agenda; steps of one instant happen in the order in which they were planned."""
        heapq.heappush(self._agenda, (at, next(self._order), step))

    def __len__(self) -> int:
        """Return the number of steps still on the agenda."""
        return sum(1 for _, _, step in self._agenda if step is not None)

    def play(self, until: datetime | None = None) -> None:
        """
        Play the agenda to its end, or up to an instant, which the clock then shows; what is left can be played later.

        Notes
        -----
        An alarm that nobody ever takes is raised again for ever. Without `until` the play ends when
        nothing is planned and `QUIET_MAX` timers in a row have moved nobody.
        """
        quiet = 0
        while self._agenda and (until is None or self._agenda[0][0] <= until):
            at, _, step = heapq.heappop(self._agenda)
            self.clock.move_to(at)
            if step is None:
                self._looks.discard(at)
            else:
                self._do(step)
            quiet = 0 if self._tick() or step is not None else quiet + 1
            if until is None and quiet >= QUIET_MAX and not len(self):
                return
        if until is not None:
            self.clock.move_to(until)

    def _do(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Refused as refusal:
            self.refused[refusal.code] += 1

    def _tick(self) -> int:
        """Tick as in service; return the number of offers that went out."""
        tick = self.engine.tick()
        for drained in tick.drained:
            for offer in drained.offers:
                self._on_offer(offer)
            due = self.engine.next_change_at(drained.community)
            if due is not None and due not in self._looks:
                self._looks.add(due)
                heapq.heappush(self._agenda, (due, next(self._order), None))
        return len(tick.offers)
