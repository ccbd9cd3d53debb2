"""
Who stands where in whose queue: the places that the exact flow fills, and what each costs.

A policy that plans ahead gives each responder places: the first is now, the next after one leg more, and
so on. Each place takes one leg. Standing further back costs the minutes until then, times the points of
the leg, so that what is urgent stands in front (load alone would let it wait). Only the first places are
offered; the others are a plan, made anew by every run and told to nobody.

A policy that does not plan has slots instead: as many as may be offered, any leg in any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter, mul

from ..domain.policy_levels import LevelName, Measure
from ..domain.values import ResponderId
from .demand import Demand, Taken
from .eligible import Person
from .flow import Slots, Supply
from .levels import Levels, Scale, load_band

_PLACE = "@"
"""Stands between a responder and a place in the name of a node; no id has it."""


def node_of(responder: ResponderId, place: int) -> str:
    """Return the name of a place in somebody's queue, in the flow."""
    return f"{responder}{_PLACE}{place}"


def read_node(node: str) -> tuple[ResponderId, int | None]:
    """Return whose place a node of the flow is, and which; `None` where the policy does not plan."""
    responder, _, place = node.partition(_PLACE)
    return ResponderId(responder), int(place) if place else None


@dataclass(frozen=True)
class Queue:
    """
    What one responder can still take in this run.

    Attributes
    ----------
    first
        Place of the next leg: as many as are in hand stand before it.
    now
        How many legs may be offered now.
    places
        How many are planned, those offered included.
    """

    person: Person
    first: int
    now: int
    places: int
    largest: int
    taken: Taken

    def is_now(self, place: int | None) -> bool:
        """Tell whether what stands at a place is offered now."""
        return place is None or place < self.first + self.now

    @property
    def shape(self) -> tuple[int, ...]:
        """
        What the choices of a leg depend on besides what it costs to send this person: their free places.

        What they have in hand besides, since the hash of a place is counted from there and not from a crew of this run.
        """
        return self.first, self.now, self.places, self.person.state.open_count

    @cached_property
    def nodes(self) -> tuple[tuple[str, int | None], ...]:
        """Return the flow's nodes for it, with their places; the one node of a policy that does not plan has none."""
        if not self.person.policy.plan_ahead_max:
            return ((self.person.id, None),)
        return tuple((node_of(self.person.id, place), place) for place in range(self.first, self.first + self.places))

    def slots(self, prices: Prices) -> list[Slots]:
        """
        Return the slots of its nodes: each leg before counts as the largest candidate, so bands never fall.

        A crew that this run gave them counts as no more than that either: where it stands in the queue then costs the
        same as a leg there, and which crews are best can be proven (`weighing`). The next run sees what it weighs.
        """
        before = min(self.taken.effort, self.taken.legs * self.largest)
        bands = (load_band(self.person, extra=before + index * self.largest) for index in range(self.places))
        costs = tuple(band * prices.band for band in bands)
        if not self.person.policy.plan_ahead_max:
            return [Slots(self.person.id, costs)]
        return [Slots(node, (cost,)) for (node, _), cost in zip(self.nodes, costs, strict=True)]


def queue_of(person: Person, largest: Sequence[int], taken: Taken) -> Queue:
    """
    Return somebody's queue.

    Parameters
    ----------
    largest
        Efforts of all legs they could take, the largest first.
    taken
        What this run has given them already.
    """
    now, first = slot_count(person, largest, taken), person.state.open_count + taken.legs
    places = now
    if person.policy.plan_ahead_max:
        places = max(now, min(person.policy.plan_ahead_max - first, len(largest)))
    return Queue(person, first, now, places, largest[0], taken)


