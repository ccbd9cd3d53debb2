"""What it would have cost to send somebody else: checked by another solver, and by carrying the moves out."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dispatch.domain.policies import EVERYDAY_LATE, SHIPPED
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.values import LegId, ResponderId
from dispatch.matching.alternatives import Alternative, alternative, alternatives, if_first
from dispatch.matching.reasoning import Reasoning, reasoning
from dispatch.matching.singles import Move
from tests.matching.boards import AT, random_board
from tests.matching.brute import Oracle
from tests.matching.lexicographic import Lexicographic
from tests.matching.queue_oracle import Place, QueueOracle

AT_ONCE = [policy.model_copy(update={"offers_ahead_max": 3, "plan_ahead_max": 0}) for policy in SHIPPED]
"""The shipped orders without queues, which the other solver does not know; those with them are below."""


def planned(run: Reasoning) -> dict[LegId, ResponderId | None]:
    """Return who has each one-person leg in the plan of a run."""
    who = {choice.demand.leg: choice.responder for choice in run.placed.choices}
    return {leg: who.get(leg) for leg in run.placed.legs}


def carried_out(plan: dict[LegId, ResponderId | None], moves: Iterable[Move]) -> dict[LegId, ResponderId | None]:
    """Return a plan after moves, each of which must begin where the plan says."""
    after = dict(plan)
    for move in moves:
        assert after[move.leg] == move.giver
        after[move.leg] = move.taker
    return after


@pytest.mark.parametrize("policy", AT_ONCE, ids=lambda policy: policy.name)
@pytest.mark.parametrize("seed", range(3))
def test_a_forced_price_is_that_of_another_solver(seed: int, policy: Policy) -> None:
    """Forcing a leg onto anybody raises the whole optimum, level by level, by what another solver says."""
    board = random_board(seed, people=7, requests=14, policy=policy)
    run = reasoning(board, policy, AT)
    other = Lexicographic(Oracle(board, policy, AT))
    best = other.optimum()
    assert best is not None
    checked = 0
    for demand in run.demands[seed % 3 :: 4]:
        priced = {one.responder: one for one in alternatives(run, demand)}
        for responder in demand.by_vector():
            forced = other.optimum({demand.leg: responder})
            if responder in priced:
                assert forced is not None
                assert priced[responder].rise == tuple(b - a for a, b in zip(best, forced, strict=True))
                checked += 1
            else:
                assert forced is None
    assert checked > 3


@pytest.mark.parametrize("policy", AT_ONCE, ids=lambda policy: policy.name)
@pytest.mark.parametrize("seed", range(8))
def test_the_moves_cost_what_is_said(seed: int, policy: Policy) -> None:
    """Carried out, a forced leg and the moves it brings raise the cost of the plan by just its price."""
    board = random_board(seed, people=9, requests=24, policy=policy)
    run = reasoning(board, policy, AT)
    other = Lexicographic(Oracle(board, policy, AT))
    plan = planned(run)
    best = other.cost(plan)
    assert best == run.placed.total()
    moved = 0
    for demand in run.demands:
        for one in alternatives(run, demand):
            after = carried_out(plan, [*one.moves, Move(demand.leg, plan[demand.leg], one.responder)])
            assert one.rise == tuple(b - a for a, b in zip(best, other.cost(after), strict=True))
            assert one.rise >= (0,) * len(one.rise)
            moved += bool(one.moves)
    assert moved


def test_who_has_it_costs_nothing_and_comes_first() -> None:
    """The one who is chosen is the first of all, at no rise and with no moves; the rises never fall."""
    run = reasoning(random_board(3, people=9, requests=24), EVERYDAY, AT)
    for demand in run.demands:
        found = list(alternatives(run, demand))
        chosen = planned(run)[demand.leg]
        rises = [one.rise for one in found]
        assert rises == sorted(rises)
        if chosen is not None:
            assert (found[0].responder, any(found[0].rise), found[0].moves) == (chosen, False, ())


def test_who_may_not_go_is_told_every_rule() -> None:
    """Whoever a hard rule keeps has no price, and all the rules; the first is the one that is counted."""
    run = reasoning(random_board(4, people=20, requests=30), EVERYDAY, AT)
    barred = 0
    for demand in run.demands:
        for responder, rule in demand.failed_by_all(run.people).items():
            found = alternative(run, demand, responder)
            assert found == Alternative(responder, failed=found.failed)
            assert rule in found.failed
            barred += 1
    assert barred > 50


@pytest.mark.parametrize("seed", range(12))
def test_a_crew_formed_around_somebody_is_compared_with_the_plan(seed: int) -> None:
    """Somebody taken first into a crew either is in it, with the moves that follow, or no crew can be formed so."""
    run = reasoning(random_board(seed, people=14, requests=12, crews=0.4), EVERYDAY, AT)
    crews = [demand for demand in run.demands if demand.people > 1]
    assert crews
    for demand in crews:
        members = {choice.responder for choice in run.choices if choice.demand is demand}
        for responder in demand.by_vector():
            found = alternative(run, demand, responder)
            ours = [move for move in found.moves if move.leg == demand.leg]
            if responder in members:
                assert not any(found.rise)
                assert found.moves == ()
            elif found.rise:
                assert any(move.taker == responder for move in ours)
                assert {move.giver for move in ours} <= {*members, None}


def test_a_crew_that_came_before_everything_else() -> None:
    """What would change if a crew were formed first: it is filled, and every move begins where the plan is."""
    formed = 0
    for seed in range(30):
        run = reasoning(random_board(seed, people=8, requests=14, crews=0.4), EVERYDAY, AT)
        served = run.served()
        for demand in (one for one in run.short if one.people > 1 and len(one.vectors) >= one.people):
            moves = if_first(run, demand)
            if not moves:
                continue
            formed += 1
            assert sum(move.leg == demand.leg and move.taker is not None for move in moves) == demand.people
            assert all(move.giver in served.get(move.leg, ()) for move in moves if move.giver is not None)
            assert all(move.taker not in served.get(move.leg, ()) for move in moves)
    assert formed > 5


@pytest.mark.parametrize(("seed", "people", "requests"), [*((seed, 3, 4) for seed in range(6)), (7, 6, 14)])
def test_a_forced_price_with_queues_is_that_of_other_solvers(seed: int, people: int, requests: int) -> None:
    """Where places in queues are planned, forcing a leg into anybody's queue costs what other solvers say."""
    board = random_board(seed, people=people, requests=requests, policy=EVERYDAY_LATE)
    run = reasoning(board, EVERYDAY_LATE, AT)
    oracle = QueueOracle(board, EVERYDAY_LATE, AT)
    other = Lexicographic(oracle)
    best = other.optimum()
    assert best == run.placed.total()
    for demand in run.demands[:4]:
        for one in alternatives(run, demand):
            forced = other.optimum({demand.leg: one.responder})
            assert forced is not None
            assert one.rise == tuple(b - a for a, b in zip(best, forced, strict=True))
            if requests < 5:
                assert forced == oracle.best({demand.leg: one.responder})[0][0]


