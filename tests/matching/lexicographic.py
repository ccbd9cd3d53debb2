"""The documented objective, level by level, by a solver that shares nothing with ours, for boards of some size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from dispatch.domain.policy_levels import LevelName
from dispatch.domain.values import LegId, ResponderId
from dispatch.matching.demand import Demand
from dispatch.matching.levels import levels_of
from tests.matching.brute import Oracle

Plan = Mapping[LegId, ResponderId | None]
SEED = 7


class Lexicographic:
    """
    The one-person legs of a board as a model for CP-SAT, which is asked for one level after the other.

    Each level is minimised with all those before it held at their least.
    """

    def __init__(self, oracle: Oracle) -> None:
        self.demands: Sequence[Demand] = oracle.demands
        self.levels = levels_of(oracle.policy)
        self.band = self.levels.in_pair(LevelName.LOAD_BAND)
        people = {responder for demand in self.demands for responder in demand.vectors}
        self.bands = {responder: oracle.slots(responder) for responder in sorted(people)}

    def optimum(self, forced: Mapping[LegId, ResponderId] | None = None) -> tuple[int, ...] | None:
        """Return the cost of the best plan on each level; `None` when legs cannot all be where they are forced."""
        model, sums = self._model(forced or {})
        found: list[int] = []
        for terms in sums:
            model.minimize(terms)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.random_seed = SEED
            if solver.solve(model) != cp_model.OPTIMAL:
                return None
            found.append(solver.value(terms))
            model.add(terms == found[-1])
        return tuple(found)

    def _model(self, forced: Mapping[LegId, ResponderId]) -> tuple[cp_model.CpModel, list[cp_model.LinearExpr]]:
        """Return who may take what, everybody's slots, and the sum to be made least on each level."""
        model = cp_model.CpModel()
        terms: list[list[cp_model.LinearExpr]] = [[] for _ in self.levels]
        takes: dict[ResponderId, list[cp_model.IntVar]] = {responder: [] for responder in self.bands}
        for demand in self.demands:
            left = model.new_bool_var("")
            goes = {responder: model.new_bool_var("") for responder in demand.vectors}
            model.add_exactly_one([left, *goes.values()])
            for level, value in enumerate(demand.waiting):
                terms[level].append(left * value)
            for responder, taken in goes.items():
                takes[responder].append(taken)
                for place, value in enumerate(demand.vectors[responder]):
                    if place != self.band:
                        terms[self.levels.waiting + place].append(taken * value)
            if demand.leg in forced:
                model.add(goes[forced[demand.leg]] == 1)
        for responder, bands in self.bands.items():
            slots = [model.new_bool_var("") for _ in bands]
            model.add(sum(takes[responder]) == sum(slots))
            if self.band is not None:
                terms[self.levels.waiting + self.band] += [slot * band for slot, band in zip(slots, bands, strict=True)]
        return model, [cp_model.LinearExpr.sum(some) for some in terms]

    def cost(self, plan: Plan) -> tuple[int, ...]:
        """Return what a plan costs on each level; the plan must keep to everybody's slots."""
        total = [0] * len(self.levels)
        taken: dict[ResponderId, int] = {}
        for demand in self.demands:
            responder = plan[demand.leg]
            if responder is None:
                values: list[int] = [*demand.waiting, *(0 for _ in self.levels.pair)]
            else:
                values = list(self.levels.priced(demand.vectors[responder]))
                number = taken.get(responder, 0)
                taken[responder] = number + 1
                if self.band is not None:
                    values[self.levels.waiting + self.band] = self.bands[responder][number]
            total = [a + b for a, b in zip(total, values, strict=True)]
        return tuple(total)
