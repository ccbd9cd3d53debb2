"""The standby pool as a list: who waits, who is called, who is deployed for what (R23)."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.shift import Shift
from ..domain.standby import StandbyStage
from ..domain.values import CallUpId, ResponderId, Role
from ..matching.board import Board


@dataclass(frozen=True, slots=True)
class PoolLine:
    """One of the pool; `called` counts the calls ever, `shift` is what they serve while deployed."""

    responder: ResponderId
    role: Role
    stage: StandbyStage
    called: int
    call_up: CallUpId | None = None
    shift: Shift | None = None
    out: bool = False


def pool_of(board: Board) -> tuple[PoolLine, ...]:
    """Return the pool in order of id; who is leaving for good is in none."""
    return tuple(
        PoolLine(
            name,
            person.role,
            person.standby.stage,
            person.standby.called,
            person.standby.call_up,
            person.standby.shift,
            out=person.out,
        )
        for name, person in sorted(board.responders.items())
        if person.is_here and person.standby.stage is not StandbyStage.NONE
    )
