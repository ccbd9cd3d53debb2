"""The doctor: a sound store is sound, and each damage is found, named, and answered by what to do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch import Dispatch
from dispatch.cli.details import IDS
from tests.cli.conftest import Command, Ran

STORE = Path("community.db")


def altered(statement: str = "SELECT 1", *values: object) -> None:
    """Change the store behind the program's back."""
    with closing(sqlite3.connect(STORE)) as connection, connection:
        connection.execute("DROP TRIGGER IF EXISTS stored_events_never_change")
        connection.execute("DROP TRIGGER IF EXISTS stored_events_never_go")
        connection.execute(statement, values)


def checks_of(ran: Ran) -> set[str]:
    """Return the checks that found something."""
    return {trouble["check"] for trouble in ran.json["troubles"]}


@pytest.fixture
def worked(town: Command) -> Command:
    """Give the command on a community with an offer out."""
    town("open", "medicine", "--at", "11号楼501")
    town("match")
    return town


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sound_store(worked: Command, language: str) -> None:
    """Nothing is found where nothing is wrong."""
    ran = worked("doctor", "--language", language)
    assert ran.code == 0, ran.out
    assert worked("doctor", "--json").json["ok"] is True


def test_a_gap(worked: Command) -> None:
    """A row that is missing is a gap, and its position is named."""
    altered("DELETE FROM stored_events WHERE position = 3")
    ran = worked("doctor", "--json")
    assert ran.code == 1
    assert "log" in checks_of(ran)
    assert any("position 4" in trouble["which"] for trouble in ran.json["troubles"])


def test_what_is_found_is_told_in_one_language(worked: Command) -> None:
    """Whoever reads Chinese is not given the checker's English beside it; a program is given both."""
    altered("DELETE FROM stored_events WHERE position = 3")
    english, chinese = (worked("doctor", "--language", language).out for language in ("en", "zh"))
    details = [trouble["detail"] for trouble in worked("doctor", "--json").json["troubles"] if trouble["detail"]]
    assert details
    assert any(detail in english for detail in details)
    assert not any(detail in chinese for detail in details)


def test_what_is_found_names_its_ids_in_each_language(worked: Command) -> None:
    """Which offer, which person: ids need no translation, so whoever reads Chinese is given them as well."""
    altered("DELETE FROM stored_events WHERE topic = 'responder.offer_held'")
    troubles = worked("doctor", "--json").json["troubles"]
    named = {one for trouble in troubles for one in IDS.findall(trouble["detail"])}
    assert named
    for language in ("en", "zh"):
        for said in (worked("doctor", "--language", language), worked("audit", "replay", "--language", language)):
            assert any(one in said.out for one in named)
            assert language == "en" or not any(one["detail"] in said.out for one in troubles if one["detail"])


def test_an_altered_decision(worked: Command) -> None:
    """One byte of a stored decision is found by doctor and by replay, which names it."""
    altered(
        "UPDATE stored_events SET state ="
        " CAST(replace(CAST(state AS TEXT), '\"eligible\":2', '\"eligible\":3') AS BLOB) WHERE topic = 'match.decided'"
    )
    ran = worked("audit", "replay")
    assert ran.code == 1
    assert "riverside/match" in ran.out
    assert "record and replay differ" in ran.out
    assert "decisions" in checks_of(worked("doctor", "--json"))


def test_a_damaged_row_parks_its_community(worked: Command) -> None:
    """A damaged row is named, the community stands still, and goes on when mended and unparked."""
    with closing(sqlite3.connect(STORE)) as connection:
        [(position, state)] = connection.execute(
            "SELECT position, state FROM stored_events WHERE topic = 'request.received'"
        ).fetchall()
    altered("UPDATE stored_events SET state = ? WHERE position = ?", b"[", position)
    assert worked("match").code == 5
    ill = worked("doctor", "--json")
    assert {"parked", "log"} <= checks_of(ill)
    assert worked("show", "q-0000000000000000").code == 3
    altered("UPDATE stored_events SET state = ? WHERE position = ?", state, position)
    assert worked("doctor", "--unpark", "riverside").code == 0
    assert worked("match").code == 0


def test_a_lost_command_row(worked: Command) -> None:
    """The table of commands and the log vouch for each other."""
    altered("DELETE FROM commands WHERE last_position = (SELECT max(last_position) FROM commands)")
    assert "decisions" in checks_of(worked("doctor", "--json"))


def test_a_wrong_board(worked: Command) -> None:
    """A board that differs from the log is told, and rebuilding mends it."""
    worked("board")
    altered("UPDATE view_board SET leg_state = 'Done'")
    assert checks_of(worked("doctor", "--json")) == {"views"}
    assert worked("views", "rebuild").code == 0
    assert worked("doctor", "--json").json["ok"] is True


def test_keys_that_others_may_read(worked: Command) -> None:
    """The file with the keys is for its owner alone."""
    Path("community.keys.db").chmod(0o644)
    ran = worked("doctor")
    assert ran.code == 4
    assert "chmod 600" in ran.err


def test_the_wrong_keys(worked: Command, folder: Path) -> None:
    """A key store without one key of this log is told."""
    assert "keys" in checks_of(worked("doctor", "--keys", f"sqlite:///{folder}/other.db", "--json"))


def test_what_only_just_came_up_is_no_trouble(worked: Command) -> None:
    """An escalation before the next tick is not late: the tick calls people about it."""
    opened = worked("open", "food", "--at", "11号楼501", "--json").json["request"]
    assert worked("escalate", opened, "--reason", "asked_again").code == 0
    ran = worked("doctor", "--json")
    assert ran.json["troubles"] == []


def test_nobody_ticks(dispatch: Command) -> None:
    """What should have happened long ago and did not says that nobody looks after the store."""
    asked = datetime.now(UTC) - timedelta(hours=30)
    with Dispatch.open(f"sqlite:///{STORE}", clock=lambda: asked) as engine:
        engine.register_community("slow", name="慢", duty="desk-1")
        engine.register_building("slow", "1号楼", floors=6, lift=True)
        engine.open_request("slow", "food", address="1号楼501")
        engine.register_responder("slow", "cadre")
        engine.drain("slow")
    ran = dispatch("doctor", "--json")
    assert "timers" in checks_of(ran)
    assert any("an offer outlived its time" in trouble["which"] for trouble in ran.json["troubles"])
    assert dispatch("match").code == 0
    assert dispatch("doctor").code == 0
