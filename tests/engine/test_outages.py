"""Stores and servers that are not there: clear errors, nothing lost, and going on afterwards."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from dispatch import BadSetting, Dispatch, RqWake, Settings, Unavailable
from tests.engine.town import HERE, MORNING, Clock, by, settle, town_on


def nowhere() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_postgresql_that_is_not_there(tmp_path: Path) -> None:
    """Opening is an `Unavailable` that does not repeat the password, and so is a key store that is not there."""
    away = f"postgresql://somebody:s3cret@127.0.0.1:{nowhere()}/nothing"
    for open_it in (
        partial(Dispatch.open, away),
        partial(Dispatch.open, f"sqlite:///{tmp_path}/community.db", keys=away),
    ):
        with pytest.raises(Unavailable) as error:
            open_it()
        assert "s3cret" not in str(error.value)
        assert "s3cret" not in str(error.value.fields)


@contextmanager
def away(server: str, database: str) -> Iterator[None]:
    """Let the server end every connection to a database and take none until the block ends."""
    name = sql.Identifier(urlsplit(database).path[1:])
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [urlsplit(database).path[1:]]
        )
        try:
            yield
        finally:
            admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


def test_a_postgresql_that_goes_away_and_comes_back(postgres_url: str, postgres_database: str) -> None:
    """In the middle: every call is `Unavailable`; back again, the same engine goes on, with the same command ids."""
    with town_on(postgres_database) as town:
        engine, request = town.engine, town.open("garbage")
        head = engine.position()
        calls = (
            partial(town.open, "food", note="n", command_id="one"),
            partial(town.open, "food", command_id="two"),
            partial(town.open, "food", beneficiary=None, address="11号楼501", command_id="three"),
            engine.tick,
            engine.position,
            engine.laggards,
            partial(engine.drain, HERE),
            partial(engine.request, HERE, request),
            partial(engine.request, HERE, request, as_of=MORNING),
            partial(engine.board, HERE),
            partial(engine.timeline, HERE),
            partial(engine.board_of, HERE),
            partial(engine.register_of, HERE),
            partial(engine.locate, HERE, "11号楼501"),
            partial(engine.find_resident, HERE, where="11号楼501"),
            partial(engine.reveal, HERE, town.resident, purpose="visit"),
            partial(engine.erase, HERE, town.high),
            engine.subscribe,
        )
        with away(postgres_url, postgres_database):
            for call in calls:
                with pytest.raises(Unavailable):
                    call()
            with pytest.raises(Unavailable):
                Dispatch.open(postgres_database)
        assert engine.position() == head
        made = [call() for call in calls[:3]]
        assert made == [call() for call in calls[:3]]
        assert town.topics(after=head).count("request.received") == 3
        assert f"{request}/inside" in town.tick()


def test_connections_that_are_cut_are_opened_anew(postgres_database: str) -> None:
    """The server ends every connection: at worst one call fails, then the same engine goes on with the same id."""
    with town_on(postgres_database) as town:
        head = town.engine.position()
        with psycopg.connect(postgres_database, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        made = None
        for _ in range(5):
            try:
                made = town.open("garbage", note="n", command_id="one")
            except Unavailable:
                continue
            break
        assert made is not None
        assert town.open("garbage", note="n", command_id="one") == made
        assert town.topics(after=head).count("request.received") == 1
        assert town.tick()


def test_a_redis_that_is_not_there_stops_nobody(file_store: str) -> None:
    """Commands succeed and offers go out; the rings that failed are counted."""
    with Dispatch.open(file_store, redis=f"redis://127.0.0.1:{nowhere()}/0", clock=Clock()) as engine:
        town = settle(engine, Clock())
        request = engine.open_request(HERE, "garbage", beneficiary=town.resident)
        assert [offer.leg for offer in engine.tick().offers] == [f"{request}/inside"]
        assert isinstance(engine.wake, RqWake)
        assert engine.wake.failures > 0


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A missing folder, a folder in place of a file and a file that is no store are errors that leave nothing open."""
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at as one" * 100)
    for path in (tmp_path / "none" / "community.db", tmp_path, tmp_path / "text.db"):
        with pytest.raises(Exception, match=r"folder|file|store"):
            Dispatch.open(f"sqlite:///{path}")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("wrong", ["", "community.db", "mysql://localhost/x", "sqlite:/x.db"])
def test_addresses_that_are_none(wrong: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is no store's address is said before anything is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPATCH_STORE", raising=False)
    if wrong == "":
        with Dispatch.open() as engine:
            assert engine.position() == 0
        assert (tmp_path / "community.db").exists()
        return
    with pytest.raises(ValueError, match="sqlite"):
        Dispatch.open(wrong)
    assert list(tmp_path.iterdir()) == []


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Store, keys, passes: `DISPATCH_*`; what code gives wins; a mistyped name is not silent."""
    monkeypatch.setenv("DISPATCH_STORE", f"sqlite:///{tmp_path}/here.db")
    monkeypatch.setenv("DISPATCH_KEYS", f"sqlite:///{tmp_path}/elsewhere.db")
    monkeypatch.setenv("DISPATCH_DRAIN_PASSES_MAX", "7")
    with Dispatch.open(clock=Clock()) as engine:
        settle(engine, Clock())
        assert engine.settings.drain_passes_max == 7
    names = {path.name for path in tmp_path.iterdir()}
    assert {"here.db", "elsewhere.db"} <= names
    assert "here.keys.db" not in names
    with Dispatch.open(f"sqlite:///{tmp_path}/given.db", settings=Settings(drain_passes_max=3)) as engine:
        assert engine.settings.drain_passes_max == 3
        assert engine.position() == 0
    assert (tmp_path / "given.db").exists()
    monkeypatch.setenv("DISPATCH_DRAIN_PASES_MAX", "7")
    with pytest.raises(BadSetting, match="DRAIN_PASSES_MAX"):
        Dispatch.open()


def test_who_speaks_when_nobody_is_named(file_store: str) -> None:
    """The desk by default, or whom the application names once."""
    with Dispatch.open(file_store, clock=Clock(), actor=by("front-desk", "cadre")) as engine:
        town = settle(engine, Clock())
        town.open("garbage")
        assert {event.meta.actor for event in engine.subscribe()} == {"front-desk"}


def test_a_closed_engine_says_so(store: str) -> None:
    """After `close` every call is an `Unavailable`, and closing twice is once."""
    with town_on(store) as town:
        town.engine.close()
        with pytest.raises(Unavailable):
            town.open("garbage")
        with pytest.raises(Unavailable):
            town.engine.tick()
