"""Crews: all or nothing, of the best who are free; the simple rule never at the cost of a more urgent leg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from dispatch.domain.leg import Ask
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.values import OfferId, Place, ResidentId, ResponderId, Urgency
from dispatch.matching.crews import form_crews
from dispatch.matching.demand import Choice, Demand, Taken, demands_of, people_of, tasks_of
from dispatch.matching.eligible import Person
from dispatch.matching.flow import Slots, Supply, solve
from dispatch.matching.levels import Scale, levels_of
from dispatch.matching.match import match
from dispatch.matching.queues import efforts_of, slot_count
from tests.matching.boards import AT, FAR, IN_TOWER, board, leg, on_floor, person, random_board, request, works

People = Mapping[ResponderId, Person]
CARRIERS = {f"r-{index}": person(capacity=20) for index in range(5)}
URGENT: dict[str, Any] = {"urgency": Urgency.HEALTH}


def ask(responder: str, number: int, *, accepted: bool = False) -> Ask:
    """Return an offer of a place in the crew of q-1."""
    offer = OfferId(f"q-1#{number}")
    return Ask(offer, ResponderId(responder), False, 1, AT, AT + timedelta(minutes=10), accepted)


def test_three_are_asked_at_once() -> None:
    """A crew of three: three different people, one decision each, numbered offers, all proven."""
    seen = board(CARRIERS, {"q-1": request(leg(crew=3))})
    decided = match(seen, EVERYDAY, AT).decided
    assert len({one.responder for one in decided}) == 3
    assert [one.offer for one in decided] == ["q-1#1", "q-1#2", "q-1#3"]
    assert {one.solved_by for one in decided} == {"crew_proven"}
    assert [one.vector for one in decided] == sorted(one.vector for one in decided)
    (next_best,) = {one.runner_up for one in decided}
    assert next_best not in {one.responder for one in decided}
    best = sorted(candidate.vector for candidate in decided[0].candidates)[:3]
    assert [one.vector for one in decided] == best


@pytest.mark.parametrize("people", [0, 1, 2])
def test_fewer_than_three_are_not_asked(people: int) -> None:
    """All or nothing: with too few nobody is asked, and the shortfall says how many are missing."""
    seen = board({name: CARRIERS[name] for name in list(CARRIERS)[:people]}, {"q-1": request(leg(crew=3))})
    result = match(seen, EVERYDAY, AT)
    assert result.decided == ()
    assert result.unserved == 1
    (shortfall,) = result.shortfalls
    assert (shortfall.missing, shortfall.eligible) == (3, people)


def test_a_place_that_became_free_is_filled() -> None:
    """One has declined: the others stay, one more is asked, and never the one who declined."""
    asks, declined = (ask("r-0", 1, accepted=True), ask("r-1", 2)), frozenset({ResponderId("r-2")})
    plan = leg(crew=3, asks=asks, asks_made=3, tried=declined)
    (decided,) = match(board(CARRIERS, {"q-1": request(plan, asks_made=3)}), EVERYDAY, AT).decided
    assert decided.responder in ("r-3", "r-4")
    assert decided.offer == "q-1#4"


def test_a_crew_that_cannot_be_completed_collapses() -> None:
    """Nobody is left for the free place: all offers of the crew are to be taken back."""
    plan = leg(crew=3, asks=(ask("r-0", 1, accepted=True), ask("r-1", 2)), tried=frozenset({ResponderId("r-2")}))
    few = {name: CARRIERS[name] for name in ("r-0", "r-1", "r-2")}
    result = match(board(few, {"q-1": request(plan)}), EVERYDAY, AT)
    assert result.decided == ()
    assert result.collapsed == ("q-1#1", "q-1#2")


def test_a_complete_crew_is_left_alone() -> None:
    """Three are asked already: nothing to place, nothing to collapse."""
    plan = leg(crew=3, asks=tuple(ask(f"r-{index}", index + 1) for index in range(3)))
    result = match(board(CARRIERS, {"q-1": request(plan)}), EVERYDAY, AT)
    assert (result.decided, result.collapsed, result.shortfalls, result.unserved) == ((), (), (), 0)


def test_a_leg_keeps_its_only_helper() -> None:
    """Who alone can serve another leg is not taken into a crew that others can form, however near."""
    near = person(home=on_floor("5"), loads=works(0, 0))
    carriers = {f"r-{index}": person(scopes=(IN_TOWER,), burden={AT.toordinal(): 9}) for index in range(3)}
    people = {"r-near": near, **carriers}
    far: dict[str, Any] = {"place": on_floor("1", FAR), "beneficiary": ResidentId("p-2")}
    crew = request(leg(crew=3), urgency=Urgency.HARDSHIP)
    urgent = match(board(people, {"q-1": crew, "q-2": request(**far, **URGENT)}), EVERYDAY, AT)
    taken = {one.leg: one.responder for one in urgent.decided if one.leg == "q-2/inside"}
    assert taken == {"q-2/inside": "r-near"}
    assert {one.responder for one in urgent.decided if one.leg == "q-1/inside"} == {"r-0", "r-1", "r-2"}
    calm = match(board(people, {"q-1": crew, "q-2": request(**far, urgency=Urgency.NONE)}), EVERYDAY, AT)
    assert {str(one.leg): one.responder for one in calm.decided}["q-2/inside"] == "r-near"
    assert calm.unserved == 0


def test_a_helper_is_spared_when_another_can_step_in() -> None:
    """Who serves a more urgent leg that somebody else can take over joins the crew."""
    near = person(home=on_floor("5"), loads=works(0, 0))
    people = {"r-near": near, "r-a": person(loads=works(0, 0)), "r-b": person(loads=works(0, 0)), "r-c": person()}
    crew, urgent = request(leg(crew=3), urgency=Urgency.HARDSHIP), request(**URGENT, beneficiary=ResidentId("p-2"))
    requests = {"q-1": crew, "q-2": urgent}
    result = match(board(people, requests), EVERYDAY, AT)
    assert result.unserved == 0
    assert "r-near" in {one.responder for one in result.decided if one.leg == "q-1/inside"}


def test_a_person_serves_a_crew_and_a_leg_within_their_means() -> None:
    """What the crew takes of a capacity is not there for one-person legs of the same run."""
    people = {f"r-{index}": person(capacity=5) for index in range(3)}
    requests = {"q-1": request(leg(crew=3, effort=4), urgency=Urgency.LIFE)} | {
        f"q-2{index}": request(leg(effort=1), beneficiary=ResidentId(f"p-{index}")) for index in range(6)
    }
    decided = match(board(people, requests), EVERYDAY, AT).decided
    assert len(decided) == 6
    assert all(sum(one.effort for one in decided if one.responder == who) <= 5 for who in people)


def unserved_cost(crew: Demand, singles: Sequence[Demand], people: People, taken: Mapping[ResponderId, Taken]) -> int:
    """Return what the optimum of the one-person legs more urgent than a crew leaves unserved, by the exact flow."""
    urgent = [single for single in singles if single.rank < crew.rank]
    scale = Scale.of(levels_of(EVERYDAY), legs=max(1, len(urgent)))
    efforts = efforts_of(singles)
    slots = [Slots(r, (0,) * slot_count(people[r], efforts[r], taken.get(r, Taken()))) for r in sorted(efforts)]
    supplies = [Supply(d.leg, scale.cost(d.waiting), tuple((r, 0) for r in sorted(d.vectors))) for d in urgent]
    return solve(supplies, slots).cost


def crowded(seed: int) -> tuple[list[Demand], list[Demand], People]:
    """Return crews and one-person legs of a board with too few people."""
    draw = Random(seed)
    seen = random_board(seed, people=draw.randint(3, 14), requests=draw.randint(4, 30), crews=0.25)
    people = people_of(seen, EVERYDAY, AT)
    demands = demands_of(tasks_of(seen), people, policy=EVERYDAY, at=AT)
    crews = [demand for demand in demands if demand.task.leg.plan.crew > 1]
    return crews, [demand for demand in demands if demand.task.leg.plan.crew == 1], people


def test_no_crew_worsens_what_is_more_urgent() -> None:
    """Crew by crew: the optimum of all more urgent one-person legs leaves just as much unserved as without it."""
    formed = 0
    for seed in range(120):
        crews, singles, people = crowded(seed)
        taken: dict[ResponderId, Taken] = {}
        for demand, members in by_crew(form_crews(crews, singles, people=people).choices):
            before = unserved_cost(demand, singles, people, taken)
            for member in members:
                had = taken.get(member, Taken())
                taken[member] = Taken(had.legs + 1, had.effort + demand.effort)
            assert unserved_cost(demand, singles, people, taken) == before, seed
            assert len(set(members)) == demand.people == 3
            formed += 1
    assert formed > 60


def by_crew(choices: Sequence[Choice]) -> list[tuple[Demand, list[ResponderId]]]:
    """Return the members of each crew, in the order in which crews were formed."""
    crews: dict[str, tuple[Demand, list[ResponderId]]] = {}
    for choice in choices:
        crews.setdefault(choice.demand.leg, (choice.demand, []))[1].append(choice.responder)
    return list(crews.values())


def test_nobody_is_skipped_without_reason() -> None:
    """A better candidate who was not taken was busy, or would have left a more urgent leg unserved."""
    skipped = 0
    for seed in range(120):
        crews, singles, people = crowded(seed)
        found = form_crews(crews, singles, people=people)
        taken: dict[ResponderId, Taken] = {}
        formed = {demand.leg: members for demand, members in by_crew(found.choices)}
        for demand in crews:
            trial, joined = dict(taken), list[ResponderId]()
            for responder in demand.by_vector():
                had = trial.get(responder, Taken())
                state = people[responder].state
                busy = taken.get(responder, Taken()).legs or state.open_count >= EVERYDAY.offers_ahead_max
                if busy or state.load + had.effort + demand.effort > state.capacity or len(joined) == demand.people:
                    continue
                with_him = {**trial, responder: Taken(had.legs + 1, had.effort + demand.effort)}
                if unserved_cost(demand, singles, people, with_him) > unserved_cost(demand, singles, people, trial):
                    skipped += 1
                    continue
                joined.append(responder)
                trial = with_him
            if len(joined) == demand.people:
                taken = trial
            assert formed.get(demand.leg, []) == (joined if len(joined) == demand.people else []), seed
    assert skipped > 20


def test_the_most_urgent_crew_comes_first() -> None:
    """Three carriers and two stairs: the more urgent one gets them all, in whatever order they were written down."""
    people = {name: person(loads=works(0, 0)) for name in ("r-0", "r-1", "r-2")}
    for first, second in (("q-1", "q-2"), ("q-2", "q-1")):
        requests = {first: request(leg(crew=3), **URGENT), second: request(leg(crew=3), urgency=Urgency.NONE)}
        result = match(board(people, requests), EVERYDAY, AT)
        assert {one.leg for one in result.decided} == {f"{first}/inside"}
        assert result.unserved == 1


def test_where_a_crew_serves_counts() -> None:
    """Only those who serve the place are members."""
    people = {f"r-{index}": person(scopes=(Place(building=FAR),)) for index in range(3)}
    (shortfall,) = match(board(people, {"q-1": request(leg(crew=3))}), EVERYDAY, AT).shortfalls
    assert shortfall.relaxation == ("serves_the_place",)
    assert shortfall.would_serve == 3


def test_the_same_crew_is_preferred() -> None:
    """Who carried last time carries again, as a crew: before nearer neighbours and people with less to do (R9, R10)."""
    carried: dict[str, Any] = {"met": {"p-1": (1, AT.toordinal() - 1)}, "burden": {AT.toordinal() - 1: 40}}
    crew = {f"r-old{index}": person(home=on_floor("5", FAR), **carried) for index in range(3)}
    near = {f"r-near{index}": person(home=on_floor("5")) for index in range(5)}
    requests = {"q-1": request(leg(crew=3), same_person=True)}
    again = match(board({**crew, **near}, requests), EVERYDAY, AT)
    assert {one.responder for one in again.decided} == set(crew)


def test_a_crew_is_completed_around_those_who_can() -> None:
    """One of the last crew is isolated: the other two come again, and one more; back again, all three do."""
    carried: dict[str, Any] = {"met": {"p-1": (3, AT.toordinal() - 1)}}
    stood_in = person(met={"p-1": (1, AT.toordinal())})
    crew = {f"r-old{index}": person(**carried) for index in range(3)}
    requests = {"q-1": request(leg(crew=3), same_person=True)}
    people = {**crew, "r-new": stood_in, "r-other": person(home=on_floor("5"))}
    ill = match(board({**people, "r-old0": person(isolated=True, **carried)}, requests), EVERYDAY, AT)
    assert {one.responder for one in ill.decided} == {"r-old1", "r-old2", "r-new"}
    back = match(board(people, requests), EVERYDAY, AT)
    assert {one.responder for one in back.decided} == set(crew)
