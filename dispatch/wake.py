"""
Ringing a community after a commit: in this process, or through rq.

A wake carries no work. It may be lost, doubled or late: the drain reads the log, and a sweeper rings
again whoever lags behind. Nothing here may fail a command.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from threading import Lock
from typing import Any, Protocol

from .logs import get_logger

WAKE_PREFIX = "wake:"
DRAIN_JOB = "workers.queues.drain"
QUEUE = "dispatch"

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
        Life of the flag, so that a lost job delays and never silences.
    timeout_s
        A caller waits this long at most; there is no retry.
    """

    def __init__(self, url: str, *, ttl_s: int = 30, timeout_s: float = 0.5) -> None:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
        from rq import Queue
        from rq.serializers import JSONSerializer

        self.failures = 0
        self._ttl_s = ttl_s
        self._redis: Any = Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=Retry(NoBackoff(), 0)
        )
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)

    def ring(self, community: str) -> None:
        """Set the flag; when it was not set, enqueue one drain. Failures are counted and logged, never raised."""
        try:
            if self._redis.set(WAKE_PREFIX + community, "1", nx=True, ex=self._ttl_s):
                self._enqueue(community)
        except Exception as error:  # noqa: BLE001 - the log is the queue: a lost wake is found by the sweeper
            self.failures += 1
            _log.warning("wake_failed", community=community, error=type(error).__name__, count=self.failures)

    def ring_again(self, communities: Iterable[str]) -> None:
        """Drop the flag first, then ring: covers a flag whose job was lost."""
        for community in communities:
            try:
                self._redis.delete(WAKE_PREFIX + community)
            except Exception as error:  # noqa: BLE001 - as above
                self.failures += 1
                _log.warning("wake_failed", community=community, error=type(error).__name__, count=self.failures)
                return
            self.ring(community)

    def _enqueue(self, community: str) -> None:
        self._queue.enqueue_call(
            DRAIN_JOB,
            args=(community,),
            job_id=secrets.token_hex(16),
            timeout=60,
            result_ttl=0,
            failure_ttl=86_400,
            description=DRAIN_JOB,
        )

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()