@pytest.mark.parametrize("seed", range(8))
def test_moves_in_queues_cost_what_is_said(seed: int) -> None:
    """Carried out place by place, a forced leg and its moves raise the cost of the plan by just its price."""
    board = random_board(seed, people=4, requests=9, policy=EVERYDAY_LATE)
    run = reasoning(board, EVERYDAY_LATE, AT)
    oracle = QueueOracle(board, EVERYDAY_LATE, AT)
    plan: dict[LegId, Place | None] = dict.fromkeys(run.placed.legs)
    plan |= {choice.demand.leg: (choice.responder, choice.place or 0) for choice in run.placed.choices}
    plan |= {one.leg: (one.responder, one.place) for one in run.placed.planned}
    best = oracle.cost(plan)
    assert best == run.placed.total()
    for demand in run.demands:
        for one in alternatives(run, demand):
            after = dict(plan)
            for move in one.moves:
                assert after[move.leg] == (None if move.giver is None else (move.giver, move.giver_place))
                after[move.leg] = None if move.taker is None else (move.taker, move.taker_place or 0)
            after[demand.leg] = (one.responder, one.place or 0)
            taken = [place for place in after.values() if place is not None]
            assert len(taken) == len(set(taken))
            assert one.rise == tuple(b - a for a, b in zip(best, oracle.cost(after), strict=True))
