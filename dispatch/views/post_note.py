"""What somebody leaves behind at a post, read off a board; pure (R26)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..domain.absence import left_open
from ..domain.calling_round import CallingRound
from ..domain.custody import Held, TransferOffered
from ..domain.goods import Placed
from ..domain.post_note import LISTED_MAX, PostLeft
from ..domain.values import CustodyId, Place, Point, RequestId, ResponderId, RoundId
from ..matching.board import Board

WAITING_POINTS = (Point.GATE, Point.SHELF)


def left_at_post(board: Board, who: ResponderId, place: Place) -> PostLeft:
    """
    Return what is open when somebody leaves a post: their own work and keeping, and what waits in the place.

    Parameters
    ----------
    place
        Of the post: alarms and goods on the shelf of others elsewhere are not theirs to tell.
    """
    person = board.responders[who]
    legs = person.left_open if person.out else left_open(person)
    shelf, alarms = tuple(_on_the_shelf(board, place)), tuple(_unacknowledged(board, place))
    custody, rounds = tuple(_kept(board, who)), tuple(_unfinished(board, who))
    return PostLeft(
        legs=legs[:LISTED_MAX],
        shelf=shelf[:LISTED_MAX],
        custody=custody[:LISTED_MAX],
        alarms=alarms[:LISTED_MAX],
        rounds=rounds[:LISTED_MAX],
        more=sum(max(len(found) - LISTED_MAX, 0) for found in (legs, shelf, custody, alarms, rounds)),
    )


def _on_the_shelf(board: Board, place: Place) -> Iterator[RequestId]:
    for request, state in sorted(board.requests.items()):
        goods = state.goods
        if place.contains(state.place) and isinstance(goods, Placed) and goods.point in WAITING_POINTS:
            yield request


def _kept(board: Board, who: ResponderId) -> Iterable[CustodyId]:
    kept = sorted(board.all("custody").items())
    return (CustodyId(name) for name, one in kept if isinstance(one, Held | TransferOffered) and one.holder == who)


def _unacknowledged(board: Board, place: Place) -> Iterator[RequestId]:
    for request, state in sorted(board.requests.items()):
        alarm = state.alarm
        if place.contains(state.place) and alarm is not None and alarm.acknowledged_by is None:
            yield request


def _unfinished(board: Board, who: ResponderId) -> Iterator[RoundId]:
    for name, one in sorted(board.all("round").items()):
        if isinstance(one, CallingRound) and any(one.items[left].caller == who for left in one.left):
            yield RoundId(name)
