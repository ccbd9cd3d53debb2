"""Files of a community, read whole: the register and the requests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from dispatch.domain.text import BadText

from .columns import Column
from .csv_file import read_csv
from .grid import FILE_BYTES_MAX, Sheet
from .problems import Rejected, RowProblem, SheetError, SheetProblem
from .records import BuildingRow, Imported, RegisterRow, RequestRow
from .row_reader import RowReader
from .tables import building_row, request_row, resident_row, responder_row
from .vocabulary import TABLE_TITLES, word_of
from .xlsx_file import read_xlsx

R = TypeVar("R")

_ZIP_MARK = b"PK\x03\x04"
_OLD_XLS_MARK = b"\xd0\xcf\x11\xe0"


def read_sheet(path: Path | str, *, sheet: str | None = None) -> Sheet:
    """
    Read one sheet of a CSV or xlsx file, whatever it holds.

    The content decides what a file is, not its name.

    Parameters
    ----------
    path
        At most `FILE_BYTES_MAX` bytes.
    sheet
        Title of the sheet in an xlsx file; without it the first one is read.

    Raises
    ------
    SheetError
        The file cannot be read; its `problem` says why.
    """

    def choose(titles: Sequence[str]) -> Sequence[str]:
        if sheet is not None and sheet not in titles:
            there = ", ".join(titles)
            raise SheetError(SheetProblem.NO_SUCH_SHEET, "name one of those", titles=there)
        return titles[:1] if sheet is None else [sheet]

    sheets, _ = _sheets_of(path, choose)
    if sheet is not None and sheets[0].title is None:
        raise SheetError(SheetProblem.NO_SUCH_SHEET, "a CSV file has no sheets; name none")
    return sheets[0]


def read_register(path: Path | str) -> Imported[RegisterRow]:
    """
    Read a community's register: buildings, responders and residents.

    An xlsx file has one sheet for each, titled 楼栋, 人员, 居民 or buildings, responders, residents,
    or a single sheet; a CSV file has one of the tables, told by its column names. A building that
    stands in two rows is taken from the first.

    Raises
    ------
    SheetError
        The file cannot be read, or holds none of the tables.
    """
    readers: dict[str, Callable[[RowReader], RegisterRow | Rejected]] = {
        "buildings": _building_row_once(),
        "responders": responder_row,
        "residents": resident_row,
    }
    sheets, ignored = _sheets_of(path, _titled(readers, "楼栋, 人员, 居民"))
    tables = [(sheet, readers[_table_of(sheet, readers)]) for sheet in sheets]
    return _imported(
        ((sheet, [read(RowReader(row, sheet)) for row in sheet.rows]) for sheet, read in tables),
        ignored,
    )


def read_requests(path: Path | str, *, tz: ZoneInfo) -> Imported[RequestRow]:
    """
    Read requests for help.

    Parameters
    ----------
    path
        CSV, or xlsx with a sheet titled 求助单 or requests, or with a single sheet.
    tz
        Where the community lives: what a time without a zone means.

    Raises
    ------
    SheetError
        The file cannot be read, or holds no requests.
    """
    sheets, ignored = _sheets_of(path, _titled({"requests"}, "求助单"))
    for sheet in sheets:
        _table_of(sheet, {"requests"})
    return _imported(
        ((sheet, [request_row(RowReader(row, sheet), tz) for row in sheet.rows]) for sheet in sheets),
        ignored,
    )


def _sheets_of(
    path: Path | str, choose: Callable[[Sequence[str]], Sequence[str]]
) -> tuple[list[Sheet], tuple[str, ...]]:
    """Return the chosen sheets with content, and the titles of the others."""
    data = _bytes_of(path)
    ignored: tuple[str, ...] = ()
    if data.startswith(_ZIP_MARK):
        book = read_xlsx(data, choose)
        found = list(book.sheets.values())
        ignored = tuple(title for title in book.titles if title not in book.sheets)
    else:
        found = [read_csv(data)]
    sheets = [sheet for sheet in found if sheet is not None]
    if not sheets:
        raise SheetError(SheetProblem.EMPTY_FILE, "there is nothing in it")
    return sheets, ignored


def _bytes_of(path: Path | str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SheetError(SheetProblem.CANNOT_OPEN, f"{reason}; check the file's name") from error
    if len(data) > FILE_BYTES_MAX:
        raise SheetError(SheetProblem.FILE_TOO_LARGE, "split the file", limit=FILE_BYTES_MAX)
    if data.startswith(_OLD_XLS_MARK):
        hint = "an old .xls or a file with a password; save it as .xlsx without one"
        raise SheetError(SheetProblem.NOT_A_SPREADSHEET, hint)
    return data


def _titled(tables: Collection[str], expected: str) -> Callable[[Sequence[str]], Sequence[str]]:
    def choose(titles: Sequence[str]) -> Sequence[str]:
        chosen = [title for title in titles if _table_titled(title) in tables]
        if not chosen and len(titles) > 1:
            hint = "title the sheets by what they hold"
            raise SheetError(SheetProblem.NO_SUCH_SHEET, hint, titles=expected)
        return chosen or titles

    return choose


def _table_titled(title: str | None) -> str | None:
    try:
        return TABLE_TITLES.get(word_of(title or ""))
    except BadText:
        return None


def _table_of(sheet: Sheet, tables: Collection[str]) -> str:
    """Tell which table a sheet is, by its title, else by its columns."""
    table = _table_titled(sheet.title)
    if table not in tables:
        table = _table_with(sheet.columns.keys())
    if table is None or table not in tables:
        hint = "楼栋 needs a column 电梯, 人员 a column 角色, 居民 户号 or 姓名 with 地址, 求助单 类型"
        raise SheetError(SheetProblem.UNKNOWN_TABLE, hint)
    return table


def _table_with(columns: Collection[Column]) -> str:
    if Column.KIND in columns:
        return "requests"
    if Column.ROLE in columns:
        return "responders"
    if Column.LIFT in columns:
        return "buildings"
    placed = Column.ADDRESS in columns or Column.BUILDING in columns
    personal = {Column.NAME, Column.HOUSEHOLD, Column.ISOLATED}.intersection(columns)
    return "residents" if placed and personal else ""


def _building_row_once() -> Callable[[RowReader], BuildingRow | Rejected]:
    first_rows: dict[tuple[str | None, str], int] = {}

    def read(row: RowReader) -> BuildingRow | Rejected:
        found = building_row(row)
        if isinstance(found, BuildingRow):
            first = first_rows.setdefault((found.compound, found.building), found.row)
            if first != found.row:
                row.fail(RowProblem.DUPLICATE_BUILDING, Column.BUILDING, row=first)
                return row.rejected()
        return found

    return read


def _imported(tables: Iterable[tuple[Sheet, Sequence[R | Rejected]]], ignored: tuple[str, ...]) -> Imported[R]:
    read = list(tables)
    found = [row for _, rows in read for row in rows]
    return Imported(
        rows=tuple(row for row in found if not isinstance(row, Rejected)),
        rejected=tuple(row for row in found if isinstance(row, Rejected)),
        data_rows=sum(len(sheet.rows) for sheet, _ in read),
        blank=sum(sheet.blank for sheet, _ in read),
        above_header=tuple((s.title, number) for s, _ in read for number in s.above_header),
        unknown_headers=tuple(header for sheet, _ in read for header in sheet.unknown_headers),
        ignored_sheets=ignored,
    )
