"""Named places in a crew: who can stand where, so that all of them are filled (R9, S4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..domain.positions import Position, seated
from ..domain.values import ResponderId
from .demand import Demand
from .eligible import Person, place_bars


class Places:
    """
    The open positions of one crew, and who has been taken for them; without named positions there is always one.

    Parameters
    ----------
    demand
        The leg of the crew.
    people
        Everybody.
    """

    def __init__(self, demand: Demand, people: Mapping[ResponderId, Person]) -> None:
        self._demand = demand
        self._people = people
        self._open = demand.task.leg.open_positions
        self._taken: tuple[ResponderId, ...] = ()
        self._where: dict[ResponderId, Position] = {}

    def has_one_for(self, responder: ResponderId) -> bool:
        """Tell whether everybody taken so far and this one can stand somewhere at once."""
        return not self._open or len(self._seated((*self._taken, responder))) > len(self._taken)

    def can_all_be_filled(self) -> bool:
        """Tell whether there are people for all open places at once, if nobody else needed them."""
        if not self._open:
            return len(self._demand.vectors) >= self._demand.people
        return len(self._seated(tuple(self._demand.vectors))) == len(self._open)

    def candidates(self) -> tuple[tuple[ResponderId, ...], ...]:
        """Return who could stand in each open place, by id; without named positions everybody in all of them."""
        able = sorted(self._demand.vectors)
        if not self._open:
            return (tuple(able),) * self._demand.people
        return tuple(tuple(who for who in able if self._fits(who, position)) for position in self._open)

    def take(self, responder: ResponderId) -> None:
        """Take somebody for whom there is a place; those taken before may change theirs."""
        self._taken = (*self._taken, responder)
        self._where = self._seated(self._taken)

    def is_taken(self, responder: ResponderId) -> bool:
        """Tell whether somebody was taken."""
        return responder in self._taken

    def of(self, responder: ResponderId) -> str | None:
        """Return the name of the place that somebody taken has."""
        position = self._where.get(responder)
        return None if position is None else position.name

    def lacking(self) -> Demand | None:
        """
        Return the demand for one more person, for a position that nobody is left for, or `None`.

        All who could go count as free. Who stands elsewhere then is among its `vectors`, so that the
        demand is for one more than there are.
        """
        standing = self._seated(tuple(self._demand.vectors))
        filled = {position.name for position in standing.values()}
        empty = next((position for position in self._open if position.name not in filled), None)
        if empty is None:
            return None
        task, vectors = self._demand.task, self._demand.vectors
        plan = task.leg.plan.model_copy(update={"positions": (empty,)})
        others = {r: place_bars(self._people[r], task, empty) or "has_the_skills" for r in vectors if r not in standing}
        return replace(
            self._demand,
            task=replace(task, leg=replace(task.leg, plan=plan)),
            people=len(standing) + 1,
            vectors={r: vectors[r] for r in standing},
            failed={**self._demand.failed, **others},
        )

    def _seated(self, members: tuple[ResponderId, ...]) -> dict[ResponderId, Position]:
        return seated(members, self._open, self._fits)

    def _fits(self, responder: ResponderId, position: Position) -> bool:
        return place_bars(self._people[responder], self._demand.task, position) is None
