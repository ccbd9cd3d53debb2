"""Importing: every row is in the log once or is reported, whatever happens and however often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from dispatch import Dispatch, ImportReport, ResponderId, import_register, import_requests
from dispatch.sheets import SheetError
from tests.house import ROOT

DATA = ROOT / "examples" / "data"
HERE = "riverside"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Dispatch]:
    """Give an engine with a community and nothing in it, on the first of March."""
    now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    with Dispatch.open(f"sqlite:///{tmp_path}/community.db", clock=lambda: now) as engine:
        engine.register_community(HERE, name="河畔社区", duty="desk-1")
        yield engine


def written(folder: Path, *lines: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    """Write lines of CSV."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def refused(report: ImportReport) -> list[tuple[int, str]]:
    """Return number and code of each row that is not imported."""
    return [(row.row, row.code) for row in report.not_imported]


def assert_whole(report: ImportReport) -> None:
    """Every row is counted once."""
    rows = sum(count for table, count in report.imported.items() if table != "compounds")
    assert report.rows == rows + sum(report.earlier.values()) + len(report.not_imported)


BUILDINGS = ("楼栋,单元,楼层,电梯,管控等级", "11号楼,,B1-19,有,管控", '12号楼,"1单元,2单元",6,无,')


@pytest.fixture
def built(engine: Dispatch, tmp_path: Path) -> Dispatch:
    """Give an engine whose community has two buildings."""
    assert import_register(engine, HERE, written(tmp_path, *BUILDINGS)).imported == {"buildings": 2}
    return engine


def test_the_examples(engine: Dispatch) -> None:
    """The invented files of the repository are taken whole, in CSV, GB18030 and xlsx."""
    register = import_register(engine, HERE, DATA / "register.xlsx")
    assert refused(register) == []
    assert register.imported == {"compounds": 1, "buildings": 4, "residents": 20, "responders": 33}
    for name in ("requests.csv", "gb18030/requests.csv", "requests.xlsx"):
        report = import_requests(engine, HERE, DATA / name)
        assert_whole(report)
        assert refused(report) == []
    board = engine.board_of(HERE)
    assert len(board.residents) == 20
    assert {request.place.building for request in board.requests.values()} <= set(board.place_register.buildings)


def test_sheets_in_any_order(engine: Dispatch, tmp_path: Path) -> None:
    """Responders before residents before buildings: the order of the sheets does not matter."""
    source = openpyxl.load_workbook(DATA / "register.xlsx")
    turned = openpyxl.Workbook()
    for title in reversed(source.sheetnames):
        sheet = turned.create_sheet(title)
        for row in source[title].iter_rows(values_only=True):
            sheet.append(row)
    del turned[turned.sheetnames[0]]
    turned.save(tmp_path / "turned.xlsx")
    report = import_register(engine, HERE, tmp_path / "turned.xlsx")
    assert refused(report) == []
    assert report.imported["responders"] == 33


def test_the_same_file_twice_does_nothing_twice(engine: Dispatch) -> None:
    """The second import finds every row and records nothing."""
    for importer, name in ((import_register, "register.xlsx"), (import_requests, "requests.csv")):
        first = importer(engine, HERE, DATA / name)
        head = engine.position()
        again = importer(engine, HERE, DATA / name)
        assert engine.position() == head
        assert again.imported == {}
        assert sum(again.earlier.values()) == again.rows == first.rows
        assert refused(again) == []


def test_an_import_that_was_cut_off_goes_on(engine: Dispatch, tmp_path: Path) -> None:
    """What was saved before the cut is not saved again; the rest follows."""
    import_register(engine, HERE, written(tmp_path, *BUILDINGS))
    rows = [f"人{floor}-{door},11号楼{floor}{door:02}" for floor in range(1, 20) for door in range(1, 11)]
    path = written(tmp_path, "姓名,住址", *rows)

    class CutError(Exception):
        """The power went."""

    def cut(done: int, _total: int) -> None:
        raise CutError(done)

    with pytest.raises(CutError):
        import_register(engine, HERE, path, progress=cut)
    saved = len(engine.board_of(HERE).residents)
    assert 0 < saved < len(rows)
    rest = import_register(engine, HERE, path)
    assert rest.earlier == {"residents": saved}
    assert rest.imported == {"residents": len(rows) - saved}
    assert len(engine.board_of(HERE).residents) == len(rows)


