"""Reading off a board who and what is on the wrong side of a control line; pure (A2, R20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..domain.access import is_cleared, side_allows, used_points
from ..domain.control import Control
from ..domain.custody import Orphaned, Returned
from ..domain.help_request import HelpRequest, full_leg_id
from ..domain.leg import Done, Failed, Leg
from ..domain.regime import POINTS
from ..domain.responder import Departed, Departing, Responder
from ..domain.values import CustodyId, Place, Point, RequestId, ResponderId, Side
from ..domain.wrong_side import StrayGoods, StrayPerson, StrayWork, WrongSide
from .board import Board

NOT_CLEARED = "inside_without_clearance"
SHUT_OUT = "outside_of_home"
CUT_OFF = "on_the_other_side"
POINT_CLOSED = "point_not_in_use"


def wrong_side(board: Board, at: datetime, *, within: Place | None = None) -> WrongSide:
    """
    Return who and what is on the wrong side of a guarded line at an instant.

    Parameters
    ----------
    within
        Lines in this place and around it only; every line by default.

    Notes
    -----
    People are responders: of a resident who is none, nobody records a side. Somebody is on the wrong
    side inside a line that they are not cleared for and do not live behind, or outside of the line
    around their home. Work is what a line bars now, whoever is asked or under way. Goods are those put
    down at a point that is out of use, and belongings whose keeper and owner a line separates.
    """
    register = board.place_register
    lines = [
        control
        for control in register.controls
        if control.is_active(at) and register.regime.of(control.level).guarded and _touches(control.place, within)
    ]
    return WrongSide(
        people=tuple(_people(board, lines)),
        work=tuple(_work(board, at)) if lines else (),
        goods=(*_left_behind(board, lines), *_cut_off(board, lines)),
    )


def _touches(line: Place, within: Place | None) -> bool:
    return within is None or within.contains(line) or line.contains(within)


def _people(board: Board, lines: list[Control]) -> Iterator[StrayPerson]:
    for who in sorted(board.responders):
        person = board.responders[who]
        if isinstance(person, Departing | Departed):
            continue
        for line in lines:
            reason = _stray(board, person, line)
            if reason is not None:
                side = person.side_of(line.place)
                yield StrayPerson(responder=who, line=line.place, side=side, reason=reason)


def _stray(board: Board, person: Responder, line: Control) -> str | None:
    lives_there = person.home is not None and line.place.contains(person.home)
    if lives_there:
        return SHUT_OUT if person.side_of(line.place) is Side.OUTSIDE else None
    if person.side_of(line.place) is Side.OUTSIDE:
        return None
    return None if is_cleared(person, line, board.place_register.regime.of(line.level)) else NOT_CLEARED


def _work(board: Board, at: datetime) -> Iterator[StrayWork]:
    for request, state in _open(board):
        for leg in state.legs:
            for ask in () if isinstance(leg, Done | Failed) else leg.asks:
                person = board.responders[ask.responder]
                barred = side_allows(board.place_register, person, leg.plan, place=state.place, at=at)
                if barred is not None:
                    yield StrayWork(leg=full_leg_id(request, leg), responder=ask.responder, reason=barred.rule)


def _open(board: Board) -> Iterator[tuple[RequestId, HelpRequest]]:
    for request in sorted(board.requests):
        state = board.requests[request]
        if state.is_worked_on:
            yield request, state


def _left_behind(board: Board, lines: list[Control]) -> Iterator[StrayGoods]:
    regime = board.place_register.regime
    for request, state in _open(board):
        closed = {
            point
            for line in lines
            if line.place.contains(state.place)
            for point in POINTS
            if point not in regime.of(line.level).points
        }
        for leg in state.legs if closed else ():
            if isinstance(leg, Done) and leg.plan.destination in closed and _somebody_takes_on(state, leg):
                yield StrayGoods(leg=full_leg_id(request, leg), reason=POINT_CLOSED)


def _somebody_takes_on(state: HelpRequest, leg: Leg) -> bool:
    """Tell whether goods lie where a leg put them: one that comes after it begins there and is not done."""
    return any(
        leg.plan.name in later.plan.after
        and Point(later.plan.origin) is leg.plan.destination
        and used_points(later.plan)
        and not isinstance(later, Done)
        for later in state.legs
    )


def _cut_off(board: Board, lines: list[Control]) -> Iterator[StrayGoods]:
    for item, state in sorted(board.all("custody").items()):
        if isinstance(state, Orphaned | Returned):
            continue  # nobody holds it
        owner, holder = board.residents.get(state.owner), board.responders.get(ResponderId(state.holder))
        if owner is None or holder is None:
            continue
        for line in lines:
            behind = line.place.contains(owner.door)
            rule = board.place_register.regime.of(line.level)
            if behind is not (holder.side_of(line.place) is Side.INSIDE) and not is_cleared(holder, line, rule):
                yield StrayGoods(custody=CustodyId(item), reason=CUT_OFF)
                break
