"""The register and the requests: typed rows, and every other row named with its reason."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.address import Address, AddressProblem
from dispatch.domain.text import TextProblem
from dispatch.sheets import (
    BuildingRow,
    Imported,
    Rejected,
    RequestRow,
    ResidentRow,
    ResponderRow,
    RowProblem,
    ServedPlace,
    SheetError,
    SheetProblem,
    read_register,
    read_requests,
)
from tests.sheets.workbooks import csv_bytes, saved, xlsx_bytes

SHANGHAI = ZoneInfo("Asia/Shanghai")
EXAMPLES = Path(__file__).parents[2] / "examples" / "data"

BUILDING = {"楼栋": "11号楼", "楼层": "B2-18", "电梯": "有"}
RESPONDER = {"姓名": "楼层长甲", "角色": "楼层长", "负责范围": "11号楼5层", "电话": "10000000001"}
RESIDENT = {"户号": "H001", "姓名": "住户甲", "住址": "11号楼3单元501"}
REQUEST = {"地址": "11号楼3单元501", "类型": "买药", "说明": "降压药", "时间": "2026-03-01 09:30"}
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def imported(folder: Path, row: Mapping[str, object], *, xlsx: bool = False) -> Imported[object]:
    """Import a table of one row."""
    table: list[list[object]] = [list(row), list(row.values())]
    data = xlsx_bytes({"Sheet1": table}) if xlsx else csv_bytes([[str(c) for c in r] for r in table])
    path = saved(folder, data)
    if "类型" in row:
        return read_requests(path, tz=SHANGHAI)
    return read_register(path)


def the_row(folder: Path, row: Mapping[str, object], *, xlsx: bool = False) -> object:
    """Import a table of one row that must be valid."""
    found = imported(folder, row, xlsx=xlsx)
    assert found.rejected == ()
    (only,) = found.rows
    return only


def the_problem(folder: Path, row: Mapping[str, object], *, xlsx: bool = False) -> Rejected:
    """Import a table of one row that must be refused."""
    found = imported(folder, row, xlsx=xlsx)
    assert found.rows == ()
    (only,) = found.rejected
    assert only.row_number == 2
    return only


def test_a_building_is_read(tmp_path: Path) -> None:
    """Every column of the register's buildings has its effect."""
    row = BUILDING | {"小区": "幸福小区", "单元": "1-3", "入口层": "B1", "管控等级": "管控"}
    assert the_row(tmp_path, row) == BuildingRow(
        row=2,
        building="11",
        name="11号楼",
        compound="幸福小区",
        building_units=("1", "2", "3"),
        floors=("B2", "B1", *map(str, range(1, 19))),
        lift=True,
        entrance="B1",
        control_level="controlled",
    )


@pytest.mark.parametrize(("floors", "entrance"), [("B2-18", "1"), ("G-5", "G"), ("0-5", "0"), ("B1,G,1,2", "G")])
def test_the_entrance_is_the_street_floor(tmp_path: Path, floors: str, entrance: str) -> None:
    """Without a column of its own the street door is on G, else 0, else 1."""
    found = the_row(tmp_path, BUILDING | {"楼层": floors})
    assert isinstance(found, BuildingRow)
    assert found.entrance == entrance


def test_twin_towers_on_one_podium_are_two_buildings(tmp_path: Path) -> None:
    """3号楼A座 and 3号楼B座 share a number and stay apart; a third row of A is refused."""
    table = [["楼栋", "楼层", "电梯"], ["3号楼A座", "24", "有"], ["3号楼B座", "12", "有"], ["3号楼a座", "9", "有"]]
    found = read_register(saved(tmp_path, csv_bytes(table)))
    assert [row.building for row in found.rows if isinstance(row, BuildingRow)] == ["3-A", "3-B"]
    (twin,) = found.rejected
    assert (twin.row_number, twin.code) == (4, RowProblem.DUPLICATE_BUILDING)
    assert twin.params == {"column": "building", "cell": "A4", "row": 2}


