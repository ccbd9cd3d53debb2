"""A day of the staff, told by the commands they type."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.house import ROOT

DATA = ROOT / "examples" / "data"


def todays(path: Path, to: Path) -> Path:
    """Write a copy of a file of requests whose first of March is today, since old requests are refused."""
    text = path.read_bytes().decode("gb18030")
    today = datetime.now(UTC) - timedelta(days=1)
    later = today + timedelta(days=3)
    text = re.sub(r"2026-03-01 (\d\d:\d\d),", lambda found: f"{today:%Y-%m-%d} {found[1]},", text)
    text = re.sub(r"2026-03-0\d (\d\d:\d\d)", lambda found: f"{later:%Y-%m-%d} {found[1]}", text)
    to.write_bytes(text.encode("gb18030"))
    return to


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_staff_day(dispatch: Command, folder: Path, language: str) -> None:
    """From an empty folder to an audited day: register, requests, offers, answers, replay."""
    said = ("--language", language)
    assert dispatch("init", "riverside", "--duty", "desk-1", *said).code == 0
    register = dispatch("import", str(DATA / "register.xlsx"), "--json")
    assert register.code == 0
    assert register.json["imported"] == {"compounds": 1, "buildings": 4, "residents": 20, "responders": 33}
    requests = dispatch("import", str(todays(DATA / "gb18030" / "requests.csv", folder / "求助.csv")), *said)
    assert requests.code == 0, requests.out
    drained = dispatch("match", "--json").json
    offers = [offer for one in drained for offer in one["offers"]]
    assert offers
    board = dispatch("board", *said)
    assert board.code == 0
    assert "11号楼" in board.out
    alone = next(offer for offer in offers if not offer["leg"].endswith("/carry"))
    leg = alone["leg"]
    assert dispatch("accept", alone["offer"], *said).code == 0
    assert dispatch("complete", leg, *said).code == 0
    assert dispatch("accept", alone["offer"], *said).code == 0, "said twice, nothing new"
    assert dispatch("decline", alone["offer"], *said).code == 3
    replayed = dispatch("audit", "replay", "--json")
    assert replayed.code == 0
    assert replayed.json["ok"] is True
    assert replayed.json["report"]["decisions"] >= len(offers)
    assert dispatch("audit", "timeline", leg, *said).code == 0
    assert dispatch("doctor", *said).code == 0


def test_one_request_by_hand(town: Command) -> None:
    """Each step of one request's life has its command, and says so."""
    opened = town("open", "medicine", "--at", "11号楼501", "--name", "王某", "--phone", "13900000000", "--json")
    assert opened.code == 0
    request = opened.json["request"]
    assert town("match").code == 0
    for leg in ("outside", "inside"):
        town("match")
        assert town("accept", request).code == 0
        done = town("complete", f"{request}/{leg}", "--json")
        assert done.code == 0
        assert done.json["events"]
    assert town("confirm", request, "--on-behalf-of", "p-1").code in (0, 3)
    assert town("close", request, "--reason", "unresponsive").code == 0
    assert town("close", request, "--reason", "unresponsive").code in (0, 3)
    assert "Request" in town("board").out or "No request" in town("board").out
    timeline = town("audit", "timeline", request)
    assert timeline.code == 0
    assert "13900000000" not in timeline.out
    assert town("audit", "replay").code == 0


def test_answers_for_somebody_else_are_told(town: Command) -> None:
    """The desk answers for a captain, and the log has both names."""
    request = town("open", "medicine", "--at", "11号楼501", "--json").json["request"]
    offer = town("match", "--json").json[0]["offers"][0]
    assert town("decline", offer["offer"], "--reason", "off_duty").code == 0
    lines = town("audit", "timeline", request, "--json").json
    answer = next(line for line in lines if line["topic"] in ("request.offer_declined", "request.assignment_returned"))
    assert (answer["actor"], answer["on_behalf_of"]) == ("desk", offer["responder"])


