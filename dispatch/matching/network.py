"""
The flow network under `flow`: the board by index, arrivals by shortest augmenting paths, and searches back.

Nodes are responders and one sink. A step in the residual network moves one supply: from responder to
responder, into a free slot, out of service, or into service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

_NOBODY = -1
"""Stands where no supply moves: a slot is taken or given back."""


class BadBoard(ValueError):
    """
    The board contradicts itself; nothing was solved.

    Attributes
    ----------
    rule
        What is broken, as a sentence: `supply_is_named_once`, `cost_is_not_negative`, …
    supply, responder
        Where; None where the rule is not about one.
    """

    def __init__(self, message: str, *, rule: str, supply: str | None = None, responder: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.supply = supply
        self.responder = responder


class NotOnBoard(LookupError):
    """A question names a supply, or a choice of a supply, that the solved board does not have."""

    def __init__(self, message: str, *, supply: str, responder: str | None = None) -> None:
        super().__init__(message)
        self.supply = supply
        self.responder = responder


@dataclass(frozen=True, slots=True)
class Supply:
    """
    One unit of work to place: one leg that needs one person.

    Attributes
    ----------
    id
        Not on the board twice.
    unserved
        Cost of leaving it unserved, >= 0.
    arcs
        (responder id, cost >= 0) of everybody who may take it; each responder at most once.
    """

    id: str
    unserved: int
    arcs: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Slots:
    """
    What one responder can still take.

    Attributes
    ----------
    id
        Not empty: "" stands for «left unserved».
    costs
        Cost of the first, second, … slot, >= 0 and never falling (convex load). As many as the
        responder has capacity; none means that nothing can be placed there.
    """

    id: str
    costs: tuple[int, ...]


class Network:
    """
    The board by index, in an order of its own, and the flow on it.

    Between arrivals this holds, whatever came before (so a later step may add and take away):
    for responder r, `costs[r][used - 1] <= price[r] <= costs[r][used]`; every arrived supply has the
    cheapest of its choices, arc + price or unserved; `out[r]` is the cheapest way for a unit to leave r
    for the sink: a free slot, or a member (`leaver[r]`) out of service. Prices rise with arrivals only.
    """

    def __init__(self, supplies: Sequence[Supply], slots: Sequence[Slots]) -> None:
        people = sorted(slots, key=lambda s: s.id)
        work = sorted(supplies, key=lambda s: (-s.unserved, s.id))
        self.people = [s.id for s in people]
        self.costs = [_checked_costs(s) for s in people]
        index = _index(self.people, what="Responder", rule="responder_is_named_once")
        self.supplies = [s.id for s in work]
        self.index = _index(self.supplies, what="Supply", rule="supply_is_named_once")
        self.unserved = [s.unserved for s in work]
        self.arcs = [self._usable(_checked_arcs(s, index)) for s in work]
        self.sink = len(people)
        self.place = [self.sink] * len(work)
        self.members: list[dict[int, int]] = [{} for _ in people]
        self.used = [0] * len(people)
        self.price = [costs[0] if costs else 0 for costs in self.costs] + [0]
        # Above every path cost, so that no search takes it for one.
        self.beyond = 1 + 2 * max(self.unserved, default=0) + max((c[-1] for c in self.costs if c), default=0)
        self.beyond += max((max(arcs.values()) for arcs in self.arcs if arcs), default=0)
        self.out = [costs[0] if costs else self.beyond for costs in self.costs]
        self.leaver = [_NOBODY] * len(people)
        self.label = [self.beyond] * len(people)
        self.via = [_NOBODY] * len(people)
        self.ways: dict[int, list[tuple[int, int, int]]] = {}
        self.seekers: list[list[int]] = []

    def _usable(self, arcs: dict[int, int]) -> dict[int, int]:
        return {r: arcs[r] for r in sorted(arcs) if self.costs[r]}

    def arrive(self, s: int) -> None:
        """Bring one more supply into the plan by a shortest augmenting path; the plan stays optimal."""
        self.ways.clear()
        total, end, seen = self._search(s)
        for r in seen:
            self.price[r] = max(self.price[r], total - self.label[r])
            self.label[r] = self.beyond
        if end != self.sink:
            self._shift(s, end)

    def _search(self, s: int) -> tuple[int, int, list[int]]:
        """Return the cost of the cheapest path of a new supply to the sink, the last responder on it, all labelled."""
        arcs, members, price, out, label, via = self.arcs, self.members, self.price, self.out, self.label, self.via
        best, end = self.unserved[s], self.sink
        seen, queue = [], []
        for r, cost in arcs[s].items():
            if cost + price[r] < best:
                label[r], via[r] = cost, s
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
            for mover, paid in members[r].items():
                base = here - paid
                for to, cost in arcs[mover].items():
                    there = base + cost
                    if there < label[to] and there + price[to] < best:
                        if label[to] == self.beyond:
                            seen.append(to)
                        label[to], via[to] = there, mover
                        heappush(queue, (there + price[to], to))
                        if there + out[to] < best:
                            best, end = there + out[to], to
        return best, end, seen

    def _shift(self, s: int, end: int) -> None:
        """Move everybody along the path that the search left in `via`, from its end back to the new supply."""
        leaver = self.leaver[end]
        if leaver == _NOBODY:
            self.used[end] += 1
        else:
            del self.members[end][leaver]
            self.place[leaver] = self.sink
        r, changed = end, [end]
        while (mover := self.via[r]) != s:
            origin = self.place[mover]
            del self.members[origin][mover]
            self._put(mover, r)
            r = origin
            changed.append(r)
        self._put(s, r)
        for r in changed:
            self._find_way_out(r)

    def _put(self, s: int, r: int) -> None:
        self.members[r][s] = self.arcs[s][r]
        self.place[s] = r

    def _find_way_out(self, r: int) -> None:
        costs, count = self.costs[r], self.used[r]
        best, leaver = costs[count] if count < len(costs) else self.beyond, _NOBODY
        for s, paid in self.members[r].items():
            if self.unserved[s] - paid < best:
                best, leaver = self.unserved[s] - paid, s
        self.out[r], self.leaver[r] = best, leaver

    def plan(self) -> dict[str, str]:
        """Return supply id -> responder id, "" where unserved."""
        return {supply: self.name(self.place[s]) for s, supply in enumerate(self.supplies)}

    def cost(self) -> int:
        """Return what the plan costs."""
        paid = sum(self._paid(s) for s in range(len(self.supplies)))
        return paid + sum(sum(costs[:count]) for costs, count in zip(self.costs, self.used, strict=True))

    def prices(self) -> dict[str, int]:
        """Return responder id -> price, of everybody with a slot."""
        return {responder: self.price[r] for r, responder in enumerate(self.people) if self.costs[r]}

    def _paid(self, s: int) -> int:
        return self.arcs[s].get(self.place[s], self.unserved[s])

    def name(self, node: int) -> str:
        """Return a responder's id; "" for the sink, where unserved work is."""
        return "" if node == self.sink else self.people[node]

    def supply_index(self, supply: str) -> int:
        """Return a supply's index."""
        if supply not in self.index:
            raise NotOnBoard(f"Supply {supply} is not on this board; ask the flow that placed it.", supply=supply)
        return self.index[supply]

    def choice_index(self, s: int, responder: str) -> int:
        """Return the node of a responder whom a supply can go to, or the sink for ""."""
        nodes = {self.name(r): r for r in (*self.arcs[s], self.sink)}
        if responder not in nodes:
            message = f"Supply {self.supplies[s]} cannot go to {responder}: no arc or no slot; see `forced`."
            raise NotOnBoard(message, supply=self.supplies[s], responder=responder)
        return nodes[responder]

    def rises(self, s: int) -> dict[int, int]:
        """Return node -> rise of the optimum if a supply were forced there, the sink last."""
        far, _ = self._search_back(self.place[s], wanted={*self.arcs[s], self.sink})
        stands = self._paid(s) + self.price[self.place[s]]
        rises = {r: far[r] + cost + self.price[r] - stands for r, cost in self.arcs[s].items()}
        return {**rises, self.sink: far[self.sink] + self.unserved[s] - stands}

    def moves(self, s: int, node: int) -> Iterator[tuple[int, int, int]]:
        """Give (supply, from, to) of everybody who makes room in turn if a supply is forced onto a node."""
        _, step = self._search_back(self.place[s], wanted={node})
        while node != self.place[s]:
            mover, to = step[node]
            if mover != _NOBODY:
                yield mover, node, to
            node = to

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

    def _ways_into(self, node: int) -> list[tuple[int, int, int]]:
        """Return the cheapest residual step from each node as (reduced cost, from, supply that moves), in order."""
        if node not in self.ways:
            steps = self._steps_to_sink() if node == self.sink else self._steps_into(node)
            self.ways[node] = sorted((rise, origin, mover) for origin, (rise, mover) in steps.items())
        return self.ways[node]

    def _steps_to_sink(self) -> dict[int, tuple[int, int]]:
        return {r: (self.out[r] - self.price[r], self.leaver[r]) for r, costs in enumerate(self.costs) if costs}

    def _steps_into(self, node: int) -> dict[int, tuple[int, int]]:
        best: dict[int, tuple[int, int]] = {}
        if self.used[node]:
            best[self.sink] = (self.price[node] - self.costs[node][self.used[node] - 1], _NOBODY)
        if not self.seekers:
            self.seekers = [[] for _ in self.people]
            for s, arcs in enumerate(self.arcs):
                for r in arcs:
                    self.seekers[r].append(s)
        for s in self.seekers[node]:
            origin = self.place[s]
            rise = self.arcs[s][node] + self.price[node] - self._paid(s) - self.price[origin]
            if origin != node and (origin not in best or rise < best[origin][0]):
                best[origin] = (rise, s)
        return best


