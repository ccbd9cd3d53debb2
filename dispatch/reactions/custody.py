"""What is held by somebody who cannot answer for it any more is orphaned, and a person is called (R4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from ..domain.custody import Custody, Held, TransferOffered
from ..domain.keeping import TOGETHER_MAX, OrphanCustody, cannot_keep
from ..domain.values import SYSTEM, CustodyId, ResponderId
from ..matching.board import Board
from .reaction import Reaction

_Kept = tuple[CustodyId, Custody]


def due(board: Board, at: datetime) -> Iterator[Reaction]:
    """Yield, for each holder who is isolated or has left, that everything they hold is orphaned: one call for all."""
    held: dict[ResponderId, list[_Kept]] = {}
    for item, state in sorted(board.all("custody").items()):
        if isinstance(state, Held | TransferOffered):
            held.setdefault(state.holder, []).append((CustodyId(item), state))
    for holder in sorted(held):
        rule = cannot_keep(board.read, board.community, holder)
        if rule is not None:
            for first in range(0, len(held[holder]), TOGETHER_MAX):
                yield _orphaning(board, holder, held[holder][first : first + TOGETHER_MAX], rule=rule, at=at)


def _orphaning(board: Board, holder: ResponderId, kept: Sequence[_Kept], *, rule: str, at: datetime) -> Reaction:
    command = OrphanCustody(
        community=board.community,
        actor=SYSTEM,
        at=at,
        custodies=tuple(item for item, _ in kept),
        holder=holder,
        reason=rule,
    )
    answered = " ".join(f"{item}.{state.holdings}" for item, state in kept)
    digest = hashlib.blake2b(answered.encode(), digest_size=16).hexdigest()
    return Reaction(f"orphan:{board.community}:{holder}:{digest}", command)


def changes_at(_board: Board) -> Iterable[datetime]:
    """Return nothing: time alone orphans nothing."""
    return ()
