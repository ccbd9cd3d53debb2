"""Connections of the SQLite store: their errors by name, their cursor, and the one in memory."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import RLock
from time import monotonic, sleep
from typing import Any, Final

from eventsourcing import persistence

from dispatch.store.pool import CLOSED
from dispatch.store.rows import OperationalError, ProgrammingError
from dispatch.store.statements import ViewCursor, library_error

ADVICE: Final = {
    sqlite3.SQLITE_BUSY: "Another process holds the file; try again",
    sqlite3.SQLITE_FULL: "The disk is full; free some space and try again",
    sqlite3.SQLITE_IOERR: "The disk refused; it may be full or gone. Look the command up",
    sqlite3.SQLITE_READONLY: "The file cannot be written; check its permissions",
    sqlite3.SQLITE_CANTOPEN: "The file cannot be opened; check its path and permissions",
    sqlite3.SQLITE_NOTADB: "This file is not a SQLite database; check its path",
    sqlite3.SQLITE_CORRUPT: "The file is damaged; restore a copy",
}
OTHER_ADVICE: Final = "Nothing was stored"
RETRY_S: Final = 0.02


def named(error: sqlite3.Error) -> persistence.PersistenceError:
    """Give the library's error for one of the driver's, with advice."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the driver's own errors have none
    name = getattr(error, "sqlite_errorname", "no code")
    kind = ProgrammingError if code == sqlite3.SQLITE_ERROR else library_error(error)
    return kind(f"SQLite says: {error} [{name}]. {ADVICE.get(code, OTHER_ADVICE)}.")


@contextmanager
def named_errors() -> Iterator[None]:
    """Let the library's errors out in place of the driver's."""
    try:
        yield
    except sqlite3.Error as error:
        raise named(error) from None


class SQLiteCursor(ViewCursor):
    """
    A view's cursor on SQLite.

    Parameters
    ----------
    connection
        In a transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._cursor = connection.cursor()
        self.failed = False

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:  # noqa: D102 - inherited
        with self._failing():
            self._cursor.execute(sql, params)

    def executemany(self, sql: str, seq: Iterable[Sequence[Any]]) -> None:  # noqa: D102
        with self._failing():
            self._cursor.executemany(sql, seq)

    def has_table(self, name: str) -> bool:  # noqa: D102 - inherited
        self.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
        return self.fetchall() != []

    def alone(self, name: str) -> None:
        """Do nothing: a write transaction has the file to itself."""

    def fetchall(self) -> list[tuple[Any, ...]]:  # noqa: D102 - inherited
        with self._failing():
            return self._cursor.fetchall()

    def fetchone(self) -> tuple[Any, ...] | None:  # noqa: D102 - inherited
        with self._failing():
            row: tuple[Any, ...] | None = self._cursor.fetchone()
            return row

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.failed = True
            raise named(error) from None


class OneConnection:
    """
    The only connection of a database in memory, lent to one thread at a time.

    Parameters
    ----------
    connection
        The database lives as long as it does.
    wait_s
        Seconds that a thread waits for its turn.
    """

    def __init__(self, connection: sqlite3.Connection, *, wait_s: float) -> None:
        self._connection = connection
        self._wait_s = wait_s
        self._turn = RLock()
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """Lend it; the thread that has it may borrow it again."""
        if not self._turn.acquire(timeout=self._wait_s):
            raise OperationalError(f"The database in memory was in use for {self._wait_s:g} s. Try again.")
        try:
            if self._closed:
                raise persistence.InterfaceError(CLOSED)
            yield self._connection
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the database."""
        with self._turn:
            self._closed = True
            self._connection.close()


def is_usable(connection: sqlite3.Connection) -> bool:
    """Say whether a connection can be lent again: nothing may be left open on it."""
    return not connection.in_transaction


def roll_back(connection: sqlite3.Connection) -> None:
    """Undo what is open; when even that fails, the pool throws the connection away."""
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.rollback()


def pragma(connection: sqlite3.Connection, name: str) -> object:
    """Read one setting."""
    [(value,)] = connection.execute(f"PRAGMA {name}").fetchall()
    found: object = value
    return found


def use_wal(connection: sqlite3.Connection, *, wait_s: float) -> None:
    """
    Let readers and the writer of a file work side by side; the file remembers it.

    Parameters
    ----------
    wait_s
        Seconds to go on trying while others open the file too: SQLite answers those at once instead of
        waiting its busy timeout.
    """
    deadline = monotonic() + wait_s
    while True:
        try:
            if pragma(connection, "journal_mode") != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(RETRY_S)
        else:
            return
