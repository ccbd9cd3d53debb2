"""What single cells say: floors, stairwells, areas of duty, instants, words of choice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.address import AddressProblem, BadAddress, floor_label, floor_order
from dispatch.domain.text import BadText, TextProblem
from dispatch.domain.values import Channel, ControlLevel, Role, Urgency
from dispatch.sheets import Cell, Fault, RowProblem, ServedPlace
from dispatch.sheets.floors import FLOORS_MAX, read_building_units, read_floor_names, read_floors, read_scope
from dispatch.sheets.problems import RowError
from dispatch.sheets.row_reader import choice, whole, yes_or_no
from dispatch.sheets.times import read_instant
from dispatch.sheets.vocabulary import CHANNELS, CONTROL_LEVELS, KINDS, ROLES, SKILLS, URGENCIES

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def floors(*spans: tuple[int, int]) -> tuple[str, ...]:
    """Spell spans of floors; there is no floor 0 here."""
    return tuple(f"B{-n}" if n < 0 else str(n) for a, b in spans for n in range(a, b + 1) if n)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18", floors((1, 18))),
        ("18层", floors((1, 18))),
        ("共18层", floors((1, 18))),
        ("1", ("1",)),
        ("1-18", floors((1, 18))),
        ("１－１８", floors((1, 18))),
        ("1 - 18", floors((1, 18))),
        ("1~18层", floors((1, 18))),
        ("1至18", floors((1, 18))),
        ("B2-18", floors((-2, 18))),
        ("-2-18", floors((-2, 18))),
        ("B2-B1", floors((-2, -1))),
        ("地下二层-18层", floors((-2, 18))),
        ("地上18层地下2层", floors((-2, 18))),
        ("1-3,5-18", floors((1, 3), (5, 18))),
        ("1-3，5-18", floors((1, 3), (5, 18))),
        ("1-3、5-12、15-18", floors((1, 3), (5, 12), (15, 18))),
        ("1-3 5-18", floors((1, 3), (5, 18))),
        ("B2,B1,1,2,3,5", ("B2", "B1", "1", "2", "3", "5")),
        ("5,3,B1,2,1", ("B1", "1", "2", "3", "5")),
        ("1-18缺4,13,14", floors((1, 3), (5, 12), (15, 18))),
        ("1-18(无4、13-14层)", floors((1, 3), (5, 12), (15, 18))),
        ("18缺4", floors((1, 3), (5, 18))),
        ("1-6 except 4", floors((1, 3), (5, 6))),
        ("0-3", ("0", "1", "2", "3")),
        ("G-3", ("G", "1", "2", "3")),
        ("B1,G,M,1,2,3,3A,5", ("B1", "G", "1", "M", "2", "3", "3A", "5")),
        ("1-3,3A,5,夹层", ("1", "M", "2", "3", "3A", "5")),
    ],
)
def test_floors_are_listed_bottom_to_top(text: str, expected: tuple[str, ...]) -> None:
    """Counts, ranges, lists and missing floors give exactly the floors that exist."""
    assert read_floors(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("许多", RowProblem.UNREADABLE_FLOORS),
        ("0", RowProblem.UNREADABLE_FLOORS),
        ("-0", RowProblem.UNREADABLE_FLOORS),
        ("18-1", RowProblem.UNREADABLE_FLOORS),
        ("3-3", RowProblem.UNREADABLE_FLOORS),
        ("1-3A", RowProblem.UNREADABLE_FLOORS),
        ("M-3", RowProblem.UNREADABLE_FLOORS),
        ("1-", RowProblem.UNREADABLE_FLOORS),
        ("1_0", RowProblem.UNREADABLE_FLOORS),
        ("1e3", RowProblem.UNREADABLE_FLOORS),
        ("NaN", RowProblem.UNREADABLE_FLOORS),
        ("999", RowProblem.UNREADABLE_FLOORS),
        ("1-99999999999", RowProblem.UNREADABLE_FLOORS),
        ("1180591620717411303424", RowProblem.UNREADABLE_FLOORS),
        ("1-18缺20", RowProblem.UNREADABLE_FLOORS),
        ("1-18缺", RowProblem.UNREADABLE_FLOORS),
        ("1-18缺4缺5", RowProblem.UNREADABLE_FLOORS),
        ("缺4", RowProblem.UNREADABLE_FLOORS),
        ("1,2,2", RowProblem.FLOOR_TWICE),
        ("1-5,3", RowProblem.FLOOR_TWICE),
        ("一楼,1", RowProblem.FLOOR_TWICE),
        ("B10-195", RowProblem.TOO_MANY_FLOORS),
    ],
)
def test_a_list_of_floors_that_makes_no_sense_is_refused(text: str, problem: RowProblem) -> None:
    """Nothing is guessed, and no list is long enough to hurt."""
    with pytest.raises(RowError) as refused:
        read_floors(text)
    assert refused.value.problem.code is problem


def test_a_false_digit_is_no_floor() -> None:
    """A superscript never becomes a floor."""
    with pytest.raises(BadText) as refused:
        read_floors("1²")
    assert refused.value.problem is TextProblem.NOT_A_PLAIN_DIGIT


@given(st.text("0123456789BGMA层地下-~,缺 ", max_size=20) | st.text(max_size=20))
def test_floors_are_canonical_and_sorted_or_refused(text: str) -> None:
    """Whatever stands in the cell, what comes out is a register's floors."""
    try:
        found = read_floors(text)
    except (RowError, BadText):
        return
    assert 1 <= len(found) <= FLOORS_MAX
    assert len(set(found)) == len(found)
    assert [floor_label(floor) for floor in found] == list(found)
    assert sorted(found, key=floor_order) == list(found)


