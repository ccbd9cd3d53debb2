"""Several processes and threads on one store; what one connection holds and another wants."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from dispatch.store.recorders import OperationalError, ProgrammingError, Recorder, open_recorder
from tests.contract.processes import SAVES_PER_ROUND, start
from tests.contract.saves import A, B, command, event, fill
from tests.e2e.crew import until
from tests.subprocesses import PATIENCE_S, answers

WRITERS = 4
ROUNDS = 10
SAVES = ROUNDS * SAVES_PER_ROUND
OPENERS = 6
STORES = 8


def test_four_processes_write_to_one_store(shared_url: str) -> None:
    """Nothing acknowledged is lost, positions are dense, and every stream is whole."""
    told = answers([start("write", shared_url, f"w{n}", ROUNDS) for n in range(WRITERS)], rounds=ROUNDS)
    acknowledged = sorted(position for one in told for position in one["acknowledged"])
    with open_recorder(shared_url, create=False) as recorder:
        rows = recorder.select_rows(limit=10_000)
        commands = recorder.select_commands(limit=10_000)
        assert recorder.community_heads() == {"riverside": len(rows)}
    assert [row.position for row in rows] == acknowledged == list(range(1, 2 * WRITERS * SAVES + 1))
    streams: dict[str, list[int]] = {}
    for row in rows:
        streams.setdefault(row.stream, []).append(row.version)
    assert set(streams) == {A, *(f"riverside/writer/w{n}" for n in range(WRITERS))}
    for versions in streams.values():
        assert versions == list(range(1, len(versions) + 1))
    assert [row.recorded_at for row in commands] == sorted(row.recorded_at for row in commands)
    assert {(row.first_position, row.last_position) for row in commands} == {
        (first, first + 1) for first in range(1, len(rows), 2)
    }


def test_processes_that_start_together_create_the_tables_once(shared_url: str) -> None:
    """None of them stumbles over another's half-made tables: those of the log, of its keys and of its views."""
    on_file = shared_url.startswith("sqlite")
    url = shared_url.replace("log.db", "{n}.db") if on_file else f"{shared_url}?schema=s{{n}}"
    told = answers([start("open", url, STORES) for _ in range(OPENERS)], rounds=STORES)
    for positions in zip(*(one["positions"] for one in told), strict=True):
        assert sorted(positions) == list(range(1, OPENERS + 1))


def test_threads_share_a_recorder(recorder: Recorder) -> None:
    """Each thread reads and writes through it, and nobody sees a gap or a half save."""
    errors: list[BaseException] = []
    writing = threading.Event()

    def save(name: str) -> None:
        try:
            for n in range(1, 31):
                recorder.insert_events(
                    [event(f"riverside/{name}/1", n), event(f"riverside/{name}/2", n)], command=command(f"{name}{n}")
                )
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    def read() -> None:
        try:
            while not writing.is_set():
                positions = [row.position for row in recorder.select_rows(limit=1_000)]
                assert positions == list(range(1, len(positions) + 1))
                assert len(positions) % 2 == 0
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=save, args=(name,)) for name in ("a", "b", "c", "d", "e", "f")]
    for thread in [reader, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    writing.set()
    reader.join()
    assert errors == []
    assert recorder.last_position() == 6 * 30 * 2


def test_a_reader_sees_one_moment(shared: Recorder) -> None:
    """What is saved meanwhile, in the same thread even, is seen by the next reader."""
    fill(shared, A)
    with shared.view_read() as cursor:
        cursor.execute("SELECT count(*) FROM stored_events")
        assert cursor.fetchone() == (1,)
        fill(shared, B)
        cursor.execute("SELECT count(*) FROM stored_events")
        assert cursor.fetchone() == (1,)
    assert shared.last_position() == 2


def test_readers_do_not_see_an_open_transaction(shared: Recorder) -> None:
    """A view's lines and tracking appear together, at its commit."""
    with shared.view_transaction() as cursor:
        cursor.track("board", 1)
        assert shared.max_tracking_id("board") is None
    assert shared.max_tracking_id("board") == 1


def test_who_waited_finds_what_another_has_made(postgres_database: str) -> None:
    """Who looked for a table in vain and waited while another made it sees it: PostgreSQL remembers the first look."""
    found: list[bool] = []

    def look() -> None:
        with late.view_transaction() as cursor:
            cursor.alone("a table")
            found.append(cursor.has_table("view_made"))

    with open_recorder(postgres_database) as first, open_recorder(postgres_database, pool_size=1) as late:
        with late.view_read() as cursor:
            assert not cursor.has_table("view_made")
        waiting = threading.Thread(target=look)
        with first.view_transaction() as cursor:
            cursor.alone("a table")
            cursor.execute("CREATE TABLE view_made (number INTEGER)")
            waiting.start()
            until(lambda: _waiting_for_turn(postgres_database), "the other one waits")
        waiting.join(PATIENCE_S)
    assert found == [True]


def _waiting_for_turn(url: str) -> bool:
    with psycopg.connect(url) as connection:
        waiting = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return waiting.fetchone() == (1,)


@contextmanager
def holding(url: str) -> Iterator[None]:
    """Hold the lock of the log from a foreign connection."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
    else:
        with psycopg.connect(url) as connection:
            connection.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")
            yield


def test_a_lock_that_is_held_too_long_is_an_outage(shared_url: str) -> None:
    """The writer gives up after its time, stores nothing, and goes on when the lock is gone."""
    with open_recorder(shared_url, lock_timeout_s=0.1) as recorder:
        with holding(shared_url):
            assert recorder.last_position() == 0
            with pytest.raises(OperationalError):
                recorder.insert_events([event(A, 1)], command=command("c-1"))
        assert recorder.select_command("c-1") is None
        assert recorder.insert_events([event(A, 1)], command=command("c-1")) == [1]


def test_a_pool_that_is_used_up_is_an_outage(shared_url: str) -> None:
    """The reader that finds no connection gives up after its time."""
    with open_recorder(shared_url, pool_size=1, lock_timeout_s=0.1) as recorder:
        with recorder.view_read(), pytest.raises(OperationalError, match="1 connections"):
            recorder.last_position()
        assert recorder.last_position() == 0


@pytest.mark.parametrize("name", [":memory:", "log.db"])
def test_a_thread_does_not_wait_for_itself(name: str, tmp_path: Path) -> None:
    """SQLite has one writer, so a write inside a write is told so instead of waiting for ever."""
    url = f"sqlite:///{name if name == ':memory:' else tmp_path / name}"
    with open_recorder(url) as recorder:
        with pytest.raises(ProgrammingError, match="writing already"), recorder.view_transaction():
            fill(recorder, A)
        fill(recorder, A)


def test_a_forked_child_opens_connections_of_its_own(shared_url: str) -> None:
    """A parent's connections are not spoken through, and stay usable for the parent."""
    [told] = answers([start("fork", shared_url)])
    assert told == {"child": [3, 3], "child_has_its_own": [True], "parent": [4, 4], "parent_keeps_its_own": [True]}
