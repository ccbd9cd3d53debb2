"""
Reading the log and the tables beside it: written once, in SQL that both stores understand.

A store adds how it connects and what its index of communities is called on.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn
from uuid import UUID

from eventsourcing.persistence import Notification, ProcessRecorder

from dispatch.store.rows import CommandRow, Parked, Row, StoredEvent
from dispatch.store.statements import (
    COMMAND_COLUMNS,
    EVENT_COLUMNS,
    FIRST_SINCE,
    HEADS,
    LAST_RECORDED_AT,
    just_after,
    make_row,
)


class LogReader(ProcessRecorder):
    """Everything that can be read from a store by one statement."""

    _community: ClassVar[str]
    """SQL that gives the first part of ``originator_id``; the index has the same text."""

    @abstractmethod
    def _fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Read by one statement."""

    # -- the log -------------------------------------------------------------------------

    def select_rows(
        self,
        *,
        gt: int = 0,
        lte: int | None = None,
        limit: int,
        prefix: str | None = None,
        topics: Sequence[str] = (),
    ) -> list[Row]:
        """
        Read the log as plain rows, ordered by position.

        Parameters
        ----------
        gt, lte
            Positions after `gt`, up to and including `lte`.
        limit
            Rows at most.
        prefix
            Start of the stream ids, compared byte by byte. ``"riverside/"`` reads one
            community by an index, in the order of positions, without touching another.
        topics
            Only these topics; all when empty.
        """
        where = ["position > ?"]
        values: list[Any] = [gt]
        if lte is not None:
            where.append("position <= ?")
            values.append(lte)
        if prefix:
            self._within(prefix, where, values)
        if topics:
            where.append(f"topic IN ({', '.join('?' * len(topics))})")
            values.extend(topics)
        rows = self._fetch(
            f"SELECT {EVENT_COLUMNS} FROM stored_events WHERE {' AND '.join(where)} ORDER BY position LIMIT ?",
            (*values, limit),
        )
        return list(map(make_row, rows))

    def _within(self, prefix: str, where: list[str], values: list[Any]) -> None:
        community, slash, _ = prefix.partition("/")
        if slash:
            # The index of communities gives the rows in the order of positions. The whole prefix
            # is then compared inside a CASE, because a planner believes that a bare comparison
            # leaves next to nothing, and would rather sort than follow the index.
            same = "CASE WHEN substr(originator_id, 1, ?) = ? THEN TRUE ELSE FALSE END"
            where += [f"{self._community} = ?", same]
            values += [community, len(prefix), prefix]
            return
        where.append("originator_id >= ?")
        values.append(prefix)
        end = just_after(prefix)
        if end is not None:
            where.append("originator_id < ?")
            values.append(end)

    def select_stream(self, stream: str, *, gt: int = 0, lte: int | None = None) -> list[Row]:
        """Read one stream, versions after `gt` up to and including `lte`, in their order."""
        rows = self._select_versions(stream, gt=gt, lte=lte, desc=False, limit=None)
        return list(map(make_row, rows))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read one stream as the library asks for it."""
        rows = self._select_versions(str(originator_id), gt=gt, lte=lte, desc=desc, limit=limit)
        return [StoredEvent(*row[1:]) for row in rows]

    def _select_versions(
        self, stream: str, *, gt: int | None, lte: int | None, desc: bool, limit: int | None
    ) -> list[tuple[Any, ...]]:
        sql = f"SELECT {EVENT_COLUMNS} FROM stored_events WHERE originator_id = ?"
        values: list[Any] = [stream]
        if gt is not None:
            sql += " AND originator_version > ?"
            values.append(gt)
        if lte is not None:
            sql += " AND originator_version <= ?"
            values.append(lte)
        sql += " ORDER BY originator_version" + (" DESC" if desc else "")
        if limit is not None:
            sql += " LIMIT ?"
            values.append(limit)
        return self._fetch(sql, values)

    def select_notifications(  # noqa: PLR0917 - the library's signature
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read the log as the library asks for it."""
        after = 0 if start is None else start - inclusive_of_start
        rows = self.select_rows(gt=after, lte=stop, limit=limit, topics=topics)
        return [
            Notification(
                id=row.position,
                originator_id=row.stream,
                originator_version=row.version,
                topic=row.topic,
                state=row.state,
            )
            for row in rows
        ]

    def max_notification_id(self) -> int | None:
        """Give the last position, or None when the log is empty, as the library asks for it."""
        last: int | None
        [(last,)] = self._fetch("SELECT max(position) FROM stored_events", ())
        return last

    def last_position(self) -> int:
        """Give the last position; 0 when the log is empty."""
        return self.max_notification_id() or 0

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NoReturn:
        """Refuse: the library starts threads for this; the engine rings and reads instead."""
        raise NotImplementedError("These recorders have no subscriptions. Read with select_rows(gt=…) when woken.")

    # -- commands ------------------------------------------------------------------------

    def select_command(self, command_id: str) -> CommandRow | None:
        """Look one command up, refusals included."""
        rows = self._fetch(f"SELECT {COMMAND_COLUMNS} FROM commands WHERE command_id = ?", (command_id,))
        return CommandRow(*rows[0]) if rows else None

    def select_commands(self, *, gt: int = 0, limit: int) -> list[CommandRow]:
        """List the commands that appended events after position `gt`, in their order."""
        rows = self._fetch(
            f"SELECT {COMMAND_COLUMNS} FROM commands WHERE last_position > ? ORDER BY last_position LIMIT ?",
            (gt, limit),
        )
        return [CommandRow(*row) for row in rows]

    def position_at(self, recorded_at: int) -> int:
        """
        Give the last position recorded at or before an instant.

        Parameters
        ----------
        recorded_at
            Microseconds since the Unix epoch, UTC.

        Returns
        -------
        int
            A position, or 0 when nothing was recorded by then.
        """
        # Positions and instants rise together, so the answer is found by halving. An index of
        # instants would be quicker, and would have to be kept by every save.
        low, high = 0, self.last_position()
        while low < high:
            middle = (low + high + 1) // 2
            rows = self._fetch(FIRST_SINCE, (middle,))
            if rows and rows[0][1] <= recorded_at:
                low = rows[0][0]
            else:
                high = middle - 1
        return low

    def last_recorded_at(self) -> int | None:
        """Give the instant of the last command in the log, µs since the Unix epoch, UTC."""
        rows = self._fetch(LAST_RECORDED_AT, ())
        return rows[0][0] if rows else None

    # -- followers and communities -------------------------------------------------------

    def max_tracking_id(self, application_name: str) -> int | None:
        """Give how far a follower has read; None when it has not begun."""
        rows = self._fetch("SELECT notification_id FROM tracking WHERE application_name = ?", (application_name,))
        return rows[0][0] if rows else None

    def communities(self) -> list[str]:
        """List the communities in the log, in the order of their bytes."""
        return list(self.community_heads())

    def community_heads(self) -> dict[str, int]:
        """Give the last position of each community, in the order of their bytes."""
        return dict(self._fetch(HEADS.format(community=self._community), ()))

    def parked(self) -> list[Parked]:
        """List the communities that stand still, in the order of their bytes."""
        rows = self._fetch("SELECT community, position, code, recorded_at FROM parked ORDER BY community", ())
        return [Parked(*row) for row in rows]
