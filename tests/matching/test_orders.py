"""Any order of levels is kept strictly: no plan is better on a higher level, whatever it costs on the lower ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from dispatch.domain.control import Control
from dispatch.domain.policies import MEDICAL_FIRST, SHIPPED, SURGE
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.policy_levels import EVERYDAY_LEVELS, WAITING_LEVELS, LevelName, LevelOrder, PolicyLevel
from dispatch.domain.policy_tiers import ALL_OPEN, NO_RESERVE, Reserve, TierTimes
from dispatch.domain.values import ControlLevel, LegId, ResponderId, Side
from dispatch.matching.board import Board
from dispatch.matching.match import match
from tests.matching.boards import AT, IN_TOWER, random_board
from tests.matching.brute import Oracle
from tests.matching.lexicographic import Lexicographic
from tests.orders import random_order

TOLD = frozenset({LevelName.WAITING, LevelName.CHANGES})
"""They price a queue and what was said before; their own tests have boards with both."""

TIERS = TierTimes(
    compound_s=(0, 0, 3_600, 7_200), community_s=(0, 1_800, 9_000, 14_400), reserve_s=(0, 3_600, 18_000, 28_800)
)
PAIR = [level for level in EVERYDAY_LEVELS if level.name not in WAITING_LEVELS and level.name is not LevelName.TIE]
CONTROL = Control(place=IN_TOWER, level=ControlLevel.TEMPORARY, effective_from=AT - timedelta(hours=1))
KEPT = PolicyLevel(name=LevelName.RESERVE, cap=1)


def under(levels: LevelOrder, **knobs: object) -> Policy:
    """Return a policy with these levels."""
    return Policy(name="ours", version=1, offers_per_run_max=500, levels=levels, **knobs)  # type: ignore[arg-type]


def plan_of(seen: Board, policy: Policy) -> Mapping[LegId, ResponderId | None]:
    """Return who is asked for each one-person leg, or nobody."""
    asked = {decided.leg: decided.responder for decided in match(seen, policy, AT).decided}
    return {demand.leg: asked.get(demand.leg) for demand in Oracle(seen, policy, AT).demands}


def some_policy(draw: Random) -> Policy:
    """Return any order with any weights, with or without tiers and a reserve."""
    return under(
        random_order(draw, without=TOLD, least=3),
        tiers=draw.choice((ALL_OPEN, TIERS)),
        reserve=draw.choice((NO_RESERVE, Reserve(community_people=1, share_percent=50, opens_s=(9_000, 18_000)))),
    )


def test_the_plan_is_the_best_of_all_plans() -> None:
    """Under any order, weights, tiers and reserve: what trying everything finds, level by level, and unique."""
    served = short = 0
    for seed in range(120):
        policy = some_policy(Random(seed))
        seen = random_board(seed, people=2 + seed % 4, requests=4, policy=policy)
        best, *others = Oracle(seen, policy, AT).plans()
        assert plan_of(seen, policy) == best[1], seed
        assert not others or others[0][0] > best[0], seed
        served += sum(who is not None for who in best[1].values())
        short += sum(who is None for who in best[1].values())
    assert min(served, short) > 100


def test_every_level_is_at_its_least() -> None:
    """Another solver, asked level by level with all higher ones held, finds no lower sum on any."""
    served = 0
    for seed in range(40):
        policy = some_policy(Random(seed))
        seen = random_board(seed, people=7, requests=4 + seed % 9, policy=policy)
        other, plan = Lexicographic(Oracle(seen, policy, AT)), plan_of(seen, policy)
        assert other.cost(plan) == other.optimum(), seed
        served += sum(who is not None for who in plan.values())
    assert served > 150


def spent(seen: Board, policy: Policy, level: LevelName) -> int:
    """Return the sum on a level over what is asked."""
    index = Oracle(seen, policy, AT).levels.index(level)
    assert index is not None
    return Lexicographic(Oracle(seen, policy, AT)).cost(plan_of(seen, policy))[index]


def behind_a_line(seed: int) -> Board:
    """Return a random board whose tower is under control; everybody is cleared, half of them wear gear already."""
    seen = random_board(seed, people=8, requests=8)
    draw = Random(seed)
    people = {
        r: replace(one, clearance=ControlLevel.SEALED, sides={IN_TOWER: draw.choice(tuple(Side))})
        for r, one in seen.responders.items()
    }
    return replace(seen, responders=people, register=replace(seen.register, controls=(CONTROL,)))


@pytest.mark.parametrize("level", [*PAIR, KEPT], ids=lambda level: level.name)
def test_a_level_does_what_it_says(level: PolicyLevel) -> None:
    """First among those of who goes it is never worse than last, and on some boards it is better."""
    others = tuple(one for one in (*PAIR, KEPT) if one.name is not level.name)
    reserve = Reserve(community_people=2, share_percent=50, opens_s=(60, 60))
    first = under((*EVERYDAY_LEVELS[:3], level, *others, EVERYDAY_LEVELS[-1]), reserve=reserve)
    last = under((*EVERYDAY_LEVELS[:3], *others, level, EVERYDAY_LEVELS[-1]), reserve=reserve)
    better = 0
    for seed in range(30):
        seen = behind_a_line(seed)
        here, there = spent(seen, first, level.name), spent(seen, last, level.name)
        assert here <= there, seed
        better += here < there
    assert better, level.name


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda policy: f"{policy.name}-{policy.version}")
def test_a_shipped_policy_is_best_by_its_own_order(policy: Policy) -> None:
    """No other shipped policy's plan is better on its levels, and some differ; queues have tests of their own."""
    policy = policy.model_copy(update={"offers_ahead_max": 3, "plan_ahead_max": 0})
    rivals = [one for one in (EVERYDAY, SURGE, MEDICAL_FIRST) if one.levels != policy.levels]
    differ = 0
    for seed in range(12):
        seen = random_board(seed, people=10, requests=14, policy=policy)
        judge = Lexicographic(Oracle(seen, policy, AT))
        mine = plan_of(seen, policy)
        for rival in rivals:
            theirs = plan_of(seen, policy.model_copy(update={"levels": rival.levels}))
            assert judge.cost(mine) <= judge.cost(theirs), (seed, rival.name)
            differ += mine != theirs
    assert differ > 10