def test_life_calls_the_ambulance(town: Command) -> None:
    """A threat to life shows the number to call and whom it alarms, and stays on the board until taken."""
    opened = town("open", "medical_ride", "--at", "11号楼501", "--urgency", "life")
    assert "120" in opened.out
    assert "desk-1" in opened.out
    assert "ALARM" in town("board").out
    request = next(word for word in opened.out.split() if word.startswith("q-"))
    assert town("alarm", request).code == 0
    assert "ALARM" not in town("board").out


def test_sealed_fields_are_opened_for_a_purpose(town: Command) -> None:
    """Personal fields come back to who may, the reading is in the log, and an erased person has none."""
    note = ("--name", "王某", "--phone", "13900000000", "--note", "降压药")
    request = town("open", "medicine", "--at", "11号楼501", *note, "--json").json["request"]
    shown = town("reveal", request, "--purpose", "contact", "--json").json
    assert shown == {"name": "王某", "phone": "13900000000", "door": "501", "note": "降压药"}
    person = town("show", request, "--json").json["beneficiary"]
    assert "personal_data" in town("audit", "timeline", person, "--json").out
    assert town("erase", person).code == 3
    assert town("erase", person, "--yes").code == 0
    assert town("show", person).code == 0
    gone = town("reveal", person, "--purpose", "contact", "--json")
    assert gone.code == 3 or set(gone.json.values()) == {None}
    assert town("audit", "replay").code == 0


def test_control_and_isolation(town: Command) -> None:
    """Control levels and isolation change what follows, in either language's words."""
    assert town("control", "set", "11号楼", "管控", "--language", "zh").code == 0
    assert town("control", "set", "all", "precaution", "--until", "2099-01-01T00:00+08:00").code == 0
    assert town("control", "lift", "11号楼").code == 0
    people = town("subscribe").out.splitlines()
    responder = next(line for line in people if "responder.registered" in line).split("/responder/")[1][:18]
    assert town("isolate", responder).code == 0
    assert "yes" in town("show", responder).out
    assert town("isolate", responder, "--end").code == 0


def test_subscribe_goes_on_where_it_stopped(town: Command) -> None:
    """Lines are JSON, in order, after the position that was named."""
    import json  # noqa: PLC0415 - one line of JSON at a time, only here

    lines = [json.loads(line) for line in town("subscribe").out.splitlines()]
    assert [line["position"] for line in lines] == list(range(1, len(lines) + 1))
    rest = town("subscribe", "--after", str(lines[-2]["position"])).out.splitlines()
    assert [json.loads(line)["position"] for line in rest] == [lines[-1]["position"]]


def test_views_are_made_anew(town: Command) -> None:
    """Rebuilding gives the same board."""
    town("open", "food", "--at", "12号楼1单元301")
    before = town("board", "--json").json
    assert town("views", "rebuild", "--json").json["events"] > 0
    assert town("board", "--json").json == before


def test_the_day_on_a_server(dispatch: Command, postgres_database: str, redis_database: str) -> None:
    """The same commands on PostgreSQL, ringing a server."""
    place = ("--store", postgres_database, "--redis", redis_database)
    assert dispatch("board", *place).code == 4
    assert dispatch("init", "riverside", "--duty", "desk-1", *place).code == 0
    assert dispatch("import", str(DATA / "register.xlsx"), *place).code == 0
    opened = dispatch("open", "medicine", "--at", "11号楼501", "--json", *place)
    assert (opened.code, opened.err) == (0, "")
    assert dispatch("match", *place).code == 0
    assert dispatch("accept", opened.json["request"], *place).code == 0
    assert opened.json["request"] in dispatch("board", *place).out
    assert dispatch("audit", "timeline", opened.json["request"], *place).code == 0
    assert dispatch("audit", "replay", *place).code == 0
    assert dispatch("doctor", *place).code == 0
