"""What crews and one-person legs cost together: in whole numbers for the search, level by level for the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ..domain.values import LegId, ResponderId
from .demand import Demand, Taken
from .eligible import Person
from .formation import Team
from .levels import Scale, load_band, waited_vector
from .memory import Joint, Memory
from .places import Places
from .queues import Prices, Queue, efforts_of, queue_of
from .root import Root
from .sent import NOTHING_SENT, Lifted
from .singles import Placed, place_singles
from .supplies import Slots, Supply

LEGS_MIN = 63
"""Legs that a scale has room for at least."""

Costs = tuple[int, ...]
"""Sums over a whole board, one for each level, most important first."""


class Question(NamedTuple):
    """
    What the search is asked: crews, one-person legs, what everybody can take.

    `apart` are the ids of those whose first slot is for crews alone; `root` is what is known of such a question.
    """

    teams: list[Team]
    supplies: list[Supply]
    slots: list[Slots]
    apart: set[str]
    root: Root


class Weighing:
    """
    The crews and one-person legs of a run as one question.

    Parameters
    ----------
    crews, singles
        Legs that need several people, and one.
    people
        Everybody.
    sent
        Sent offers that may be taken back.
    memory
        What the last run left of such questions.

    Notes
    -----
    Leaving a crew costs what leaving a leg costs, once, and once more for each member who was asked already:
    those would be sent home for nothing. How long it has waited counts for each of its people: else as many legs
    that have just come, one for each of them, would be served before it for hours, again and again (L3). A crew
    starts together, so each member has it first in their queue.
    """

    def __init__(
        self,
        crews: Sequence[Demand],
        singles: Sequence[Demand],
        people: Mapping[ResponderId, Person],
        *,
        sent: Lifted = NOTHING_SENT,
        memory: Memory | None = None,
    ) -> None:
        self.crews, self.singles, self.people, self.sent = crews, singles, people, sent
        self._memory = memory or Memory()
        self.levels = levels = next(iter(people.values())).levels
        legs = len(singles) + len(sent.offers) + sum(demand.people + len(demand.task.leg.asks) for demand in crews)
        # The same for about as many legs, so that costs stay what they were. How parts of a unit compare, and so which
        # flows are looked at, is a matter of the scale: a run without a memory has the same.
        self.scale = Scale.of(levels, legs=1 << max(LEGS_MIN, legs - 1).bit_length())
        self._prices = Prices(levels, self.scale, next(iter(people.values())).policy.places_max)
        self._most = [level.cap * legs for level in levels]
        self._free = {**people, **sent.holders}
        self._efforts = efforts_of([*singles, *(one.demand for one in sent.offers)])
        self._places = {demand.leg: Places(demand, people) for demand in crews}
        self.able = [demand for demand in crews if self._places[demand.leg].can_all_be_filled()]

    def place_singles(self, taken: Mapping[ResponderId, Taken], *, memory: Memory | None = None) -> Placed:
        """Return what becomes of one-person legs around crews that have taken so much."""
        return place_singles(self.singles, self._free, taken=taken, sent=self.sent.offers, memory=memory)

    def question(self, *, heaviest: bool = False) -> Question:
        """
        Return it as flows see it: nobody can take less, and nothing is dearer, than in whatever plan is published.

        Parameters
        ----------
        heaviest
            Reckon with the greatest effort of any crew instead: then what a crew leaves is there, and perhaps more.

        Notes
        -----
        A crew takes the first slot, and one of the least effort leaves most for one-person legs, of which
        each counts with the greatest effort of all candidates, as in `queues`. Where such a crew takes nothing
        from them its slot is one more, for crews alone. What heavier crews leave is settled when the one-person
        legs are placed around them.
        """
        efforts: dict[ResponderId, int] = {}
        choose = max if heaviest else min
        for demand in self.able:
            for r in demand.vectors:
                efforts[r] = choose(efforts.get(r, demand.effort), demand.effort)
        queues, apart = dict[ResponderId, Queue](), set[str]()
        for r in sorted({*self._efforts, *efforts}):
            queues[r], is_apart = self._queue(r, efforts.get(r), heaviest=heaviest)
            apart.update([r] if is_apart else [])
        slots = [one for r in queues for one in self._slots(queues[r], efforts.get(r), is_apart=r in apart)]
        joint = self._memory.joint_heaviest if heaviest else self._memory.joint
        supplies = self._supplies(queues, joint)
        return Question([self._team(demand, queues) for demand in self.able], supplies, slots, apart, joint.root)

    def _supplies(self, queues: Mapping[ResponderId, Queue], joint: Joint) -> list[Supply]:
        prices = self._prices
        joint.turn(prices.levels, prices.scale, prices.places)
        every: list[tuple[Demand, ResponderId | None]] = [(demand, None) for demand in self.singles]
        every += [(one.demand, one.ask.responder) for one in self.sent.offers]
        return [
            joint.supplies.get(
                demand.leg,
                (demand.vectors, demand.waiting, asked, prices.shape_of(demand, queues, asked=asked)),
                partial(prices.supply, demand, queues, asked=asked),
            )
            for demand, asked in every
        ]

    def _queue(self, r: ResponderId, effort: int | None, *, heaviest: bool) -> tuple[Queue, bool]:
        """Return what somebody can take, a crew included, and whether a slot of it is for crews alone."""
        person, efforts = self._free[r], self._efforts.get(r, [])
        alone = queue_of(person, efforts or [0], Taken())
        if effort is None:
            return alone, False
        if not efforts:
            return replace(alone, now=1, places=1), False
        beside = queue_of(person, efforts, Taken(1, effort))
        if person.policy.plan_ahead_max:
            now, places = max(alone.now, 1 + beside.now), max(alone.places, 1 + beside.places)
            return replace(alone, now=now, places=places), False
        if beside.places >= alone.places:
            # Where all the legs they could take fit in, there is none to take the slot of a crew.
            return replace(alone, places=1 + alone.places), alone.places < len(efforts)
        return replace(alone, places=1 + beside.places if heaviest else alone.places), False

    def _slots(self, queue: Queue, effort: int | None, *, is_apart: bool) -> list[Slots]:
        first = 0 if is_apart else min(queue.largest, queue.largest if effort is None else effort)
        extras = [0, *(first + further * queue.largest for further in range(queue.places - 1))][: queue.places]
        costs = [load_band(queue.person, extra=extra) * self._prices.band for extra in extras]
        if not queue.person.policy.plan_ahead_max:
            return [Slots(queue.person.id, tuple(costs))]
        return [Slots(node, (cost,)) for (node, _), cost in zip(queue.nodes, costs, strict=True)]

    def _team(self, demand: Demand, queues: Mapping[ResponderId, Queue]) -> Team:
        candidates = self._places[demand.leg].candidates()
        ways = {r: (queues[r].nodes[0][0], self._standing(demand, r)) for r in demand.vectors}
        return Team(demand.leg, self._left(demand), tuple(tuple(ways[r] for r in able) for able in candidates))

    def _standing(self, demand: Demand, r: ResponderId) -> int:
        """Return what somebody costs in a crew: it waits for what they have in hand; their load is the slot's."""
        prices, place = self._prices, self._free[r].state.open_count
        waits = prices.places_of(demand)[min(place, prices.places - 1)] if prices.places else 0
        return prices.sent(demand, r) + waits

    def _left(self, demand: Demand) -> int:
        waited = self.scale.cost(waited_vector(demand.waiting, demand.task, levels=self.levels))
        return _counts(demand) * self._prices.unserved(demand) + (demand.people - 1) * waited

    def costs(self, members: Mapping[LegId, Sequence[ResponderId]], placed: Placed) -> Costs:
        """Return what a plan costs: its crews, and the one-person legs as they are placed around them."""
        total = self.scale.decode(self._of_crews(members))
        if placed.flow is None or placed.scale is None:
            return total
        return tuple(a + b for a, b in zip(total, placed.scale.decode(placed.flow.cost), strict=True))

    def _of_crews(self, members: Mapping[LegId, Sequence[ResponderId]]) -> int:
        cost = 0
        for demand in self.crews:
            standing = members.get(demand.leg, ())
            bands = sum(load_band(self._free[r], extra=0) for r in standing)
            cost += bands * self._prices.band + sum(self._standing(demand, r) for r in standing)
            cost += 0 if standing else self._left(demand)
        return cost

    def at_least(self, bound: int) -> Costs:
        """
        Return the least costs, level by level, of any plan, where the search says that none goes below a bound.

        Notes
        -----
        A part of a unit on one level is written as more than any plan can have on the levels below: then the
        level itself has one unit more at least.
        """
        idle = (demand for demand in self.crews if demand not in self.able)
        rest = bound + sum(self._left(demand) for demand in idle)
        found: list[int] = []
        for weight, most in zip(self.scale.weights, self._most, strict=True):
            value, rest = divmod(rest, weight)
            if value > most and found:
                found[-1] += 1
                return (*found, *[0] * (len(self._most) - len(found)))
            found.append(value)
        return tuple(found)


def _counts(demand: Demand) -> int:
    """Return how often a crew counts when it is left: once, and once for everybody who was asked already."""
    return 1 + len(demand.task.leg.asks)
