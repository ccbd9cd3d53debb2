"""Stair carries through the façade: three at once, replaced one by one, collapsed when nobody is left; shortfalls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from dispatch import RequestId, ResponderId, ShortfallFound
from dispatch.domain.crew import HouseholdCalled
from dispatch.domain.leg import Mustering, Taken, Waiting
from dispatch.engine.plan import OF_THE_ENGINE
from tests.engine.town import HERE, Town, by, refusal_of


@dataclass
class Carry:
    """A stair carry from the walk-up's 6th floor, and who may carry."""

    town: Town
    request: RequestId
    carriers: list[ResponderId]

    def stage(self) -> str:
        """Return the state of its leg."""
        return type(self.town.request(self.request).leg("carry")).__name__

    def asks(self) -> dict[ResponderId, str]:
        """Return who holds which offer now."""
        leg = self.town.request(self.request).leg("carry")
        assert leg is not None
        return {ask.responder: ask.offer for ask in leg.asks}

    def loads(self) -> dict[ResponderId, int]:
        """Return what every carrier holds, in units."""
        return {who: self.town.engine.responder(HERE, who).load for who in self.carriers}


@pytest.fixture
def carry(town: Town, request: pytest.FixtureRequest) -> Carry:
    """Give a stair carry with so many carriers as the test asks for, four by default."""
    number = getattr(request, "param", 4)
    carriers = [
        town.engine.register_responder(HERE, "volunteer", skills=["stair_carry"], capacity=40) for _ in range(number)
    ]
    return Carry(town, town.open("stair_carry", beneficiary=town.high), carriers)


def test_three_are_asked_and_go_together(carry: Carry) -> None:
    """Three different people in one save; taken when the third accepts; free when one reports it done."""
    engine = carry.town.engine
    offers = engine.tick().offers
    assert len({offer.responder for offer in offers}) == 3
    assert len({event.meta.command for event in engine.subscribe() if event.topic == "request.offer_made"}) == 1
    for offer in offers:
        assert carry.stage() == Mustering.__name__
        engine.accept(HERE, offer.offer)
    assert carry.stage() == Taken.__name__
    effort = 3 + 5
    assert sorted(carry.loads().values()) == [0, effort, effort, effort]
    engine.complete(HERE, carry.request, "carry")
    assert carry.town.stage(carry.request) == "Delivered"
    assert set(carry.loads().values()) == {0}


def test_who_declines_is_replaced(carry: Carry) -> None:
    """The others stay; the fourth is asked; the crew is complete with them."""
    engine = carry.town.engine
    first, second, third = engine.tick().offers
    engine.accept(HERE, first.offer)
    engine.decline(HERE, second.offer)
    (fourth,) = engine.tick().offers
    assert fourth.responder not in {first.responder, second.responder, third.responder}
    assert set(carry.asks()) == {first.responder, third.responder, fourth.responder}
    for offer in (third, fourth):
        engine.accept(HERE, offer.offer)
    assert carry.stage() == Taken.__name__


@pytest.mark.parametrize("carry", [3], indirect=True)
def test_without_a_replacement_the_crew_collapses(carry: Carry) -> None:
    """Nobody is left: the offers of the others are withdrawn, accepted ones too; a shortfall says so once."""
    engine = carry.town.engine
    first, second, third = engine.tick().offers
    engine.accept(HERE, first.offer)
    engine.decline(HERE, second.offer)
    assert not engine.tick().offers
    assert carry.stage() == Waiting.__name__
    assert set(carry.loads().values()) == {0}
    reasons = [getattr(e.fact, "reason", "") for e in engine.subscribe() if e.topic == "request.offer_withdrawn"]
    assert reasons == ["crew_collapsed", "crew_collapsed"]
    engine.tick()
    (shortfall,) = (e.fact for e in engine.subscribe() if isinstance(e.fact, ShortfallFound))
    assert (shortfall.missing, shortfall.eligible, shortfall.relaxation) == (3, 2, ("has_the_skills",))
    late = engine.register_responder(HERE, "volunteer", skills=["stair_carry"], capacity=40)
    again = engine.tick().offers
    assert {offer.responder for offer in again} == {first.responder, third.responder, late}


@pytest.mark.parametrize("carry", [2], indirect=True)
def test_two_are_not_asked(carry: Carry) -> None:
    """All or nothing: with two, nobody is asked."""
    assert not carry.town.engine.tick().offers
    assert carry.asks() == {}


def test_a_member_who_falls_ill_is_replaced(carry: Carry) -> None:
    """Isolated after the crew was complete: all are released and asked for anew, without the one who is ill."""
    engine = carry.town.engine
    for offer in engine.tick().offers:
        engine.accept(HERE, offer.offer)
    ill = next(iter(carry.asks()))
    engine.isolate_responder(HERE, ill)
    again = engine.tick().offers
    assert ill not in {offer.responder for offer in again}
    assert len(again) == 3
    assert carry.loads()[ill] == 0


