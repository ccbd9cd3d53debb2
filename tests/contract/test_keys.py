"""Keys of persons: never had, has, erased; minted once, erased for good, and no byte of them left behind."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from stat import S_IMODE
from threading import Thread, Timer
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from dispatch.domain.errors import Unavailable
from dispatch.domain.values import CommunityId
from dispatch.store.key_stores import KEY_BYTES, LOOKUP_MAX
from dispatch.store.keys import KeyStore, open_keys, subject_name
from dispatch.store.recorders import OperationalError, StoreUnfit, open_recorder
from tests.contract.journal_processes import start
from tests.servers import start_postgres
from tests.subprocesses import answers

RIVERSIDE = CommunityId("riverside")
NORTH = CommunityId("north")
ONE, TWO, THREE = (subject_name(RIVERSIDE, f"p-{n}") for n in (1, 2, 3))


@pytest.fixture
def keys(store_url: str) -> Iterator[KeyStore]:
    """Open the key store of an empty store."""
    opened = open_keys(store_url)
    yield opened
    opened.close()


@pytest.fixture
def keys_url(shared_url: str, tmp_path: Path) -> str:
    """Give the address of a key store that several processes may open."""
    return f"sqlite:///{tmp_path}/log.keys.db" if shared_url.startswith("sqlite") else shared_url


def one_key(keys: KeyStore, subject: str) -> bytes:
    """Give the key of a subject who has one, or mint it."""
    key = keys.keys([subject], mint=True)[subject]
    assert key is not None
    return key


# -- three states --------------------------------------------------------------------------


def test_never_had_has_and_erased_are_three_states(keys: KeyStore) -> None:
    """Absent, a key, `None`; asking makes no key."""
    assert keys.keys([ONE, TWO, THREE], mint=False) == {}
    key = one_key(keys, ONE)
    keys.erase(ONE)
    other = one_key(keys, TWO)
    assert (len(key), len(other), key != other) == (KEY_BYTES, KEY_BYTES, True)
    for mint in (False, False):
        assert keys.keys([ONE, TWO, THREE], mint=mint) == {ONE: None, TWO: other}


def test_a_key_is_minted_once(keys: KeyStore) -> None:
    """Whoever asks for it, and however often it is named."""
    key = one_key(keys, ONE)
    assert keys.keys([ONE, ONE, TWO, ONE], mint=True)[ONE] == key
    assert one_key(keys, ONE) == key
    assert keys.keys([], mint=True) == {}


def test_an_erased_key_is_never_made_again(keys: KeyStore) -> None:
    """Also when it is asked for together with others, and also when there never was one (P2)."""
    one_key(keys, ONE)
    keys.erase(ONE)
    keys.erase(ONE)
    keys.erase(TWO)
    found = keys.keys([ONE, TWO, THREE], mint=True)
    assert (found[ONE], found[TWO]) == (None, None)
    assert found[THREE] is not None
    assert keys.keys([ONE, TWO], mint=True) == {ONE: None, TWO: None}


def test_many_keys_are_minted_at_once(keys: KeyStore) -> None:
    """More than fit one statement, some of them there already and one erased."""
    subjects = [subject_name(RIVERSIDE, f"p-{n}") for n in range(2 * LOOKUP_MAX + 5)]
    before = dict(keys.keys(subjects[::3], mint=True))
    keys.erase(subjects[0])
    found = keys.keys(subjects, mint=True)
    assert set(found) == set(subjects)
    assert found[subjects[0]] is None
    assert {name: found[name] for name in subjects[3::3]} == {name: before[name] for name in subjects[3::3]}
    assert len({found[name] for name in subjects}) == len(subjects)
    assert keys.keys(subjects, mint=False) == found


def test_keys_are_there_when_the_store_is_opened_again(shared_url: str) -> None:
    """And what was erased is erased."""
    first = open_keys(shared_url)
    key, digest = one_key(first, ONE), first.index(RIVERSIDE, "phone", "1")
    first.erase(TWO)
    first.close()
    again = open_keys(shared_url)
    assert again.keys([ONE, TWO, THREE], mint=False) == {ONE: key, TWO: None}
    assert again.index(RIVERSIDE, "phone", "1") == digest
    again.close()


# -- several at once -----------------------------------------------------------------------


def test_processes_agree_on_every_key(keys_url: str) -> None:
    """Four mint the same subjects in different orders at the same time."""
    told = answers([start("mint", keys_url, f"process {n}", 120) for n in range(4)])
    assert len(told[0]) == 120
    assert len(set(told[0].values())) == 120
    assert told == [told[0]] * 4


def test_a_key_that_is_erased_while_others_mint_stays_erased(keys_url: str) -> None:
    """Three mint while one erases: in the end no erased subject has a key, and nobody else lost one."""
    count = 90
    minters = [start("mint", keys_url, f"process {n}", count) for n in range(3)]
    *minted, erasing = answers([*minters, start("erase", keys_url, "eraser", count)])
    keys = open_keys("sqlite:///unused.db", keys_url)
    names = [f"riverside/p-{n}" for n in range(count)]
    found = keys.keys(names, mint=True)
    keys.close()
    assert [name for name in names if found[name] is None] == sorted(erasing["erased"], key=names.index)
    for one in minted:
        kept = {name: key for name, key in one.items() if name not in erasing["erased"]}
        assert kept == {name: key.hex() for name, key in found.items() if key is not None}


def test_threads_share_a_key_store(keys: KeyStore) -> None:
    """Minting, erasing, remembering and finding, all at the same time."""
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for n in range(20):
                key = keys.keys([subject_name(RIVERSIDE, f"p-{n}")], mint=True)
                assert list(key.values()) != [None]
                mine = f"r-{number}x{n}"
                keys.remember(RIVERSIDE, {mine: [keys.index(RIVERSIDE, "phone", mine)]})
                assert keys.find(RIVERSIDE, [keys.index(RIVERSIDE, "phone", mine)]) == (mine,)
                keys.erase(subject_name(RIVERSIDE, mine))
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(keys.keys([subject_name(RIVERSIDE, f"p-{n}") for n in range(20)], mint=False)) == 20


def test_a_new_file_that_another_opens_too_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses at once while a file changes its journal, whatever the busy timeout; the store tries again."""
    file = tmp_path / "log.keys.db"
    file.touch(mode=0o600)
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        leaves = Timer(0.2, other.rollback)
        leaves.start()
        open_keys("sqlite:///unused.db", f"sqlite:///{file}").close()
        leaves.join()


