"""
The recorder that both stores share.

A store adds how it connects, how it names its errors, and how it appends.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from os import environ
from types import TracebackType
from typing import Self

from eventsourcing.utils import strtobool

from dispatch.store.reading import LogReader
from dispatch.store.rows import (
    DONE,
    CommandKnown,
    CommandRow,
    Guard,
    StoredEvent,
    StoreUnfit,
    Tracking,
    check_size,
)
from dispatch.store.statements import INSERT_COMMAND, ViewCursor, command_values, tiling


class Recorder(LogReader):
    """
    One log of events with dense positions, its commands, and the tables beside it.

    All methods may be called from several threads and several processes. Nothing is retried
    on a write: when the answer to a commit is lost, the caller gets an ``OperationalError`` and
    looks its command id up. Every error is one of the eventsourcing library's
    ``PersistenceError`` tree.

    Notes
    -----
    ``docs/decisions/0003-own-recorders.md`` tells why these are ours and not the library's.
    """

    # -- what a store adds ---------------------------------------------------------------

    @abstractmethod
    def _append(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        command: CommandRow | None,
        guards: Sequence[Guard],
        tracking: Tracking | None,
    ) -> int:
        """Append in one transaction; give the position before the first event."""

    @abstractmethod
    def view_transaction(self) -> AbstractContextManager[ViewCursor]:
        """Open a write transaction; it commits when the block ends without an error."""

    @abstractmethod
    def view_read(self) -> AbstractContextManager[ViewCursor]:
        """Open a read-only transaction that sees one moment of the store."""

    @abstractmethod
    def _freeze_log(self, cursor: ViewCursor) -> None:
        """Keep every other writer from appending until this transaction ends."""

    @abstractmethod
    def migrate(self) -> None:
        """
        Create the tables once; harmless when they are there, and safe when several start.

        Raises
        ------
        StoreUnfit
            The tables are of a newer version, or another application's.
        """

    @abstractmethod
    def check_tables(self) -> None:
        """
        Refuse a store without tables, or with tables of a newer version.

        Raises
        ------
        StoreUnfit
            The message says which.
        """

    @abstractmethod
    def _verify_store(self) -> None:
        """Refuse settings of the store under which promises cannot be kept."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections; a closed recorder refuses every call."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def verify_settings(self) -> None:
        """
        Refuse to run where an acknowledged command could be lost or missed.

        Raises
        ------
        StoreUnfit
            A setting of the environment or of the store is unsafe; the message names it.
        """
        name = "POSTGRES_ENABLE_DB_FUNCTIONS"
        if strtobool(environ.get(name) or "no"):
            raise StoreUnfit(
                f"{name} is set. With it the eventsourcing library appends without its table "
                "lock, and whoever tails the log misses events. Unset it."
            )
        self._verify_store()

    # -- appending -----------------------------------------------------------------------

    def insert_events(  # type: ignore[override] # the library's **kwargs, named
        self,
        stored_events: Sequence[StoredEvent],
        *,
        command: CommandRow | None = None,
        guards: Sequence[Guard] = (),
        tracking: Tracking | None = None,
    ) -> Sequence[int]:
        """
        Append the events of one command, all or nothing.

        The checks run inside the transaction, under the lock, in this order: is the command
        known, is the clock behind, have guarded streams moved, does every event carry the next
        version of its stream. The last one is made only with a command; without one the
        recorder behaves as the library's do, and only a version that is taken is refused.

        Parameters
        ----------
        stored_events
            At most 2,000 events, 4 MiB of states, 64 KiB in one state. None at all is legal
            with a command: it records a repeat that changed nothing.
        command
            Its row, without positions.
        guards
            Streams that were only read.
        tracking
            How far a follower has read, recorded in the same transaction.

        Returns
        -------
        Sequence[int]
            Positions of the events, consecutive.

        Raises
        ------
        CommandKnown
            The command id is taken.
        ClockBehind
            The command bears an earlier instant than the last one in the log.
        StaleStream
            A stream has moved.
        SaveTooLarge
            Split the command.
        OperationalError
            The store cannot be reached, is full, or stayed locked. If it was lost during the
            commit, the events may be stored: look the command id up.
        """
        check_size(stored_events)
        base = self._append(stored_events, command=command, guards=guards, tracking=tracking)
        return list(range(base + 1, base + 1 + len(stored_events)))

    def insert_tracking(self, tracking: Tracking) -> None:
        """Record how far a follower has read; only forwards."""
        with self.view_transaction() as cursor:
            cursor.track(tracking.application_name, tracking.notification_id)

    # -- commands ------------------------------------------------------------------------

    def record_refusal(self, command: CommandRow) -> None:
        """
        Record that a command was refused: its row, no event.

        Raises
        ------
        CommandKnown
            The command id is taken.
        ValueError
            The outcome says that the command was carried out.
        """
        if command.outcome == DONE:
            raise ValueError(f"Command {command.command_id} is done, which is not a refusal.")
        with self.view_transaction() as cursor:
            cursor.execute(INSERT_COMMAND, command_values(command, None, None))
            if cursor.fetchone() is None:
                raise CommandKnown(command.command_id)

    def rebuild_commands(self, rows: Iterable[CommandRow]) -> int:
        """
        Put the command rows that the log vouches for in place of the present ones.

        Refusals and commands without events are not in the log and stay as they are.

        Parameters
        ----------
        rows
            One row per save, in the order of positions, reaching from position 1 to the end of
            the log. Consumed inside the transaction, while nobody can append: a generator that
            reads the log is what this is for.

        Returns
        -------
        int
            How many rows there are now.

        Raises
        ------
        IntegrityError
            The rows leave a position out, or name one twice. Nothing was changed.
        CommandKnown
            A row's id belongs to a refusal, or comes twice. Nothing was changed.
        """
        count = 0
        with self.view_transaction() as cursor:
            self._freeze_log(cursor)
            cursor.execute("DELETE FROM commands WHERE last_position IS NOT NULL")
            cursor.execute("SELECT coalesce(max(position), 0) FROM stored_events")
            [(end,)] = cursor.fetchall()
            for row in tiling(rows, end=end):
                values = command_values(row, row.first_position, row.last_position)
                cursor.execute(INSERT_COMMAND, values)
                if cursor.fetchone() is None:
                    raise CommandKnown(row.command_id)
                count += 1
        return count

    # -- communities that stand still ----------------------------------------------------

    def park(  # noqa: PLR0917 - a row, as `parked` gives it
        self, community: str, position: int, code: str, recorded_at: int
    ) -> None:
        """Let a community stand still at a row that cannot be decoded; twice says it anew."""
        with self.view_transaction() as cursor:
            cursor.execute(
                "INSERT INTO parked (community, position, code, recorded_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (community) DO UPDATE SET position = excluded.position,"
                " code = excluded.code, recorded_at = excluded.recorded_at",
                (community, position, code, recorded_at),
            )

    def unpark(self, community: str) -> None:
        """Let a community go on; one that is not parked goes on anyway."""
        with self.view_transaction() as cursor:
            cursor.execute("DELETE FROM parked WHERE community = ?", (community,))