def test_cancelling_frees_a_mustering_crew(carry: Carry) -> None:
    """Cancelled in the middle: accepted and unanswered members are free in the same save."""
    engine = carry.town.engine
    first, *_ = engine.tick().offers
    engine.accept(HERE, first.offer)
    engine.cancel(HERE, carry.request, reason="not_needed")
    assert set(carry.loads().values()) == {0}
    assert not engine.tick().offers


def test_a_shortfall_is_said_once_and_again_when_it_changes(town: Town) -> None:
    """Tick after tick nothing is repeated; another cause is a new line; served, it is over."""
    engine = town.engine
    request = town.open("stair_carry", beneficiary=town.high)

    def said() -> list[tuple[str, ...]]:
        return [e.fact.relaxation for e in engine.subscribe() if isinstance(e.fact, ShortfallFound)]

    for _ in range(3):
        engine.tick()
        town.clock.forward(minutes=1)
    unskilled = ("has_the_skills", "role_may")
    assert said() == [unskilled]
    carriers = [engine.register_responder(HERE, "volunteer", skills=["stair_carry"], capacity=40) for _ in range(3)]
    for who in carriers:
        engine.isolate_responder(HERE, who)
    for _ in range(3):
        engine.tick()
    assert said() == [unskilled, ("not_isolated",)]
    (line,) = engine.board(HERE)
    assert line.shortfall == ("not_isolated",)
    for who in carriers:
        engine.end_responder_isolation(HERE, who)
    assert len(engine.tick().offers) == 3
    (line,) = engine.board(HERE)
    assert not line.shortfall
    assert engine.board_of(HERE).match_run.shortfalls == {}
    assert len(said()) == 2
    assert request in engine.board_of(HERE).requests


def test_every_command_of_the_system_has_an_id_of_its_own_kind(carry: Carry) -> None:
    """No caller can take the id of what the engine itself does: collapses, releases, erasures, matches."""
    engine = carry.town.engine
    offers = engine.tick().offers
    for offer in offers[:2]:
        engine.decline(HERE, offer.offer)
    engine.tick()
    engine.erase(HERE, carry.town.high)
    engine.erase(HERE, carry.carriers[0])
    by_actor: dict[str, set[str]] = {"system": set(), "desk": set()}
    for event in engine.subscribe():
        by_actor[event.meta.actor].add(event.meta.command)
    ids = by_actor["system"]
    assert {name.partition(":")[0] for name in ids} >= {"match", "collapse", "erase", "erased"}
    assert all(name.startswith(OF_THE_ENGINE) for name in ids)
    assert not any(
        event.meta.command.startswith(OF_THE_ENGINE) for event in engine.subscribe() if event.meta.actor == "desk"
    )


def test_the_crew_waits_for_the_call_and_meets(town: Town) -> None:
    """Bound and not gone: the daughter phones, the three meet, they carry; the way back is called for by itself."""
    engine = town.engine
    daughter = engine.register_resident(HERE, "12号楼602")
    for _ in range(3):
        engine.register_responder(HERE, "volunteer", skills=["stair_carry"], capacity=40)
    request = town.open("stair_carry_return", beneficiary=town.high, reporter=daughter)
    for leg in ("carry", "carry_back"):
        offers = engine.tick().offers
        for offer in offers:
            engine.accept(HERE, offer.offer)
        assert refusal_of(partial(engine.complete, HERE, request, leg)).code == "household_has_not_called"
        assert refusal_of(partial(engine.ready, HERE, request, leg)).code == "household_has_not_called"
        engine.call_ahead(HERE, request, by=by(daughter, "resident"), command_id=f"call-{leg}")
        assert engine.call_ahead(HERE, request, by=by(daughter, "resident"), command_id=f"call-{leg}").repeated
        for offer in offers:
            engine.ready(HERE, request, leg, responder=offer.responder)
        assert type(town.request(request).leg(leg)).__name__ == "Mustered"
        engine.complete(HERE, request, leg)
    assert town.stage(request) == "Delivered"
    called = [event.fact.by for event in engine.subscribe() if isinstance(event.fact, HouseholdCalled)]
    assert called == [daughter, daughter]


def test_nobody_called(town: Town) -> None:
    """Half an hour before the hour the duty contact is told, once, and not again by the next ticks."""
    engine = town.engine
    request = town.open("stair_carry_return", beneficiary=town.high, needed_by=town.clock() + timedelta(hours=1))
    told: list[tuple[float, str]] = []
    for minute in range(0, 60, 10):
        engine.tick()
        reasons = town.request(request).escalated
        told += [(minute, reason) for reason in sorted(reasons) if reason not in {known for _, known in told}]
        town.clock.forward(minutes=10)
    assert (30, "not_called_ahead") in told
    assert engine.next_change_at(HERE) is not None


def test_there_is_nothing_to_call_for(town: Town) -> None:
    """A request without such a leg, and one that is not planned yet, say so."""
    plain, unjudged = town.open("food"), town.open("food", triage=False)
    assert refusal_of(partial(town.engine.call_ahead, HERE, plain)).code == "not_called_ahead"
    assert refusal_of(partial(town.engine.call_ahead, HERE, unjudged)).code == "unknown_leg"