def test_one_number_in_two_compounds_is_two_buildings(tmp_path: Path) -> None:
    """The compound before the name counts as much as the one in its own column."""
    table = [
        ["小区", "楼栋", "楼层", "电梯"],
        ["", "幸福小区11号楼", "6", "无"],
        ["和平小区", "11号楼", "6", "无"],
        ["幸福小区", "11栋", "6", "无"],
    ]
    found = read_register(saved(tmp_path, csv_bytes(table)))
    assert [(row.compound, row.building) for row in found.rows if isinstance(row, BuildingRow)] == [
        ("幸福小区", "11"),
        ("和平小区", "11"),
    ]
    assert [(row.row_number, row.code) for row in found.rejected] == [(4, RowProblem.DUPLICATE_BUILDING)]


@pytest.mark.parametrize(
    ("change", "code", "cell"),
    [
        ({"楼栋": ""}, RowProblem.MISSING_VALUE, "A2"),
        ({"楼层": ""}, RowProblem.MISSING_VALUE, "B2"),
        ({"电梯": ""}, RowProblem.MISSING_VALUE, "C2"),
        ({"电梯": "2部"}, RowProblem.NOT_YES_OR_NO, "C2"),
        ({"楼层": "18-1"}, RowProblem.UNREADABLE_FLOORS, "B2"),
        ({"楼层": "B3-B1"}, RowProblem.ENTRANCE_NOT_A_FLOOR, None),
        ({"楼层": "1,2,2"}, RowProblem.FLOOR_TWICE, "B2"),
        ({"单元": "3"}, RowProblem.BUILDING_UNITS_UNCLEAR, "D2"),
        ({"单元": "1-3", "单元数": "4"}, RowProblem.BUILDING_UNITS_UNCLEAR, "D2"),
        ({"单元数": "0"}, RowProblem.OUT_OF_RANGE, "D2"),
        ({"入口层": "20"}, RowProblem.ENTRANCE_NOT_A_FLOOR, "D2"),
        ({"管控等级": "严"}, RowProblem.UNKNOWN_CONTROL_LEVEL, "D2"),
        ({"楼栋": "幸福小区11号楼", "小区": "和平小区"}, RowProblem.ADDRESS_AND_BUILDING_DISAGREE, "A2"),
        ({"楼栋": "\u0410座"}, RowProblem.UNREADABLE_BUILDING, "A2"),
        ({"楼栋": "1²号楼"}, RowProblem.UNREADABLE_TEXT, "A2"),
    ],
)
def test_a_building_that_makes_no_sense_is_refused(
    tmp_path: Path, change: dict[str, str], code: RowProblem, cell: str | None
) -> None:
    """The reason is a code, the place is a cell."""
    found = the_problem(tmp_path, BUILDING | change)
    assert (found.code, found.params.get("cell"), found.more) == (code, cell, ())


def test_all_problems_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    """One look mends the row."""
    found = the_problem(tmp_path, {"楼栋": "", "楼层": "许多", "电梯": "也许"})
    codes = [found.code, *(problem.code for problem in found.more)]
    assert codes == [RowProblem.MISSING_VALUE, RowProblem.UNREADABLE_FLOORS, RowProblem.NOT_YES_OR_NO]


@pytest.mark.parametrize("column", ["地址", "类型"])
def test_an_overlong_cell_is_not_called_missing_too(tmp_path: Path, column: str) -> None:
    """One trouble is told once."""
    found = the_problem(tmp_path, REQUEST | {column: "米" * 5_000})
    assert (found.code, found.more) == (RowProblem.CELL_TOO_LONG, ())


def test_a_responder_is_read(tmp_path: Path) -> None:
    """Every column of the register's people has its effect."""
    row = RESPONDER | {"技能": "搬抬、防护服;swim", "容量": "8", "纸质": "是", "隔离": "否", "住址": "11号楼3单元501"}
    assert the_row(tmp_path, row) == ResponderRow(
        row=2,
        name="楼层长甲",
        phone="10000000001",
        role="floor_captain",
        home=Address("11", "3", None, "501"),
        scope=(ServedPlace("11", None, ("5",)),),
        skills=("stair_carry", "protective_gear", "swim"),
        capacity=8,
        paper=True,
        isolated=False,
    )


