"""Late binding: who stands where in whose queue, what is offered of it, and what waiting costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from dispatch.domain.leg import Ask, Mustering, become
from dispatch.domain.match_run import MatchRun, evolve
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.policy_levels import LevelName, Measure, Weight
from dispatch.domain.responder import Work
from dispatch.domain.values import LegId, ResidentId, ResponderId, Urgency
from dispatch.matching.match import MATCHER, MatchResult, match
from dispatch.matching.memory import Memory
from dispatch.matching.queues import node_of, read_node
from dispatch.matching.reasoning import OVERTAKEN_SHOWN, reasoning
from tests.matching.boards import AT, board, leg, on_floor, person, random_board, register, request, works
from tests.matching.queue_oracle import QueueOracle
from tests.matching.test_match import plan_of

LATE = EVERYDAY_LATE
TWO = LATE.model_copy(update={"plan_ahead_max": 2})
SEEDS = range(40)


def planned(result: MatchResult) -> dict[str, tuple[str, int]]:
    """Return in whose queue, and where, each other leg stands."""
    return {one.leg: (one.responder, one.place) for one in result.planned}


def weighing(**weights: int) -> Policy:
    """Return `everyday` 2 with other weights against the minutes of waiting."""
    weighed = tuple(Weight(measure=Measure(name), weight=weight) for name, weight in weights.items())
    levels = tuple(
        level.model_copy(update={"weights": weighed}) if level.name is LevelName.WAITING else level
        for level in LATE.levels
    )
    return Policy.model_validate(LATE.model_dump() | {"name": "weighing", "version": 1, "levels": levels})


@pytest.mark.parametrize("policy", [LATE, TWO, weighing(other_floor=500, later=50)], ids=["three", "two", "later"])
def test_the_plan_is_the_best_of_all_plans(policy: Policy) -> None:
    """On small boards: the very places that are best of all, and no other plan is as good."""
    offered = waiting = 0
    for seed in SEEDS:
        draw = Random(seed)
        seen = random_board(seed, people=draw.randint(1, 3), requests=draw.randint(1, 4), policy=policy)
        best, *others = QueueOracle(seen, policy, AT).best()
        result = match(seen, policy, AT)
        found = {one.leg: (one.responder, one.place) for one in result.decided} | planned(result)
        assert found == {leg: place for leg, place in best[1].items() if place is not None}, seed
        assert not others or others[0][0] > best[0], seed
        assert all(one.place == 0 for one in result.decided)
        offered, waiting = offered + len(result.decided), waiting + len(result.planned)
    assert min(offered, waiting) > 15


def test_the_price_is_that_of_solving_again_with_the_runner_up_forced() -> None:
    """Whoever is second, at whichever place of their queue it costs least: the rise of the whole plan."""
    priced = 0
    for seed in SEEDS:
        draw = Random(seed)
        seen = random_board(seed, people=3, requests=draw.randint(2, 4), policy=LATE)
        oracle = QueueOracle(seen, LATE, AT)
        best = oracle.best()[0][0]
        for decided in match(seen, LATE, AT).decided:
            demand = next(demand for demand in oracle.demands if demand.leg == decided.leg)
            forced = {
                r: plans[0][0]
                for r in demand.vectors
                if r != decided.responder and (plans := oracle.best({decided.leg: r}))
            }
            second = min(forced, key=lambda r, costs=forced: (costs[r], r), default=None)  # type: ignore[misc]
            assert decided.runner_up == second, seed
            if second is not None:
                assert decided.price == tuple(b - a for a, b in zip(best, forced[second], strict=True)), seed
                priced += 1
    assert priced > 10


def test_what_is_urgent_stands_in_front() -> None:
    """One person and four legs: the most urgent is offered, the others stand behind it by urgency, the last nowhere."""
    urgencies = {"q-1": Urgency.NONE, "q-2": Urgency.HARDSHIP, "q-3": Urgency.LIFE, "q-4": Urgency.HEALTH}
    requests = {name: request(urgency=urgency) for name, urgency in urgencies.items()}
    result = match(board({"r-1": person()}, requests), LATE, AT)
    assert plan_of(result) == {"q-3/inside": "r-1"}
    assert planned(result) == {"q-4/inside": ("r-1", 1), "q-2/inside": ("r-1", 2)}
    assert result.unserved == 3
    assert (result.shortfalls, result.withdrawn) == ((), ())


def test_only_who_has_no_place_is_short() -> None:
    """Who waits their turn is no shortfall; who has no place in any queue is."""
    requests = {f"q-{index}": request(urgency=Urgency.NONE) for index in range(3)}
    busy = person(loads=works(1))
    result = match(board({"r-1": busy}, requests), LATE, AT)
    assert result.decided == ()
    assert {place for _, place in planned(result).values()} == {1, 2}
    (short,) = result.shortfalls
    assert short.leg not in planned(result)
    assert short.relaxation == ("one_more_responder",)


def test_an_idle_person_is_not_waited_past() -> None:
    """Whoever is idle goes, although the captain of the floor will be free soon."""
    captain = person(home=on_floor("5"), loads=works(1))
    cadre = person()
    result = match(board({"r-1": captain, "r-2": cadre}, {"q-1": request(urgency=Urgency.NONE)}), LATE, AT)
    assert plan_of(result) == {"q-1/inside": "r-2"}


@pytest.mark.parametrize(
    ("urgency", "waited_min", "goes"),
    [
        (Urgency.NONE, 0, None),
        (Urgency.NONE, 5, None),
        (Urgency.NONE, 7, "r-2"),
        (Urgency.HARDSHIP, 0, "r-2"),
        (Urgency.HEALTH, 0, "r-2"),
        (Urgency.LIFE, 0, "r-2"),
    ],
)
def test_a_cheaper_later_lets_what_is_ordinary_wait_for_its_captain(
    urgency: Urgency, waited_min: int, goes: str | None
) -> None:
    """The captain of the floor is at work and a neighbour is idle: the weights say for how long who waits past him."""
    people = {"r-1": person(home=on_floor("5"), loads=works(1)), "r-2": person(home=on_floor("1"))}
    asked = request(leg(ready_at=AT - timedelta(minutes=waited_min)), urgency=urgency)
    result = match(board(people, {"q-1": asked}), weighing(other_floor=1_000, later=770), AT)
    assert plan_of(result) == ({"q-1/inside": goes} if goes else {})
    assert planned(result) == ({} if goes else {"q-1/inside": ("r-1", 1)})


def test_nobody_waits_past_the_idle() -> None:
    """Under `everyday` 2, whoever is idle and could do something that is only planned is asked for something else."""
    idle = 0
    for seed in range(60):
        draw = Random(seed)
        seen = random_board(seed, people=draw.randint(2, 5), requests=draw.randint(2, 8), policy=LATE)
        result = match(seen, LATE, AT)
        asked = {one.responder for one in result.decided}
        able = {demand.leg: demand for demand in reasoning(seen, LATE, AT).demands}
        for one in result.planned:
            could = {r for r in able[one.leg].vectors if not seen.responders[r].open_count}
            assert could <= asked, seed
            idle += len(could)
    assert idle > 20


def test_the_own_floor_is_weighed_against_minutes() -> None:
    """Two legs, an idle captain of one floor and a stranger: each goes where both wait least and nearest."""
    captain, other = person(home=on_floor("5")), person(home=on_floor("1"))
    requests = {
        "q-1": request(place=on_floor("1"), beneficiary=ResidentId("p-1")),
        "q-2": request(place=on_floor("5"), beneficiary=ResidentId("p-2")),
    }
    assert plan_of(match(board({"r-1": captain, "r-2": other}, requests), LATE, AT)) == {
        "q-1/inside": "r-2",
        "q-2/inside": "r-1",
    }


def test_whoever_was_asked_often_comes_later() -> None:
    """Offers received count as well as work done: of two with the same work, the one who was asked less goes."""
    often = person(asked_on={AT.toordinal(): 40})
    seldom = person(asked_on={AT.toordinal() - 1: 2, AT.toordinal() - 8: 100})
    people = {"r-1": often, "r-2": seldom}
    for names in (("r-1", "r-2"), ("r-2", "r-1")):
        mixed = dict(zip(names, people.values(), strict=True))
        (decided,) = match(board(mixed, {"q-1": request()}), LATE, AT).decided
        assert decided.responder == names[1]
    vectors = {
        r: d.vectors[r] for d in reasoning(board(people, {"q-1": request()}), EVERYDAY, AT).demands for r in d.vectors
    }
    assert vectors[ResponderId("r-1")][2] == vectors[ResponderId("r-2")][2], "everyday 1 counts work only"


def test_a_captain_without_a_phone_gets_a_whole_sheet() -> None:
    """Who gets a sheet is offered as many at once as the policy says for paper."""
    policy = LATE.model_copy(update={"paper_ahead_max": 3})
    requests = {f"q-{index}": request() for index in range(4)}
    result = match(board({"r-1": person(paper=True)}, requests), policy, AT)
    assert sorted(one.place for one in result.decided if one.place is not None) == [0, 1, 2]
    assert result.planned == ()


def test_a_crew_may_be_asked_of_people_with_work_in_hand() -> None:
    """Where one leg at a time is offered, three people are never idle at once: a crew is asked of the busy too."""
    people = {f"r-{index}": person(loads=works(1)) for index in range(3)}
    result = match(board(people, {"q-1": request(leg(crew=3))}), LATE, AT)
    assert len(result.decided) == 3


def test_a_policy_without_a_plan_decides_as_ever() -> None:
    """Without places nothing is planned, nothing is withdrawn, and no decision names a place."""
    seen = random_board(3, people=10, requests=40)
    result = match(seen, EVERYDAY, AT)
    assert (result.planned, result.withdrawn) == ((), ())
    assert {one.place for one in result.decided} == {None}
    assert "place" not in result.decided[0].model_dump()
    assert MATCHER == 3


def test_a_node_names_its_place() -> None:
    """What the flow calls a place is read back."""
    assert read_node(node_of(ResponderId("r-1"), 12)) == ("r-1", 12)
    assert read_node("r-1") == ("r-1", None)


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_offered_more_than_the_horizon(seed: int) -> None:
    """One at a time, the capacity kept, a place once, and nobody at a place behind a free one."""
    seen = random_board(seed, people=40, requests=150, crews=0.1, policy=LATE)
    result = match(seen, LATE, AT)
    assert len(result.decided) > 5
    singles = [one for one in result.decided if one.solved_by == "flow"]
    assert len({one.responder for one in singles}) == len(singles)
    places: list[tuple[ResponderId, int | None]] = [(one.responder, one.place) for one in singles]
    places += [(one.responder, one.place) for one in result.planned]
    assert len(set(places)) == len(places)
    for responder, state in seen.responders.items():
        mine = sorted(place or 0 for r, place in places if r == responder)
        crews = sum(one.responder == responder for one in result.decided if one.solved_by != "flow")
        first = state.open_count + crews
        assert mine == list(range(first, first + len(mine)))
        effort = sum(one.effort for one in result.decided if one.responder == responder)
        assert not effort or state.load + effort <= state.capacity


def test_waiting_longer_moves_a_leg_forward() -> None:
    """Of two alike the one that waits longer is offered first."""
    requests = {
        "q-1": request(leg(ready_at=AT - timedelta(minutes=1))),
        "q-2": request(leg(ready_at=AT - timedelta(hours=1))),
    }
    assert plan_of(match(board({"r-1": person()}, requests), LATE, AT)) == {"q-2/inside": "r-1"}
    younger = {name: replace(state) for name, state in requests.items()}
    assert planned(match(board({"r-1": person()}, younger), LATE, AT)) == {"q-1/inside": ("r-1", 1)}


def test_the_register_of_a_late_community_decides_late() -> None:
    """The policy in force is the board's own."""
    seen = board({"r-1": person()}, {"q-1": request(), "q-2": request()}, here=register(policy=LATE))
    assert len(match(seen, seen.place_register.policy, AT).decided) == 1


