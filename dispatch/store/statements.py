"""SQL that both stores understand, and the cursor that carries it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from eventsourcing import persistence

from dispatch.store.rows import CommandRow, IntegrityError, Row, StoreUnfit

SCHEMA_VERSION: Final = 1

EVENT_COLUMNS: Final = "position, originator_id, originator_version, topic, state"
COMMAND_COLUMNS: Final = "command_id, digest, actor, recorded_at, outcome, stream, first_position, last_position"
INSERT_COMMAND: Final = (
    f"INSERT INTO commands ({COMMAND_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (command_id) DO NOTHING RETURNING command_id"
)
LAST_RECORDED_AT: Final = (
    "SELECT recorded_at FROM commands WHERE last_position IS NOT NULL ORDER BY last_position DESC LIMIT 1"
)
FIRST_SINCE: Final = (
    "SELECT last_position, recorded_at FROM commands WHERE last_position >= ? ORDER BY last_position LIMIT 1"
)
# From one community to the next along their index: two steps for each, whatever they hold.
HEADS: Final = """
WITH RECURSIVE known (community) AS (
    SELECT min({community}) FROM stored_events
    UNION ALL
    SELECT (SELECT min({community}) FROM stored_events WHERE {community} > known.community)
    FROM known WHERE known.community IS NOT NULL
)
SELECT community, (SELECT max(position) FROM stored_events WHERE {community} = known.community)
FROM known WHERE community IS NOT NULL
"""
CREATE_SCHEMA_ROW: Final = "CREATE TABLE store_schema (version INTEGER NOT NULL)"
HALF_DONE: Final = (
    "A statement of this transaction failed and the block went on. Nothing was stored. Let the error leave the block."
)
LAST_CODE_POINT: Final = "\U0010ffff"

make_row = partial(tuple.__new__, Row)
"""``Row._make`` without its check of the length: reading a whole log spends its time here."""

LIBRARY_ERRORS: Final = {
    kind.__name__: kind
    for kind in (
        persistence.InterfaceError,
        persistence.DatabaseError,
        persistence.DataError,
        persistence.OperationalError,
        persistence.IntegrityError,
        persistence.InternalError,
        persistence.ProgrammingError,
        persistence.NotSupportedError,
    )
}


def library_error(error: Exception) -> type[persistence.PersistenceError]:
    """Give the library's class for a driver's error; both take their names from PEP 249."""
    for kind in type(error).__mro__:
        if kind.__name__ in LIBRARY_ERRORS:
            return LIBRARY_ERRORS[kind.__name__]
    return persistence.PersistenceError


def check_schema(version: int | None) -> None:
    """
    Refuse a store whose tables this code does not know.

    Raises
    ------
    StoreUnfit
        No tables, or tables of another version.
    """
    if version is None:
        raise StoreUnfit("The store has no tables yet. Create them: `dispatch init`.")
    if version > SCHEMA_VERSION:
        raise StoreUnfit(
            f"The store's tables are of version {version} and this program knows versions up to "
            f"{SCHEMA_VERSION}. Use the newer program that made them."
        )


class ViewCursor(ABC):
    """
    Statements of one transaction, with ``?`` for values on every store.

    A ``?`` inside quotes is left alone. Answers are plain tuples.
    """

    @abstractmethod
    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run one statement."""

    @abstractmethod
    def executemany(self, sql: str, seq: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""

    @abstractmethod
    def fetchall(self) -> list[tuple[Any, ...]]:
        """Give the remaining rows of the last statement."""

    @abstractmethod
    def fetchone(self) -> tuple[Any, ...] | None:
        """Give the next row of the last statement, or None after the last."""

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Say whether a table is there."""

    @abstractmethod
    def alone(self, name: str) -> None:
        """Go on when nobody else is behind the same name; until this transaction ends, nobody is."""

    def track(self, name: str, position: int) -> None:
        """
        Say first in a transaction how far a view will have read after it.

        Raises
        ------
        IntegrityError
            Another process is already there or further: leave this transaction.
        """
        self.execute(
            "INSERT INTO tracking (application_name, notification_id) VALUES (?, ?)"
            " ON CONFLICT (application_name) DO UPDATE"
            " SET notification_id = excluded.notification_id"
            " WHERE tracking.notification_id < excluded.notification_id"
            " RETURNING notification_id",
            (name, position),
        )
        if self.fetchone() is None:
            raise already_tracked(name, position)

    def reset_tracking(self, name: str) -> None:
        """Forget how far a view has read, so that it can be rebuilt from the first position."""
        self.execute("DELETE FROM tracking WHERE application_name = ?", (name,))


def already_tracked(name: str, position: int) -> IntegrityError:
    """Give the error for a follower that does not move forwards."""
    return IntegrityError(
        f"{name} was to be tracked at position {position} but is already there or further. "
        "Nothing was stored. Read from its present position."
    )


def command_values(command: CommandRow, first: int | None, last: int | None) -> tuple[str | int | bytes | None, ...]:
    """Give the values of a command's row, in the order of `COMMAND_COLUMNS`."""
    return (
        command.command_id,
        command.digest,
        command.actor,
        command.recorded_at,
        command.outcome,
        command.stream,
        first,
        last,
    )


def tiling(rows: Iterable[CommandRow], *, end: int) -> Iterator[CommandRow]:
    """
    Pass command rows on while their positions follow one another from 1 to `end`.

    Raises
    ------
    IntegrityError
        A position is left out, named twice, or not in the log.
    """
    expected = 1
    for row in rows:
        first, last = row.first_position, row.last_position
        if first != expected or last is None or not first <= last <= end:
            raise IntegrityError(
                f"Command {row.command_id} says positions {first} to {last}; position "
                f"{expected} was expected next in a log of {end}. Nothing was changed."
            )
        expected = last + 1
        yield row
    if expected <= end:
        raise IntegrityError(
            f"The command rows end before position {expected} of a log of {end}. "
            "Nothing was changed. Read the log to its end."
        )


def just_after(prefix: str) -> str | None:
    """Give the smallest text after all texts with this prefix, in byte order; None if none is."""
    stem = prefix.rstrip(LAST_CODE_POINT)
    if not stem:
        return None
    following = chr(ord(stem[-1]) + 1)
    if following == "\ud800":  # surrogates are no text: the next character stands behind them
        following = "\ue000"
    return stem[:-1] + following
