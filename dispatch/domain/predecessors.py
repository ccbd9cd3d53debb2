"""What a request comes after: predecessors that must be delivered first, and those it follows (R4, R17)."""

from __future__ import annotations

from .decider import Read
from .errors import Refused
from .help_request import HelpRequest, known
from .link import AFTER_MAX
from .values import CommunityId, RequestId, ResidentId

CHAIN_MAX = 200
"""Requests looked at for a circle; a longer chain is refused as one."""


def all_delivered(after: tuple[RequestId, ...], read: Read, *, community: CommunityId) -> bool:
    """Tell whether everything that comes before is delivered."""
    return all(known(read, community, other).delivered_at is not None for other in after)


def failed_predecessors(state: HelpRequest, read: Read, *, community: CommunityId) -> tuple[RequestId, ...]:
    """Return what a request waits for and that ended without being delivered."""
    others = {other: known(read, community, other) for other in state.after}
    return tuple(other for other, before in others.items() if not before.is_open and before.delivered_at is None)


def check_after(request: RequestId, after: tuple[RequestId, ...], read: Read, *, community: CommunityId) -> None:
    """
    Refuse predecessors that can never be delivered before a request.

    Raises
    ------
    Unknown
        There is no such request.
    Refused
        ``circle`` (bad input 53), ``predecessor_ended``, ``too_many_predecessors``.
    """
    if len(set(after)) > AFTER_MAX:
        raise Refused("too_many_predecessors", f"A request comes after {AFTER_MAX} others at most. Name fewer.")
    for other in after:
        if other == request:
            raise _circle(request, other)
        before = known(read, community, other)
        if not before.is_open and before.delivered_at is None:
            raise Refused(
                "predecessor_ended",
                f"Request {other} ended as {type(before).__name__} and will not be delivered. Name another, or none.",
                request=other,
            )
    _check_circle(request, after, read, community=community)


def _check_circle(request: RequestId, after: tuple[RequestId, ...], read: Read, *, community: CommunityId) -> None:
    seen: set[RequestId] = set()
    ahead = list(after)
    while ahead:
        other = ahead.pop()
        if other == request or len(seen) >= CHAIN_MAX:
            raise _circle(request, after[0])
        if other not in seen:
            seen.add(other)
            ahead.extend(known(read, community, other).after)


def _circle(request: RequestId, after: RequestId) -> Refused:
    return Refused(
        "circle",
        f"Request {request} cannot come after {after}, which comes after it itself. Leave one of the two out.",
        request=request,
        after=after,
    )


def check_followed(follows: RequestId, beneficiary: ResidentId, read: Read, *, community: CommunityId) -> None:
    """Refuse to come back on a request of somebody else; ``another_beneficiary``."""
    if known(read, community, follows).beneficiary != beneficiary:
        raise Refused(
            "another_beneficiary", f"Request {follows} is for somebody else. Name one of this person.", request=follows
        )
