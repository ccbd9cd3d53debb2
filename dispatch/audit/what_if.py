"""What if another policy had been in force: who would have been asked on a board of the log. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.match_run import MatchDecided, ShortfallFound
from ..domain.policy import Policy
from ..domain.values import CommunityId, LegId, ResponderId
from ..matching.board import Board
from ..matching.reasoning import reasoning

RECOMPUTED = ("rules", "choices", "prices")
"""What a what-if works out anew, on this one board."""
ASSUMED = ("before", "acceptance", "durations", "after")
"""What it takes as it was: all that led to the board. Whether they would have said yes, how long it would have
taken, and what would have come of it, nobody knows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A leg for which the other policy asks others, or nobody.

    Attributes
    ----------
    asked, would_ask
        Whom the policy in force asks on this board, and whom the other one; nobody is empty.
    """

    leg: LegId
    asked: tuple[ResponderId, ...]
    would_ask: tuple[ResponderId, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """
    What another policy would have decided on one board.

    Attributes
    ----------
    as_of, at
        The position of the board, and the instant.
    leg
        The leg that the recorded decision or shortfall is about; `None` for a board at any other position.
    policy_name, policy_version
        Of the policy that was in force.
    other_name, other_version
        Of the policy that is tried.
    asked, would_ask
        For `leg`: whom the policy in force asks, and whom the other one. Nobody is empty.
    differences
        Every leg that the two serve otherwise, the most urgent first.
    same
        How many legs both serve alike, or both leave.
    unserved, would_leave
        How many legs nobody is asked for, under the one and the other.
    recomputed, assumed
        `RECOMPUTED` and `ASSUMED`.
    """

    as_of: int
    at: datetime
    community: CommunityId
    leg: LegId | None
    policy_name: str
    policy_version: int
    other_name: str
    other_version: int
    asked: tuple[ResponderId, ...]
    would_ask: tuple[ResponderId, ...]
    differences: tuple[Difference, ...]
    same: int
    unserved: int
    would_leave: int
    recomputed: tuple[str, ...] = RECOMPUTED
    assumed: tuple[str, ...] = ASSUMED


def tried(board: Board, policy: Policy, at: datetime, *, fact: MatchDecided | ShortfallFound | None = None) -> WhatIf:
    """Compare what the policy in force and another one decide on a board; `fact` names the leg that is asked about."""
    ours = board.place_register.policy
    run, other = reasoning(board, ours, at), reasoning(board, policy, at)
    asked, would_ask = run.served(), other.served()
    legs = [demand.leg for demand in run.demands]
    differing = [leg for leg in legs if sorted(asked.get(leg, ())) != sorted(would_ask.get(leg, ()))]
    leg = None if fact is None else fact.leg
    return WhatIf(
        as_of=board.position,
        at=at,
        community=board.community,
        leg=leg,
        policy_name=ours.name,
        policy_version=ours.version,
        other_name=policy.name,
        other_version=policy.version,
        asked=() if leg is None else asked.get(leg, ()),
        would_ask=() if leg is None else would_ask.get(leg, ()),
        differences=tuple(Difference(leg, asked.get(leg, ()), would_ask.get(leg, ())) for leg in differing),
        same=len(legs) - len(differing),
        unserved=len(run.short),
        would_leave=len(other.short),
    )
