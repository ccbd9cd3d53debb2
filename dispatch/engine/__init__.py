"""Dispatch: the embedded façade. One typed method per verb; seals before deciding; no hidden threads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from ..domain.values import Actor, Channel, Role
from ..settings import Settings
from ..store.journal import Journal
from ..store.keys import Sealer, open_keys
from ..store.outage import LOG
from ..store.recorders import open_recorder
from ..wake import LocalWake, RqWake, Wake
from .authority import Authority
from .batch import Batch
from .care import Care
from .control import Controls
from .crews import Crews
from .custody import Keeping
from .duty import Duty
from .duty_task import DutyTasks
from .fleet_reading import FleetReading
from .goods import Handing
from .holdings import Holdings
from .ladder import Ladder
from .links import Links
from .notices import Notices
from .places import Places
from .policies import Policies
from .post_notes import PostNotes
from .posts import Posts
from .reading import Reading
from .records import Records
from .reports import Reports
from .rides import Rides
from .rounds import Rounds
from .seeing import Seeing
from .series import Recurring
from .standby import StandbyPool
from .steering import Steering
from .stock import Stock

__all__ = ["DESK", "Batch", "Dispatch", "Ladder"]

DESK = Actor(id="desk", role=Role.COMMUNITY_WORKER, via=Channel.STAFF)
"""Who speaks when a call names nobody: the community's own desk, as the embedding application vouches."""


class Dispatch(
    Controls,
    Holdings,
    Crews,
    Recurring,
    Care,
    Rounds,
    PostNotes,
    Notices,
    Stock,
    Reports,
    Posts,
    Duty,
    StandbyPool,
    Keeping,
    Handing,
    Authority,
    Ladder,
    Seeing,
    Places,
    DutyTasks,
    Links,
    Records,
    Steering,
    FleetReading,
    Policies,
    Reading,
    Rides,
):
    """
    The dispatch engine on one store.

    Open it with `Dispatch.open`. Every verb decides one command and answers when it is on disk;
    `tick` shares work out and fires what is due. Any number of engines, in any number of processes,
    may work on one store.
    """

    @classmethod
    def open(
        cls,
        store: str | None = None,
        *,
        keys: str | None = None,
        redis: str | None = None,
        actor: Actor | None = None,
        clock: Callable[[], datetime] | None = None,
        ids: Callable[[], str] | None = None,
        settings: Settings | None = None,
    ) -> Self:
        """
        Open a store, creating it when it is new.

        Parameters
        ----------
        store
            ``sqlite:///community.db`` (a file, no server), ``sqlite:///:memory:`` or
            ``postgresql://user:password@host/database``; by default ``DISPATCH_STORE``.
        keys
            Where the keys of personal data live; by default beside the store.
        redis
            Server that carries wake-ups to rq workers; without one, call `tick` yourself.
        actor
            Who speaks when a call names nobody; by default the community's desk.
        clock
            Gives the instant of now, aware; for virtual time.
        ids
            Gives 16 random lower-case letters and digits at each call; for repeatable days.
        settings
            Everything else; by default from the environment.

        Raises
        ------
        Unavailable
            The store cannot be reached.
        BadSetting, ValueError
            A setting is not usable.
        """
        given = settings or Settings()
        store_url = store or given.store.get_secret_value()
        keys_url = keys or (given.keys.get_secret_value() if given.keys else None)
        redis_url = redis or (given.redis.get_secret_value() if given.redis else None)
        with ExitStack() as opened, LOG:
            recorder = open_recorder(
                store_url, pool_size=given.postgres_pool_max, lock_timeout_s=given.sqlite_busy_timeout_s
            )
            opened.callback(recorder.close)
            keys_store = open_keys(store_url, keys_url, lock_timeout_s=given.sqlite_busy_timeout_s)
            opened.callback(keys_store.close)
            wake = _wake(redis_url, given)
            opened.pop_all()
        journal = Journal(
            recorder,
            state_cache_max=given.state_cache_max,
            conflict_retries_max=given.conflict_retries_max,
            read_batch=given.read_batch,
        )
        return cls(
            journal=journal,
            sealer=Sealer(keys_store),
            settings=given,
            wake=wake,
            clock=clock or _now,
            ids=ids or _random,
            actor=actor or DESK,
        )

    def batch(self, community: str, *, by: Actor | None = None, command_id: str | None = None) -> Batch:
        """
        Gather many verbs into few saves: ``with engine.batch("riverside") as batch: …``.

        Parameters
        ----------
        by
            Who speaks; the engine's own actor by default.
        command_id
            Your id for the whole batch: given again with the same verbs, it is answered and not done again.
        """
        return Batch(self, community, by=by, command_id=command_id)

    def close(self) -> None:
        """Close the store, the key store and the connection to Redis."""
        with ExitStack() as parts:
            parts.callback(self.journal.close)
            parts.callback(self.sealer.store.close)
            parts.callback(self.wake.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _wake(url: str | None, settings: Settings) -> Wake:
    if url is None:
        return LocalWake()
    return RqWake(url, ttl_s=settings.wake_ttl_s, timeout_s=settings.redis_socket_timeout_s)


def _now() -> datetime:
    return datetime.now(UTC)


def _random() -> str:
    return secrets.token_hex(8)
