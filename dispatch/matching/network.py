"""The flow network: repaired by one shortest path whenever work or people come, go or change, and asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from .residual import NOBODY, SINK
from .searches import Searches
from .supplies import NotOnBoard, Slots, Supply, checked_arcs, checked_costs, checked_unserved


class Network(Searches):
    """
    A board and its optimal plan, kept optimal by every change.

    Parameters
    ----------
    supplies
        The work; all of it arrives, dearest to leave first.
    slots
        Everybody.

    Raises
    ------
    BadBoard
        The board contradicts itself.

    Notes
    -----
    An arrival, and a slot that is taken away while in use, push one unit more through the network: one
    shortest-path search forward, after which prices have risen. A departure, and a new slot below its
    holder's price, leave a vacancy: one search backward, after which prices have fallen (Ahuja,
    Magnanti, Orlin: Network Flows, 9.7 and the sensitivity analysis of 9.11).
    """

    def __init__(self, supplies: Sequence[Supply], slots: Sequence[Slots]) -> None:
        super().__init__()
        for one in sorted(slots, key=lambda s: s.id):
            self._add_person(one)
        work = sorted(supplies, key=lambda s: (-s.unserved, s.id))
        for s in [self._add_supply(supply) for supply in work]:
            self._enter(s)

    def arrive(self, supply: Supply) -> None:
        """
        Bring one more supply into the plan.

        Raises
        ------
        BadBoard
            It is on the board already, or contradicts itself; nothing changed.
        """
        self._enter(self._add_supply(supply))

    def leave(self, supply: str) -> None:
        """
        Take a supply off the board.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        """
        s = self.supply_index(supply)
        r = self.place[s]
        self._forget(s)
        if r != SINK:
            self._fill(r)

    def _forget(self, s: int) -> None:
        """Take a supply off the board; where it was there is a vacancy."""
        self.ways.clear()
        self._clear(s)
        del self.index[self.supplies[s]]
        self.supplies[s], self.unserved[s] = "", 0
        self._gone.append(s)

    def reprice(self, supply: Supply) -> None:
        """
        Give a supply other candidates or costs; nobody moves while its place stays its cheapest choice.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        BadBoard
            It contradicts itself; nothing changed.
        """
        s = self.supply_index(supply.id)
        arcs = checked_arcs(supply, self.nodes)
        place = self.place[s]
        stands = supply.unserved if place == SINK else arcs.get(place)
        self._reach(unserved=supply.unserved, arc=max(arcs.values(), default=0))
        if stands is not None and self._is_cheapest(stands + self.price[place], supply.unserved, arcs):
            self._replace(s, supply.unserved, arcs)
            return
        self.ways.clear()
        self._clear(s)
        if place != SINK:
            self._fill(place)
        self.unserved[s] = supply.unserved
        self._set_arcs(s, arcs)
        self._enter(s)

    def _clear(self, s: int) -> None:
        """Take a supply out of the plan, from where it is or asks."""
        if self.place[s] == SINK:
            self._hush(s)
        else:
            self._lift(s)
        self._set_arcs(s, {})

    def _is_cheapest(self, stands: int, unserved: int, arcs: Mapping[int, int]) -> bool:
        return stands <= unserved and all(stands <= cost + self.price[r] for r, cost in arcs.items())

    def _replace(self, s: int, unserved: int, arcs: dict[int, int]) -> None:
        self.ways.clear()
        place = self.place[s]
        if place == SINK:
            self._hush(s)
        self.unserved[s] = unserved
        self._set_arcs(s, arcs)
        if place == SINK:
            self._ask(s)
        else:
            self._put(s, place)
            self._find_way_out(place)

    def age(self, supply: str, unserved: int) -> None:
        """
        Say what it costs now to leave a supply unserved; who is served already, and waits longer, moves nobody.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        BadBoard
            A negative cost; nothing changed.
        """
        s = self.supply_index(supply)
        checked_unserved(supply, unserved)
        self.ways.clear()
        self._reach(unserved=unserved)
        place = self.place[s]
        if place == SINK:
            self._hush(s)
        self.unserved[s] = unserved
        if place == SINK:
            self.stands[s] = unserved
            self._enter(s)
        elif self.arcs[s][place] + self.price[place] <= unserved:
            self._find_way_out(place)
        else:
            self._lift(s)
            self._ask(s)
            self._fill(place)

    def staff(self, slots: Slots) -> None:
        """
        Set what a responder can still take; a new one joins. No slots at all: nothing can be placed there.

        Raises
        ------
        BadBoard
            The slots contradict themselves; nothing changed.
        """
        self.restaff((), (slots,))

    def restaff(self, gone: Iterable[str], slots: Iterable[Slots]) -> None:
        """
        Take supplies off the board and set what responders can still take, both at once.

        Who leaves together with the slot that they were in, such as work that somebody has agreed to, moves nobody.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        BadBoard
            Slots contradict themselves.
        """
        costs: dict[int, tuple[int, ...]] = {}
        for one in slots:
            if one.id in self.nodes:
                costs[self.nodes[one.id]] = checked_costs(one)
                self._reach(slot=one.costs[-1] if one.costs else 0)
            else:
                self._add_person(one)
        # A vacancy counts as used until its turn comes, so that prices prove the plan for the others meanwhile.
        for s in [self.supply_index(name) for name in gone]:
            r = self.place[s]
            self._forget(s)
            if r != SINK:
                self._find_way_out(r)
                costs.setdefault(r, self.costs[r])
        for r in sorted(costs):
            self._settle(r, costs[r])

    def _settle(self, r: int, costs: tuple[int, ...]) -> None:
        """Give a responder slots of these costs, send on who does not fit at the price, and fill what is cheaper."""
        self.ways.clear()
        held, self.costs[r] = len(self.members[r]), costs
        self._use(r, sum(1 for cost in costs[:held] if cost <= self.price[r]))
        self._find_way_out(r)
        for _ in range(held - self.used[r]):
            self._push([(r, 0)], mover=NOBODY, best=self.beyond)
        while self.used[r] < len(costs) and costs[self.used[r]] < self.price[r]:
            self._use(r, self.used[r] + 1)
            self._fill(r)

    def _enter(self, s: int) -> None:
        self.ways.clear()
        if not self._push(self.arcs[s].items(), mover=s, best=self.unserved[s]):
            self._ask(s)

    def _push(self, ways: Collection[tuple[int, int]], *, mover: int, best: int) -> bool:
        """Push one unit more through the network, raise the prices of all it met, and tell whether it went in."""
        total, end, seen = self._search(ways, mover=mover, best=best)
        price, label, beyond, stands, members = self.price, self.label, self.beyond, self.stands, self.members
        kept = bool(self.seekers)
        for r in seen:
            risen = total - label[r]
            label[r] = beyond
            if risen > price[r]:
                price[r] = risen
                if kept:
                    for s, paid in members[r].items():
                        stands[s] = paid + risen
        if end != SINK:
            self._shift(mover, end)
        return end != SINK

    def _shift(self, first: int, end: int) -> None:
        """
        Move everybody along the path that the search left in `via`, from its end back to the first to move.

        Who has moved would come back first, so the trail for a vacancy is the same path the other way round.
        """
        leaver, via = self.leaver[end], self.via
        if leaver == NOBODY:
            self._use(end, self.used[end] + 1)
        else:
            self._lift(leaver)
            self._ask(leaver)
        r, changed, mover = end, [end], via[end]
        while mover != first:
            origin = self.place[mover]
            del self.members[origin][mover]
            self._put(mover, r)
            r = origin
            changed.append(r)
            via[r], mover = mover, via[r]
        if first != NOBODY:
            self._put(first, r)
        for r in changed:
            self._find_way_out(r)

    def _fill(self, r: int) -> None:
        """Fill a vacancy by the cheapest chain of moves, or give the slot back, and let prices fall."""
        self.ways.clear()
        if not self.seekers:
            self._seek()
        total, node, seen = self._search_vacancy(r)
        price, label, beyond, stands, members = self.price, self.label, self.beyond, self.stands, self.members
        for met in seen:
            fallen = total - label[met]
            label[met] = beyond
            if fallen > 0:
                price[met] = now = price[met] - fallen
                for s, paid in members[met].items():
                    stands[s] = paid + now
        first, changed = self.taker[node], [node]
        leaves, onward = self.leaves, self.onward
        if first == NOBODY:
            self._use(node, self.used[node] - 1)
        else:
            self._hush(first)
            self._put(first, node)
        # Who has moved would go back first, so the trail for a newcomer is the same path the other way round.
        mover, to = leaves[node], onward[node]
        while node != r:
            del self.members[node][mover]
            self._put(mover, to)
            changed.append(to)
            leaves[to], onward[to], mover, node, to = mover, node, leaves[to], to, onward[to]
        for node in changed:
            self._find_way_out(node)

    def plan(self) -> dict[str, str]:
        """Return supply id -> responder id, "" where unserved."""
        return {supply: self.people[self.place[s]] for supply, s in self.index.items()}

    def cost(self) -> int:
        """Return what the plan costs."""
        if self.seekers:
            # What each pays is known by then with the price of where it stands, and quicker to add up.
            paid = sum(map(self.stands.__getitem__, self.index.values()))
            paid -= sum(price * len(held) for price, held in zip(self.price, self.members, strict=True) if held)
        else:
            paid = sum(self._paid(s) for s in self.index.values())
        return paid + sum(sum(costs[:count]) for costs, count in zip(self.costs, self.used, strict=True))

    def prices(self) -> dict[str, int]:
        """Return responder id -> price, of everybody with a slot."""
        return {responder: self.price[r] for responder, r in self.nodes.items() if self.costs[r]}

    def choice_index(self, s: int, responder: str) -> int:
        """
        Return the node of a responder whom a supply can go to, or the sink for "".

        Raises
        ------
        NotOnBoard
            The supply cannot go there.
        """
        node = self.nodes.get(responder, SINK)
        if responder and (node not in self.arcs[s] or not self.costs[node]):
            message = f"Supply {self.supplies[s]} cannot go to {responder}: no arc or no slot; see `forced`."
            raise NotOnBoard(message, supply=self.supplies[s], responder=responder)
        return node

    def rises(self, s: int) -> dict[int, int]:
        """Return node -> rise of the optimum if a supply were forced there, the sink last."""
        able = {r: cost for r, cost in self.arcs[s].items() if self.costs[r]}
        far, _ = self._search_back(self.place[s], wanted={*able, SINK})
        stands = self._paid(s) + self.price[self.place[s]]
        rises = {r: far[r] + cost + self.price[r] - stands for r, cost in able.items()}
        return {**rises, SINK: far[SINK] + self.unserved[s] - stands}

    def moves(self, s: int, nodes: Iterable[int]) -> Iterator[list[tuple[int, int, int]]]:
        """Give, for each node, (supply, from, to) of who makes room in turn if a supply is forced there; one search."""
        wanted, home = list(nodes), self.place[s]
        _, step = self._search_back(home, wanted=set(wanted))
        for node in wanted:
            moved, here = list[tuple[int, int, int]](), node
            while here != home:
                mover, to = step[here]
                if mover != NOBODY:
                    moved.append((mover, here, to))
                here = to
            yield moved
