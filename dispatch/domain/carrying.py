"""
Commands about the course of a taken leg and the goods on it: set out, arrive, pick up, put down, hand over (R5, R6).

Each is optional: who only says that a leg is finished has said enough. What is put down or handed
over finishes its leg in the same save, so that there is no moment in which nobody has it.
"""

from __future__ import annotations

from typing import Any

from .crew import check_called
from .decider import NOTHING, Changes, Decision, Gathered, Read
from .errors import Refused
from .goods import (
    Carried,
    Goods,
    GoodsHandedOver,
    GoodsPickedUp,
    GoodsPlaced,
    GoodsRefused,
    HandedOver,
    Missing,
    Seals,
    TurnedBack,
    WithRecipient,
)
from .help_request import HelpRequest
from .intake import RequestCommand
from .leg import Done, EnRoute, Failed, Leg, OnScene, place_of
from .leg_course import LegArrived, LegStarted
from .offer import (
    CompleteLeg,
    FailLeg,
    WorkCommand,
    barred_now,
    check_taken,
    complete_leg,
    fail_leg,
    leg_named,
    said_before,
)
from .responder import serving
from .values import Account, Code, Fact, Point, ResponderId, is_local_id, request_stream

_OUTCOMES = {Point.GATE: "left_at_gate", Point.SHELF: "left_on_shelf", Point.DOOR: "left_at_door"}


class StartLeg(WorkCommand):
    """Set out for a leg."""


class ArriveAtLeg(WorkCommand):
    """Be where a leg is done."""


class BagCommand(WorkCommand):
    """Base of what is said of goods in hand; `seals` are the numbers that were read off the closed bags."""

    seals: Seals = ()


class PickUpGoods(BagCommand):
    """Take the goods up: from a shop, a gate, a shelf, or somebody's hands."""


class PlaceGoods(BagCommand):
    """Put the goods down at gate, shelf or door; that finishes the leg."""

    point: Point | None = None


class HandOverGoods(BagCommand):
    """Give the goods to a named person at a point, across the fence for example; that finishes the leg (R6)."""

    to: Account
    point: Point | None = None


class RefuseGoods(WorkCommand):
    """Say that the other side does not take the goods; they stay with who brought them and the leg has failed."""

    reason: Code


def start_leg(command: StartLeg, read: Read) -> Decision:
    """Set out, if the rules that held when it was accepted still hold (S5)."""
    state, leg = leg_named(command, read)
    if said_before(leg, EnRoute, command) or said_before(leg, OnScene, command) or said_before(leg, Done, command):
        return NOTHING
    check_taken(command, state, leg)
    check_called(command.request, leg)
    mine = place_of(leg, command.responder)
    rule = barred_now(command, state, leg, position=mine.position if mine else None, read=read)
    if rule is not None:
        raise Refused(
            rule,
            f"Responder {command.responder} may not set out for leg {command.leg} of {command.request} now ({rule}). "
            "It will be offered to somebody else.",
            responder=command.responder,
            request=command.request,
        )
    return one(command, LegStarted(leg=command.leg, responder=command.responder, started_at=command.at))


def arrive_at_leg(command: ArriveAtLeg, read: Read) -> Decision:
    """Be there; who never said to have set out has, too."""
    state, leg = leg_named(command, read)
    if said_before(leg, OnScene, command) or said_before(leg, Done, command):
        return NOTHING
    check_taken(command, state, leg)
    return one(command, LegArrived(leg=command.leg, responder=command.responder, arrived_at=command.at))


def pick_up_goods(command: PickUpGoods, read: Read) -> Decision:
    """Take the goods up; the numbers on the bags must be those that were written down (R3)."""
    state, leg = leg_named(command, read)
    if said_before(leg, Done, command) or _has_them(command, state):
        return NOTHING
    check_taken(command, state, leg)
    there = goods_there(state)
    fact = GoodsPickedUp(
        leg=command.leg,
        responder=command.responder,
        giver=there.holder if there else None,
        seals=seals_checked(command.seals, there, wanted=there is not None),
        picked_up_at=command.at,
    )
    return one(command, fact)


def _has_them(command: WorkCommand, state: HelpRequest) -> bool:
    goods = state.goods
    return isinstance(goods, Carried) and (goods.holder, goods.leg) == (command.responder, command.leg)


def goods_there(state: HelpRequest) -> Goods | None:
    """Return the goods, if any were ever written down; refused when they are gone."""
    goods = state.goods
    if isinstance(goods, Missing):
        raise Refused(
            "goods_missing",
            f"The goods are missing; {goods.holder} had them last. Say where they are when they are found.",
            holder=goods.holder,
        )
    if isinstance(goods, WithRecipient):
        raise Refused("goods_received", f"{goods.holder} has the goods already. Nothing is left to carry.")
    return goods


def seals_checked(seals: Seals, there: Goods | None, *, wanted: bool) -> tuple[str, ...]:
    """Return the numbers of the bags, compared with those written down; who had them last is named (R3, A2)."""
    seen = tuple(sorted(set(seals)))
    known = there.seals if there else ()
    if not known or not there or (not seen and not wanted):
        return seen or known
    told = f"The bags have the numbers {', '.join(known)}; {there.holder} had them last."
    if not seen:
        raise Refused("seal_needed", f"{told} Read the numbers off and give them.", holder=there.holder, expected=known)
    if seen != known:
        raise Refused(
            "seal_differs",
            f"{told} {', '.join(seen)} was read off. Read them again, or report the goods missing.",
            holder=there.holder,
            expected=known,
        )
    return seen


