"""
Exact min-cost flow: units of work that need one person each, people with slots of rising cost.

Costs are Python integers of any size, so a policy's ordered levels fit into one number and no
tolerance is needed anywhere. The search itself is in `network`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from .network import Network
from .supplies import BadBoard, NotOnBoard, Slots, Supply

__all__ = ["BadBoard", "Certificate", "Flow", "NotOnBoard", "Slots", "Supply", "solve"]


Chain = tuple[tuple[str, str, str], ...]
"""(supply id, from, to) of each supply that moves, first the one that makes room; "" is unserved."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    A plan and the prices that prove it optimal, to be checked by whoever doubts it.

    Attributes
    ----------
    placed, unserved, cost
        The plan.
    prices
        Responder id -> what one more unit of that person's capacity is worth (the dual), for everybody with a slot.
    """

    placed: Mapping[str, str]
    unserved: tuple[str, ...]
    cost: int
    prices: Mapping[str, int]

    def check(self, supplies: Sequence[Supply], slots: Sequence[Slots]) -> list[str]:
        """
        Return every reason why the plan is not proven optimal for this board; none means that it is.

        Notes
        -----
        Nothing is solved and nothing of the solver is used. If at these prices every supply has its
        cheapest choice (arc + price, or unserved), and everybody's slots up to the price and none
        above it are used, then any other plan costs at least as much: weak duality of linear programs.
        """
        costs = {s.id: s.costs for s in slots}
        used = Counter(self.placed.values())
        found = list(self._misplaced(supplies))
        found += [f"{r} has fewer than {n} slots" for r, n in used.items() if n > len(costs.get(r, ()))]
        found += [f"{r} has no price" for r, held in costs.items() if held and r not in self.prices]
        if found:
            return found
        paid = sum(dict(s.arcs)[self.placed[s.id]] if s.id in self.placed else s.unserved for s in supplies)
        paid += sum(sum(held[: used[r]]) for r, held in costs.items())
        if paid != self.cost:
            found.append(f"the plan costs {paid}, not {self.cost}")
        return found + list(self._overpaid(supplies)) + list(self._mispriced(costs, used))

    def _misplaced(self, supplies: Sequence[Supply]) -> Iterator[str]:
        said = Counter((*self.placed, *self.unserved))
        names = {supply.id for supply in supplies}
        yield from (f"{s} is not on the board" for s in said if s not in names)
        for supply in supplies:
            if said[supply.id] != 1:
                yield f"{supply.id} is not exactly once placed or unserved"
            elif supply.id in self.placed and self.placed[supply.id] not in dict(supply.arcs):
                yield f"{supply.id} may not go to {self.placed[supply.id]}"

    def _overpaid(self, supplies: Sequence[Supply]) -> Iterator[str]:
        for supply in supplies:
            choices = {r: cost + self.prices[r] for r, cost in supply.arcs if r in self.prices}
            choices[""] = supply.unserved
            has = self.placed.get(supply.id, "")
            best = min(choices.values())
            if choices[has] > best:
                yield f"{supply.id} at {has or 'nobody'} is {choices[has] - best} above its cheapest choice"

    def _mispriced(self, costs: Mapping[str, tuple[int, ...]], used: Counter[str]) -> Iterator[str]:
        for responder, held in costs.items():
            count = used[responder]
            if any(cost > self.prices[responder] for cost in held[:count]):
                yield f"{responder} uses a slot that costs more than the price"
            if any(cost < self.prices[responder] for cost in held[count:]):
                yield f"{responder} leaves a slot free that costs less than the price"


@dataclass(frozen=True, slots=True)
class Flow:
    """
    The optimum of one board, and the exact answers about its alternatives.

    Attributes
    ----------
    placed
        Supply id -> responder id, in input order.
    unserved
        Ids of what nobody takes, in input order.
    cost
        Arc costs, slot costs and unserved costs together.
    """

    placed: Mapping[str, str]
    unserved: tuple[str, ...]
    cost: int
    _network: Network = field(repr=False, compare=False)

    def certificate(self) -> Certificate:
        """Return the plan with the prices that prove it optimal."""
        proof = certificate_of(self._network)
        return replace(proof, placed=self.placed, unserved=self.unserved, cost=self.cost)

    def forced(self, supply: str) -> Mapping[str, int]:
        """
        Return by how much the whole optimum would rise if a supply were forced elsewhere.

        Returns
        -------
        Mapping
            Responder id -> rise (>= 0; 0 for the one who has it), by id, for everybody in the supply's
            arcs who has a slot at all; last "" -> rise if it were left unserved. Everything else is
            re-optimised: the rise is exactly that of solving again. One search answers for all.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        """
        return forced_of(self._network, supply)

    def chain(self, supply: str, responder: str) -> Chain:
        """
        Return who else would move if a supply were forced onto a responder ("" = left unserved).

        Returns
        -------
        tuple
            (supply id, from, to) for each other supply that moves, first the one that makes room;
            "" is unserved. These moves and the forced one together raise the cost by just `forced`.
            Empty where nobody else is touched.

        Raises
        ------
        NotOnBoard
            There is no such supply, or it cannot go to that responder.
        """
        return chain_of(self._network, supply, responder)

    def chains(self, supply: str, responders: Iterable[str]) -> Mapping[str, Chain]:
        """
        Return `chain` for each of several responders; one search answers for all.

        Raises
        ------
        NotOnBoard
            There is no such supply, or it cannot go to one of them.
        """
        return chains_of(self._network, supply, responders)


def certificate_of(network: Network) -> Certificate:
    """Return a network's plan with the prices that prove it optimal."""
    plan = network.plan()
    return Certificate(
        placed=MappingProxyType({s: r for s, r in plan.items() if r}),
        unserved=tuple(s for s, r in plan.items() if not r),
        cost=network.cost(),
        prices=MappingProxyType(network.prices()),
    )