def slot_count(person: Person, largest: Sequence[int], taken: Taken) -> int:
    """
    Return how many legs somebody can be asked for now, whichever of his candidates they are; the largest come first.

    Who is at the wheel of a car takes one leg a run: two of them might both be driven, and nobody drives
    two (R13). The next run sees which it was.
    """
    free = person.state.capacity - person.state.load - taken.effort
    # A crew may come beside an offer that is out, and does not take it back by that alone.
    horizon = max(person.ahead_max - person.state.open_count - taken.legs, person.told - person.state.open_count)
    if person.car is not None:
        horizon = min(horizon, 1 - taken.legs)
    count = 0
    while count < min(horizon, len(largest)) and sum(largest[: count + 1]) <= free:
        count += 1
    return count


def efforts_of(demands: Sequence[Demand]) -> dict[ResponderId, list[int]]:
    """Return the efforts of everybody's candidate legs, the largest first."""
    efforts: dict[ResponderId, list[int]] = {}
    # In the order of the demands among those of one effort, as a stable sort has it.
    for effort, demand in sorted(((-demand.effort, demand) for demand in demands), key=itemgetter(0)):
        for responder in demand.vectors:
            if responder in efforts:
                efforts[responder].append(-effort)
            else:
                efforts[responder] = [-effort]
    return efforts


Known = dict[ResponderId, tuple[tuple[object, ...], Sequence[tuple[str, int, int]]]]
"""For one leg, by candidate: what it was priced for, and the nodes, places and costs that came of it."""


