"""The command `dispatch worker`: who is started again, who ends, and what the exit code says."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import redis

from dispatch import QUEUE, Dispatch, MatchDecided, RqWake
from tests.e2e.crew import PATIENCE_S, ROOT, Crew, alive, crew, environment, until
from tests.e2e.places import RIVERSIDE, Community, register
from tests.servers import start_valkey

CREW = 3
"""Two workers and the sweeper."""
AT_HAND_KEY = f"rq:wip:{QUEUE}"


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Give the address of an empty store."""
    return f"sqlite:///{tmp_path}/c.db"


@pytest.fixture
def running(store: str, redis_database: str, tmp_path: Path) -> Iterator[Crew]:
    """Run a crew, complete."""
    with crew(tmp_path, "--store", store, "--redis", redis_database) as started:
        until(lambda: len(started.children()) == CREW, "the crew is complete")
        yield started


@contextmanager
def locked(store: str) -> Iterator[None]:
    """Hold the store's write lock, so that a drain is at hand as long as we want."""
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"), isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def ended(running: Crew) -> bool:
    """Kill the first worker, if there is one now, and tell whether the crew has ended."""
    for victim in running.children("worker-1"):
        with suppress(ProcessLookupError):  # the crew has not taken note of its death yet
            os.kill(victim, signal.SIGKILL)
    return running.process.poll() is not None


def ask(engine: Dispatch, community: Community) -> None:
    """Open a request of one leg that somebody can do at once."""
    engine.open_request(RIVERSIDE, "garbage", beneficiary=community.residents[0])


def decisions(engine: Dispatch) -> int:
    """Count the decisions in the log."""
    return sum(1 for _ in engine.journal.read(topics=[MatchDecided.TOPIC]))


@pytest.mark.parametrize("place", ["worker", "sweeper"])
def test_a_killed_child_is_replaced(running: Crew, place: str) -> None:
    """Whoever is killed has a successor, and the log says what happened."""
    victim = running.children(place)[0]
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in running.children() and len(running.children()) == CREW, "a successor")
    (ended,) = running.lines("child_ended")
    assert (ended["pid"], ended["signal"]) == (victim, "SIGKILL")
    assert running.end() == 0


def test_nobody_outlives_a_killed_supervisor(running: Crew) -> None:
    """Without their parent the children end, and no worker goes on unseen."""
    children = running.children()
    running.process.kill()
    running.process.wait()
    until(lambda: not any(alive(pid) for pid in children), "all children are gone")


