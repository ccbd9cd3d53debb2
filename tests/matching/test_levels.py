"""The policy `everyday`: each level decides when all above it are equal, whatever those below say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.control import Control
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.values import ControlLevel, LegId, Place, ResidentId, ResponderId, Side, Urgency
from dispatch.matching.demand import demands_of, people_of, tasks_of
from dispatch.matching.eligible import Task
from dispatch.matching.levels import Scale, levels_of, unserved_vector
from dispatch.matching.match import match
from tests.matching.boards import (
    AT,
    FAR,
    GARDEN,
    IN_TOWER,
    WALK_UP,
    board,
    leg,
    on_floor,
    person,
    register,
    request,
    resident,
    works,
)

LEVELS = levels_of(EVERYDAY)
NAMES, PAIR = LEVELS.names, LEVELS.pair
TODAY = AT.toordinal()
MET = {ResidentId("p-1"): (9, TODAY)}
INSIDE, OUTSIDE = {IN_TOWER: Side.INSIDE}, {IN_TOWER: Side.OUTSIDE}
BEST: dict[str, Any] = {"home": on_floor("5"), "met": MET}


class Rivals(NamedTuple):
    """Somebody who is better at one level and as bad as can be below, and somebody the other way round."""

    better: dict[str, Any]
    worse: dict[str, Any]
    same_person: bool = False


FULL: dict[str, Any] = {"loads": works(8), "capacity": 12, "burden": {TODAY: 200}, "sides": OUTSIDE}
RIVALS: dict[str, Rivals] = {
    "same_person": Rivals(
        {"home": on_floor("5", FAR), "met": {ResidentId("p-1"): (1, TODAY - 14)}, **FULL},
        {"home": on_floor("5")},
        same_person=True,
    ),
    "building_tier": Rivals(
        {"home": on_floor("1"), **FULL}, {"home": on_floor("5", WALK_UP), "sides": INSIDE, "met": MET}
    ),
    "load_band": Rivals({"home": on_floor("1"), "sides": OUTSIDE}, {**BEST, "loads": works(3), "capacity": 12}),
    "own_floor": Rivals({"home": on_floor("5"), "sides": OUTSIDE}, {"home": on_floor("1"), "met": MET}),
    "continuity": Rivals(
        {"home": on_floor("1"), "met": {ResidentId("p-1"): (1, TODAY)}, "sides": OUTSIDE}, {"home": on_floor("1")}
    ),
    "effort": Rivals({"home": on_floor("1")}, {"home": on_floor("1"), "sides": OUTSIDE}),
}
CONTROL = Control(place=IN_TOWER, level=ControlLevel.TEMPORARY, effective_from=AT - timedelta(hours=1))


def orders() -> list[tuple[str, str]]:
    """Return both ways to name two rivals, so that neither id nor hash decides."""
    return [("r-1", "r-2"), ("r-2", "r-1")]


@pytest.mark.parametrize("level", RIVALS)
@pytest.mark.parametrize(("good", "bad"), orders())
def test_a_level_outweighs_all_below(level: str, good: str, bad: str) -> None:
    """Better at one level, equal above, worse at everything below: chosen, by just that level."""
    rivals = RIVALS[level]
    seen = board(
        {
            who: person(clearance=ControlLevel.SEALED, **how)
            for who, how in ((good, rivals.better), (bad, rivals.worse))
        },
        {"q-1": request(same_person=rivals.same_person)},
        here=register(CONTROL),
    )
    vectors = {r: dict(zip(PAIR, v, strict=True)) for r, v in vectors_of(seen).items()}
    mine, theirs = vectors[ResponderId(good)], vectors[ResponderId(bad)]
    above = PAIR[: PAIR.index(level)]
    assert {name: mine[name] for name in above} == {name: theirs[name] for name in above}
    assert mine[level] < theirs[level]
    below = [name for name in PAIR[PAIR.index(level) + 1 : -1] if not (rivals.same_person and name == "continuity")]
    assert all(mine[name] >= theirs[name] for name in below)
    if below:
        assert any(mine[name] > theirs[name] for name in below)
    (decided,) = match(seen, EVERYDAY, AT).decided
    assert decided.responder == good
    assert decided.runner_up == bad
    assert decided.price is not None
    price = dict(zip(NAMES, decided.price, strict=True))
    assert next(name for name in NAMES if price[name]) == level
    assert price[level] == theirs[level] - mine[level]


def vectors_of(seen: Any) -> dict[ResponderId, tuple[int, ...]]:
    """Return everybody's levels for the one leg of a board."""
    people = people_of(seen, EVERYDAY, AT)
    (demand,) = demands_of(tasks_of(seen), people, policy=EVERYDAY, at=AT)
    return dict(demand.vectors)


