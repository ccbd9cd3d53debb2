"""
Crews, all or nothing, by a simple recorded rule: what `together` begins with, and must never fall behind.

Crew legs are taken in order of urgency. Each takes the best people by their levels who are free, one after another,
and skips anybody whose taking would leave a more urgent one-person leg less well served, anybody whom another crew
of this run has, and anybody for whom no named position is left, even if those before changed places (R9). Such sets
of people are the independent ones of a transversal matroid, so taking the best one after another gives the best crew
there is. If the places cannot all be filled, nobody is asked, and a crew that was already being mustered is
collapsed: its offers are withdrawn. Crews come before one-person legs of the same or lower urgency.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from ..domain.values import LegId, OfferId, ResponderId
from .claims import Claims
from .demand import Choice, Demand, Taken
from .eligible import Person
from .places import Places

BY_RULE = "crew"
"""What a decision of this rule is solved by."""


@dataclass(frozen=True, slots=True)
class Crews:
    """
    What was decided about crews.

    `taken` is what it leaves to the one-person part; `collapsed` are the offers to withdraw.
    """

    choices: tuple[Choice, ...]
    taken: Mapping[ResponderId, Taken]
    collapsed: tuple[OfferId, ...]


def form_crews(crews: Sequence[Demand], singles: Sequence[Demand], *, people: Mapping[ResponderId, Person]) -> Crews:
    """Return the crews that can be completed now, the most urgent first."""
    choices: list[Choice] = []
    taken: dict[ResponderId, Taken] = {}
    claims = Claims(singles if crews else (), people)
    for demand in crews:
        claims.admit_before(demand)
        places = Places(demand, people)
        members, next_best = _members(demand, claims, places, people=people, taken=taken)
        if not members:
            continue
        price = None
        if next_best is not None:
            last = demand.vectors[members[-1]]
            further = [b - a for a, b in zip(last, demand.vectors[next_best], strict=True)]
            price = people[next_best].levels.priced(further)
        for member in members:
            choices.append(Choice(demand, member, BY_RULE, next_best, price, position=places.of(member)))
            taken[member] = _with(taken, member, demand.effort)
    return Crews(tuple(choices), taken, collapsed_of(crews, {choice.demand.leg for choice in choices}))


def collapsed_of(crews: Sequence[Demand], formed: Container[LegId]) -> tuple[OfferId, ...]:
    """Return the offers of crews that were being mustered and are not completed."""
    return tuple(ask.offer for demand in crews if demand.leg not in formed for ask in demand.task.leg.asks)


def _with(taken: Mapping[ResponderId, Taken], responder: ResponderId, effort: int) -> Taken:
    before = taken.get(responder, Taken())
    return Taken(before.legs + 1, before.effort + effort)


def _members(
    demand: Demand,
    claims: Claims,
    places: Places,
    *,
    people: Mapping[ResponderId, Person],
    taken: Mapping[ResponderId, Taken],
) -> tuple[list[ResponderId], ResponderId | None]:
    members: list[ResponderId] = []
    for responder in demand.by_vector():
        if not _is_free(people[responder], demand, taken.get(responder, Taken())):
            continue
        if len(members) == demand.people:
            return members, responder
        if places.has_one_for(responder) and claims.allow(responder, _with(taken, responder, demand.effort)):
            places.take(responder)
            members.append(responder)
    if len(members) == demand.people:
        return members, None
    claims.forget({member: taken.get(member, Taken()) for member in members})
    return [], None


def _is_free(person: Person, demand: Demand, taken: Taken) -> bool:
    # A crew starts together: who has just been put into one stands in no other (the next run sees both).
    state = person.state
    return not taken.legs and (state.open_count < person.places_max and state.load + demand.effort <= state.capacity)
