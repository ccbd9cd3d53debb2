"""What a process works with: one engine, kept warm, and the means to ring."""

from __future__ import annotations

from dispatch import Dispatch, RqWake, Settings, get_logger

_log = get_logger(__name__)


class Station:
    """
    The engine and the connections of one process.

    The engine is opened at its first use, so never before a fork, and its boards stay warm from job to
    job. After a failure that nobody foresaw it is dropped: a drain that was cut short may have left
    anything in memory, while what is on disk is whole.

    Parameters
    ----------
    settings
        With the addresses of the store and of Redis.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.redis is None:
            raise ValueError("settings.redis is not set: workers are rung through Redis")
        self.settings = settings
        self.redis_url = settings.redis.get_secret_value()
        self.bell = RqWake(self.redis_url, ttl_s=settings.wake_ttl_s, timeout_s=settings.redis_socket_timeout_s)
        self._engine: Dispatch | None = None

    def engine(self) -> Dispatch:
        """
        Return the engine of this process.

        Raises
        ------
        Unavailable
            The store cannot be reached now.
        """
        if self._engine is None:
            self._engine = Dispatch.open(settings=self.settings)
        return self._engine

    def drop(self) -> None:
        """Forget the engine; the next job opens another."""
        _log.warning("engine_dropped")
        self._close_engine()

    def close(self) -> None:
        """Close everything."""
        self._close_engine()
        self.bell.close()

    def _close_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
