"""What lets a waiting request go on: the end of a hold, of an original, of what comes before; and who is called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from ..domain.help_request import AwaitingApproval, AwaitingOthers, HelpRequest, Merged, OnHold
from ..domain.intake import EscalateRequest
from ..domain.linking import EndMerged, FollowOthers
from ..domain.resident import Erased, Leaving
from ..domain.steering import ResumeRequest
from ..domain.values import SYSTEM, RequestId
from ..matching.board import Board
from .reaction import Reaction

_ID_BYTES = 8
HELD_LONG = "held_long"


def request_due(board: Board, request: RequestId, at: datetime) -> Iterator[Reaction]:
    """
    Yield what is due about a request that waits.

    A hold that runs out ends, and one without an end calls a person; a merged request ends when its
    original is over; a request that comes after others is looked at again whenever one of them is
    delivered or over; one that is late for an approval or for others calls a person.
    """
    state = board.requests[request]
    if isinstance(board.residents[state.beneficiary], Leaving | Erased):
        return
    yield from _goes_on(board, request, at)
    for reason in _reasons_to_escalate(state, at):
        command = EscalateRequest(community=board.community, actor=SYSTEM, at=at, request=request, reason=reason)
        yield Reaction(f"escalate:{board.community}:{request}:{reason}", command)


def _goes_on(board: Board, request: RequestId, at: datetime) -> Iterator[Reaction]:
    state, community = board.requests[request], board.community
    match state:
        case OnHold(hold=hold) if hold is not None and hold.until is not None and hold.until <= at:
            resume = ResumeRequest(community=community, actor=SYSTEM, at=at, request=request, since=hold.since)
            yield Reaction(f"resume:{community}:{request}:{hold.since.isoformat()}", resume)
        case Merged(original=original) if original is not None and original not in board.requests:
            end = EndMerged(community=community, actor=SYSTEM, at=at, request=request, original=original)
            yield Reaction(f"merged:{community}:{request}", end)
        case AwaitingOthers():
            moved = [other for other in state.after if _has_moved(board, other)]
            if moved:
                follow = FollowOthers(community=community, actor=SYSTEM, at=at, request=request)
                yield Reaction(f"follow:{community}:{request}:{_digest(moved)}", follow)
        case _:
            return


def _reasons_to_escalate(state: HelpRequest, at: datetime) -> Iterator[str]:
    looked_at = _looked_at(state)
    if looked_at is not None and looked_at <= at:
        yield HELD_LONG if isinstance(state, OnHold) else "overdue"


def _looked_at(state: HelpRequest) -> datetime | None:
    """Return when a person is called about a request that still waits then, unless one was called before."""
    match state:
        case OnHold(hold=hold) if hold is not None and hold.until is None and HELD_LONG not in state.escalated:
            return hold.looked_at
        case AwaitingApproval() | AwaitingOthers() if "overdue" not in state.escalated:
            return state.due_at
        case _:
            return None


def _has_moved(board: Board, other: RequestId) -> bool:
    before = board.requests.get(other)
    return before is None or before.delivered_at is not None


def _digest(requests: list[RequestId]) -> str:
    return hashlib.blake2b("\x1f".join(requests).encode(), digest_size=_ID_BYTES).hexdigest()


def request_changes_at(board: Board, request: RequestId) -> Iterator[datetime]:
    """Yield when a hold ends, and when a person is called about what waits."""
    state = board.requests[request]
    looked_at = _looked_at(state)
    if looked_at is not None:
        yield looked_at
    if state.hold is not None and state.hold.until is not None:
        yield state.hold.until
