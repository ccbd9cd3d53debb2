"""The documented objective, by trying everything: an oracle for boards of a few legs and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product

from dispatch.domain.policy import Policy
from dispatch.domain.policy_levels import LevelName
from dispatch.domain.values import LegId, ResponderId
from dispatch.matching.board import Board
from dispatch.matching.demand import Demand, demands_of, people_of, tasks_of
from dispatch.matching.eligible import Person
from dispatch.matching.levels import levels_of, load_band

Plan = Mapping[LegId, ResponderId | None]
Vector = tuple[int, ...]


class Oracle:
    """Every plan of the one-person legs of a board, and what each costs, level by level."""

    def __init__(self, board: Board, policy: Policy, at: datetime) -> None:
        self.people: Mapping[ResponderId, Person] = people_of(board, policy, at)
        every = demands_of(tasks_of(board), self.people, policy=policy, at=at)
        self.demands: Sequence[Demand] = [demand for demand in every if demand.task.leg.plan.crew == 1]
        self.policy = policy
        self.levels = levels_of(policy)
        self.band = self.levels.in_pair(LevelName.LOAD_BAND)

    def slots(self, responder: ResponderId) -> list[int]:
        """Return the load band of a responder's first, second, … leg of this run, as many as he can take."""
        person = self.people[responder]
        efforts = sorted((d.effort for d in self.demands if responder in d.vectors), reverse=True)
        free = person.state.capacity - person.state.load
        most = person.ahead_max - person.state.open_count
        count = 0
        while count < min(most, len(efforts)) and sum(efforts[: count + 1]) <= free:
            count += 1
        return [load_band(person, extra=index * efforts[0]) for index in range(count)]

    def plans(self, forced: Mapping[LegId, ResponderId] | None = None) -> list[tuple[Vector, Plan]]:
        """Return every plan with its cost, cheapest first."""
        forced = forced or {}
        choices = [
            [forced[demand.leg]] if demand.leg in forced else [None, *sorted(demand.vectors)] for demand in self.demands
        ]
        slots = {responder: self.slots(responder) for demand in self.demands for responder in demand.vectors}
        found = []
        for picks in product(*choices):
            cost = self._cost(picks, slots)
            if cost is not None:
                plan = {demand.leg: pick for demand, pick in zip(self.demands, picks, strict=True)}
                found.append((cost, plan))
        return sorted(found, key=lambda one: one[0])

    def _cost(self, picks: Sequence[ResponderId | None], slots: Mapping[ResponderId, list[int]]) -> Vector | None:
        total = [0] * len(self.levels)
        taken: dict[ResponderId, int] = {}
        for demand, pick in zip(self.demands, picks, strict=True):
            if pick is None:
                levels: Vector = (*demand.waiting, *(0 for _ in self.levels.pair))
            else:
                bands, number = slots[pick], taken.get(pick, 0)
                if number >= len(bands):
                    return None
                taken[pick] = number + 1
                vector = list(demand.vectors[pick])
                if self.band is not None:
                    vector[self.band] = bands[number]
                levels = self.levels.priced(vector)
            total = [a + b for a, b in zip(total, levels, strict=True)]
        return tuple(total)