def test_the_job_at_hand_is_finished(store: str, redis_database: str, tmp_path: Path) -> None:
    """Told to end in the middle of a drain, a worker finishes it; nobody else is there to do so."""
    with ExitStack() as stack:
        client = stack.enter_context(redis.Redis.from_url(redis_database))
        bell = stack.enter_context(closing(RqWake(redis_database, timeout_s=PATIENCE_S)))
        silent = stack.enter_context(Dispatch.open(store))
        community = register(silent)
        words = ("--store", store, "--redis", redis_database, "--processes", "1")
        running = stack.enter_context(crew(tmp_path, *words, settings={"DISPATCH_SWEEP_EVERY_S": "3600"}))
        until(lambda: running.lines("drained") and silent.views.lag() == 0, "the first and only sweep is over")
        until(lambda: not client.zcard(AT_HAND_KEY), "nothing is at hand")
        ask(silent, community)
        with locked(store):
            assert bell.ring_again([RIVERSIDE]) == ()
            until(lambda: client.zcard(AT_HAND_KEY), "a drain is at hand")
            running.process.send_signal(signal.SIGTERM)
            until(lambda: running.children("sweeper") == [], "the order has arrived")
            assert running.children("worker")
            assert decisions(silent) == 0
        assert running.process.wait(PATIENCE_S) == 0
        assert decisions(silent) == 1
    assert [line["exit_code"] for line in running.lines("child_ended")] == [0, 0]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--store", "sqlite:///c.db"], 2, "DISPATCH_REDIS"),
        (["--redis", "http://127.0.0.1/"], 2, "redis://"),
        (["--redis", "redis://127.0.0.1:1/0", "--store", "sqlite:///:memory:"], 2, "memory"),
        (["--redis", "redis://127.0.0.1:1/0", "--processes", "0"], 2, "processes"),
        (["--redis", "redis://127.0.0.1:1/0", "--store", "sqlite:////nowhere/at/all/c.db"], 4, "store"),
        (["--redis", "redis://127.0.0.1:1/0", "--store", "postgresql://x:hush@127.0.0.1:1/x"], 4, "store"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, words: list[str], code: int, says: str) -> None:
    """A wrong option, or a store that cannot be opened, ends the command with its own code and a reason."""
    command = [sys.executable, "-m", "workers", *words]
    environ = environment(PYTHONPATH=str(ROOT))
    ended = subprocess.run(
        command, check=False, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert ended.returncode == code
    assert says in ended.stderr
    assert "hush" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_server_that_throws_keys_away_is_refused(store: str, tmp_path: Path) -> None:
    """Eviction must be allowed by name."""
    with start_valkey() as server:
        with redis.Redis.from_url(server.url) as client:
            client.config_set("maxmemory-policy", "allkeys-lru")
        words = ("--store", store, "--redis", server.url, "--burst")
        with crew(tmp_path, *words, name="refused") as refused:
            assert refused.process.wait(PATIENCE_S) == 3
        with crew(tmp_path, *words, "--allow-eviction", name="allowed") as allowed:
            assert allowed.process.wait(PATIENCE_S) == 0
            assert allowed.lines("eviction_allowed")


def test_a_user_of_the_server_who_may_do_little_is_enough(store: str, tmp_path: Path) -> None:
    """Two prefixes of keys and no dangerous command but the one that tells the eviction policy."""
    with ExitStack() as stack:
        server = stack.enter_context(start_valkey())
        client = stack.enter_context(redis.Redis.from_url(server.url))
        rights = ("~rq:*", "~wake:*", "+@all", "-@dangerous", "+info")
        client.execute_command("ACL", "SETUSER", "dispatch", "on", ">secret", *rights)
        url = f"redis://dispatch:secret@127.0.0.1:{server.port}/0"
        engine = stack.enter_context(Dispatch.open(store, redis=url))
        settings = {"DISPATCH_SWEEP_EVERY_S": "3600"}
        running = stack.enter_context(crew(tmp_path, "--store", store, "--redis", url, settings=settings))
        until(lambda: len(running.children()) == CREW, "the crew is complete")
        ask(engine, register(engine))
        until(lambda: decisions(engine) == 1, "an offer by a worker that was rung")
        assert running.end() == 0
    said = (tmp_path / "workers.log").read_text(encoding="utf-8")
    assert "secret" not in said
    assert {line["level"] for line in running.lines()} == {"info"}


def test_it_is_a_command_of_dispatch(store: str, redis_database: str) -> None:
    """`dispatch worker` is the same command, found by its entry point: the library never imports it."""
    with Dispatch.open(store) as engine:
        ask(engine, register(engine))
        words = ("worker", "--store", store, "--redis", redis_database, "--burst")
        subprocess.run([sys.executable, "-m", "dispatch", *words], cwd=ROOT, env=environment(), check=True, timeout=60)
        assert decisions(engine) == 1


def test_a_burst_does_what_there_is_to_do(store: str, redis_database: str, tmp_path: Path) -> None:
    """Nobody has rung; the burst finds the work, does it, and ends."""
    with Dispatch.open(store) as engine:
        ask(engine, register(engine))
        with crew(tmp_path, "--store", store, "--redis", redis_database, "--burst") as running:
            assert running.process.wait(PATIENCE_S) == 0
        assert decisions(engine) == 1


def test_a_child_that_cannot_live_ends_the_crew(store: str, redis_database: str, tmp_path: Path) -> None:
    """Killed again and again as soon as it starts, a child is given up; the others end too."""
    program = (
        "import sys, threading\n"
        "from dispatch import Settings, configure\n"
        "from workers.supervisor import GaveUp, Supervisor\n"
        "configure('json')\n"
        "try:\n"
        "    Supervisor(Settings(store=sys.argv[1], redis=sys.argv[2]), deaths_max=3).run(threading.Event())\n"
        "except GaveUp:\n"
        "    sys.exit(70)\n"
    )
    log = tmp_path / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-c", program, store, redis_database]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=output)
    running = Crew(process, log)
    try:
        until(partial(ended, running), "the crew is given up")  # deaths that came late do not count
        assert process.wait(PATIENCE_S) == 70
        assert running.children() == []
        attempts = [line["attempt"] for line in running.lines("child_ended") if line["worker"] == "worker-1"]
        assert attempts[-4:] == [1, 2, 3, 4]
    finally:
        process.kill()
        process.wait()
