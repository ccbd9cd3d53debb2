"""Why nobody is looked for, in the states that a day does not show: between two events of one save."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dispatch.audit import Explanation, LegStanding, Unserved, WhyWords, open_log, timeline, why, why_leg
from dispatch.domain.errors import CorruptHistory, Unknown
from dispatch.domain.values import Place
from dispatch.engine import Dispatch
from dispatch.store.recorders import open_recorder
from dispatch.words import LANGUAGES, Words
from tests.audit.day import MORNING
from tests.audit.golden import FOLDER, restore
from tests.audit.tampering import Tampered

HERE = "riverside"


@pytest.fixture
def log_of_one(tmp_path: Path) -> tuple[str, str]:
    """Give a store in which somebody asks, nobody can go, and they are erased; and the request."""
    url, now, ids = f"sqlite:///{tmp_path}/one.db", MORNING, iter(range(1, 1_000))
    with Dispatch.open(url, clock=lambda: now, ids=lambda: f"{next(ids):016x}") as engine:
        engine.register_community(HERE, name="Riverside", duty="desk")
        place = Place(building=engine.register_building(HERE, "11", floors=3, lift=False), floor="3")
        engine.register_responder(HERE, "cadre")
        resident = engine.register_resident(HERE, place)
        request = engine.open_request(HERE, "stair_carry", beneficiary=resident)
        engine.tick()
        now += timedelta(minutes=1)
        engine.erase(HERE, resident)
    return url, request


def position_of(url: str, topic: str) -> int:
    """Return the first position of a topic."""
    with open_log(url) as log:
        return next(line.position for line in timeline(log, HERE) if line.topic == topic)


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("request.received", "awaits_triage"),
        ("request.triaged", "awaits_planning"),
        ("resident.erasure_begun", "beneficiary_leaving"),
        ("resident.erasure_completed", "request_over"),
    ],
)
def test_a_moment_of_a_request(log_of_one: tuple[str, str], topic: str, reason: str) -> None:
    """Also between two events of a save a leg has an answer, in both languages."""
    url, request = log_of_one
    leg = request if topic in {"request.received", "request.triaged"} else f"{request}/carry"
    with open_log(url) as log:
        found = why_leg(log, leg, at=position_of(url, topic))
    assert isinstance(found, LegStanding)
    assert (found.reason, found.decisions) == (reason, ())
    assert all(request in WhyWords(Words(language), "UTC").told(found)[0] for language in LANGUAGES)


def test_at_an_instant_the_shifts_of_that_instant_count(log_of_one: tuple[str, str]) -> None:
    """A time is looked at by the last position until then, and by itself; what waits says so."""
    url, request = log_of_one
    with open_log(url) as log:
        found = why_leg(log, f"{request}/carry", at=MORNING + timedelta(seconds=30))
    assert isinstance(found, Unserved)
    assert found.at == MORNING + timedelta(seconds=30)
    assert found.missing == found.crew == 3
    assert set(found.failed.values()) == {"has_the_skills"}


@pytest.mark.parametrize(
    ("leg", "at", "error"),
    [
        ("q-0", None, Unknown),
        ("nothing", None, Unknown),
        ("carry/nowhere", None, Unknown),
        ("carry", 1, Unknown),
        ("carry", 0, Unknown),
        ("carry", MORNING - timedelta(days=1), Unknown),
    ],
)
def test_a_leg_that_is_not_there(
    log_of_one: tuple[str, str], leg: str, at: int | datetime | None, error: type[Exception]
) -> None:
    """A request that nobody knows, or not yet, and a leg that it has not are refused by name."""
    url, request = log_of_one
    with open_log(url) as log, pytest.raises(error):
        why_leg(log, leg.replace("carry", request), at=at)


def test_another_matchers_decision_is_explained_and_not_proven(tmp_path: Path) -> None:
    """What an older matcher decided is explained as far as it goes, and is never said to be proven."""
    url = f"sqlite:///{tmp_path}/old.db"
    with open_recorder(url) as recorder:
        restore(FOLDER / "matcher-2.jsonl", recorder)
    with open_log(url) as log:
        position = next(line.position for line in timeline(log, HERE) if line.topic == "match.decided")
        found = why(log, position)
    assert isinstance(found, Explanation)
    assert not found.is_proven
    told = WhyWords(Words("en"), "UTC").told(found)
    assert told[-1].startswith("Matcher 2 decided, this program has matcher")


def test_an_altered_decision_is_not_proven(few: Tampered) -> None:
    """Whoever writes another person, runner-up or price into a decision is found out by asking why."""
    row = few.decisions()[0]
    altered = {
        b'"price":[': b'"price":[1,',
        b'"runner_up":"r-': b'"runner_up":"r-0',
        b'"solved_by":"flow"': b'"solved_by":"crew"',
    }
    for old, new in altered.items():
        assert old in row.state
        few.put(row._replace(state=row.state.replace(old, new)))
        with open_log(few.url) as log:
            found = why(log, row.position)
        assert isinstance(found, Explanation)
        assert not found.is_proven
        assert "Run dispatch audit replay." in WhyWords(Words("en"), "UTC").told(found)[-1]


@pytest.mark.parametrize(("as_of", "said"), [(11, "did not wait"), (1_000, "not before it")])
@pytest.mark.parametrize("topic", ["match.shortfall_found", "match.decided"])
def test_a_decision_on_another_board(few: Tampered, topic: str, as_of: int, said: str) -> None:
    """A decision or shortfall that names a board on which its leg did not wait, or one after it, says so."""
    (row, *_) = few.rows("topic = ?", [topic])
    few.put(row._replace(state=re.sub(rb'"as_of":\d+', b'"as_of":%d' % as_of, row.state)))
    with open_log(few.url) as log, pytest.raises(CorruptHistory, match=said):
        why(log, row.position)
