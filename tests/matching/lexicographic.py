"""The documented objective, level by level, by a solver that shares nothing with ours, for boards of some size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ortools.sat.python import cp_model

from dispatch.domain.policy_levels import LevelName
from dispatch.domain.values import LegId, ResponderId
from tests.matching.brute import Oracle
from tests.matching.queue_oracle import QueueOracle

Plan = Mapping[LegId, ResponderId | None]
Levels = tuple[int, ...]
SEED = 7


class Option(NamedTuple):
    """One way to serve a leg: who, on which of the nodes that have slots, and what that costs beside the slot."""

    responder: ResponderId
    node: tuple[ResponderId, int]
    cost: Levels


class Lexicographic:
    """
    The one-person legs of a board as a model for CP-SAT, which is asked for one level after the other.

    Each level is minimised with all those before it held at their least. With queues each place is a node
    of one slot; without them everybody is one node, whose slots cost a load band each.
    """

    def __init__(self, oracle: Oracle | QueueOracle) -> None:
        self.levels = oracle.levels
        self.unserved: dict[LegId, Levels] = {}
        self.options: dict[LegId, list[Option]] = {}
        self.slots: dict[tuple[ResponderId, int], list[int]] = {}
        self.band = self.levels.index(LevelName.LOAD_BAND)
        if isinstance(oracle, QueueOracle):
            self._queues(oracle)
        else:
            self._slots(oracle)

    def _slots(self, oracle: Oracle) -> None:
        pair_band = self.levels.in_pair(LevelName.LOAD_BAND)
        for demand in oracle.demands:
            self.unserved[demand.leg] = (*demand.waiting, *(0 for _ in self.levels.pair))
            self.options[demand.leg] = []
            for responder, vector in demand.vectors.items():
                bandless = [0 if place == pair_band else value for place, value in enumerate(vector)]
                self.options[demand.leg].append(Option(responder, (responder, 0), self.levels.priced(bandless)))
                self.slots[responder, 0] = oracle.slots(responder)

    def _queues(self, oracle: QueueOracle) -> None:
        for demand in oracle.demands:
            self.unserved[demand.leg] = oracle.unserved(demand)
            self.options[demand.leg] = [
                Option(responder, (responder, place), oracle.placed(demand, responder, place))
                for responder in demand.vectors
                for place in oracle.places(responder)
            ]
            self.slots |= {option.node: [0] for option in self.options[demand.leg]}

    def optimum(self, forced: Mapping[LegId, ResponderId] | None = None) -> Levels | None:
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
        takes: dict[tuple[ResponderId, int], list[cp_model.IntVar]] = {node: [] for node in self.slots}
        for leg, options in self.options.items():
            left, goes = model.new_bool_var(""), [model.new_bool_var("") for _ in options]
            model.add_exactly_one([left, *goes])
            for taken, cost in ((left, self.unserved[leg]), *zip(goes, (o.cost for o in options), strict=True)):
                for level, value in enumerate(cost):
                    terms[level].append(taken * value)
            for taken, option in zip(goes, options, strict=True):
                takes[option.node].append(taken)
                if leg in forced and option.responder != forced[leg]:
                    model.add(taken == 0)
            if leg in forced:
                model.add(left == 0)
        for node, bands in self.slots.items():
            slots = [model.new_bool_var("") for _ in bands]
            model.add(sum(takes[node]) == sum(slots))
            if self.band is not None:
                terms[self.band] += [slot * band for slot, band in zip(slots, bands, strict=True)]
        return model, [cp_model.LinearExpr.sum(some) for some in terms]

    def cost(self, plan: Plan) -> Levels:
        """Return what a plan without queues costs on each level; it must keep to everybody's slots."""
        total = [0] * len(self.levels)
        taken: dict[ResponderId, int] = {}
        for leg, responder in plan.items():
            cost = list(self.unserved[leg])
            if responder is not None:
                cost = list(next(option.cost for option in self.options[leg] if option.responder == responder))
                number = taken.get(responder, 0)
                taken[responder] = number + 1
                cost[self.band or 0] += self.slots[responder, 0][number]
            total = [a + b for a, b in zip(total, cost, strict=True)]
        return tuple(total)
