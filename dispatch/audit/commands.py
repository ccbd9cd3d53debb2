"""The table of commands beside the log: one row for each save, so that neither loses or gains one alone."""

from __future__ import annotations

from collections.abc import Iterator

from ..store.journal import from_micros
from ..store.recorded import community_of
from ..store.recorders import CommandRow
from .report import Finding
from .saves import Save

CODE = "command_row"


class Commands:
    """
    Walks through the table of commands beside the saves of the log.

    Parameters
    ----------
    rows
        In the order of positions.
    community
        Only its rows count; all of them without one.
    """

    def __init__(self, rows: Iterator[CommandRow], *, community: str | None) -> None:
        self._rows = (row for row in rows if community is None or community_of(row.stream or "") == community)
        self._next = next(self._rows, None)
        self._taken: CommandRow | None = None

    def vouch(self, save: Save) -> Iterator[Finding]:
        """Give a save its witness, and yield what the table says otherwise than the log."""
        start, end = save.start, save.members[-1].row
        while self._next is not None and _last(self._next) < start.position:
            yield _without_save(self._take(self._next))
        if self._next is not None and _first(self._next) <= end.position:
            save.witness = self._take(self._next)
        elif self._taken is not None and _last(self._taken) >= start.position:
            save.witness = self._taken
        witness = save.witness
        if witness is None:
            detail = "No row of the table of commands speaks for this save."
            yield Finding(start.position, start.stream, CODE, detail)
            return
        problems: list[str] = []
        if save.command != witness.command_id:
            problems.append("another command id")
        if save.recorded_at != from_micros(witness.recorded_at):
            problems.append("another recorded_at")
        if (start.position, end.position) != (_first(witness), _last(witness)):
            problems.append(f"positions {_first(witness)} to {_last(witness)}")
        if problems:
            detail = f"The table of commands has, for {start.position} to {end.position}: {', '.join(problems)}."
            yield Finding(start.position, start.stream, CODE, detail)

    def rest(self, head: int) -> Iterator[Finding]:
        """Yield the rows that speak for positions after the end of the log."""
        while self._next is not None:
            row = self._take(self._next)
            if _last(row) > head:
                yield _without_save(row)

    def _take(self, row: CommandRow) -> CommandRow:
        self._taken, self._next = row, next(self._rows, None)
        return row


def _without_save(row: CommandRow) -> Finding:
    detail = f"Command {row.command_id} says positions {_first(row)} to {_last(row)}; no save of it is there."
    return Finding(_first(row), row.stream or "", CODE, detail)


def _first(row: CommandRow) -> int:
    return row.first_position or 0


def _last(row: CommandRow) -> int:
    return row.last_position or 0
