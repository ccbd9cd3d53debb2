"""A sheet as rows of cells under known columns, with the row numbers that a spreadsheet shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from dispatch.domain.text import is_blank

from .columns import Column, column_of
from .problems import Problem, RowError, RowProblem, SheetError, SheetProblem

FILE_BYTES_MAX = 32 * 1024 * 1024
"""Bytes of one file."""

ROWS_MAX = 50_000
"""Rows with content in one sheet, the header left out."""

COLUMNS_MAX = 64
"""Columns of one sheet."""

CELL_CHARACTERS_MAX = 4_000
"""Characters in one cell; a longer one keeps its row from being imported."""

HEADER_ROWS_MAX = 5
"""Rows with content among which the column names are looked for: a title may stand above them."""

_HEADERS_KNOWN_MIN = 2
_HEADER_SHOWN_MAX = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that holds no value: a formula or an error."""

    code: RowProblem


Cell = str | int | float | bool | date | datetime | time | timedelta | Fault | None
"""What a cell holds; `None` is blank. A `datetime` has no zone, a whole `float` became an `int`."""

RawRow = tuple[int, Sequence[Cell]]
"""Row number from 1, and the cells from column A on."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """
    One row with content.

    Attributes
    ----------
    number
        From 1, as a spreadsheet shows it.
    cells
        What stands under the known columns, blanks left out. Personal.
    problems
        What is wrong with the row whatever it means: an overlong cell, cells without a header.
    """

    number: int
    cells: Mapping[Column, Cell] = field(repr=False)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class UnknownHeader:
    """A column that is not imported because its name is unknown; at most 40 characters of it."""

    sheet: str | None
    cell: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One sheet, read.

    Attributes
    ----------
    title
        `None` for CSV.
    columns
        Where each known column stands, from 0 for A.
    rows
        Rows with content below the header, in order.
    blank
        Number of blank rows above the last row with content.
    above_header
        Numbers of the rows with content above the column names; they are not data.
    unknown_headers
        Columns that are not imported.
    """

    title: str | None
    columns: Mapping[Column, int]
    rows: tuple[SheetRow, ...]
    blank: int = 0
    above_header: tuple[int, ...] = ()
    unknown_headers: tuple[UnknownHeader, ...] = ()

    def cell_address(self, column: Column, row: int) -> str | None:
        """Return where a cell stands, as «D7»; `None` when the sheet has no such column."""
        at = self.columns.get(column)
        return None if at is None else cell_address(at, row)


def cell_address(column: int, row: int) -> str:
    """Return «D7» for column 3 (from 0) and row 7 (from 1)."""
    letters = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row}"


def is_blank_cell(cell: Cell) -> bool:
    """Tell whether a cell shows nothing."""
    return cell is None or (isinstance(cell, str) and is_blank(cell))


