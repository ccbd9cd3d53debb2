"""Control and duties on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch import Dispatch
from tests.cli.conftest import Command


@pytest.fixture
def people(folder: Path) -> dict[str, str]:
    """Give a small community by its ids: a resident, two of the night roster, a volunteer."""
    with Dispatch.open(f"sqlite:///{folder}/community.db") as engine:
        engine.register_community("riverside", name="河畔社区", duty="duty-desk")
        engine.register_building("riverside", "11号楼", floors=6, lift=True)
        gear: dict[str, Any] = {"skills": ["protective_gear"], "clearance": "sealed"}
        found: dict[str, Any] = {
            "resident": engine.register_resident("riverside", "11号楼501"),
            "worker": engine.register_responder("riverside", "community_worker", **gear),
            "cadre": engine.register_responder("riverside", "cadre", **gear),
            "volunteer": engine.register_responder("riverside", "volunteer"),
        }
        engine.record_side("riverside", found["volunteer"], line="11号楼", side="inside")
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_change_of_control(dispatch: Command, people: dict[str, str], language: str) -> None:
    """Set, who is on the wrong side, taken note of, shown, lifted."""
    said = ("--language", language)
    volunteer = people["volunteer"]
    assert dispatch("control", "steward", "11号楼", people["cadre"], *said).code == 0
    answer = dispatch("control", "set", "11号楼", "sealed", *said)
    assert (answer.code, volunteer in answer.out) == (0, True)
    dispatch("match")
    seen = dispatch("control", "wrong-side", "--json").json
    assert [stray["responder"] for stray in seen["now"]["people"]] == [volunteer]
    ((which, to),) = seen["lists"].items()
    assert to == people["cadre"]
    told = dispatch("control", "wrong-side", *said)
    assert which in told.out
    assert volunteer in told.out
    assert dispatch("control", "acknowledge", which, *said).code == 0
    assert dispatch("control", "wrong-side", "--json").json["lists"] == {}
    shown = dispatch("control", "show", *said)
    assert "11号楼" in shown.out
    assert "20" in shown.out
    assert dispatch("control", "lift", "11号楼", *said).code == 0
    assert dispatch("control", "show", "--json").json == []
    assert dispatch("control", "show", *said).code == 0
    assert dispatch("control", "wrong-side", *said).code == 0
    assert dispatch("control", "steward", "11号楼", people["cadre"], "--relieved", *said).code == 0


@pytest.mark.parametrize("door", ["11号楼501", "resident"])
def test_one_door(dispatch: Command, people: dict[str, str], door: str) -> None:
    """An address with a door, or a resident's id."""
    where = people.get(door, door)
    assert dispatch("control", "set", where, "封控", "--language", "zh", "--reason", "close_contact").code == 0
    (control,) = dispatch("control", "show", "--json").json
    assert control["place"]["household"].startswith("h-")
    assert dispatch("control", "lift", where).code == 0
    assert dispatch("control", "set", "11号楼502", "sealed").code == 3


def test_a_duty(dispatch: Command, people: dict[str, str]) -> None:
    """Ordered, refused, agreed; two are asked."""
    ordered = dispatch("task", "order", people["resident"], "--until", "2099-01-01T02:00+08:00")
    assert ordered.code == 3, "a duty ends within two days"
    until = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    made = dispatch("task", "order", people["resident"], "--until", until, "--json").json
    asked = dispatch("match", "--json").json[0]["offers"]
    assert {offer["responder"] for offer in asked} == {people["worker"], people["cadre"]}
    for words in (("refused", made["duty"]), ("agreed", made["duty"])):
        assert dispatch("task", *words).code == 0
    assert dispatch("task", "order", people["resident"], "--until", until).code == 0
    assert dispatch("task", "order", people["resident"], "--until", "soon").code != 0