@dataclass(frozen=True)
class Prices:
    """
    What things cost as one number, on the board of one run.

    Attributes
    ----------
    places
        How many places of a queue the policy plans; 0 where it does not.
    """

    levels: Levels
    scale: Scale
    places: int

    def weight(self, name: LevelName) -> int:
        """Return what one unit on a level costs; 0 where the policy does without the level."""
        index = self.levels.index(name)
        return 0 if index is None else self.scale.weights[index]

    @cached_property
    def band(self) -> int:
        """What one load band costs: on its own level, and where it is weighed against minutes."""
        fuller = self.levels.weights[Measure.FULLER] * self.weight(LevelName.WAITING)
        return self.weight(LevelName.LOAD_BAND) + fuller

    @cached_property
    def later(self) -> int:
        """
        What standing at a place costs from which nothing is offered now, beyond its minutes.

        No less than the nearness that is weighed against minutes: then nobody waits for somebody who would suit
        better while another who could go is idle.
        """
        return self.levels.weights[Measure.LATER] * self.weight(LevelName.WAITING)

    @cached_property
    def _urgent(self) -> tuple[tuple[int, int, int], ...]:
        """The levels on which a place costs time by itself: where they stand, what a unit costs, units a minute."""
        units = ((LevelName.LIFE_WAITING, 60), (LevelName.HEALTH_LATENESS, 1))
        known = ((self.levels.index(name), self.weight(name), unit) for name, unit in units)
        return tuple((index, weight, unit) for index, weight, unit in known if index is not None)

    @cached_property
    def _points(self) -> tuple[int, int]:
        # Every order has the level `unserved`; see `policy_levels`.
        return self.levels.names.index(LevelName.UNSERVED), self.weight(LevelName.WAITING)

    @cached_property
    def _of_pair(self) -> tuple[int, ...]:
        """What a unit of each level of a vector costs apart from the load, which is the slot's."""
        weights, band = list(self.scale.weights[self.levels.waiting :]), self.levels.in_pair(LevelName.LOAD_BAND)
        if band is not None:
            weights[band] -= self.band
        return tuple(weights)

    @cached_property
    def _tie_in_pair(self) -> int | None:
        return self.levels.in_pair(LevelName.TIE)

    def sent(self, demand: Demand, responder: ResponderId) -> int:
        """Return what sending somebody costs at the first place of a queue; their load is the slot's."""
        return sum(map(mul, demand.vectors[responder], self._of_pair))

    def unserved(self, demand: Demand) -> int:
        """
        Return what leaving a leg unserved costs.

        Where places are planned, help for health that is late is later by a whole plan, so that no place
        in a queue is dearer than none.
        """
        index = self.levels.index(LevelName.HEALTH_LATENESS)
        waiting = list(demand.waiting)
        if index is not None and waiting[index]:
            waiting[index] = self._late(waiting[index])
        return self.scale.cost(waiting)

    def _late(self, minutes: int) -> int:
        whole = self.levels.weights[Measure.TURN] * self.places
        return min(self.levels.cap(LevelName.HEALTH_LATENESS), minutes + whole)

    def places_of(self, demand: Demand) -> tuple[int, ...]:
        """
        Return what standing at each place costs beyond sending: the minutes until then, by what waits.

        Seconds for a threat to life, minutes for help for health that is late, and for every leg minutes
        times points on the level `waiting`.
        """
        minutes = [self.levels.weights[Measure.TURN] * place for place in range(self.places)]
        index, weight = self._points
        costs = [demand.waiting[index] * weight * passed for passed in minutes]
        for index, weight, unit in self._urgent:
            most = demand.waiting[index]
            if most:
                most = self._late(most) if unit == 1 else most
                costs = [cost + weight * min(most, unit * passed) for cost, passed in zip(costs, minutes, strict=True)]
        return tuple(costs)

    def _tie(self, demand: Demand, queue: Queue, place: int) -> int:
        """
        Return what the hash of a further place costs beyond that of the first.

        Two legs of equal points may stand in either order in a queue: without a hash of the place both orders
        cost the same, and which one it is would depend on what came before.
        """
        # Counted from what is in hand, whether or not this run put a crew first: a place has one hash (`weighing`).
        who, index = queue.person, self._tie_in_pair
        further = place - who.state.open_count
        if not further or index is None:
            return 0
        first = demand.vectors[who.id][index]
        return self.weight(LevelName.TIE) * (who.policy.tie(demand.leg, who.id, str(further)) - first)

    def shape_of(
        self, demand: Demand, queues: Mapping[ResponderId, Queue], *, asked: ResponderId | None = None
    ) -> tuple[object, ...]:
        """Return what the choices of a leg depend on besides what it costs: the free places of its candidates."""
        if not self.places:
            return ()
        shape = tuple([queues[r].shape for r in demand.vectors])
        return shape if asked is None else (*shape, queues[asked].now)

    def supply(
        self,
        demand: Demand,
        queues: Mapping[ResponderId, Queue],
        *,
        asked: ResponderId | None = None,
        known: Known | None = None,
    ) -> Supply:
        """
        Return a leg as the flow places it.

        Parameters
        ----------
        asked
            Who holds a sent offer for it, which another place would take back.
        known
            What each candidate's queue cost the leg when it was last priced: read, and written anew.
        """
        change = self.weight(LevelName.CHANGES) if asked is not None else 0
        arcs: list[tuple[str, int]] = []
        if self.places:
            further = self.places_of(demand)
            for responder in sorted(demand.vectors):
                for node, place, cost in self._arcs(demand, queues[responder], known=known):
                    stays = responder == asked and queues[responder].is_now(place)
                    arcs.append((node, cost + further[place] + (0 if stays else change)))
        else:
            arcs += ((r, self.sent(demand, r) + (0 if r == asked else change)) for r in sorted(demand.vectors))
        return Supply(id=demand.leg, unserved=self.unserved(demand) + change, arcs=tuple(arcs))

    def _arcs(self, demand: Demand, queue: Queue, *, known: Known | None) -> Sequence[tuple[str, int, int]]:
        """Return the nodes of a queue, their places, and what each costs apart from the minutes."""
        who = queue.person
        given = (demand.vectors[who.id], queue.first, queue.now, queue.places, who.state.open_count)
        before = None if known is None else known.get(who.id)
        if before is not None and before[0] == given:
            return before[1]
        sent, arcs = self.sent(demand, who.id), list[tuple[str, int, int]]()
        for index in range(queue.places):
            place = queue.first + index
            later = 0 if queue.is_now(place) else self.later
            arcs.append((node_of(who.id, place), place, sent + later + self._tie(demand, queue, place)))
        if known is not None:
            known[who.id] = (given, arcs)
        return arcs
