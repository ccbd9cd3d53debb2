"""Redis away, frozen or back again: commands succeed, and the work goes on without it (Q5)."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dispatch import Dispatch, MatchDecided, RqWake, Settings
from tests.e2e.checks import at_rest, faults
from tests.e2e.crew import Crew, crew, until
from tests.e2e.places import RIVERSIDE, Community, register
from tests.servers import start_valkey

SWEEPS = {"DISPATCH_SWEEP_EVERY_S": "0.3"}
TIMEOUT_S = 0.2


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Give the address of an empty store."""
    return f"sqlite:///{tmp_path}/c.db"


@pytest.fixture
def nobody() -> Iterator[int]:
    """Give a port that refuses connections, kept from everybody else."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        port: int = kept.getsockname()[1]
        yield port


@contextmanager
def caller(store: str, url: str) -> Iterator[tuple[Dispatch, RqWake]]:
    """Give the engine of an application that rings, and its bell."""
    settings = Settings(store=store, redis=url, redis_socket_timeout_s=TIMEOUT_S)
    with Dispatch.open(settings=settings) as engine:
        assert isinstance(engine.wake, RqWake)
        yield engine, engine.wake


def decisions(engine: Dispatch) -> int:
    """Count the decisions in the log."""
    return sum(1 for _ in engine.journal.read(topics=[MatchDecided.TOPIC]))


def ask(engine: Dispatch, community: Community, number: int) -> None:
    """Open a request of one leg that somebody can do at once."""
    engine.open_request(RIVERSIDE, "garbage", beneficiary=community.residents[number])


def by_workers(running: Crew) -> int:
    """Count the drains that workers did; those of the sweeper have no job."""
    return sum(1 for line in running.lines("drained") if line.get("job"))


def test_without_a_server_commands_succeed_and_are_counted(store: str, nobody: int) -> None:
    """Nobody listens: every command is on disk all the same, and the bell has counted."""
    with caller(store, f"redis://127.0.0.1:{nobody}/0") as (engine, bell):
        community = register(engine)
        for number in range(3):
            ask(engine, community, number)
        assert bell.failures > 0
        assert len(engine.tick().offers) == 3


def test_without_a_server_the_sweeper_does_the_work(store: str, nobody: int, tmp_path: Path) -> None:
    """A crew that has never met its server shares everything out, and says that it does so unrung."""
    url = f"redis://127.0.0.1:{nobody}/0"
    with caller(store, url) as (engine, _):
        community = register(engine)
        with crew(tmp_path, "--store", store, "--redis", url, settings=SWEEPS) as running:
            for number in range(3):
                ask(engine, community, number)
            until(lambda: decisions(engine) == 3, "three offers")
            until(lambda: running.lines("drained_unrung"), "the sweeper says so")
            assert running.lines("redis_unreachable")
            assert by_workers(running) == 0
            assert running.end() == 0
        assert faults(engine.subscribe()) == []


def test_a_frozen_server_holds_nothing_up(store: str, tmp_path: Path) -> None:
    """While the server is stopped commands succeed and offers go out; when it runs again, workers do."""
    with start_valkey() as server, caller(store, server.url) as (engine, bell):
        community = register(engine)
        with crew(tmp_path, "--store", store, "--redis", server.url, settings=SWEEPS) as running:
            ask(engine, community, 0)
            until(lambda: decisions(engine) == 1, "an offer")
            os.kill(server.pid, signal.SIGSTOP)
            try:
                for number in range(1, 4):
                    ask(engine, community, number)
                assert bell.failures > 0
                until(lambda: decisions(engine) == 4, "offers while the server is frozen")
            finally:
                os.kill(server.pid, signal.SIGCONT)
            before = by_workers(running)
            ask(engine, community, 4)
            until(lambda: by_workers(running) > before, "a worker at work again")
            until(lambda: decisions(engine) == 5, "the last offer")
            assert running.end() == 0
        assert faults(engine.subscribe()) == []


def test_a_server_that_comes_late_is_used(store: str, tmp_path: Path) -> None:
    """A crew started without its server works, and is rung as soon as there is one."""
    with start_valkey() as first:
        port, url = first.port, first.url
    with caller(store, url) as (engine, _):
        community = register(engine)
        with crew(tmp_path, "--store", store, "--redis", url, settings=SWEEPS) as running:
            ask(engine, community, 0)
            until(lambda: decisions(engine) == 1, "an offer without a server")
            with start_valkey(port=port):
                ask(engine, community, 1)
                until(lambda: by_workers(running) > 0, "a worker that was rung")
                until(lambda: decisions(engine) == 2, "the second offer")
                assert running.end() == 0
        assert at_rest(engine, RIVERSIDE)
