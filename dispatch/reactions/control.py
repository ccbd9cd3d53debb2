"""What a change of a control level brings by itself: the list of who and what is on the wrong side (A2, R20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..domain.values import SYSTEM
from ..domain.wrong_side import ListWrongSide, changes_in_force
from ..matching.board import Board
from ..matching.strays import wrong_side
from .reaction import Reaction


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """
    Yield the lists that are to be made: one for each place whose last change has none.

    It is read off the board on which the offers and the work it bars still stand.
    """
    listed = board.all("strays")
    for change in changes_in_force(board.place_register, at):
        if change.id in listed:
            continue
        command = ListWrongSide(
            community=board.community,
            actor=SYSTEM,
            at=at,
            place=change.place,
            level=change.level,
            changed_at=change.changed_at,
            found=wrong_side(board, at, within=change.place),
            as_of=board.position,
        )
        yield Reaction(f"control:{board.community}:{change.id}", command)


def changes_at(board: Board) -> Iterable[datetime]:
    """Return when control levels begin and end."""
    controls = board.place_register.controls
    return [t for c in controls for t in (c.effective_from, c.until) if t is not None]