def test_building_and_floor_are_a_scope_when_there_is_no_other(tmp_path: Path) -> None:
    """A captain named by tower and floor serves it, and lives there unless an address says else."""
    row = {"姓名": "楼层长甲", "角色": "楼层长", "楼栋": "11号楼", "单元": "3", "楼层": "5"}
    found = the_row(tmp_path, row)
    assert isinstance(found, ResponderRow)
    assert found.scope == (ServedPlace("11", "3", ("5",)),)
    assert found.home == Address("11", "3", "5")
    elsewhere = the_row(tmp_path, row | {"楼层": "5-6", "住址": "12-1-301"})
    assert isinstance(elsewhere, ResponderRow)
    assert elsewhere.scope == (ServedPlace("11", "3", ("5", "6")),)
    assert elsewhere.home == Address("12", "1", None, "301")


def test_building_and_floor_are_a_home_beside_a_scope(tmp_path: Path) -> None:
    """With a scope of its own the tower says where the person lives; staff need no home."""
    row = {"姓名": "干部甲", "角色": "下沉干部", "楼栋": "11号楼", "负责范围": "12号楼;13号楼"}
    found = the_row(tmp_path, row)
    assert isinstance(found, ResponderRow)
    assert found.home == Address("11")
    assert found.scope == (ServedPlace("12"), ServedPlace("13"))
    driver = the_row(tmp_path, {"姓名": "司机甲", "角色": "司机", "电话": "10000000002"})
    assert isinstance(driver, ResponderRow)
    assert (driver.home, driver.scope, driver.capacity) == (None, (), None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"姓名": ""}, RowProblem.MISSING_VALUE),
        ({"角色": ""}, RowProblem.MISSING_VALUE),
        ({"角色": "皇帝"}, RowProblem.UNKNOWN_ROLE),
        ({"负责范围": ""}, RowProblem.MISSING_VALUE),
        ({"负责范围": "11号楼501"}, RowProblem.SCOPE_NAMES_A_DOOR),
        ({"负责范围": "附近"}, RowProblem.NO_BUILDING),
        ({"电话": "没有"}, RowProblem.NOT_A_PHONE_NUMBER),
        ({"技能": "会飞"}, RowProblem.UNKNOWN_SKILL),
        ({"容量": "0"}, RowProblem.OUT_OF_RANGE),
        ({"容量": "-1"}, RowProblem.OUT_OF_RANGE),
        ({"容量": "1_0"}, RowProblem.NOT_A_WHOLE_NUMBER),
        ({"纸质": "也许"}, RowProblem.NOT_YES_OR_NO),
        ({"姓名": "甲" * 61}, RowProblem.TOO_LONG),
    ],
)
def test_a_responder_that_makes_no_sense_is_refused(tmp_path: Path, change: dict[str, str], code: RowProblem) -> None:
    """Captains need an area; nobody needs a capacity of nothing."""
    assert the_problem(tmp_path, RESPONDER | change).code is code


def test_a_resident_is_read(tmp_path: Path) -> None:
    """Only the place is needed: an elder may have no phone, and a household no name."""
    row = RESIDENT | {"电话": "１００００００００３", "隔离": "是", "备注": "没有手机"}
    assert the_row(tmp_path, row) == ResidentRow(
        row=2,
        name="住户甲",
        phone="1000000003",
        household="H001",
        address=Address("11", "3", None, "501"),
        isolated=True,
        note="没有手机",
    )
    nameless = the_row(
        tmp_path, {"户号": "H002", "楼栋": "11", "单元": "3", "楼层": "5楼", "房号": "501室", "小区": "幸福小区"}
    )
    assert isinstance(nameless, ResidentRow)
    assert nameless.name is None
    assert nameless.address == Address("11", "3", "5", "501", "幸福小区")


