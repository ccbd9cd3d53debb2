"""
The command `dispatch worker`, also `python -m workers`.

Exit codes: 0 ended as asked (a signal, or `--burst` has nothing left to do); 2 a wrong option or
setting; 3 Redis would throw messages away when it is full; 4 the store cannot be opened; 70 a child
died again and again. They mean the same as those of the other commands.
"""

from __future__ import annotations

import logging
from typing import Annotated

import typer
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from dispatch import BadSetting, Dispatch, Settings, configure, get_logger

from .supervisor import PROCESSES_MAX, GaveUp, Supervisor, stop_on_signals

USAGE, WRONG_REDIS, NO_STORE, GAVE_UP = 2, 3, 4, 70

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_log = get_logger("workers")


@app.command()
def worker(
    *,
    store: Annotated[
        str | None, typer.Option(help="Address of the store; by default DISPATCH_STORE.", show_default=False)
    ] = None,
    redis: Annotated[
        str | None, typer.Option(help="Address of Redis or Valkey; by default DISPATCH_REDIS.", show_default=False)
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, max=PROCESSES_MAX, help="Worker processes; the sweeper is one more.")
    ] = 2,
    burst: Annotated[bool, typer.Option("--burst", help="Do what there is to do now, and end.")] = False,
    allow_eviction: Annotated[
        bool, typer.Option("--allow-eviction", help="Start although Redis throws keys away when it is full.")
    ] = False,
) -> None:
    """
    Share work out as soon as it is recorded, in processes of their own, rung through Redis.

    Redis carries wake-ups only: without it everything goes on, some seconds later.
    SIGTERM or Ctrl-C ends it after what is at hand. Log lines are JSON, on standard error.

    Exit codes: 0 ended as asked; 2 wrong option or setting; 3 Redis would throw keys away;
    4 the store cannot be opened; 70 a child died again and again.
    """
    settings = _settings(store, redis)
    configure("json", settings.log_level)
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("rq.worker").setLevel(logging.DEBUG if settings.log_level == "debug" else logging.WARNING)
    _check_store(settings)
    _check_redis(settings, allow_eviction=allow_eviction)
    stop = stop_on_signals()
    _log.info("started", pending=processes)
    try:
        Supervisor(settings, processes=processes, burst=burst).run(stop)
    except GaveUp as error:
        raise _failed(str(error), GAVE_UP) from None
    _log.info("ended")


def _settings(store: str | None, redis: str | None) -> Settings:
    given = {name: value for name, value in (("store", store), ("redis", redis)) if value is not None}
    try:
        settings = Settings(**given)
    except BadSetting as error:
        raise _failed(str(error), USAGE) from None
    if settings.redis is None:
        raise _failed(
            "workers are rung through Redis, and no address is set: give --redis redis://host:6379/0 or "
            "DISPATCH_REDIS. Without a server, run dispatch.LocalRunner or call tick() in your own program.",
            USAGE,
        )
    if ":memory:" in settings.store.get_secret_value():
        raise _failed("a store in memory is seen by one process only: give --store a file or a server.", USAGE)
    return settings


def _check_redis(settings: Settings, *, allow_eviction: bool) -> None:
    """Refuse a server that drops keys when it is full; one that cannot be asked is no reason not to start."""
    url = settings.redis.get_secret_value() if settings.redis else ""
    timeout_s = settings.redis_socket_timeout_s
    with Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s) as client:
        try:
            memory = client.info("memory")
        except ResponseError as error:
            _log.warning("eviction_unknown", error=type(error).__name__)
            return
        except RedisError as error:
            _log.warning("redis_unreachable", error=type(error).__name__)
            return
    policy = str(memory.get("maxmemory_policy", "noeviction"))
    if policy == "noeviction":
        return
    if not allow_eviction:
        raise _failed(
            f"Redis has maxmemory-policy {policy}: when it is full it drops wake-ups, and everything waits for the "
            "sweeper. Set noeviction, or start with --allow-eviction.",
            WRONG_REDIS,
        )
    _log.warning("eviction_allowed")


def _check_store(settings: Settings) -> None:
    """Open the store once, and create it when it is new, before anybody else does; nothing stays open."""
    try:
        Dispatch.open(settings=settings).close()
    except Exception as error:  # noqa: BLE001 - whatever it is, the store cannot be used, and the text says why
        raise _failed(f"the store cannot be opened: {error}", NO_STORE) from None


def _failed(message: str, code: int) -> typer.Exit:
    typer.echo(f"dispatch worker: {message}", err=True)
    return typer.Exit(code)


if __name__ == "__main__":
    app()