def forced_of(network: Network, supply: str) -> Mapping[str, int]:
    """Answer `Flow.forced` for the plan that a network holds now."""
    rises = {network.name(node): rise for node, rise in network.rises(network.supply_index(supply)).items()}
    return MappingProxyType({r: rises[r] for r in (*sorted(filter(None, rises)), "")})


def chain_of(network: Network, supply: str, responder: str) -> Chain:
    """Answer `Flow.chain` for the plan that a network holds now."""
    return chains_of(network, supply, (responder,))[responder]


def chains_of(network: Network, supply: str, responders: Iterable[str]) -> Mapping[str, Chain]:
    """Answer `Flow.chains` for the plan that a network holds now."""
    s, wanted = network.supply_index(supply), list(responders)
    found = network.moves(s, [network.choice_index(s, responder) for responder in wanted])
    named = (tuple((network.supplies[m], network.name(a), network.name(b)) for m, a, b in moves) for moves in found)
    return MappingProxyType(dict(zip(wanted, named, strict=True)))


def solve(supplies: Sequence[Supply], slots: Sequence[Slots]) -> Flow:
    """
    Place every supply, or leave it unserved, at the least total cost.

    Parameters
    ----------
    supplies
        The work; one unit each.
    slots
        Everybody named in an arc, with the cost of each further slot.

    Raises
    ------
    BadBoard
        A supply or responder twice, an arc twice or to an unknown responder, an empty responder
        id, a negative cost, falling slot costs.

    Notes
    -----
    Successive shortest augmenting paths: supplies arrive one by one, dearest to leave first, and each
    arrival is one Dijkstra search over responders on reduced costs (Ahuja, Magnanti, Orlin: Network
    Flows, 9.7), so the plan is optimal after each. A search costs time by the people it meets and what
    they hold: made for people with at most some dozens of slots.

    Guaranteed: the cost is the exact minimum. Plan, prices and every answer of `Flow` depend on the
    board only, not on the order of supplies, slots or arcs, on the process or on the machine; only
    `placed` and `unserved` list their ids in the order of `supplies`. Where several plans cost the
    same, which of them it is follows from the ids by the search of this version, and means nothing:
    who wants one right answer puts a tie hash into the lowest digits of the arc costs.
    """
    return flow_of(Network(supplies, slots), supplies)


def flow_of(network: Network, supplies: Sequence[Supply]) -> Flow:
    """Return the plan that a network holds now, in the order of `supplies`."""
    plan = network.plan()
    return Flow(
        placed=MappingProxyType({s.id: plan[s.id] for s in supplies if plan[s.id]}),
        unserved=tuple(s.id for s in supplies if not plan[s.id]),
        cost=network.cost(),
        _network=network,
    )
