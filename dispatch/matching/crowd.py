"""Everybody, in groups whom the hard rules cannot tell apart: what hundreds of people fail, by asking a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime

from ..domain.community import Registered
from ..domain.values import LegId, ResponderId
from .demand import Demand
from .eligible import Person, Task, all_failures, stranger_failures
from .memory import Memory
from .places import Places
from .roll import token_of
from .waits import anything_opens, moment_of

Relaxation = tuple[tuple[str, ...], int]
"""Rules to waive, and how many could go then."""


class Crowd:
    """
    The people of one match run.

    Two people are in one group when role, skills, clearance, free capacity, personal failures, the car
    they are at the wheel of, whether they are kept free and the side of every control line in force are
    the same. Whoever a leg treats as a person — who serves its place, was asked before, is in its crew,
    is excluded, lives next door or is the beneficiary — is asked alone.
    """

    def __init__(
        self, people: Mapping[ResponderId, Person], register: Registered, at: datetime, *, memory: Memory | None = None
    ) -> None:
        self._people, self._at = people, at
        self._lines = tuple(control for control in register.controls if control.is_active(at))
        self._known = memory or Memory()
        self._tokens = self._known.pairs.tokens if memory else {}
        self._policy = next((people[responder].policy for responder in people), None)
        self._opens = self._policy is not None and anything_opens(self._policy)
        self._rides: dict[LegId, int] = {}
        self._bases: dict[int, Counter[frozenset[str]]] = {}
        self._turn()

    def _turn(self) -> None:
        known, season = self._known, (self._at.toordinal(), self._lines, self._policy)
        age = known.numbers.turn(season)
        for kept in (known.sorts, known.strangers, known.crowds, known.failures, known.relaxations):
            kept.turn(age)
        tokens = self._tokens or {responder: token_of(person) for responder, person in self._people.items()}
        known.groups.turn(age, tokens, lambda who, token: known.numbers.of(self._key(self._people[who], token.failed)))
        self._groups = known.groups

    def _key(self, person: Person, failed: tuple[str, ...]) -> Hashable:
        state = person.state
        return (
            state.role,
            state.skills,
            state.clearance,
            state.capacity - state.load,
            failed,
            tuple((state.side_of(line.place), state.stays_in(line.place, person.at)) for line in self._lines),
            person.car,
            person.driving,
            person.kept,
            person.promised,
        )

    def failing(self, demand: Demand) -> Counter[frozenset[str]]:
        """Return how many fail each set of rules for a leg, those who could go left out."""
        sort, task = self._sort(demand), demand.task
        found = Counter(self._base(sort, task))
        for responder in self._alone(demand):
            found[self._strangers(sort, self._groups.of[responder], task)] -= 1
            if responder not in demand.vectors:
                found[self._failures(demand, responder)] += 1
        return +found

    def recall(self, demand: Demand, make: Callable[[], Relaxation]) -> Relaxation:
        """Return what would help a leg: as the last run found it, if nothing that it looks at has changed."""
        task, tokens = demand.task, self._tokens
        if not tokens or task.papers is not None:
            return make()
        sort, known = self._sort(demand), tuple([tokens[responder] for responder in self._alone(demand)])
        parts = (task, sort, demand.people, demand.vectors, self._base(sort, task), known)
        return self._known.relaxations.get(demand.leg, parts, make)

    def _sort(self, demand: Demand) -> int:
        """Return the number of what people whom a leg does not know see of it."""
        task = demand.task
        if task.papers is not None:
            return self._rides.setdefault(demand.leg, self._known.numbers.lone())  # it looks at passes and cars too
        moment = self._moment(task)
        return self._known.sorts.get(
            demand.leg, (task, moment), lambda: self._known.numbers.of(self._seen(task, moment))
        )

    def _seen(self, task: Task, moment: int) -> Hashable:
        positions = tuple(position.name for position in task.leg.open_positions)
        place = task.request.place if self._lines else None
        isolated, urgency = task.beneficiary.isolated, task.request.urgency
        return task.leg.plan, positions, isolated, urgency, task.agreed, moment, place

    def _moment(self, task: Task) -> int:
        return 0 if self._policy is None or not self._opens else moment_of(task, self._policy, self._at)

    def _base(self, sort: int, task: Task) -> Counter[frozenset[str]]:
        """Return how many would fail each set of rules if the leg knew nobody."""
        if sort not in self._bases:
            counts: Counter[frozenset[str]] = Counter()
            for group, members in self._groups.members.items():
                counts[self._strangers(sort, group, task)] += len(members)
            self._bases[sort] = self._known.crowds.get(sort, (counts,), lambda: counts)
        return self._bases[sort]

    def _strangers(self, sort: int, group: int, task: Task) -> frozenset[str]:
        one = next(iter(self._groups.members[group]))
        return self._known.strangers.get((sort, group), (), lambda: stranger_failures(self._people[one], task))

    def _failures(self, demand: Demand, responder: ResponderId) -> frozenset[str]:
        """Return what somebody fails whom a leg knows."""
        token, task = self._tokens.get(responder), demand.task
        if token is None or task.papers is not None:
            return frozenset(all_failures(self._people[responder], task))
        known = self._known.failures.get(demand.leg, (task, self._moment(task)), dict)
        if responder not in known or known[responder][0] is not token:
            failed = all_failures(self._people[responder], task, personal=token.failed)
            known[responder] = (token, frozenset(failed))
        return known[responder][1]

    def lacking(self, demand: Demand) -> Demand | None:
        """Return the demand for a position of a crew that nobody is left for, or `None` (R9)."""
        return Places(demand, self._people).lacking()

    def _alone(self, demand: Demand) -> list[ResponderId]:
        task = demand.task
        found = dict.fromkeys((*demand.vectors, *demand.failed))
        named = (*task.leg.tried, *(ask.responder for ask in task.leg.asks), *task.beneficiary.excluded)
        found.update(dict.fromkeys(responder for responder in sorted(named) if responder in self._people))
        found.update(dict.fromkeys(self._groups.as_resident.get(task.request.beneficiary, ())))
        if task.beneficiary.neighbours_excluded and task.beneficiary.place.building is not None:
            found.update(dict.fromkeys(self._groups.by_home.get(task.beneficiary.place.building, ())))
        return list(found)