def test_of_equals_the_hash_decides() -> None:
    """Nobody is first for ever: another leg, or another salt, another order; the same board, the same answer."""
    people = {f"r-{index}": person() for index in range(6)}
    chosen = set()
    for index in range(40):
        seen = board(people, {f"q-{index}": request()})
        (decided,) = match(seen, EVERYDAY, AT).decided
        expected = min(people, key=lambda r: EVERYDAY.tie(decided.leg, r))
        assert decided.responder == expected
        chosen.add(decided.responder)
    assert chosen == set(people)
    salted = EVERYDAY.model_copy(update={"tie_salt": "hillside"})
    legs = [LegId(f"q-{index}/inside") for index in range(40)]
    firsts = {
        tuple(min(people, key=lambda r, p=policy, at=at: p.tie(at, r)) for at in legs)  # type: ignore[misc]
        for policy in (EVERYDAY, salted)
    }
    assert len(firsts) == 2


def test_every_level_is_under_test() -> None:
    """A new level comes with its rivals."""
    assert {*RIVALS, *NAMES[: LEVELS.waiting], "tie"} == set(NAMES)


ONE = {"r-1": person(loads=works(0, 0))}
"""Somebody who can take just one more leg."""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # A threat to life received now, before health help that is a week late.
        (
            {"urgency": Urgency.LIFE, "due_at": AT + timedelta(hours=1)},
            {"urgency": Urgency.HEALTH, "due_at": AT - timedelta(days=7)},
        ),
        # Of two threats to life, the one that waits longer.
        (
            {"urgency": Urgency.LIFE, "ready": timedelta(seconds=2)},
            {"urgency": Urgency.LIFE, "ready": timedelta(seconds=1)},
        ),
        # Late health help before anything else that only waits, however long.
        (
            {"urgency": Urgency.HEALTH, "due_at": AT - timedelta(seconds=1)},
            {"urgency": Urgency.HARDSHIP, "ready": timedelta(days=7), "due_at": AT - timedelta(days=6)},
        ),
        # Of two late ones, the later.
        (
            {"urgency": Urgency.HEALTH, "due_at": AT - timedelta(minutes=2)},
            {"urgency": Urgency.HEALTH, "due_at": AT - timedelta(minutes=1), "ready": timedelta(days=7)},
        ),
        # In time: by urgency,
        ({"urgency": Urgency.HEALTH}, {"urgency": Urgency.HARDSHIP, "ready": timedelta(hours=14)}),
        ({"urgency": Urgency.HARDSHIP}, {"urgency": Urgency.NONE, "ready": timedelta(hours=7)}),
        # and by waiting: who waits very long is lifted above a more urgent newcomer.
        ({"urgency": Urgency.NONE, "ready": timedelta(hours=24)}, {"urgency": Urgency.HEALTH, "ready": timedelta(0)}),
        ({"ready": timedelta(minutes=30)}, {"ready": timedelta(minutes=14)}),
    ],
)
def test_who_waits_for_whom(first: dict[str, Any], second: dict[str, Any]) -> None:
    """When one person can serve one of two, the levels of waiting decide; nearness, load and ties do not."""
    requests = {}
    for name, said in (("q-2", first), ("q-1", second)):
        fields = dict(said)
        ready = AT - fields.pop("ready", timedelta(minutes=1))
        requests[name] = request(leg(ready_at=ready), **{"due_at": AT + timedelta(hours=3), **fields})
    requests["q-1"] = replace(requests["q-1"], same_person=True, beneficiary=ResidentId("p-9"))
    people = {"r-1": replace(ONE["r-1"], met={ResidentId("p-9"): (9, TODAY)})}
    (decided,) = match(board(people, requests), EVERYDAY, AT).decided
    assert decided.leg == "q-2/inside"