@pytest.mark.parametrize(
    ("cells", "address"),
    [
        ({"地址": "3单元501", "楼栋": "11号楼"}, Address("11", "3", None, "501")),
        ({"地址": "501", "楼栋": "3号楼A座"}, Address("3-A", None, None, "501")),
        ({"地址": "11号楼", "单元": "3", "房号": "501"}, Address("11", "3", None, "501")),
        ({"地址": "11号楼501", "楼栋": "11栋"}, Address("11", None, None, "501")),
        ({"地址": "幸福小区11号楼501", "小区": "幸福小区"}, Address("11", None, None, "501", "幸福小区")),
    ],
)
def test_an_address_and_its_parts_complete_each_other(tmp_path: Path, cells: dict[str, str], address: Address) -> None:
    """What one column leaves out another may say."""
    found = the_row(tmp_path, {"类型": "买药"} | cells)
    assert isinstance(found, RequestRow)
    assert found.address == address


@pytest.mark.parametrize(
    "cells", [{"地址": "11-3-501", "楼栋": "12"}, {"地址": "3-501", "楼栋": "11"}, {"地址": "11-3-501", "房号": "502"}]
)
def test_an_address_that_contradicts_its_parts_is_refused(tmp_path: Path, cells: dict[str, str]) -> None:
    """Nobody is sent to one of two places."""
    found = the_problem(tmp_path, {"类型": "买药"} | cells)
    assert found.code is RowProblem.ADDRESS_AND_BUILDING_DISAGREE


def test_a_request_is_read(tmp_path: Path) -> None:
    """Every column of the requests has its effect; times are UTC."""
    row = REQUEST | {
        "姓名": "住户甲",
        "电话": "+86 100 0000 0001",
        "户号": "H001",
        "紧急程度": "危及健康",
        "来源": "微信群",
        "截止时间": "2026-03-01 18:00",
        "登记人": "社区工作者甲",
    }
    assert the_row(tmp_path, row) == RequestRow(
        row=2,
        name="住户甲",
        phone="+8610000000001",
        household="H001",
        address=Address("11", "3", None, "501"),
        kind="medicine",
        urgency="health",
        note="降压药",
        channel="chat",
        reported_at=datetime(2026, 3, 1, 1, 30, tzinfo=UTC),
        needed_by=datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
        reporter="社区工作者甲",
    )


def test_a_request_needs_a_place_and_a_kind_only(tmp_path: Path) -> None:
    """Urgency and times that nobody wrote are not invented."""
    found = the_row(tmp_path, {"地址": "11-3-501", "类型": "垃圾"})
    assert isinstance(found, RequestRow)
    assert (found.urgency, found.reported_at, found.needed_by, found.note) == (None, None, None, "")


