"""The sweeper: rings again whoever lags behind the log, and drains itself whatever ringing did not bring to rest."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event

from dispatch import Conflict, Unavailable, get_logger

from .station import Station

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """
    What one sweep did, by communities.

    Attributes
    ----------
    rung
        Rung, because the log is ahead of what the sweeper has seen at rest, or a timer is due.
    drained
        Drained by the sweeper itself.
    failed
        Could not be drained; they are tried again.
    left
        Left to the next sweep, because the time of this one was used up.
    """

    rung: tuple[str, ...] = ()
    drained: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Sweeper:
    """
    Compares the log with its own warm boards, and with what is due.

    A community that lags is rung, flag first, and a worker drains it within milliseconds. At the next
    sweep the sweeper looks for itself: as a rule there is nothing left to do and its own board is then
    level with the log; if the message was lost, the workers are dead or Redis is, it does the work.
    When ringing fails it does not wait for the next sweep. So nothing ever waits for Redis, and a
    silent loss costs two sweeps.

    Parameters
    ----------
    station
        Engine and bell of this process.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._every_s = station.settings.sweep_every_s
        self._rung: frozenset[str] = frozenset()

    def run(self, stop: Event) -> None:
        """Sweep every `sweep_every_s` seconds until `stop` is set, whatever goes wrong meanwhile."""
        while not stop.is_set():
            began = time.monotonic()
            try:
                self.sweep(stop)
                self._station.engine().views.follow()
            except (Unavailable, Conflict) as error:
                _log.warning("store_unavailable", error=type(error).__name__, code=error.code)
            except Exception:  # noqa: BLE001 - the last one to look must go on looking; it is said and tried again
                _log.exception("sweep_failed")
                self._station.drop()
            stop.wait(max(0.0, self._every_s - (time.monotonic() - began)))

    def sweep(self, stop: Event | None = None) -> Swept:
        """
        Look once.

        Parameters
        ----------
        stop
            Ends the sweep between two communities.

        Raises
        ------
        Unavailable
            The store cannot be reached.
        """
        engine = self._station.engine()
        deadline = time.monotonic() + self._every_s
        lagging = engine.laggards()
        unseen = [community for community in lagging if community not in self._rung]
        unrung = self._station.bell.ring_again(unseen)
        rung = tuple(community for community in unseen if community not in unrung)
        drained, failed, left = [], [], []
        for community in [*unrung, *(community for community in lagging if community in self._rung)]:
            if time.monotonic() > deadline or (stop is not None and stop.is_set()):
                left.append(community)
            elif self._drain(community):
                drained.append(community)
            else:
                failed.append(community)
        self._rung = frozenset([*rung, *left, *failed])
        swept = Swept(rung, tuple(drained), tuple(failed), tuple(left))
        if lagging:
            _log.info(
                "swept",
                wakes=len(rung),
                drained_count=len(drained),
                failed_count=len(failed),
                left_count=len(left),
            )
        return swept

    def _drain(self, community: str) -> bool:
        try:
            done = self._station.engine().drain(community)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - one community must not stop the others
            _log.exception("drain_failed", community=community)
            return False
        if done.offers:
            _log.warning("drained_unrung", community=done.community, offers=len(done.offers), passes=done.passes)
        return True
