"""`dispatch audit why`: of a decision, of a shortfall, of a leg at any time, in the reader's words and as data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.audit.what_if import ASSUMED
from tests.cli.conftest import Command


@pytest.fixture
def asked(town: Command) -> tuple[Command, str]:
    """Give a town in which garbage is asked for and shared out, and a stair carry that nobody can do."""
    opened = town("open", "garbage", "--at", "11号楼501", "--json").json["request"] + "/inside"
    town("open", "stair_carry", "--at", "12号楼1单元301")
    assert town("match").code == 0
    return town, opened


def position_of(town: Command, topic: str) -> str:
    """Return the position of the first event of a topic."""
    lines = town("audit", "timeline", "--json").json
    return str(next(line["position"] for line in lines if line["topic"] == topic))


def test_a_decision_says_why(asked: tuple[Command, str]) -> None:
    """Who was asked, why, who was next, and that this is what was recorded."""
    town, request = asked
    position = position_of(town, "match.decided")
    said = town("audit", "why", position)
    assert said.code == 0
    assert request.partition("/")[0] in said.out
    assert "Why r-" in said.out
    assert "Recomputed from the log: it is what was recorded." in said.out
    chinese = town("audit", "why", position, "--language", "zh")
    assert "被选中的是r-" in chinese.out
    assert "已从日志重算，与当时的记录一致。" in chinese.out


def test_somebody_else_instead(asked: tuple[Command, str]) -> None:
    """The same about anybody named, by both names of the option: what sending them would take, or what keeps them."""
    town, _ = asked
    decided, short = position_of(town, "match.decided"), position_of(town, "match.shortfall_found")
    found = town("audit", "why", decided, "--json").json["found"]
    other = next(responder for responder in found["candidates"] if responder != found["responder"])
    barred = next(iter(town("audit", "why", short, "--json").json["found"]["failed"]))
    for option in ("--instead", "--person"):
        assert f"If {other} were sent instead" in town("audit", "why", decided, option, other).out
        assert f"{found['responder']} is who is sent" in town("audit", "why", decided, option, found["responder"]).out
        assert f"{barred} may not go" in town("audit", "why", short, option, barred).out
        assert town("audit", "why", short, option, barred, "--json").json["found"]["person"]["failed"]


def test_an_offer_is_its_decision(asked: tuple[Command, str]) -> None:
    """An offer's id, the position where it was made or held, and the decision's own: one answer."""
    town, _ = asked
    decided = town("audit", "why", position_of(town, "match.decided"), "--json").json
    made = next(topic for topic in ("request.offer_made", "request.assignment_made") if has(town, topic))
    for question in (decided["found"]["offer"], position_of(town, made), position_of(town, "responder.offer_held")):
        assert town("audit", "why", question, "--json").json == decided


def has(town: Command, topic: str) -> bool:
    """Tell whether something happened."""
    return any(line["topic"] == topic for line in town("audit", "timeline", "--json").json)


def test_a_shortfall_says_why(asked: tuple[Command, str]) -> None:
    """What keeps everybody, and the least that would serve."""
    town, _ = asked
    position = position_of(town, "match.shortfall_found")
    said = town("audit", "why", position, "--every-rule")
    assert said.code == 0
    assert "The least that would serve it" in said.out
    found = town("audit", "why", position, "--json", "--every-rule").json["found"]
    assert found["is"] == "Unserved"
    assert found["is_proven"] is True
    assert set(found["rules"]) == set(found["failed"])
    assert all(f"{responder}: " in said.out for responder in found["rules"])


def test_a_leg_is_told_at_any_time(asked: tuple[Command, str]) -> None:
    """Before the match it waits and says whom the next run asks; after it, who is asked, by which decision."""
    town, request = asked
    now = town("audit", "why", "--leg", request, "--json").json
    assert now["found"]["reason"] == "leg_asked"
    assert [one["position"] for one in now["decisions"]] == now["found"]["decisions"]
    before = str(now["decisions"][0]["as_of"])
    waits = town("audit", "why", "--leg", request, "--at", before)
    assert f"The next match run asks {now['found']['responders'][0]}." in waits.out
    assert "Why r-" in town("audit", "why", "--leg", request).out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "or a leg with --leg"),
        (("5", "--leg", "q-1"), 2, "or a leg with --leg"),
        (("5", "--at", "3"), 2, "--at goes with a leg"),
        (("1",), 3, "No decision of the matcher"),
        (("999999",), 3, "No decision of the matcher"),
        (("0",), 2, "Name the position of a decision"),
        (("-1",), 2, "--help"),
        (("q-0",), 2, "Name the position of a decision"),
        (("9" * 40,), 2, "Name the position of a decision"),
        (("q-0#1",), 3, "no such offer"),
        (("--leg", "q-0"), 3, "q-0"),
        (("--leg", "nonsense"), 3, "nonsense"),
        (("--leg", "q-0", "--at", "yesterday"), 2, "is not a time"),
    ],
)
def test_a_question_that_cannot_be_answered(
    asked: tuple[Command, str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Says what is wrong, and nothing else."""
    ran = asked[0]("audit", "why", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_a_leg_and_a_person_that_are_not_there(asked: tuple[Command, str]) -> None:
    """An unknown leg of a known request, and an unknown responder, are refused by name."""
    town, request = asked
    for arguments in (("--leg", f"{request}x"), ("--leg", request, "--instead", "r-0")):
        ran = town("audit", "why", *arguments)
        assert ran.code == 3
        assert arguments[-1] in ran.err
    many = town("open", "medicine", "--at", "11号楼501", "--json").json["request"]
    ran = town("audit", "why", "--leg", many)
    assert ran.code == 3
    assert "several legs" in ran.err


def test_what_if_writes_nothing(asked: tuple[Command, str], folder: Path) -> None:
    """Another policy says whom it would have asked and what nobody knows; the store stays as it is."""
    town, _ = asked
    other = {"name": "own", "version": 3, "offers_ahead_max": 1}
    (folder / "own.json").write_text(json.dumps(other), encoding="utf-8")
    position = position_of(town, "match.decided")
    before = (folder / "community.db").read_bytes()
    found = town("audit", "what-if", position, "--policy", "own.json", "--json").json
    assert (found["other_name"], found["other_version"], found["assumed"]) == ("own", 3, list(ASSUMED))
    said = town("audit", "what-if", position, "--policy", "own.json")
    assert said.code == 0
    assert "whether they would have accepted" in said.out
    assert (folder / "community.db").read_bytes() == before
    same = town("audit", "what-if", position, "--policy", "everyday", "--json").json
    assert (same["differences"], same["asked"]) == ([], same["would_ask"])


@pytest.mark.parametrize(
    ("policy", "content", "said"),
    [
        ("nowhere", None, "There is no policy nowhere"),
        ("bad.json", "{", "bad.json holds no policy"),
        ("bad.json", '{"name": "own", "version": 0}', "version"),
        ("bad.json", '{"name": "own", "version": 1, "colour": 1}', "colour"),
    ],
)
def test_a_policy_that_is_none(
    asked: tuple[Command, str], folder: Path, policy: str, content: str | None, said: str
) -> None:
    """A name of no policy, and a file that holds none, say what is wrong."""
    if content is not None:
        (folder / policy).write_text(content, encoding="utf-8")
    ran = asked[0]("audit", "what-if", "5", "--policy", policy)
    assert ran.code == 2
    assert said in ran.err
    assert asked[0]("audit", "what-if", "999999", "--policy", "everyday").code == 3


def test_nobody_to_compare_with_is_said(town: Command) -> None:
    """Somebody asked about where nobody was chosen is not passed over in silence."""
    opened = town("open", "errand", "--at", "11号楼501", "--json", "--judge-later").json["request"]
    ran = town("audit", "why", "--leg", opened, "--instead", "r-0")
    assert ran.code == 0
    assert "Nobody has judged" in ran.out
    assert "nobody to compare with" in ran.err
