"""Everybody calls at once: each call is answered, nothing is lost, and no decision is half made (bad input 60)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from dispatch import EVERYDAY, EVERYDAY_LATE, Dispatch, NumberedIds, Policy, ResidentId
from dispatch.audit import Checker, Log
from dispatch.domain.leg import AssignmentMade, OfferMade
from dispatch.domain.match_run import MatchDecided, ShortfallFound
from dispatch.matching.match import match
from dispatch.matching.reasoning import reasoning
from tests.engine.town import HERE, MORNING, Clock

POLICIES = pytest.mark.parametrize("policy", [EVERYDAY, EVERYDAY_LATE], ids=["everyday@1", "everyday@2"])
TOWERS, FLOORS, HOMES_ON_FLOOR = 4, 18, 3
KINDS = ("food", "medicine", "garbage")


def settled(store: str, policy: Policy) -> tuple[Dispatch, Clock, list[ResidentId]]:
    """Register towers with a captain on every other floor, cadres for all of them, and homes."""
    clock = Clock()
    engine = Dispatch.open(store, clock=clock, ids=NumberedIds())
    engine.register_community(HERE, name="河畔社区", duty="duty-desk", policy=policy)
    names = [f"{number}号楼" for number in range(1, TOWERS + 1)]
    for name in names:
        engine.register_building(HERE, name, floors=FLOORS, lift=True)
    with engine.batch(HERE) as batch:
        for name in names:
            for floor in range(1, FLOORS + 1, 2):
                batch.register_responder(HERE, "floor_captain", home=f"{name}{floor}层", scope=name, capacity=5)
        for _ in range(4):
            batch.register_responder(HERE, "cadre", capacity=9)
        homes = [
            batch.register_resident(HERE, f"{name}{floor:02}{number:02}")
            for name in names
            for floor in range(1, FLOORS + 1)
            for number in range(1, HOMES_ON_FLOOR + 1)
        ]
    return engine, clock, homes


def everybody_calls(store: str, policy: Policy, number: int) -> None:
    """Open so many requests in one batch, share out until there is nothing more to say, and look at what was said."""
    engine, clock, homes = settled(store, policy)
    with engine:
        with engine.batch(HERE) as batch:
            opened = [
                batch.open_request(
                    HERE, ("food", "medicine", "garbage")[index % 3], beneficiary=homes[index % len(homes)]
                )
                for index in range(number)
            ]
        assert batch.refused == []
        assert len(set(opened)) == number
        complete = False
        while not complete:
            complete = all(drained.complete for drained in engine.tick().drained)
        assert engine.tick().offers == ()
        _all_are_answered(engine, policy, set(opened))
        _nothing_is_half_made(engine, policy)
        clock.now += timedelta(hours=1)
        assert engine.tick().drained
        assert engine.parked() == ()


def _all_are_answered(engine: Dispatch, policy: Policy, opened: set[str]) -> None:
    """Each is asked for, has its place in a plan, or is recorded as short with what would help."""
    board, clock = engine.board_of(HERE), MORNING
    result = match(board, policy, clock)
    asked = {request for request, state in board.requests.items() if any(leg.asks for leg in state.legs)}
    planned = {one.leg.partition("/")[0] for one in result.planned}
    short = {leg.partition("/")[0] for leg in board.match_run.shortfalls}
    assert (result.decided, result.shortfalls) == ((), ())
    assert asked
    assert short
    assert bool(planned) == bool(policy.plan_ahead_max)
    assert opened == set(board.requests) == asked | planned | short
    assert not asked & (planned | short)
    # Who is left out has a price too, worked out when somebody asks.
    run = reasoning(board, policy, clock)
    left = run.without_a_place[-1]
    rises = run.placed.rises(left.leg)
    assert not any(rises[None])
    assert all(rise > rises[None] for responder, rise in rises.items() if responder is not None)


def _nothing_is_half_made(engine: Dispatch, policy: Policy) -> None:
    """Each decision has its offer, nobody holds more than they can carry, and the log holds all its promises."""
    checker, said = Checker(), Counter[type]()
    for row in Log(engine.journal.recorder).rows():
        checker.take(row)
    checker.settle()
    assert checker.found == ()
    for event in engine.subscribe(community=HERE):
        said[type(event.fact)] += 1
    assert said[MatchDecided] == said[OfferMade] + said[AssignmentMade] > 0
    assert said[ShortfallFound] > 0
    for person in engine.board_of(HERE).responders.values():
        assert person.load <= person.capacity
        assert person.open_count <= policy.offers_ahead_max


@POLICIES
def test_three_hundred_at_once(policy: Policy) -> None:
    """A community of forty helpers and three hundred calls."""
    everybody_calls("sqlite:///:memory:", policy, 300)


@pytest.mark.slow
@POLICIES
def test_ten_thousand_at_once(policy: Policy, file_store: str) -> None:
    """The same with ten thousand, on disk."""
    everybody_calls(file_store, policy, 10_000)
