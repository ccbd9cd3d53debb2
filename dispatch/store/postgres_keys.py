"""
Keys in a schema of their own of a PostgreSQL database, best of another one than the log's.

PostgreSQL keeps old versions of rows until they are vacuumed, and everything in its write-ahead log
for a while. Erasing rewrites the table; what remains is said in ``docs/decisions/0006-sealing.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from eventsourcing.persistence import OperationalError
from psycopg.errors import Diagnostic

from .key_stores import KEYS, Result, SqlKeyStore
from .pool import Pool
from .postgres_connection import Connection, PostgresCursor, connect, is_usable, named_errors, quoted, split_url
from .recorders import StoreUnfit
from .statements import ViewCursor

WARNING: Final = "WARNING"

TABLES: Final = (
    """
    CREATE TABLE subject_keys (
        subject text COLLATE "C" PRIMARY KEY,
        key bytea NOT NULL,
        erased integer NOT NULL DEFAULT 0
    )
    """,
    "CREATE TABLE index_key (id integer PRIMARY KEY CHECK (id = 1), key bytea NOT NULL)",
    """
    CREATE TABLE finder (
        community text COLLATE "C" NOT NULL,
        digest bytea NOT NULL,
        subject text COLLATE "C" NOT NULL,
        PRIMARY KEY (community, digest, subject)
    )
    """,
    "CREATE INDEX finder_by_subject ON finder (community, subject)",
)


class PostgresKeys(SqlKeyStore):
    """
    Keys in one schema of a PostgreSQL database.

    Parameters
    ----------
    url
        ``postgresql://user:password@host/database``; a schema named in it is left out of account.
    schema
        Where the keys live; created when it is missing.
    lock_timeout_s
        Seconds that a statement waits for others, and a thread for the connection.

    Raises
    ------
    StoreUnfit
        The schema holds another application's tables, or the log's.
    Unavailable
        The server cannot be reached.
    """

    _share: ClassVar[str] = " FOR SHARE"

    def __init__(self, url: str, *, schema: str, lock_timeout_s: float = 30.0) -> None:
        super().__init__()
        self._conninfo, _ = split_url(url)
        self._schema = schema
        self._lock_timeout_s = lock_timeout_s
        self._connections = Pool(self._connect, usable=is_usable, size=1, wait_s=lock_timeout_s)
        try:
            with KEYS:
                self._run(self._create_tables, write=True)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connections.close()

    def _connect(self) -> Connection:
        return connect(self._conninfo, schema=self._schema, lock_timeout_s=self._lock_timeout_s)

    def _run(self, work: Callable[[ViewCursor], Result], *, write: bool) -> Result:
        try:
            return self._run_once(work, write=write)
        except OperationalError:
            # The server may have been restarted since the connection was opened. All that is done
            # here comes to the same when it is done twice.
            return self._run_once(work, write=write)

    def _run_once(self, work: Callable[[ViewCursor], Result], *, write: bool) -> Result:
        with named_errors(), self._connections.borrow() as connection:
            if not write:
                return work(PostgresCursor(connection))
            with connection.transaction():
                return work(PostgresCursor(connection))

    def _create_tables(self, cursor: ViewCursor) -> None:
        cursor.execute("SELECT to_regclass('subject_keys'), to_regclass('stored_events')")
        [(ours, log)] = cursor.fetchall()
        if log is not None:
            raise StoreUnfit(
                f"The schema {self._schema} holds the log. Keys need a schema or database of their own, with a "
                "backup of its own: name one, as in postgresql://host/database?schema=dispatch_keys."
            )
        if ours is not None:
            return
        cursor.alone(f"dispatch keys in {self._schema}")
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self._schema)}")
        cursor.execute("SELECT to_regclass('subject_keys')")
        [(ours,)] = cursor.fetchall()
        for statement in TABLES if ours is None else ():
            cursor.execute(statement)

    def _wipe(self) -> None:
        refused: list[str] = []

        def heard(notice: Diagnostic) -> None:
            if notice.severity_nonlocalized == WARNING:  # whom it is not permitted, VACUUM only warns
                refused.append(notice.message_primary or "")

        with named_errors(), self._connections.borrow() as connection:
            connection.add_notice_handler(heard)
            try:
                connection.execute("VACUUM (FULL) subject_keys")
                connection.execute("VACUUM (FULL) finder")
            finally:
                connection.remove_notice_handler(heard)
        if refused:
            raise OperationalError(
                f"This role may not VACUUM the key store, so erased keys stay in its files ({refused[0]}). "
                "Let it own the tables."
            )
