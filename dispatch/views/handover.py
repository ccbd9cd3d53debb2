"""The hand-over note of somebody who leaves: what was open, and who has it now (R23)."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.absence import left_open
from ..domain.values import LegId, Place, ResponderId, request_of
from ..matching.board import Board


@dataclass(frozen=True, slots=True)
class HandOverLine:
    """
    One leg that somebody leaves open.

    `stage` is the leg's state, such as ``Waiting`` or ``Taken``, or ``Closed`` when its request is over;
    `holders` are those who are asked for it or have taken it now.
    """

    leg: LegId
    kind: str | None
    place: Place | None
    stage: str
    holders: tuple[ResponderId, ...]


def hand_over(board: Board, who: ResponderId) -> tuple[HandOverLine, ...]:
    """Return what somebody left open when they dropped out, or, while they serve, what they hold."""
    person = board.responders[who]
    return tuple(_line(board, leg) for leg in (person.left_open if person.out else left_open(person)))


def _line(board: Board, leg: LegId) -> HandOverLine:
    state = board.requests.get(request_of(leg))
    found = state.leg(leg.partition("/")[2]) if state is not None else None
    if state is None or found is None:
        return HandOverLine(leg, None, None, "Closed", ())
    holders = tuple(ask.responder for ask in found.asks)
    return HandOverLine(leg, state.kind, state.place, type(found).__name__, holders)
