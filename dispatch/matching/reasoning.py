"""What a match run weighs before anything is recorded: decisions are made from it, and explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from ..domain.match_run import Overtaken
from ..domain.policy import Policy
from ..domain.values import LegId, ResponderId
from .board import Board
from .crews import Crews
from .demand import Choice, Demand, demands_of, people_of, tasks_of
from .eligible import Person
from .memory import Memory
from .sent import NOTHING_SENT, Lifted, lift_offers
from .singles import Placed, Withdrawn
from .together import Together, place_together


@dataclass(frozen=True)
class Reasoning:
    """
    Everything one match run found out, on one board, under one policy, at one instant.

    Attributes
    ----------
    people
        Every responder as the run sees them, by id.
    demands
        The legs that need people, most urgent first.
    together
        What becomes of crews and of one-person legs, with the prices of every alternative.
    sent
        Sent offers that were placed anew with the legs that wait.
    """

    people: Mapping[ResponderId, Person]
    demands: tuple[Demand, ...]
    together: Together
    sent: Lifted

    @property
    def crews(self) -> Crews:
        """What becomes of crews."""
        return self.together.crews

    @property
    def placed(self) -> Placed:
        """What becomes of one-person legs."""
        return self.together.placed

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """Who is asked for what: crews, then one-person legs; not yet priced."""
        return (*self.crews.choices, *self.placed.choices)

    @cached_property
    def short(self) -> tuple[Demand, ...]:
        """What nobody is asked for in this run."""
        served = {choice.demand.leg for choice in self.choices}
        return tuple(demand for demand in self.demands if demand.leg not in served)

    def served(self) -> dict[LegId, tuple[ResponderId, ...]]:
        """Return who is asked for each leg that somebody is asked for."""
        found: dict[LegId, tuple[ResponderId, ...]] = {}
        for choice in self.choices:
            found[choice.demand.leg] = (*found.get(choice.demand.leg, ()), choice.responder)
        return found

    @cached_property
    def without_a_place(self) -> tuple[Demand, ...]:
        """What nobody is asked for, and nobody is planned for either."""
        planned = {one.leg for one in self.placed.planned}
        return tuple(demand for demand in self.short if demand.leg not in planned)

    @cached_property
    def withdrawn(self) -> tuple[Withdrawn, ...]:
        """Sent offers that are taken back, each with the leg, a crew's too, that its holder is needed for instead."""
        crews = {choice.responder: choice.demand.leg for choice in self.crews.choices}
        return tuple(replace(one, instead=one.instead or crews.get(one.responder)) for one in self.placed.withdrawn)

    def demand_of(self, leg: LegId) -> Demand | None:
        """Return the demand of a leg, or `None` when it needs nobody now."""
        return next((demand for demand in self.demands if demand.leg == leg), None)


OVERTAKEN_SHOWN = 20


def overtaken_by(run: Reasoning, choice: Choice) -> tuple[tuple[Overtaken, ...], int]:
    """
    Return the more urgent legs that wait while somebody who could go for them is asked for this one (L3).

    Returns
    -------
    tuple
        The first ones by urgency, and how many there are besides; none where the policy plans no queues. Why each
        waits: it has its turn in somebody's queue, where it costs the whole less.
    """
    if not run.people[choice.responder].policy.places_max:
        return (), 0
    planned = {one.leg: one for one in run.placed.planned}
    found: list[Overtaken] = []
    more = 0
    for demand in run.short:
        if demand.waiting <= choice.demand.waiting:
            break
        if choice.responder not in demand.vectors:
            continue
        if len(found) == OVERTAKEN_SHOWN:
            more += 1
            continue
        turn = planned.get(demand.leg)
        whom, place = (turn.responder, turn.place) if turn is not None else (None, None)
        found.append(Overtaken(leg=demand.leg, waits_for=whom, place=place))
    return tuple(found), more


def reasoning(board: Board, policy: Policy, at: datetime, *, memory: Memory | None = None) -> Reasoning:
    """
    Return what a match run weighs; `match` records what follows from it.

    Parameters
    ----------
    memory
        What the last run of this community left; what is asked of the answer must be asked before the next run.
    """
    memory = memory or Memory()
    tasks = tasks_of(board, memory=memory)
    people = people_of(board, policy, at, memory=memory) if tasks else {}
    demands = demands_of(tasks, people, policy=policy, at=at, memory=memory)
    sent = lift_offers(board, people, policy=policy, at=at, memory=memory) if demands else NOTHING_SENT
    return weighed(people, demands, sent=sent, memory=memory)


def weighed(
    people: Mapping[ResponderId, Person],
    demands: Sequence[Demand],
    *,
    sent: Lifted = NOTHING_SENT,
    memory: Memory | None = None,
) -> Reasoning:
    """Return what becomes of these demands, most urgent first, with these people and the offers that are out."""
    return Reasoning(people, tuple(demands), place_together(demands, people, sent=sent, memory=memory), sent)
