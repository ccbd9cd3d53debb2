"""
Ringing a community after a commit: in this process, or through rq.

A wake carries no work. It may be lost, doubled or late: the drain reads the log, and a sweeper rings
again whoever lags behind. Nothing here may fail a command.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from threading import Lock
from typing import Any, Protocol

from .logs import get_logger

WAKE_PREFIX = "wake:"
DRAIN_JOB = "workers.queues.drain"
QUEUE = "dispatch"

PAUSE_S = 5.0
"""After a failed ring nothing more is tried for so long: a frozen server must not slow every command down."""
JOB_TIMEOUT_S = 60
"""What a message asks for; our workers go by their own setting."""
JOB_LIVES = 10
"""A message that nobody takes is forgotten after so many lives of the flag: the sweeper has seen to it long before."""
FAILED_TTL_S = 600

_log = get_logger(__name__)


class Wake(Protocol):
    """Something that can be told that a community has news."""

    def ring(self, community: str) -> None:
        """Tell that a community has news; never raises."""

    def close(self) -> None:
        """Let go of connections."""


class LocalWake:
    """
    Remembers in memory which communities have news, for `Dispatch.tick` of the same process.

    Other processes on the same store find the news in the log.
    """

    def __init__(self) -> None:
        self._awake: set[str] = set()
        self._lock = Lock()

    def ring(self, community: str) -> None:
        """Note that a community has news."""
        with self._lock:
            self._awake.add(community)

    def take(self) -> tuple[str, ...]:
        """Return, and forget, who has news."""
        with self._lock:
            awake, self._awake = sorted(self._awake), set()
        return tuple(awake)

    def close(self) -> None:
        """Nothing to let go of."""


class RqWake:
    """
    Rings through Redis: one coalescing flag per community, then one rq job with a random id.

    Parameters
    ----------
    url
        Redis or Valkey server.
    ttl_s
        Life of the flag in seconds, so that a lost job delays and never silences.
    timeout_s
        Seconds that one word with the server may take; there is no retry.
    pause_s
        Seconds for which nothing more is tried after a failed ring.

    Attributes
    ----------
    failures
        Rings that did not go out: tried and failed, or left out after a failure.
    """

    def __init__(self, url: str, *, ttl_s: int = 30, timeout_s: float = 0.5, pause_s: float = PAUSE_S) -> None:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
        from rq import Queue
        from rq.serializers import JSONSerializer

        self.failures = 0
        self._ttl_s = ttl_s
        self._pause_s = pause_s
        self._paused_until = 0.0
        self._redis: Any = Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=Retry(NoBackoff(), 0)
        )
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)

    def ring(self, community: str) -> None:
        """Set the flag; when it was not set, enqueue one drain. Failures are counted and logged, never raised."""
        if time.monotonic() < self._paused_until:
            self.failures += 1
            return
        try:
            self._ring(community)
        except Exception as error:  # noqa: BLE001 - the log is the queue: a lost wake is found by the sweeper
            self._failed(community, error)

    def ring_again(self, communities: Iterable[str]) -> tuple[str, ...]:
        """
        Drop the flag first, then ring: covers a flag whose job was lost.

        Returns
        -------
        tuple of str
            Those that could not be rung; after the first failure nothing more is tried.
        """
        waiting = list(communities)
        while waiting:
            try:
                self._redis.delete(WAKE_PREFIX + waiting[0])
                self._ring(waiting[0])
            except Exception as error:  # noqa: BLE001 - told by what is returned
                self._failed(waiting[0], error)
                break
            self._paused_until = 0.0
            del waiting[0]
        return tuple(waiting)

    def answer(self, community: str) -> None:
        """Drop the flag before draining: whatever is recorded from now on rings again. Never raises."""
        try:
            self._redis.delete(WAKE_PREFIX + community)
        except Exception as error:  # noqa: BLE001 - the flag dies by itself, and until then the sweeper looks
            self._failed(community, error)

    def _ring(self, community: str) -> None:
        if self._redis.set(WAKE_PREFIX + community, "1", nx=True, ex=self._ttl_s):
            self._queue.enqueue_call(
                DRAIN_JOB,
                args=(community,),
                job_id=secrets.token_hex(16),
                timeout=JOB_TIMEOUT_S,
                result_ttl=0,
                ttl=JOB_LIVES * self._ttl_s,
                failure_ttl=FAILED_TTL_S,
                description=DRAIN_JOB,
            )

    def _failed(self, community: str, error: Exception) -> None:
        self.failures += 1
        self._paused_until = time.monotonic() + self._pause_s
        _log.warning("wake_failed", community=community, error=type(error).__name__, count=self.failures)

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()
