"""A calling round, a case plan and the map, by the commands that staff type."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch import Dispatch
from tests.cli.conftest import Command, Ran

HERE = "riverside"
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()


@pytest.fixture
def people(town: Command) -> tuple[str, str, str]:
    """Give two residents and a cadre, by their ids."""
    with Dispatch.open() as engine:
        first, second = (engine.register_resident(HERE, where, name="住户") for where in ("11号楼501", "11号楼601"))
        cadre = engine.register_responder(HERE, "cadre", capacity=20)
    assert town("board").code == 0
    return first, second, cadre


def done(ran: Ran) -> Ran:
    """Return what a command said; it is an error if it was not done."""
    assert ran.code == 0, ran.out + ran.err
    return ran


def test_the_list_of_a_sheet(town: Command, people: tuple[str, str, str], folder: Path) -> None:
    """Whom a sheet names by door, one of each household; a row that names nobody is told by its number."""
    first, second, _ = people
    (folder / "list.csv").write_text("姓名,地址\n住户,11号楼601\n住户,11号楼501\n住户,11号楼601\n", encoding="utf-8")
    assert done(town("round", "due", "--list", "list.csv", "--json")).json == [second, first]
    (folder / "list.csv").write_text("姓名,地址\n住户,11号楼501\n住户,11号楼909\n", encoding="utf-8")
    ran = town("round", "due", "--list", "list.csv")
    assert (ran.code, ran.out.split()) == (6, [first])
    assert ran.err.strip().endswith("3")
    assert town("round", "due").code == 2


def test_a_round_by_hand(town: Command, people: tuple[str, str, str]) -> None:
    """From the proposed list to the closed round."""
    first, second, cadre = people
    assert first in done(town("round", "due", "--since", YESTERDAY)).out
    calls = done(town("round", "start", first, second, "--caller", cadre, "--attempts", "1", "--json")).json["round"]
    code = done(town("round", "code", calls, first, "--json")).json["code"]
    assert "right" in done(town("round", "check", calls, first, code)).out
    assert done(town("round", "check", calls, first, "none", "--json")).json == {"matched": False}
    done(town("round", "reached", calls, first, "--short", "--note", "米不够"))
    assert done(town("round", "need", calls, first, "food", "--note", "十斤米", "--json")).json["request"]
    done(town("round", "attempt", calls, second, "--outcome", "hung_up"))
    assert town("round", "close", calls).code == 3
    visit = done(town("round", "visit", calls, second, "--json")).json["request"]
    assert visit.startswith("q-")
    done(town("round", "seen", calls, second, "--unwell", "--on-behalf-of", cadre))
    shown = done(town("round", "show", calls)).out
    assert "2 of 2" in shown
    assert "seen" in shown
    done(town("round", "close", calls))
    found = json.loads(done(town("round", "show", calls, "--json")).out)
    assert found["round"]["is"] == "Closed"
    census = done(town("census", "--since", YESTERDAY, "--json")).json
    assert census["covered"]["numerator"] == 2


def test_what_does_not_end_well(town: Command, people: tuple[str, str, str]) -> None:
    """An alarm, an excuse, a caller who is called away."""
    first, second, cadre = people
    calls = done(town("round", "start", first, second, "--caller", cadre, "--json")).json["round"]
    done(town("round", "alarm", calls, first, "--note", "呼救"))
    assert done(town("board", "--json")).json[0]["urgency"] == "life"
    done(town("round", "hand-over", calls, "--caller", cadre, "--to", cadre))
    done(town("round", "excuse", calls, second, "--reason", "in_hospital"))
    assert "1 of 2" in done(town("round", "show", calls)).out


def test_care_by_hand(town: Command, people: tuple[str, str, str]) -> None:
    """Flags, a plan, the map and the ledger; in both languages."""
    first, _, cadre = people
    done(town("flags", first, "aged_80", "--no-phone"))
    done(town("flags", first, "八十岁以上", "独居", "--language", "zh"))
    done(town("plan", "open", first, "--keeper", cadre, "--reason", "returnee", "--hours", "12", "--note", "备注一"))
    done(town("plan", "contact", first, "--note", "36.6"))
    assert "Nobody" in done(town("map")).out
    done(town("isolate", first))
    assert "11号楼" in done(town("map", "--language", "zh")).out
    assert done(town("map", "--json")).json[0]["isolated"] == 1
    plain = done(town("ledger", first)).out
    assert "36.6" not in plain
    opened = done(town("ledger", first, "--purpose", "review")).out
    assert "36.6" in opened
    assert "备注一" in opened
    assert done(town("ledger", first, "--json")).json
    done(town("plan", "end", first, "--reason", "end_reached"))
    assert town("plan", "contact", first).code == 3