@pytest.mark.parametrize(
    ("text", "names"), [("5", ("5",)), ("5-7", ("5", "6", "7")), ("5,7层", ("5", "7")), ("B1", ("B1",))]
)
def test_named_floors_are_no_count(text: str, names: tuple[str, ...]) -> None:
    """Where somebody's floors are listed, 5 is the fifth floor."""
    assert read_floor_names(text) == names


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1-3", ("1", "2", "3")),
        ("1~3单元", ("1", "2", "3")),
        ("1,2,3", ("1", "2", "3")),
        ("1单元、2单元", ("1", "2")),
        ("3单元", ("3",)),
        ("三单元", ("3",)),
        ("3个单元", ("1", "2", "3")),
        ("1", ("1",)),
        ("甲,乙", ("甲", "乙")),
        ("A B", ("A", "B")),
    ],
)
def test_stairwells_are_listed(text: str, units: tuple[str, ...]) -> None:
    """Ranges, lists and counts give the stairwells' names."""
    assert read_building_units(text) == units


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("3", RowProblem.BUILDING_UNITS_UNCLEAR),
        ("1,2,2", RowProblem.BUILDING_UNIT_TWICE),
        ("1-3,2", RowProblem.BUILDING_UNIT_TWICE),
        ("1-99", RowProblem.TOO_MANY_BUILDING_UNITS),
        ("99个单元", RowProblem.TOO_MANY_BUILDING_UNITS),
    ],
)
def test_unclear_stairwells_are_refused(text: str, problem: RowProblem) -> None:
    """«3» may be three stairwells or the third."""
    with pytest.raises(RowError) as refused:
        read_building_units(text)
    assert refused.value.problem.code is problem


@pytest.mark.parametrize("text", ["3-1", "1-", "B1-B2", "-"])
def test_a_range_that_is_none_is_no_stairwell(text: str) -> None:
    """A broken range never becomes a name."""
    with pytest.raises(BadAddress) as refused:
        read_building_units(text)
    assert refused.value.problem is AddressProblem.UNREADABLE_BUILDING_UNIT


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("11号楼", (ServedPlace("11"),)),
        ("11", (ServedPlace("11"),)),
        ("11号楼5层", (ServedPlace("11", None, ("5",)),)),
        ("11号楼3单元5-6层", (ServedPlace("11", "3", ("5", "6")),)),
        ("11号楼7~9层；12号楼、B座", (ServedPlace("11", None, ("7", "8", "9")), ServedPlace("12"), ServedPlace("B"))),
        ("11号楼全部", (ServedPlace("11"),)),
        ("全社区", (ServedPlace(),)),
        ("all", (ServedPlace(),)),
        ("幸福小区11号楼", (ServedPlace("11", compound="幸福小区"),)),
        ("11号楼B2-B1层", (ServedPlace("11", None, ("B2", "B1")),)),
        ("11号楼\n12号楼", (ServedPlace("11"), ServedPlace("12"))),
    ],
)
def test_an_area_of_duty_is_read(text: str, scope: tuple[ServedPlace, ...]) -> None:
    """Buildings, stairwells, floors or everything."""
    assert read_scope(text) == scope