def test_who_is_overtaken_is_recorded_with_the_reason() -> None:
    """A leg that waits a little for its own captain, while a younger one goes first elsewhere: counted, and why."""
    here, there = person(home=on_floor("5")), person(home=on_floor("1"), loads=works(1))
    requests = {
        "q-old": request(
            leg(ready_at=AT - timedelta(minutes=10)),
            urgency=Urgency.NONE,
            place=on_floor("1"),
            beneficiary=ResidentId("p-2"),
        ),
        "q-new": request(leg(ready_at=AT), urgency=Urgency.NONE),
    }
    (decided,) = match(board({"r-1": here, "r-2": there}, requests), LATE, AT).decided
    assert (decided.leg, decided.responder) == ("q-new/inside", "r-1")
    assert [(one.leg, one.waits_for, one.place) for one in decided.overtook] == [("q-old/inside", "r-2", 1)]
    run = evolve(MatchRun(), decided)
    assert (run.overtaken(LegId("q-old/inside")), run.overtaken(LegId("q-new/inside"))) == (1, 0)
    served = evolve(run, decided.model_copy(update={"leg": LegId("q-old/inside"), "overtook": ()}))
    assert served.passed == {}
    assert "overtook" not in decided.model_copy(update={"overtook": ()}).model_dump()


