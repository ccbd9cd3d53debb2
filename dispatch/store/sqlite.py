"""
The recorder on a SQLite file: no server, several processes, one writer at a time.

Every write begins with ``BEGIN IMMEDIATE``, so that it waits for its turn at the start instead
of failing in the middle, and every commit waits for the disk.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Any, ClassVar, Final

from eventsourcing import persistence

from dispatch.store import sqlite_schema
from dispatch.store.pool import Pool
from dispatch.store.rows import (
    ClockBehind,
    CommandKnown,
    CommandRow,
    Guard,
    ProgrammingError,
    StaleStream,
    StoredEvent,
    StoreUnfit,
    Tracking,
)
from dispatch.store.sql import Recorder
from dispatch.store.sqlite_connection import (
    OneConnection,
    SQLiteCursor,
    is_usable,
    named_errors,
    pragma,
    roll_back,
    use_wal,
)
from dispatch.store.statements import (
    CREATE_SCHEMA_ROW,
    EVENT_COLUMNS,
    HALF_DONE,
    INSERT_COMMAND,
    LAST_RECORDED_AT,
    SCHEMA_VERSION,
    ViewCursor,
    check_schema,
    command_values,
)

MEMORY: Final = ":memory:"
OLDEST: Final = (3, 35, 0)  # RETURNING
CACHE_KIB: Final = 16 * 1024
CHECKPOINT_PAGES: Final = 4_000
"""How far the write-ahead log grows (16 MiB) before it is written back: four times SQLite's own
measure, because the same index pages are written again and again, and once will do."""
WAL_LIMIT_BYTES: Final = 64 * 1024 * 1024

HEAD: Final = f"SELECT (SELECT max(position) FROM stored_events), ({LAST_RECORDED_AT})"
CURRENT_VERSION: Final = "SELECT coalesce(max(originator_version), 0) FROM stored_events WHERE originator_id = ?"
INSERT_EVENT: Final = f"INSERT INTO stored_events ({EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?)"
SAFE_SETTINGS: Final[dict[str, tuple[object, ...]]] = {
    "synchronous": (2, 3),  # FULL, EXTRA: a commit waits for the disk
    "journal_mode": ("wal",),
    "encoding": ("UTF-8",),  # stream ids are compared byte by byte
}


class SQLiteRecorder(Recorder):
    """
    A recorder on one SQLite file, or in memory for tests.

    Parameters
    ----------
    path
        Path of the file, or ``":memory:"``.
    create
        Whether a missing file is created; the tables are `migrate`'s.
    pool_size
        Connections for reading at most. There is one for writing.
    lock_timeout_s
        Seconds that a writer waits for its turn, among threads and among processes.
    """

    _community: ClassVar[str] = sqlite_schema.COMMUNITY

    def __init__(
        self,
        path: str | Path,
        *,
        create: bool = True,
        pool_size: int = 4,
        lock_timeout_s: float = 30.0,
    ) -> None:
        self._memory = str(path) == MEMORY
        self._mode = "rwc" if create else "rw"
        self._path = Path(path).absolute()
        self._lock_timeout_s = lock_timeout_s
        self._writing_thread: int | None = None
        self._writer: Pool[sqlite3.Connection] | OneConnection
        self._readers: Pool[sqlite3.Connection] | OneConnection
        if self._memory:
            self._writer = OneConnection(self._connect(), wait_s=lock_timeout_s)
            self._readers = self._writer
            return
        if not self._path.parent.is_dir():
            raise StoreUnfit(f"The folder {self._path.parent} does not exist. Create it, or name another file.")
        if not create and not self._path.exists():
            raise StoreUnfit(f"The file {self._path} does not exist. Create it: `dispatch init`.")
        self._writer = Pool(self._connect, usable=is_usable, size=1, wait_s=lock_timeout_s)
        self._readers = Pool(self._connect_reader, usable=is_usable, size=pool_size, wait_s=lock_timeout_s)

    def close(self) -> None:  # noqa: D102 - inherited
        self._readers.close()
        self._writer.close()

    # -- connections ---------------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        with named_errors():
            connection = sqlite3.connect(
                MEMORY if self._memory else f"{self._path.as_uri()}?mode={self._mode}",
                uri=not self._memory,
                timeout=self._lock_timeout_s,
                isolation_level=None,  # transactions are opened and closed here, by name
                check_same_thread=False,  # the pools lend a connection to one thread at a time
            )
            try:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
                connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
                connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
                # INSERT OR REPLACE deletes without the delete trigger unless triggers recurse.
                connection.execute("PRAGMA recursive_triggers = ON")
            except sqlite3.Error:
                connection.close()
                raise
            return connection

    def _connect_reader(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        if self._writing_thread == get_ident():
            raise ProgrammingError("This thread is writing already. End that transaction before the next write.")
        with named_errors(), self._writer.borrow() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._writing_thread = get_ident()
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                roll_back(connection)
                raise
            finally:
                self._writing_thread = None

    def _fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with named_errors(), self._readers.borrow() as connection:
            return connection.execute(sql, params).fetchall()

    @contextmanager
    def view_transaction(self) -> Iterator[ViewCursor]:  # noqa: D102 - inherited
        with self._write() as connection:
            cursor = SQLiteCursor(connection)
            yield cursor
            if cursor.failed:
                raise persistence.InternalError(HALF_DONE)

    @contextmanager
    def view_read(self) -> Iterator[ViewCursor]:  # noqa: D102 - inherited
        with named_errors(), self._readers.borrow() as connection:
            if connection.in_transaction:  # in memory, inside a transaction of this thread
                yield SQLiteCursor(connection)
                return
            connection.execute("PRAGMA query_only = ON")
            try:
                connection.execute("BEGIN")
                yield SQLiteCursor(connection)
            finally:
                roll_back(connection)
                if self._memory:  # the only connection is the writer's too
                    connection.execute("PRAGMA query_only = OFF")

    # -- set-up --------------------------------------------------------------------------

    def migrate(self) -> None:  # noqa: D102 - inherited
        if not self._memory:
            self._use_wal()
        with named_errors(), self._writer.borrow() as connection:
            version = schema_version(connection)
        if version is None:
            self.verify_settings()
            self._create_tables()
        else:
            check_schema(version)

    def _create_tables(self) -> None:
        with self._write() as connection:
            version = schema_version(connection)
            if version is not None:  # another process was faster
                check_schema(version)
                return
            if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                raise StoreUnfit(f"The file {self._path} holds tables of another application. Name another file.")
            for statement in sqlite_schema.STATEMENTS:
                connection.execute(statement)
            connection.execute(CREATE_SCHEMA_ROW)
            connection.execute("INSERT INTO store_schema (version) VALUES (?)", (SCHEMA_VERSION,))

    def _use_wal(self) -> None:
        """Let readers and the writer work side by side; the file remembers it."""
        with named_errors(), self._writer.borrow() as connection:
            use_wal(connection, wait_s=self._lock_timeout_s)

    def check_tables(self) -> None:  # noqa: D102 - inherited
        with named_errors(), self._readers.borrow() as connection:
            check_schema(schema_version(connection))

    def _verify_store(self) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise StoreUnfit(f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed.")
        with named_errors(), self._writer.borrow() as connection:
            found = {name: pragma(connection, name) for name in SAFE_SETTINGS}
        for name, value in found.items():
            if self._memory and name == "journal_mode":
                continue
            if value not in SAFE_SETTINGS[name]:
                expected = " or ".join(map(str, SAFE_SETTINGS[name]))
                raise StoreUnfit(f"SQLite's {name} is {value}; {expected} is needed.")

    # -- appending -----------------------------------------------------------------------

    def _freeze_log(self, cursor: ViewCursor) -> None:
        """Do nothing: a write transaction has the file to itself."""

    def _append(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        command: CommandRow | None,
        guards: Sequence[Guard],
        tracking: Tracking | None,
    ) -> int:
        with self._write() as connection:
            position, recorded_at = connection.execute(HEAD).fetchone()
            base: int = position or 0
            if command is not None:
                take_id(connection, command, span=(base, len(stored_events)), last=recorded_at)
            for stream, version in guards:
                current = current_version(connection, stream)
                if current != version:
                    raise StaleStream(stream, current)
            if command is not None:
                check_versions(connection, stored_events)
            insert(connection, stored_events, base=base)
            if tracking is not None:
                cursor = SQLiteCursor(connection)
                cursor.track(tracking.application_name, tracking.notification_id)
            return base


def schema_version(connection: sqlite3.Connection) -> int | None:
    """Read the version of the tables; None when there are none."""
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'store_schema'"
    if connection.execute(known).fetchone() is None:
        return None
    version: int
    [(version,)] = connection.execute("SELECT version FROM store_schema").fetchall()
    return version


def current_version(connection: sqlite3.Connection, stream: str) -> int:
    """Read the version of a stream; 0 when it does not exist."""
    version: int
    [(version,)] = connection.execute(CURRENT_VERSION, (stream,)).fetchall()
    return version


def take_id(connection: sqlite3.Connection, command: CommandRow, *, span: tuple[int, int], last: int | None) -> None:
    """Insert the command's row, unless its id is taken or its clock is behind."""
    base, count = span
    first_last = (base + 1, base + count) if count else (None, None)
    row = connection.execute(INSERT_COMMAND, command_values(command, *first_last)).fetchone()
    if row is None:
        raise CommandKnown(command.command_id)
    if last is not None and command.recorded_at < last:
        raise ClockBehind(last, command.recorded_at)


def check_versions(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    """Refuse a save whose events are not the next ones of their streams."""
    versions: dict[str, int] = {}
    for event in events:
        stream = str(event.originator_id)
        current = versions.get(stream)
        if current is None:
            current = current_version(connection, stream)
        if event.originator_version != current + 1:
            raise StaleStream(stream, current)
        versions[stream] = current + 1


def insert(connection: sqlite3.Connection, events: Sequence[StoredEvent], *, base: int) -> None:
    """Insert events after a position."""
    connection.executemany(
        INSERT_EVENT,
        [
            (position, str(event.originator_id), event.originator_version, event.topic, event.state)
            for position, event in enumerate(events, base + 1)
        ],
    )