def test_an_area_of_duty_ends_at_floors() -> None:
    """A door is a household's, and a floor without its building is nobody's."""
    with pytest.raises(RowError) as refused:
        read_scope("11号楼501")
    assert refused.value.problem.code is RowProblem.SCOPE_NAMES_A_DOOR
    with pytest.raises(BadAddress):
        read_scope("11号楼5层、6层")


@pytest.mark.parametrize(
    "cell",
    [
        *("2026-03-01 09:30", "2026-03-01T09:30", "2026-3-1 9:30", "2026/03/01 09:30:00", "2026.3.1 9:30"),
        *("２０２６－０３－０１　０９：３０", "2026年3月1日 9:30", "2026年3月1日9时30分", "2026-03-01 09:30:00.000"),
        *("2026-03-01T01:30Z", "2026-03-01 09:30+08:00", "2026-03-01T09:30:00+0800", "2026-02-28 20:30 -05"),
        datetime.combine(date(2026, 3, 1), time(9, 30)),
    ],
)
def test_an_instant_is_read_in_the_community_s_zone(cell: Cell) -> None:
    """A time without a zone is the community's clock; one with a zone is what it says."""
    instant = read_instant(cell, SHANGHAI)
    assert instant == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("soon", RowProblem.TIME_UNREADABLE),
        ("09:30", RowProblem.TIME_UNREADABLE),
        ("03/01/2026 09:30", RowProblem.TIME_UNREADABLE),
        ("2026-03-01 9", RowProblem.TIME_UNREADABLE),
        ("2026-03-01 9:3", RowProblem.TIME_UNREADABLE),
        ("1e12", RowProblem.TIME_UNREADABLE),
        (1_000_000_000_000, RowProblem.TIME_UNREADABLE),
        (46082.4, RowProblem.TIME_UNREADABLE),
        (True, RowProblem.TIME_UNREADABLE),
        (time(9, 30), RowProblem.TIME_UNREADABLE),
        (timedelta(hours=9), RowProblem.TIME_UNREADABLE),
        (Fault(RowProblem.FORMULA), RowProblem.FORMULA),
        ("2026-03-01", RowProblem.TIME_WITHOUT_HOUR),
        (date(2026, 3, 1), RowProblem.TIME_WITHOUT_HOUR),
        ("2026-02-30 09:30", RowProblem.NO_SUCH_TIME),
        ("2026-13-01 09:30", RowProblem.NO_SUCH_TIME),
        ("2026-03-01 24:00", RowProblem.NO_SUCH_TIME),
        ("2026-06-30 23:59:60", RowProblem.NO_SUCH_TIME),
        ("2026-03-01 09:30+25:00", RowProblem.NO_SUCH_TIME),
        ("1988-06-01 09:30", RowProblem.YEAR_OUT_OF_RANGE),
        ("0001-01-01T00:00+14:00", RowProblem.YEAR_OUT_OF_RANGE),
        ("9999-12-31 23:59-12:00", RowProblem.YEAR_OUT_OF_RANGE),
        ("2101-01-01 00:00", RowProblem.YEAR_OUT_OF_RANGE),
        ("2026-03-29 02:30", RowProblem.TIME_SKIPPED_BY_CLOCK),
        ("2026-10-25 02:30", RowProblem.TIME_TWICE_ON_CLOCK),
    ],
)
def test_a_time_that_is_none_is_refused(cell: Cell, problem: RowProblem) -> None:
    """Each way of not being an instant has its own code."""
    with pytest.raises(RowError) as refused:
        read_instant(cell, BERLIN)
    assert refused.value.problem.code is problem


