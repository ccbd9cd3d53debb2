"""
Simple ways to share work out, under the same hard rules and levels: what the matcher is measured against.

«Greedy, queue now» binds every request as soon as it can to whoever has the fewest legs open. «An idle
responder pulls» binds nobody ahead: whoever is idle takes the most urgent leg that they may, of equals the one
that suits them best; with ageing, a leg that has waited is more urgent, as the policy says. They differ in how
far ahead anybody is bound and in what is taken first; nobody is moved ever, and no leg waits for somebody who
would suit better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from ..domain.help_request import next_offer
from ..domain.match_run import Candidate, MatchDecided
from ..domain.policy import Policy
from ..domain.values import RequestId, ResponderId, request_of
from ..matching.board import Board
from ..matching.crews import form_crews
from ..matching.demand import Choice, Demand, Taken, demands_of, people_of, tasks_of
from ..matching.eligible import Person, personal_failure
from ..matching.match import MATCHER, NOTHING_TO_DO, MatchResult, explanation_digest
from ..matching.memory import Memory
from ..matching.roll import Roll
from ..matching.shortfall import rule_counts

QUEUE_MAX = 20
"""How many legs «queue now» binds one person to ahead: as many as a policy allows."""

GREEDY, PULL, PULL_AGEING = "greedy", "pull", "pull_ageing"

Dispatcher = Callable[[Board, Policy, datetime], MatchResult]
"""Decides who is asked now: the signature of `match`."""

Order = Callable[[Demand], tuple[int, ...]]


def queueing(policy: Policy) -> Policy:
    """Return a policy under which everybody may be bound far ahead, and nothing is planned."""
    return policy.model_copy(update={"offers_ahead_max": QUEUE_MAX, "plan_ahead_max": 0})


def pulling(policy: Policy) -> Policy:
    """Return a policy under which nobody is bound to more than what they do now, and nothing is planned."""
    return policy.model_copy(update={"offers_ahead_max": 1, "plan_ahead_max": 0})


def greedy(board: Board, policy: Policy, at: datetime, *, memory: Memory | None = None) -> MatchResult:
    """Bind every leg at once to whoever has the fewest open, the most urgent leg first."""
    return _shared(board, policy, at, solved_by=GREEDY, memory=memory)


def pull(board: Board, policy: Policy, at: datetime, *, memory: Memory | None = None) -> MatchResult:
    """Let everybody who is idle take a leg of the greatest urgency there is, of those the one that suits them best."""
    return _shared(board, policy, at, solved_by=PULL, memory=memory)


def pull_ageing(board: Board, policy: Policy, at: datetime, *, memory: Memory | None = None) -> MatchResult:
    """Let everybody who is idle take the leg that the policy's levels of waiting put first, as `pull` of equals."""
    return _shared(board, policy, at, solved_by=PULL_AGEING, memory=memory)


def _shared(board: Board, policy: Policy, at: datetime, *, solved_by: str, memory: Memory | None) -> MatchResult:
    tasks = tasks_of(board, memory=memory)
    if not tasks:
        return NOTHING_TO_DO
    people = _free(board, policy, at, memory=memory)
    if not people:
        return MatchResult((), (), (), len(tasks))
    demands = demands_of(tasks, people, policy=policy, at=at, memory=memory)
    singles = [demand for demand in demands if demand.task.leg.plan.crew == 1]
    crews = form_crews([demand for demand in demands if demand.task.leg.plan.crew > 1], (), people=people)
    order = _by_urgency if solved_by == PULL else _by_waiting
    choices = [*crews.choices, *_taken(sorted(singles, key=order), people, dict(crews.taken), order=order)]
    choices.sort(key=lambda choice: choice.demand.rank)
    served = {choice.demand.leg for choice in choices}
    return MatchResult(
        decided=tuple(_decided(board, choices, people, policy=policy, solved_by=solved_by)),
        shortfalls=(),
        collapsed=crews.collapsed,
        unserved=len(demands) - len(served),
    )


def _free(board: Board, policy: Policy, at: datetime, *, memory: Memory | None) -> Mapping[ResponderId, Person]:
    """Return who may be asked for anything now; nobody else is looked at, unless somebody stands in for others."""
    responders = board.responders
    if not any(state.duty.deputies for state in responders.values()):
        ahead = policy.offers_ahead_max
        board = replace(board, responders={r: state for r, state in responders.items() if state.open_count < ahead})
    people = people_of(board, policy, at, memory=memory)
    if isinstance(people, Roll):
        return people.only(r for r, token in people.tokens.items() if not token.failed)
    return {r: person for r, person in people.items() if personal_failure(person) is None}


def _by_urgency(demand: Demand) -> tuple[int, ...]:
    return (demand.task.request.urgency.rank,)


def _by_waiting(demand: Demand) -> tuple[int, ...]:
    return tuple(-value for value in demand.waiting)


def _taken(
    demands: Sequence[Demand], people: Mapping[ResponderId, Person], taken: dict[ResponderId, Taken], *, order: Order
) -> Iterator[Choice]:
    """Yield who takes what: legs that come equally first are looked at together."""
    for _, group in groupby(demands, key=order):
        left = [demand for demand in group if demand.vectors]
        while left and (best := _best(left, people, taken)) is not None:
            demand, responder = best
            left.remove(demand)
            had = taken.get(responder, Taken())
            taken[responder] = Taken(had.legs + 1, had.effort + demand.effort)
            yield Choice(demand, responder, "", None, None)


def _best(
    demands: Iterable[Demand], people: Mapping[ResponderId, Person], taken: Mapping[ResponderId, Taken]
) -> tuple[Demand, ResponderId] | None:
    """Return the leg and the person with the fewest legs open, of those the pair that suits best."""
    options = (
        (people[r].state.open_count + taken.get(r, Taken()).legs, vector, demand.leg, r, demand)
        for demand in demands
        for r, vector in demand.vectors.items()
        if _has_room(people[r], demand, taken.get(r, Taken()))
    )
    best = min(options, key=lambda option: option[:4], default=None)
    return None if best is None else (best[4], best[3])


def _has_room(person: Person, demand: Demand, taken: Taken) -> bool:
    state = person.state
    if person.car is not None and taken.legs:
        return False
    return (
        state.open_count + taken.legs < person.policy.offers_ahead_max
        and state.load + taken.effort + demand.effort <= state.capacity
    )


def _decided(
    board: Board, choices: Sequence[Choice], people: Mapping[ResponderId, Person], *, policy: Policy, solved_by: str
) -> Iterator[MatchDecided]:
    numbered: dict[RequestId, int] = {}
    digest = policy.digest()
    for choice in choices:
        demand, request = choice.demand, request_of(choice.demand.leg)
        already = numbered.get(request, 0)
        numbered[request] = already + 1
        person = people[choice.responder]
        staff = person.state.role.is_staff
        within = policy.acknowledge_within_s if staff else policy.respond_within_s
        vector = demand.vectors[choice.responder]
        yield MatchDecided(
            as_of=board.position,
            at=person.at,
            policy=digest,
            matcher=MATCHER,
            leg=demand.leg,
            offer=next_offer(request, board.requests[request], already=already),
            responder=choice.responder,
            staff=staff,
            effort=demand.effort,
            answer_by=person.at + timedelta(seconds=within),
            solved_by=solved_by,
            vector=vector,
            candidates=(Candidate(responder=choice.responder, vector=vector),),
            eligible=len(demand.vectors),
            failed=rule_counts(demand),
            explanation=explanation_digest(demand),
            position=choice.position,
        )
