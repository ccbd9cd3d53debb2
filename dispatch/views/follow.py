"""Following the log: one batch, one transaction, the tracking row first in it."""

from __future__ import annotations

from threading import RLock
from typing import Final

from ..domain.errors import Conflict
from ..domain.values import CommunityId, request_of
from ..store.journal import Journal
from ..store.outage import Outage
from ..store.recorders import IntegrityError, ViewCursor
from . import board, tables, timeline
from .board import BoardLine
from .folding import Folded, Folder
from .timeline import TimelineLine

LOST_RACES_MAX = 1_000
FOLLOWING: Final = Outage(
    "The store cannot be reached or written now, so the views stand still. Mend it: they go on where they were."
)


class LostRaceError(Exception):
    """Somebody else was faster; nothing was written."""


class Views:
    """
    The board and the timeline of every community, in own tables beside the log.

    Any number of processes may follow at the same time: each batch is written once, by whoever is
    first, and no event is left out. A community with a row that cannot be read is parked at that row;
    the others go on, and it catches up by itself after it is unparked.

    Parameters
    ----------
    journal
        The log to follow. Missing tables are created.
    batch
        Events per transaction.
    """

    def __init__(self, journal: Journal, *, batch: int = 500) -> None:
        self._recorder = journal.recorder
        self._batch = batch
        self._folder = Folder(self._recorder)
        self._lock = RLock()
        with FOLLOWING:
            tables.create(self._recorder)

    def follow(self) -> int:
        """
        Catch up with the log as it is at the call.

        Returns
        -------
        int
            Events that this call applied; what other processes applied meanwhile is not counted.

        Raises
        ------
        Conflict
            Other processes began anew again and again.
        Unavailable
            The store cannot be reached or written.
        """
        applied, lost = 0, 0
        with self._lock, FOLLOWING:
            head = self._recorder.last_position()
            for community in self._resumable():
                applied += self._resume(community)
            while (position := self._recorder.max_tracking_id(tables.NAME) or 0) < head:
                try:
                    applied += self._step(position, head)
                except (LostRaceError, IntegrityError):
                    lost += 1
                    if lost > LOST_RACES_MAX:
                        raise Conflict("The views were begun anew by others all the time. Follow again.") from None
        return applied

    def rebuild(self) -> int:
        """Drop every row and follow from the first position; returns the events applied."""
        with self._lock, FOLLOWING:
            with self._recorder.view_transaction() as cursor:
                tables.empty(cursor)
            self._folder.forget()
        return self.follow()

    def lag(self) -> int:
        """Return how many positions the views are behind the log."""
        with FOLLOWING:
            return self._recorder.last_position() - (self._recorder.max_tracking_id(tables.NAME) or 0)

    def board(self, community: CommunityId) -> tuple[BoardLine, ...]:
        """Return every leg of every open request, most urgent first."""
        with FOLLOWING, self._recorder.view_read() as cursor:
            cursor.execute(board.SELECT, (community,))
            return board.lines_of(cursor.fetchall())

    def timeline(
        self, community: CommunityId, *, about: str | None = None, limit: int = 1_000
    ) -> tuple[TimelineLine, ...]:
        """
        Return the latest `limit` lines, oldest first.

        Parameters
        ----------
        about
            Id of a request (or of a leg or offer of it), a responder or a resident; everything without one.
        """
        columns = ", ".join(f"t.{name.strip()}" for name in tables.TIMELINE_COLUMNS.split(","))
        if about is None:
            sql = f"SELECT {columns} FROM view_timeline t WHERE t.community = ? ORDER BY t.position DESC LIMIT ?"
            values: tuple[str | int, ...] = (community, limit)
        else:
            sql = (
                f"SELECT {columns} FROM view_about a JOIN view_timeline t ON t.position = a.position"
                " WHERE a.community = ? AND a.about = ? ORDER BY a.position DESC LIMIT ?"
            )
            values = (community, request_of(about), limit)
        with FOLLOWING, self._recorder.view_read() as cursor:
            cursor.execute(sql, values)
            rows = cursor.fetchall()
        return tuple(timeline.from_row(row) for row in reversed(rows))

    # -- one batch -----------------------------------------------------------------------

    def _step(self, position: int, head: int) -> int:
        rows = self._recorder.select_rows(gt=position, lte=head, limit=self._batch)
        end = rows[-1].position if len(rows) == self._batch else head
        stopped = self._stopped()
        folded = self._folder.fold(rows, stopped=stopped)
        self._park(folded)
        with self._recorder.view_transaction() as cursor:
            cursor.track(tables.NAME, end)
            _advance(cursor, position, end)
            if _stopped(cursor) != stopped:
                raise LostRaceError
            _write(cursor, folded)
            cursor.executemany(
                "INSERT INTO view_stopped (community, position) VALUES (?, ?)",
                [(stop.community, stop.position) for stop in folded.stops.values()],
            )
        return len(folded.timeline)

    def _park(self, folded: Folded) -> None:
        if not folded.stops:
            return
        at = self._recorder.last_recorded_at() or 0
        for stop in folded.stops.values():
            self._recorder.park(stop.community, stop.damaged, stop.code, at)

    # -- communities that stand still ----------------------------------------------------

    def _stopped(self) -> dict[str, int]:
        with self._recorder.view_read() as cursor:
            return _stopped(cursor)

    def _resumable(self) -> list[CommunityId]:
        stopped = self._stopped()
        if not stopped:
            return []
        parked = {row.community for row in self._recorder.parked()}
        return [CommunityId(name) for name in sorted(stopped) if name not in parked]

    def _resume(self, community: CommunityId) -> int:
        """Fold what a community has missed while it stood still, up to where the others are."""
        applied = 0
        while (position := self._stopped().get(community)) is not None:
            target = self._recorder.max_tracking_id(tables.NAME) or 0
            rows = self._recorder.select_rows(gt=position, lte=target, limit=self._batch, prefix=f"{community}/")
            folded = self._folder.fold(rows, stopped=())
            self._park(folded)
            stop = folded.stops.get(community)
            end = stop.position if stop else rows[-1].position if len(rows) == self._batch else target
            with self._recorder.view_transaction() as cursor:
                done = _locked_position(cursor) == end and stop is None
                if _stopped(cursor).get(community) != position:
                    continue
                _write(cursor, folded)
                if done:
                    cursor.execute("DELETE FROM view_stopped WHERE community = ?", (community,))
                else:
                    cursor.execute("UPDATE view_stopped SET position = ? WHERE community = ?", (end, community))
            applied += len(folded.timeline)
            if stop is not None:
                break
        return applied


