"""xlsx workbooks, read cell by cell; a workbook that could hurt is refused before it is unpacked."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, NoReturn, Protocol
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHEET_MAIN_NS

from .grid import Cell, Fault, RawRow, Sheet, make_sheet
from .problems import RowProblem, SheetError, SheetProblem

UNPACKED_BYTES_MAX = 256 * 1024 * 1024
"""Bytes that the parts of one workbook may unpack to, all together."""

PARTS_MAX = 2_000
"""Files inside one workbook."""

_SHEET_ROWS_MAX = 1_048_576  # of the format
_SAVE_AGAIN = "open it in a spreadsheet program and save it again as .xlsx"
# What openpyxl lets through when a part of a workbook is missing or malformed.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError),
    *(ParseError, expat.ExpatError, InvalidFileException),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, RuntimeError),
    OSError,  # «no valid workbook part»: nothing is read from a disk here
)


class _ReadCell(Protocol):
    @property
    def value(self) -> object: ...
    @property
    def data_type(self) -> str: ...
    @property
    def number_format(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Book:
    """The titles of a workbook's sheets, in order, and those sheets that were asked for."""

    titles: tuple[str, ...]
    sheets: Mapping[str, Sheet | None]


def read_xlsx(data: bytes, choose: Callable[[Sequence[str]], Sequence[str]]) -> Book:
    """
    Read some sheets of a workbook; a sheet without content is `None`.

    Formulas and errors become faults of their cell. Dates keep no zone.

    Parameters
    ----------
    data
        The file.
    choose
        Is given all titles and says which sheets to read.

    Raises
    ------
    SheetError
        Too large unpacked, damaged, or see `make_sheet`.
    """
    with _damage_named():
        _check_parts(data)
        # Not `data_only`: that would show a formula's last result as if it had been typed.
        with closing(load_workbook(io.BytesIO(data), read_only=True, keep_links=False)) as book:
            titles = tuple(sheet.title for sheet in book.worksheets)
            found = {}
            for title in choose(titles):
                sheet = book[title]
                sheet.reset_dimensions()  # the recorded size may be wrong, and would cut
                found[title] = make_sheet(_rows(sheet.iter_rows()), title)
            return Book(titles, found)


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            # About styles, printing and validation lists, which a reader of values does not need.
            warnings.simplefilter("ignore", UserWarning)
            yield
    except SheetError:
        raise
    except _BROKEN as error:
        raise SheetError(SheetProblem.DAMAGED_XLSX, _SAVE_AGAIN) from error


def _rows(rows: Iterator[tuple[_ReadCell, ...]]) -> Iterator[RawRow]:
    for number, cells in enumerate(rows, 1):
        yield number, [_cell(cell) for cell in cells]


def _cell(cell: _ReadCell) -> Cell:
    value = cell.value
    if value is None:
        return None
    if cell.data_type in {"f", "e"}:
        return Fault(RowProblem.FORMULA if cell.data_type == "f" else RowProblem.ERROR_CELL)
    if isinstance(value, str):
        return unescape(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime):
        shows_hours = "h" in (cell.number_format or "").lower()
        return value if shows_hours or value.time() != datetime.min.time() else value.date()
    if isinstance(value, Cell):
        return value
    raise TypeError(f"openpyxl gave a cell of type {type(value).__name__}")


def _check_parts(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
            hint = "delete pictures and unused sheets, or save the sheet as «CSV UTF-8»"
            raise SheetError(SheetProblem.UNPACKS_TOO_LARGE, hint, limit=UNPACKED_BYTES_MAX)
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    _check_xml(stream)


class _Seen(Exception):
    """Enough of a part was read."""


def _check_xml(stream: IO[bytes]) -> None:
    """Refuse entities, and rows out of order: openpyxl would drop those without a word."""
    parser = expat.ParserCreate(namespace_separator=" ")
    last_row = 0
    inside_sheet = False

    def doctype(*_: object) -> NoReturn:
        raise SheetError(SheetProblem.DAMAGED_XLSX, _SAVE_AGAIN)

    def element(name: str, attributes: dict[str, str]) -> None:
        nonlocal last_row, inside_sheet
        if inside_sheet:
            if name == f"{SHEET_MAIN_NS} row":
                number = int(attributes.get("r", last_row + 1))
                if not last_row < number <= _SHEET_ROWS_MAX:
                    raise SheetError(SheetProblem.DAMAGED_XLSX, _SAVE_AGAIN)
                last_row = number
        elif name == f"{SHEET_MAIN_NS} worksheet":
            inside_sheet = True
        elif name.endswith(" worksheet"):  # the strict variant, of which openpyxl sees no cell
            raise SheetError(SheetProblem.NOT_A_SPREADSHEET, _SAVE_AGAIN)
        else:
            raise _Seen

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        parser.ParseFile(stream)
    except _Seen:
        return
