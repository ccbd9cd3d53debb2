"""
Whose turn it is in overload: crews among one-person legs that keep coming (L3).

Days are played run by run on boards made of states: more work comes than people can do, each of them takes one leg a
run and is free for the next.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from dispatch.domain.help_request import HelpRequest
from dispatch.domain.match_run import MatchDecided, MatchRun, evolve
from dispatch.domain.policies import SHIPPED
from dispatch.domain.policy import Policy
from dispatch.domain.values import LegId, ResponderId, request_of
from dispatch.matching.board import Board
from dispatch.matching.demand import demands_of, people_of, tasks_of
from dispatch.matching.match import MatchResult, match
from tests.matching.boards import AT, board, leg, person, register, request

PEOPLE = 9
STEPS = 3
"""Ageing steps from run to run."""
RUNS = 34
SERVED_WITHIN = 18
"""
Runs within which a crew of three is served: 27 steps make up for its urgency counting once, and what waits ages too.

With its waiting counted once as well it takes three times as long.
"""


def one_at_a_time(policy: Policy) -> Policy:
    """Return a policy under which nobody is asked for a second leg before the first is done."""
    return policy.model_copy(update={"offers_ahead_max": 1, "paper_ahead_max": 1})


@dataclass
class Overload:
    """A day on which more comes than can be done."""

    policy: Policy
    draw: Random
    run: int = 0
    requests: dict[str, HelpRequest] = field(default_factory=dict)
    born: dict[LegId, int] = field(default_factory=dict)
    crews: set[LegId] = field(default_factory=set)
    served: dict[LegId, int] = field(default_factory=dict)
    log: MatchRun = field(default_factory=MatchRun)

    @property
    def at(self) -> datetime:
        """When the run takes place."""
        return AT + STEPS * self.run * timedelta(seconds=self.policy.ageing_s)

    def come(self) -> None:
        """Let legs come: about as many as there are people, and a crew of two to four every other run."""
        for number in range(self.draw.randint(PEOPLE - 1, PEOPLE + 1)):
            self.comes(f"q-{self.run:03}s{number}", crew=1)
        if self.draw.random() < 0.5:
            self.comes(f"q-{self.run:03}c", crew=self.draw.choice((2, 3, 3, 4)))

    def comes(self, name: str, *, crew: int) -> None:
        """Let one leg come, as urgent as all others."""
        waits = leg(crew=crew, ready_at=self.at)
        self.requests[name] = request(waits, received_at=self.at, due_at=self.at + timedelta(days=30))
        self.born[LegId(f"{name}/inside")] = self.run
        if crew > 1:
            self.crews.add(LegId(f"{name}/inside"))

    def seen(self, busy: set[ResponderId]) -> Board:
        """Return the board, without those who have work from this run already."""
        free = {f"r-{n}": person() for n in range(PEOPLE) if ResponderId(f"r-{n}") not in busy}
        here = register(policy=self.policy)
        return board(free, self.requests, here=here, run=self.log)

    def decide(self) -> list[tuple[Board, MatchResult]]:
        """Match until nothing more is decided; give each run's board and result."""
        busy, done = set[ResponderId](), list[tuple[Board, MatchResult]]()
        while not done or done[-1][1].decided:
            seen = self.seen(busy)
            result = match(seen, self.policy, self.at)
            done.append((seen, result))
            for fact in (*result.decided, *result.shortfalls):
                self.log = evolve(self.log, fact)
            for one in result.decided:
                busy.add(one.responder)
                self.served[one.leg] = self.run
                self.requests.pop(request_of(one.leg), None)
        self.run += 1
        return done


def passed_over(seen: Board, one: MatchDecided, policy: Policy, *, decided: set[LegId]) -> list[LegId]:
    """Return the more urgent legs that nobody is asked for and that whoever is asked for this one could go for."""
    demands = demands_of(tasks_of(seen), people_of(seen, policy, one.at), policy=policy, at=one.at)
    waiting = next(demand.waiting for demand in demands if demand.leg == one.leg)
    return [d.leg for d in demands if d.leg not in decided and d.waiting > waiting and one.responder in d.vectors]


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda policy: f"{policy.name}_{policy.version}")
@pytest.mark.parametrize("seed", range(2))
def test_a_crew_of_ordinary_urgency_is_served_within_a_bounded_number_of_runs(policy: Policy, seed: int) -> None:
    """However many one-person legs of its urgency keep coming."""
    day = Overload(one_at_a_time(policy), Random(seed))
    for _ in range(RUNS):
        day.come()
        day.decide()
    waits = {crew: day.served.get(crew, RUNS) - day.born[crew] for crew in day.crews}
    assert max(waits.values()) <= SERVED_WITHIN
    assert day.requests, "there was more than could be done"


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda policy: f"{policy.name}_{policy.version}")
def test_nobody_is_overtaken_without_a_reason_or_without_being_counted(policy: Policy) -> None:
    """
    A leg that waits while somebody goes for a less urgent one is named in that decision, or its shortfall was found.

    Every time counts towards the policy's cap, beyond which a person is called; only what was decided before a leg's
    first shortfall, in the run that it came in, may not.
    """
    day, times = Overload(one_at_a_time(policy), Random("turns")), Counter[LegId]()
    for _ in range(RUNS):
        day.come()
        for seen, result in day.decide():
            decided = {one.leg for one in result.decided}
            for one in result.decided:
                over = passed_over(seen, one, policy, decided=decided)
                named = {other.leg for other in one.overtook}
                assert named <= set(over)
                assert len(over) == len(named) + one.overtook_more or not policy.places_max
                times.update(over)
        for name in times.keys() - day.served.keys():
            assert name in day.log.shortfalls or policy.places_max
            assert times[name] <= day.log.overtaken(name) + PEOPLE
    assert max(times[crew] for crew in day.crews) > 10
