"""Where a search for crews begins: the flow of a board on which no crew is settled, repaired from board to board."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .live import LivePlan
from .supplies import Slots, Supply

AFTER = "\x1f"
"""Joins a responder's id with what stands for their further slots; no id has it."""


class Root:
    """
    The flow of a board on which no crew is settled.

    Costs must stay on one scale. What is found does not depend on what was asked before, where a tie hash makes the
    optimum of every flow the only one.
    """

    def __init__(self) -> None:
        self._plan = LivePlan()
        self._undo: Callable[[], None] | None = None
        self._unit = 0
        self._kinds: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._known: dict[str, tuple[Supply, Supply]] = {}

    def scaled(self, supplies: Sequence[Supply], unit: int, *, split: set[str], apart: frozenset[str]) -> list[Supply]:
        """
        Return one-person work as the flow has it; what was so on the last board is the same object.

        Parameters
        ----------
        unit
            What costs are multiplied by; of another unit nothing is known any more.
        split
            Ids of those whose first slot is a node of its own.
        apart
            Ids of those whose first slot is for crews alone.
        """
        if unit != self._unit:
            self._plan, self._undo, self._unit, self._known = LivePlan(), None, unit, {}
        kinds = (frozenset(split), apart)
        moved = {r for was, now in zip(self._kinds, kinds, strict=True) for r in was ^ now}
        known: dict[str, tuple[Supply, Supply]] = {}
        found: list[Supply] = []
        for supply in supplies:
            pair = self._known.get(supply.id)
            if pair is None or pair[0] is not supply or not moved.isdisjoint(r for r, _ in supply.arcs):
                pair = (supply, _scaled(supply, split, unit, apart=apart))
            known[supply.id] = pair
            found.append(pair[1])
        self._known, self._kinds = known, kinds
        return found

    def become(self, supplies: Sequence[Supply], slots: Sequence[Slots], *, undo: Callable[[], None]) -> LivePlan:
        """
        Return the flow of this board, for a search to settle crews on.

        Parameters
        ----------
        undo
            Unsettles them all again, before the flow of another board is asked for.

        Raises
        ------
        BadBoard
            The board contradicts itself; nothing is known of it afterwards.
        """
        plan, before, self._plan, self._undo = self._plan, self._undo, LivePlan(), None
        if before is not None:
            before()
        plan.become(supplies, slots)
        self._plan, self._undo = plan, undo
        return plan


def _scaled(supply: Supply, split: set[str], unit: int, *, apart: frozenset[str]) -> Supply:
    arcs = tuple(
        (node, cost * unit)
        for r, cost in supply.arcs
        for node in (*(() if r in apart else (r,)), *((r + AFTER,) if r in split else ()))
    )
    return Supply(supply.id, supply.unserved * unit, arcs)
