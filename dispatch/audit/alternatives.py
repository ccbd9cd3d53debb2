"""Other ways to serve a leg, with their levels by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..domain.errors import Unknown
from ..domain.policy import Policy
from ..domain.policy_levels import reach
from ..domain.values import ResponderId
from ..matching import alternatives as matching
from ..matching.alternatives import alternative
from ..matching.demand import Demand
from ..matching.reasoning import Reasoning
from ..matching.scale import levels_of
from ..matching.singles import Move

Levels = Mapping[str, int]
"""Value by level name, most important level first; smaller is better."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """
    Somebody else who might be sent, and what that would take.

    Attributes
    ----------
    responder
        Who.
    failed
        Every hard rule that keeps them from the leg, the first one first; empty when they may go.
    levels
        Their own values on the levels of the policy; empty when they may not go.
    rise
        By how much the whole plan would get worse, level by level; the first level that is not zero decides.
        All zero for who has the leg anyway. Empty when they may not go, or when this run leaves them no room.
    moves
        Which other legs would go to others then, first the one that makes room; nobody is `None`.
    place
        How many legs would stand before it in their queue, where the policy plans queues.
    """

    responder: ResponderId
    failed: tuple[str, ...]
    levels: Levels
    rise: Levels
    moves: tuple[Move, ...]
    place: int | None = None

    @property
    def decisive(self) -> str | None:
        """The first level on which the whole plan would differ; `None` when there is no price, or it is nothing."""
        return next((name for name, value in self.rise.items() if value), None)


def alternative_of(run: Reasoning, demand: Demand, responder: ResponderId, *, policy: Policy) -> Alternative:
    """
    Return what sending somebody would take.

    Raises
    ------
    Unknown
        No such responder on this board.
    """
    if responder not in run.people:
        raise Unknown("responder", responder, now="Correct the id, or ask about a later position.")
    return _named(alternative(run, demand, responder), policy)


def cheapest(run: Reasoning, demand: Demand, *, policy: Policy) -> tuple[Alternative, ...]:
    """Return everybody who could take a one-person leg and has room, the cheapest for the whole plan first."""
    return tuple(_named(one, policy) for one in matching.alternatives(run, demand))


def _named(one: matching.Alternative, policy: Policy) -> Alternative:
    return Alternative(
        responder=one.responder,
        failed=one.failed,
        levels=pair_levels(policy, one.vector),
        rise=all_levels(policy, one.rise),
        moves=one.moves,
        place=one.place,
    )


def waiting_levels(policy: Policy, vector: Sequence[int]) -> Levels:
    """Return what leaving a leg unserved costs, by the names of the first levels."""
    return all_levels(policy, vector)


def pair_levels(policy: Policy, vector: Sequence[int]) -> Levels:
    """Return what sending somebody costs, by the names of the levels that price who goes."""
    return dict(zip(levels_of(policy).pair, vector, strict=False))


def all_levels(policy: Policy, vector: Sequence[int]) -> Levels:
    """Return a rise of the whole plan by the names of the levels."""
    return dict(zip(levels_of(policy).names, vector, strict=False))


def caps_of(policy: Policy) -> Levels:
    """Return the greatest value that one leg can have on each level of a policy."""
    return {level.name.value: reach(level, policy) or level.cap for level in policy.levels}
