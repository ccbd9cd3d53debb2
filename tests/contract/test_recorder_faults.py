"""What goes wrong around a store: full disks, lost answers, servers that go away, hands that tamper."""

import os
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from dispatch.store.recorders import IntegrityError, OperationalError, Recorder, ViewCursor, open_recorder
from dispatch.store.sqlite import SQLiteRecorder
from tests.contract.processes import start
from tests.contract.proxy import Proxy
from tests.contract.saves import A, B, command, event, fill
from tests.servers import Server, start_postgres
from tests.subprocesses import answers

THREE_MB = [event(B, n, state=os.urandom(60_000)) for n in range(1, 51)]


@pytest.fixture
def proxied(postgres_database: str) -> Iterator[tuple[Proxy, str]]:
    """Give a proxy before a fresh database, and the address that leads through it."""
    parts = urlsplit(postgres_database)
    proxy = Proxy(parts.port or 5432)
    netloc = f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}"
    yield proxy, parts._replace(netloc=netloc).geturl()
    proxy.close()


def test_a_lost_answer_to_a_commit_is_not_a_second_save(proxied: tuple[Proxy, str]) -> None:
    """The caller hears of an outage, and finds its command stored, once."""
    proxy, url = proxied
    with open_recorder(url) as recorder:
        fill(recorder, A)
        with proxy.answers_lost(), pytest.raises(OperationalError, match="look its id up"):
            recorder.insert_events([event(A, 2)], command=command("c-2", at=20))
        found = recorder.select_command("c-2")
        assert found is not None
        assert (found.first_position, found.last_position) == (2, 2)
        assert [row.version for row in recorder.select_rows(limit=9)] == [1, 2]


def ask_in_vain(proxy: Proxy, cursor: ViewCursor) -> None:
    """Write a line of a view, and lose the next answer."""
    cursor.track("board", 1)
    with proxy.answers_lost():
        cursor.execute("SELECT 1")


def test_a_lost_answer_to_a_view_is_told(proxied: tuple[Proxy, str]) -> None:
    """A view transaction is not repeated either."""
    proxy, url = proxied
    with open_recorder(url) as recorder:
        with pytest.raises(OperationalError), recorder.view_transaction() as cursor:
            ask_in_vain(proxy, cursor)
        assert recorder.max_tracking_id("board") is None


def test_idle_connections_that_the_server_has_ended(postgres_database: str) -> None:
    """Reading takes a new one by itself; a write may fail once, stores nothing then, and goes on."""
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with open_recorder(postgres_database) as recorder, psycopg.connect(postgres_database, autocommit=True) as other:
        fill(recorder, A)
        other.execute(ending)
        assert recorder.last_position() == 1
        other.execute(ending)
        with pytest.raises(OperationalError):
            fill_one_more(recorder)
        assert recorder.select_command("c-2") is None
        fill_one_more(recorder)
        assert recorder.last_position() == 2


def fill_one_more(recorder: Recorder) -> None:
    """Save one event."""
    recorder.insert_events([event(A, 2)], command=command("c-2", at=20))


def end(server: Server) -> None:
    """End a server at once, and wait until it has: it closes its port last."""
    os.kill(server.pid, signal.SIGQUIT)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", server.port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    raise AssertionError("the server did not end")


def test_large_saves_over_a_unix_socket_and_the_death_of_the_server() -> None:
    """Three megabytes pass, where a pipeline would hang for ever; a killed server is an outage."""
    with start_postgres() as server:
        parts = urlsplit(server.url)
        socket_folder = quote(str(server.folder), safe="")
        url = f"postgresql://{parts.username}:{parts.password}@{socket_folder}:{server.port}/postgres"
        with open_recorder(url) as recorder:
            assert len(recorder.insert_events(THREE_MB, command=command("c-1"))) == 50
            assert [row.state for row in recorder.select_stream(B)] == [one.state for one in THREE_MB]
            end(server)
            with pytest.raises(OperationalError):
                recorder.insert_events([event(A, 1)], command=command("c-2"))
            with pytest.raises(OperationalError):
                recorder.last_position()


def test_three_megabytes_are_saved(recorder: Recorder) -> None:
    """In one save, on every store."""
    recorder.insert_events(THREE_MB, command=command("c-1"))
    assert [row.state for row in recorder.select_rows(limit=99)] == [one.state for one in THREE_MB]


@pytest.mark.parametrize("limit", [200_000, 300_001, 4_000_000])
def test_a_full_disk_is_an_outage_and_loses_nothing(tmp_path: Path, limit: int) -> None:
    """What was acknowledged is there, nothing else is, and with more room the same process goes on."""
    url = f"sqlite:///{tmp_path}/log.db"
    [told] = answers([start("fill_disk", url, limit)])
    acknowledged = told["acknowledged"]
    assert told["failures"] == [3]
    assert acknowledged == told["seen"] == list(range(1, len(acknowledged) + 1)) != []
    assert told["after"] == [len(acknowledged) + 1]
    with open_recorder(url, create=False) as recorder:
        assert [row.position for row in recorder.select_rows(limit=9_999)] == acknowledged + told["after"]
    other = sqlite3.connect(tmp_path / "log.db")
    assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    other.close()


@pytest.mark.parametrize("tampering", ["TRUNCATE stored_events", "TRUNCATE commands, stored_events"])
def test_the_log_is_not_emptied(postgres_database: str, tampering: str) -> None:
    """PostgreSQL knows another way of deleting."""
    with open_recorder(postgres_database) as recorder:
        fill(recorder, A)
        with pytest.raises(IntegrityError, match="stored events are never"), recorder.view_transaction() as cursor:
            cursor.execute(tampering)
        assert recorder.last_position() == 1


def test_a_row_is_not_replaced(tmp_path: Path) -> None:
    """SQLite knows another way of changing: to insert in place of."""
    with open_recorder(f"sqlite:///{tmp_path}/log.db") as recorder:
        fill(recorder, A)
        with pytest.raises(IntegrityError, match="stored events are never"), recorder.view_transaction() as cursor:
            cursor.execute("INSERT OR REPLACE INTO stored_events VALUES (1, ?, 1, 't', ?)", (A, b"false"))
        assert [row.state for row in recorder.select_rows(limit=9)] == [b"10"]


def test_a_community_is_read_by_its_index(shared: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others there are: neither a scan of the log nor a sort."""
    for n in range(40):
        events = [event(f"community-{n}/request/q-{m}", 1) for m in range(100)]
        shared.insert_events(events, command=command(f"c-{n}"))
    with shared.view_transaction() as cursor:
        cursor.execute("ANALYZE")
    asked: list[tuple[str, Sequence[object]]] = []
    fetch = shared._fetch

    def listen(sql: str, params: Sequence[object]) -> list[tuple[object, ...]]:
        asked.append((sql, params))
        return fetch(sql, params)

    monkeypatch.setattr(shared, "_fetch", listen)
    assert len(shared.select_rows(gt=500, limit=50, prefix="community-7/")) == 50
    [(sql, params)] = asked
    explain = "EXPLAIN QUERY PLAN " if isinstance(shared, SQLiteRecorder) else "EXPLAIN "
    plan = " ".join(str(word) for row in fetch(explain + sql, params) for word in row)
    assert "stored_events_by_community" in plan
    assert not {"SCAN", "Seq", "Sort", "TEMP"} & set(plan.split())