def _stopped(cursor: ViewCursor) -> dict[str, int]:
    cursor.execute("SELECT community, position FROM view_stopped")
    return dict(cursor.fetchall())


def _advance(cursor: ViewCursor, position: int, end: int) -> None:
    """Move the progress from exactly `position`: a batch read from elsewhere would skip or repeat events."""
    cursor.execute(
        "UPDATE view_progress SET position = ? WHERE name = ? AND position = ? RETURNING position",
        (end, tables.NAME, position),
    )
    if cursor.fetchone() is None:
        raise LostRaceError


def _locked_position(cursor: ViewCursor) -> int:
    """Return how far the views have read, and keep it there until this transaction ends."""
    cursor.execute("UPDATE view_progress SET position = position WHERE name = ? RETURNING position", (tables.NAME,))
    row = cursor.fetchone()
    return int(row[0]) if row is not None else 0


def _write(cursor: ViewCursor, folded: Folded) -> None:
    cursor.executemany("DELETE FROM view_board WHERE community = ? AND request = ?", list(folded.requests))
    _insert(cursor, "view_board", tables.BOARD_COLUMNS, rows=folded.board())
    cursor.executemany(
        "DELETE FROM view_shortfalls WHERE community = ? AND request = ? AND leg = ?", list(folded.shortfalls)
    )
    known = [(*key, *value) for key, value in folded.shortfalls.items() if value is not None]
    _insert(cursor, "view_shortfalls", "community, request, leg, missing, relaxation", rows=known)
    cursor.executemany("DELETE FROM view_shortfalls WHERE community = ? AND request = ?", list(folded.ended))
    named = [(*key, name) for key, name in folded.buildings.items()]
    _insert(cursor, "view_buildings", "community, building, name", rows=named)
    _insert(cursor, "view_timeline", tables.TIMELINE_COLUMNS, rows=folded.timeline)
    _insert(cursor, "view_about", "community, about, position", rows=folded.about)


def _insert(cursor: ViewCursor, table: str, columns: str, *, rows: board.Rows) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
