"""Who stands in for whom at an instant: places that deputies receive while their captain cannot serve (R18)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..domain.responder import Departed, Departing, Responder
from ..domain.values import Place, ResponderId
from .board import Board


def can_serve(board: Board, person: Responder, at: datetime) -> bool:
    """Tell whether somebody is there at an instant: serving, not out, not isolated, on duty."""
    gone = isinstance(person, Departing | Departed) or person.out or person.isolated
    return not gone and not board.isolated_at_home(person) and person.on_duty(at)


def deputised(board: Board, at: datetime) -> dict[ResponderId, tuple[Place, ...]]:
    """
    Return the places that each deputy receives at an instant, beside their own scopes.

    A deputy who cannot serve either passes the place on to their own deputies for it.
    """
    found: dict[ResponderId, tuple[Place, ...]] = {}
    for captain in sorted(board.responders):
        person = board.responders[captain]
        if not person.duty.deputies or can_serve(board, person, at):
            continue
        for deputy, scope in _stand_ins(board, captain, person.scopes, at=at, seen=frozenset({captain})):
            found[deputy] = tuple(dict.fromkeys((*found.get(deputy, ()), scope)))
    return found


def _stand_ins(
    board: Board, captain: ResponderId, within: tuple[Place, ...], *, at: datetime, seen: frozenset[ResponderId]
) -> Iterator[tuple[ResponderId, Place]]:
    for deputy in board.responders[captain].duty.deputies:
        who, person = deputy.responder, board.responders.get(deputy.responder)
        in_scope = any(scope.contains(deputy.scope) for scope in within)
        if person is None or who in seen or not in_scope or not deputy.term.covers(at):
            continue
        if can_serve(board, person, at):
            yield who, deputy.scope
        else:
            yield from _stand_ins(board, who, (deputy.scope,), at=at, seen=seen | {who})
