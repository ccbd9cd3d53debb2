"""
Keys in a SQLite file that only its owner may read.

Erasing writes the file anew and empties the write-ahead log, so that no file holds an erased key.
What the disk or a copy of the file may still hold is said in ``docs/decisions/0006-sealing.md``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE
from typing import Final

from eventsourcing.persistence import DatabaseError, OperationalError

from .key_stores import KEYS, Result, SqlKeyStore
from .pool import Pool
from .recorders import StoreUnfit
from .sqlite_connection import OneConnection, SQLiteCursor, named_errors, roll_back, use_wal
from .statements import ViewCursor

MEMORY: Final = ":memory:"
OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077
SET_UP: Final = (
    "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
)

# The rows of `subject_keys` are stored in the order of their making and keep their length, so
# SQLite never moves one.
TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS subject_keys (
        id INTEGER PRIMARY KEY,
        subject TEXT NOT NULL UNIQUE,
        key BLOB NOT NULL,
        erased INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE TABLE IF NOT EXISTS index_key (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS finder (
        community TEXT NOT NULL,
        digest BLOB NOT NULL,
        subject TEXT NOT NULL,
        PRIMARY KEY (community, digest, subject)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS finder_by_subject ON finder (community, subject)",
)


class SqliteKeys(SqlKeyStore):
    """
    Keys in a SQLite file of mode 0600, or in memory for tests.

    Parameters
    ----------
    path
        Path of the file, or ``":memory:"``.
    lock_timeout_s
        Seconds that a writer waits for its turn, among threads and among processes.

    Raises
    ------
    StoreUnfit
        Others than the owner may read the file, its folder is missing, or it is another database.
    Unavailable
        The file cannot be opened or written.
    """

    def __init__(self, path: str | Path, *, lock_timeout_s: float = 30.0) -> None:
        super().__init__()
        self._memory = str(path) == MEMORY
        self._path = Path(path).absolute()
        self._lock_timeout_s = lock_timeout_s
        self._connections: Pool[sqlite3.Connection] | OneConnection
        if self._memory:
            self._connections = OneConnection(self._connect(), wait_s=lock_timeout_s)
        else:
            _make_private(self._path)
            self._connections = Pool(self._connect, usable=_is_sound, size=1, wait_s=lock_timeout_s)
        try:
            with KEYS:
                self._run(_create_tables, write=True)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connections.close()

    def _connect(self) -> sqlite3.Connection:
        with named_errors():
            connection = sqlite3.connect(
                MEMORY if self._memory else f"{self._path.as_uri()}?mode=rw",
                uri=not self._memory,
                timeout=self._lock_timeout_s,
                isolation_level=None,
                check_same_thread=False,  # the pool lends it to one thread at a time
            )
            try:
                for statement in SET_UP:
                    connection.execute(statement)
                if not self._memory:
                    use_wal(connection, wait_s=self._lock_timeout_s)
            except sqlite3.Error:
                connection.close()
                raise
            return connection

    def _run(self, work: Callable[[ViewCursor], Result], *, write: bool) -> Result:
        with named_errors(), self._connections.borrow() as connection:
            try:
                if write:
                    connection.execute("BEGIN IMMEDIATE")
                result = work(SQLiteCursor(connection))
                if write:
                    connection.execute("COMMIT")
            except BaseException as error:
                roll_back(connection)
                if isinstance(error, DatabaseError | sqlite3.Error) and not self._memory:
                    connection.close()  # the next call opens another
                raise
            return result

    def _wipe(self) -> None:
        if self._memory:
            return
        with named_errors(), self._connections.borrow() as connection:
            # What a page gave away when it was merged with another stays in its gap, secure_delete or not.
            connection.execute("VACUUM")
            [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if busy:
            raise OperationalError("Another process is reading the key store, so its write-ahead log was not emptied.")


def _create_tables(cursor: ViewCursor) -> None:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = {name for (name,) in cursor.fetchall()}
    if names and "subject_keys" not in names:
        raise StoreUnfit(
            "The key store's file holds tables of another application, perhaps the log itself. Keys need a file "
            "of their own, with a backup of its own: name another one, as in sqlite:///community.keys.db."
        )
    for statement in TABLES:
        cursor.execute(statement)


def _make_private(path: Path) -> None:
    """Create the file for its owner alone, or refuse one that others may read."""
    if not path.parent.is_dir():
        raise StoreUnfit(f"The folder {path.parent} of the key store does not exist. Create it, or name another file.")
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(FileNotFoundError):
            if S_IMODE(file.stat().st_mode) & OTHERS:
                raise StoreUnfit(
                    f"Others than its owner may read {file}, which holds keys. Take that away (chmod 600) and "
                    "consider who may have copied it."
                )


def _is_sound(connection: sqlite3.Connection) -> bool:
    try:
        return not connection.in_transaction
    except sqlite3.ProgrammingError:  # closed
        return False
