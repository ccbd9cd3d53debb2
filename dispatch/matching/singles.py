"""Legs that need one person: placed by the exact flow, with the exact price of every runner-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from ..domain.values import LegId, OfferId, ResponderId
from .demand import Choice, Demand, Taken
from .eligible import Person
from .flow import Chain, Flow
from .levels import Scale
from .memory import Memory
from .queues import Prices, Queue, queue_of, read_node
from .sent import Sent

FLOW = "flow"
"""What a decision of the exact flow is solved by."""

KEPT_MAX = 4_000
"""Legs up to which the price of each place is kept for the next run: of more, that would be hundreds of megabytes."""


@dataclass(frozen=True, slots=True)
class Planned:
    """
    A leg that is not offered now and has its place in somebody's queue: provisional, told to nobody.

    `place` is how many legs stand before it, those in hand included.
    """

    leg: LegId
    responder: ResponderId
    place: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A sent offer that is taken back, and the leg that its holder is needed for instead, if there is one."""

    offer: OfferId
    leg: LegId
    responder: ResponderId
    instead: LegId | None


@dataclass(frozen=True, slots=True)
class Move:
    """
    A leg that would go to somebody else, or to another place of a queue; `None` is nobody: it is left unserved, or was.

    Places are those of queues, where the policy plans them.
    """

    leg: LegId
    giver: ResponderId | None
    taker: ResponderId | None
    giver_place: int | None = None
    taker_place: int | None = None


class Way(NamedTuple):
    """
    What it would take to send somebody: the rise of the whole plan, level by level, and which other legs would move.

    `place` is how many legs would stand before it in their queue, where the policy plans queues.
    """

    rise: tuple[int, ...]
    moves: tuple[Move, ...]
    place: int | None


