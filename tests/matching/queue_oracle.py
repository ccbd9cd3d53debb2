"""The documented objective with queues, by trying every place of every queue: for boards of a few legs and people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from dispatch.domain.policy import Policy
from dispatch.domain.policy_levels import LevelName, Measure
from dispatch.domain.values import LegId, ResponderId
from dispatch.matching.board import Board
from dispatch.matching.demand import Demand, demands_of, people_of, tasks_of
from dispatch.matching.levels import levels_of, load_band

Place = tuple[ResponderId, int]
Plan = Mapping[LegId, Place | None]
Vector = tuple[int, ...]


class QueueOracle:
    """Every plan of the one-person legs of a board with queues, and what each costs, level by level."""

    def __init__(self, board: Board, policy: Policy, at: datetime) -> None:
        self.policy, self.levels = policy, levels_of(policy)
        self.people = people_of(board, policy, at)
        self.demands = demands_of(tasks_of(board), self.people, policy=policy, at=at)
        self.efforts: dict[ResponderId, list[int]] = {}
        for demand in self.demands:
            for responder in demand.vectors:
                self.efforts.setdefault(responder, []).append(demand.effort)

    def places(self, responder: ResponderId) -> range:
        """Return the places of somebody's queue that are free."""
        first, legs = self.people[responder].state.open_count, len(self.efforts[responder])
        return range(first, min(self.policy.plan_ahead_max, first + legs))

    def best(self, forced: Mapping[LegId, ResponderId] | None = None) -> list[tuple[Vector, Plan]]:
        """Return the two best plans, the best first, with these legs forced onto somebody's queue."""
        found: list[tuple[Vector, Plan]] = []
        for plan in self._plans(0, {}, forced or {}):
            found = sorted([*found, (self.cost(plan), plan)], key=lambda one: one[0])[:2]
        return found

    def _plans(
        self, index: int, plan: dict[LegId, Place | None], forced: Mapping[LegId, ResponderId]
    ) -> Iterator[Plan]:
        if index == len(self.demands):
            yield dict(plan)
            return
        demand = self.demands[index]
        able = [forced[demand.leg]] if demand.leg in forced else sorted(demand.vectors)
        options: list[Place | None] = [(r, place) for r in able for place in self.places(r)]
        for option in options if demand.leg in forced else [None, *options]:
            if option is None or option not in plan.values():
                yield from self._plans(index + 1, {**plan, demand.leg: option}, forced)

    def cost(self, plan: Plan) -> Vector:
        """Return what a plan costs on each level."""
        total = [0] * len(self.levels)
        for demand in self.demands:
            option = plan[demand.leg]
            one = self.unserved(demand) if option is None else self.placed(demand, *option)
            total = [a + b for a, b in zip(total, one, strict=True)]
        return tuple(total)

    def unserved(self, demand: Demand) -> Vector:
        """Return what leaving a leg costs."""
        cost = [*demand.waiting, *[0] * (len(self.levels) - self.levels.waiting)]
        late = self.levels.names.index(LevelName.HEALTH_LATENESS)
        if cost[late]:
            whole = self.levels.weights[Measure.TURN] * self.policy.plan_ahead_max
            cost[late] = min(self.levels.cap(LevelName.HEALTH_LATENESS), cost[late] + whole)
        return tuple(cost)

    def placed(self, demand: Demand, responder: ResponderId, place: int) -> Vector:
        """Return what a leg costs at a place of a queue."""
        person, weights = self.people[responder], self.levels.weights
        cost = list(self.levels.priced(demand.vectors[responder]))
        waiting, band = self.levels.names.index(LevelName.WAITING), self.levels.names.index(LevelName.LOAD_BAND)
        ahead = place - person.state.open_count
        if ahead:
            # Each further place has a hash of its own, so that two legs of equal points stand in one order only.
            cost[self.levels.names.index(LevelName.TIE)] = self.policy.tie(demand.leg, responder, str(ahead))
        held = load_band(person, extra=ahead * max(self.efforts[responder]))
        if ahead >= self.policy.offers_ahead_max - person.state.open_count:
            cost[waiting] += weights[Measure.LATER]
        cost[waiting] += weights[Measure.FULLER] * (held - cost[band])
        cost[band] = held
        minutes = weights[Measure.TURN] * place
        life, late, points = (self.levels.names.index(name) for name in list(self.levels.names)[: self.levels.waiting])
        cost[life] = 60 * minutes if demand.waiting[life] else 0
        cost[late] = minutes if demand.waiting[late] else 0
        cost[waiting] += minutes * demand.waiting[points]
        return tuple(cost)
