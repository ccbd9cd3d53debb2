"""The search for crews: which of them stand is settled on one live plan, flow after flow; see `formation`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import lcm
from typing import NamedTuple

from .covers import LOOKS_MAX, Cover, Covers, Look, cover_of, peak, short_of
from .root import AFTER, Root
from .supplies import NotOnBoard, Slots, Supply, checked_costs

SIZES = (2, 3, 4)
"""Of crews there are most of; one of another size makes all costs other numbers."""

GRAIN_BITS, ODD_BITS = 40, 32
"""
Prices of covers are by so many bits finer than costs, and the last ones are a hash.

What rounding them loses is nothing of the bound. Without the hash two flows would cost just the same at the price at
which the one becomes the better, and which of them is found would depend on what came before.
"""

ROUNDS = 4
"""Times that covers are looked for, each time with those before priced."""

DIVE_EVERY = 64
"""After so many flows a whole plan is gone for again, from where the bound is least."""

NEAR_TRIES = 64
"""Flows looked at for one neighbourhood on the way to a whole plan."""


@dataclass(frozen=True, slots=True)
class Team:
    """
    A crew that may be formed.

    Attributes
    ----------
    id
        Not on the board twice, nor the id of a supply.
    unserved
        Cost of leaving it, >= 0; a crew counts once.
    places
        For each place to fill: (responder id, cost >= 0) of everybody who may stand there.
    """

    id: str
    unserved: int
    places: tuple[tuple[tuple[str, int], ...], ...]


class _Node(NamedTuple):
    """Crews that are settled, and how; `below` is what no plan with them costs less than. Sorts what promises most."""

    below: int
    order: int
    ways: tuple[tuple[str, bool], ...]


class Search:
    """One live plan, brought from question to question."""

    def __init__(
        self,
        teams: Sequence[Team],
        supplies: Sequence[Supply],
        slots: Sequence[Slots],
        *,
        apart: frozenset[str],
        root: Root,
    ) -> None:
        self.teams = sorted(teams, key=lambda team: (-team.unserved, team.id))
        self.parts = lcm(*SIZES, *(len(team.places) for team in teams))
        self.unit = self.parts << GRAIN_BITS
        self.covers = Covers()
        standing = {r for team in teams for arcs in team.places for r, _ in arcs}
        split = {one.id for one in slots if one.id in apart or (one.id in standing and len(one.costs) > 1)}
        nodes = [node for one in slots for node in _nodes(one, split=one.id in split, unit=self.unit)]
        work = root.scaled(supplies, self.unit, split=split, apart=apart)
        units = [unit for team in self.teams for unit in self._units(team, stands=None)]
        # Above whatever any plan costs: a crew that is to stand is left for no other gain.
        dearest = sum(supply.unserved + _dearest(supply.arcs) for supply in supplies)
        dearest += sum(team.unserved + sum(map(_dearest, team.places)) for team in teams)
        self.needed = 1 + self.unit * (dearest + sum(sum(one.costs) for one in slots))
        self.settled: dict[str, bool] = {}
        self.left = 0
        self.tried = 0
        self.best = -1
        self.members: dict[str, tuple[str, ...]] = {}
        self._by_id = {team.id: team for team in self.teams}
        self._asks = {team.id: frozenset(r for arcs in team.places for r, _ in arcs) for team in self.teams}
        self._known: dict[str, dict[str, tuple[int, str]]] = {}
        self.plan = root.become([*work, *units], nodes, undo=self._undo)
        open_slots = {one.id for one in slots if one.costs}
        self._able = {
            team.id: [frozenset(r for r, _ in arcs if r in open_slots) for arcs in team.places] for team in self.teams
        }

    def run(self, tries: int) -> int:
        """Settle crew after crew; return what no plan costs less than."""
        self._raise_bound(tries // 4)
        nodes, dives = [_Node(0, 0, ())], 0
        while nodes and self._is_open(nodes[0].below) and (self.best < 0 or self.tried < tries):
            if self.tried >= dives * DIVE_EVERY:
                dives += 1
                self._dive(nodes)
                continue
            node = heappop(nodes)
            cost, half = self._look(node)
            for way in self._ways_on(node, half[0], below=cost) if half else ():
                heappush(nodes, way)
        bound = min([self.best, *(self._least(node.below) for node in nodes[:1])])
        self.go(())
        return bound

    def _raise_bound(self, tries: int) -> None:
        """Price crews that cannot all stand and that the flow fills by half; see `covers`."""
        for _ in range(ROUNDS):
            seats = {self.plan.holder(u): (t.id, n) for t in self.teams for n, u in enumerate(_unit_ids(t))}
            seats.pop("", None)
            filled = {t.id: self._filled(t) * self.parts // len(t.places) for t in self.teams}
            found = list[Cover]()
            for team in filter(self._is_half, self.teams):
                here = {r: place for r, place in seats.items() if place[0] == team.id or filled[place[0]] == self.parts}
                for people in dict.fromkeys(short_of(team.id, self._able, some) for some in (seats, here)):
                    cover = cover_of(people, self._able, filled, parts=self.parts)
                    found += [cover] if cover is not None and cover not in found else []
            for cover in found:
                if self.tried + LOOKS_MAX <= tries:
                    self._price(cover)

    def _price(self, cover: Cover) -> None:
        """Give a cover the price at which the flow costs most."""
        before = self.covers.prices.get(cover, 0)
        step, odd = self.parts << ODD_BITS, 0 if before else self.parts * cover.odd(ODD_BITS)
        room = min(self._by_id[name].unserved * self.unit - self.covers.off[name] for name in cover.teams)

        def look(price: int) -> Look:
            self.tried += 1
            self._set_price(cover, before + price)
            filled = sum(self._filled(t) * self.parts // len(t.places) for t in map(self._by_id.get, cover.teams) if t)
            return Look(price, self._cost(), filled - self.parts * cover.most)

        best = peak(look, most=room, step=step, odd=odd, parts=self.parts)
        self._set_price(cover, before + best.price)

    def _set_price(self, cover: Cover, price: int) -> None:
        if self.covers.prices.get(cover, 0) != price:
            self.covers.charge(cover, price)
            for name in sorted(cover.teams):
                for unit in self._units(self._by_id[name], stands=None):
                    self.plan.reprice(unit)

    def _undo(self) -> None:
        """Leave the flow as it was found."""
        self.go(())
        for cover in self.covers.prices:
            self._set_price(cover, 0)

    def _cost(self) -> int:
        """Return what no plan costs less than, with the crews settled that are."""
        return self.plan.cost + self.left + self.covers.given

    def _dive(self, nodes: list[_Node]) -> None:
        """
        Go down to a whole plan, one neighbourhood after another, each as is best while the rest is not settled.

        Crews far apart are no concern of each other: to look at every way of the ones with every way of the others
        is what makes a search long.
        """
        ahead, near, left = [heappop(nodes)], frozenset[str](), 0
        known = self.best
        while ahead and self.best == known:
            node = heappop(ahead)
            cost, half = self._look(node)
            if not half:
                continue
            here = next((team for team in half if team.id in near), None) if left else None
            if here is None:
                # This neighbourhood is whole; what else there is about it stays open for later.
                for other in ahead:
                    heappush(nodes, other)
                here, ahead, left = half[0], [], NEAR_TRIES
                near = self._around(here)
            left -= 1
            for way in self._ways_on(node, here, below=cost):
                heappush(ahead, way)
        for other in ahead:
            heappush(nodes, other)

    def _look(self, node: _Node) -> tuple[int, list[Team]]:
        """
        Look at a flow and keep it if it is the best whole plan.

        Returns what it costs, and the crews that it fills by half, the dearest to leave first; none of a flow below
        which there is nothing to look for. Of a whole plan that costs more than the flow, since prices of covers are
        paid for nothing, those crews that they are paid for.
        """
        self.go(node.ways)
        self.tried += 1
        cost = self._cost()
        below = cost + self.covers.idle(self.settled)
        if not self._is_open(below):
            return below, []
        half = [team for team in self.teams if team.id not in self.settled and self._is_half(team)]
        if not half:
            members = self._members()
            loose = self.covers.loose(members)
            whole = cost + sum(loose.values())
            if self._is_open(whole):
                self.best, self.members = self._least(whole), members
            if self._is_open(below):
                names = {name for cover in loose for name in cover.teams if name not in self.settled}
                half = [team for team in self.teams if team.id in names]
        return below, half

    def _ways_on(self, node: _Node, team: Team, *, below: int) -> Iterator[_Node]:
        """Give both ways to settle a crew that is filled by half, the likelier first."""
        likely = 2 * self._filled(team) >= len(team.places)
        for order, stands in enumerate((likely, not likely)):
            yield _Node(below, order - 2 * self.tried, (*node.ways, (team.id, stands)))

    def _around(self, team: Team) -> frozenset[str]:
        """Return the crews that ask for people whom crews ask for that ask for the same people as this one."""
        near = {team.id}
        for _ in range(2):
            people = {r for name in near for r in self._asks[name]}
            near = {name for name, able in self._asks.items() if not people.isdisjoint(able)}
        return frozenset(near)

    def _is_open(self, below: int) -> bool:
        """Tell whether a plan that costs no less than so much could be cheaper than the best known."""
        # A crew that was to stand and cannot costs more than anything.
        return below < self.needed and (self.best < 0 or self._least(below) < self.best)

    def go(self, ways: Sequence[tuple[str, bool]]) -> None:
        """Settle just these crews, each the way it is said."""
        wanted = dict(ways)
        for name in [name for name, stands in self.settled.items() if wanted.get(name) is not stands]:
            self._unsettle(self._by_id[name])
        for name, stands in ways:
            if name not in self.settled:
                self._settle(self._by_id[name], stands=stands)

    def rises(self, name: str, members: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        """Answer `Formation.rises`, with every crew settled as it was published."""
        found = self._ways(name, members)
        return {responder: found[responder][0] // self.unit for responder in sorted(found)}

    def chain(
        self, name: str, responder: str, members: Mapping[str, tuple[str, ...]]
    ) -> tuple[tuple[str, str, str], ...]:
        """Answer `Formation.chain`, with every crew settled as it was published."""
        found = self._ways(name, members)
        if responder not in found:
            raise NotOnBoard(f"{responder} cannot stand in {name}: see `rises`.", supply=name, responder=responder)
        unit = found[responder][1]
        steps = [(unit, self.plan.holder(unit), responder), *self.plan.chain(unit, responder)]
        plain = ((moved.partition(AFTER)[0], a.rstrip(AFTER), b.rstrip(AFTER)) for moved, a, b in steps)
        return tuple(step for step in plain if step[1] != step[2])

    def _ways(self, name: str, members: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[int, str]]:
        """Return the cheapest way into a crew for everybody who has one: its rise, and the place."""
        if name in self._known:
            return self._known[name]
        for team in self.teams:
            if team.id not in self.settled:
                self._settle(team, stands=team.id in members)
        found = self._known[name] = dict[str, tuple[int, str]]()
        for unit in [unit for team in self.teams if team.id == name for unit in _unit_ids(team)]:
            for responder, rise in self.plan.forced(unit).items():
                if responder and responder not in members[name] and rise < self.needed:
                    found[responder] = min(found.get(responder, (rise, unit)), (rise, unit))
        return found

    def _least(self, cost: int) -> int:
        """Return what a whole plan costs at least where the flow costs so much: whole plans cost whole numbers."""
        return -(-cost // self.unit)

    def _is_half(self, team: Team) -> bool:
        return 0 < self._filled(team) < len(team.places)

    def _filled(self, team: Team) -> int:
        return sum(1 for unit in _unit_ids(team) if self.plan.holder(unit))

    def _members(self) -> dict[str, tuple[str, ...]]:
        here = [team for team in self.teams if self.settled.get(team.id, True) and self._filled(team)]
        return {team.id: tuple(map(self.plan.holder, _unit_ids(team))) for team in here}

    def _settle(self, team: Team, *, stands: bool) -> None:
        self.settled[team.id] = stands
        if stands:
            for unit in self._units(team, stands=True):
                self.plan.reprice(unit)
            return
        self.left += self._share_of_all(team)
        for name in _unit_ids(team):
            self.plan.leave(name)

    def _unsettle(self, team: Team) -> None:
        if self.settled.pop(team.id):
            for unit in self._units(team, stands=None):
                self.plan.reprice(unit)
            return
        self.left -= self._share_of_all(team)
        for freed in self._units(team, stands=None):
            self.plan.arrive(freed)

    def _share_of_all(self, team: Team) -> int:
        """Return what leaving a crew costs in the flow: without what the prices of covers take off."""
        return team.unserved * self.unit - self.covers.off[team.id]

    def _units(self, team: Team, *, stands: bool | None) -> Iterator[Supply]:
        share = 2 * self.needed if stands else self._share_of_all(team) // len(team.places)
        for unit, arcs in zip(_unit_ids(team), team.places, strict=True):
            yield Supply(unit, share, tuple((r, cost * self.unit) for r, cost in arcs))


def _dearest(arcs: Sequence[tuple[str, int]]) -> int:
    return max((cost for _, cost in arcs), default=0)


def _unit_ids(team: Team) -> Iterator[str]:
    return (f"{team.id}{AFTER}{place}" for place in range(len(team.places)))


def _nodes(slots: Slots, *, split: bool, unit: int) -> Iterator[Slots]:
    costs = tuple(cost * unit for cost in checked_costs(slots))
    if not split:
        yield Slots(slots.id, costs)
        return
    yield Slots(slots.id, costs[:1])
    yield Slots(slots.id + AFTER, costs[1:])