@dataclass(frozen=True, slots=True)
class Placed:
    """
    Who is asked for each one-person leg that the optimum serves; prices are worked out when asked for.

    `legs` are all that were to be placed, the unserved ones too; `planned` those that wait in a queue.
    `withdrawn` are sent offers that something more important takes back.
    """

    choices: tuple[Choice, ...] = ()
    legs: frozenset[LegId] = frozenset()
    planned: tuple[Planned, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    flow: Flow | None = None
    scale: Scale | None = None
    queues: Mapping[ResponderId, Queue] = field(default_factory=dict, repr=False, compare=False)
    _forced: dict[LegId, Mapping[str, int]] = field(default_factory=dict, repr=False, compare=False)

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
        if self.scale is None or leg not in self.legs:
            return {}
        best: dict[ResponderId | None, int] = {}
        for node, rise in self._rises_by_node(leg).items():
            responder = read_node(node)[0] if node else None
            best[responder] = min(rise, best.get(responder, rise))
        return {responder: self.scale.decode(rise) for responder, rise in best.items()}

    def total(self) -> tuple[int, ...]:
        """Return what the plan costs on each level; nothing when nothing was to be placed."""
        return () if self.flow is None or self.scale is None else self.scale.decode(self.flow.cost)

    def ways(self, leg: LegId, *, only: ResponderId | None = None) -> dict[ResponderId, Way]:
        """
        Return what sending each who could go and has room would take; one search answers for all.

        Parameters
        ----------
        only
            Somebody about whom alone is asked.
        """
        if self.flow is None or self.scale is None or leg not in self.legs:
            return {}
        cheapest: dict[ResponderId, tuple[int, str]] = {}
        for node, rise in self._rises_by_node(leg).items():
            responder = read_node(node)[0]
            if node and only in (None, responder):
                cheapest[responder] = min((rise, node), cheapest.get(responder, (rise, node)))
        chains = self.flow.chains(leg, [node for _, node in cheapest.values()])
        return {
            responder: Way(self.scale.decode(rise), _moves(chains[node]), read_node(node)[1])
            for responder, (rise, node) in cheapest.items()
        }

    def if_now(self, leg: LegId, responder: ResponderId) -> tuple[tuple[int, ...], tuple[Move, ...]] | None:
        """
        Return by how much the whole optimum would rise, level by level, if somebody had a leg now, and who would move.

        «Now» is a place of their queue that is offered: of a sent offer it is what would be had it stayed. `None`
        where they have no such place, as beside a crew that this run puts them into.
        """
        if self.flow is None or self.scale is None or responder not in self.queues or not self._weighs(leg):
            return None
        queue, forced = self.queues[responder], self._rises_by_node(leg)
        able = [node for node, place in queue.nodes if queue.is_now(place) and node in forced]
        if not able:
            return None
        node = min(able, key=lambda node: (forced[node], node))
        return self.scale.decode(forced[node]), _moves(self.flow.chain(leg, node))

    def _weighs(self, leg: LegId) -> bool:
        return self.flow is not None and (leg in self.flow.placed or leg in self.flow.unserved)

    def goes_to(self, leg: LegId) -> tuple[ResponderId, int | None] | None:
        """Return who has a leg in the plan, and at which place of their queue; `None` when it is left."""
        node = None if self.flow is None else self.flow.placed.get(leg)
        return None if node is None else read_node(node)

    def _rises_by_node(self, leg: LegId) -> Mapping[str, int]:
        """Return the rise for each place of each queue; searched for once."""
        if leg not in self._forced and self.flow is not None:
            self._forced[leg] = self.flow.forced(leg)
        return self._forced[leg]


def _moves(chain: Chain) -> tuple[Move, ...]:
    return tuple(move_of(LegId(leg), giver, taker) for leg, giver, taker in chain)


def move_of(leg: LegId, giver: str, taker: str) -> Move:
    """Return a move between two nodes of the flow; "" is nobody."""
    gives, from_place = read_node(giver) if giver else (None, None)
    takes, to_place = read_node(taker) if taker else (None, None)
    return Move(leg, gives, takes, from_place, to_place)


def place_singles(
    demands: Sequence[Demand],
    people: Mapping[ResponderId, Person],
    *,
    taken: Mapping[ResponderId, Taken],
    sent: Sequence[Sent] = (),
    memory: Memory | None = None,
) -> Placed:
    """
    Return who is asked for each one-person leg that the optimum serves, who waits where, and what is taken back.

    Parameters
    ----------
    sent
        Legs whose offer is out and may be taken back: they are placed anew with the others, and moving one
        away from who holds its offer costs a change.

    Notes
    -----
    A responder has as many slots as any of his candidate legs fit into the free capacity together, and
    no more than the policy's horizon leaves. The k-th slot costs the load band with the k-1 legs before
    it counted at the largest effort among his candidates, so bands never fall: the cost is convex.
    """
    every = [*demands, *(one.demand for one in sent)]
    if not every or not people:
        return Placed()
    memory, anybody = memory or Memory(), next(iter(people.values()))
    scale = memory.scale(anybody.levels, legs=len(every))
    prices = Prices(anybody.levels, scale, anybody.policy.places_max)
    efforts = memory.efforts.of(every)
    queues = {r: queue_of(people[r], largest, taken.get(r, Taken())) for r, largest in efforts.items()}
    flow = _solved(demands, sent, queues, prices=prices, memory=memory)
    placed = {LegId(leg): read_node(node) for leg, node in flow.placed.items()}
    withdrawn = tuple(_taken_back(sent, placed, queues))
    freed = {one.responder for one in withdrawn}
    choices, planned = list[Choice](), list[Planned]()
    for demand in (demand for demand in demands if demand.leg in placed):
        responder, place = placed[demand.leg]
        if queues[responder].is_now(place) and responder not in freed:
            choices.append(Choice(demand, responder, FLOW, None, None, place=place))
        else:
            planned.append(Planned(demand.leg, responder, place or 0))
    legs = frozenset(demand.leg for demand in demands)
    return Placed(tuple(choices), legs, tuple(planned), withdrawn, flow, scale, queues)


def _solved(
    demands: Sequence[Demand],
    sent: Sequence[Sent],
    queues: Mapping[ResponderId, Queue],
    *,
    prices: Prices,
    memory: Memory,
) -> Flow:
    """Return the optimum over all queues; legs that cost what they did are not priced anew."""
    every = [(demand, None) for demand in demands] + [(one.demand, one.ask.responder) for one in sent]
    memory.supplies.turn(prices.levels, prices.scale, prices.places)
    memory.queues.turn(prices.levels, prices.scale, prices.places)
    shapes = {r: queue.shape for r, queue in queues.items()} if prices.places else {}
    moved = {r for r, shape in shapes.items() if memory.shapes.get(r) != shape}
    is_kept = bool(prices.places) and len(every) <= KEPT_MAX
    memory.shapes = shapes
    supplies = [
        memory.supplies.get(
            demand.leg,
            (demand.vectors, demand.waiting, asked),
            partial(
                prices.supply,
                demand,
                queues,
                asked=asked,
                known=memory.queues.get(demand.leg, (), dict) if is_kept else None,
            ),
            anew=not moved.isdisjoint(demand.vectors),
        )
        for demand, asked in every
    ]
    return memory.flow(supplies, [slots for queue in queues.values() for slots in queue.slots(prices)])


def _taken_back(
    sent: Sequence[Sent], placed: Mapping[LegId, tuple[ResponderId, int | None]], queues: Mapping[ResponderId, Queue]
) -> Iterator[Withdrawn]:
    """Yield the sent offers that do not stay, each with the leg that stands where it stood."""
    at = {where: leg for leg, where in placed.items()}
    for one in sent:
        leg, holder = one.demand.leg, one.ask.responder
        responder, place = placed.get(leg, (None, None))
        if responder == holder and queues[holder].is_now(place):
            continue
        queue = queues[holder]
        ahead = (at.get((holder, queue.first + index)) for index in range(queue.now))
        instead = next((other for other in ahead if other is not None), None)
        yield Withdrawn(one.ask.offer, leg, holder, instead)
