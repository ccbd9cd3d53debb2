"""`dispatch simulate` as staff type it: tables in both languages, data, a picture, and what is not possible."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dispatch.simulation import POLICIES
from dispatch.words import Words
from tests.cli.conftest import Command
from tests.simulation.days import blocks, calls

NAMES = sorted({policy.name for policy in POLICIES.values()})
POLICY_OPTIONS = ("--policy", ",".join((*NAMES, "everyday@1")), "--against", "greedy,pull,pull_ageing")
SMALL = ("simulate", "--requests", "24", "--responders", "4")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("greedy, queue now", "whoever is idle pulls", "by the captain of the floor", "assumed")),
        ("zh", ("先到先排队", "谁空谁接单", "由本楼层的楼层长完成", "假定")),
    ],
)
def test_a_day_is_told(dispatch: Command, language: str, expected: tuple[str, ...]) -> None:
    """A table with a column for each way to dispatch, and what is assumed."""
    ran = dispatch(*SMALL, "--language", language)
    assert ran.code == 0
    assert [word for word in expected if word not in ran.out] == []


def test_how_urgent_a_day_is_can_be_chosen(dispatch: Command) -> None:
    """A day of a community has fewer requests of health than one as ambulances are called for, which have none else."""

    def health(mix: str) -> float:
        found = dispatch(*SMALL, "--against", "none", "--mix", mix, "--json").json
        waits = found["contenders"][0]["waits"]
        return float(waits["health"]["count"] + waits["life"]["count"])

    assert health("community") < health("calls")


def test_goals_are_judged(dispatch: Command) -> None:
    """Met, or by how much not; the exit code says whether all are met."""
    ran = dispatch(*SMALL, "--goals")
    assert ran.code == (1 if "missed by" in ran.out else 0)
    verdicts = [line for line in ran.out.splitlines() if line.rstrip(" │").endswith(" met") or "missed by" in line]
    assert len(verdicts) == 6


def test_data_for_a_program(dispatch: Command) -> None:
    """Every contender with its figures, every goal with its verdict; the same bytes again but for the speed."""
    first, again = (dispatch(*SMALL, "--json", "--goals", "--seeds", "2").json for _ in range(2))
    for said in (first, again):
        for one in said["contenders"]:
            assert one.pop("decisions_a_second") > 0
    assert first == again
    assert [one["name"] for one in first["contenders"]] == ["everyday", "greedy", "pull"]
    assert {one["requests"] for one in first["contenders"]} == {24}
    assert len(first["goals"]["everyday"]) == 6


def test_against_nobody(dispatch: Command) -> None:
    """One policy alone."""
    said = dispatch(*SMALL, "--json", "--against", "none").json
    assert [one["name"] for one in said["contenders"]] == ["everyday"]
    assert said["goals"] == {}


def test_every_policy_that_comes_along_has_its_column(dispatch: Command) -> None:
    """Policies side by side, by their titles."""
    ran = dispatch("simulate", "--requests", "12", "--responders", "4", "--language", "zh", *POLICY_OPTIONS)
    assert ran.code == 0
    assert [name for name in NAMES if Words("zh").code("policy_title", name) not in ran.out] == []
    assert f"{Words('zh').code('policy_title', 'everyday')}@1" in ran.out
    assert re.findall(r"[a-z]{3,}", ran.out) == []


def test_names_may_stand_together(dispatch: Command) -> None:
    """Commas are as good as saying it twice."""
    said = dispatch(*SMALL, "--json", "--against", "pull,greedy", "--against", "pull").json
    assert [one["name"] for one in said["contenders"]] == ["everyday", "pull", "greedy"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_picture_is_drawn(dispatch: Command, folder: Path, language: str) -> None:
    """An SVG that can be read, in the language asked for, without anybody's id."""
    assert dispatch(*SMALL, "--picture", "day.svg", "--language", language).code == 0
    text = (folder / "day.svg").read_text(encoding="utf-8")
    assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314 - written by ourselves just now
    assert ("pulls" in text) is (language == "en")
    assert "r-0" not in text
    assert "p-0" not in text


def test_a_real_fortnight(dispatch: Command, folder: Path) -> None:
    """Calls and blocks from files; what contradicts itself is counted."""
    files = (
        "--calls",
        str(calls(folder, {"Incident Number": "1"}, {"Incident Number": "2", "On Scene DtTm": ""})),
        "--blocks",
        str(blocks(folder, 3)),
    )
    said = dispatch("simulate", *files, "--json").json
    assert [one["served"] for one in said["contenders"]] == [2, 2, 2]
    assert said["responders"] == 3 + 8
    assert said["dirty_rows"] == {"unit never on scene: its work time is generated": 1}
    assert (
        "1 rows of the files cannot be used as they stand"
        in dispatch("simulate", *files, "--limit", "2", "--against", "none").out
    )


def test_fitting_too_few_calls_is_said(dispatch: Command, folder: Path) -> None:
    """What is needed is named."""
    ran = dispatch("simulate", "--fit", str(calls(folder, {})))
    assert ran.code == 2
    assert "100 on 3 are needed" in ran.err


WRONG = [
    (("--seeds", "0"), "--seeds is a whole number from 1 to 1000"),
    (("--limit", "-3"), "--limit is a whole number from 1"),
    (("--requests", "0"), "--requests is a whole number from 1"),
    (("--responders", "0"), "--responders is a whole number from 1"),
    (("--responders", "many"), "--responders cannot have this value"),
    (("--policy", "nobodys"), "--policy is not one of: everyday, "),
    (("--against", "luck"), "--against is not one of: greedy, pull, pull_ageing, none"),
    (("--day", "sunny"), "--day is not one of: normal, overload"),
    (("--mix", "sunny"), "--mix is not one of: community, calls"),
    (("--calls", "a.csv", "--blocks", "b.csv", "--mix", "calls"), "not both"),
    (("--calls", "nowhere.csv"), "needs both files"),
    (("--calls", "nowhere.csv", "--blocks", "nowhere.csv"), "nowhere.csv cannot be read"),
    (("--calls", "nowhere.csv", "--blocks", "nowhere.csv", "--day", "normal"), "not both"),
    (("--pace", "2"), "needs both files"),
    (("--calls", "a", "--blocks", "b", "--pace", "0"), "--pace is a whole number from 1 to 100"),
    (("--picture", "nowhere/day.svg"), "cannot be written"),
    (("--fit", "nowhere.csv"), "nowhere.csv cannot be read"),
]


@pytest.mark.parametrize(("given", "expected"), WRONG, ids=[" ".join(given) for given, _ in WRONG])
def test_what_is_not_possible_is_said(dispatch: Command, given: tuple[str, ...], expected: str) -> None:
    """What is wrong and what is expected, exit code 2; nothing is simulated."""
    ran = dispatch("simulate", *given)
    assert (ran.code, ran.out) == (2, "")
    assert expected in ran.err


def test_wrong_columns_and_too_few_blocks(dispatch: Command, folder: Path) -> None:
    """The two files in the wrong order; a box without a block."""
    known, houses = calls(folder, {}, {"Incident Number": "2", "Box": "7"}), blocks(folder, 3)
    wrong = dispatch("simulate", "--calls", str(houses), "--blocks", str(known))
    assert (wrong.code, wrong.out) == (2, "")
    assert "has no column Incident Number" in wrong.err
    few = dispatch("simulate", "--calls", str(known), "--blocks", str(houses))
    assert few.code == 2
    assert "1 usable blocks and 2 are needed" in few.err
