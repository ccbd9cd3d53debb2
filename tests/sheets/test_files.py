"""CSV and xlsx files as sheets: encodings, headers, limits, and files that could hurt."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.styles import numbers

from dispatch.sheets import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    FILE_BYTES_MAX,
    ROWS_MAX,
    Column,
    Fault,
    RowProblem,
    SheetError,
    SheetProblem,
    read_sheet,
)
from dispatch.sheets.columns import COLUMN_NAMES, column_of
from tests.sheets.workbooks import SHARED_PART, SHEET_PART, csv_bytes, saved, with_part, with_shared_strings, xlsx_bytes

# A spreadsheet's date has no zone.
MIDNIGHT = datetime.combine(date(2026, 3, 1), time())
HALF_PAST_NINE = datetime.combine(date(2026, 3, 1), time(9, 30))
TABLE = [["楼栋", "楼层", "电梯"], ["11号楼", "18", "有"], ["12号楼", "6", "无"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_is_read_in_every_usual_dress(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Encoding, byte-order mark and delimiter are found out; CRLF ends a row."""
    sheet = read_sheet(saved(tmp_path, csv_bytes(TABLE, encoding, delimiter)))
    assert sheet.title is None
    assert sheet.columns == {Column.BUILDING: 0, Column.FLOORS: 1, Column.LIFT: 2}
    assert [row.number for row in sheet.rows] == [2, 3]
    assert sheet.rows[0].cells == {Column.BUILDING: "11号楼", Column.FLOORS: "18", Column.LIFT: "有"}


def test_csv_and_xlsx_give_the_same_sheet(tmp_path: Path) -> None:
    """What a program saves in two formats reads alike."""
    from_csv = read_sheet(saved(tmp_path, csv_bytes(TABLE)))
    data = xlsx_bytes({"楼栋": TABLE})
    for book in (data, with_shared_strings(data)):
        from_xlsx = read_sheet(saved(tmp_path, book))
        assert from_xlsx.title == "楼栋"
        assert from_xlsx.rows == from_csv.rows


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    """Blank rows and cells of several lines do not shift the numbers; trailing blanks do not count."""
    rows = [[], ["幸福社区楼栋台账"], *TABLE[:2], ["", " ", "\u200b"], [], ["12号楼\n(旧)", "6", "无"], [], []]
    for data in (csv_bytes(rows), xlsx_bytes({"楼栋": rows})):
        sheet = read_sheet(saved(tmp_path, data))
        assert [row.number for row in sheet.rows] == [4, 7]
        assert sheet.above_header == (2,)
        assert sheet.blank == 3


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("楼 栋", Column.BUILDING),
        ("楼号（必填）", Column.BUILDING),
        ("*楼层数", Column.FLOORS),
        ("Building Unit", Column.BUILDING_UNIT),
        ("building_unit", Column.BUILDING_UNIT),
        ("ＰＨＯＮＥ", Column.PHONE),
        ("reported-at", Column.REPORTED_AT),
        ("血型", None),
        ("²", None),
    ],
)
def test_a_header_is_known_by_its_words(header: str, column: Column | None) -> None:
    """Case, width, spaces and remarks do not count."""
    assert column_of(header) is column


@pytest.mark.parametrize("column", Column)
def test_every_column_has_a_chinese_name_and_its_own_key(column: Column) -> None:
    """Each column can be named in both languages."""
    assert column_of(column.value) is column
    assert any(known is column and not name.isascii() for name, known in COLUMN_NAMES.items())


def test_unknown_columns_are_reported_and_not_read(tmp_path: Path) -> None:
    """A column that nobody knows is named with its place; its cells are not in the rows."""
    rows = [["楼栋", "血型", "楼层"], ["11号楼", "A", "18"], ["12号楼", "", "6", "旁注"]]
    sheet = read_sheet(saved(tmp_path, xlsx_bytes({"楼栋": rows})))
    assert [(h.cell, h.text) for h in sheet.unknown_headers] == [("B1", "血型"), ("D1", "")]
    assert set(sheet.rows[0].cells) == {Column.BUILDING, Column.FLOORS}