def test_of_many_overtaken_the_rest_is_counted() -> None:
    """Twenty are named, the most urgent first; the decision says how many there were besides."""
    many = OVERTAKEN_SHOWN + 4
    people = {f"r-{n:02}": person(home=on_floor(str(n)), loads=works(1)) for n in range(10, 10 + many)}
    requests = {
        f"q-{n}": request(
            leg(ready_at=AT - timedelta(minutes=10)),
            urgency=Urgency.NONE,
            place=on_floor(str(n)),
            beneficiary=ResidentId("p-2"),
        )
        for n in range(10, 10 + many)
    }
    young = {"q-young": request(leg(ready_at=AT), urgency=Urgency.NONE)}
    seen = board({"r-1": person(home=on_floor("5")), **people}, {**requests, **young})
    (decided,) = match(seen, LATE, AT).decided
    assert (decided.leg, decided.responder) == ("q-young/inside", "r-1")
    assert (len(decided.overtook), decided.overtook_more) == (OVERTAKEN_SHOWN, 4)
    assert "overtook_more" not in decided.model_copy(update={"overtook_more": 0}).model_dump()


def test_a_crew_that_was_given_is_the_same_place_in_a_queue_and_another_hash() -> None:
    """A run puts two into a crew; the next one finds them asked: legs behind it are priced anew all the same."""
    crew = request(leg(crew=2), urgency=Urgency.HARDSHIP)
    others = {f"q-{name}": request(urgency=Urgency.NONE) for name in "abcd"}
    people = {f"r-{number}": person(capacity=100) for number in (1, 2)}
    here, memory = register(policy=EVERYDAY_LATE), Memory()
    before = board(people, {"q-crew": crew, **others}, here=here)
    decided = match(before, EVERYDAY_LATE, AT, memory=memory).decided
    assert {one.leg for one in decided} == {"q-crew/inside"}
    asks = tuple(
        Ask(one.offer, one.responder, staff=False, effort=1, made_at=AT, answer_by=one.answer_by) for one in decided
    )
    asked = replace(crew, legs=(replace(become(Mustering, crew.legs[0]), asks=asks, asks_made=2),))
    holds = {a.responder: Work(a.offer, LegId("q-crew/inside"), crew.beneficiary, 1) for a in asks}
    busy = {
        r: replace(state, holds={holds[ResponderId(r)].offer: holds[ResponderId(r)]}) for r, state in people.items()
    }
    after = board(busy, {"q-crew": asked, **others}, here=here)
    with_memory = reasoning(after, EVERYDAY_LATE, AT, memory=memory).placed
    cold = reasoning(after, EVERYDAY_LATE, AT).placed
    assert with_memory.flow is not None
    assert cold.flow is not None
    assert with_memory.planned == cold.planned
    assert with_memory.total() == cold.total()