def test_typed_cells_of_a_workbook_mean_what_they_show(tmp_path: Path) -> None:
    """A door 501, a phone and an Excel time are read from their typed cells."""
    clock = datetime.combine(date(2026, 3, 1), time(9, 30))
    row = {"楼栋": 11, "房号": 501.0, "电话": 10000000001, "类型": "买药", "时间": clock}
    found = the_row(tmp_path, row, xlsx=True)
    assert isinstance(found, RequestRow)
    assert found.address == Address("11", None, None, "501")
    assert found.phone == "10000000001"
    assert found.reported_at == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "code", "cell"),
    [
        (BUILDING | {"楼层": date(2026, 1, 18)}, RowProblem.DATE_IN_TEXT_CELL, "B2"),
        (BUILDING | {"楼层": True}, RowProblem.WRONG_TYPE, "B2"),
        (BUILDING | {"楼层": 5.5}, RowProblem.WRONG_TYPE, "B2"),
        (BUILDING | {"楼栋": "=1+1"}, RowProblem.FORMULA, "A2"),
        (BUILDING | {"电梯": "#N/A"}, RowProblem.ERROR_CELL, "C2"),
        (REQUEST | {"时间": "=NOW()"}, RowProblem.FORMULA, "D2"),
        (REQUEST | {"时间": date(2026, 3, 1)}, RowProblem.TIME_WITHOUT_HOUR, "D2"),
        (REQUEST | {"时间": 1e12}, RowProblem.TIME_UNREADABLE, "D2"),
        (REQUEST | {"说明": "a_x0000_b"}, RowProblem.NUL_CHARACTER, "C2"),
        (REQUEST | {"说明": "a_xD800_b"}, RowProblem.LONE_SURROGATE, "C2"),
        (RESPONDER | {"容量": True}, RowProblem.NOT_A_WHOLE_NUMBER, "E2"),
        (RESPONDER | {"容量": 2**70}, RowProblem.OUT_OF_RANGE, "E2"),
    ],
)
def test_cells_that_a_workbook_spoiled_are_refused(
    tmp_path: Path, row: Mapping[str, object], code: RowProblem, cell: str
) -> None:
    """Dates out of 1-18, truth values, formulas and escapes never become data."""
    found = the_problem(tmp_path, row, xlsx=True)
    assert (found.code, found.params["cell"], found.sheet) == (code, cell, "Sheet1")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"地址": ""}, RowProblem.MISSING_VALUE, id="1-empty"),
        pytest.param({"地址": " \u3000"}, RowProblem.MISSING_VALUE, id="2-whitespace"),
        pytest.param({"说明": "米" * 100_000}, RowProblem.CELL_TOO_LONG, id="3-long-note"),
        pytest.param({"说明": "a\0b"}, RowProblem.NUL_CHARACTER, id="4-nul"),
        pytest.param({"地址": "\u200b\ufeff"}, RowProblem.MISSING_VALUE, id="7-zero-width"),
        pytest.param({"地址": "\u0412座1203"}, RowProblem.NO_BUILDING, id="9-homoglyph"),
        pytest.param({"地址": "1²号楼501"}, RowProblem.UNREADABLE_TEXT, id="12-superscript"),
        pytest.param({"地址": FAMILY}, RowProblem.NO_BUILDING, id="13-emoji"),
        pytest.param({"地址": "=HYPERLINK(1)"}, RowProblem.NO_BUILDING, id="16-formula"),
        pytest.param({"类型": "@all"}, RowProblem.UNKNOWN_KIND, id="17-mention"),
        pytest.param({"类型": "[x](http://e)"}, RowProblem.UNKNOWN_KIND, id="18-link"),
        pytest.param({"类型": "{0.__class__}"}, RowProblem.UNKNOWN_KIND, id="19-template"),
        pytest.param({"地址": "11号楼1_0层"}, RowProblem.UNREADABLE_ADDRESS, id="23-underscore"),
        pytest.param({"地址": "11号楼NaN层"}, RowProblem.UNREADABLE_ADDRESS, id="24-nan"),
        pytest.param({"地址": "11号楼1180591620717411303424"}, RowProblem.UNREADABLE_ADDRESS, id="25-huge"),
        pytest.param({"地址": "11号楼-0层"}, RowProblem.AMBIGUOUS_ADDRESS, id="26-minus-zero"),
        pytest.param({"地址": "楼下"}, RowProblem.NO_BUILDING, id="32-no-building"),
        pytest.param({"紧急程度": "5"}, RowProblem.UNKNOWN_URGENCY, id="34-urgency"),
        pytest.param({"时间": "2026-02-30 09:30"}, RowProblem.NO_SUCH_TIME, id="36-february"),
        pytest.param({"时间": "2026-06-30 23:59:60"}, RowProblem.NO_SUCH_TIME, id="37-leap-second"),
        pytest.param({"时间": "1988-06-01 09:30"}, RowProblem.YEAR_OUT_OF_RANGE, id="40-old-shanghai"),
        pytest.param({"时间": "0001-01-01T00:00+14:00"}, RowProblem.YEAR_OUT_OF_RANGE, id="41-year-one"),
        pytest.param({"时间": "9999-12-31 23:59"}, RowProblem.YEAR_OUT_OF_RANGE, id="42-year-9999"),
        pytest.param({"时间": "1e12"}, RowProblem.TIME_UNREADABLE, id="43-milliseconds"),
        pytest.param({"截止时间": "2026-03-01 09:00"}, RowProblem.NEEDED_BEFORE_REPORTED, id="48-end-first"),
    ],
)
def test_bad_inputs_are_refused_by_name(tmp_path: Path, change: dict[str, str], code: RowProblem) -> None:
    """The numbered bad inputs that a sheet can bring; each keeps its row out with its own code."""
    assert the_problem(tmp_path, REQUEST | change).code is code