def _point_of(command: PlaceGoods | HandOverGoods, leg: Leg) -> Point:
    """Return where it ends: the leg's own end, or the gate, where the way to the shelf is closed (R5, R6)."""
    ends = leg.plan.destination
    allowed = (ends, Point.GATE) if ends is Point.SHELF else (ends,)
    point = command.point or ends
    if point not in allowed:
        raise Refused(
            "wrong_point",
            f"Leg {command.leg} ends at the {ends}, not at the {point}. Bring the goods there, or release the leg.",
            leg=command.leg,
            choices=", ".join(allowed),
        )
    return point


def place_goods(command: PlaceGoods, read: Read) -> Decision:
    """Put the goods down and finish the leg, in one save."""
    state, leg = leg_named(command, read)
    if said_before(leg, Done, command):
        return NOTHING
    check_taken(command, state, leg)
    there = _in_hand(command, state)
    point = _point_of(command, leg)
    fact = GoodsPlaced(
        leg=command.leg,
        responder=command.responder,
        point=point,
        seals=seals_checked(command.seals, there, wanted=False),
        placed_at=command.at,
    )
    return _finished(command, fact, read=read, outcome=_OUTCOMES.get(point, "left_there"))


def hand_over_goods(command: HandOverGoods, read: Read) -> Decision:
    """Give the goods from hand to hand and finish the leg, in one save: both sides are written down (R6)."""
    state, leg = leg_named(command, read)
    if said_before(leg, Done, command):
        return NOTHING
    check_taken(command, state, leg)
    there = _in_hand(command, state)
    _named_taker(command, state, read=read)
    fact = GoodsHandedOver(
        leg=command.leg,
        giver=command.responder,
        taker=command.to,
        point=_point_of(command, leg),
        seals=seals_checked(command.seals, there, wanted=there is not None),
        handed_over_at=command.at,
    )
    return _finished(command, fact, read=read, outcome="handed_over")


def _in_hand(command: WorkCommand, state: HelpRequest) -> Goods | None:
    """Return what somebody has in hand; refused when somebody else has it and nobody took it up."""
    there = goods_there(state)
    if isinstance(there, Carried | TurnedBack) and there.holder != command.responder:
        raise _elsewhere(command, there)
    return there


def _elsewhere(command: WorkCommand, there: Goods) -> Refused:
    return Refused(
        "goods_elsewhere",
        f"{there.holder} has the goods of request {command.request}, or had them last. Pick them up first.",
        request=command.request,
        holder=there.holder,
    )


def _named_taker(command: HandOverGoods, state: HelpRequest, *, read: Read) -> None:
    """Refuse a taker who is nobody, or whom the goods do not concern: each side of a hand-over has a name (R6)."""
    taker = command.to
    if taker == command.responder:
        raise Refused("same_holder", f"{taker} has the goods already. Name somebody else.", holder=taker)
    if taker in (state.beneficiary, state.reporter):
        return
    if is_local_id(taker) and taker.startswith("p-"):
        raise Refused(
            "not_of_this_request",
            f"Request {command.request} is not for resident {taker}. Hand the goods to whom they are for.",
            request=command.request,
        )
    if is_local_id(taker):
        serving(read, command.community, ResponderId(taker))


def refuse_goods(command: RefuseGoods, read: Read) -> Decision:
    """Record that the other side did not take them: the leg has failed, and who brought them still has them."""
    state, leg = leg_named(command, read)
    if said_before(leg, Failed, command) and isinstance(state.goods, TurnedBack):
        return NOTHING
    check_taken(command, state, leg)
    there = goods_there(state)
    if there is not None and (there.holder != command.responder or not isinstance(there, Carried | HandedOver)):
        raise _elsewhere(command, there)
    fact = GoodsRefused(leg=command.leg, responder=command.responder, reason=command.reason, refused_at=command.at)
    return failed_with(command, fact, read=read, outcome="refused")


def _finished(command: WorkCommand, fact: Fact, *, read: Read, outcome: str) -> Decision:
    done = CompleteLeg(**_of_leg(command), outcome=outcome)
    return _before(command, (fact,), complete_leg(done, read))


def failed_with(command: WorkCommand, *facts: Fact, read: Read, outcome: str) -> Decision:
    """Return a leg's failure, with what is recorded of the goods before it in the same save."""
    return _before(command, facts, fail_leg(FailLeg(**_of_leg(command), outcome=outcome), read))


def _of_leg(command: WorkCommand) -> dict[str, Any]:
    return {name: getattr(command, name) for name in WorkCommand.model_fields}


def _before(command: WorkCommand, facts: tuple[Fact, ...], rest: Decision) -> Decision:
    gathered = Gathered()
    gathered.add(request_stream(command.community, command.request), *facts)
    for changes in rest:
        gathered.add(changes.stream, *changes.events)
    return gathered.decision()


def one(command: WorkCommand | RequestCommand, *facts: Fact) -> Decision:
    """Return events of one request."""
    return (Changes(request_stream(command.community, command.request), facts),)
