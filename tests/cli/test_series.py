"""Series and crews on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch import Dispatch
from tests.cli.conftest import Command

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)


@pytest.fixture
def resident(folder: Path) -> str:
    """Give a resident of a small community with three carriers."""
    with Dispatch.open(f"sqlite:///{folder}/community.db") as engine:
        engine.register_community("riverside", name="河畔社区", duty="duty-desk")
        engine.register_building("riverside", "12号楼", floors=6, lift=False)
        for _ in range(3):
            engine.register_responder("riverside", "volunteer", skills=["stair_carry"], capacity=40)
        return engine.register_resident("riverside", "12号楼301")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_series_from_first_to_last(dispatch: Command, resident: str, language: str) -> None:
    """Arranged, shown, one left out, one moved, rested, gone on with, ended."""
    said = ("--language", language)
    rule = ("--rule", "FREQ=DAILY;COUNT=7", "--starts", TOMORROW.isoformat())
    made = dispatch("series", "start", "stair_carry", "--resident", resident, *rule, "--json").json
    series = made["series"]
    assert len(made["occurrences"]) == 7
    assert series in dispatch("series", "list", *said).out
    second, third = (str(made["occurrences"][number]["occurrence"]) for number in (1, 2))
    assert dispatch("series", "skip", series, second, *said).code == 0
    later = (TOMORROW + timedelta(days=2, hours=1)).isoformat()
    assert dispatch("series", "move", series, third, "--to", later, *said).code == 0
    states = [line["state"] for line in dispatch("series", "show", series, "--json").json]
    assert states == ["upcoming", "skipped", *["upcoming"] * 5]
    assert dispatch("series", "suspend", series, *said).code == 0
    assert dispatch("series", "resume", series, *said).code == 0
    assert second.partition("T")[0] in dispatch("series", "show", series, *said).out
    assert dispatch("series", "end", series, *said).code == 0
    assert dispatch("series", "list", *said).code == 0
    assert dispatch("series", "skip", series, second, *said).code == 3


def test_a_rule_that_never_ends(dispatch: Command, resident: str) -> None:
    """Refused, and the message says what to do."""
    rule = ("--rule", "FREQ=SECONDLY;UNTIL=21220516", "--starts", TOMORROW.isoformat())
    answer = dispatch("series", "start", "stair_carry", "--resident", resident, *rule)
    assert (answer.code, "hourly at most" in answer.err) == (3, True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_crew_that_is_called(dispatch: Command, resident: str, language: str) -> None:
    """The household calls, the three report ready, one reports the work done."""
    said = ("--language", language)
    opened = dispatch("open", "stair_carry_return", "--resident", resident, "--json").json["request"]
    offers = dispatch("match", "--json").json[0]["offers"]
    assert len(offers) == 3
    for offer in offers:
        assert dispatch("accept", offer["offer"], *said).code == 0
    assert dispatch("complete", f"{opened}/carry", *said).code == 3
    assert dispatch("call-ahead", opened, *said).code == 0
    for offer in offers:
        assert dispatch("ready", f"{opened}/carry", "--responder", offer["responder"], *said).code == 0
    assert dispatch("complete", f"{opened}/carry", *said).code == 0