def test_a_forked_child_has_a_connection_of_its_own(keys_url: str) -> None:
    """Parent and child mint through a store that the parent has opened."""
    keys = open_keys("sqlite:///unused.db", keys_url)
    before = one_key(keys, ONE)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, one_key(keys, ONE) + one_key(keys, TWO))
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as pipe:
        found = pipe.read()
    assert found == before + one_key(keys, TWO)
    assert one_key(keys, ONE) == before
    keys.close()


# -- the index -----------------------------------------------------------------------------


def digests(keys: KeyStore, *texts: str) -> list[bytes]:
    """Give the digests of some phones."""
    return [keys.index(RIVERSIDE, "phone", text) for text in texts]


def test_a_digest_is_keyed_and_tells_community_kind_and_text_apart(keys: KeyStore) -> None:
    """Whatever they hold, and in another store it is another one."""
    parts = [(RIVERSIDE, "phone", "1"), (NORTH, "phone", "1"), (RIVERSIDE, "door", "1"), (RIVERSIDE, "phone", "2")]
    parts += [(RIVERSIDE, "phon", "e1"), (CommunityId("riversidep"), "hone", "1"), (RIVERSIDE, "phone", "1\x00")]
    made = [keys.index(*part) for part in parts]
    assert len(set(made)) == len(parts)
    assert {len(digest) for digest in made} == {32}
    assert [keys.index(*part) for part in parts] == made
    stranger = open_keys("sqlite:///:memory:")
    assert stranger.index(*parts[0]) != made[0]
    stranger.close()