def test_an_unquoted_comma_is_noticed(tmp_path: Path) -> None:
    """Cells to the right of the last header shift a CSV row: it is not trusted."""
    sheet = read_sheet(saved(tmp_path, "楼栋,楼层,电梯\n11号楼,1-3,5-18,有\n".encode()))
    (problem,) = sheet.rows[0].problems
    assert problem.code is RowProblem.MORE_CELLS_THAN_HEADERS
    assert problem.params == {"cell": "D2", "cells": 4}


def test_a_cell_that_is_too_long_keeps_its_row_out(tmp_path: Path) -> None:
    """The limit itself is fine; one character more is a problem with its place and size."""
    rows = [["地址", "说明"], ["x", "米" * CELL_CHARACTERS_MAX], ["y", "米" * (CELL_CHARACTERS_MAX + 1)]]
    for data in (csv_bytes(rows), xlsx_bytes({"a": rows})):
        good, bad = read_sheet(saved(tmp_path, data)).rows
        assert good.problems == ()
        (problem,) = bad.problems
        assert problem.code is RowProblem.CELL_TOO_LONG
        assert problem.params == {"column": "note", "cell": "B3", "count": 4_001, "limit": 4_000}
        assert Column.NOTE not in bad.cells


def problem_of(path: Path, **options: str) -> SheetProblem:
    """Read a file that must be refused, and return why."""
    with pytest.raises(SheetError) as refused:
        read_sheet(path, sheet=options.get("sheet"))
    return refused.value.problem


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", SheetProblem.EMPTY_FILE),
        (b"\xef\xbb\xbf \r\n,,\r\n", SheetProblem.EMPTY_FILE),
        ("楼栋,楼层\n11,6\n".encode("utf-16"), SheetProblem.UNKNOWN_ENCODING),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), SheetProblem.NOT_A_SPREADSHEET),
        (b"PK\x03\x04" + bytes(500), SheetProblem.DAMAGED_XLSX),
        ("甲,乙\n丙,丁\n".encode(), SheetProblem.NO_HEADER),
        ("楼栋,楼号\n11,6\n".encode(), SheetProblem.DUPLICATE_HEADER),
        ('楼栋,楼层\n11,"6\n'.encode(), SheetProblem.DAMAGED_CSV),
        ('楼栋,楼层\n11,"6"7\n'.encode(), SheetProblem.DAMAGED_CSV),
        (csv_bytes([["地址", "说明"], ["x", "米" * 1_000_000]]), SheetProblem.DAMAGED_CSV),
        (csv_bytes([["楼栋", "楼层", *"x" * COLUMNS_MAX]]), SheetProblem.TOO_MANY_COLUMNS),
        (csv_bytes([["楼栋", "楼层"], ["1", "2", *"x" * COLUMNS_MAX]]), SheetProblem.TOO_MANY_COLUMNS),
        (csv_bytes([["楼栋", "楼层"], *[["11", "6"]] * (ROWS_MAX + 1)]), SheetProblem.TOO_MANY_ROWS),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, data: bytes, problem: SheetProblem) -> None:
    """Each reason has its own code, and nothing is read by halves."""
    assert problem_of(saved(tmp_path, data)) is problem


