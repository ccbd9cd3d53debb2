"""
The residual network under `network`: who holds what at which price, and the ways in and out of every node.

Nodes are one sink (node 0) and responders. A step moves one supply: from responder to responder, into
a free slot, out of service, or into service.
"""

from __future__ import annotations

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

    Searches write `via[r]`, who moves to r, `leaves[r]`, who moves from there, and `onward[r]`, where to.

    From the first vacancy on, this is kept too: `seekers[r]` has the arcs into r; `stands[s]` is what a supply pays,
    price included; `asking[r]` is what unserved work would gain there before the price; `worth[r]` is the dearest
    that a vacancy at r can be filled with from outside: such work (`taker[r]`), or its last slot given back.
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
        self.asking: list[dict[int, int]] = []
        self.worth: list[int] = []
        self.taker: list[int] = []
        self.ways: dict[int, list[tuple[int, int, int]]] = {}
        self._gone: list[int] = []
        self._most = (0, 0, 0)
        # Above every path cost, so that no search takes it for one.
        self.beyond = 1
        self.out = [self.beyond]
        self.leaver = [NOBODY]
        # What a search finds. Between searches every label is `beyond`; the rest is the trail for the next one.
        self.label = [self.beyond]
        self.via = [NOBODY]
        self.leaves = [NOBODY]
        self.onward = [SINK]

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
        self.leaves.append(NOBODY)
        self.onward.append(SINK)
        if self.seekers:
            self.seekers.append({})
            self.asking.append({})
            self.worth.append(0)
            self.taker.append(NOBODY)
        return node

    def _add_supply(self, supply: Supply) -> int:
        """Put a supply on the board, not yet in the plan: it neither has a place nor asks for one."""
        arcs = checked_arcs(supply, self.nodes)
        name, unserved = supply.id, supply.unserved
        if name in self.index:
            message = f"Supply {name} is on the board twice; give each once."
            raise BadBoard(message, rule="supply_is_named_once", supply=name)
        self._reach(unserved=unserved, arc=max(arcs.values(), default=0))
        if self._gone:
            s = self._gone.pop()
            self.supplies[s], self.unserved[s], self.place[s] = name, unserved, SINK
        else:
            s = len(self.supplies)
            self.supplies.append(name)
            self.unserved.append(unserved)
            self.arcs.append({})
            self.place.append(SINK)
            self.stands.append(0)
        self.index[name] = s
        self._set_arcs(s, arcs)
        return s

    def _set_arcs(self, s: int, arcs: dict[int, int]) -> None:
        """Say who may take a supply that has no place and does not ask for one."""
        if self.seekers:
            seekers = self.seekers
            for r in self.arcs[s]:
                del seekers[r][s]
            for r, cost in arcs.items():
                seekers[r][s] = cost
        self.arcs[s] = arcs
        self.stands[s] = self.unserved[s]

    def _reach(self, *, unserved: int = 0, slot: int = 0, arc: int = 0) -> None:
        """Keep `beyond` above every path cost, when dearer things come."""
        known_unserved, known_slot, known_arc = self._most
        if unserved <= known_unserved and slot <= known_slot and arc <= known_arc:
            return
        self._most = (max(unserved, known_unserved), max(slot, known_slot), max(arc, known_arc))
        needed = 1 + 2 * self._most[0] + self._most[1] + self._most[2]
        if needed <= self.beyond:
            return
        before, self.beyond = self.beyond, 2 * needed
        self.label = [self.beyond] * len(self.people)
        self.out = [self.beyond if way == before else way for way in self.out]

    def _put(self, s: int, r: int) -> None:
        """Place a supply that does not ask."""
        paid = self.arcs[s][r]
        self.members[r][s] = paid
        self.place[s] = r
        self.stands[s] = paid + self.price[r]

    def _lift(self, s: int) -> None:
        """Take a supply out of its place; it does not ask yet."""
        del self.members[self.place[s]][s]
        self.place[s] = SINK
        self.stands[s] = self.unserved[s]

    def _ask(self, s: int) -> None:
        """Let a supply without a place wait for a vacancy."""
        if not self.seekers:
            return
        asking, worth, taker, unserved = self.asking, self.worth, self.taker, self.unserved[s]
        for r, cost in self.arcs[s].items():
            asking[r][s] = gain = unserved - cost
            if gain > worth[r]:
                worth[r], taker[r] = gain, s

    def _hush(self, s: int) -> None:
        """Let a supply without a place wait no more."""
        if not self.seekers:
            return
        asking, taker = self.asking, self.taker
        for r in self.arcs[s]:
            del asking[r][s]
            if taker[r] == s:
                self._find_way_in(r)

    def _find_way_in(self, r: int) -> None:
        """Find what a vacancy is filled with from outside; nothing where nobody can be."""
        count = self.used[r]
        best, taker = self.costs[r][count - 1] if count else 0, NOBODY
        for s, gain in self.asking[r].items():
            if gain > best:
                best, taker = gain, s
        self.worth[r], self.taker[r] = best, taker

    def _find_way_out(self, r: int) -> None:
        costs, count, unserved = self.costs[r], self.used[r], self.unserved
        best, leaver = costs[count] if count < len(costs) else self.beyond, NOBODY
        for s, paid in self.members[r].items():
            way = unserved[s] - paid
            if way < best:
                best, leaver = way, s
        self.out[r], self.leaver[r] = best, leaver

    def _use(self, r: int, count: int) -> None:
        """Say how many slots of a responder are in use."""
        self.used[r] = count
        if self.seekers:
            self._find_way_in(r)

    def _paid(self, s: int) -> int:
        return self.arcs[s].get(self.place[s], self.unserved[s])

    def _seekers_of(self, node: int) -> dict[int, int]:
        """Return supply -> cost of those with an arc to a node; made when somebody first asks, and kept then."""
        if not self.seekers:
            self._seek()
        return self.seekers[node]

    def _seek(self) -> None:
        """Make what is kept from the first vacancy on."""
        count = len(self.people)
        self.seekers = [{} for _ in range(count)]
        self.asking = [{} for _ in range(count)]
        self.worth, self.taker = [0] * count, [NOBODY] * count
        for s, arcs in enumerate(self.arcs):
            for r, cost in arcs.items():
                self.seekers[r][s] = cost
        for r in range(1, count):
            self._find_way_in(r)
            for s, paid in self.members[r].items():
                self.stands[s] = paid + self.price[r]
        for s in self.index.values():
            if self.place[s] == SINK:
                self._ask(s)

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