def test_a_subject_is_found_by_all_digests_together(keys: KeyStore) -> None:
    """Several persons may share a phone; one person may have two."""
    one, two, three = digests(keys, "1", "2", "3")
    keys.remember(RIVERSIDE, {"p-1": [one, two], "p-2": [one]})
    keys.remember(RIVERSIDE, {"p-1": [one], "p-3": [three]})
    keys.remember(NORTH, {"p-9": [one]})
    assert keys.find(RIVERSIDE, [one]) == ("p-1", "p-2")
    assert keys.find(RIVERSIDE, [one, two]) == keys.find(RIVERSIDE, [two]) == ("p-1",)
    assert keys.find(RIVERSIDE, [two, three]) == keys.find(RIVERSIDE, [bytes(32)]) == keys.find(RIVERSIDE, []) == ()
    assert keys.find(NORTH, [one]) == ("p-9",)


def test_an_erased_subject_is_not_found_and_not_remembered_again(keys: KeyStore) -> None:
    """P5: no row of the index is left, and none comes back; others keep theirs."""
    one, two = digests(keys, "1", "2")
    keys.remember(RIVERSIDE, {"p-1": [one, two], "p-2": [one]})
    keys.remember(NORTH, {"p-1": [one]})
    keys.erase(ONE)
    keys.remember(RIVERSIDE, {"p-1": [one, two], "p-3": [two]})
    assert keys.find(RIVERSIDE, [one]) == ("p-2",)
    assert keys.find(RIVERSIDE, [two]) == ("p-3",)
    assert keys.find(NORTH, [one]) == ("p-1",)


# -- no byte left --------------------------------------------------------------------------


def files_of(path: Path) -> dict[str, bytes]:
    """Read a SQLite database with everything that stands beside it."""
    return {file.name: file.read_bytes() for file in path.parent.glob(f"{path.name}*")}


def test_no_file_holds_an_erased_key(tmp_path: Path) -> None:
    """Neither the database nor its logs; nor digests of the index; those who stay keep theirs."""
    path = tmp_path / "log.keys.db"
    keys = open_keys(f"sqlite:///{tmp_path}/log.db")
    subjects = [f"p-{n * 7919 % 1_000}" for n in range(1_000)]
    names = {subject: subject_name(RIVERSIDE, subject) for subject in subjects}
    secret: dict[str, list[bytes]] = {}
    for start_at in range(0, 1_000, 40):
        part = subjects[start_at : start_at + 40]
        found = {subject: digests(keys, f"{subject}/1", f"{subject}/2") for subject in part}
        keys.remember(RIVERSIDE, found)
        minted = keys.keys([names[subject] for subject in part], mint=False)
        secret |= {subject: [minted[names[subject]] or b"", *found[subject]] for subject in part}
    going = subjects[::3]
    present = b"".join(files_of(path).values())
    assert all(piece in present for pieces in secret.values() for piece in pieces)
    for subject in going:
        keys.erase(names[subject])
    for moment in ("while it is open", "after it was closed"):
        left = {
            (name, subject)
            for name, content in files_of(path).items()
            for subject in going
            for piece in secret[subject]
            if piece in content
        }
        assert left == set(), moment
        kept = b"".join(files_of(path).values())
        assert all(piece in kept for subject in set(subjects) - set(going) for piece in secret[subject]), moment
        keys.close()


def test_an_erasure_that_could_not_empty_the_log_says_so(tmp_path: Path) -> None:
    """Somebody is reading; erased again when they have gone, nothing is left."""
    path = tmp_path / "log.keys.db"
    keys = open_keys("sqlite:///unused.db", f"sqlite:///{path}", lock_timeout_s=0.1)
    key = one_key(keys, ONE)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM subject_keys").fetchall()
        with pytest.raises(Unavailable):
            keys.erase(ONE)
        assert keys.keys([ONE], mint=True) == {ONE: None}
        reader.execute("ROLLBACK")
    keys.erase(ONE)
    assert key not in b"".join(files_of(path).values())
    keys.close()


