"""The log as an auditor holds it: raw rows, read only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from ..domain.errors import Unavailable
from ..store.journal import to_micros
from ..store.outage import Outage
from ..store.recorders import CommandRow, ProgrammingError, Recorder, Row, open_recorder

READING: Final = Outage("The log cannot be read now (missing, unreachable or locked). Nothing was changed. Try again.")


class Log:
    """
    A log that is only read; make one with `open_log`.

    Parameters
    ----------
    recorder
        Where it is stored.
    read_batch
        Rows per reading.
    """

    def __init__(self, recorder: Recorder, *, read_batch: int = 5_000) -> None:
        self._recorder = recorder
        self._batch = read_batch

    def head(self) -> int:
        """Return the last position, 0 for an empty log."""
        with READING:
            return self._recorder.last_position()

    def end(self, until: int | datetime | None) -> int:
        """Return the position that `until` means: itself, the last one recorded by then, or the head."""
        if until is None:
            return self.head()
        if isinstance(until, datetime):
            with READING:
                return self._recorder.position_at(to_micros(until))
        return min(until, self.head())

    def rows(
        self, *, gt: int = 0, lte: int | None = None, community: str | None = None, topics: Sequence[str] = ()
    ) -> Iterator[Row]:
        """Yield stored rows as they are, in the order of positions."""
        prefix = f"{community}/" if community is not None else None
        while True:
            with READING:
                rows = self._recorder.select_rows(gt=gt, lte=lte, limit=self._batch, prefix=prefix, topics=topics)
            yield from map(_plain, rows)
            if len(rows) < self._batch:
                return
            gt = rows[-1].position

    def commands(self) -> Iterator[CommandRow]:
        """Yield the rows of the commands that appended events, in the order of positions."""
        gt = 0
        while True:
            with READING:
                rows = self._recorder.select_commands(gt=gt, limit=self._batch)
            yield from rows
            if len(rows) < self._batch or rows[-1].last_position is None:
                return
            gt = rows[-1].last_position

    def command_at(self, position: int) -> CommandRow | None:
        """Return the row of the command that appended a position, by the table of commands."""
        with READING:
            rows = self._recorder.select_commands(gt=position - 1, limit=1)
        return rows[0] if rows and (rows[0].first_position or 0) <= position else None

    def close(self) -> None:
        """Close the connections."""
        self._recorder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_log(store_url: str, *, read_batch: int = 5_000) -> Log:
    """
    Open the log of a store for reading; nothing is created and nothing is written.

    Parameters
    ----------
    store_url
        ``sqlite:///community.db`` or ``postgresql://…``.
    read_batch
        Rows per reading.

    Raises
    ------
    Unavailable
        There is no such store, it is no store of this program, or it cannot be reached.
    CorruptHistory
        The file is damaged so much that the database refuses it.
    ValueError
        The address is of no known form.
    """
    with READING:
        try:
            recorder = open_recorder(store_url, create=False)
        except ProgrammingError as unfit:  # no tables, or those of another program: its message says what to do
            raise Unavailable(f"This log cannot be read. {unfit}", reason=type(unfit).__name__) from unfit
        return Log(recorder, read_batch=read_batch)


def _plain(row: Row) -> Row:
    """Return a row whose columns are of their types; SQLite stores what it is given, also by an attacker."""
    if type(row.stream) is str and type(row.topic) is str and type(row.version) is int:
        return row
    version = row.version if type(row.version) is int else 0
    return row._replace(stream=str(row.stream), topic=str(row.topic), version=version)
