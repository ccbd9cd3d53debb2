"""The match run as a whole: optimal, unique, within everybody's means, the same for any order and process."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from dispatch.domain.match_run import MatchRun
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.values import LegId, ResponderId, Urgency, request_of
from dispatch.matching.board import Board
from dispatch.matching.match import MatchResult, match, record_id, record_of
from tests.matching.boards import AT, board, leg, person, random_board, request, works
from tests.matching.brute import Oracle

ROOT = Path(__file__).parents[2]
TIGHT = EVERYDAY.model_copy(update={"offers_ahead_max": 2})
SEEDS = range(60)


def plan_of(result: MatchResult) -> dict[LegId, ResponderId]:
    """Return who is asked for each leg."""
    return {decided.leg: decided.responder for decided in result.decided}


@pytest.mark.parametrize("policy", [EVERYDAY, TIGHT], ids=["everyday", "tight"])
def test_the_optimum_is_that_of_trying_everything(policy: Policy) -> None:
    """On small boards: the very plan that is best of all plans, and no other plan is as good."""
    served = short = 0
    for seed in SEEDS:
        draw = Random(seed)
        seen = random_board(seed, people=draw.randint(1, 4), requests=draw.randint(1, 5), policy=policy)
        best, *others = Oracle(seen, policy, AT).plans()
        expected = {leg: responder for leg, responder in best[1].items() if responder is not None}
        result = match(seen, policy, AT)
        assert plan_of(result) == expected, seed
        assert result.unserved == len(best[1]) - len(expected)
        assert not others or others[0][0] > best[0], seed
        served, short = served + len(expected), short + result.unserved
    assert min(served, short) > 20


def test_the_price_of_the_runner_up_is_that_of_forcing_him() -> None:
    """Level by level, the price is the rise of the best plan with the runner-up forced; nobody else is cheaper."""
    priced = 0
    for seed in SEEDS:
        seen = random_board(seed, people=4, requests=4)
        oracle = Oracle(seen, EVERYDAY, AT)
        best = oracle.plans()[0][0]
        for decided in match(seen, EVERYDAY, AT).decided:
            demand = next(demand for demand in oracle.demands if demand.leg == decided.leg)
            forced = {
                responder: plans[0][0]
                for responder in demand.vectors
                if responder != decided.responder and (plans := oracle.plans({decided.leg: responder}))
            }
            if not forced:
                assert (decided.runner_up, decided.price) == (None, None), seed
                continue
            second = min(forced, key=lambda r, costs=forced: (costs[r], r))  # type: ignore[misc]
            assert decided.runner_up == second, seed
            assert decided.price == tuple(b - a for a, b in zip(best, forced[second], strict=True)), seed
            priced += 1
    assert priced > 80


@pytest.mark.parametrize("seed", range(8))
def test_nobody_gets_more_than_they_can_carry(seed: int) -> None:
    """Capacity and horizon hold with what is held already; nobody twice for a leg; no leg more than it needs."""
    policy = EVERYDAY.model_copy(update={"offers_per_run_max": 500})
    seen = random_board(seed, people=40, requests=120, crews=0.2, policy=policy)
    result = match(seen, policy, AT)
    assert len(result.decided) > 20
    for responder, state in seen.responders.items():
        mine = [decided for decided in result.decided if decided.responder == responder]
        assert not mine or state.load + sum(decided.effort for decided in mine) <= state.capacity
        assert not mine or state.open_count + len(mine) <= policy.offers_ahead_max
        assert len({decided.leg for decided in mine}) == len(mine)
    for leg_id, count in Counter(decided.leg for decided in result.decided).items():
        assert count == seen.requests[request_of(leg_id)].legs[0].plan.crew
    offers = [decided.offer for decided in result.decided]
    assert len(set(offers)) == len(offers)
    waiting = {f"{name}/inside" for name in seen.requests}
    assert result.unserved == len(waiting) - len({decided.leg for decided in result.decided})


def test_asking_again_gives_the_same() -> None:
    """A run reads the board and changes nothing of it."""
    seen = random_board(3, people=20, requests=40, crews=0.2)
    assert match(seen, EVERYDAY, AT) == match(seen, EVERYDAY, AT)


def test_a_run_has_a_bound_and_the_most_urgent_come_first() -> None:
    """Not more offers than the policy allows in one run: those of the most urgent legs; a crew is never cut."""
    policy = EVERYDAY.model_copy(update={"offers_per_run_max": 4})
    people = {f"r-{index}": person(capacity=100) for index in range(30)}
    mixed = [Urgency.NONE, Urgency.HEALTH] * 3
    requests = {f"q-{index}": request(leg(ready_at=AT), urgency=urgency) for index, urgency in enumerate(mixed)}
    requests |= {f"q-c{index}": request(leg(crew=3), urgency=Urgency.LIFE) for index in range(2)}
    seen = board(people, requests)
    decided = match(seen, policy, AT).decided
    assert [one.leg for one in decided] == ["q-c0/inside"] * 3 + ["q-c1/inside"] * 3
    whole = match(seen, EVERYDAY, AT)
    assert len(whole.decided) == 12
    assert [one.leg for one in whole.decided[:6]] == [one.leg for one in decided]
    urgencies = [seen.requests[request_of(one.leg)].urgency for one in whole.decided[6:]]
    assert urgencies == ["health"] * 3 + ["none"] * 3


def test_nothing_to_do_is_nothing() -> None:
    """No legs, no people, nobody at all: an empty answer and nothing to record."""
    for seen in (board({}, {}), board({"r-1": person()}, {})):
        result = match(seen, EVERYDAY, AT)
        assert (result.decided, result.shortfalls, result.unserved) == ((), (), 0)
        assert record_of(seen, result, AT) is None
    lonely = match(board({}, {"q-1": request()}), EVERYDAY, AT)
    assert (lonely.decided, lonely.unserved) == ((), 1)
    assert [shortfall.relaxation for shortfall in lonely.shortfalls] == [()]


def test_the_record_names_its_board_and_fence() -> None:
    """Two drains that saw the same give the same command under the same id."""
    seen = replace(board({"r-1": person()}, {"q-1": request()}), run=MatchRun(version=7))
    first, second = (record_of(seen, match(seen, EVERYDAY, AT), AT) for _ in range(2))
    assert first == second
    assert first is not None
    assert (first.fence, first.as_of) == (7, 100)
    assert record_id(first) == "match:riverside:7:100"
    later = record_of(replace(seen, position=101), match(replace(seen, position=101), EVERYDAY, AT), AT)
    assert later is not None
    assert record_id(later) != record_id(first)


def test_a_decision_says_who_else_could_go() -> None:
    """Candidates in order, the chosen one among them however far down, and how many there were."""
    policy = EVERYDAY.model_copy(update={"vectors_max": 3})
    people = {f"r-{index}": person(burden={AT.toordinal(): index}) for index in range(9)}
    people["r-0"] = person(loads=works(0, 0, 0))
    requests = {f"q-{index}": request() for index in range(8)}
    for decided in match(board(people, requests), policy, AT).decided:
        assert decided.eligible == 8
        assert len(decided.candidates) == 3
        assert decided.responder in [candidate.responder for candidate in decided.candidates]
        assert [(count.rule, count.count) for count in decided.failed] == [("within_offers_ahead", 1)]
        shown = [candidate.vector for candidate in decided.candidates[:2]]
        assert shown == sorted(shown)


def test_a_thousand_requests_at_once() -> None:
    """A thousand requests and a hundred people: everybody gets what they can carry, in runs of a hundred."""
    seen = random_board(1, people=100, requests=1_000, crews=0.02)
    result = match(seen, EVERYDAY, AT)
    assert EVERYDAY.offers_per_run_max <= len(result.decided) <= EVERYDAY.offers_per_run_max + 2
    assert result.shortfalls == ()
    assert 0 < result.unserved < 1_000


@pytest.mark.slow
def test_ten_thousand_requests_at_once() -> None:
    """Ten thousand: the same, and a bounded save."""
    seen = random_board(1, people=400, requests=10_000, crews=0.01)
    result = match(seen, EVERYDAY, AT)
    assert len(result.decided) >= EVERYDAY.offers_per_run_max
    nobody = match(replace(seen, responders={}), EVERYDAY, AT)
    assert len(nobody.shortfalls) == EVERYDAY.offers_per_run_max
    assert nobody.unserved == 10_000


def work_of(seen: Board) -> int:
    """Return how many Python functions a run calls: what it costs, without a clock."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        match(seen, EVERYDAY, AT)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(("people", "crews"), [(30, 0.0), (30, 0.1), (0, 0.0)])
def test_work_grows_as_the_board_does(people: int, crews: float) -> None:
    """Twice as many legs is about twice the work, with and without crews, also when nobody can go."""
    costs = [work_of(random_board(5, people=people, requests=legs, crews=crews)) for legs in (100, 200, 400)]
    assert costs[1] < 3 * costs[0]
    assert costs[2] < 3 * costs[1]


def test_work_grows_as_the_people_do() -> None:
    """Twice as many people is about twice the work."""
    costs = [work_of(random_board(5, people=people, requests=60)) for people in (50, 100, 200)]
    assert costs[1] < 3 * costs[0]
    assert costs[2] < 3 * costs[1]
