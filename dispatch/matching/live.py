"""A plan that stays optimal while work and people come, go and change: repaired, not solved anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .flow import Certificate, Flow, certificate_of, chain_of, flow_of, forced_of
from .network import Network
from .supplies import Slots, Supply


class LivePlan:
    """
    The optimum of a board that changes.

    Parameters
    ----------
    supplies, slots
        The board to begin with; both may be empty.

    Raises
    ------
    BadBoard
        The board contradicts itself; see `dispatch.matching.flow.solve`.

    Notes
    -----
    After every change the cost is the exact minimum, as `solve` would find it from cold, and
    `certificate` proves it. Where several plans cost the same, which one it is depends on what came before:
    with a tie hash in the lowest digits of the costs there is one right plan, and it is this one.
    An arrival moves a few others along one shortest path; a departure lets them move back.
    """

    def __init__(self, supplies: Sequence[Supply] = (), slots: Sequence[Slots] = ()) -> None:
        self._begin(supplies, slots)

    def _begin(self, supplies: Sequence[Supply], slots: Sequence[Slots]) -> None:
        self._network = Network(supplies, slots)
        self._supplies = {supply.id: supply for supply in supplies}
        self._slots = {one.id: one for one in slots}

    def become(self, supplies: Sequence[Supply], slots: Sequence[Slots]) -> None:
        """
        Make this board of the one that was, by the differences; solved anew where more has changed than stayed.

        Whoever takes work with him that leaves, such as somebody who has said yes, moves nobody else.

        Raises
        ------
        BadBoard
            The board contradicts itself; the plan must not be used any more.
        """
        wanted, staff = {supply.id: supply for supply in supplies}, {one.id: one for one in slots}
        before = self._supplies
        gone = [name for name in before if name not in wanted]
        new = [supply for name, supply in wanted.items() if name not in before]
        if len(wanted) < len(supplies) or len(staff) < len(slots) or 2 * (len(gone) + len(new)) > len(before):
            self._begin(supplies, slots)
            return
        network = self._network
        network.restaff(gone, [one for name, one in staff.items() if self._slots.get(name) != one])
        network.restaff((), [Slots(name, ()) for name in self._slots if name not in staff])
        for name, supply in wanted.items():
            was = before.get(name)
            if was is None or was is supply:
                continue
            if was.arcs == supply.arcs:
                network.age(name, supply.unserved)
            else:
                network.reprice(supply)
        for supply in sorted(new, key=lambda one: (-one.unserved, one.id)):
            network.arrive(supply)
        self._supplies, self._slots = wanted, staff

    def flow(self, supplies: Sequence[Supply]) -> Flow:
        """Return the plan and the answers about its alternatives, in the order of `supplies`; good until a change."""
        return flow_of(self._network, supplies)

    def __len__(self) -> int:
        """Return the number of supplies on the board."""
        return len(self._network.index)

    def __contains__(self, supply: str) -> bool:
        """Tell whether a supply is on the board."""
        return supply in self._network.index

    def arrive(self, supply: Supply) -> str:
        """
        Bring a supply in and return who takes it; "" when it is left unserved.

        Raises
        ------
        BadBoard
            It is on the board already, names somebody who is not, or has a negative cost; nothing changed.
        """
        self._network.arrive(supply)
        self._supplies[supply.id] = supply
        return self.holder(supply.id)

    def leave(self, supply: str) -> None:
        """
        Take a supply off the board: done, cancelled, or bound for good.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        """
        self._network.leave(supply)
        del self._supplies[supply]

    def reprice(self, supply: Supply) -> str:
        """
        Give a supply other candidates or costs, and return who takes it now.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        BadBoard
            It contradicts itself; nothing changed.
        """
        self._network.reprice(supply)
        self._supplies[supply.id] = supply
        return self.holder(supply.id)

    def staff(self, slots: Slots) -> None:
        """
        Set what a responder can still take; a new one joins, one without slots can take nothing.

        Raises
        ------
        BadBoard
            An empty id, a negative cost, costs that fall; nothing changed.
        """
        self._network.staff(slots)
        self._slots[slots.id] = slots

    def holder(self, supply: str) -> str:
        """
        Return who takes a supply; "" when it is unserved.

        Raises
        ------
        NotOnBoard
            There is no such supply.
        """
        network = self._network
        return network.name(network.place[network.supply_index(supply)])

    @property
    def placed(self) -> Mapping[str, str]:
        """Supply id -> responder id of everything that is served."""
        return {supply: responder for supply, responder in self._network.plan().items() if responder}

    @property
    def cost(self) -> int:
        """Arc costs, slot costs and unserved costs together."""
        return self._network.cost()

    def certificate(self) -> Certificate:
        """Return the plan with the prices that prove it optimal."""
        return certificate_of(self._network)

    def forced(self, supply: str) -> Mapping[str, int]:
        """Return by how much the optimum would rise if a supply were forced elsewhere; see `Flow.forced`."""
        return forced_of(self._network, supply)

    def chain(self, supply: str, responder: str) -> tuple[tuple[str, str, str], ...]:
        """Return who else would move if a supply were forced onto a responder; see `Flow.chain`."""
        return chain_of(self._network, supply, responder)
