"""Connections of the PostgreSQL store: their errors by name, their cursor, how they are opened."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from eventsourcing import persistence
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from dispatch.store.rows import OperationalError
from dispatch.store.statements import ViewCursor, library_error

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

DEFAULTS: Final = {
    "connect_timeout": "10",
    "application_name": "dispatch",
    # A peer that has vanished is noticed within about a minute, not after hours.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
# Each statement of the append function must see what was committed before it. Rows are read by
# index from memory or a solid-state disk: at the price of a spinning disk the planner would sort.
SET_UP: Final = (
    b"SELECT set_config('default_transaction_isolation', 'read committed', false),"
    b" set_config('random_page_cost', '1.1', false),"
    b" set_config('search_path', %s, false), set_config('lock_timeout', %s, false)"
)
PIPELINE_ROWS: Final = 500
PIPELINE_BYTES: Final = 32 * 1024

PLACEHOLDERS: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\?|%""")


@lru_cache(maxsize=512)
def translated(sql: str) -> bytes:
    """Write ``?`` as psycopg's ``%s`` outside quotes, and double every ``%``."""

    def replace(match: re.Match[str]) -> str:
        text = match.group()
        return "%s" if text == "?" else text.replace("%", "%%")

    return PLACEHOLDERS.sub(replace, sql).encode()


def split_url(url: str) -> tuple[str, str]:
    """
    Take the schema out of a store's URL.

    Returns
    -------
    tuple[str, str]
        Connection string for libpq, with our defaults where it says nothing, and the schema.

    Raises
    ------
    ValueError
        The URL cannot be read.
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True))
        schema = options.pop("schema", "public")
        plain = parts._replace(query=urlencode(options, quote_via=quote)).geturl()
        said = {name: str(value) for name, value in conninfo_to_dict(plain).items()}
    except (ValueError, psycopg.ProgrammingError):
        # Their messages quote what they cannot read, and that may be the password.
        raise ValueError(
            "The address of the PostgreSQL store cannot be read. Expected "
            "postgresql://user:password@host:port/database?schema=name, with special characters "
            "of the password percent-encoded."
        ) from None
    return make_conninfo(**{**DEFAULTS, **said}), schema


def connect(conninfo: str, *, schema: str, lock_timeout_s: float) -> Connection:
    """
    Open one connection, set up so that every append keeps its promises.

    Raises
    ------
    OperationalError
        The server cannot be reached or refuses.
    """
    with named_errors():
        connection = psycopg.connect(conninfo, autocommit=True)
        try:
            connection.execute(SET_UP, (f"{quoted(schema)}, pg_temp", f"{round(lock_timeout_s * 1000)}ms"))
        except BaseException:
            connection.close()
            raise
        return connection


def quoted(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def is_usable(connection: Connection) -> bool:
    """Say whether a connection can be lent again: alive, and nothing open on it."""
    return not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE


def named(error: psycopg.Error) -> persistence.PersistenceError:
    """Give the library's error for one of the driver's; never its DETAIL, which may show a row."""
    kind = library_error(error)
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    code = error.sqlstate or "no code"
    if issubclass(kind, OperationalError):
        return kind(
            f"PostgreSQL did not answer as needed: {said} [{code}]. Try again; if a command was "
            "on its way, look its id up first."
        )
    return kind(f"PostgreSQL says: {said} [{code}]. Nothing was stored.")


@contextmanager
def named_errors() -> Iterator[None]:
    """Let the library's errors out in place of the driver's."""
    try:
        yield
    except psycopg.Error as error:
        raise named(error) from None


def weight(values: Sequence[Any]) -> int:
    """Estimate from above how many bytes a row of values takes on its way."""
    return sum(4 * len(value) + 8 if isinstance(value, str | bytes) else 32 for value in values)


def small_batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """Cut rows into batches that fit into a socket's buffer; a larger row stands alone."""
    batch: list[Sequence[Any]] = []
    size = 0
    for row in rows:
        more = weight(row)
        if batch and (size + more > PIPELINE_BYTES or len(batch) == PIPELINE_ROWS):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += more
    if batch:
        yield batch


class PostgresCursor(ViewCursor):
    """
    A view's cursor on PostgreSQL.

    Parameters
    ----------
    connection
        In a transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._cursor = connection.cursor()

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:  # noqa: D102 - inherited
        with named_errors():
            self._cursor.execute(translated(sql), params)

    def executemany(self, sql: str, seq: Iterable[Sequence[Any]]) -> None:  # noqa: D102
        query = translated(sql)
        with named_errors():
            # psycopg sends these through its pipeline, which can hang for ever when it has to
            # wait for the socket; so what is sent at once always fits into the socket's buffer.
            for batch in small_batches(seq):
                if len(batch) == 1:
                    self._cursor.execute(query, batch[0])
                else:
                    self._cursor.executemany(query, batch)

    def has_table(self, name: str) -> bool:  # noqa: D102 - inherited
        self.execute("SELECT to_regclass(?) IS NOT NULL", (quoted(name),))
        return self.fetchall() == [(True,)]

    def alone(self, name: str) -> None:  # noqa: D102 - inherited
        # Several may start at once, and CREATE ... IF NOT EXISTS is no help: it races.
        self.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (name,))
        # Its wait tells nobody what was created meanwhile: a connection that has looked for a table in vain would
        # still not find it. The lock of a table does tell.
        self.execute("LOCK TABLE pg_catalog.pg_class IN ACCESS SHARE MODE")

    def fetchall(self) -> list[tuple[Any, ...]]:  # noqa: D102 - inherited
        with named_errors():
            return self._cursor.fetchall()

    def fetchone(self) -> tuple[Any, ...] | None:  # noqa: D102 - inherited
        with named_errors():
            return self._cursor.fetchone()