def test_a_corrected_file_adds_what_was_missing(built: Dispatch, tmp_path: Path) -> None:
    """Rows that were refused are named, and come in when the file or the register is mended."""
    head = "姓名,电话,住址"
    wrong = written(tmp_path, head, "甲,13800000001,11号楼501", "乙,13800000002,13号楼501", "丙,13800000003,11号楼2501")
    report = import_register(built, HERE, wrong)
    assert refused(report) == [(3, "unknown_building"), (4, "unknown_floor")]
    assert_whole(report)
    mended = written(
        tmp_path,
        head,
        "甲,13800000001,11号楼501",
        "乙,13800000002,11号楼601",
        "丙,13800000003,11号楼2501",
        name="mended.csv",
    )
    report = import_register(built, HERE, mended)
    assert (report.earlier, report.imported) == ({"residents": 1}, {"residents": 1})
    built.register_building(HERE, "13号楼", floors=6, lift=False)
    report = import_register(built, HERE, wrong)
    assert (report.earlier, report.imported) == ({"residents": 1}, {"residents": 1})
    assert refused(report) == [(4, "unknown_floor")]


def test_duplicates_are_reported(built: Dispatch, tmp_path: Path) -> None:
    """The same person twice in a file is one person and one report; members of a household are all taken."""
    path = written(
        tmp_path,
        "户号,姓名,电话,住址",
        "H1,甲,13800000001,11号楼501",
        "H1,乙,13800000001,11号楼501",
        "H1,甲,13800000001,11号楼501",
    )
    report = import_register(built, HERE, path)
    assert refused(report) == [(4, "same_row")]
    assert report.not_imported[0].params == {"row": 2}
    residents = built.board_of(HERE).residents.values()
    assert len(residents) == 2
    assert len({resident.household for resident in residents}) == 1


def test_somebody_who_was_registered_by_hand(built: Dispatch, tmp_path: Path) -> None:
    """A person whom the desk has registered is not registered again."""
    built.register_resident(HERE, "11号楼501", phone="13800000001", name="甲")
    report = import_register(built, HERE, written(tmp_path, "姓名,电话,住址", "甲,13800000001,11号楼501"))
    assert refused(report) == [(2, "resident_exists")]


def test_responders_twice(built: Dispatch, tmp_path: Path) -> None:
    """The same responder in another file would carry twice: refused and reported."""
    head = "姓名,电话,角色,负责范围,工作量上限"
    first = written(tmp_path, head, "甲,13800000001,楼层长,11号楼5层,8")
    assert import_register(built, HERE, first).imported == {"responders": 1}
    other = written(tmp_path, head, "甲,13800000001,楼层长,11号楼5-6层,8")
    assert refused(import_register(built, HERE, other)) == [(2, "responder_exists")]


def test_what_a_row_of_a_responder_says(built: Dispatch, tmp_path: Path) -> None:
    """Role, home, scopes, skills, capacity, paper and isolation are recorded; the own entry is linked."""
    import_register(built, HERE, written(tmp_path, "姓名,电话,住址", "甲,13800000001,12号楼1单元601"))
    head = "姓名,电话,角色,负责范围,技能,工作量上限,纸质,隔离"
    import_register(built, HERE, written(tmp_path, head, "甲,13800000001,楼长,12号楼1单元5-6层,搬抬,9,是,是"))
    board = built.board_of(HERE)
    [(responder, state)] = board.responders.items()
    assert (state.role, state.capacity, state.paper, state.isolated) == ("building_lead", 9, True, True)
    assert {scope.floor for scope in state.scopes} == {"5", "6"}
    assert {scope.building_unit for scope in state.scopes} == {"1"}
    assert state.skills == {"stair_carry"}
    assert state.resident in board.residents
    shown = built.reveal(HERE, ResponderId(responder), purpose="review")
    assert shown == {"name": "甲", "phone": "13800000001"}


def test_control_levels_and_isolation_of_the_register(built: Dispatch, tmp_path: Path) -> None:
    """A control level of the column holds at once; isolated residents are isolated."""
    controls = built.register_of(HERE).controls
    assert [(control.level, control.place.depth) for control in controls] == [("controlled", 2)]
    import_register(built, HERE, written(tmp_path, "姓名,住址,隔离", "甲,11号楼501,是"))
    assert [resident.isolated for resident in built.board_of(HERE).residents.values()] == [True]


def test_a_building_with_other_floors(built: Dispatch, tmp_path: Path) -> None:
    """A building that is known is left as it is: the same is known, another is reported."""
    path = written(tmp_path, "楼栋,楼层,电梯", "11号楼,B1-19,有", "12号楼,7,无", "13号楼,7,无")
    report = import_register(built, HERE, path)
    assert report.earlier == {"buildings": 1}
    assert refused(report) == [(3, "building_exists")]
    assert report.imported == {"buildings": 1}


