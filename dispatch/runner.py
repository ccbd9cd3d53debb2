"""
Runners: whoever sees to it that what is recorded is shared out and that what is due is fired.

A runner works in the thread that calls it. It may be killed at any point and started again, anywhere,
and any number of them may run on one store: what there is to do is read from the log, and expected
versions decide who has done it. Another runner, on rq, lives in `workers`.
"""

from __future__ import annotations

import time
from threading import Event
from typing import Protocol

from .domain.errors import Unavailable
from .domain.values import CommunityId
from .engine import Dispatch
from .logs import get_logger

POLL_S = 0.05
"""Between two looks at the last position of the log: some microseconds each."""
LOOK_EVERY_S = 1.0
"""Between two looks for what time alone brings: lapses, alarms, deadlines, shifts, control levels."""
RETRY_AFTER_S = 5.0
"""Rest of a store that cannot be reached, and of a community whose drain failed."""

_log = get_logger(__name__)


class Runner(Protocol):
    """Something that keeps the communities of one store at rest."""

    def run(self, stop: Event) -> None:
        """Work in the caller's thread until `stop` is set; what is at hand is finished first."""


class LocalRunner:
    """
    Runs an engine in the caller's thread, without any server: the default of an embedding application.

    It finds the commands of other threads and processes in the log.

    Parameters
    ----------
    engine
        Stays the caller's to close.
    poll_s
        Seconds between two looks at the log, which is how late an offer goes out at most when nothing
        else is at hand; more than 0.
    """

    def __init__(self, engine: Dispatch, *, poll_s: float = POLL_S) -> None:
        self._engine = engine
        self._poll_s = poll_s
        self._resting: dict[CommunityId, float] = {}

    def run(self, stop: Event) -> None:
        """
        Drain whatever has news or something due, until `stop` is set.

        A store that cannot be reached, and a community that fails, are logged and tried again; the
        other communities go on.
        """
        seen, look_at = -1, 0.0
        while not stop.is_set():
            rest = self._poll_s
            try:
                head = self._engine.position()
                if head != seen or time.monotonic() >= look_at:
                    seen, look_at = head, time.monotonic() + LOOK_EVERY_S
                    self._look(stop)
            except Unavailable as error:
                _log.warning("store_unavailable", error=type(error).__name__, code=error.code)
                seen, rest = -1, RETRY_AFTER_S
            stop.wait(rest)

    def _look(self, stop: Event) -> None:
        for community in self._engine.laggards():
            if stop.is_set():
                return
            if time.monotonic() >= self._resting.get(community, 0.0):
                self._drain(community)

    def _drain(self, community: CommunityId) -> None:
        try:
            self._engine.drain(community)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - one community must not stop the others; it is said and tried again
            _log.exception("drain_failed", community=community)
            self._resting[community] = time.monotonic() + RETRY_AFTER_S
        else:
            self._resting.pop(community, None)
