"""Which places somebody may look at, by the role they speak in: what they hold of it now (S11, P4)."""

from __future__ import annotations

from datetime import datetime

from ..domain.authority import standing
from ..domain.errors import Refused
from ..domain.subjects import text_of
from ..domain.values import Actor, Place, Role
from ..matching.board import Board


def scopes_seen(board: Board, actor: Actor, at: datetime) -> tuple[Place, ...]:
    """
    Return the places over which an actor holds the role they speak in; all of them where nobody was granted any.

    Raises
    ------
    Refused
        ``role_not_held``: they hold it nowhere now.
    """
    if actor.role is Role.SYSTEM or not board.place_register.grants.governed:
        return (Place(),)
    scopes = tuple(grant.scope for grant in standing(actor, board.community, board.read, at=at))
    if not scopes:
        raise Refused(
            "role_not_held",
            f"{actor.id} does not hold the role {actor.role} now, so sees nothing. Ask for a grant.",
            actor=actor.id,
            role=str(actor.role),
        )
    return scopes


def check_sees(board: Board, actor: Actor, place: Place, *, at: datetime) -> None:
    """
    Refuse a look at somebody who lives outside of what the actor holds.

    Raises
    ------
    Refused
        ``role_not_held``, ``out_of_scope``.
    """
    if not any(scope.contains(place) for scope in scopes_seen(board, actor, at)):
        raise Refused(
            "out_of_scope",
            f"{actor.id} does not hold the role {actor.role} over {text_of(place)}, so does not see it. "
            "Ask whoever is responsible there.",
            actor=actor.id,
            role=str(actor.role),
            place=place.model_dump(exclude_none=True),
        )