def test_requests_find_their_people(built: Dispatch, tmp_path: Path) -> None:
    """By door and phone, by door alone, or a person is registered; two rows of one door are one person."""
    known = built.register_resident(HERE, "11号楼501", phone="13800000001")
    path = written(
        tmp_path,
        "类型,地址,电话,姓名,备注,登记人",
        "买药,11号楼501,13800000001,甲,降压药,王某",
        "买菜,11号楼501,13800009999,,,",
        "垃圾,11号楼601,,乙,,",
        "买菜,11号楼601,,乙,,",
    )
    report = import_requests(built, HERE, path)
    assert refused(report) == []
    board = built.board_of(HERE)
    by_kind: dict[str, list[str]] = {}
    for request, state in board.requests.items():
        by_kind.setdefault(state.kind, []).append(state.beneficiary)
        if state.kind == "medicine":
            assert built.reveal(HERE, request, purpose="review")["note"] == "降压药 — 王某"
    assert by_kind["medicine"] == [known]
    assert known in by_kind["food"]
    assert by_kind["garbage"][0] in by_kind["food"]
    assert len(board.residents) == 2


def test_requests_that_cannot_be(built: Dispatch, tmp_path: Path) -> None:
    """Each is reported by its number with its own reason, and the good one is taken."""
    path = written(
        tmp_path,
        "类型,地址,登记时间,截止时间",
        "买药,11号楼501,2026-03-01 08:00,",
        "买药,99号楼501,2026-03-01 08:00,",
        "买药,11号楼501,2025-03-01 08:00,",
        "买药,11号楼501,2026-03-09 08:00,",
        "买药,11号楼501,2026-02-30 08:00,",
        "弹琴,11号楼501,,",
        "买药,11号楼501,2026-03-01 08:00,",
    )
    report = import_requests(built, HERE, path)
    assert_whole(report)
    assert report.imported == {"requests": 1}
    assert sorted(refused(report)) == [
        (3, "unknown_building"),
        (4, "too_long_ago"),
        (5, "from_the_future"),
        (6, "no_such_time"),
        (7, "unknown_kind"),
        (8, "same_row"),
    ]
    again = import_requests(built, HERE, path)
    assert again.earlier == {"requests": 2}, "the duplicate is in the log as well, word for word"
    assert len(built.board_of(HERE).requests) == 1


def test_times_without_a_zone_are_the_communitys(built: Dispatch, tmp_path: Path) -> None:
    """Eight o'clock on a sheet is eight o'clock there."""
    path = written(tmp_path, "类型,地址,登记时间", "买药,11号楼501,2026-03-02 08:00")
    assert refused(import_requests(built, HERE, path)) == []
    (state,) = built.board_of(HERE).requests.values()
    assert state.received_at == datetime(2026, 3, 2, 0, tzinfo=UTC)


def test_nothing_personal_in_what_is_reported(built: Dispatch, tmp_path: Path) -> None:
    """Problems name codes, columns and cells, never what a cell holds."""
    secret = ("王小某", "13812345678", "降压药")
    path = written(
        tmp_path,
        "类型,地址,姓名,电话,备注",
        f"买药,99号楼501,{secret[0]},{secret[1]},{secret[2]}",
        f"弹琴,11号楼501,{secret[0]},{secret[1]}x,{secret[2]}",
    )
    said = repr(import_requests(built, HERE, path))
    assert not [text for text in secret if text in said]


def test_erased_people_are_registered_anew(built: Dispatch, tmp_path: Path) -> None:
    """An erased person is nobody any more; the same file later is about somebody new."""
    path = written(tmp_path, "姓名,电话,住址", "甲,13800000001,11号楼501")
    import_register(built, HERE, path)
    (person,) = built.board_of(HERE).residents
    built.erase(HERE, person)
    report = import_register(built, HERE, path)
    assert report.imported == {"residents": 1}
    assert len(built.board_of(HERE).residents) == 2


def test_two_communities_of_one_store(built: Dispatch, tmp_path: Path) -> None:
    """The same file in another community is another import."""
    built.register_community("hillside", name="山坡社区", duty="desk-1")
    report = import_register(built, "hillside", written(tmp_path, *BUILDINGS))
    assert report.imported == {"buildings": 2}


def test_notes_of_residents_are_counted(built: Dispatch, tmp_path: Path) -> None:
    """What has no place in the register is counted, not lost in silence."""
    report = import_register(built, HERE, written(tmp_path, "姓名,住址,备注", "甲,11号楼501,耳背"))
    assert report.left_out == {"note": 1}


@pytest.mark.parametrize("importer", [import_register, import_requests])
def test_a_file_that_cannot_be_read(engine: Dispatch, tmp_path: Path, importer: object) -> None:
    """The whole file is refused by name of the problem, and nothing is recorded."""
    assert callable(importer)
    head = engine.position()
    with pytest.raises(SheetError):
        importer(engine, HERE, tmp_path / "missing.csv")
    with pytest.raises(SheetError):
        importer(engine, HERE, written(tmp_path, "一,二", "1,2"))
    assert engine.position() == head


def test_progress_reaches_its_end(engine: Dispatch) -> None:
    """Progress counts the rows and ends with all of them."""
    seen: list[tuple[int, int]] = []
    import_register(engine, HERE, DATA / "register.xlsx", progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (57, 57)
