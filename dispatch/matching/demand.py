"""What a match run has to place: the legs that need people, who could go, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..domain.help_request import full_leg_id, needs_people
from ..domain.policy import Policy
from ..domain.resident import Erased, Leaving
from ..domain.values import LegId, ResponderId
from .board import Board
from .eligible import Person, Task, personal_failure, task_failure
from .levels import pair_vector, unserved_vector


@dataclass(frozen=True, slots=True)
class Demand:
    """
    One leg that needs people.

    Attributes
    ----------
    people
        How many are missing.
    waiting
        What leaving it unserved costs, on the first three levels.
    vectors
        The levels of everybody who could go.
    failed
        The first rule that fails for everybody else.
    """

    leg: LegId
    task: Task
    people: int
    waiting: tuple[int, int, int]
    vectors: Mapping[ResponderId, tuple[int, ...]]
    failed: Mapping[ResponderId, str]

    @property
    def rank(self) -> tuple[tuple[int, ...], LegId]:
        """Sorts the most urgent first."""
        return (tuple(-value for value in self.waiting), self.leg)

    @property
    def effort(self) -> int:
        """Effort the leg takes from each member's capacity, in units."""
        return self.task.leg.plan.effort

    def by_vector(self) -> list[ResponderId]:
        """Return who could go, best first."""
        return sorted(self.vectors, key=lambda responder: (self.vectors[responder], responder))


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is asked for a leg, by which solver, and what the next best would have cost, level by level."""

    demand: Demand
    responder: ResponderId
    solved_by: str
    runner_up: ResponderId | None
    price: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Legs and effort that this run has given somebody already."""

    legs: int = 0
    effort: int = 0


def people_of(board: Board, policy: Policy, at: datetime) -> dict[ResponderId, Person]:
    """Return every responder of the board, in order of id."""
    return {r: Person(r, board.responders[r], at, policy) for r in sorted(board.responders)}


def tasks_of(board: Board) -> list[tuple[LegId, Task]]:
    """Return the legs that need people. Legs of a person being erased are not offered any more."""
    tasks: list[tuple[LegId, Task]] = []
    for request in sorted(board.requests):
        state = board.requests[request]
        legs = needs_people(state)
        if not legs or isinstance(beneficiary := board.residents[state.beneficiary], Leaving | Erased):
            continue
        tasks.extend((full_leg_id(request, leg), Task(state, leg, beneficiary, board.place_register)) for leg in legs)
    return tasks


def demands_of(
    tasks: Sequence[tuple[LegId, Task]], people: Mapping[ResponderId, Person], *, policy: Policy, at: datetime
) -> list[Demand]:
    """Return what is to be placed, most urgent first."""
    barred = {r: failed for r, person in people.items() if (failed := personal_failure(person)) is not None}
    free = {r: person for r, person in people.items() if r not in barred}
    demands = [_demand(leg, task, free=free, barred=barred, policy=policy, at=at) for leg, task in tasks]
    return sorted(demands, key=lambda demand: demand.rank)


def _demand(
    leg: LegId,
    task: Task,
    *,
    free: Mapping[ResponderId, Person],
    barred: Mapping[ResponderId, str],
    policy: Policy,
    at: datetime,
) -> Demand:
    vectors: dict[ResponderId, tuple[int, ...]] = {}
    failed = dict(barred)
    for responder, person in free.items():
        rule = task_failure(person, task)
        if rule is None:
            vectors[responder] = pair_vector(person, task, leg=leg)
        else:
            failed[responder] = rule
    waiting = unserved_vector(task, policy=policy, at=at)
    return Demand(leg, task, task.leg.vacancies, waiting, vectors, failed)