@pytest.mark.parametrize(
    ("change", "address", "note"),
    [
        pytest.param({"说明": "cafe\u0301"}, "11", "café", id="6-nfd"),
        pytest.param({"说明": "abc\u202efdp"}, "11", "abcfdp", id="8-rtl"),
        pytest.param({"电话": "１００００００００００１"}, "11", "降压药", id="10-full-width-phone"),
        pytest.param({"地址": "\u0661\u0661号楼501"}, "11", "降压药", id="11-arabic-digits"),
        pytest.param({"说明": FAMILY}, "11", FAMILY, id="13-emoji"),
        pytest.param({"说明": "一\r\n二"}, "11", "一\n二", id="15-crlf"),
        pytest.param({"说明": "=HYPERLINK(1)"}, "11", "=HYPERLINK(1)", id="16-formula"),
        pytest.param({"说明": "@all <b>{0.__class__}"}, "11", "@all <b>{0.__class__}", id="17-18-19-inert"),
        pytest.param({"说明": "[[[[" * 500}, "11", "[[[[" * 500, id="20-nesting"),
        pytest.param({"地址": "11号楼0层"}, "11", "降压药", id="27-floor-0"),
        pytest.param({"地址": "11号楼B2层"}, "11", "降压药", id="28-basement"),
        pytest.param({"地址": "11号楼4层"}, "11", "降压药", id="29-the-register-decides"),
        pytest.param({"地址": "11号楼3A层"}, "11", "降压药", id="30-3a"),
        pytest.param({"地址": "3号楼A座1203"}, "3-A", "降压药", id="31-twin-towers"),
        pytest.param({"地址": "99号楼501"}, "99", "降压药", id="32-the-register-decides"),
    ],
)
def test_odd_inputs_are_taken_for_what_they_are(
    tmp_path: Path, change: dict[str, str], address: str, note: str
) -> None:
    """The numbered odd inputs that are legal come in clean and harmless."""
    found = the_row(tmp_path, REQUEST | change)
    assert isinstance(found, RequestRow)
    assert (found.address.building, found.note) == (address, note)


def test_a_workbook_brings_its_three_tables(tmp_path: Path) -> None:
    """Sheets are told by their titles; others are named as not read."""
    sheets = {
        "居民": [list(RESIDENT), list(RESIDENT.values())],
        "Buildings": [list(BUILDING), list(BUILDING.values())],
        "人员": [list(RESPONDER), list(RESPONDER.values()), []],
        "说明": [["这是说明"]],
    }
    found = read_register(saved(tmp_path, xlsx_bytes(sheets)))
    assert [type(row) for row in found.rows] == [ResidentRow, BuildingRow, ResponderRow]
    assert found.ignored_sheets == ("说明",)
    assert (found.data_rows, found.rejected) == (3, ())


@pytest.mark.parametrize(
    ("sheets", "problem"),
    [
        ({"一": [list(RESIDENT)], "二": [list(BUILDING)]}, SheetProblem.NO_SUCH_SHEET),
        ({"²": [list(RESIDENT)], "二": [list(BUILDING)]}, SheetProblem.NO_SUCH_SHEET),
        ({"一": [list(REQUEST)]}, SheetProblem.UNKNOWN_TABLE),
        ({"一": [["电话", "备注"]]}, SheetProblem.UNKNOWN_TABLE),
        ({"楼栋": []}, SheetProblem.EMPTY_FILE),
    ],
)
def test_a_workbook_without_a_table_is_refused(
    tmp_path: Path, sheets: dict[str, list[list[str]]], problem: SheetProblem
) -> None:
    """Which sheet is which is never guessed, and requests are no register."""
    with pytest.raises(SheetError) as refused:
        read_register(saved(tmp_path, xlsx_bytes(sheets)))
    assert refused.value.problem is problem


