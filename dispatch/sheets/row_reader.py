"""One row under reading: values by column, and every problem met on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from dispatch.domain.address import (
    Address,
    AddressProblem,
    BadAddress,
    canonical_building,
    canonical_building_unit,
    canonical_compound,
    canonical_door,
    floor_label,
    parse_address,
)
from dispatch.domain.text import BadText, whole_number

from .columns import Column
from .grid import Cell, Sheet, SheetRow, cell_text
from .problems import Params, Problem, Rejected, RowError, RowProblem, problem_of
from .vocabulary import YES_NO, word_of

T = TypeVar("T")

# A number on its own, or without its building, becomes clear beside a column that names the building.
_CLEARED_BY_BUILDING = frozenset({AddressProblem.NO_BUILDING, AddressProblem.AMBIGUOUS_ADDRESS})


class RowReader:
    """
    Reads the cells of one row and collects what is wrong, so that one look mends the row.

    Attributes
    ----------
    problems
        In the order in which they were met.
    """

    def __init__(self, row: SheetRow, sheet: Sheet) -> None:
        self.number = row.number
        self.problems: list[Problem] = list(row.problems)
        self._cells = row.cells
        self._sheet = sheet
        # An overlong cell is a problem already and must not be missed as well.
        self._told = {problem.params.get("column") for problem in row.problems}

    def has(self, column: Column) -> bool:
        """Tell whether the cell shows anything."""
        return column in self._cells

    def may(self, column: Column, read: Callable[[Cell], T]) -> T | None:
        """Read a cell; `None` when it is blank or wrong."""
        cell = self._cells.get(column)
        if cell is None:
            return None
        try:
            return read(cell)
        except (RowError, BadText, BadAddress) as error:
            problem = problem_of(error)
            self.fail(problem.code, column, **problem.params)
            return None

    def need(self, column: Column, read: Callable[[Cell], T]) -> T | None:
        """Read a cell that must not be blank."""
        if not self.has(column) and column not in self._told:
            self.fail(RowProblem.MISSING_VALUE, column)
        return self.may(column, read)

    def fail(self, code: RowProblem, column: Column, **params: str | int) -> None:
        """Note that something is wrong with the cell in this column."""
        where: dict[str, str | int] = {"column": column.value}
        cell = self._sheet.cell_address(column, self.number)
        if cell is not None:
            where["cell"] = cell
        self.problems.append(Problem(code, where | params))

    def rejected(self) -> Rejected:
        """Return the row as one that is not imported."""
        first, *more = self.problems
        params: Params = first.params
        return Rejected(self.number, self._sheet.title, first.code, params, tuple(more))

    def address(self) -> Address | None:
        """
        Read where the row is about: the address, the columns of its parts, or both together.

        `None` when there is neither, or one of them is wrong.
        """
        apart = self._address_apart()
        if not self.has(Column.ADDRESS):
            return apart
        beside = apart or Address("")
        whole = self.may(Column.ADDRESS, of_text(lambda text: _parse_beside(text, beside.building)))
        if whole is None or apart is None:
            return whole
        for part in ("building", "building_unit", "floor", "door", "compound"):
            written, stated = getattr(whole, part), getattr(apart, part)
            if written and stated and written != stated:
                self.fail(RowProblem.ADDRESS_AND_BUILDING_DISAGREE, Column.ADDRESS)
                return None
            whole = replace(whole, **{part: written or stated})
        return whole

    def need_address(self) -> Address | None:
        """Read where the row is about; neither an address nor a building is a problem."""
        if not self.has(Column.BUILDING):
            return self.need(Column.ADDRESS, lambda _: self.address())
        return self.address()

    def _address_apart(self) -> Address | None:
        building = self.may(Column.BUILDING, of_text(canonical_building))
        unit = self.may(Column.BUILDING_UNIT, of_text(canonical_building_unit))
        floor = self.may(Column.FLOORS, of_text(floor_label))
        door = self.may(Column.DOOR, of_text(canonical_door))
        compound = self.may(Column.COMPOUND, of_text(canonical_compound))
        if building is None and not self.has(Column.ADDRESS):
            return None
        apart = Address(building or "", unit, floor, door, compound)
        return None if apart == Address("") else apart


def _parse_beside(text: str, building: str) -> Address:
    """Parse an address that may leave its building to a column of its own."""
    try:
        return parse_address(text)
    except BadAddress as error:
        if not building or error.problem not in _CLEARED_BY_BUILDING:
            raise
    number, _, tower = building.partition("-")
    return parse_address(f"{number}号楼{f'{tower}座' if tower else ''}{text}")


def of_text(read: Callable[[str], T]) -> Callable[[Cell], T]:
    """Return a reader of cells out of a reader of text."""
    return lambda cell: read(cell_text(cell))


def choice(table: Mapping[str, str], code: RowProblem) -> Callable[[Cell], str]:
    """
    Return a reader of words out of a table.

    Parameters
    ----------
    table
        Meanings of words in the form of `word_of`.
    code
        The problem of any other word.
    """

    def read(cell: Cell) -> str:
        key = table.get(word_of(cell_text(cell)))
        if key is None:
            raise RowError(code)
        return key

    return read


def yes_or_no(cell: Cell) -> bool:
    """
    Read 有, 是, yes or 无, 否, no; or a spreadsheet's truth value.

    Raises
    ------
    RowError
        Anything else.
    """
    if isinstance(cell, bool):
        return cell
    return choice(YES_NO, RowProblem.NOT_YES_OR_NO)(cell) == "yes"


def whole(low: int, high: int) -> Callable[[Cell], int]:
    """Return a reader of whole numbers from `low` to `high`."""

    def read(cell: Cell) -> int:
        number = cell if isinstance(cell, int | float) else cell_text(cell)
        try:
            return whole_number(number, "number", low=low, high=high)
        except BadText as error:
            raise RowError(problem_of(error).code, low=low, high=high) from None

    return read
