"""Crews and one-person legs together: against every plan there is, never worse than the rule, whatever the order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product
from random import Random
from typing import Any

import pytest

from dispatch.domain.leg import Ask, Leg
from dispatch.domain.policies import EVERYDAY_LATE as PLANS_AHEAD
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.positions import Position
from dispatch.domain.values import LegId, OfferId, ResidentId, ResponderId, Role, SeriesId, Urgency
from dispatch.matching import together
from dispatch.matching.board import Board
from dispatch.matching.crews import form_crews
from dispatch.matching.demand import Demand, Taken, demands_of, people_of, tasks_of
from dispatch.matching.eligible import Person
from dispatch.matching.match import match
from dispatch.matching.places import Places
from dispatch.matching.singles import place_singles
from dispatch.matching.together import Together, place_together
from dispatch.matching.weighing import Costs, Weighing
from tests.matching.boards import AT, board, leg, on_floor, person, request

SKILLS = ("strong", "gear", "lifts")
ROLES = (Role.VOLUNTEER, Role.CADRE, Role.MEDICAL_STAFF)
Members = Mapping[LegId, tuple[ResponderId, ...]]


def draw_board(seed: int, *, people: int = 5) -> Board:
    """Return a crowded board: crews of two to four, some with places that ask for skills, gear or a role."""
    draw = Random(seed)
    there = {
        f"r-{n}": person(
            role=draw.choice(ROLES),
            skills=frozenset(skill for skill in SKILLS if draw.random() < 0.5),
            capacity=draw.randint(4, 12),
            burden={AT.toordinal(): draw.randint(0, 30)},
            met={ResidentId(f"p-{draw.randint(0, 3)}"): (draw.randint(1, 5), AT.toordinal() - 1)},
        )
        for n in range(draw.randint(2, people))
    }
    crews = {f"q-c{n}": draw_request(draw, draw_crew(draw)) for n in range(draw.randint(1, 2))}
    singles = {f"q-s{n}": draw_request(draw, leg(effort=draw.randint(1, 3))) for n in range(draw.randint(0, 4))}
    return board(there, crews | singles)


def draw_request(draw: Random, what: Leg) -> Any:
    """Return a request of somebody for a leg, as urgent and as old as may be."""
    return request(
        what,
        beneficiary=ResidentId(f"p-{draw.randint(0, 3)}"),
        urgency=draw.choice((Urgency.HEALTH, Urgency.HARDSHIP, Urgency.HARDSHIP, Urgency.NONE)),
        received_at=AT - timedelta(minutes=draw.randint(0, 900)),
        same_person=draw.random() < 0.3,
    )


def draw_crew(draw: Random) -> Leg:
    """Return a leg of two to four people, half of the time with named places."""
    size = draw.randint(2, 4)
    places = tuple(
        Position(
            name=f"place{n}",
            skills=(draw.choice(SKILLS),) if draw.random() < 0.5 else (),
            roles=(draw.choice(ROLES),) if draw.random() < 0.3 else (),
        )
        for n in range(size)
    )
    waited = AT - timedelta(minutes=draw.randint(0, 900))
    return leg(crew=size, effort=draw.randint(2, 5), positions=places if draw.random() < 0.5 else (), ready_at=waited)


def weighed(seen: Board, policy: Policy = EVERYDAY) -> tuple[list[Demand], Mapping[ResponderId, Person]]:
    """Return what is to be placed, and everybody."""
    people = people_of(seen, policy, AT)
    return demands_of(tasks_of(seen), people, policy=policy, at=AT), people


def every_plan(weighing: Weighing) -> Iterator[tuple[Costs, Members]]:
    """Give every set of crews that can stand, nobody in two, with what it costs and the best of all else around it."""
    options = [[(), *wholes(demand, weighing.people)] for demand in weighing.crews]
    for picks in product(*options):
        standing = Counter(r for members in picks for r in members)
        if any(count > 1 for count in standing.values()):
            continue
        members = {d.leg: pick for d, pick in zip(weighing.crews, picks, strict=True) if pick}
        taken = {r: Taken(1, d.effort) for d in weighing.crews for r in members.get(d.leg, ())}
        placed = place_singles(weighing.singles, weighing.people, taken=taken)
        yield weighing.costs(members, placed), members


def wholes(demand: Demand, people: Mapping[ResponderId, Person]) -> Iterator[tuple[ResponderId, ...]]:
    """Give every set of people who can fill all places of a crew."""
    for members in combinations(sorted(demand.vectors), demand.people):
        places = Places(demand, people)
        for member in members:
            if places.has_one_for(member):
                places.take(member)
        if all(places.is_taken(member) for member in members):
            yield members


def members_of(found: Together) -> dict[LegId, tuple[ResponderId, ...]]:
    """Return who stands in which crew."""
    members: dict[LegId, tuple[ResponderId, ...]] = {}
    for choice in found.crews.choices:
        known = members.get(choice.demand.leg, ())
        members[choice.demand.leg] = tuple(sorted((*known, choice.responder)))
    return members


def split(demands: list[Demand]) -> tuple[list[Demand], list[Demand]]:
    """Return the legs of several people, and those of one."""
    crews = [demand for demand in demands if demand.task.leg.plan.crew > 1]
    return crews, [demand for demand in demands if demand.task.leg.plan.crew == 1]


@pytest.mark.parametrize("policy", [EVERYDAY, PLANS_AHEAD], ids=["slots", "queues"])
def test_no_plan_is_better_than_one_that_is_proven(policy: Policy) -> None:
    """On small boards, of all plans there are: bound <= best <= found <= rule, level by level; proven is the best."""
    proven = formed = 0
    for seed in range(120):
        demands, people = weighed(draw_board(seed), policy)
        found = place_together(demands, people)
        if not found.costs:
            assert not any(wholes(demand, people) for demand in split(demands)[0] for _ in wholes(demand, people))
            continue
        weighing = Weighing(*split(demands), people)
        best, members = min(every_plan(weighing))
        assert found.gap is not None
        bound = tuple(cost - gap for cost, gap in zip(found.costs, found.gap, strict=True))
        assert bound <= best <= found.costs <= rule_costs(weighing), seed
        if not any(found.gap):
            assert found.costs == best, seed
            assert members_of(found) == {name: tuple(sorted(crew)) for name, crew in members.items()}, seed
            proven += 1
        formed += bool(members)
    assert formed > 40
    assert proven > 40


def rule_costs(weighing: Weighing) -> Costs:
    """Return what the plan of the simple rule costs."""
    crews = form_crews(weighing.crews, weighing.singles, people=weighing.people)
    placed = place_singles(weighing.singles, weighing.people, taken=crews.taken)
    members: dict[LegId, tuple[ResponderId, ...]] = {}
    for choice in crews.choices:
        members[choice.demand.leg] = (*members.get(choice.demand.leg, ()), choice.responder)
    return weighing.costs(members, placed)


def test_a_crew_is_whole_or_not_at_all() -> None:
    """Nobody twice in a crew or in two of one run, every named place held once by somebody who may hold it."""
    for seed in range(60):
        seen = draw_board(seed, people=12)
        decided = [one for one in match(seen, EVERYDAY, AT).decided if one.solved_by != "flow"]
        assert len({one.responder for one in decided}) == len(decided)
        for name in {one.leg for one in decided}:
            plan = seen.requests[name.split("/")[0]].legs[0].plan  # type: ignore[index]
            crew = [one for one in decided if one.leg == name]
            assert len(crew) == plan.crew
            if plan.positions:
                assert {one.position for one in crew} == {place.name for place in plan.positions}
            for one in crew:
                place = plan.position(one.position)
                assert place is None or seen.responders[one.responder].skills.issuperset(place.skills)


@pytest.mark.parametrize("policy", [EVERYDAY, PLANS_AHEAD], ids=["slots", "queues"])
@pytest.mark.parametrize("tries", [1, 2])
def test_the_search_is_never_worse_than_the_rule(tries: int, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off early, the rule's plan is published where it is better, and says so."""
    monkeypatch.setattr(together, "TRIES", tries)
    for seed in range(80):
        demands, people = weighed(draw_board(seed, people=9), policy)
        found = place_together(demands, people)
        if found.costs:
            assert found.costs <= rule_costs(Weighing(*split(demands), people)), seed


