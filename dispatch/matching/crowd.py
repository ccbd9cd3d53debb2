"""Everybody, in groups whom the hard rules cannot tell apart: what hundreds of people fail, by asking a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..domain.community import Registered
from ..domain.values import BuildingId, ResidentId, ResponderId
from .demand import Demand
from .eligible import Person, all_failures, personal_failures
from .places import Places


class Crowd:
    """
    The people of one match run.

    Two people are in one group when role, skills, clearance, free capacity, personal failures, the car
    they are at the wheel of, whether they are kept free and the side of every control line in force are
    the same. Whoever a leg treats as a person — who serves its place, was asked before, is in its crew,
    is excluded, lives next door or is the beneficiary — is asked alone.
    """

    def __init__(self, people: Mapping[ResponderId, Person], register: Registered, at: datetime) -> None:
        self._people = people
        self._lines = tuple(control.place for control in register.controls if control.is_active(at))
        self._groups: dict[Any, list[ResponderId]] = {}
        self._group_of: dict[ResponderId, Any] = {}
        self._by_home: dict[BuildingId, list[ResponderId]] = {}
        self._as_resident: dict[ResidentId, list[ResponderId]] = {}
        for responder, person in people.items():
            key = self._key(person)
            self._groups.setdefault(key, []).append(responder)
            self._group_of[responder] = key
            state = person.state
            if state.home is not None and state.home.building is not None:
                self._by_home.setdefault(state.home.building, []).append(responder)
            if state.resident is not None:
                self._as_resident.setdefault(state.resident, []).append(responder)

    def _key(self, person: Person) -> Any:
        state = person.state
        sides = tuple((state.side_of(line), state.stays_in(line, person.at)) for line in self._lines)
        return (
            state.role,
            state.skills,
            state.clearance,
            state.capacity - state.load,
            personal_failures(person),
            sides,
            person.car,
            person.driving,
            person.kept,
        )

    def failing(self, demand: Demand) -> Counter[frozenset[str]]:
        """Return how many fail each set of rules for a leg, those who could go left out."""
        alone = set(self._alone(demand))
        found: Counter[frozenset[str]] = Counter()
        for responder in alone:
            if responder not in demand.vectors:
                found[frozenset(all_failures(self._people[responder], demand.task))] += 1
        met = Counter(self._group_of[responder] for responder in alone)
        for key, members in self._groups.items():
            count = len(members) - met[key]
            if count:
                one = next(responder for responder in members if responder not in alone)
                found[frozenset(all_failures(self._people[one], demand.task))] += count
        return found

    def lacking(self, demand: Demand) -> Demand | None:
        """Return the demand for a position of a crew that nobody is left for, or `None` (R9)."""
        return Places(demand, self._people).lacking()

    def _alone(self, demand: Demand) -> Iterator[ResponderId]:
        task = demand.task
        yield from demand.vectors
        yield from demand.failed
        named = (*task.leg.tried, *(ask.responder for ask in task.leg.asks), *task.beneficiary.excluded)
        yield from (responder for responder in named if responder in self._people)
        yield from self._as_resident.get(task.request.beneficiary, ())
        if task.beneficiary.neighbours_excluded and task.beneficiary.place.building is not None:
            yield from self._by_home.get(task.beneficiary.place.building, ())