def test_as_many_rows_as_allowed_are_read(tmp_path: Path) -> None:
    """The limit counts rows with content; the header and blank rows do not."""
    rows = [["楼栋", "楼层"], [], *[["11", "6"]] * ROWS_MAX]
    assert len(read_sheet(saved(tmp_path, csv_bytes(rows))).rows) == ROWS_MAX


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and a giant are refused before anything is read."""
    assert problem_of(tmp_path / "missing.csv") is SheetProblem.CANNOT_OPEN
    assert problem_of(tmp_path) is SheetProblem.CANNOT_OPEN
    giant = saved(tmp_path, b"x")
    with giant.open("r+b") as file:
        file.truncate(FILE_BYTES_MAX + 1)
    assert problem_of(giant) is SheetProblem.FILE_TOO_LARGE


def test_bytes_of_neither_encoding_are_named_by_their_place(tmp_path: Path) -> None:
    """GB18030 that is cut in the middle of a character says at which byte."""
    data = csv_bytes(TABLE, "gb18030") + b"\x81"
    with pytest.raises(SheetError, match=f"byte {len(data) - 1}") as refused:
        read_sheet(saved(tmp_path, data))
    assert refused.value.problem is SheetProblem.UNKNOWN_ENCODING


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_damaged_utf8_is_not_taken_for_gb18030(tmp_path: Path, mark: bytes) -> None:
    """One bad byte in UTF-8 would read as other words in GB18030: it is named instead."""
    good = mark + csv_bytes([["building", "floors", "note"], ["11", "6", "垃圾垃圾垃圾垃圾"], ["13", "6", "x"]])
    at = good.index(b"13")
    damaged = good[:at] + b"\xb0\xa1" + good[at:]
    damaged.decode("gb18030")
    with pytest.raises(SheetError, match=f"byte {at}") as refused:
        read_sheet(saved(tmp_path, damaged))
    assert refused.value.problem is SheetProblem.DAMAGED_UTF8


def test_a_byte_order_mark_settles_the_encoding(tmp_path: Path) -> None:
    """A file that says UTF-8 is never read as GB18030, however little of it is Chinese."""
    data = b"\xef\xbb\xbf" + csv_bytes([["building", "note"], ["11", "啊"]], "gb18030")
    assert problem_of(saved(tmp_path, data)) is SheetProblem.DAMAGED_UTF8
    assert len(read_sheet(saved(tmp_path, data[3:])).rows) == 1


def test_cells_of_xlsx_are_typed(tmp_path: Path) -> None:
    """Whole numbers have no fraction; dates, truth values, formulas and errors are told apart."""
    cells = [
        501,
        501.0,
        5.5,
        True,
        HALF_PAST_NINE,
        date(2026, 3, 1),
        time(9),
        "=1+1",
        "#N/A",
        "a_x000D_\nb",
    ]
    names = ["楼栋", "单元", "楼层", "电梯", "时间", "截止时间", "备注", "地址", "户号", "姓名"]
    sheet = read_sheet(saved(tmp_path, xlsx_bytes({"a": [names, cells]})))
    found = list(sheet.rows[0].cells.values())
    assert found[:4] == [501, 501, 5.5, True]
    assert type(found[1]) is int
    assert found[4:6] == [HALF_PAST_NINE, date(2026, 3, 1)]
    assert type(found[5]) is date
    assert found[6:] == [time(9), Fault(RowProblem.FORMULA), Fault(RowProblem.ERROR_CELL), "a\r\nb"]


def test_text_that_begins_like_a_formula_is_text(tmp_path: Path) -> None:
    """Only what the spreadsheet would compute is a formula."""

    def as_text(part: bytes) -> bytes:
        return part.replace(b"<f>HYPERLINK(1)</f><v />", b"<is><t>=HYPERLINK(1)</t></is>").replace(
            b'r="A2"', b'r="A2" t="inlineStr"'
        )

    data = xlsx_bytes({"a": [["说明", "地址"], ["=HYPERLINK(1)", "x"]]})
    as_formula = read_sheet(saved(tmp_path, data)).rows[0].cells[Column.NOTE]
    assert as_formula == Fault(RowProblem.FORMULA)
    typed = with_part(data, SHEET_PART, as_text)
    assert read_sheet(saved(tmp_path, typed)).rows[0].cells[Column.NOTE] == "=HYPERLINK(1)"


def test_a_sheet_is_chosen_by_its_title(tmp_path: Path) -> None:
    """Without a title the first sheet is read; an unknown one is refused, and so is one of CSV."""
    other = [["地址", "类型"], ["11-3-501", "买药"]]
    book = saved(tmp_path, xlsx_bytes({"楼栋": TABLE, "求助单": other}))
    assert read_sheet(book).title == "楼栋"
    assert Column.KIND in read_sheet(book, sheet="求助单").columns
    assert problem_of(book, sheet="人员") is SheetProblem.NO_SUCH_SHEET
    assert problem_of(saved(tmp_path, csv_bytes(TABLE), "a.csv"), sheet="楼栋") is SheetProblem.NO_SUCH_SHEET


def test_a_wrong_size_in_the_workbook_cuts_nothing(tmp_path: Path) -> None:
    """Rows beyond the recorded dimension are read all the same."""
    data = xlsx_bytes({"楼栋": TABLE})
    lying = with_part(data, SHEET_PART, lambda part: part.replace(b'ref="A1:C3"', b'ref="A1:A1"'))
    assert lying != data
    assert len(read_sheet(saved(tmp_path, lying)).rows) == 2


ENTITY = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (SHEET_PART, b'<row r="3"', b'<row r="2"', SheetProblem.DAMAGED_XLSX),
        (SHEET_PART, b'<row r="3"', b'<row r="9999999"', SheetProblem.DAMAGED_XLSX),
        (SHEET_PART, b'r="C3"', b'r="ZZZZ3"', SheetProblem.DAMAGED_XLSX),
        (SHEET_PART, b"</sheetData>", b"", SheetProblem.DAMAGED_XLSX),
        (SHEET_PART, b"<worksheet", ENTITY + b"<worksheet", SheetProblem.DAMAGED_XLSX),
        (
            SHEET_PART,
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            SheetProblem.NOT_A_SPREADSHEET,
        ),
        (SHARED_PART, b"<sst", ENTITY + b"<sst", SheetProblem.DAMAGED_XLSX),
        (SHARED_PART, b"</si>", b"", SheetProblem.DAMAGED_XLSX),
        (SHARED_PART, b"si>", b"no>", SheetProblem.DAMAGED_XLSX),
        ("xl/workbook.xml", b"<sheets>", b"<sheets", SheetProblem.DAMAGED_XLSX),
        ("[Content_Types].xml", b"sheet.main", b"document.main", SheetProblem.DAMAGED_XLSX),
    ],
)
def test_a_damaged_workbook_is_refused(
    tmp_path: Path, name: str, old: bytes, new: bytes, problem: SheetProblem
) -> None:
    """Entities, rows out of order and broken parts are refused; no row is dropped without a word."""
    data = with_shared_strings(xlsx_bytes({"楼栋": TABLE}))
    damaged = with_part(data, name, lambda part: part.replace(old, new))
    assert problem_of(saved(tmp_path, damaged)) is problem


def test_a_cut_workbook_is_refused(tmp_path: Path) -> None:
    """Half a file is damaged, wherever it is cut."""
    data = xlsx_bytes({"楼栋": TABLE})
    for cut in (100, len(data) // 2, len(data) - 10):
        assert problem_of(saved(tmp_path, data[:cut])) is SheetProblem.DAMAGED_XLSX


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """The directory of the zip says what it would unpack to, before anything is."""
    path = saved(tmp_path, xlsx_bytes({"楼栋": TABLE}))
    zeros = bytes(16 * 1024 * 1024)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(17):
            archive.writestr(f"xl/media/{number}.bin", zeros)
    assert path.stat().st_size < FILE_BYTES_MAX
    assert problem_of(path) is SheetProblem.UNPACKS_TOO_LARGE


def test_a_workbook_of_very_many_parts_is_refused(tmp_path: Path) -> None:
    """So is one of thousands of small files."""
    path = saved(tmp_path, xlsx_bytes({"楼栋": TABLE}))
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(2_000):
            archive.writestr(f"xl/media/{number}.bin", b"")
    assert problem_of(path) is SheetProblem.UNPACKS_TOO_LARGE


def test_a_date_without_hours_stays_a_date(tmp_path: Path) -> None:
    """Midnight is a time only where the cell shows hours."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["时间", "截止时间"])
    sheet.append([MIDNIGHT, MIDNIGHT])
    sheet["A2"].number_format = numbers.FORMAT_DATE_DATETIME
    sheet["B2"].number_format = numbers.FORMAT_DATE_YYYYMMDD2
    path = tmp_path / "a.xlsx"
    book.save(path)
    cells = read_sheet(path).rows[0].cells
    assert cells == {Column.REPORTED_AT: MIDNIGHT, Column.NEEDED_BY: date(2026, 3, 1)}