def _index(names: Sequence[str], *, what: str, rule: str) -> dict[str, int]:
    index: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in index:
            where = {"supply" if what == "Supply" else "responder": name}
            raise BadBoard(f"{what} {name} is on the board twice; give each once.", rule=rule, **where)
        index[name] = place
    return index


def _checked_costs(slots: Slots) -> tuple[int, ...]:
    who = slots.id
    if not who:
        message = "A responder has the empty id, which stands for «left unserved»; give every responder an id."
        raise BadBoard(message, rule="responder_has_an_id", responder=who)
    last = 0
    for place, cost in enumerate(slots.costs, 1):
        if cost < 0:
            message = f"Slot {place} of responder {who} costs {cost}; costs are >= 0."
            raise BadBoard(message, rule="cost_is_not_negative", responder=who)
        if cost < last:
            message = f"Slot {place} of responder {who} costs {cost} after {last}; a further slot never costs less."
            raise BadBoard(message, rule="slot_costs_never_fall", responder=who)
        last = cost
    return slots.costs


def _checked_arcs(supply: Supply, index: Mapping[str, int]) -> dict[int, int]:
    name = supply.id
    if supply.unserved < 0:
        message = f"Leaving supply {name} unserved costs {supply.unserved}; costs are >= 0."
        raise BadBoard(message, rule="cost_is_not_negative", supply=name)
    arcs: dict[int, int] = {}
    for responder, cost in supply.arcs:
        r = index.get(responder, _NOBODY)
        if r == _NOBODY:
            message = f"Supply {name} names responder {responder}, who is not on the board; add slots or drop the arc."
            raise BadBoard(message, rule="arc_names_a_known_responder", supply=name, responder=responder)
        if r in arcs:
            message = f"Supply {name} names responder {responder} twice; keep one arc."
            raise BadBoard(message, rule="arc_is_named_once", supply=name, responder=responder)
        if cost < 0:
            message = f"Supply {name} costs {cost} at responder {responder}; costs are >= 0."
            raise BadBoard(message, rule="cost_is_not_negative", supply=name, responder=responder)
        arcs[r] = cost
    return arcs
