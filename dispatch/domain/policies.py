"""
The policies that come with the engine, by name and version; a community may adopt one, or write its own.

What was shipped is history: another content is another version, and the tests pin every digest.
"""

from __future__ import annotations

from .policy import EVERYDAY, Policy
from .policy_levels import AGEING_CAP, EVERYDAY_LEVELS, LevelName, LevelOrder, Measure, PolicyLevel, Weight
from .policy_tiers import Reserve, TierTimes

_CAPS = {level.name: level.cap for level in EVERYDAY_LEVELS} | {LevelName.RESERVE: 1}


def _in_order(*names: LevelName) -> LevelOrder:
    return tuple(PolicyLevel(name=name, cap=_CAPS[name]) for name in names)


SURGE = Policy(
    name="surge",
    version=1,
    respond_within_s=300,
    acknowledge_within_s=600,
    triage_within_s=600,
    ageing_s=600,
    reserve=Reserve(community_people=2, opens_s=(1_800, 3_600)),
    levels=(
        *EVERYDAY_LEVELS[:3],
        *_in_order(
            LevelName.LOAD_BAND,
            LevelName.EFFORT,
            LevelName.RESERVE,
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

Load before nearness, then the least effort, so that nobody idles while a neighbour is full; answers in
half the time; two people are kept free for the urgent for half an hour, or an hour.
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
    tiers=TierTimes(compound_s=(0, 0, 600, 1_200), community_s=(0, 0, 1_200, 2_400), reserve_s=(0, 0, 1_800, 3_600)),
    reserve=Reserve(community_people=4, opens_s=(1_800, 3_600)),
    levels=(
        *EVERYDAY_LEVELS[:2],
        PolicyLevel(name=LevelName.UNSERVED, cap=1_000 + AGEING_CAP, weights=_MEDICAL_POINTS),
        *_in_order(
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
For weeks in which the sick at home are the concern: nothing overtakes help for health, however long it has waited.

Whoever knows the household goes before whoever lives nearer; what is not about health is asked of the own
building first and further away later; four people are kept free for half an hour, or an hour.
"""

SHIPPED = (EVERYDAY, SURGE, MEDICAL_FIRST)
"""Every policy that comes with the engine, older versions included."""


def shipped(name: str, version: int | None = None) -> Policy | None:
    """Return a shipped policy, the latest version unless another is asked for; `None` when there is none."""
    found = [policy for policy in SHIPPED if policy.name == name and version in (None, policy.version)]
    return max(found, key=lambda policy: policy.version, default=None)
