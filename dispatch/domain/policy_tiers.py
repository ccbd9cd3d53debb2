"""
After what waiting a leg is offered further away, and who is kept free for the urgent: data of a policy.

Own building → compound → community → reserve (requirements part C). A tier opens for a leg once it has
waited long enough; a threat to life never waits for that (A2).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from .policy_levels import BadPolicy
from .values import Urgency, Value

Opening = Annotated[int, Field(ge=0, le=86_400)]
ReserveOpening = Annotated[int, Field(ge=60, le=86_400)]
Openings = tuple[Opening, Opening, Opening, Opening]

AT_ONCE: Openings = (0, 0, 0, 0)


class TierTimes(Value):
    """
    When each tier opens, in seconds that a leg has waited, by urgency from life to none.

    The own building is always open. Nobody further away is asked before those nearer are, and nothing
    more urgent waits longer than what is less urgent.

    Attributes
    ----------
    compound_s
        For those of the compound (小区).
    community_s
        For those of the community.
    reserve_s
        For those who wait on standby (备勤).
    """

    compound_s: Openings = AT_ONCE
    community_s: Openings = AT_ONCE
    reserve_s: Openings = AT_ONCE

    @model_validator(mode="after")
    def _opens_outwards(self) -> Self:
        named = {"compound_s": self.compound_s, "community_s": self.community_s, "reserve_s": self.reserve_s}
        for (near, sooner), (far, later) in pairwise(named.items()):
            if any(after < before for before, after in zip(sooner, later, strict=True)):
                message = f"tier {far} opens before {near}, which is nearer; let the nearer one open first"
                raise BadPolicy("tier_out_of_order", message, tier=far, nearer=near)
        for name, times in named.items():
            if times[Urgency.LIFE.rank]:
                message = f"tier {name} lets a threat to life wait; expected 0 seconds for life"
                raise BadPolicy("tier_delays_life", message, tier=name)
            if list(times) != sorted(times):
                message = f"tier {name} opens later for the more urgent; expected rising seconds"
                raise BadPolicy("tier_favours_less_urgent", message, tier=name)
        return self

    @property
    def by_tier(self) -> tuple[Openings, ...]:
        """The openings of every tier, nearest first."""
        return (AT_ONCE, self.compound_s, self.community_s, self.reserve_s)

    def opens_after(self, tier: int, urgency: Urgency) -> int:
        """Return after how many seconds of waiting a tier is asked for a leg."""
        return self.by_tier[tier][urgency.rank]


ALL_OPEN = TierTimes()


class Reserve(Value):
    """
    How many people are kept free for threats to life and for health.

    Kept are people who hold nothing and could be asked for something now, first those whose turn the
    hash of the day says. Hardship and no threat are not offered to them until their leg has waited so
    long; then the level `reserve` still prefers others, where the policy has it.

    Attributes
    ----------
    building_people
        Kept in each building, of those who live or serve there.
    community_people
        Kept in the whole community, those of the buildings counted.
    share_percent
        The most that is kept of those who could be asked at all, in the building and in the community, so that few
        people are not all kept idle.
    opens_s
        Seconds of waiting after which hardship, and no threat, may take them too.
    """

    building_people: Annotated[int, Field(ge=0, le=50)] = 0
    community_people: Annotated[int, Field(ge=0, le=1_000)] = 0
    share_percent: Annotated[int, Field(ge=1, le=100)] = 25
    opens_s: tuple[ReserveOpening, ReserveOpening] = (7_200, 14_400)

    @property
    def is_kept(self) -> bool:
        """Tell whether anybody is kept free."""
        return bool(self.building_people or self.community_people)

    def opens_after(self, urgency: Urgency) -> int:
        """Return after how many seconds of waiting whoever is kept free is asked for a leg."""
        return {Urgency.HARDSHIP: self.opens_s[0], Urgency.NONE: self.opens_s[1]}.get(urgency, 0)


NO_RESERVE = Reserve()
