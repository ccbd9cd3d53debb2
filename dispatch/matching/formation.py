"""
Which crews are formed, and by whom, while everybody else's work counts too: branch and bound over exact flows.

A crew is all or nothing, so the whole is no flow any more. Two things are. Let each place of a crew be a
unit of work of its own, left unserved for its share of what the crew costs unserved: a min-cost flow, and no plan
costs less than its optimum (a crew that stands costs the same in both; one that is left pays all its shares). And
once it is settled which crews stand and which do not, who stands where is a flow again. So crews of which the flow
fills some places only are settled one after another, each time one way and then the other, until none is left
half filled or what is left cannot be cheaper. Each step is a handful of repairs of one live plan.

Costs are whole numbers of any size, the order of everything is that of the ids, and the number of flows that may be
looked at is given: the same board has the same answer on any machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import lcm
from types import MappingProxyType

from .live import LivePlan
from .supplies import NotOnBoard, Slots, Supply, checked_costs

AFTER = "\x1f"
"""Joins a responder's id with what stands for their further slots; no id has it."""


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


@dataclass(frozen=True, slots=True)
class Formation:
    """
    The best plan that was found, and what no plan goes below.

    Attributes
    ----------
    members
        Team id -> who stands in each of its places, for every crew that is formed.
    cost
        Of everything: members, one-person work, slots, and whatever is left unserved.
    bound
        No plan costs less; equal to `cost` when the plan is proven the cheapest.
    tried
        How many flows were looked at.
    """

    members: Mapping[str, tuple[str, ...]]
    cost: int
    bound: int
    tried: int
    _search: _Search = field(repr=False, compare=False)

    def rises(self, team: str) -> Mapping[str, int]:
        """
        Return by how much the whole would cost more if somebody else stood in a crew that is formed.

        Returns
        -------
        Mapping
            Responder id -> rise >= 0, by id, for everybody who is not in the crew and could be. Which crews stand
            is taken as settled; everything else, the other members too, is as is best then.
        """
        return MappingProxyType(self._search.rises(team, self.members))

    def chain(self, team: str, responder: str) -> tuple[tuple[str, str, str], ...]:
        """
        Return who would move if somebody else stood in a crew that is formed; see `rises`.

        Returns
        -------
        tuple
            (team or supply id, from, to), the place in the crew first; "" is nobody. What only goes to another slot
            of the same person is left out.

        Raises
        ------
        NotOnBoard
            They are not among `rises`.
        """
        return self._search.chain(team, responder, self.members)


@dataclass(slots=True)
class _Fork:
    """A crew that was settled one way; `below` is what the flow cost before, while the other way is untried."""

    team: Team
    stands: bool
    below: int
    is_first: bool = True


def form(
    teams: Sequence[Team],
    supplies: Sequence[Supply],
    slots: Sequence[Slots],
    *,
    tries: int,
    apart: Collection[str] = (),
) -> Formation:
    """
    Form crews and place one-person work at the least total cost that is found within so many flows.

    Parameters
    ----------
    supplies
        The one-person work.
    slots
        Everybody. Who stands in a crew takes their first slot for it, so nobody stands in two at a time, or twice
        in one; further slots are for one-person work.
    tries
        Flows to look at, >= 1. The first are a dive to a whole plan, which is always finished.
    apart
        Ids of those whose first slot is for crews alone; of the others one-person work may take it too.

    Raises
    ------
    BadBoard
        The board contradicts itself; see `dispatch.matching.flow.solve`.
    """
    return _Search(teams, supplies, slots, apart=frozenset(apart)).run(tries)


class _Search:
    """One live plan, brought from question to question."""

    def __init__(
        self, teams: Sequence[Team], supplies: Sequence[Supply], slots: Sequence[Slots], *, apart: frozenset[str]
    ) -> None:
        self.teams = sorted(teams, key=lambda team: (-team.unserved, team.id))
        self.unit = lcm(*(len(team.places) for team in teams))
        standing = {r for team in teams for arcs in team.places for r, _ in arcs}
        split = {one.id for one in slots if one.id in apart or (one.id in standing and len(one.costs) > 1)}
        nodes = [node for one in slots for node in _nodes(one, split=one.id in split, unit=self.unit)]
        work = [_scaled(supply, split, self.unit, apart=apart) for supply in supplies]
        units = [unit for team in self.teams for unit in self._units(team, stands=None)]
        # Above whatever any plan costs: a crew that is to stand is left for no other gain.
        dearest = sum(supply.unserved + _dearest(supply.arcs) for supply in supplies)
        dearest += sum(team.unserved + sum(map(_dearest, team.places)) for team in teams)
        self.needed = 1 + self.unit * (dearest + sum(sum(one.costs) for one in slots))
        self.plan = LivePlan([*work, *units], nodes)
        self.settled: dict[str, bool] = {}
        self.left = 0
        self.tried = 1
        self._known: dict[str, dict[str, tuple[int, str]]] = {}

    def run(self, tries: int) -> Formation:
        """Settle crew after crew; see the module."""
        forks: list[_Fork] = []
        best, members = -1, dict[str, tuple[str, ...]]()
        cost, half = self._look()
        while True:
            # A crew that was to stand and cannot costs more than anything.
            cheaper = cost < self.needed and (best < 0 or self._least(cost) < best)
            if cheaper and half is not None:
                forks.append(_Fork(half, stands=2 * self._filled(half) >= len(half.places), below=cost))
                cost, half = self._turn(forks[-1])
                continue
            if cheaper:
                best, members = self._least(cost), self._members()
            while forks and not (forks[-1].is_first and (best < 0 or self._least(forks[-1].below) < best)):
                self._unsettle(forks.pop().team)
            if not forks or (best >= 0 and self.tried >= tries):
                break
            cost, half = self._turn(forks[-1], back=True)
        bound = min([best, *(self._least(fork.below) for fork in forks if fork.is_first)])
        while forks:
            self._unsettle(forks.pop().team)
        return Formation(MappingProxyType(members), best, bound, self.tried, self)

    def _turn(self, fork: _Fork, *, back: bool = False) -> tuple[int, Team | None]:
        """Settle a crew the way a fork says, or the other way when that has been looked at."""
        if back:
            fork.is_first, fork.stands = False, not fork.stands
            self._unsettle(fork.team)
        self._settle(fork.team, stands=fork.stands)
        self.tried += 1
        return self._look()

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

    def _look(self) -> tuple[int, Team | None]:
        """Return what the flow costs now, and the crew that it fills by half, if any; the dearest to leave."""
        half = [team for team in self.teams if team.id not in self.settled and self._is_half(team)]
        return self.plan.cost + self.left, half[0] if half else None

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
        self.left += team.unserved * self.unit
        for name in _unit_ids(team):
            self.plan.leave(name)

    def _unsettle(self, team: Team) -> None:
        if self.settled.pop(team.id):
            for unit in self._units(team, stands=None):
                self.plan.reprice(unit)
            return
        self.left -= team.unserved * self.unit
        for freed in self._units(team, stands=None):
            self.plan.arrive(freed)

    def _units(self, team: Team, *, stands: bool | None) -> Iterator[Supply]:
        share = 2 * self.needed if stands else team.unserved * self.unit // len(team.places)
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


def _scaled(supply: Supply, split: set[str], unit: int, *, apart: frozenset[str]) -> Supply:
    arcs = tuple(
        (node, cost * unit)
        for r, cost in supply.arcs
        for node in (*(() if r in apart else (r,)), *((r + AFTER,) if r in split else ()))
    )
    return Supply(supply.id, supply.unserved * unit, arcs)
