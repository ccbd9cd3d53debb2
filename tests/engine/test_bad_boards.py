"""Boards that nothing can be done with: said clearly, recorded once, and never a decision in part."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dispatch import Dispatch, MatchDecided, ShortfallFound
from dispatch.audit import Unserved, WhyWords, open_log, replay, violations, why, why_leg
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.words import LANGUAGES, Words
from tests.engine.town import HERE, Clock, Town, refusal_of, town_on

EVERY = pytest.mark.parametrize("policy", [EVERYDAY, EVERYDAY_LATE], ids=["now", "late"])


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Give the address of a store."""
    return f"sqlite:///{tmp_path}/bad.db"


def only_a_shortfall(engine: Dispatch, url: str, leg: str) -> Unserved:
    """Tick twice: one shortfall, no decision, nothing more by itself; its words are there in each language."""
    assert not engine.tick().offers
    end = engine.position()
    assert not engine.tick().offers
    assert engine.position() == end
    events = list(engine.subscribe(community=HERE))
    assert [event for event in events if isinstance(event.fact, MatchDecided)] == []
    (short,) = (event for event in events if isinstance(event.fact, ShortfallFound))
    assert any(line.missing for line in engine.board(HERE))
    with open_log(url) as log:
        found = why(log, short.position)
        assert isinstance(found, Unserved)
        assert found.is_proven
        assert found.leg == leg
        assert isinstance(why_leg(log, leg), Unserved)
        assert (replay(log).findings, violations(log)) == ((), ())
    for language in LANGUAGES:
        told = WhyWords(Words(language), "Asia/Shanghai").told(found)
        assert Words(language)("why.no_relax") in told or found.relaxation
    return found


@EVERY
def test_nobody_at_all(url: str, policy: Policy) -> None:
    """A community without a single responder says so, and that no rule would help."""
    with Dispatch.open(url, clock=Clock()) as engine:
        engine.register_community(HERE, name="河畔社区", duty="duty-desk")
        engine.register_building(HERE, "11号楼", floors=8, lift=True)
        engine.adopt_policy(HERE, policy)
        resident = engine.register_resident(HERE, "11号楼501")
        request = engine.open_request(HERE, "garbage", beneficiary=resident)
        found = only_a_shortfall(engine, url, f"{request}/inside")
    assert (found.eligible, found.failed, found.relaxation, found.missing) == (0, {}, (), 1)


@EVERY
def test_everybody_is_excluded(url: str, policy: Policy) -> None:
    """A resident who keeps everybody away is asked to accept one: the smallest change, and how many it lets go."""
    with town_on(url) as town:
        town.engine.adopt_policy(HERE, policy)
        for who in (town.captain, town.volunteer, town.cadre, town.driver):
            town.engine.exclude(HERE, town.resident, responder=who)
        request = town.open("garbage")
        found = only_a_shortfall(town.engine, url, f"{request}/inside")
        assert (found.eligible, found.relaxation) == (0, ("not_excluded_by_resident",))
        town.engine.exclude(HERE, town.high)
        town.engine.lift_exclusions(HERE, town.resident)
        assert len(town.engine.tick().offers) == 1


@pytest.mark.parametrize("capacity", [0, -1])
def test_no_capacity_is_refused_and_changes_nothing(town: Town, capacity: int) -> None:
    """Zero or less is no capacity: neither a new responder nor a change, and whoever was there is asked as before."""
    before = town.engine.position()
    for say in (
        partial(town.engine.register_responder, HERE, "cadre", capacity=capacity),
        partial(town.engine.set_capacity, HERE, town.captain, capacity),
    ):
        refusal = refusal_of(say)
        assert refusal.code == "bad_input"
        assert "capacity" in refusal.message
    assert town.engine.position() == before
    request = town.open("garbage")
    assert f"{request}/inside" in town.tick()


def test_a_capacity_below_what_is_held_asks_no_more(town: Town, url: str) -> None:
    """Who is cut below what they hold keeps it and is asked for nothing more; the leg says who has no room."""
    engine = town.engine
    for who in (town.volunteer, town.cadre, town.driver):
        engine.drop_out(HERE, who)
    first = town.open("garbage")
    engine.accept(HERE, town.tick()[f"{first}/inside"].offer)
    engine.set_capacity(HERE, town.captain, 1)
    town.open("garbage")
    town.open("garbage")
    assert all(offer.responder != town.captain for offer in town.tick().values())
    person = engine.responder(HERE, town.captain)
    assert person.capacity == 1
    assert person.load >= person.capacity


def test_the_same_registration_twice_is_one_person(town: Town) -> None:
    """A responder is on a board once: what is sent again under one id is answered, not done again."""
    said: dict[str, Any] = {"home": "11号楼6层", "capacity": 4, "command_id": "reg-1"}
    first = town.engine.register_responder(HERE, "floor_captain", **said)
    assert town.engine.register_responder(HERE, "floor_captain", **said) == first
    other = refusal_of(partial(town.engine.register_responder, HERE, "floor_captain", **{**said, "capacity": 5}))
    assert other.code == "command_id_reused"
    assert sum(1 for who in town.engine.board_of(HERE).responders if who == first) == 1
