"""Any order of levels that a policy may have."""

from __future__ import annotations

from hypothesis import strategies as st

from dispatch.domain.policy_levels import (
    BY_URGENCY,
    EVERYDAY_LEVELS,
    MEASURES,
    TIE_MAX,
    WAITING_LEVELS,
    LevelName,
    Measure,
    PolicyLevel,
    Weight,
)

ROOM = {level.name: level.cap for level in EVERYDAY_LEVELS} | {LevelName.UNSERVED: 2_000, LevelName.WAITING: 60_000_000}
"""Caps that hold whatever a level reaches, at any knob."""

WHO_GOES = sorted(set(LevelName) - WAITING_LEVELS - {LevelName.TIE})


@st.composite
def level_orders(draw: st.DrawFn) -> tuple[PolicyLevel, ...]:
    """Give some levels in some order, with some weights."""
    waiting = draw(st.permutations([LevelName.HEALTH_LATENESS, LevelName.UNSERVED]))
    kept = [name for name in waiting if name is LevelName.UNSERVED or draw(st.booleans())]
    going = draw(st.lists(st.sampled_from(WHO_GOES), unique=True))
    return tuple(_level(draw, name) for name in (LevelName.LIFE_WAITING, *kept, *going, LevelName.TIE))


def _level(draw: st.DrawFn, name: LevelName) -> PolicyLevel:
    room = ROOM.get(name, 10)
    cap = TIE_MAX if name is LevelName.TIE else draw(st.integers(room, 2 * room))
    own = [measure for measure in MEASURES.get(name, {}) if measure not in BY_URGENCY.values()]
    said = draw(st.dictionaries(st.sampled_from(own), st.integers(1, 1_000))) if own else {}
    if name is LevelName.UNSERVED and draw(st.booleans()):
        points = sorted(draw(st.lists(st.integers(1, 1_000), min_size=4, max_size=4)), reverse=True)
        said |= dict(zip(BY_URGENCY.values(), points, strict=True))
    return PolicyLevel(name=name, cap=cap, weights=tuple(_weight(measure, said[measure]) for measure in sorted(said)))


def _weight(measure: Measure, weight: int) -> Weight:
    return Weight(measure=measure, weight=weight)