def test_no_table_of_postgresql_holds_an_erased_key() -> None:
    """The files of the database are searched; its write-ahead log is not ours to clean (decision 0006)."""
    with start_postgres() as server:
        keys = open_keys(server.url)
        subjects = [subject_name(RIVERSIDE, f"p-{n}") for n in range(300)]
        found = keys.keys(subjects, mint=True)
        phone = {subject: keys.index(RIVERSIDE, "phone", subject) for subject in subjects}
        keys.remember(RIVERSIDE, {subject.partition("/")[2]: [phone[subject]] for subject in subjects})
        flush(server.url)
        before = tables(server.folder)
        assert all(pieces in before for s in subjects for pieces in (found[s] or b"", phone[s]))
        going = last_row_of_first_page(server.url)
        for subject in going:
            keys.erase(subject)
        flush(server.url)
        after = tables(server.folder)
        for subject in going:
            assert (found[subject] or b"") not in after
            assert phone[subject] not in after
        assert all(pieces in after for s in set(subjects) - set(going) for pieces in (found[s] or b"", phone[s]))
        keys.close()


def last_row_of_first_page(url: str) -> list[str]:
    """Find the subject whose bytes would stay in the file if the table were cleaned and not written anew."""
    with psycopg.connect(url) as connection:
        return [
            subject
            for (subject,) in connection.execute(
                "SELECT subject FROM dispatch_keys.subject_keys WHERE ctid < '(1,0)' ORDER BY ctid DESC LIMIT 1"
            )
        ]


def flush(url: str) -> None:
    """Let the server write to its files what it holds in memory."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def tables(folder: Path) -> bytes:
    """Read all tables of a server."""
    return b"".join(file.read_bytes() for file in (folder / "data" / "base").rglob("*") if file.is_file())


def test_a_role_that_may_not_clean_is_told(postgres_database: str) -> None:
    """PostgreSQL only warns and does nothing: that would leave the bytes of an erased key in the table."""
    owner = open_keys(postgres_database)
    role = f"limited_{os.getpid()}"
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        name = sql.Identifier(role)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'limited'").format(name))
        try:
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA dispatch_keys TO {}").format(name))
            tables_of = sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dispatch_keys TO {}")
            connection.execute(tables_of.format(name))
            parts = urlsplit(postgres_database)
            url = parts._replace(netloc=f"{role}:limited@{parts.netloc.rpartition('@')[2]}").geturl()
            limited = open_keys(url)
            one_key(limited, ONE)
            with pytest.raises(Unavailable) as caught:
                limited.erase(ONE)
            assert isinstance(caught.value.__cause__, OperationalError)
            assert "may not VACUUM" in str(caught.value.__cause__)
            limited.close()
            owner.erase(ONE)
        finally:
            owner.close()
            connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
            connection.execute(sql.SQL("DROP ROLE {}").format(name))


# -- who may read --------------------------------------------------------------------------


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    """Whatever the mask of the process says: the database and its logs are of mode 0600."""
    before = os.umask(0)
    try:
        keys = open_keys(f"sqlite:///{tmp_path}/log.db")
        one_key(keys, ONE)
    finally:
        os.umask(before)
    modes = {file.name: S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {"log.keys.db": 0o600, "log.keys.db-wal": 0o600, "log.keys.db-shm": 0o600}
    keys.close()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_keys_that_others_may_read_are_refused(tmp_path: Path, mode: int) -> None:
    """The program does not start; mended, it does."""
    path = tmp_path / "log.keys.db"
    open_keys(f"sqlite:///{tmp_path}/log.db").close()
    path.chmod(mode)
    with pytest.raises(StoreUnfit, match="chmod 600"):
        open_keys(f"sqlite:///{tmp_path}/log.db")
    path.chmod(0o600)
    open_keys(f"sqlite:///{tmp_path}/log.db").close()


# -- where they are ------------------------------------------------------------------------


def test_keys_stand_beside_the_log_and_never_in_it(tmp_path: Path) -> None:
    """A file of their own; naming the log's own file is refused, whichever came first."""
    log = f"sqlite:///{tmp_path}/community.db"
    with open_recorder(log):
        open_keys(log).close()
    assert {file.name for file in tmp_path.glob("*.db")} == {"community.db", "community.keys.db"}
    (tmp_path / "community.db").chmod(0o600)
    with pytest.raises(StoreUnfit, match="tables of another application"):
        open_keys(log, log)
    with pytest.raises(StoreUnfit):
        open_recorder(f"sqlite:///{tmp_path}/community.keys.db")


