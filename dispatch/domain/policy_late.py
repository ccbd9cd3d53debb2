"""`everyday`, version 2: one leg at a time is offered, and a plan of queues keeps the order of the others."""

from __future__ import annotations

from .policy import Policy
from .policy_levels import EVERYDAY_LEVELS, LevelName, Measure, PolicyLevel, Weight

_EVERYDAY = {level.name: level for level in EVERYDAY_LEVELS}

LATE_LEVELS = (
    _EVERYDAY[LevelName.LIFE_WAITING],
    _EVERYDAY[LevelName.HEALTH_LATENESS],
    _EVERYDAY[LevelName.UNSERVED],
    PolicyLevel(name=LevelName.CHANGES, cap=1),
    PolicyLevel(
        name=LevelName.WAITING,
        cap=150_000,
        weights=(
            Weight(measure=Measure.OTHER_FLOOR, weight=200),
            Weight(measure=Measure.UNKNOWN_FACE, weight=40),
        ),
    ),
    _EVERYDAY[LevelName.SAME_PERSON],
    _EVERYDAY[LevelName.BUILDING_TIER],
    PolicyLevel(name=LevelName.LOAD_BAND, cap=16, weights=(Weight(measure=Measure.ASKED, weight=1),)),
    _EVERYDAY[LevelName.OWN_FLOOR],
    _EVERYDAY[LevelName.CONTINUITY],
    _EVERYDAY[LevelName.EFFORT],
    _EVERYDAY[LevelName.TIE],
)
"""The same order for late binding: places in queues are priced, and own floors weighed against the minutes."""

EVERYDAY_LATE = Policy(
    name="everyday",
    version=2,
    offers_ahead_max=1,
    plan_ahead_max=3,
    ageing_s=200,
    levels=LATE_LEVELS,
)
"""`everyday` that binds late: one leg at a time is offered, and a plan keeps the order; see docs/decisions/0016."""
