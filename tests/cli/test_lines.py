"""Approvals, holds, links and the record of a request, by the commands that staff type."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch import Dispatch, RequestId
from tests.cli.conftest import Command, Ran

HERE = "riverside"


@pytest.fixture
def resident(town: Command) -> str:
    """Give a resident of the town, by their id."""
    with Dispatch.open() as engine:
        who = engine.register_resident(HERE, "11号楼501", name="住户")
    assert town("board").code == 0
    return who


def done(ran: Ran) -> Ran:
    """Return what a command said; it is an error if it was not done."""
    assert ran.code == 0, ran.out + ran.err
    return ran


def opened(town: Command, kind: str, resident: str, *more: str) -> RequestId:
    """Open a request, and return its id."""
    request: RequestId = done(town("open", kind, "--resident", resident, *more, "--json")).json["request"]
    return request


def test_an_approval(town: Command, resident: str) -> None:
    """Who asked may not; somebody else of that role may, or refuses."""
    first, second = (opened(town, "childcare", resident, "--reporter", resident) for _ in range(2))
    assert "Approved" in done(town("--language", "en", "approve", first)).out
    assert "Not approved" in done(town("--language", "en", "refuse", second, "--reason", "busy")).out
    own = opened(town, "childcare", resident)
    assert town("approve", own).code == 3


def test_a_hold(town: Command, resident: str) -> None:
    """It stands still, and goes on."""
    request = opened(town, "food", resident)
    assert town("hold", request, "--reason", "shop_closed", "--until", "2026-03-01").code != 0
    done(town("hold", request, "--reason", "shop_closed"))
    assert done(town("show", request, "--json")).json["is"] == "OnHold"
    done(town("resume", request))
    assert done(town("show", request, "--json")).json["is"] == "AwaitingHelp"


def test_duplicates_dependencies_and_reopening(town: Command, resident: str) -> None:
    """What is one is linked, what comes first is waited for, what is over is taken up anew."""
    first, again = opened(town, "food", resident), opened(town, "food", resident)
    assert first in done(town("duplicate", again)).out
    assert done(town("duplicate", again, "--json")).json["likely_duplicates"] == [first]
    done(town("duplicate", again, first))
    later = opened(town, "medicine", resident)
    done(town("await", later, first))
    done(town("await", later, first, "--drop"))
    done(town("cancel", later))
    new = done(town("reopen", later, "--reason", "not_received", "--json")).json["request"]
    assert done(town("show", new, "--json")).json["reopens"] == later
    assert town("reopen", later, "--reason", "not_received").code == 3


def test_the_record(town: Command, resident: str, tmp_path: Path) -> None:
    """Lines are written, listed with their numbers, and voided."""
    request = opened(town, "food", resident)
    picture = tmp_path / "door.jpg"
    picture.write_bytes(b"JPEG")
    done(town("line", "note", request, "改要面粉"))
    word = done(town("line", "word", request, "--json")).json["word"]
    done(town("line", "proof", request, "--word", word))
    done(town("line", "proof", request, "--photo", str(picture)))
    done(town("line", "spent", request, "1250", "--spender", "desk"))
    done(town("line", "void", request, "1"))
    record = done(town("line", "list", request, "--json")).json
    assert [line["kind"] for line in record] == ["note", "proof", "proof", "reimbursement"]
    assert record[0]["void"]["reason"] == "written_by_mistake"
    shown = done(town("--language", "en", "line", "list", request)).out
    assert "1250 fen" in shown
    assert "photo" in shown
    assert town("line", "outcome", request, "inside", "success").code == 3
    assert town("line", "proof", request).code == 3


def test_a_visit_joined(town: Command, resident: str) -> None:
    """The garbage goes down with whoever brings the food up, and a gift is reported."""
    food, bags = opened(town, "food", resident), opened(town, "garbage", resident)
    with Dispatch.open() as engine:
        captain = engine.register_responder(HERE, "floor_captain", home="11号楼5层", capacity=20)
        engine.register_responder(HERE, "cadre", capacity=20)
        engine.hold(HERE, bags, reason="resident_away")
        engine.tick()
        engine.accept(HERE, f"{food}#1")
        engine.complete(HERE, food, "outside")
        (visit,) = engine.tick().offers
        engine.accept(HERE, visit.offer)
        engine.resume(HERE, bags)
    done(town("join", f"{bags}/inside", "--visit", visit.offer))
    assert done(town("show", bags, "--json")).json["is"] == "UnderWay"
    done(town("line", "gift", bags, "--responder", captain))
    assert town("line", "gift", bags, "--responder", captain, "--taken").code == 3