def test_a_zone_settles_what_the_clock_showed_twice() -> None:
    """With its zone, a time in the night of the change is one instant."""
    assert read_instant("2026-10-25 02:30+01:00", BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(
    st.datetimes(datetime.combine(date(2000, 1, 2), time()), datetime.combine(date(2100, 12, 30), time())),
    st.timezones(),
)
def test_a_local_time_comes_back_from_utc(stated: datetime, tz: ZoneInfo) -> None:
    """What is taken without a zone reads the same on the community's clock."""
    try:
        instant = read_instant(stated, tz)
    except RowError as error:
        assert error.problem.code in {RowProblem.TIME_TWICE_ON_CLOCK, RowProblem.TIME_SKIPPED_BY_CLOCK}  # noqa: PT017
        return
    assert instant.astimezone(tz).replace(tzinfo=None) == stated


@given(st.text("0123456789-/:T年月日 +Z.", max_size=30))
def test_no_text_raises_anything_but_a_problem(text: str) -> None:
    """Every text is an instant of the century or is refused."""
    try:
        instant = read_instant(text, SHANGHAI)
    except (RowError, BadText):
        return
    assert 1999 <= instant.year <= 2101


def test_yes_and_no_are_read() -> None:
    """Words and a spreadsheet's truth values mean the same."""
    assert [yes_or_no(cell) for cell in ("有", "是", "YES", "√", 1, True)] == [True] * 6
    assert [yes_or_no(cell) for cell in ("无", "否", "No", "×", 0, False)] == [False] * 6


@pytest.mark.parametrize("cell", ["也许", 2, "11", 0.5, date(2026, 3, 1), Fault(RowProblem.FORMULA)])
def test_neither_yes_nor_no_is_refused(cell: Cell) -> None:
    """A number of lifts is not a yes."""
    with pytest.raises(RowError):
        yes_or_no(cell)


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("楼层长", Role.FLOOR_CAPTAIN),
        ("楼长", Role.BUILDING_LEAD),
        ("社区工作者", Role.COMMUNITY_WORKER),
        ("下沉干部", Role.CADRE),
        ("志愿者", Role.VOLUNTEER),
        ("司机", Role.DRIVER),
        ("医护", Role.MEDICAL_STAFF),
        ("心理咨询", Role.COUNSELLOR),
        ("Floor Captain", Role.FLOOR_CAPTAIN),
    ],
)
def test_roles_are_known_by_name(word: str, role: Role) -> None:
    """Both languages lead to the key."""
    assert choice(ROLES, RowProblem.UNKNOWN_ROLE)(word) == role.value


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *[(word, "medicine") for word in ("买药", "药品", "Medicine")],
        *[(word, "food") for word in ("买菜", "食品")],
        ("垃圾", "garbage"),
        *[(word, "stair_carry") for word in ("搬抬", "下楼护送", "搬抬/下楼", "stair carry")],
        ("就医用车", "medical_ride"),
    ],
)
def test_kinds_are_known_by_name(word: str, kind: str) -> None:
    """The words of a community lead to the five kinds."""
    assert choice(KINDS, RowProblem.UNKNOWN_KIND)(word) == kind


def test_words_lead_to_keys_of_the_domain() -> None:
    """No table invents a key that the domain does not have."""
    assert set(ROLES.values()) <= {role.value for role in Role}
    assert set(URGENCIES.values()) == {urgency.value for urgency in Urgency}
    assert set(CHANNELS.values()) <= {channel.value for channel in Channel}
    assert set(CONTROL_LEVELS.values()) == {level.value for level in ControlLevel}
    urgency = choice(URGENCIES, RowProblem.UNKNOWN_URGENCY)
    assert [urgency(w) for w in ("危及生命", "危及健康", "生活困难", "一般")] == ["life", "health", "hardship", "none"]
    assert SKILLS["搬抬"] == "stair_carry"


@pytest.mark.parametrize("word", ["买面", "", "²", "medicin\u0435", "=1+1", 5, "@all"])
def test_an_unknown_word_is_refused(word: Cell) -> None:
    """A word that nobody knows is never the nearest one."""
    with pytest.raises((RowError, BadText)):
        choice(KINDS, RowProblem.UNKNOWN_KIND)(word)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (0, RowProblem.OUT_OF_RANGE),
        (-1, RowProblem.OUT_OF_RANGE),
        ("201", RowProblem.OUT_OF_RANGE),
        (2**70, RowProblem.OUT_OF_RANGE),
        (True, RowProblem.NOT_A_WHOLE_NUMBER),
        (1.5, RowProblem.NOT_A_WHOLE_NUMBER),
        (float("nan"), RowProblem.NOT_A_WHOLE_NUMBER),
        (float("inf"), RowProblem.NOT_A_WHOLE_NUMBER),
        ("1_0", RowProblem.NOT_A_WHOLE_NUMBER),
        ("-0", RowProblem.NOT_A_WHOLE_NUMBER),
        ("²", RowProblem.NOT_A_PLAIN_DIGIT),
        (date(2026, 3, 1), RowProblem.DATE_IN_TEXT_CELL),
    ],
)
def test_a_capacity_that_is_none_is_refused(cell: Cell, problem: RowProblem) -> None:
    """Zero, negative, broken and endless capacities are told apart."""
    with pytest.raises(RowError) as refused:
        whole(1, 200)(cell)
    assert refused.value.problem.code is problem


def test_a_capacity_may_be_a_number_or_text() -> None:
    """Both spellings give the number."""
    assert [whole(1, 200)(cell) for cell in (8, "8", "８", "08")] == [8, 8, 8, 8]
