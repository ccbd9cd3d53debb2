"""
Sent offers that nobody has answered: work that may still be moved, at a price, for something more important.

Work that somebody accepted is pinned, and so are most offers: those just sent, those near the time that was
agreed, a driver's, a crew's, and what stands on a sheet that is out. What is left is placed anew with the legs
that wait, and moving it costs a change; so only what the policy ranks above changes can move it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..domain.decider import without
from ..domain.help_request import HelpRequest, full_leg_id
from ..domain.leg import Ask, Assigned, Leg, Offered, Waiting, become
from ..domain.policy import Policy
from ..domain.responder import Responder
from ..domain.sheet import next_sheet_at
from ..domain.values import LegId, RequestId, ResponderId
from .board import Board
from .demand import Demand, demands_of, entered_by, tasks_of
from .eligible import Person
from .memory import Memory
from .roll import beside


@dataclass(frozen=True, slots=True)
class Sent:
    """A leg whose offer is out, as if nobody had been asked, and the offer."""

    demand: Demand
    ask: Ask


@dataclass(frozen=True, slots=True)
class Lifted:
    """Offers that may be taken back, and those who hold them as if they had not been made."""

    offers: tuple[Sent, ...]
    holders: Mapping[ResponderId, Person]


NOTHING_SENT = Lifted((), {})


def lift_offers(
    board: Board,
    people: Mapping[ResponderId, Person],
    *,
    policy: Policy,
    at: datetime,
    memory: Memory | None = None,
) -> Lifted:
    """
    Return the offers that may be taken back.

    Notes
    -----
    Of somebody with several offers the last one is looked at, so that whatever takes its place fits beside
    the others. Whoever fails a rule meanwhile keeps the offer here: which rules end an offer is the
    business of `dispatch.reactions`.
    """
    if not policy.changes_offers:
        return NOTHING_SENT
    asks = _last_of_each(_movable(board, policy, at))
    if not asks:
        return NOTHING_SENT
    holders = {ask.responder: _without(board, people[ask.responder], ask, at=at) for ask in asks.values()}
    lifted, apart = beside(people, holders), None if memory is None else memory.beside
    tasks = [task for task in tasks_of(_unasked(board, asks), memory=apart) if task[0] in asks]
    demands = demands_of(tasks, lifted, policy=policy, at=at, memory=apart)
    sent = tuple(Sent(d, asks[d.leg]) for d in demands if asks[d.leg].responder in d.vectors)
    return Lifted(sent, {one.ask.responder: lifted[one.ask.responder] for one in sent})


def movable_at(leg: Leg, policy: Policy) -> datetime | None:
    """Return from when the offer of a leg may be taken back for something more important, or `None`."""
    if not isinstance(leg, Offered | Assigned) or leg.plan.drives or not policy.changes_offers:
        return None
    if leg.asks_made >= policy.offers_per_leg_max:
        return None  # a person is called about it: who was told last stays
    return leg.asks[0].made_at + timedelta(seconds=policy.freeze_s)


def _movable(board: Board, policy: Policy, at: datetime) -> Iterator[tuple[LegId, Ask]]:
    for request in sorted(board.requests):
        state = board.requests[request]
        for leg in (leg for leg in state.legs if leg.asks) if state.is_matchable else ():
            since = movable_at(leg, policy)
            if since is None or since > at or _is_near(state, policy, at):
                continue
            (ask,) = leg.asks
            if ask.answer_by > at and not _sheet_is_out(board, ask, at):
                yield full_leg_id(request, leg), ask


def _is_near(state: HelpRequest, policy: Policy, at: datetime) -> bool:
    return state.needed_by is not None and state.needed_by <= at + timedelta(seconds=policy.freeze_s)


def _sheet_is_out(board: Board, ask: Ask, at: datetime) -> bool:
    """Tell whether who is asked has no phone, and was told: by a sheet that was brought, or at the door."""
    if not board.responders[ask.responder].paper:
        return False
    register = board.place_register
    brought = next_sheet_at(register.policy, ask.made_at, zone=register.time_zone)
    return brought is None or brought <= at


def _last_of_each(movable: Iterable[tuple[LegId, Ask]]) -> dict[LegId, Ask]:
    last: dict[ResponderId, tuple[LegId, Ask]] = {}
    for leg, ask in movable:
        known = last.get(ask.responder)
        if known is None or (ask.made_at, ask.offer) > (known[1].made_at, known[1].offer):
            last[ask.responder] = (leg, ask)
    return dict(sorted(last.values()))


def _without(board: Board, person: Person, ask: Ask, *, at: datetime) -> Person:
    state: Responder = replace(person.state, holds=without(person.state.holds, ask.offer))
    entered = entered_by(board, ask.responder, at, apart_from=ask.offer)
    return replace(person, state=state, entered=entered, told=person.state.open_count)


def _unasked(board: Board, asks: Mapping[LegId, Ask]) -> Board:
    """Return the board as if these offers had not been made, with nothing else on it."""
    requests: dict[RequestId, HelpRequest] = {}
    for request, state in board.requests.items():
        legs = tuple(
            become(Waiting, replace(leg, asks=())) if full_leg_id(request, leg) in asks else leg for leg in state.legs
        )
        if legs != state.legs:
            requests[request] = replace(state, legs=legs)
    return replace(board, requests=requests)