def test_beyond_a_size_the_rule_answers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many choices to search in time: decided by the rule, without a bound."""
    monkeypatch.setattr(together, "ARCS_MAX", 2)
    decided = match(board({f"r-{n}": person() for n in range(4)}, {"q-1": request(leg(crew=3))}), EVERYDAY, AT).decided
    assert {(one.solved_by, one.gap, one.tried) for one in decided} == {("crew", None, 0)}


def test_a_proven_crew_says_so() -> None:
    """The gap is nothing on every level, one flow was enough, and the price of the runner-up is exact."""
    people = {f"r-{n}": person(burden={AT.toordinal(): 20 * n}) for n in range(5)}
    decided = match(board(people, {"q-1": request(leg(crew=3))}), EVERYDAY, AT).decided
    assert {(one.solved_by, one.gap, one.tried) for one in decided} == {("crew_proven", (0,) * 10, 1)}
    (runner_up,) = {one.runner_up for one in decided}
    (price,) = {one.price for one in decided}
    assert runner_up == "r-3"
    vectors = {candidate.responder: candidate.vector for candidate in decided[0].candidates}
    worst = max(vectors[one.responder] for one in decided)
    assert price == (0, 0, 0, *(b - a for a, b in zip(worst, vectors[ResponderId("r-3")], strict=True)))


def test_nobody_left_for_a_runner_up() -> None:
    """Three for three: nobody could stand in."""
    people = {f"r-{n}": person() for n in range(3)}
    decided = match(board(people, {"q-1": request(leg(crew=3))}), EVERYDAY, AT).decided
    assert {(one.runner_up, one.price) for one in decided} == {(None, None)}


def begun(*who: str, accepted: bool = True) -> Leg:
    """Return a crew of three for which these were asked already."""
    asks = tuple(
        Ask(OfferId(f"q-1#{n}"), ResponderId(r), False, 1, AT, AT + timedelta(minutes=10), accepted)
        for n, r in enumerate(who, 1)
    )
    return leg(crew=3, asks=asks, asks_made=len(asks))


def test_who_said_yes_is_not_sent_home_for_a_leg_that_came_later() -> None:
    """One person, a crew of three that lacks one, and a leg of the same urgency that waits longer: the crew."""
    people = {"r-1": person(), "r-2": person(), "r-3": person(capacity=1)}
    old = request(beneficiary=ResidentId("p-2"), received_at=AT - timedelta(hours=9))
    seen = board(people, {"q-1": request(begun("r-1", "r-2")), "q-2": replace(old, legs=(leg(roles=(Role.CADRE,)),))})
    assert {(one.leg, one.responder) for one in match(seen, EVERYDAY, AT).decided} == {("q-1/inside", "r-3")}
    waits = leg(ready_at=AT - timedelta(hours=9))
    only = {"r-1": person(loads={}, capacity=1, isolated=True), "r-2": person(isolated=True), "r-3": person(capacity=1)}
    seen = board(only, {"q-1": request(begun("r-1", "r-2")), "q-2": replace(old, legs=(waits,))})
    assert {(one.leg, one.responder) for one in match(seen, EVERYDAY, AT).decided} == {("q-1/inside", "r-3")}


def test_a_threat_to_life_comes_before_any_crew() -> None:
    """However many said yes: whoever alone can go to a threat to life goes there, and the crew collapses."""
    people = {"r-1": person(isolated=True), "r-2": person(isolated=True), "r-3": person(capacity=1)}
    life = request(beneficiary=ResidentId("p-2"), urgency=Urgency.LIFE)
    result = match(board(people, {"q-1": request(begun("r-1", "r-2")), "q-2": life}), EVERYDAY, AT)
    assert {(one.leg, one.responder) for one in result.decided} == {("q-2/inside", "r-3")}
    assert result.collapsed == ("q-1#1", "q-1#2")


def test_a_crew_counts_once() -> None:
    """Three people for a crew of three or for three as urgent legs: the three are served (requirements part C)."""
    people = {f"r-{n}": person(capacity=1) for n in range(3)}
    three = {f"q-{n}": request(beneficiary=ResidentId(f"p-{n}")) for n in range(2, 5)}
    decided = match(board(people, {"q-1": request(leg(crew=3)), **three}), EVERYDAY, AT).decided
    assert {one.leg for one in decided} == {f"{name}/inside" for name in three}
    late: dict[str, Any] = {"urgency": Urgency.HEALTH, "due_at": AT - timedelta(minutes=5)}
    decided = match(board(people, {"q-1": request(leg(crew=3), **late), **three}), EVERYDAY, AT).decided
    assert {one.leg for one in decided} == {"q-1/inside"}


AT_NINE: dict[str, Any] = {"series": SeriesId("s-1"), "needed_by": AT + timedelta(hours=3)}


def test_one_run_asks_nobody_to_be_in_two_places() -> None:
    """Two legs of the same hour for one person: the more urgent one; the other is no shortfall yet."""
    people = {"r-1": person()}
    health = request(beneficiary=ResidentId("p-2"), urgency=Urgency.HEALTH, **AT_NINE)
    seen = board(people, {"q-1": request(**AT_NINE), "q-2": health})
    result = match(seen, EVERYDAY, AT)
    assert [(one.leg, one.responder) for one in result.decided] == [("q-2/inside", "r-1")]
    assert (result.unserved, result.shortfalls) == (1, ())
    other_hour = request(series=SeriesId("s-1"), needed_by=AT + timedelta(hours=5))
    seen = board(people, {"q-1": other_hour, "q-2": health})
    assert len(match(seen, EVERYDAY, AT).decided) == 2


def test_a_member_of_a_crew_stands_there_at_its_hour() -> None:
    """Two for a crew, and a leg of the same hour that only one of them can do: the crew goes together."""
    people = {"r-1": person(), "r-2": person()}
    single = request(leg(roles=(Role.VOLUNTEER,)), beneficiary=ResidentId("p-2"), urgency=Urgency.NONE, **AT_NINE)
    seen = board(people, {"q-1": request(leg(crew=2), urgency=Urgency.HEALTH, **AT_NINE), "q-2": single})
    decided = match(seen, EVERYDAY, AT).decided
    assert {(one.leg, one.responder) for one in decided} == {("q-1/inside", "r-1"), ("q-1/inside", "r-2")}


def test_skills_and_gear_of_a_crew_are_those_of_its_places_together() -> None:
    """One lifts, one is equipped, nobody does both: together they are what the leg needs (S4)."""
    places = (Position(name="behind", skills=("lifts",)), Position(name="front", skills=("gear",)))
    both = {"r-1": person(skills=frozenset({"lifts"})), "r-2": person(skills=frozenset({"gear"}))}
    decided = match(board(both, {"q-1": request(leg(crew=2, positions=places))}), EVERYDAY, AT).decided
    assert {one.responder: one.position for one in decided} == {"r-1": "behind", "r-2": "front"}
    two_lifters = {**both, "r-2": person(skills=frozenset({"lifts"}))}
    assert not match(board(two_lifters, {"q-1": request(leg(crew=2, positions=places))}), EVERYDAY, AT).decided


def test_the_only_one_with_gear_stands_where_gear_is_needed() -> None:
    """Whoever could stand in both places stands in the one that nobody else can, whatever the levels say."""
    places = (Position(name="behind"), Position(name="front", skills=("gear",)))
    nearest = person(skills=frozenset({"gear"}), home=on_floor("5"))
    people = {"r-1": nearest, "r-2": person(burden={AT.toordinal(): 90})}
    decided = match(board(people, {"q-1": request(leg(crew=2, positions=places))}), EVERYDAY, AT).decided
    assert {one.responder: one.position for one in decided} == {"r-1": "front", "r-2": "behind"}


def test_the_same_crew_even_where_each_alone_would_be_somebody_else() -> None:
    """Two crews of the same kind: each goes again to whom it knows, although the others are nearer (R9)."""
    knows: dict[str, Any] = {"capacity": 40}
    first = {f"r-a{n}": person(met={ResidentId("p-1"): (3, AT.toordinal() - 1)}, **knows) for n in range(3)}
    second = {f"r-b{n}": person(met={ResidentId("p-2"): (3, AT.toordinal() - 1)}, **knows) for n in range(3)}
    near = {f"r-n{n}": person(home=on_floor("5"), **knows) for n in range(4)}
    carries = {
        f"q-{n}": request(leg(crew=3), beneficiary=ResidentId(f"p-{n}"), same_person=True, **AT_NINE) for n in (1, 2)
    }
    decided = match(board({**first, **second, **near}, carries), EVERYDAY, AT).decided
    crews = {name: {one.responder for one in decided if one.leg == f"{name}/inside"} for name in carries}
    assert crews == {"q-1": set(first), "q-2": set(second)}


@pytest.mark.parametrize("people", [0, 1, 2])
def test_too_few_people_for_any_crew(people: int) -> None:
    """Nobody is asked, the shortfall says how many are missing, and one-person legs are served as ever."""
    there = {f"r-{n}": person() for n in range(people)}
    result = match(board(there, {"q-1": request(leg(crew=3)), "q-2": request()}), EVERYDAY, AT)
    assert {one.leg for one in result.decided} == ({"q-2/inside"} if people else set())
