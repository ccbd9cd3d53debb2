"""Commands about goods at the other side: received, missed, found again, waited for too long (R5, R7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import help_request
from .carrying import failed_with, goods_there, one, seals_checked
from .community import registered
from .decider import NOTHING, Decision, Gathered, Read
from .errors import Refused
from .goods import (
    GoodsFound,
    GoodsMissing,
    GoodsReceived,
    GoodsWaited,
    Missing,
    Placed,
    Seals,
    WithRecipient,
)
from .help_request import (
    Delivered,
    HelpRequest,
    ReceiptConfirmed,
    RequestDelivered,
    RequestEscalated,
    check_confirms,
    check_speaks_for,
    ended,
)
from .intake import RequestCommand
from .leg import Done, Failed, Taken, place_of
from .leg_course import LegNotNeeded
from .offer import WorkCommand, check_taken, leg_named, said_before
from .policy import Policy
from .recall import release_all
from .values import Fact, Instant, Point, ResponderId, request_stream

_WAITING_POINTS = (Point.GATE, Point.SHELF)


class ReportMissing(WorkCommand):
    """Say that the goods are not where the leg begins, or not in their bags; the leg has failed."""


class ReceiveGoods(RequestCommand):
    """Confirm to have the goods: the resident, or who reported, or somebody on their behalf (R7)."""

    seals: Seals = ()


class MissGoods(RequestCommand):
    """Say that what was put down for one is not there."""


class FindGoods(RequestCommand):
    """Say that missing goods were found and where they lie now."""

    point: Point


class CallForGoods(RequestCommand):
    """Call a person because goods wait at gate or shelf; `placed_at` names the placing it answers."""

    placed_at: Instant


def report_missing(command: ReportMissing, read: Read) -> Decision:
    """Record that the goods are not there, and who had them last; a person is called (R3, R5)."""
    state, leg = leg_named(command, read)
    if said_before(leg, Failed, command) and isinstance(state.goods, Missing):
        return NOTHING
    check_taken(command, state, leg)
    return failed_with(command, *_missing(command, state, read=read), read=read, outcome="missing")


def miss_goods(command: MissGoods, read: Read) -> Decision:
    """Record that what was put down for somebody is not there; a person is called."""
    state = help_request.known(read, command.community, command.request)
    check_speaks_for(command, command.request, state)
    if isinstance(state.goods, Missing):
        return NOTHING
    if not state.is_open:
        raise ended(command.request, state)
    return one(command, *_missing(command, state, read=read))


def _missing(command: ReportMissing | MissGoods, state: HelpRequest, *, read: Read) -> tuple[Fact, ...]:
    there = goods_there(state)
    if there is None:
        raise Refused(
            "no_goods",
            f"Nobody wrote down goods of request {command.request}. Fail the leg with what was found instead.",
            request=command.request,
        )
    duty = registered(read, command.community).duty
    who = command.on_behalf_of or command.actor.id
    return (
        GoodsMissing(last_held_by=there.holder, reported_by=who, missed_at=command.at),
        RequestEscalated(to=duty, reason="goods_missing", escalated_at=command.at),
    )


def find_goods(command: FindGoods, read: Read) -> Decision:
    """Record where missing goods lie now; a person then has the failed leg tried again."""
    state = help_request.known(read, command.community, command.request)
    if not state.is_open:
        raise ended(command.request, state)
    if not isinstance(state.goods, Missing):
        return NOTHING
    return one(command, GoodsFound(by=command.actor.id, point=command.point, found_at=command.at))


def receive_goods(command: ReceiveGoods, read: Read) -> Decision:
    """
    Confirm to have the goods (R7).

    From the hands of who brought them, who then finishes the leg; or from gate, shelf or door: then
    whatever was still to be done is not needed any more, and all who were asked for it are free.
    """
    state = help_request.known(read, command.community, command.request)
    by = check_confirms(command, command.request, state)
    if isinstance(state.goods, WithRecipient):
        return NOTHING
    if not state.is_matchable and not isinstance(state, Delivered):
        raise ended(command.request, state)
    there = goods_there(state)
    if there is None:
        raise Refused(
            "no_goods",
            f"Nobody wrote down goods of request {command.request}. Confirm the request when it is delivered.",
            request=command.request,
        )
    seals_checked(command.seals, there, wanted=False)
    return _received(command, state, GoodsReceived(by=by, giver=there.holder, received_at=command.at))


def _received(command: ReceiveGoods, state: HelpRequest, fact: GoodsReceived) -> Decision:
    gathered = Gathered()
    stream = request_stream(command.community, command.request)
    gathered.add(stream, fact)
    at_work = [leg for leg in state.legs if isinstance(leg, Taken) and place_of(leg, ResponderId(fact.giver))]
    if at_work and state.is_matchable:
        return gathered.decision()
    if state.is_matchable:
        left = [leg for leg in state.legs if not isinstance(leg, Done)]
        for leg in left:
            gathered.add(stream, LegNotNeeded(leg=leg.plan.name, reason="picked_up", done_at=command.at))
        gathered.add(stream, RequestDelivered(delivered_at=command.at))
        release_all(command, command.request, state, reason="picked_up", gathered=gathered)
    gathered.add(stream, ReceiptConfirmed(confirmed_by=fact.by, confirmed_at=command.at))
    return gathered.decision()


def waits_until(state: HelpRequest, policy: Policy) -> datetime | None:
    """Return until when goods may wait at gate or shelf before a person is called; `None` when none wait (R5)."""
    goods = state.goods
    if not isinstance(goods, Placed) or goods.called or goods.point not in _WAITING_POINTS:
        return None
    if any(isinstance(leg, Taken) for leg in state.legs):
        return None
    return goods.since + timedelta(seconds=policy.shelf_wait_s)


def call_for_goods(command: CallForGoods, read: Read) -> Decision:
    """Call a person because goods wait, once for each placing; taken up in between, nothing happens."""
    state = help_request.known(read, command.community, command.request)
    community = registered(read, command.community)
    until = waits_until(state, community.policy) if state.is_open else None
    if until is None or until > command.at or not state.goods or state.goods.since != command.placed_at:
        return NOTHING
    return one(command, GoodsWaited(to=community.duty, placed_at=command.placed_at, called_at=command.at))