def test_serving_more_outweighs_who_goes() -> None:
    """The captain of the floor goes elsewhere when only so both are served."""
    captain = person(home=on_floor("5"), scopes=(IN_TOWER, Place(building=FAR)), loads=works(0, 0))
    stranger = person(scopes=(Place(compound=GARDEN),), loads=works(0, 0), burden={TODAY: 100})
    requests = {
        "q-1": request(),
        "q-2": request(place=on_floor("1", FAR), beneficiary=ResidentId("p-2"), urgency=Urgency.NONE),
    }
    decided = match(board({"r-1": captain, "r-2": stranger}, requests), EVERYDAY, AT).decided
    assert {one.leg: one.responder for one in decided} == {"q-1/inside": "r-2", "q-2/inside": "r-1"}


def test_load_is_shared_before_floors() -> None:
    """Two errands from one floor go to two people of the building when one would get the fuller band."""
    captain, lead = person(home=on_floor("5"), capacity=4), person(home=on_floor("1"), capacity=4)
    requests = {f"q-{index}": request(beneficiary=ResidentId(f"p-{index}")) for index in range(2)}
    decided = match(board({"r-1": captain, "r-2": lead}, requests), EVERYDAY, AT).decided
    assert sorted(one.responder for one in decided) == ["r-1", "r-2"]


def test_past_days_count_as_load() -> None:
    """Whoever worked all week goes after somebody who did not, and old work is forgotten."""
    tired, rested = person(burden={TODAY - 1: 42}), person(burden={TODAY - 8: 42})
    seen = board({"r-1": tired, "r-2": rested}, {"q-1": request()})
    assert {r: v[2] for r, v in vectors_of(seen).items()} == {"r-1": 2, "r-2": 0}
    assert match(seen, EVERYDAY, AT).decided[0].responder == "r-2"


def test_continuity_is_forgotten() -> None:
    """A visit counts for two weeks, and not more than five visits count."""
    people = {
        f"r-{index}": person(met={ResidentId("p-1"): met})
        for index, met in enumerate([(1, TODAY - 14), (9, TODAY - 15), (5, TODAY), (50, TODAY)])
    }
    lacks = {r: v[4] for r, v in vectors_of(board(people, {"q-1": request()})).items()}
    assert lacks == {"r-0": 4, "r-1": 5, "r-2": 0, "r-3": 0}


policies = st.builds(
    EVERYDAY.model_copy,
    update=st.fixed_dictionaries({"continuity_max": st.integers(0, 20), "load_band_percent": st.integers(1, 100)}),
)


@given(data=st.data(), policy=policies, legs=st.integers(1, 50))
def test_one_number_orders_as_the_levels_do(data: st.DataObject, policy: Policy, legs: int) -> None:
    """Sums over a whole board, in one integer: the same order as level by level, and differences read back."""
    levels = levels_of(policy)
    scale = Scale.of(levels, legs=legs)
    sums = st.tuples(*(st.integers(0, level.cap * legs) for level in levels))
    one, other = data.draw(sums), data.draw(sums)
    assert (scale.cost(one) < scale.cost(other)) == (one < other)
    assert scale.decode(scale.cost(other) - scale.cost(one)) == tuple(b - a for a, b in zip(one, other, strict=True))


@given(position=st.integers(0, len(NAMES) - 1), legs=st.integers(1, 10_000))
def test_one_step_outweighs_all_below_on_all_legs(position: int, legs: int) -> None:
    """The least step on a level costs more than the most that all levels below can add up to."""
    levels = levels_of(EVERYDAY)
    scale = Scale.of(levels, legs=legs)
    step = tuple(int(index == position) for index in range(len(levels)))
    below = tuple(level.cap * legs if index > position else 0 for index, level in enumerate(levels))
    assert scale.cost(step) > scale.cost(below)


def test_waiting_counts_twice_on_the_green_lane() -> None:
    """Who is on the green lane overtakes who has waited as long, within the same urgency (R34)."""
    later = AT + timedelta(seconds=4 * EVERYDAY.ageing_s)
    waiting = request()

    def points(*, green_lane: bool) -> int:
        guest = replace(resident(), green_lane=green_lane)
        task = Task(waiting, replace(waiting.legs[0], ready_at=AT), guest, register())
        return unserved_vector(task, policy=EVERYDAY, at=later)[2] - unserved_vector(task, policy=EVERYDAY, at=AT)[2]

    assert (points(green_lane=False), points(green_lane=True)) == (4, 8)
