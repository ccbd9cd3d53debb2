"""Legs that need one person: placed by the exact flow, with the exact price of every runner-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..domain.policy_levels import LevelName
from ..domain.values import LegId, ResponderId
from .demand import Choice, Demand, Taken
from .eligible import Person
from .flow import Flow, NotOnBoard, Slots, Supply
from .levels import Levels, Scale, load_band
from .memory import Memory

FLOW = "flow"
"""What a decision of the exact flow is solved by."""


def place(
    demands: Sequence[Demand],
    people: Mapping[ResponderId, Person],
    *,
    taken: Mapping[ResponderId, Taken],
    memory: Memory | None = None,
) -> tuple[Flow, Scale]:
    """
    Return the optimum over one-person legs, and the scale that reads its costs.

    Notes
    -----
    A responder has as many slots as any of his candidate legs fit into the free capacity together, and
    no more than the policy's horizon leaves. The k-th slot costs the load band with the k-1 legs before
    it counted at the largest effort among his candidates, so bands never fall: the cost is convex.
    """
    levels = next(iter(people.values())).levels
    memory = memory or Memory()
    scale, kept = memory.scale(levels, legs=len(demands)), memory.supplies
    efforts = efforts_of(demands)
    slots = [_slots(people[r], efforts[r], taken=taken.get(r, Taken()), scale=scale) for r in sorted(efforts)]
    kept.turn(scale)
    supplies = [kept.get(d.leg, (d.vectors, d.waiting), partial(_supply, d, scale, levels)) for d in demands]
    return memory.flow(supplies, slots), scale


def efforts_of(demands: Sequence[Demand]) -> dict[ResponderId, list[int]]:
    """Return the efforts of everybody's candidate legs, the largest first."""
    efforts: dict[ResponderId, list[int]] = {}
    for demand in sorted(demands, key=lambda demand: -demand.effort):
        for responder in demand.vectors:
            efforts.setdefault(responder, []).append(demand.effort)
    return efforts


def _supply(demand: Demand, scale: Scale, levels: Levels) -> Supply:
    band = levels.in_pair(LevelName.LOAD_BAND)
    arcs = tuple(
        (responder, scale.cost(_without(band, demand.vectors[responder]), first=levels.waiting))
        for responder in sorted(demand.vectors)
    )
    return Supply(id=demand.leg, unserved=scale.cost(demand.waiting), arcs=arcs)


def _without(band: int | None, vector: tuple[int, ...]) -> tuple[int, ...]:
    return vector if band is None else (*vector[:band], 0, *vector[band + 1 :])


def _slots(person: Person, largest: Sequence[int], *, taken: Taken, scale: Scale) -> Slots:
    count = slot_count(person, largest, taken)
    level = person.levels.index(LevelName.LOAD_BAND)
    weight = 0 if level is None else scale.weights[level]
    bands = (load_band(person, extra=taken.effort + index * largest[0]) for index in range(count))
    return Slots(id=person.id, costs=tuple(band * weight for band in bands))


def slot_count(person: Person, largest: Sequence[int], taken: Taken) -> int:
    """
    Return how many legs somebody can still take, whichever of his candidates they are; the largest come first.

    Who is at the wheel of a car takes one leg a run: two of them might both be driven, and nobody drives
    two (R13). The next run sees which it was.
    """
    free = person.state.capacity - person.state.load - taken.effort
    horizon = person.ahead_max - person.state.open_count - taken.legs
    if person.car is not None:
        horizon = min(horizon, 1 - taken.legs)
    count = 0
    while count < min(horizon, len(largest)) and sum(largest[: count + 1]) <= free:
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class Move:
    """A leg that would go to somebody else; `None` is nobody: it is left unserved, or was."""

    leg: LegId
    giver: ResponderId | None
    taker: ResponderId | None


@dataclass(frozen=True, slots=True)
class Placed:
    """
    Who is asked for each one-person leg that the optimum serves; prices are worked out when asked for.

    `legs` are all that were to be placed, the unserved ones too.
    """

    choices: tuple[Choice, ...] = ()
    legs: frozenset[LegId] = frozenset()
    flow: Flow | None = None
    scale: Scale | None = None

    def priced(self, choice: Choice) -> Choice:
        """Return a choice with its runner-up and the exact price of taking them instead."""
        if choice.solved_by != FLOW:
            return choice
        rises = {r: rise for r, rise in self.rises(choice.demand.leg).items() if r not in (None, choice.responder)}
        if not rises:
            return choice
        runner_up = min(rises, key=lambda r: (rises[r], r))
        return replace(choice, runner_up=runner_up, price=rises[runner_up])

    def rises(self, leg: LegId) -> dict[ResponderId | None, tuple[int, ...]]:
        """
        Return by how much the whole optimum would rise, level by level, if a leg were forced elsewhere.

        Returns
        -------
        dict
            Responder -> rise, for everybody who could go and has room left; all zero for the one who has it.
            `None` -> rise if it were left unserved. Empty for a leg that this plan does not place. Rises compare
            as the costs do: the first level that is not zero decides.
        """
        if self.flow is None or self.scale is None or leg not in self.legs:
            return {}
        decode = self.scale.decode
        return {ResponderId(r) if r else None: decode(rise) for r, rise in self.flow.forced(leg).items()}

    def total(self) -> tuple[int, ...]:
        """Return what the plan costs on each level; nothing when nothing was to be placed."""
        return () if self.flow is None or self.scale is None else self.scale.decode(self.flow.cost)

    def moves(self, leg: LegId, responder: ResponderId | None) -> tuple[Move, ...]:
        """
        Return who else would move if a leg were forced onto a responder, first the one that makes room.

        Raises
        ------
        NotOnBoard
            The leg is not among those placed here, or cannot go there: see `rises`.
        """
        if self.flow is None:
            raise NotOnBoard(f"Nothing is placed, so leg {leg} has no alternative.", supply=leg)
        return tuple(
            Move(LegId(moved), ResponderId(a) if a else None, ResponderId(b) if b else None)
            for moved, a, b in self.flow.chain(leg, responder or "")
        )


def place_singles(
    demands: Sequence[Demand],
    people: Mapping[ResponderId, Person],
    *,
    taken: Mapping[ResponderId, Taken],
    memory: Memory | None = None,
) -> Placed:
    """Return who is asked for each one-person leg that the optimum serves."""
    if not demands or not people:
        return Placed()
    flow, scale = place(demands, people, taken=taken, memory=memory)
    choices = (
        Choice(demand, ResponderId(flow.placed[demand.leg]), FLOW, None, None)
        for demand in demands
        if demand.leg in flow.placed
    )
    return Placed(tuple(choices), frozenset(demand.leg for demand in demands), flow, scale)
