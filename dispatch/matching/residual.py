"""
The residual network under `network`: who holds what at which price, and the two searches on it.

Nodes are one sink (node 0) and responders. A step moves one supply: from responder to responder, into
a free slot, out of service, or into service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush

from .supplies import BadBoard, NotOnBoard, Slots, Supply, checked_arcs, checked_costs

NOBODY = -1
"""Stands where no supply moves: a slot is taken or given back."""

SINK = 0
"""The node where unserved work is, and where every unit ends."""


class Residual:
    """
    The board by index, and the flow on it.

    Between changes this holds, whatever came before: for responder r,
    `costs[r][used - 1] <= price[r] <= costs[r][used]`; every supply has the cheapest of its choices, arc +
    price or unserved; `out[r]` is the cheapest way for a unit to leave r for the sink: a free slot, or a
    member (`leaver[r]`) out of service. That is the proof of optimality, so whatever keeps it keeps the optimum.
    """

    def __init__(self) -> None:
        self.people = [""]
        self.nodes: dict[str, int] = {}
        self.costs: list[tuple[int, ...]] = [()]
        self.members: list[dict[int, int]] = [{}]
        self.used = [0]
        self.price = [0]
        self.supplies: list[str] = []
        self.index: dict[str, int] = {}
        self.unserved: list[int] = []
        self.arcs: list[dict[int, int]] = []
        self.place: list[int] = []
        self.seekers: list[dict[int, int]] = []
        self.stands: list[int] = []
        self.ways: dict[int, list[tuple[int, int, int]]] = {}
        self._gone: list[int] = []
        self._most = [0, 0, 0]
        # Above every path cost, so that no search takes it for one.
        self.beyond = 1
        self.out = [self.beyond]
        self.leaver = [NOBODY]
        self.label = [self.beyond]
        self.via = [NOBODY]

    def _add_person(self, slots: Slots) -> int:
        costs = checked_costs(slots)
        if slots.id in self.nodes:
            message = f"Responder {slots.id} is on the board twice; give each once."
            raise BadBoard(message, rule="responder_is_named_once", responder=slots.id)
        self._reach(slot=costs[-1] if costs else 0)
        self.nodes[slots.id] = node = len(self.people)
        self.people.append(slots.id)
        self.costs.append(costs)
        self.members.append({})
        self.used.append(0)
        self.price.append(costs[0] if costs else 0)
        self.out.append(costs[0] if costs else self.beyond)
        self.leaver.append(NOBODY)
        self.label.append(self.beyond)
        self.via.append(NOBODY)
        if self.seekers:
            self.seekers.append({})
        return node

    def _add_supply(self, supply: Supply) -> int:
        """Put a supply on the board, unserved and not yet in the plan."""
        arcs = checked_arcs(supply, self.nodes)
        if supply.id in self.index:
            message = f"Supply {supply.id} is on the board twice; give each once."
            raise BadBoard(message, rule="supply_is_named_once", supply=supply.id)
        self._reach(unserved=supply.unserved, arc=max(arcs.values(), default=0))
        if self._gone:
            s = self._gone.pop()
            self.supplies[s], self.unserved[s], self.place[s] = supply.id, supply.unserved, SINK
        else:
            s = len(self.supplies)
            self.supplies.append(supply.id)
            self.unserved.append(supply.unserved)
            self.arcs.append({})
            self.place.append(SINK)
            self.stands.append(0)
        self.index[supply.id] = s
        self._set_arcs(s, arcs)
        return s

    def _set_arcs(self, s: int, arcs: dict[int, int]) -> None:
        """Say who may take a supply that is where all it pays is its unserved cost."""
        if self.seekers:
            seekers = self.seekers
            for r in self.arcs[s].keys() - arcs.keys():
                del seekers[r][s]
            for r, cost in arcs.items():
                seekers[r][s] = cost
        self.arcs[s] = arcs
        self.stands[s] = self.unserved[s]

    def _reach(self, *, unserved: int = 0, slot: int = 0, arc: int = 0) -> None:
        """Keep `beyond` above every path cost, when dearer things come."""
        self._most = [max(known, new) for known, new in zip(self._most, (unserved, slot, arc), strict=True)]
        needed = 1 + 2 * self._most[0] + self._most[1] + self._most[2]
        if needed <= self.beyond:
            return
        before, self.beyond = self.beyond, 2 * needed
        self.label = [self.beyond] * len(self.people)
        self.out = [self.beyond if way == before else way for way in self.out]

    def _search(self, ways: Iterable[tuple[int, int]], *, mover: int, best: int) -> tuple[int, int, list[int]]:
        """
        Search for the cheapest path to the sink from where a new unit may go in.

        Parameters
        ----------
        ways
            (node, cost) of each way in, which `mover` takes.
        best
            Cost of not going in at all.

        Returns
        -------
        total, end, seen
            The cost of the path, the last responder on it (the sink: not going in), all that are labelled.
        """
        arcs, members, price, out, label, via = self.arcs, self.members, self.price, self.out, self.label, self.via
        end, beyond = SINK, self.beyond
        seen, queue = [], []
        for r, cost in ways:
            if cost + price[r] < best:
                label[r], via[r] = cost, mover
                seen.append(r)
                queue.append((cost + price[r], r))
                if cost + out[r] < best:
                    best, end = cost + out[r], r
        heapify(queue)
        # The hot loop of every drain: a label is a true path cost, its key in the queue adds the price.
        while queue:
            key, r = heappop(queue)
            if key >= best:
                break
            here = label[r]
            if here + price[r] != key:
                continue
            for member, paid in members[r].items():
                base = here - paid
                for to, cost in arcs[member].items():
                    there = base + cost
                    if there < label[to] and there + price[to] < best:
                        if label[to] == beyond:
                            seen.append(to)
                        label[to], via[to] = there, member
                        heappush(queue, (there + price[to], to))
                        if there + out[to] < best:
                            best, end = there + out[to], to
        return best, end, seen

    def _put(self, s: int, r: int) -> None:
        paid = self.arcs[s][r]
        self.members[r][s] = paid
        self.place[s] = r
        self.stands[s] = paid + self.price[r]

    def _take(self, s: int) -> None:
        """Take a supply out of service."""
        del self.members[self.place[s]][s]
        self.place[s] = SINK
        self.stands[s] = self.unserved[s]

    def _set_price(self, r: int, price: int) -> None:
        self.price[r] = price
        if self.seekers:
            stands = self.stands
            for s, paid in self.members[r].items():
                stands[s] = paid + price

    def _find_way_out(self, r: int) -> None:
        costs, count = self.costs[r], self.used[r]
        best, leaver = costs[count] if count < len(costs) else self.beyond, NOBODY
        for s, paid in self.members[r].items():
            if self.unserved[s] - paid < best:
                best, leaver = self.unserved[s] - paid, s
        self.out[r], self.leaver[r] = best, leaver

    def _paid(self, s: int) -> int:
        return self.arcs[s].get(self.place[s], self.unserved[s])

    def _search_vacancy(self, r: int) -> tuple[int, tuple[int, int], dict[int, int], dict[int, tuple[int, int]]]:
        """
        Search for the cheapest way to fill a vacancy: moves that end in a slot given back, or in unserved work.

        Returns
        -------
        total, end, far, step
            The reduced cost; (supply that comes into service or nobody, where); node -> reduced cost of the vacancy
            there, for all that are nearer than `total`; node -> (supply that moves out of it, where to).
        """
        stands, place, price = self.stands, self.place, self.price
        best, end = price[r] - self.costs[r][self.used[r] - 1], (NOBODY, r)
        reached, far, step = {r: 0}, dict[int, int](), dict[int, tuple[int, int]]()
        queue = [(0, r)]
        while queue:
            here, node = heappop(queue)
            if here >= best:
                break
            if node in far:
                continue
            far[node] = here
            base = here + price[node]
            # The hot loop of every departure: only who would gain more than what is found already is looked at.
            gain = base - best
            for s, cost in self._seekers_of(node).items():
                if cost + gain >= stands[s] or (origin := place[s]) == node:
                    continue
                there = base + cost - stands[s]
                if origin == SINK:
                    if there < best:
                        best, end = there, (s, node)
                elif there < reached.get(origin, best):
                    reached[origin], step[origin] = there, (s, node)
                    heappush(queue, (there, origin))
                    freed = there + price[origin] - self.costs[origin][self.used[origin] - 1]
                    if freed < best:
                        best, end = freed, (NOBODY, origin)
        return best, end, far, step

    def _search_back(self, goal: int, *, wanted: set[int]) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
        """
        Search from a vacated place backwards until every wanted node is met.

        Returns node -> reduced cost of the cheapest way for one unit from there to the goal, and
        node -> (supply that moves, next node) on it. The queue holds one way per met node, its next cheapest.
        """
        far, step = {goal: 0}, dict[int, tuple[int, int]]()
        queue: list[tuple[int, int, int, int]] = []
        pending: dict[int, Iterator[tuple[int, int, int]]] = {}

        def look(node: int) -> None:
            for rise, origin, mover in pending[node]:
                if origin not in far:
                    heappush(queue, (far[node] + rise, node, origin, mover))
                    return

        pending[goal] = iter(self._ways_into(goal))
        look(goal)
        missing = wanted - {goal}
        while missing:
            rise, node, origin, mover = heappop(queue)
            if origin not in far:
                far[origin], step[origin] = rise, (mover, node)
                missing.discard(origin)
                pending[origin] = iter(self._ways_into(origin))
                look(origin)
            look(node)
        return far, step

    def _ways_into(self, node: int) -> Sequence[tuple[int, int, int]]:
        """Return the cheapest residual step from each node as (reduced cost, from, supply that moves), in order."""
        if node not in self.ways:
            steps = self._steps_to_sink() if node == SINK else self._steps_into(node)
            self.ways[node] = sorted((rise, origin, mover) for origin, (rise, mover) in steps.items())
        return self.ways[node]

    def _steps_to_sink(self) -> dict[int, tuple[int, int]]:
        return {r: (self.out[r] - self.price[r], self.leaver[r]) for r, costs in enumerate(self.costs) if costs}

    def _steps_into(self, node: int) -> dict[int, tuple[int, int]]:
        best: dict[int, tuple[int, int]] = {}
        if self.used[node]:
            best[SINK] = (self.price[node] - self.costs[node][self.used[node] - 1], NOBODY)
        stands, place, here = self.stands, self.place, self.price[node]
        for s, cost in self._seekers_of(node).items():
            origin = place[s]
            if origin != node:
                rise = cost + here - stands[s]
                if origin not in best or rise < best[origin][0]:
                    best[origin] = (rise, s)
        return best

    def _seekers_of(self, node: int) -> dict[int, int]:
        """Return supply -> cost of those with an arc to a node; made when somebody first asks, and kept then."""
        if not self.seekers:
            self.seekers = [{} for _ in self.people]
            for s, arcs in enumerate(self.arcs):
                for r, cost in arcs.items():
                    self.seekers[r][s] = cost
            for r in range(1, len(self.people)):
                self._set_price(r, self.price[r])
        return self.seekers[node]

    def name(self, node: int) -> str:
        """Return a responder's id; "" for the sink, where unserved work is."""
        return self.people[node]

    def supply_index(self, supply: str) -> int:
        """
        Return a supply's index.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        """
        if supply not in self.index:
            raise NotOnBoard(f"Supply {supply} is not on this board; ask the flow that placed it.", supply=supply)
        return self.index[supply]
