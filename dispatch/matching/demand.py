"""What a match run has to place: the legs that need people, who could go, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from ..domain.access import gear_for
from ..domain.agreed import agreed_time, engagements
from ..domain.help_request import full_leg_id, needs_people
from ..domain.leg import Done, Failed, Leg
from ..domain.policy import Policy
from ..domain.readiness import effective, limits_of
from ..domain.resident import Erased, Leaving, Resident
from ..domain.ride_rules import car_of, papers_of
from ..domain.values import LegId, OfferId, Place, RequestId, ResponderId, request_of
from ..domain.vehicle import Vehicle
from .board import Board
from .deputies import deputised
from .eligible import SERVES_THE_PLACE, Person, Task
from .levels import Levels, levels_of
from .memory import Memory
from .pairs import Nearby
from .reserve import kept_free
from .roll import Around


@dataclass(frozen=True, slots=True)
class Demand:
    """
    One leg that needs people.

    Attributes
    ----------
    people
        How many are missing.
    waiting
        What leaving it unserved costs, on the levels that price it.
    vectors
        The levels of everybody who could go.
    failed
        The first rule that fails for those who serve the place and cannot go.
    elsewhere
        How many serve other places only; they fail `serves_the_place` before anything else.
    rank
        Sorts the most urgent first.
    """

    leg: LegId
    task: Task
    people: int
    waiting: tuple[int, ...]
    vectors: Mapping[ResponderId, tuple[int, ...]]
    failed: Mapping[ResponderId, str]
    elsewhere: int
    rank: tuple[tuple[int, ...], LegId] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Work out once what every run sorts by."""
        object.__setattr__(self, "rank", (tuple([-value for value in self.waiting]), self.leg))

    @property
    def effort(self) -> int:
        """Effort the leg takes from each member's capacity, in units."""
        return self.task.leg.plan.effort

    def failed_by_all(self, people: Iterable[ResponderId]) -> dict[ResponderId, str]:
        """Return the first rule that fails for each of `people` who cannot go, those elsewhere included."""
        return {r: self.failed.get(r, SERVES_THE_PLACE) for r in people if r not in self.vectors}

    def by_vector(self) -> list[ResponderId]:
        """Return who could go, best first."""
        return sorted(self.vectors, key=lambda responder: (self.vectors[responder], responder))


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Who is asked for a leg, where in its crew, by which solver, and what the next best would have cost by level.

    Of a crew: how far, by level, the plan is from what none goes below, and how many flows were looked at.
    `place` is how many legs stand before it in their queue, where the policy plans queues.
    """

    demand: Demand
    responder: ResponderId
    solved_by: str
    runner_up: ResponderId | None
    price: tuple[int, ...] | None
    position: str | None = None
    gap: tuple[int, ...] | None = None
    tried: int = 0
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Legs and effort that this run has given somebody already."""

    legs: int = 0
    effort: int = 0


def people_of(
    board: Board, policy: Policy, at: datetime, *, memory: Memory | None = None
) -> Mapping[ResponderId, Person]:
    """Return every responder of the board as they are at an instant, in order of id."""
    levels, cars = levels_of(policy), cars_of(board)
    around = Around(deputised(board, at), drivers_of(board), cars)
    make = partial(_person, board, policy=policy, levels=levels, at=at, around=around)
    if memory is not None and not policy.reserve.is_kept:
        return memory.attendance.roll(board, policy, at, around=around, make=make)
    everybody = {r: make(r) for r in sorted(board.responders)}
    kept = kept_free(everybody, policy)
    return {r: replace(person, kept=True) if r in kept else person for r, person in everybody.items()}


def cars_of(board: Board) -> dict[ResponderId, Vehicle]:
    """Return who is at the wheel of which car."""
    drivers = (ResponderId(who) for who in board.all("wheel"))
    cars = ((who, car_of(board.read, board.community, who)) for who in drivers)
    return {who: car for who, car in cars if car is not None}


def drivers_of(board: Board) -> dict[ResponderId, LegId]:
    """Return who is asked to drive, or drives, and which leg."""
    return {
        ask.responder: full_leg_id(request, leg)
        for request, state in board.requests.items()
        for leg in state.legs
        if leg.plan.drives and state.is_matchable and not isinstance(leg, Done | Failed)
        for ask in leg.asks
    }


