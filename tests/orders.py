"""Any order of levels that a policy may have."""

from __future__ import annotations

from collections.abc import Collection
from random import Random

from hypothesis import strategies as st

from dispatch.domain.policy_levels import (
    BY_URGENCY,
    EVERYDAY_LEVELS,
    MEASURES,
    TIE_MAX,
    WAITING_LEVELS,
    LevelName,
    LevelOrder,
    Measure,
    PolicyLevel,
    Weight,
)

ROOM = {level.name: level.cap for level in EVERYDAY_LEVELS} | {LevelName.UNSERVED: 2_000, LevelName.WAITING: 60_000_000}
"""Caps that hold whatever a level reaches, at any knob."""

COUNTS_UP_TO = frozenset({LevelName.LOAD_BAND, LevelName.EFFORT})
"""What these count ends at their cap, however low."""

WHO_GOES = sorted(set(LevelName) - WAITING_LEVELS - {LevelName.TIE})
URGENCIES = tuple(BY_URGENCY.values())


def level_orders() -> st.SearchStrategy[LevelOrder]:
    """Give some levels in some order, with some weights."""
    return st.randoms(use_true_random=False).map(random_order)


def random_order(draw: Random, *, without: Collection[LevelName] = (), least: int = 0) -> LevelOrder:
    """Return an order that a generator decides: at least so many of who goes, and none of those named."""
    waiting = draw.choice(
        (
            [LevelName.UNSERVED],
            [LevelName.HEALTH_LATENESS, LevelName.UNSERVED],
            [LevelName.UNSERVED, LevelName.HEALTH_LATENESS],
        )
    )
    known = [name for name in WHO_GOES if name not in without]
    going = draw.sample(known, draw.randint(min(least, len(known)), len(known)))
    return tuple(_level(draw, name) for name in (LevelName.LIFE_WAITING, *waiting, *going, LevelName.TIE))


def _level(draw: Random, name: LevelName) -> PolicyLevel:
    room = ROOM.get(name, 10)
    least = draw.choice((1, 2, room)) if name in COUNTS_UP_TO else room
    cap = TIE_MAX if name is LevelName.TIE else draw.randint(least, 2 * least)
    own = [measure for measure in MEASURES.get(name, {}) if measure not in URGENCIES]
    said = {measure: draw.choice((1, 2, 1_000)) for measure in own if draw.random() < 0.3}
    if name is LevelName.UNSERVED and draw.random() < 0.5:
        points = sorted((draw.randint(1, 1_000) for _ in URGENCIES), reverse=True)
        said |= dict(zip(URGENCIES, points, strict=True))
    return PolicyLevel(name=name, cap=cap, weights=tuple(_weight(measure, said[measure]) for measure in sorted(said)))


def _weight(measure: Measure, weight: int) -> Weight:
    return Weight(measure=measure, weight=weight)
