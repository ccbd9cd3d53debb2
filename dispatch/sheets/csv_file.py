"""CSV as spreadsheets save it: UTF-8 with or without a byte-order mark, or GB18030."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from .columns import column_of
from .grid import RawRow, Sheet, make_sheet
from .problems import SheetError, SheetProblem

_DELIMITERS = ",;\t"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
_HEAD_CHARACTERS = 65_536
_HEAD_ROWS = 20
# So many non-ASCII characters read as UTF-8 before the first bad byte are no accident of GB18030.
_UTF8_EVIDENCE_MIN = 8


def read_csv(data: bytes) -> Sheet | None:
    """
    Read a CSV file; `None` when it holds nothing.

    The delimiter (comma, semicolon or tab) is the one under which most column names are known.

    Raises
    ------
    SheetError
        Neither encoding, a quotation mark that is not closed, or see `make_sheet`.
    """
    text = decode(data)
    return make_sheet(_rows(text, _delimiter(text)), ragged_is_wrong=True)


def decode(data: bytes) -> str:
    """
    Return the text of a file in UTF-8 or GB18030, decoded strictly.

    Raises
    ------
    SheetError
        Neither; or UTF-8 that is damaged, which GB18030 would turn into other words.
    """
    if data.startswith(_UTF16_MARKS):
        raise SheetError(SheetProblem.UNKNOWN_ENCODING, "save it as «CSV UTF-8»", byte=0)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        first_bad = error.start + (len(_UTF8_MARK) if data.startswith(_UTF8_MARK) else 0)
    before = data[:first_bad].decode("utf-8-sig")
    evidence = sum(not c.isascii() for c in before)
    if data.startswith(_UTF8_MARK) or evidence >= _UTF8_EVIDENCE_MIN:
        hint = "save it again as «CSV UTF-8»"
        raise SheetError(SheetProblem.DAMAGED_UTF8, hint, byte=first_bad)
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        furthest = max(first_bad, error.start)
        hint = "save it as «CSV UTF-8»"
        raise SheetError(SheetProblem.UNKNOWN_ENCODING, hint, byte=furthest) from None


def _delimiter(text: str) -> str:
    def known(delimiter: str) -> int:
        head = io.StringIO(text[:_HEAD_CHARACTERS], newline="")
        rows = csv.reader(head, delimiter=delimiter)
        return max(sum(column_of(cell) is not None for cell in row) for row in _few(rows))

    return max(_DELIMITERS, key=known)


def _few(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Give the first rows, and an empty one, so that there is always one; stop at damage."""
    yield []
    try:
        for _, row in zip(range(_HEAD_ROWS), rows, strict=False):
            yield row
    except csv.Error:
        return


def _rows(text: str, delimiter: str) -> Iterator[RawRow]:
    # A row is a record, whatever lines it spans: so does a spreadsheet count.
    number = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            number += 1
            yield number, cells
    except csv.Error as error:
        hint = (
            "a quotation mark is not closed, text follows a closing one, or a cell has more than "
            f"{csv.field_size_limit():,} characters; correct that row"
        )
        raise SheetError(SheetProblem.DAMAGED_CSV, hint, row=number + 1) from error