def test_a_register_is_no_list_of_requests(tmp_path: Path) -> None:
    """The columns tell what a CSV file is."""
    with pytest.raises(SheetError) as refused:
        read_requests(saved(tmp_path, csv_bytes([list(BUILDING), list(BUILDING.values())])), tz=SHANGHAI)
    assert refused.value.problem is SheetProblem.UNKNOWN_TABLE


def test_every_problem_of_the_domain_has_a_code_of_a_row() -> None:
    """A new reason of `text` or `address` cannot be forgotten here."""
    codes = {code.value for code in RowProblem}
    assert {problem.value for problem in [*TextProblem, *AddressProblem]} <= codes


GOOD_OR_BAD = {
    "地址": ("11-3-501", "12号楼2单元301", "机密501", "11-3", "", "\u200b", "1²号楼"),
    "类型": ("买药", "垃圾", "机密", ""),
    "姓名": ("机密甲", "", "机密" * 40),
    "电话": ("10000000001", "机密", "", "1_0"),
    "说明": ("机密\r\n换行", "", "a\0机密", "机密" * 3_000, '机密,"引号"'),
    "时间": ("2026-03-01 09:30", "机密", "2026-02-30 09:30", ""),
    "血型": ("机密", ""),
}
ROW = st.tuples(*(st.sampled_from(cells) for cells in GOOD_OR_BAD.values()))


@given(rows=st.lists(ROW, max_size=12), encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_nothing_is_dropped_silently(rows: list[tuple[str, ...]], encoding: str) -> None:
    """Each row with content is imported or named, none is both, and no name tells a content."""
    data = csv_bytes([list(GOOD_OR_BAD), *rows], encoding)
    with tempfile.TemporaryDirectory() as folder:
        found = read_requests(saved(Path(folder), data), tz=SHANGHAI)
    filled = [n for n, row in enumerate(rows, 2) if any(cell.strip("\u200b") for cell in row)]
    read, refused = [row.row for row in found.rows], [row.row_number for row in found.rejected]
    assert sorted(read + refused) == filled
    assert read == sorted(read)
    assert refused == sorted(refused)
    assert len(found.rows) + len(found.rejected) == found.data_rows
    assert "机密" not in repr(found.rejected)
    assert "机密" not in repr(found.rows)


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(
    ["11号楼", "18", "有", "楼层长", "买药", "11-3-501", "=1+1", "#N/A"]
)  # fmt: skip


@given(table=st.lists(st.lists(CELLS, max_size=6), max_size=8))
def test_no_table_raises_anything_but_a_sheet_error(table: list[list[object]]) -> None:
    """Whatever stands in a file, its rows are counted or the file is refused."""
    rows: list[list[object]] = [["楼栋", "楼层", "电梯", "角色", "姓名", "地址"], *table]
    data = csv_bytes([["" if cell is None else str(cell) for cell in row] for row in rows])
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = read_register(saved(Path(folder), data))
        except SheetError as error:
            found = None
            problem = error.problem
        assert found is not None or problem in {SheetProblem.DAMAGED_CSV, SheetProblem.EMPTY_FILE}
    if found is not None:
        assert len(found.rows) + len(found.rejected) == found.data_rows


def test_the_examples_read_alike_in_every_format() -> None:
    """The invented community is the same in UTF-8, GB18030 and xlsx, and nothing of it is refused."""
    register = read_register(EXAMPLES / "register.xlsx")
    assert register.rejected == ()
    for folder in (EXAMPLES, EXAMPLES / "gb18030"):
        files = [read_register(folder / f"{name}.csv") for name in ("buildings", "responders", "residents")]
        assert tuple(row for file in files for row in file.rows) == register.rows
        requests = read_requests(folder / "requests.csv", tz=SHANGHAI)
        assert requests == read_requests(EXAMPLES / "requests.xlsx", tz=SHANGHAI)
        assert requests.rejected == ()
    assert {type(row) for row in register.rows} == {BuildingRow, ResponderRow, ResidentRow}
    assert {row.kind for row in requests.rows} == {"medicine", "food", "garbage", "stair_carry", "medical_ride"}
