"""Policies on the command line: which there are, what each does, adopting one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dispatch import EVERYDAY_LATE, SHIPPED_POLICIES, Dispatch, Policy
from dispatch.words import Words, catalogue
from tests.cli.conftest import Command
from tests.house import ROOT


@pytest.fixture
def community(folder: Path) -> None:
    """Give a community under the everyday policy."""
    with Dispatch.open(f"sqlite:///{folder}/community.db") as engine:
        engine.register_community("riverside", name="河畔社区", duty="duty-desk")


@pytest.mark.usefixtures("community")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_policy_is_adopted_by_name(dispatch: Command, language: str) -> None:
    """List, show, adopt; what is in force is marked and told in the language asked for."""
    said = ("--language", language)
    first = dispatch("policy", "list", "--json").json
    assert [(line["name"], line["version"]) for line in first if line["in_force"]] == [("everyday", 2)]
    assert {line["digest"] for line in first} == {policy.digest() for policy in SHIPPED_POLICIES}
    assert dispatch("policy", "adopt", "surge", *said).code == 0
    assert dispatch("policy", "adopt", "surge", "--version", "1", *said).code == 0
    now = dispatch("policy", "list", "--json").json
    assert [line["name"] for line in now if line["in_force"]] == ["surge"]
    assert Words(language)("policy.in_force") in dispatch("policy", "list", *said).out
    shown = dispatch("policy", "show", *said).out
    assert Words(language)("policy_about.surge") in shown
    assert shown == dispatch("policy", "show", "surge", *said).out


def test_init_begins_with_everyday_2(dispatch: Command) -> None:
    """Who sets up a community and names no policy gets the latest of the everyday ones."""
    assert dispatch("init", "riverside", "--duty", "duty-desk").code == 0
    in_force = [line for line in dispatch("policy", "list", "--json").json if line["in_force"]]
    assert [(line["name"], line["version"]) for line in in_force] == [("everyday", 2)]
    assert Policy.model_validate_json(dispatch("policy", "show", "--json").out) == EVERYDAY_LATE


@pytest.mark.usefixtures("community")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("policy", SHIPPED_POLICIES, ids=lambda policy: f"{policy.name}-{policy.version}")
def test_a_policy_in_plain_words(dispatch: Command, policy: Policy, language: str) -> None:
    """Every level has its line, in the policy's order; no code is left in it."""
    arguments = ("policy", "show", policy.name, "--version", str(policy.version))
    shown = dispatch(*arguments, "--language", language).out
    words = Words(language)
    steps = [shown.index(words(f"policy_step.{level.name}")) for level in policy.levels]
    assert steps == sorted(steps)
    assert not re.search(r"[a-z]_[a-z]", shown.replace(policy.name, ""))
    assert Policy.model_validate_json(dispatch(*arguments, "--json").out) == policy


@pytest.mark.usefixtures("community")
def test_a_policy_of_ones_own(dispatch: Command, folder: Path) -> None:
    """A file is adopted whole, listed beside the shipped ones, and refused with another content."""
    own: dict[str, Any] = {"name": "nights", "version": 1, "respond_within_s": 900}
    (folder / "ours.json").write_text(json.dumps(own))
    assert dispatch("policy", "adopt", "--file", "ours.json").code == 0
    assert [line["name"] for line in dispatch("policy", "list", "--json").json][-1] == "nights"
    assert "nights" in dispatch("policy", "list").out
    (folder / "ours.json").write_text(json.dumps(own | {"respond_within_s": 800}))
    refused = dispatch("policy", "adopt", "--file", "ours.json")
    assert refused.code != 0
    assert Words("en")("refusal.policy_version") in refused.err


LIFE = {"name": "life_waiting", "cap": 1_209_600}
UNSERVED = {"name": "unserved", "cap": 1_400}
TIE = {"name": "tie", "cap": (1 << 48) - 1}
EFFORT = {"name": "effort", "cap": 10}
BROAD = ("load_band", "effort", "waiting", "changes")
WIDE = (1 << 48) - 1