def test_keys_have_a_schema_of_their_own(postgres_database: str) -> None:
    """Beside the log's schema, or where they are told to be; never in the log's."""

    def schemas() -> set[str]:
        with psycopg.connect(postgres_database) as connection:
            rows = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'subject_keys'").fetchall()
        return {name for (name,) in rows}

    open_keys(postgres_database).close()
    assert schemas() == {"dispatch_keys"}
    open_keys(f"{postgres_database}?schema=west").close()
    assert schemas() == {"dispatch_keys", "west_keys"}
    open_keys("sqlite:///log.db", f"{postgres_database}?schema=vault").close()
    assert schemas() == {"dispatch_keys", "west_keys", "vault"}
    with open_recorder(f"{postgres_database}?schema=log"), pytest.raises(StoreUnfit, match="holds the log"):
        open_keys(postgres_database, f"{postgres_database}?schema=log")


def test_paths_are_taken_as_they_are_written(tmp_path: Path) -> None:
    """Two logs never share keys because of a mark in their names."""
    for name in ("a#1.db", "a#2.db", "b?x.db", "c%20d.db"):
        log = f"sqlite:///{tmp_path}/{name}"
        keys = open_keys(log)
        one_key(keys, ONE)
        keys.close()
    made = {file.name for file in tmp_path.glob("*.db")}
    assert made == {"a#1.keys.db", "a#2.keys.db", "b?x.keys.db", "c%20d.keys.db"}


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///", "mysql://x/y", "log.db", "redis://x"])
def test_other_addresses_are_refused(url: str) -> None:
    """Before anything is created."""
    with pytest.raises(ValueError, match="neither sqlite:/// nor postgresql://"):
        open_keys(url)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """It is not created: that a disk is not mounted must show."""
    with pytest.raises(StoreUnfit, match="does not exist"):
        open_keys(f"sqlite:///{tmp_path}/nowhere/log.db")


# -- outages -------------------------------------------------------------------------------


def test_a_store_that_is_held_locked_is_unavailable(tmp_path: Path) -> None:
    """Reading still works; when the lock is gone, minting does."""
    path = tmp_path / "log.keys.db"
    keys = open_keys("sqlite:///unused.db", f"sqlite:///{path}", lock_timeout_s=0.1)
    key = one_key(keys, ONE)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        for say in (lambda: keys.keys([TWO], mint=True), lambda: keys.erase(ONE)):
            with pytest.raises(Unavailable):
                say()
        assert keys.keys([ONE, TWO], mint=False) == {ONE: key}
        holder.execute("ROLLBACK")
    assert set(keys.keys([ONE, TWO], mint=True)) == {ONE, TWO}
    keys.close()


def test_a_connection_that_was_cut_is_opened_again(postgres_database: str) -> None:
    """Nobody notices: everything a key store does comes to the same when it is done twice."""
    keys = open_keys(postgres_database)
    key = one_key(keys, ONE)
    results: list[Mapping[str, bytes | None]] = []
    for n in range(3):
        with psycopg.connect(postgres_database, autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        results.append(keys.keys([ONE, subject_name(RIVERSIDE, f"p-{n + 5}")], mint=True))
    assert [result[ONE] for result in results] == [key] * 3
    keys.close()


def test_a_server_that_is_gone_is_unavailable() -> None:
    """Whatever is asked of it."""
    with start_postgres() as server:
        keys = open_keys(server.url)
        one_key(keys, ONE)
        server.stop()
        for say in (
            *(lambda: keys.keys([ONE], mint=False), lambda: keys.keys([TWO], mint=True), lambda: keys.erase(ONE)),
            *(lambda: keys.index(RIVERSIDE, "phone", "1"), lambda: keys.find(RIVERSIDE, [b"x"])),
            *(lambda: keys.remember(RIVERSIDE, {"p-1": [b"x"]}), lambda: open_keys(server.url)),
        ):
            with pytest.raises(Unavailable):
                say()
        keys.close()