def _person(
    board: Board,
    who: ResponderId,
    *,
    policy: Policy,
    levels: Levels,
    at: datetime,
    around: Around,
) -> Person:
    recorded, register = board.responders[who], board.place_register
    limits = limits_of(recorded, policy)
    state, lent = effective(recorded, limits, at), around.lent.get(who, ())
    if lent:
        state = replace(state, scopes=tuple(dict.fromkeys((*state.scopes, *lent))))
    return Person(
        who,
        state,
        at,
        policy,
        levels,
        isolated_at_home=board.isolated_at_home(recorded),
        entered=entered_by(board, who, at),
        revoked=(who, state.role) in register.grants.revoked,
        limits=limits,
        zone=register.time_zone,
        car=around.cars.get(who),
        driving=around.driving.get(who),
        promised=engagements(board.read, board.community, recorded, at=at),
    )


def entered_by(
    board: Board, responder: ResponderId, at: datetime, *, apart_from: OfferId | None = None
) -> frozenset[Place]:
    """Return the lines behind which somebody goes in gear for what they hold: one putting on for all of it (R21)."""
    person = board.responders[responder]
    if not board.place_register.controls or not person.open_count:
        return frozenset()
    entered: set[Place] = set()
    for work in (*person.holds.values(), *person.loads.values()):
        request = board.requests.get(request_of(work.leg))
        leg = request.leg_holding(work.offer) if request is not None else None
        if request is not None and leg is not None and work.offer != apart_from:
            gear = gear_for(board.place_register, person, leg.plan, place=request.place, at=at)
            entered.update([gear.line] if gear is not None else ())
    return frozenset(entered)


def tasks_of(board: Board, *, memory: Memory | None = None) -> list[tuple[LegId, Task]]:
    """Return the legs that need people. Legs of a person being erased are not offered any more."""
    kept = (memory or Memory()).tasks
    kept.turn(board.register)
    tasks: list[tuple[LegId, Task]] = []
    for request in sorted(board.requests):
        state = board.requests[request]
        beneficiary = board.residents[state.beneficiary]
        found = kept.get(request, (state, beneficiary), lambda r=request, b=beneficiary: _tasks(board, r, b))  # type: ignore[misc]
        if any(task.papers is not None for _, task in found):
            kept.forget(request)  # a ride looks at passes and cars too
        tasks.extend(found)
    return tasks


def _tasks(board: Board, request: RequestId, beneficiary: Resident) -> tuple[tuple[LegId, Task], ...]:
    if isinstance(beneficiary, Leaving | Erased):
        return ()
    legs = needs_people(board.requests[request])
    return tuple((full_leg_id(request, leg), _task(board, request, leg, beneficiary=beneficiary)) for leg in legs)


def _task(board: Board, request: RequestId, leg: Leg, *, beneficiary: Resident) -> Task:
    state = board.requests[request]
    papers = papers_of(board.read, board.community, request, state=state, plan=leg.plan)
    return Task(state, leg, beneficiary, board.place_register, papers, agreed_time(request, state, leg.plan))


def demands_of(
    tasks: Sequence[tuple[LegId, Task]],
    people: Mapping[ResponderId, Person],
    *,
    policy: Policy,
    at: datetime,
    memory: Memory | None = None,
) -> list[Demand]:
    """Return what is to be placed, most urgent first."""
    memory = memory or Memory()
    near, levels, kept = Nearby(people), levels_of(policy), memory.demands
    kept.turn()
    memory.waits.turn(policy)
    demands: list[Demand] = []
    for (leg, task), (vectors, failed) in zip(tasks, memory.pairs.of(tasks, near, policy=policy, at=at), strict=True):
        waiting = memory.waits.of(leg, task, policy=policy, at=at, levels=levels)
        elsewhere = near.count - len(vectors) - len(failed)
        given = (leg, task, task.leg.vacancies, waiting, vectors, failed, elsewhere)
        demands.append(kept.get(leg, given, partial(Demand, *given)))
    return sorted(demands, key=lambda demand: demand.rank)
