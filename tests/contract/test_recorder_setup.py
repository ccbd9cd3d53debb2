"""Opening a store: what is created, what is refused, and with which words."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import DatabaseError, InterfaceError

from dispatch.store.recorders import OperationalError, Recorder, StoreUnfit, open_recorder
from tests.contract.saves import A, B, command, event, fill


def with_option(url: str, option: str) -> str:
    """Add one option to an address."""
    return url + ("&" if "?" in url else "?") + option


def test_a_store_is_opened_again(shared_url: str) -> None:
    """What was stored is there, and the tables are not made anew."""
    with open_recorder(shared_url) as recorder:
        fill(recorder, A, B)
    with open_recorder(shared_url) as recorder:
        recorder.migrate()
        assert [row.stream for row in recorder.select_rows(limit=9)] == [A, B]
    with open_recorder(shared_url, create=False) as recorder:
        assert recorder.last_position() == 2


def test_a_store_without_tables_is_not_created_by_accident(shared_url: str) -> None:
    """A misspelt address is an error where nothing may be created."""
    with pytest.raises(StoreUnfit, match="dispatch init"):
        open_recorder(shared_url, create=False)
    if shared_url.startswith("sqlite"):
        assert not Path(shared_url.removeprefix("sqlite:///")).exists()


def set_schema_version(recorder: Recorder, version: int) -> None:
    """Pretend that another program made the tables."""
    with recorder.view_transaction() as cursor:
        cursor.execute("UPDATE store_schema SET version = ?", (version,))


@pytest.mark.parametrize("create", [True, False])
def test_newer_tables_are_refused(shared_url: str, create: bool) -> None:  # noqa: FBT001
    """An older program would write what the newer one does not expect."""
    with open_recorder(shared_url) as recorder:
        set_schema_version(recorder, 99)
    with pytest.raises(StoreUnfit, match="99"):
        open_recorder(shared_url, create=create)


def test_tables_of_another_application_are_left_alone(shared_url: str) -> None:
    """They may bear the same names."""
    table = "CREATE TABLE stored_events (theirs TEXT)"
    if shared_url.startswith("sqlite"):
        other = sqlite3.connect(shared_url.removeprefix("sqlite:///"))
        other.execute(table)
        other.close()
    else:
        with psycopg.connect(shared_url, autocommit=True) as connection:
            connection.execute(table)
    with pytest.raises(StoreUnfit, match="another application"):
        open_recorder(shared_url)


@pytest.mark.parametrize("value", ["y", "yes", "true", "1", "on"])
def test_an_append_without_the_lock_is_refused(recorder: Recorder, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The library's switch for it loses events of whoever tails the log."""
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", value)
    with pytest.raises(StoreUnfit, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        recorder.verify_settings()


@pytest.mark.parametrize("value", ["n", "no", "false", "0", ""])
def test_the_switch_may_be_off(recorder: Recorder, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Only its being on is refused."""
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", value)
    recorder.verify_settings()


def test_a_closed_recorder_refuses(recorder: Recorder) -> None:
    """It says that it is closed, for reading and for writing; closing twice is once."""
    recorder.close()
    recorder.close()
    with pytest.raises(InterfaceError, match="closed"):
        recorder.last_position()
    with pytest.raises(InterfaceError, match="closed"):
        recorder.insert_events([event(A, 1)], command=command("c-1"))


@pytest.mark.parametrize("url", ["", "mysql://host/db", "log.db", "sqlite://log.db", "sqlite:///", "file:x"])
def test_an_unknown_address_says_what_is_expected(url: str) -> None:
    """All the forms are named."""
    with pytest.raises(ValueError, match=r"sqlite:///file\.db.*postgresql://"):
        open_recorder(url)


def test_stores_in_memory_are_apart() -> None:
    """Each opening is a store of its own."""
    with open_recorder("sqlite:///:memory:") as one, open_recorder("sqlite:///:memory:") as other:
        fill(one, A)
        assert other.last_position() == 0


def test_a_file_is_found_from_where_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes are a relative path, and a later change of folder does not matter."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with open_recorder("sqlite:///my log 100%?#.db") as recorder:
        monkeypatch.chdir(tmp_path / "elsewhere")
        fill(recorder, A)
    assert (tmp_path / "my log 100%?#.db").exists()
    with open_recorder(f"sqlite:///{tmp_path}/my log 100%?#.db", create=False) as recorder:
        assert recorder.last_position() == 1


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """Nothing is created along the way."""
    with pytest.raises(StoreUnfit, match="missing does not exist"):
        open_recorder(f"sqlite:///{tmp_path}/missing/log.db")


def test_a_file_that_is_not_a_database_is_left_alone(tmp_path: Path) -> None:
    """A picture is not overwritten."""
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG" + bytes(5_000))
    with pytest.raises(DatabaseError, match="not a SQLite database"):
        open_recorder(f"sqlite:///{picture}")
    assert picture.read_bytes() == b"\x89PNG" + bytes(5_000)


@pytest.mark.parametrize("setting", ["synchronous = NORMAL", "journal_mode = DELETE"])
def test_a_file_that_could_lose_commits_is_refused(tmp_path: Path, setting: str) -> None:
    """A commit waits for the disk, and readers do not stop the writer."""
    with open_recorder(f"sqlite:///{tmp_path}/log.db") as recorder:
        with recorder._writer.borrow() as connection:  # type: ignore[attr-defined]
            connection.execute(f"PRAGMA {setting}")
        with pytest.raises(StoreUnfit, match=setting.partition(" ")[0]):
            recorder.verify_settings()


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Stream ids would be compared in another order."""
    other = sqlite3.connect(tmp_path / "log.db")
    other.execute("PRAGMA encoding = 'UTF-16'")
    other.execute("CREATE TABLE passing (x)")
    other.execute("DROP TABLE passing")
    other.close()
    with pytest.raises(StoreUnfit, match="encoding"):
        open_recorder(f"sqlite:///{tmp_path}/log.db")


def test_a_database_in_another_encoding_is_refused(postgres_database: str) -> None:
    """Chinese topics and names would not fit."""
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        try:
            with pytest.raises(StoreUnfit, match="LATIN1"):
                open_recorder(postgres_database.rpartition("/")[0] + "/old")
        finally:
            connection.execute("DROP DATABASE old")


@pytest.mark.parametrize("option", ["-csynchronous_commit=off", "-c%20synchronous_commit%3Doff&application_name=a+b"])
def test_a_server_that_acknowledges_too_early_is_refused(postgres_database: str, option: str) -> None:
    """An acknowledged command would be lost in a crash."""
    with pytest.raises(StoreUnfit, match="synchronous_commit"):
        open_recorder(with_option(postgres_database, f"options={option}"))


def test_libpq_reads_the_other_options(postgres_database: str) -> None:
    """They reach it as they were written, a plus sign too, and go before our defaults."""
    url = with_option(postgres_database, "application_name=a+b%20c")
    with open_recorder(url) as recorder, recorder.view_read() as cursor:
        cursor.execute("SHOW application_name")
        assert cursor.fetchone() == ("a+b c",)


def test_a_stricter_isolation_of_the_database_does_not_matter(postgres_database: str) -> None:
    """Under it, an append would not see what was stored while it waited for the lock."""
    url = with_option(postgres_database, "options=-cdefault_transaction_isolation%3Dserializable")
    with open_recorder(url) as recorder, recorder.view_transaction() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def test_each_schema_is_a_store(postgres_database: str) -> None:
    """A schema is created when it is missing, with a name to the letter."""
    names = ["north", 'So"uth ?']
    for count, name in enumerate(names, 1):
        with open_recorder(with_option(postgres_database, f"schema={name.replace('?', '%3F')}")) as recorder:
            fill(recorder, *[A] * count)
    for count, name in enumerate(names, 1):
        with psycopg.connect(postgres_database) as connection:
            connection.execute("SELECT set_config('search_path', quote_ident(%s), false)", (name,))
            assert connection.execute("SELECT count(*) FROM stored_events").fetchone() == (count,)


@pytest.mark.parametrize(
    "url",
    ["postgresql://dora:s3cr%t@host/db", "postgresql://dora:s3cr?t@host:port/db", "postgresql://dora:s3crt@[::1/db"],
)
def test_an_address_that_cannot_be_read_does_not_show_its_password(url: str) -> None:
    """It says what an address looks like instead."""
    with pytest.raises(ValueError, match="percent-encoded") as caught:
        open_recorder(url)
    assert "s3cr" not in str(caught.value)


def test_a_server_that_is_not_there_is_an_outage() -> None:
    """It may come back, so this is of the class that is tried again; the password stays hidden."""
    with pytest.raises(OperationalError) as caught:
        open_recorder("postgresql://dora:s3cret@127.0.0.1:1/db")
    assert "s3cret" not in str(caught.value)