@pytest.mark.usefixtures("community")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("knobs", "named"),
    [
        ({"levels": [LIFE, UNSERVED, EFFORT, EFFORT, TIE]}, "effort"),
        ({"levels": [LIFE, TIE]}, "unserved"),
        ({"levels": [UNSERVED, LIFE, TIE]}, "unserved"),
        ({"levels": [LIFE, UNSERVED, TIE, EFFORT]}, "effort"),
        ({"levels": [LIFE, EFFORT, UNSERVED, TIE]}, "effort"),
        ({"levels": [LIFE, UNSERVED | {"cap": 1_399}, TIE]}, "1400"),
        ({"levels": [LIFE, UNSERVED, *({"name": name, "cap": WIDE} for name in BROAD), TIE]}, "load_band"),
        ({"levels": [LIFE, UNSERVED, EFFORT | {"weights": [{"measure": "held", "weight": 1}]}, TIE]}, "held"),
        ({"levels": [LIFE, UNSERVED, EFFORT | {"weights": [{"measure": "leg", "weight": 1}] * 2}, TIE]}, "leg"),
        ({"levels": [LIFE, UNSERVED | {"weights": [{"measure": "none", "weight": 50}]}, TIE]}, "400, 100, 40, 50"),
        (
            {
                "levels": [
                    LIFE,
                    UNSERVED,
                    {"name": "load_band", "cap": 9, "weights": [{"measure": "held", "weight": 0}]},
                    TIE,
                ]
            },
            "1",
        ),
        ({"plan_ahead_max": 4}, "4"),
        ({"plan_ahead_max": 3, "levels": [LIFE, UNSERVED, {"name": "waiting", "cap": WIDE}, TIE]}, "3"),
        ({"tiers": {"compound_s": [0, 0, 60, 60]}}, "community_s"),
        ({"tiers": {"reserve_s": [60, 60, 60, 60]}}, "reserve_s"),
        ({"tiers": {"reserve_s": [0, 60, 30, 60]}}, "reserve_s"),
        ({"levels": [LIFE, UNSERVED, {"name": "nearness", "cap": 1}, TIE]}, "levels.2.name"),
        ({"respond_within_s": 0}, "respond_within_s"),
        ({"reserve": {"share_percent": 0}}, "reserve.share_percent"),
        ({"speed": 1}, "speed"),
    ],
)
def test_a_bad_policy_is_told_by_name(
    dispatch: Command, folder: Path, language: str, *, knobs: dict[str, Any], named: str
) -> None:
    """What cannot be kept is named, in either language, and nothing is adopted."""
    (folder / "bad.json").write_text(json.dumps({"name": "ours", "version": 1, **knobs}))
    told = dispatch("policy", "adopt", "--file", "bad.json", "--language", language)
    assert told.code != 0
    assert named in told.err
    assert "bad.json" in told.err
    assert [line["in_force"] for line in dispatch("policy", "list", "--json").json].count(True) == 1
    assert dispatch("policy", "show", "--json").json["name"] == "everyday"


@pytest.mark.usefixtures("community")
@pytest.mark.parametrize(
    "arguments",
    [
        ("adopt",),
        ("adopt", "surge", "--file", "x.json"),
        ("adopt", "--file", "missing.json"),
        ("adopt", "nearest_first"),
        ("adopt", "surge", "--version", "99"),
        ("show", "nearest_first"),
    ],
    ids=" ".join,
)
def test_a_policy_that_is_not_there(dispatch: Command, arguments: tuple[str, ...]) -> None:
    """No name, two sources, no file, no such policy: told in a line."""
    told = dispatch("policy", *arguments)
    assert told.code != 0
    assert told.err.strip()


def test_every_fault_of_a_policy_is_worded() -> None:
    """What a policy can be rejected for is told in both languages, and nothing else is."""
    files = (ROOT / "dispatch" / "domain").glob("policy*.py")
    raised = {
        code for path in files for code in re.findall(r"BadPolicy\(\s*\"(\w+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(raised) > 10
    for language in ("en", "zh-CN"):
        worded = {key.removeprefix("policy_wrong.") for key in catalogue(language) if key.startswith("policy_wrong.")}
        assert worded == raised


@pytest.mark.usefixtures("community")
def test_a_file_that_is_no_text(dispatch: Command, folder: Path) -> None:
    """Bytes that are not UTF-8, and text that is not JSON, are told and nothing more."""
    (folder / "bad.json").write_bytes(b"\xff\xfe\x00")
    assert dispatch("policy", "adopt", "--file", "bad.json").code != 0
    (folder / "bad.json").write_text("{")
    assert dispatch("policy", "adopt", "--file", "bad.json").code != 0
