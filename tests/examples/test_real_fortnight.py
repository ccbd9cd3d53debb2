"""The fortnight on files of a few rows: what is usable is played and audited, what is not is said."""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from dispatch import Dispatch

PROGRAM = Path(__file__).parent.parent.parent / "examples" / "real_fortnight.py"
DAY = "04/07/2020"
CALL = {
    "Call Type": "Medical Incident",
    "Station Area": "32",
    "Box": "5633",
    "Original Priority": "3",
    "Final Priority": "3",
    "Received DtTm": f"{DAY} 08:53:08 PM",
    "Entry DtTm": f"{DAY} 08:55:30 PM",
    "Dispatch DtTm": f"{DAY} 08:55:56 PM",
    "Response DtTm": f"{DAY} 08:58:22 PM",
    "On Scene DtTm": f"{DAY} 09:00:00 PM",
    "Transport DtTm": "",
    "Hospital DtTm": "",
    "Available DtTm": f"{DAY} 09:15:40 PM",
}
BLOCKS = [{"residential": "Y", "max_floor_lvl": "4"}, {"residential": "Y", "max_floor_lvl": "3"}]


def _program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("real_fortnight", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


FORTNIGHT = _program()


def call(number: str, **changed: str) -> dict[str, str]:
    """Return one unit's row of a call; `changed` has `_` for a space, without «DtTm»."""
    known = {name.removesuffix(" DtTm").replace(" ", "_"): name for name in CALL}
    return {"Incident Number": number} | CALL | {known[name]: value for name, value in changed.items()}


def written(path: Path, rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> Path:
    """Write a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def calls(folder: Path, *rows: Mapping[str, str]) -> Path:
    """Write calls."""
    return written(folder / "calls.csv", rows, ["Incident Number", *CALL])


def blocks(folder: Path, *rows: Mapping[str, str]) -> Path:
    """Write blocks."""
    return written(folder / "blocks.csv", rows, ["residential", "max_floor_lvl"])


def played(folder: Path, *files: Path) -> int:
    """Play files on a new store in the same folder, and return the exit code."""
    code: int = FORTNIGHT.main([*map(str, files), "--store", f"sqlite:///{folder}/fortnight.db"])
    return code


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was printed, in one line."""
    return " ".join(capsys.readouterr().out.split())


def test_two_incidents_are_played_and_every_decision_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two incidents in two boxes, one with two units: two requests, 7 captains, 8 staff; nothing is found."""
    rows = (call("20041901"), call("20041901"), call("20041902", Box="5634", Received=f"{DAY} 09:53:08 PM"))
    assert played(tmp_path, calls(tmp_path, *rows), blocks(tmp_path, *BLOCKS)) == 0
    assert "0 findings" in said(capsys)
    with Dispatch.open(f"sqlite:///{tmp_path}/fortnight.db") as engine:
        happened = Counter(event.topic for event in engine.subscribe())
    assert happened["request.received"] == 2
    assert happened["community.building_registered"] == 2
    assert happened["responder.registered"] == 4 + 3 + 8
    assert happened["request.delivered"] == happened["request.closed"] == 2


def test_a_store_that_is_not_empty_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written into somebody's log."""
    files = calls(tmp_path, call("20041901")), blocks(tmp_path, *BLOCKS)
    assert played(tmp_path, *files) == 0
    with Dispatch.open(f"sqlite:///{tmp_path}/fortnight.db") as engine:
        before = engine.position()
    assert played(tmp_path, *files) == 2
    assert "give a new, empty one" in said(capsys)
    with Dispatch.open(f"sqlite:///{tmp_path}/fortnight.db") as engine:
        assert engine.position() == before


def test_what_is_dirty_is_counted_with_its_first_line(tmp_path: Path) -> None:
    """A malformed instant, a contradiction, an unknown priority, no box: each is told, what is usable is used."""
    source = FORTNIGHT.read_calls(
        calls(
            tmp_path,
            call("1", Dispatch="2020-04-07T20:55:56"),
            call("2", Response=f"{DAY} 10:00:00 PM"),
            call("3", Original_Priority="Z"),
            call("4", Box=""),
            call("5", Received="yesterday"),
        ),
        None,
    )
    assert [incident.number for incident in source.incidents] == ["1", "2", "3"]
    assert {what.partition(":")[0]: line for what, line in source.first_at.items()} == {
        "Dispatch is no time stamp such as 04/07/2020 11": 2,
        "Response after On Scene": 3,
        "unknown priority": 4,
        "incident without a Box of letters and digits": 5,
        "Received is no time stamp such as 04/07/2020 11": 6,
        "incident without the time it was received": 6,
    }


def test_dirty_rows_are_played_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A unit with a strange time gets a generated answer; the audit finds nothing."""
    rows = (call("1", Dispatch="soon"), call("2", On_Scene="", Response=""), call("3", Box=""))
    assert played(tmp_path, calls(tmp_path, *rows), blocks(tmp_path, *BLOCKS)) == 0
    printed = said(capsys)
    assert "0 findings" in printed
    assert "Box" in printed
    with Dispatch.open(f"sqlite:///{tmp_path}/fortnight.db") as engine:
        assert Counter(event.topic for event in engine.subscribe())["request.received"] == 2


@pytest.mark.parametrize(
    ("rows", "houses", "expected"),
    [
        ((), BLOCKS, "none of its 0 rows gives an incident"),
        ((call("1", Box=""),), BLOCKS, "first in line 2"),
        ((call("1"), call("2", Box="77")), BLOCKS[:1], "holds 1 usable blocks and the incidents are in 2 boxes"),
        ((call("1"),), [{"residential": "Y", "max_floor_lvl": "?"}], "holds 0 usable blocks"),
    ],
)
def test_what_cannot_be_played_is_said(
    rows: tuple[dict[str, str], ...],
    houses: list[dict[str, str]],
    expected: str,
    *,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No incidents, or fewer blocks than boxes: what it is, what is expected, exit code 2; no store is made."""
    assert played(tmp_path, calls(tmp_path, *rows), blocks(tmp_path, *houses)) == 2
    printed = said(capsys)
    assert expected in printed
    assert "Give a" in printed
    assert not (tmp_path / "fortnight.db").exists()


def test_the_wrong_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The two files in the wrong order, a picture, a file that is not there."""
    houses, picture = blocks(tmp_path, *BLOCKS), tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\xff\xfe")
    assert played(tmp_path, houses, calls(tmp_path, call("1"))) == 2
    assert "has no column Incident Number" in said(capsys)
    assert played(tmp_path, picture, houses) == 2
    assert "cannot be read as CSV in UTF-8" in said(capsys)
    assert played(tmp_path, tmp_path / "nowhere.csv", houses) == 2
    assert "nowhere.csv" in "".join(said(capsys).split())  # a narrow terminal breaks the line anywhere


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_is_a_number_from_one(limit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is read for another."""
    with pytest.raises(SystemExit):
        FORTNIGHT.main([str(tmp_path / "a"), str(tmp_path / "b"), f"--limit={limit}"])
    assert "is no number from 1" in capsys.readouterr().err