def cell_text(cell: Cell) -> str:
    """
    Return what a cell says as text; whole numbers without a fraction («501»).

    Raises
    ------
    RowError
        A date, a formula or another value that is no text.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Fault):
        raise RowError(cell.code)
    if isinstance(cell, date):
        raise RowError(RowProblem.DATE_IN_TEXT_CELL)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    raise RowError(RowProblem.WRONG_TYPE)


def make_sheet(raw_rows: Iterable[RawRow], title: str | None = None, *, ragged_is_wrong: bool = False) -> Sheet | None:
    """
    Find the column names and put the rows under them; `None` when no cell holds anything.

    Parameters
    ----------
    raw_rows
        All rows in order, blank ones too.
    title
        Title of the sheet; `None` for CSV.
    ragged_is_wrong
        Whether content to the right of the last header is a problem of its row, as in CSV, where
        it means an unquoted comma. In xlsx such a column is reported as one without a name.

    Raises
    ------
    SheetError
        No column names, two of one meaning, too many columns or rows.
    """
    above: list[int] = []
    blank = 0
    rows = iter(raw_rows)
    for number, cells in rows:
        if all(map(is_blank_cell, cells)):
            blank += 1
            continue
        _check_width(cells)
        if sum(column_of(text) is not None for _, text in _texts(cells)) >= _HEADERS_KNOWN_MIN:
            header = _Header(title, number, cells, ragged_is_wrong=ragged_is_wrong)
            return header.sheet(rows, blank=blank, above=tuple(above))
        above.append(number)
        if len(above) == HEADER_ROWS_MAX:
            break
    if not above:
        return None
    hint = "name the columns in one row, for example 楼栋, 楼层, 电梯 or building, floors, lift"
    raise SheetError(SheetProblem.NO_HEADER, hint, rows=len(above))


def _texts(cells: Sequence[Cell]) -> list[tuple[int, str]]:
    return [(at, cell) for at, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()]


def _check_width(cells: Sequence[Cell]) -> None:
    if len(cells) > COLUMNS_MAX and not all(map(is_blank_cell, cells[COLUMNS_MAX:])):
        hint = "delete the columns that are not needed"
        raise SheetError(SheetProblem.TOO_MANY_COLUMNS, hint, limit=COLUMNS_MAX)


class _Header:
    """The row of column names, and what stands below it."""

    def __init__(self, title: str | None, number: int, cells: Sequence[Cell], *, ragged_is_wrong: bool) -> None:
        self.title = title
        self.columns: dict[Column, int] = {}
        self.unknown: list[UnknownHeader] = []
        self.unnamed: set[int] = set()
        self.number = number
        self.headed = {at for at, cell in enumerate(cells) if not is_blank_cell(cell)}
        self.width = 1 + max(self.headed)
        self.ragged_is_wrong = ragged_is_wrong
        for at, text in _texts(cells):
            self._add(at, text)
        self.unnamed.update(self.headed - {at for at, _ in _texts(cells)})

    def _add(self, at: int, text: str) -> None:
        column = column_of(text)
        here = cell_address(at, self.number)
        if column is None:
            shown = "".join(c if c.isprintable() else " " for c in text.strip())
            self.unknown.append(UnknownHeader(self.title, here, shown[:_HEADER_SHOWN_MAX]))
        elif column in self.columns:
            first = cell_address(self.columns[column], self.number)
            hint = "keep one of the two columns"
            raise SheetError(SheetProblem.DUPLICATE_HEADER, hint, column=column.value, first=first, second=here)
        else:
            self.columns[column] = at

    def sheet(self, raw_rows: Iterable[RawRow], *, blank: int, above: tuple[int, ...]) -> Sheet:
        rows: list[SheetRow] = []
        blank_below = 0
        for number, cells in raw_rows:
            if all(map(is_blank_cell, cells)):
                blank_below += 1
                continue
            _check_width(cells)
            if len(rows) == ROWS_MAX:
                hint = "split the file"
                raise SheetError(SheetProblem.TOO_MANY_ROWS, hint, limit=ROWS_MAX)
            blank, blank_below = blank + blank_below, 0
            rows.append(self._row(number, cells))
        unnamed = (UnknownHeader(self.title, cell_address(a, self.number), "") for a in self.unnamed)
        unknown = sorted((*self.unknown, *unnamed), key=lambda h: (len(h.cell), h.cell))
        return Sheet(self.title, self.columns, tuple(rows), blank, above, tuple(unknown))

    def _row(self, number: int, cells: Sequence[Cell]) -> SheetRow:
        problems: list[Problem] = []
        found: dict[Column, Cell] = {}
        for column, at in self.columns.items():
            cell = cells[at] if at < len(cells) else None
            if isinstance(cell, str) and len(cell) > CELL_CHARACTERS_MAX:
                where: dict[str, str | int] = {
                    "column": column.value,
                    "cell": cell_address(at, number),
                    "count": len(cell),
                    "limit": CELL_CHARACTERS_MAX,
                }
                problems.append(Problem(RowProblem.CELL_TOO_LONG, where))
            elif not is_blank_cell(cell):
                found[column] = cell
        loose = [a for a, c in enumerate(cells) if a not in self.headed and not is_blank_cell(c)]
        if self.ragged_is_wrong and loose and loose[-1] >= self.width:
            extra: dict[str, str | int] = {"cell": cell_address(loose[-1], number), "cells": len(cells)}
            problems.append(Problem(RowProblem.MORE_CELLS_THAN_HEADERS, extra))
        else:
            self.unnamed.update(loose)
        return SheetRow(number, found, tuple(problems))
