"""Why nobody goes: the smallest relaxation, by trying every set of rules; and what is recorded when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest

from dispatch.domain.control import Control
from dispatch.domain.match_run import MatchRun
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.responder import Responder
from dispatch.domain.values import ControlLevel, LegId, ResidentId, ResponderId, Role, Side, Urgency
from dispatch.matching.board import Board
from dispatch.matching.crowd import Crowd
from dispatch.matching.demand import Demand, demands_of, people_of, tasks_of
from dispatch.matching.eligible import RULES, all_failures
from dispatch.matching.match import match
from dispatch.matching.shortfall import ONE_MORE, smallest_relaxation
from tests.matching.boards import (
    AT,
    IN_TOWER,
    LONG,
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

CONTROL = Control(place=IN_TOWER, level=ControlLevel.TEMPORARY, effective_from=AT - timedelta(hours=1))


def misfits(seed: int, *, crew: int) -> Board:
    """Return a board on which most people fail some rules, in all mixtures."""
    draw = Random(seed)
    wrongs: list[dict[str, Any]] = [
        {"isolated": True},
        {"shifts": ()},
        {"loads": works(0, 0, 0)},
        {"scopes": (on_floor("5", WALK_UP),)},
        {"role": Role.COUNSELLOR},
        {"skills": frozenset()},
        {"sides": {IN_TOWER: Side.OUTSIDE}},
        {"resident": ResidentId("p-1")},
        {"capacity": 1},
        {"home": on_floor("2")},
    ]
    plain: dict[str, Any] = {"skills": frozenset({"stair_carry"}), "sides": {IN_TOWER: Side.INSIDE}, "shifts": (LONG,)}
    people: dict[str, Responder] = {}
    for index in range(draw.randint(1, 12)):
        changes = dict(plain)
        for wrong in draw.sample(wrongs, draw.choice((0, 1, 1, 2, 2, 3, 5))):
            changes |= wrong
        people[f"r-{index}"] = person(**changes)
    asked = leg(
        crew=crew,
        effort=2,
        skills=("stair_carry",),
        roles=(Role.VOLUNTEER,),
        tried=frozenset(ResponderId(name) for name in people if draw.random() < 0.2),
    )
    excluded = frozenset(ResponderId(name) for name in people if draw.random() < 0.2)
    guest = resident(excluded=excluded, neighbours_excluded=draw.random() < 0.5)
    return board(people, {"q-1": request(asked)}, residents={"p-1": guest}, here=register(CONTROL))


def demand_of(seen: Board) -> tuple[Demand, Crowd]:
    """Return the one demand of a board, and everybody on it."""
    people = people_of(seen, EVERYDAY, AT)
    (demand,) = demands_of(tasks_of(seen), people, policy=EVERYDAY, at=AT)
    return demand, Crowd(people, seen.place_register, AT)


def failures_of(seen: Board) -> list[set[str]]:
    """Return what each responder fails."""
    ((_, task),) = tasks_of(seen)
    return [set(all_failures(one, task)) for one in people_of(seen, EVERYDAY, AT).values()]


def could_go(failing: list[set[str]], waived: Iterable[str]) -> int:
    """Return how many could go if some rules were waived."""
    return sum(rules <= set(waived) for rules in failing)


@pytest.mark.parametrize("crew", [1, 2, 3])
def test_the_relaxation_is_the_smallest(crew: int) -> None:
    """No smaller set of rules, waived, would give enough people; this one does, and just as many as it says."""
    sizes: Counter[int] = Counter()
    for seed in range(80):
        seen = misfits(seed, crew=crew)
        demand, crowd = demand_of(seen)
        if len(demand.vectors) >= demand.people:
            continue
        relaxation, would_serve = smallest_relaxation(demand, crowd)
        failing = failures_of(seen)
        named = sorted(set().union(*failing))
        if relaxation:
            options = [(-could_go(failing, waived), waived) for waived in combinations(named, len(relaxation))]
            assert min(options) == (-would_serve, relaxation), seed
            assert would_serve >= crew
            smaller = combinations(named, len(relaxation) - 1)
            assert not any(could_go(failing, waived) >= crew for waived in smaller), seed
        else:
            assert could_go(failing, RULES) < crew, seed
            assert would_serve == 0
        sizes[len(relaxation)] += 1
    assert sizes[1] > 5
    assert sum(sizes.values()) > 30


@pytest.mark.parametrize("crew", [1, 3])
def test_a_crowd_answers_as_each_alone(crew: int) -> None:
    """Asking one of each group gives what asking everybody gives."""
    for seed in range(80):
        seen = misfits(seed, crew=crew)
        demand, crowd = demand_of(seen)
        people = people_of(seen, EVERYDAY, AT)
        alone = Counter(
            frozenset(all_failures(one, demand.task)) for who, one in people.items() if who not in demand.vectors
        )
        assert crowd.failing(demand) == alone, seed


def test_who_is_excluded_twice_fails_twice() -> None:
    """Excluded by name and as a neighbour: waiving one of the two would not help."""
    guest = resident(excluded=frozenset({ResponderId("r-1")}), neighbours_excluded=True)
    seen = board({"r-1": person(home=on_floor("2"))}, {"q-1": request()}, residents={"p-1": guest})
    (shortfall,) = match(seen, EVERYDAY, AT).shortfalls
    assert shortfall.relaxation == ("neighbours_excluded", "not_excluded_by_resident")


def test_what_is_known_is_not_said_again() -> None:
    """A shortfall that the log holds is recorded anew only when it changes."""
    seen = board({"r-1": person(shifts=())}, {"q-1": request()})
    (first,) = match(seen, EVERYDAY, AT).shortfalls
    known = replace(seen, run=MatchRun(1, {LegId("q-1/inside"): (first.missing, first.relaxation)}))
    assert match(known, EVERYDAY, AT).shortfalls == ()
    assert match(known, EVERYDAY, AT).unserved == 1
    changed = replace(known, responders={ResponderId("r-1"): person(isolated=True)})
    (again,) = match(changed, EVERYDAY, AT).shortfalls
    assert again.relaxation == ("not_isolated",)


def test_shortfalls_are_said_at_rest() -> None:
    """While somebody is still asked nothing is said to be short; the run after that says it."""
    seen = board({"r-1": person(loads=works(0, 0))}, {f"q-{index}": request() for index in range(3)})
    result = match(seen, EVERYDAY, AT)
    assert (len(result.decided), result.shortfalls, result.unserved) == (1, (), 2)
    full = replace(seen, responders={ResponderId("r-1"): person(loads=works(0, 0, 0))})
    rest = match(full, EVERYDAY, AT)
    assert rest.decided == ()
    assert [shortfall.relaxation for shortfall in rest.shortfalls] == [("within_offers_ahead",)] * 3


def test_shortfalls_of_one_run_are_bounded() -> None:
    """As many as offers; the next run says the next ones, so that a save never outgrows the store."""
    policy = EVERYDAY.model_copy(update={"offers_per_run_max": 7})
    seen = board({"r-1": person(shifts=())}, {f"q-{index:02}": request() for index in range(17)})
    said: set[str] = set()
    for expected in (7, 7, 3, 0):
        shortfalls = match(seen, policy, AT).shortfalls
        assert len(shortfalls) == expected
        assert said.isdisjoint(shortfall.leg for shortfall in shortfalls)
        said |= {shortfall.leg for shortfall in shortfalls}
        known = {LegId(leg_id): (1, ("on_duty",)) for leg_id in said}
        seen = replace(seen, run=MatchRun(len(said), known))
    assert len(said) == 17


def test_enough_could_go_and_are_busy_with_more_urgent_work() -> None:
    """A crew whose people are claimed by more urgent legs is short of one more responder, not of a rule."""
    people = {f"r-{index}": person(loads=works(0, 0)) for index in range(3)}
    seen = board(people, {"q-0": request(urgency=Urgency.LIFE), "q-9": request(leg(crew=3))})
    assert [one.leg for one in match(seen, EVERYDAY, AT).decided] == ["q-0/inside"]
    taken = replace(people["r-0"], loads=works(0, 0, 0))
    later = board({**people, "r-0": taken}, {"q-9": request(leg(crew=3))})
    (shortfall,) = match(later, EVERYDAY, AT).shortfalls
    assert shortfall.relaxation == ("within_offers_ahead",)
    assert ONE_MORE == "one_more_responder"
