"""
Which crews are formed, and by whom, while everybody else's work counts too: branch and bound over exact flows.

A crew is all or nothing, so the whole is no flow any more. Two things are. Let each place of a crew be a
unit of work of its own, left unserved for its share of what the crew costs unserved: a min-cost flow, and no plan
costs less than its optimum (a crew that stands costs the same in both; one that is left pays all its shares). And
once it is settled which crews stand and which do not, who stands where is a flow again. So crews of which the flow
fills some places only are settled one after another, one way or the other, until none is left half filled or what
is left cannot be cheaper. Each step is a handful of repairs of one live plan, looked at where the bound is least.
Before that, prices for crews that cannot all stand (`covers`) bring the bound nearer to the plans. Whole plans are
gone for in between, one neighbourhood of crews after another: a town has many that hardly touch,
and the ways of all of them together are more than anybody can look at.

Costs are whole numbers of any size, the order of everything is that of the ids, and the number of flows that may be
looked at is given: the same board has the same answer on any machine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from .root import Root
from .search import Search, Team
from .supplies import Slots, Supply

__all__ = ["Formation", "Team", "form"]


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
    _search: Search = field(repr=False, compare=False)

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


def form(
    teams: Sequence[Team],
    supplies: Sequence[Supply],
    slots: Sequence[Slots],
    *,
    tries: int,
    apart: Collection[str] = (),
    root: Root | None = None,
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
        Flows to look at, >= 1. The first are a dive to a whole plan, which is always finished, as each later one is.
    apart
        Ids of those whose first slot is for crews alone; of the others one-person work may take it too.
    root
        The flow of a board much like this one, to be repaired instead of solved; the last answer from it ends.

    Raises
    ------
    BadBoard
        The board contradicts itself; see `dispatch.matching.flow.solve`.
    """
    search = Search(teams, supplies, slots, apart=frozenset(apart), root=root or Root())
    bound = search.run(tries)
    return Formation(MappingProxyType(search.members), search.best, bound, search.tried, search)
