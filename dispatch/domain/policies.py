"""
The policies that come with the engine, by name and version; a community may adopt one, or write its own.

What was shipped is history: another content is another version, and the tests pin every digest.
"""

from __future__ import annotations

from .policy import EVERYDAY, Policy
from .policy_levels import AGEING_CAP, EVERYDAY_LEVELS, LevelName, LevelOrder, Measure, PolicyLevel, Weight
from .policy_tiers import Reserve, TierTimes

_CAPS = {level.name: level.cap for level in EVERYDAY_LEVELS} | {
    LevelName.CHANGES: 1,
    LevelName.WAITING: 150_000,
    LevelName.RESERVE: 1,
}


def _in_order(*names: LevelName) -> LevelOrder:
    return tuple(PolicyLevel(name=name, cap=_CAPS[name]) for name in names)


EVERYDAY_LATE = Policy(
    name="everyday",
    version=2,
    ageing_s=200,
    offers_ahead_max=1,
    plan_ahead_max=3,
    levels=(
        *EVERYDAY_LEVELS[:3],
        *_in_order(LevelName.CHANGES),
        PolicyLevel(
            name=LevelName.WAITING,
            cap=_CAPS[LevelName.WAITING],
            weights=(
                Weight(measure=Measure.OTHER_FLOOR, weight=1_000),
                Weight(measure=Measure.UNKNOWN_FACE, weight=40),
                Weight(measure=Measure.LATER, weight=1_000),
            ),
        ),
        *_in_order(LevelName.SAME_PERSON, LevelName.BUILDING_TIER),
        PolicyLevel(
            name=LevelName.LOAD_BAND,
            cap=_CAPS[LevelName.LOAD_BAND],
            weights=(Weight(measure=Measure.ASKED, weight=1),),
        ),
        *_in_order(LevelName.OWN_FLOOR, LevelName.CONTINUITY, LevelName.EFFORT, LevelName.TIE),
    ),
)
"""
`everyday` that binds late: one leg at a time is offered, and a plan of queues keeps the order of the others.

Places in queues are priced, and the own floor is weighed against the minutes; see docs/decisions/0016.
"""

SURGE = Policy(
    name="surge",
    version=1,
    respond_within_s=300,
    acknowledge_within_s=600,
    triage_within_s=600,
    ageing_s=240,
    offers_ahead_max=1,
    plan_ahead_max=3,
    paper_ahead_max=3,
    levels=(
        *EVERYDAY_LEVELS[:3],
        *_in_order(
            LevelName.CHANGES,
            LevelName.WAITING,
            LevelName.LOAD_BAND,
            LevelName.EFFORT,
            LevelName.BUILDING_TIER,
            LevelName.SAME_PERSON,
            LevelName.OWN_FLOOR,
            LevelName.CONTINUITY,
            LevelName.TIE,
        ),
    ),
)
"""
For days with far more requests than hands: whoever has the most room goes, from wherever in the community.

One leg at a time is offered and the rest is planned; load before nearness, then the least effort, so that nobody
idles while a neighbour is full; answers in half the time.
"""

_MEDICAL_POINTS = (
    Weight(measure=Measure.LIFE, weight=1_000),
    Weight(measure=Measure.HEALTH, weight=800),
)

MEDICAL_FIRST = Policy(
    name="medical_first",
    version=1,
    respond_within_s=300,
    acknowledge_within_s=600,
    triage_within_s=600,
    continuity_days=28,
    continuity_max=10,
    continuity_decay_days=7,
    offers_ahead_max=1,
    plan_ahead_max=3,
    paper_ahead_max=3,
    tiers=TierTimes(compound_s=(0, 0, 600, 1_200), community_s=(0, 0, 1_200, 2_400), reserve_s=(0, 0, 1_800, 3_600)),
    reserve=Reserve(community_people=1, opens_s=(600, 1_200)),
    levels=(
        *EVERYDAY_LEVELS[:2],
        PolicyLevel(name=LevelName.UNSERVED, cap=1_000 + AGEING_CAP, weights=_MEDICAL_POINTS),
        *_in_order(
            LevelName.CHANGES,
            LevelName.WAITING,
            LevelName.SAME_PERSON,
            LevelName.RESERVE,
            LevelName.CONTINUITY,
            LevelName.BUILDING_TIER,
            LevelName.LOAD_BAND,
            LevelName.OWN_FLOOR,
            LevelName.EFFORT,
            LevelName.TIE,
        ),
    ),
)
"""
For weeks in which the sick at home are the concern: for a week of waiting nothing overtakes help for health.

One leg at a time is offered and the rest is planned. Whoever knows the household goes before whoever lives nearer;
what is not about health is asked of the own building first and further away later; one person is kept free for it.
"""

SHIPPED = (EVERYDAY, EVERYDAY_LATE, SURGE, MEDICAL_FIRST)
"""Every policy that comes with the engine, older versions included."""

BEGINS_WITH = EVERYDAY_LATE
"""What a new community begins with; those there are keep what they adopted. Why: docs/decisions/0016."""


def shipped(name: str, version: int | None = None) -> Policy | None:
    """Return a shipped policy, the latest version unless another is asked for; `None` when there is none."""
    found = [policy for policy in SHIPPED if policy.name == name and version in (None, policy.version)]
    return max(found, key=lambda policy: policy.version, default=None)
