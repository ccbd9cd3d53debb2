"""
Crews and one-person work weighed together: the best plan that the search finds, and how far from proven it is.

Crews are chosen by `formation`, where all one-person legs compete with them for the same people; those legs are then
placed by their own exact flow around the crews (`singles`). What the whole costs is told level by level, beside
the bound below which no plan goes. Where nothing is proven the simple rule of `crews` is tried too, and the
better of the two is published: the search is never worse than the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..domain.agreed import clashes
from ..domain.values import LegId, RequestId, ResponderId
from .crews import BY_RULE, Crews, collapsed_of, form_crews
from .demand import Choice, Demand, Taken
from .eligible import Person
from .formation import Formation, form
from .memory import Memory
from .places import Places
from .queues import read_node
from .roll import beside
from .sent import NOTHING_SENT, Lifted
from .singles import Move, Placed, move_of, place_singles
from .supplies import NotOnBoard
from .weighing import Costs, Question, Weighing

PROVEN, SEARCHED = "crew_proven", "crew_search"
"""What a decision about a crew is solved by: no plan is better, or the search found none that is."""

TRIES, TRIES_AGAIN = 256, 64
"""Flows looked at for the crews of one run; and where the capacities blurred the plan, with less room."""

ARCS_MAX = 150_000
"""Choices on a board up to which crews are searched for; of more the rule alone answers in time."""

Members = Mapping[LegId, Sequence[ResponderId]]


@dataclass(frozen=True, slots=True)
class Together:
    """
    Crews and the one-person legs around them.

    Attributes
    ----------
    costs
        What both cost together, level by level; empty where no crew could be formed anyway.
    gap
        By how much that is above the bound below which no plan goes; `None` where none was worked out.
    """

    crews: Crews
    placed: Placed
    costs: Costs = ()
    gap: Costs | None = None
    _weighing: Weighing | None = field(default=None, repr=False, compare=False)
    _formation: Formation | None = field(default=None, repr=False, compare=False)

    def priced(self, choice: Choice) -> Choice:
        """Return a choice with its runner-up and the exact price of taking them instead."""
        if choice.solved_by not in (PROVEN, SEARCHED):
            return self.placed.priced(choice)
        rises = self.rises(choice.demand.leg)
        if not rises:
            return choice
        runner_up = min(rises, key=lambda r: (rises[r], r))
        return replace(choice, runner_up=runner_up, price=rises[runner_up])

    def rises(self, leg: LegId) -> dict[ResponderId, Costs]:
        """
        Return by how much the whole would cost more, level by level, if somebody else stood in a crew.

        Returns
        -------
        dict
            Responder -> rise, for everybody who is not in it and could be, the other members, other crews and
            one-person legs being served as is best then; which crews stand is settled. Empty for a leg that the
            search did not form a crew for.
        """
        if self._formation is None or self._weighing is None or leg not in self._formation.members:
            return {}
        decode = self._weighing.scale.decode
        return {read_node(node)[0]: decode(rise) for node, rise in self._formation.rises(leg).items()}

    def moves(self, leg: LegId, responder: ResponderId) -> tuple[Move, ...]:
        """
        Return who would go elsewhere if somebody else stood in a crew, first who leaves it; see `rises`.

        Raises
        ------
        NotOnBoard
            They are not among `rises`.
        """
        if self._formation is None or leg not in self._formation.members:
            raise NotOnBoard(f"No crew was searched for leg {leg}; see `rises`.", supply=leg, responder=responder)
        names = {read_node(node)[0]: node for node in self._formation.rises(leg)}
        chain = self._formation.chain(leg, names.get(responder, responder))
        return tuple(move_of(LegId(moved), giver, taker) for moved, giver, taker in chain)


def place_together(
    demands: Sequence[Demand],
    people: Mapping[ResponderId, Person],
    *,
    sent: Lifted = NOTHING_SENT,
    memory: Memory | None = None,
) -> Together:
    """
    Return which crews are formed by whom, and who is asked for the one-person legs.

    Parameters
    ----------
    demands
        Everything that needs people, most urgent first.
    people
        Everybody.
    sent
        Sent offers that may be taken back.
    memory
        What the last run left of its one-person plan.
    """
    found = _together(demands, people, sent=sent, memory=memory)
    return replace(found, placed=_one_place_at_a_time(found))


def _one_place_at_a_time(found: Together) -> Placed:
    """
    Return the one-person legs without those whose agreed time falls into that of something more urgent (S6).

    The flow knows no hours; two of one person's legs that clash are rare, and the next run places the second.
    """
    promised: dict[ResponderId, frozenset[tuple[RequestId, int]]] = {}
    kept: list[Choice] = []
    for choice in (*found.crews.choices, *sorted(found.placed.choices, key=lambda choice: choice.demand.rank)):
        agreed, before = choice.demand.task.agreed, promised.get(choice.responder, frozenset())
        if agreed is not None:
            if choice.demand.task.leg.plan.crew == 1 and clashes(before, agreed):
                continue
            promised[choice.responder] = before | {(agreed.request, half_hour) for half_hour in agreed.half_hours}
        kept.append(choice)
    legs = {choice.demand.leg for choice in kept}
    return replace(found.placed, choices=tuple(choice for choice in found.placed.choices if choice.demand.leg in legs))


def _together(
    demands: Sequence[Demand], people: Mapping[ResponderId, Person], *, sent: Lifted, memory: Memory | None
) -> Together:
    crews = [demand for demand in demands if demand.task.leg.plan.crew > 1]
    singles = [demand for demand in demands if demand.task.leg.plan.crew == 1]
    if not any(Places(demand, people).can_all_be_filled() for demand in crews):
        idle = Crews((), {}, collapsed_of(crews, ()))
        free = beside(people, sent.holders)
        return Together(idle, place_singles(singles, free, taken={}, sent=sent.offers, memory=memory))
    weighing = Weighing(crews, singles, people, sent=sent, memory=memory)
    if sum(len(demand.vectors) * demand.people for demand in demands) > ARCS_MAX:
        return _by_rule(weighing, memory=memory)
    formation = _form(weighing.question(), tries=TRIES)
    least = weighing.at_least(formation.bound)
    found = _searched(weighing, formation, memory=memory)
    if found.costs == least:
        return _judged(found, least, formation.tried)
    # The flow believed that there is more room beside crews than there is: reckon with less, then by the rule. Both
    # without the memory: that holds the plan that was found, until the next run.
    surely = _form(weighing.question(heaviest=True), tries=TRIES_AGAIN)
    plans = (found, _searched(weighing, surely), _by_rule(weighing))
    return _judged(min(plans, key=lambda plan: plan.costs), least, formation.tried + surely.tried)


def _form(asked: Question, *, tries: int) -> Formation:
    return form(asked.teams, asked.supplies, asked.slots, tries=tries, apart=asked.apart, root=asked.root)


def _by_rule(weighing: Weighing, *, memory: Memory | None = None) -> Together:
    crews = form_crews(weighing.crews, weighing.singles, people=weighing.people)
    placed = weighing.place_singles(crews.taken, memory=memory)
    members: dict[LegId, list[ResponderId]] = {}
    for choice in crews.choices:
        members.setdefault(choice.demand.leg, []).append(choice.responder)
    return Together(crews, placed, weighing.costs(members, placed))


def _searched(weighing: Weighing, formation: Formation, *, memory: Memory | None = None) -> Together:
    formed = [demand for demand in weighing.able if demand.leg in formation.members]
    members: Members = {d.leg: tuple(read_node(node)[0] for node in formation.members[d.leg]) for d in formed}
    taken = {r: Taken(1, demand.effort) for demand in formed for r in members[demand.leg]}
    placed = weighing.place_singles(taken, memory=memory)
    choices = [choice for demand in formed for choice in _choices(demand, members[demand.leg], weighing.people)]
    crews = Crews(tuple(choices), taken, collapsed_of(weighing.crews, members))
    costs = weighing.costs(members, placed)
    return Together(crews, placed, costs, None, weighing, formation)


def _choices(demand: Demand, members: Sequence[ResponderId], people: Mapping[ResponderId, Person]) -> list[Choice]:
    places = Places(demand, people)
    for member in members:
        places.take(member)
    best_first = sorted(members, key=lambda member: (demand.vectors[member], member))
    return [Choice(demand, member, PROVEN, None, None, position=places.of(member)) for member in best_first]


def _judged(plan: Together, least: Costs, tried: int) -> Together:
    """Return a plan that says how far it is from what no plan goes below, and after how many flows."""
    gap = tuple(cost - bound for cost, bound in zip(plan.costs, least, strict=True))
    choices = []
    for choice in plan.crews.choices:
        searched = SEARCHED if any(gap) else PROVEN
        solved_by = choice.solved_by if choice.solved_by == BY_RULE else searched
        choices.append(replace(choice, solved_by=solved_by, gap=gap, tried=tried))
    return replace(plan, crews=replace(plan.crews, choices=tuple(choices)), gap=gap)
