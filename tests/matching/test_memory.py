"""A memory never changes an answer: after any other board and instant the match is the one from nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from dispatch.domain.control import Control
from dispatch.domain.help_request import HelpRequest, full_leg_id
from dispatch.domain.leg import Ask, Offered, Waiting, become
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.policy_levels import LevelName, Measure, Weight
from dispatch.domain.resident import Resident
from dispatch.domain.responder import Responder, Work
from dispatch.domain.shift import DutyLimits, Shift
from dispatch.domain.values import (
    ControlLevel,
    LegId,
    OfferId,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    Side,
    Urgency,
    offer_id,
)
from dispatch.matching.board import Board
from dispatch.matching.eligible import TASK_RULES
from dispatch.matching.flow import Slots, Supply, solve
from dispatch.matching.live import LivePlan
from dispatch.matching.match import match
from dispatch.matching.memory import Memory
from dispatch.matching.pairs import KEPT_RULES
from dispatch.matching.reasoning import reasoning
from tests.matching.boards import AT, IN_TOWER, random_board

TIE = 1 << 48
LINE = Control(place=IN_TOWER, level=ControlLevel.CONTROLLED, effective_from=AT + timedelta(hours=2))
STRICT = Control(
    place=IN_TOWER,
    level=ControlLevel.SEALED,
    effective_from=AT + timedelta(hours=9),
    until=AT + timedelta(hours=20),
)
STEPS = (0, 0, 1, 30, 90, 900, 3_600, 20_000, 86_400)
"""Seconds from one run to the next: past shifts, control lines, lateness and midnight."""


class Days:
    """A community that changes at random, a state or a few at a time, as events do."""

    def __init__(self, seed: int, *policies: Policy, crews: float = 0.15) -> None:
        self.draw, self.policies, policy = Random(seed), policies, policies[0]
        self.board = random_board(seed, people=9 if seed % 2 else 2, requests=12, crews=crews, policy=policy)
        self.board = replace(self.board, register=replace(self.board.register, controls=(LINE, STRICT)))
        self.spare = random_board(seed + 1, people=4, requests=6, crews=crews, policy=policy)
        self.at = AT

    def runs(self, count: int) -> Iterator[tuple[Board, datetime]]:
        """Give the board and the instant of each match run."""
        for _ in range(count):
            self.at += timedelta(seconds=self.draw.choice(STEPS))
            for _ in range(self.draw.randint(0, 3)):
                self.change()
            yield self.board, self.at

    def change(self) -> None:
        """Change one state, add one, or drop one."""
        kind = self.draw.choice(
            ("person", "person", "person", "request", "request", "resident", "new", "register", "all", "offer", "offer")
        )
        board, position = self.board, self.board.position + 1
        people, requests, residents = dict(board.responders), dict(board.requests), dict(board.residents)
        register = board.register
        if kind == "person" and people:
            who = self.draw.choice(sorted(people))
            people[who] = self.other_person(people[who])
        elif kind == "request" and requests:
            name = self.draw.choice(sorted(requests))
            other = self.other_request(requests[name])
            requests.pop(name) if other is None else requests.update({name: other})
        elif kind == "resident":
            whose = self.draw.choice(sorted(residents))
            residents[whose] = self.other_resident(residents[whose], people)
        elif kind == "offer":
            self.offer(people, requests)
        elif kind == "all":
            isolated = self.draw.random() < 0.7
            people = {who: replace(person, isolated=isolated) for who, person in people.items()}
        elif kind == "register":
            lines, policy = self.draw.choice(((LINE,), (LINE, STRICT), ())), self.draw.choice(self.policies)
            register = replace(register, controls=lines, policy=policy)
        else:
            self.new(people, requests, residents)
        self.board = replace(
            board, position=position, register=register, responders=people, requests=requests, residents=residents
        )

    def new(
        self,
        people: dict[ResponderId, Responder],
        requests: dict[RequestId, HelpRequest],
        residents: dict[ResidentId, Resident],
    ) -> None:
        """Let somebody come, or go for good, or call for help."""
        position = self.board.position
        idle = sorted(who for who, person in people.items() if not person.holds)
        if self.draw.random() < 0.3 and len(people) > 2 and idle:
            del people[self.draw.choice(idle)]
        elif self.draw.random() < 0.5:
            people[ResponderId(f"r-n{position}")] = self.draw.choice(list(self.spare.responders.values()))
        else:
            residents.update(self.spare.residents)
            requests[RequestId(f"q-n{position}")] = self.draw.choice(list(self.spare.requests.values()))

    def offer(self, people: dict[ResponderId, Responder], requests: dict[RequestId, HelpRequest]) -> None:
        """Let somebody be asked for a leg that waits; the offer may be taken back later for something better."""
        waiting = [
            q for q, state in requests.items() if isinstance(state.legs[0], Waiting) and state.legs[0].plan.crew == 1
        ]
        if not waiting or not people:
            return
        name, who = self.draw.choice(sorted(waiting)), self.draw.choice(sorted(people))
        request = requests[name]
        offer, leg = offer_id(name, request.asks_made + 1), request.legs[0]
        effort, until = leg.plan.effort, self.at + timedelta(hours=2)
        ask = Ask(offer, who, staff=False, effort=effort, made_at=self.at, answer_by=until)
        offered = become(Offered, replace(leg, asks=(ask,), asks_made=leg.asks_made + 1))
        requests[name] = replace(request, legs=(offered,))
        work = Work(offer, full_leg_id(name, leg), request.beneficiary, effort)
        people[who] = replace(people[who], holds={**people[who].holds, offer: work})

    def other_person(self, person: Responder) -> Responder:
        """Return somebody after an event about them."""
        match self.draw.randrange(8):
            case 0:
                name = LegId(f"q-x{self.board.position}/a")
                work = Work(OfferId(f"q-x{self.board.position}#1"), name, ResidentId("p-0"), self.draw.randint(1, 3))
                return replace(person, loads={**person.loads, name: work})
            case 1:
                return replace(person, loads={})
            case 2:
                ends = self.at + timedelta(seconds=self.draw.choice(STEPS[2:]))
                return replace(person, shifts=(Shift(starts_at=self.at - timedelta(hours=1), ends_at=ends),))
            case 3:
                return replace(person, isolated=not person.isolated)
            case 4:
                stays = {IN_TOWER: self.at + timedelta(seconds=self.draw.choice(STEPS[2:]))}
                return replace(person, sides={IN_TOWER: self.draw.choice(tuple(Side))}, stays=stays)
            case 5:
                return replace(person, met={ResidentId("p-1"): (self.draw.randint(1, 6), self.at.toordinal())})
            case 6:
                return replace(person, scopes=self.draw.choice(list(self.spare.responders.values())).scopes)
            case _:
                return replace(person, role=self.draw.choice((Role.CADRE, Role.VOLUNTEER)), capacity=9)

    def other_request(self, request: HelpRequest) -> HelpRequest | None:
        """Return a request after an event about it; `None` when it is over."""
        match self.draw.randrange(4):
            case 0:
                return None
            case 1:
                return replace(request, urgency=self.draw.choice(tuple(Urgency)))
            case 2:
                return replace(request, due_at=self.at + timedelta(seconds=self.draw.choice(STEPS)))
            case _:
                legs = tuple(replace(leg, tried=leg.tried | {ResponderId("r-0002")}) for leg in request.legs)
                return replace(request, legs=legs)

    def other_resident(self, resident: Resident, people: Mapping[ResponderId, Responder]) -> Resident:
        """Return a resident after an event about them."""
        if self.draw.random() < 0.5:
            return replace(resident, excluded=frozenset({self.draw.choice(sorted(people))}))
        return replace(resident, green_lane=not resident.green_lane, neighbours_excluded=self.draw.random() < 0.5)


def with_tiers() -> Policy:
    """Return a policy in which everything opens by time: tiers, a reserve, limits of duty."""
    named = EVERYDAY.model_copy(update={"duty": DutyLimits(effort_day_max=20)})
    tiers = named.tiers.model_copy(
        update={
            "compound_s": (0, 3_600, 20_000, 40_000),
            "community_s": (0, 20_000, 40_000, 60_000),
            "reserve_s": (0, 40_000, 60_000, 86_400),
        }
    )
    reserve = named.reserve.model_copy(update={"community_people": 2, "opens_s": (30_000, 70_000)})
    return named.model_copy(update={"tiers": tiers, "reserve": reserve})


def slower() -> Policy:
    """Return the policy that plans ahead with other minutes a turn: no leg looks different, and every place does."""
    turn = Weight(measure=Measure.TURN, weight=3)
    levels = tuple(
        level.model_copy(update={"weights": (turn, *level.weights)}) if level.name is LevelName.WAITING else level
        for level in EVERYDAY_LATE.levels
    )
    return EVERYDAY_LATE.model_copy(update={"levels": levels, "version": 99})


POLICIES = {
    "everyday": (EVERYDAY,),
    "by_time": (with_tiers(),),
    "planned": (EVERYDAY_LATE,),
    "changing": (EVERYDAY_LATE, slower()),
    "mixed": (with_tiers(), EVERYDAY_LATE, EVERYDAY),
}


@pytest.mark.parametrize("policies", POLICIES.values(), ids=POLICIES)
def test_a_memory_is_never_seen_in_the_answer(policies: tuple[Policy, ...]) -> None:
    """Over long histories of changes and of time each run decides what a run without any memory decides."""
    decided = short = 0
    for seed in range(16):
        memory, days = Memory(), Days(seed, *policies)
        for board, at in days.runs(25):
            policy = board.place_register.policy
            warm, cold = match(board, policy, at, memory=memory), match(board, policy, at)
            assert warm == cold
            decided, short = decided + len(cold.decided), short + len(cold.shortfalls)
    assert decided > 50
    assert short > 20


@pytest.mark.parametrize("policies", [POLICIES["everyday"], POLICIES["mixed"]], ids=["everyday", "mixed"])
def test_a_memory_is_never_seen_in_which_crews_stand(policies: tuple[Policy, ...]) -> None:
    """Of boards half of crews: the same crews, gaps and numbers of flows, and the same rises, from what was left."""
    searched = forked = 0
    for seed in range(1, 24, 2):
        memory, days = Memory(), Days(seed, *policies, crews=0.5)
        for board, at in days.runs(12):
            policy = board.place_register.policy
            warm, cold = reasoning(board, policy, at, memory=memory).together, reasoning(board, policy, at).together
            assert (warm.crews, warm.costs, warm.gap) == (cold.crews, cold.costs, cold.gap)
            for leg in {choice.demand.leg for choice in cold.crews.choices}:
                assert warm.rises(leg) == cold.rises(leg)
            searched += bool(cold.crews.choices)
            forked += any(choice.tried > 1 for choice in cold.crews.choices)
    assert searched > 40
    assert forked > 5


@pytest.mark.slow
def test_a_memory_is_never_seen_in_many_answers() -> None:
    """The same over many more histories."""
    for seed in range(1_000, 1_600):
        memory, days = Memory(), Days(seed, *list(POLICIES.values())[seed % len(POLICIES)])
        for board, at in days.runs(60):
            policy = board.place_register.policy
            assert match(board, policy, at, memory=memory) == match(board, policy, at)


def test_what_has_not_changed_is_not_judged_again() -> None:
    """A second later, nothing having happened, every leg is the very same object, and nobody moves."""
    board, memory = random_board(5, people=20, requests=40), Memory()
    first = reasoning(board, EVERYDAY, AT, memory=memory)
    again = reasoning(board, EVERYDAY, AT, memory=memory)
    assert all(a is b for a, b in zip(first.demands, again.demands, strict=True))
    assert first.placed.choices == again.placed.choices


def test_one_person_who_changes_is_judged_again_and_nobody_else() -> None:
    """Judgements of the others stay, value by value the ones that were made before."""
    board, memory = random_board(6, people=20, requests=40), Memory()
    first = {demand.leg: demand for demand in reasoning(board, EVERYDAY, AT, memory=memory).demands}
    who = sorted(board.responders)[3]
    people = {**board.responders, who: replace(board.responders[who], capacity=20)}
    for demand in reasoning(replace(board, responders=people), EVERYDAY, AT, memory=memory).demands:
        before = first[demand.leg].vectors
        assert all(vector is before[r] for r, vector in demand.vectors.items() if r != who)


def test_a_board_that_contradicts_itself_leaves_no_plan_behind() -> None:
    """What could not be solved is forgotten; the next board is solved from nothing."""
    memory, slots = Memory(), [Slots("r-1", (0, 5))]
    supplies = [Supply(f"q-{index}", 9, (("r-1", index),)) for index in range(6)]
    assert memory.flow(supplies, slots).cost == solve(supplies, slots).cost
    with pytest.raises(ValueError, match="once"):
        memory.flow([*supplies, supplies[0]], slots)
    with pytest.raises(ValueError, match=">= 0"):
        memory.flow([*supplies[:5], Supply("q-5", 9, (("r-1", -1),))], slots)
    assert memory.flow(supplies, slots).cost == solve(supplies, slots).cost


def test_every_rule_says_whether_time_can_change_its_answer() -> None:
    """
    A rule of a leg is in `KEPT_RULES`, or every judgement is made anew in every run.

    Whoever adds a rule or a level that looks at `person.at` adds what it looks at to `season_of` or `moment_of`.
    """
    assert {rule.__name__ for rule in TASK_RULES} == KEPT_RULES
    looked_at = {"waiting", "changes", "reserve", "same_person", "building_tier", "load_band", "own_floor"}
    looked_at |= {"continuity", "effort", "tie", "life_waiting", "health_lateness", "unserved"}
    assert {level.value for level in LevelName} == looked_at


def random_problem(draw: Random, *, people: int, work: int) -> tuple[list[Supply], list[Slots]]:
    """Draw a board whose optimum is unique."""
    slots = [
        Slots(f"r-{i}", tuple(sorted(draw.randint(0, 9) * TIE for _ in range(draw.randint(0, 3)))))
        for i in range(people)
    ]
    return [supply(draw, f"q-{i}", people) for i in range(work)], slots


def supply(draw: Random, name: str, people: int) -> Supply:
    """Draw a piece of work with up to five candidates."""
    chosen = draw.sample(range(people), min(people, draw.randint(0, 5)))
    arcs = tuple((f"r-{r}", draw.randint(0, 9) * TIE + draw.randrange(TIE)) for r in sorted(chosen))
    return Supply(name, draw.randint(0, 30) * TIE + draw.randrange(TIE), arcs)


def changed(draw: Random, supplies: list[Supply], slots: list[Slots]) -> tuple[list[Supply], list[Slots]]:
    """Change a few things at once: work that comes, goes, waits longer or has other people; people likewise."""
    kept = [one for one in supplies if draw.random() > 0.15]
    for index, one in enumerate(kept):
        kind = draw.random()
        if kind < 0.2:
            kept[index] = replace(one, unserved=max(0, one.unserved + draw.randint(-5, 9) * TIE))
        elif kind < 0.3:
            kept[index] = supply(draw, one.id, len(slots))
    kept += [supply(draw, f"n-{draw.randrange(10**9)}", len(slots)) for _ in range(draw.randint(0, 3))]
    for index, person in enumerate(slots):
        kind = draw.random()
        if kind < 0.15:
            slots[index] = Slots(person.id, person.costs[1:])
        elif kind < 0.3:
            slots[index] = Slots(person.id, tuple(sorted(draw.randint(0, 9) * TIE for _ in range(draw.randint(0, 4)))))
    return kept, slots


def test_a_plan_becomes_the_plan_of_another_board() -> None:
    """However many things change at once, it is the plan of that board solved from cold, and proven."""
    for seed in range(120):
        draw = Random(seed)
        supplies, slots = random_problem(draw, people=draw.randint(2, 8), work=draw.randint(4, 20))
        plan = LivePlan()
        for _ in range(15):
            plan.become(supplies, slots)
            cold = solve(supplies, slots)
            assert (dict(plan.placed), plan.cost) == (dict(cold.placed), cold.cost)
            assert plan.certificate().check(supplies, slots) == []
            assert [dict(plan.forced(one.id)) for one in supplies] == [dict(cold.forced(one.id)) for one in supplies]
            supplies, slots = changed(draw, supplies, list(slots))


def test_work_that_is_agreed_to_moves_nobody() -> None:
    """Who takes work along in the slot that it had, the cheapest first, leaves the rest of the plan as it is."""
    supplies = [Supply(f"q-{i}", 100, (("r-1", i), ("r-2", 10 + i))) for i in range(4)]
    plan = LivePlan(supplies, [Slots("r-1", (0, 5, 20)), Slots("r-2", (0, 5, 20))])
    before = dict(plan.placed)
    gone = next(name for name, who in before.items() if who == "r-1")
    plan.become([one for one in supplies if one.id != gone], [Slots("r-1", (5, 20)), Slots("r-2", (0, 5, 20))])
    assert dict(plan.placed) == {name: who for name, who in before.items() if name != gone}
