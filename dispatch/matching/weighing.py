"""What crews and one-person legs cost together: in whole numbers for the search, level by level for the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..domain.policy_levels import LevelName
from ..domain.values import LegId, ResponderId
from .demand import Demand, Taken
from .eligible import Person
from .formation import Team
from .levels import Scale, load_band
from .memory import Memory
from .places import Places
from .queues import efforts_of, slot_count
from .sent import NOTHING_SENT, Lifted
from .singles import Placed, place_singles
from .supplies import Slots, Supply

Costs = tuple[int, ...]
"""Sums over a whole board, one for each level, most important first."""


class Rooms(NamedTuple):
    """What everybody can take, and the ids of those whose first slot is for crews alone."""

    slots: list[Slots]
    apart: set[str]


class Weighing:
    """
    The crews and one-person legs of a run as one question.

    Parameters
    ----------
    crews, singles
        Legs that need several people, and one.
    people
        Everybody.
    sent
        Sent offers that may be taken back.

    Notes
    -----
    Leaving a crew costs what leaving a leg costs, once, and once more for each member who was asked already:
    those would be sent home for nothing.
    """

    def __init__(
        self,
        crews: Sequence[Demand],
        singles: Sequence[Demand],
        people: Mapping[ResponderId, Person],
        *,
        sent: Lifted = NOTHING_SENT,
    ) -> None:
        self.crews, self.singles, self.people, self.sent = crews, singles, people, sent
        self.levels = levels = next(iter(people.values())).levels
        legs = len(singles) + sum(max(demand.people, _counts(demand)) for demand in crews)
        self.scale = Scale.of(levels, legs=legs)
        self._most = [level.cap * legs for level in levels]
        self._efforts = efforts_of(singles)
        places = {demand.leg: Places(demand, people) for demand in crews}
        self.able = [demand for demand in crews if places[demand.leg].can_all_be_filled()]
        self._places = places

    @property
    def plans(self) -> bool:
        """Tell whether one-person legs stand in queues, or offers may move: then they are more than a flow of slots."""
        policy = next(iter(self.people.values())).policy
        return bool(policy.plan_ahead_max or self.sent.offers)

    def place_singles(self, taken: Mapping[ResponderId, Taken], *, memory: Memory | None = None) -> Placed:
        """Return what becomes of one-person legs around crews that have taken so much."""
        free = {**self.people, **self.sent.holders}
        return place_singles(self.singles, free, taken=taken, sent=self.sent.offers, memory=memory)

    def teams(self) -> list[Team]:
        """Return the crews that could be formed, if nobody else needed their members."""
        return [
            Team(
                demand.leg,
                _counts(demand) * self.scale.cost(demand.waiting),
                tuple(self._arcs(demand, able) for able in self._places[demand.leg].candidates()),
            )
            for demand in self.able
        ]

    def supplies(self) -> list[Supply]:
        """Return the one-person legs."""
        return [
            Supply(demand.leg, self.scale.cost(demand.waiting), self._arcs(demand, sorted(demand.vectors)))
            for demand in self.singles
        ]

    def _arcs(self, demand: Demand, able: Sequence[ResponderId]) -> tuple[tuple[str, int], ...]:
        band, first = self.levels.in_pair(LevelName.LOAD_BAND), self.levels.waiting
        # The band is the slot's: it grows with what else somebody does.
        bandless = ((r, [0 if level == band else v for level, v in enumerate(demand.vectors[r])]) for r in able)
        return tuple((r, self.scale.cost(vector, first=first)) for r, vector in bandless)

    def rooms(self, *, heaviest: bool = False) -> Rooms:
        """
        Return what everybody can take: never less, and never dearer, than whatever plan is published.

        Parameters
        ----------
        heaviest
            Reckon with the greatest effort of any crew instead: then all of it is there, and perhaps more.

        Notes
        -----
        A crew takes the first slot, and one of the least effort leaves most for one-person legs, of which
        each counts with the greatest effort of all candidates, as in `singles`. Where such a crew takes nothing
        from them its slot is one more, for crews alone. What heavier crews leave is settled when the one-person
        legs are placed around them.
        """
        efforts: dict[ResponderId, int] = {}
        choose = max if heaviest else min
        for demand in self.able:
            for r in demand.vectors:
                efforts[r] = choose(efforts.get(r, demand.effort), demand.effort)
        band = self.levels.index(LevelName.LOAD_BAND)
        weight = 0 if band is None else self.scale.weights[band]
        slots, apart = [], set[str]()
        for r in sorted({*self._efforts, *efforts}):
            count, is_apart = self._count(r, efforts.get(r), heaviest=heaviest)
            largest = max(self._efforts.get(r, ()), default=0)
            first = min(largest, efforts.get(r, largest)) if not is_apart else 0
            extras = [0, *(first + further * largest for further in range(count - 1))][:count]
            slots.append(Slots(r, tuple(load_band(self.people[r], extra=extra) * weight for extra in extras)))
            apart.update([r] if is_apart else [])
        return Rooms(slots, apart)

    def _count(self, r: ResponderId, effort: int | None, *, heaviest: bool) -> tuple[int, bool]:
        """Return how many slots somebody has, and whether one of them is for crews alone."""
        person, efforts = self.people[r], self._efforts.get(r, [])
        alone = slot_count(person, efforts, Taken())
        if effort is None:
            return alone, False
        beside = slot_count(person, efforts, Taken(1, effort))
        if beside >= alone:
            # Where all the legs they could take fit in, there is none to take the slot of a crew.
            return 1 + alone, alone < len(efforts)
        return (1 + beside if heaviest else alone), False

    def costs(self, members: Mapping[LegId, Sequence[ResponderId]], placed: Placed) -> Costs:
        """Return what a plan costs: its crews, and the one-person legs as they are placed around them."""
        total = [0] * len(self.levels)
        if placed.flow is not None and placed.scale is not None:
            total = list(placed.scale.decode(placed.flow.cost))
        for demand in self.crews:
            vectors = [(self.levels.waiting, demand.vectors[r]) for r in members.get(demand.leg, ())]
            for first, vector in vectors or [(0, demand.waiting)] * _counts(demand):
                for level, value in enumerate(vector, first):
                    total[level] += value
        return tuple(total)

    def at_least(self, bound: int) -> Costs:
        """
        Return the least costs, level by level, of any plan, where the search says that none goes below a bound.

        Notes
        -----
        A part of a unit on one level is written as more than any plan can have on the levels below: then the
        level itself has one unit more at least.
        """
        idle = (demand for demand in self.crews if demand not in self.able)
        rest = bound + sum(_counts(demand) * self.scale.cost(demand.waiting) for demand in idle)
        found: list[int] = []
        for weight, most in zip(self.scale.weights, self._most, strict=True):
            value, rest = divmod(rest, weight)
            if value > most and found:
                found[-1] += 1
                return (*found, *[0] * (len(self._most) - len(found)))
            found.append(value)
        return tuple(found)


def _counts(demand: Demand) -> int:
    """Return how often a crew counts when it is left: once, and once for everybody who was asked already."""
    return 1 + len(demand.task.leg.asks)
