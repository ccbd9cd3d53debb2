"""
The recorder on PostgreSQL: an append is one call of one function of the server.

One call is one round trip and one transaction, so no other client can come between its checks
and its inserts, and nothing of it goes through psycopg's pipeline.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import psycopg
from eventsourcing import persistence
from psycopg.pq import TransactionStatus

from dispatch.store import postgres_schema
from dispatch.store.pool import Pool
from dispatch.store.postgres_connection import (
    Connection,
    PostgresCursor,
    connect,
    is_usable,
    named,
    named_errors,
    quoted,
    split_url,
    translated,
)
from dispatch.store.rows import (
    ClockBehind,
    CommandKnown,
    CommandRow,
    Guard,
    StaleStream,
    StoredEvent,
    StoreUnfit,
    Tracking,
)
from dispatch.store.sql import Recorder
from dispatch.store.statements import (
    CREATE_SCHEMA_ROW,
    HALF_DONE,
    SCHEMA_VERSION,
    ViewCursor,
    already_tracked,
    check_schema,
)

APPEND: Final = (
    b"SELECT append_events(%b::text[], %b::bigint[], %b::text[], %b::bytea[],"
    b" %b::text[], %b::bigint[],"
    b" %b::text, %b::bytea, %b::text, %b::bigint, %b::text, %b::text, %b::text, %b::bigint)"
)
BEGIN: Final = b"BEGIN"
BEGIN_READ: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
SAFE_SETTINGS: Final = "SELECT current_setting('server_encoding'), current_setting('synchronous_commit')"


class PostgresRecorder(Recorder):
    """
    A recorder on one schema of a PostgreSQL database.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/database?schema=name``; the schema is ``public``
        when none is named. Other parameters are libpq's.
    pool_size
        Connections at most; opened when they are needed, none in the background.
    lock_timeout_s
        Seconds that a writer waits for its turn, and a caller for a connection.

    Raises
    ------
    ValueError
        The URL cannot be read.
    """

    _community: ClassVar[str] = postgres_schema.COMMUNITY

    def __init__(self, url: str, *, pool_size: int = 4, lock_timeout_s: float = 30.0) -> None:
        self._conninfo, self._schema = split_url(url)
        self._lock_timeout_s = lock_timeout_s
        self._pool = Pool(self._connect, usable=is_usable, size=pool_size, wait_s=lock_timeout_s)

    def close(self) -> None:  # noqa: D102 - inherited
        self._pool.close()

    # -- connections ---------------------------------------------------------------------

    def _connect(self) -> Connection:
        return connect(self._conninfo, schema=self._schema, lock_timeout_s=self._lock_timeout_s)

    def _fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with named_errors():
            rows = self._read(sql, params)
            if rows is None:
                rows = self._read(sql, params, last=True)
            return rows or []

    def _read(self, sql: str, params: Sequence[Any], *, last: bool = False) -> list[tuple[Any, ...]] | None:
        """Read; None when the connection was lost, which a restart of the server explains."""
        with self._pool.borrow() as connection:
            try:
                return connection.execute(translated(sql), params, binary=True).fetchall()
            except psycopg.OperationalError:
                if last or not connection.closed:
                    raise
                return None  # the pool throws it away, and reading twice changes nothing

    @contextmanager
    def _transaction(self, begin: bytes) -> Iterator[PostgresCursor]:
        with named_errors(), self._pool.borrow() as connection:
            connection.execute(begin)
            try:
                yield PostgresCursor(connection)
            except BaseException:
                if not connection.closed:
                    connection.rollback()
                raise
            if connection.info.transaction_status == TransactionStatus.INERROR:
                connection.rollback()  # what COMMIT would do as well, without telling
                raise persistence.InternalError(HALF_DONE)
            connection.commit()

    @contextmanager
    def view_transaction(self) -> Iterator[ViewCursor]:  # noqa: D102 - inherited
        with self._transaction(BEGIN) as cursor:
            yield cursor

    @contextmanager
    def view_read(self) -> Iterator[ViewCursor]:  # noqa: D102 - inherited
        with self._transaction(BEGIN_READ) as cursor:
            yield cursor

    # -- set-up --------------------------------------------------------------------------

    def migrate(self) -> None:  # noqa: D102 - inherited
        version = self._schema_version()
        if version is None:
            self.verify_settings()
            self._create_tables()
        else:
            check_schema(version)

    def _create_tables(self) -> None:
        with self._transaction(BEGIN) as cursor:
            cursor.alone(f"dispatch tables in {self._schema}")
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self._schema)}")
            cursor.execute("SELECT to_regclass('store_schema'), to_regclass('stored_events')")
            [(ours, events)] = cursor.fetchall()
            if ours is not None:  # another process was faster
                cursor.execute("SELECT version FROM store_schema")
                [(version,)] = cursor.fetchall()
                check_schema(version)
                return
            if events is not None:
                raise StoreUnfit(
                    f"The schema {self._schema} holds tables of another application. Name another schema: ?schema=name."
                )
            for statement in postgres_schema.STATEMENTS:
                cursor.execute(statement)
            cursor.execute(CREATE_SCHEMA_ROW)
            cursor.execute("INSERT INTO store_schema (version) VALUES (?)", (SCHEMA_VERSION,))

    def _schema_version(self) -> int | None:
        [(found,)] = self._fetch("SELECT to_regclass('store_schema')::text", ())
        if found is None:
            return None
        [(version,)] = self._fetch("SELECT version FROM store_schema", ())
        known: int = version
        return known

    def check_tables(self) -> None:  # noqa: D102 - inherited
        check_schema(self._schema_version())

    def _verify_store(self) -> None:
        [(encoding, synchronous_commit)] = self._fetch(SAFE_SETTINGS, ())
        if encoding != "UTF8":
            raise StoreUnfit(
                f"The database's server_encoding is {encoding}; UTF8 is needed. Create it with ENCODING 'UTF8'."
            )
        if synchronous_commit == "off":
            raise StoreUnfit(
                "synchronous_commit is off: the server would acknowledge commands that a crash "
                "can lose. Turn it on, at least for this role."
            )

    # -- appending -----------------------------------------------------------------------

    def _freeze_log(self, cursor: ViewCursor) -> None:
        cursor.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")

    def _append(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        command: CommandRow | None,
        guards: Sequence[Guard],
        tracking: Tracking | None,
    ) -> int:
        values = (
            [str(event.originator_id) for event in stored_events],
            [event.originator_version for event in stored_events],
            [event.topic for event in stored_events],
            [event.state for event in stored_events],
            [guard.stream for guard in guards],
            [guard.version for guard in guards],
            *command_arguments(command),
            tracking and tracking.application_name,
            tracking and tracking.notification_id,
        )
        try:
            # Autocommit: the call is the transaction. No retry here, ever: when the answer is
            # lost the events may be stored, and only the caller can look.
            with self._pool.borrow() as connection:
                call = connection.execute(APPEND, values, prepare=True, binary=True)
                [(base,)] = call.fetchall()
        except psycopg.Error as error:
            raise answered(error, command=command, tracking=tracking) from None
        position: int = base
        return position


def command_arguments(command: CommandRow | None) -> tuple[str | int | bytes | None, ...]:
    """Give the arguments of the append function that describe a command."""
    if command is None:
        return (None,) * 6
    return (
        command.command_id,
        command.digest,
        command.actor,
        command.recorded_at,
        command.outcome,
        command.stream,
    )


def answered(
    error: psycopg.Error, *, command: CommandRow | None, tracking: Tracking | None
) -> persistence.PersistenceError:
    """Give the error that a caller can act on for one that the append function raised."""
    detail, hint = error.diag.message_detail or "", error.diag.message_hint or ""
    match error.sqlstate:
        case postgres_schema.KNOWN if command is not None:
            return CommandKnown(command.command_id)
        case postgres_schema.BEHIND if command is not None:
            return ClockBehind(int(detail), command.recorded_at)
        case postgres_schema.STALE:
            return StaleStream(detail, int(hint))
        case postgres_schema.TRACKED if tracking is not None:
            return already_tracked(tracking.application_name, tracking.notification_id)
        case _:
            return named(error)
