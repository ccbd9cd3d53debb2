"""
The ordered levels of a policy, as data: what counts, in which order, up to which value of one leg.

A lower level never outweighs a higher one; weights exist only between the measures inside one level.
What could not be kept strictly in order is rejected here, and the message names the levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Protocol

from pydantic import Field

from .values import Urgency, Value

TIE_BITS = 48
TIE_MAX = (1 << TIE_BITS) - 1

WAIT_CAP_S = 604_800
LATE_CAP_MIN = 10_080
AGEING_CAP = 1_000
TIERS = 4
WIDTH_MAX = 224
"""Bits that the caps of all levels may have together; today's order has 129, and every cost is that wide and more."""


class BadPolicy(ValueError):
    """
    What a policy says cannot be kept.

    Attributes
    ----------
    code
        Machine-readable reason, worded by the message catalogue.
    fields
        Codes and numbers that the message names.
    """

    def __init__(self, code: str, message: str, **fields: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields


class LevelName(StrEnum):
    """
    What a level counts, of one leg; smaller is better everywhere.

    The first three price leaving a leg unserved; all others price who goes.
    """

    LIFE_WAITING = "life_waiting"
    """Seconds a threat to life waits, from `WAIT_CAP_S` when it has just come."""

    HEALTH_LATENESS = "health_lateness"
    """Minutes that help for health is late; 0 in time."""

    UNSERVED = "unserved"
    """Points of a leg that stays unserved: its urgency, and its age."""

    WAITING = "waiting"
    """
    What standing at a place of somebody's queue costs: the minutes until then, times the points of the leg.

    What is nearer may be weighed against those minutes: see its measures.
    """

    CHANGES = "changes"
    """Sent offers that are taken back for this leg."""

    RESERVE = "reserve"
    """1 where a leg that is no threat to life or health takes somebody who is kept free for those."""

    SAME_PERSON = "same_person"
    """Lack of continuity where the kind asks for the same person; strangers to a crew that collapsed."""

    BUILDING_TIER = "building_tier"
    """0 own building, 1 compound, 2 community, 3 neither home nor post there."""

    LOAD_BAND = "load_band"
    """Bands of personal capacity that are full, past days included."""

    OWN_FLOOR = "own_floor"
    """1 for whoever does not live or serve on the floor."""

    CONTINUITY = "continuity"
    """Visits that are missing to the greatest continuity."""

    EFFORT = "effort"
    """Effort of going, in units."""

    TIE = "tie"
    """A hash of leg and responder that makes the answer unique."""


WAITING_LEVELS = frozenset({LevelName.LIFE_WAITING, LevelName.HEALTH_LATENESS, LevelName.UNSERVED})
"""Those that price leaving a leg unserved; the others price who goes."""


REQUIRED = (LevelName.LIFE_WAITING, LevelName.UNSERVED, LevelName.TIE)
"""Without these an order would leave a threat to life, anybody at all, or the answer itself open."""


class Measure(StrEnum):
    """What is added up inside a level that weighs several things against each other."""

    LIFE = "life"
    """Points of a leg whose request is a threat to life."""

    HEALTH = "health"
    """Points of a leg whose request is one of health."""

    HARDSHIP = "hardship"
    """Points of a leg whose request is a hardship."""

    NONE = "none"
    """Points of any other leg."""

    AGEING = "ageing"
    """Points for every `ageing_s` that a leg has waited, up to `AGEING_CAP` in all."""

    ASKED = "asked"
    """Offers received a day, answered or not, on average over the past `burden_days`."""

    HELD = "held"
    """Effort units that somebody holds and takes."""

    WORKED = "worked"
    """Effort units finished a day, on average over the past `burden_days`."""

    LEG = "leg"
    """Effort units of the leg: storeys without a lift, trips, weight."""

    GEAR = "gear"
    """Every five minutes of putting on protective gear, begun ones counted whole."""

    TURN = "turn"
    """Points of a leg, for every place before it in a queue; the weight is the minutes that a place takes."""

    OTHER_FLOOR = "other_floor"
    """1 for whoever does not live or serve on the floor, in points times minutes."""

    UNKNOWN_FACE = "unknown_face"
    """Lack of continuity where the kind asks for the same person, in points times minutes."""

    LATER = "later"
    """1 for a place of a queue from which nothing is offered now, in points times minutes."""

    FULLER = "fuller"
    """Load bands that are full, in points times minutes."""


BY_URGENCY = {
    Urgency.LIFE: Measure.LIFE,
    Urgency.HEALTH: Measure.HEALTH,
    Urgency.HARDSHIP: Measure.HARDSHIP,
    Urgency.NONE: Measure.NONE,
}

MEASURES: Mapping[LevelName, Mapping[Measure, int]] = MappingProxyType({
    LevelName.UNSERVED: MappingProxyType({
        Measure.LIFE: 400,
        Measure.HEALTH: 100,
        Measure.HARDSHIP: 40,
        Measure.NONE: 10,
        Measure.AGEING: 1,
    }),
    LevelName.WAITING: MappingProxyType({
        Measure.TURN: 20,
        Measure.OTHER_FLOOR: 0,
        Measure.UNKNOWN_FACE: 0,
        Measure.LATER: 0,
        Measure.FULLER: 0,
    }),
    LevelName.LOAD_BAND: MappingProxyType({Measure.HELD: 1, Measure.WORKED: 1, Measure.ASKED: 0}),
    LevelName.EFFORT: MappingProxyType({Measure.LEG: 1, Measure.GEAR: 1}),
})  # fmt: skip
"""The measures of each level that has several, with the weight each has where a policy says none."""


class Weight(Value):
    """What one unit of a measure counts inside its level."""

    measure: Measure
    weight: Annotated[int, Field(ge=0, le=1_000)]


class PolicyLevel(Value):
    """
    One level of a policy.

    Attributes
    ----------
    name
        What it counts, from a closed vocabulary.
    cap
        The greatest value of one leg on it, in the level's own unit. Load bands and effort count up
        to it; of every other level it must not be below what its measures can reach.
    weights
        Of the measures inside it, where they are not `MEASURES`.
    """

    name: LevelName
    cap: Annotated[int, Field(ge=1, le=TIE_MAX)]
    weights: Annotated[tuple[Weight, ...], Field(max_length=len(Measure))] = ()

    def weight(self, measure: Measure) -> int:
        """Return what one unit of a measure counts."""
        said = next((one.weight for one in self.weights if one.measure is measure), None)
        return MEASURES[self.name][measure] if said is None else said


LevelOrder = Annotated[tuple[PolicyLevel, ...], Field(max_length=2 * len(LevelName))]
"""Levels, most important first."""

EVERYDAY_LEVELS = (
    PolicyLevel(name=LevelName.LIFE_WAITING, cap=2 * WAIT_CAP_S),
    PolicyLevel(name=LevelName.HEALTH_LATENESS, cap=LATE_CAP_MIN + 1),
    PolicyLevel(name=LevelName.UNSERVED, cap=400 + AGEING_CAP),
    PolicyLevel(name=LevelName.SAME_PERSON, cap=41),
    PolicyLevel(name=LevelName.BUILDING_TIER, cap=TIERS - 1),
    PolicyLevel(name=LevelName.LOAD_BAND, cap=16),
    PolicyLevel(name=LevelName.OWN_FLOOR, cap=1),
    PolicyLevel(name=LevelName.CONTINUITY, cap=20),
    PolicyLevel(name=LevelName.EFFORT, cap=10_000),
    PolicyLevel(name=LevelName.TIE, cap=TIE_MAX),
)
"""The order of requirements part C. «Changes to what people were told» is off: a sent offer is not moved."""


class Ordered(Protocol):
    """A policy, as far as its levels depend on it."""

    @property
    def levels(self) -> tuple[PolicyLevel, ...]:
        """Its levels, most important first."""

    @property
    def continuity_max(self) -> int:
        """How many visits count at most."""

    @property
    def offers_ahead_max(self) -> int:
        """How many legs somebody is asked for at once."""

    @property
    def paper_ahead_max(self) -> int:
        """How many legs somebody without a phone is asked for at once; 0 is as for everybody."""

    @property
    def plan_ahead_max(self) -> int:
        """How many places of somebody's queue are planned; 0 plans none."""


def check_levels(policy: Ordered) -> None:
    """
    Check that the levels of a policy can be kept strictly in order.

    Raises
    ------
    ValueError
        A level stands twice, one that must be there is missing, one stands where another must, its
        measures are not its own or fall short of its cap, or all are too wide together. The message names
        the levels.
    """
    levels = policy.levels
    _check_names([level.name for level in levels])
    _check_order([level.name for level in levels])
    for level in levels:
        _check_weights(level)
    _check_plan(policy)
    _check_caps(policy)
    width = sum(level.cap.bit_length() for level in levels)
    if width > WIDTH_MAX:
        widest = sorted(levels, key=lambda level: -level.cap)[:3]
        names = ", ".join(level.name for level in widest)
        raise BadPolicy(
            "levels_too_wide",
            f"the caps of all levels have {width} bits together, expected at most {WIDTH_MAX}; lower those of {names}",
            levels=names,
            width=width,
            width_max=WIDTH_MAX,
        )


def _check_names(names: Sequence[LevelName]) -> None:
    twice = ", ".join(sorted({name for name in names if names.count(name) > 1}))
    if twice:
        raise BadPolicy("level_twice", f"level {twice} stands twice in the order; keep one of each", levels=twice)
    missing = ", ".join(name for name in REQUIRED if name not in names)
    if missing:
        raise BadPolicy(
            "level_missing",
            f"level {missing} is missing; every order has {', '.join(REQUIRED)}",
            levels=missing,
            required=", ".join(REQUIRED),
        )


def _check_order(names: Sequence[LevelName]) -> None:
    if names[0] is not LevelName.LIFE_WAITING:
        raise BadPolicy(
            "life_not_first", f"level {names[0]} stands before life_waiting, which must be first (A2)", level=names[0]
        )
    if names[-1] is not LevelName.TIE:
        after = names[names.index(LevelName.TIE) + 1]
        message = f"level tie stands before {after}, which could then never decide; tie must be last"
        raise BadPolicy("tie_not_last", message, level=after)
    for before, after in pairwise(names):
        if after in WAITING_LEVELS and before not in WAITING_LEVELS:
            raise BadPolicy(
                "level_outweighs",
                f"level {before} stands before {after}: who goes would outweigh whether anybody goes; "
                f"put {after} before it",
                level=before,
                other=after,
            )


def _check_weights(level: PolicyLevel) -> None:
    own = MEASURES.get(level.name, {})
    said = [weight.measure for weight in level.weights]
    foreign = ", ".join(measure for measure in said if measure not in own)
    if foreign:
        expected = f"has {', '.join(own)}" if own else "has one measure and no weights"
        raise BadPolicy(
            "measure_foreign",
            f"level {level.name} has no measure {foreign}; it {expected}",
            level=level.name,
            measures=foreign,
        )
    twice = ", ".join(sorted({measure for measure in said if said.count(measure) > 1}))
    if twice:
        message = f"level {level.name} weighs {twice} twice; keep one of each"
        raise BadPolicy("measure_twice", message, level=level.name, measures=twice)
    if level.name is LevelName.UNSERVED:
        _check_points([level.weight(measure) for measure in BY_URGENCY.values()])
    if level.name is LevelName.LOAD_BAND and level.weight(Measure.HELD) < 1:
        raise BadPolicy("load_not_weighed", "level load_band does not weigh what somebody holds; give held at least 1")


def _check_points(points: list[int]) -> None:
    if points != sorted(points, reverse=True) or points[-1] < 1:
        listed = ", ".join(str(one) for one in points)
        raise BadPolicy(
            "points_out_of_order",
            f"level unserved gives {listed} points to life, health, hardship and none; "
            "expected at least 1 and never more for the less urgent",
            points=listed,
        )


def _check_plan(policy: Ordered) -> None:
    waiting = any(level.name is LevelName.WAITING for level in policy.levels)
    if not policy.plan_ahead_max:
        return
    if not waiting:
        raise BadPolicy(
            "plan_without_waiting",
            f"{policy.plan_ahead_max} places are planned ahead and level waiting is missing, so that standing at the "
            "last would cost no more than at the first; add the level, or set plan_ahead_max to 0",
            planned=policy.plan_ahead_max,
        )
    if policy.plan_ahead_max <= policy.offers_ahead_max:
        raise BadPolicy(
            "plan_too_short",
            f"{policy.plan_ahead_max} places are planned ahead and {policy.offers_ahead_max} offered; "
            "plan at least one more than is offered, or set plan_ahead_max to 0",
            planned=policy.plan_ahead_max,
            offered=policy.offers_ahead_max,
        )


def _check_caps(policy: Ordered) -> None:
    for level in policy.levels:
        most = reach(level, policy)
        if level.cap < most:
            raise BadPolicy(
                "cap_too_low",
                f"level {level.name} is capped at {level.cap} and its measures reach {most}: the rest would "
                f"count on the level above; raise the cap to at least {most}",
                level=level.name,
                cap=level.cap,
                reach=most,
            )


def reach(level: PolicyLevel, policy: Ordered) -> int:
    """Return the greatest value that one leg can have on a level; 0 for those that count up to their cap."""
    match level.name:
        case LevelName.LIFE_WAITING:
            return 2 * WAIT_CAP_S
        case LevelName.HEALTH_LATENESS:
            return LATE_CAP_MIN + 1
        case LevelName.UNSERVED:
            return max(level.weight(measure) for measure in BY_URGENCY.values()) + AGEING_CAP
        case LevelName.SAME_PERSON:
            return 2 * policy.continuity_max + 1
        case LevelName.CONTINUITY:
            return policy.continuity_max
        case LevelName.BUILDING_TIER:
            return TIERS - 1
        case LevelName.WAITING:
            return _waiting_reach(level, policy)
        case LevelName.TIE:
            return TIE_MAX
        case _:
            return 0


def planned_places(policy: Ordered) -> int:
    """Return how many places a queue may have in the plan, those of captains without a phone too; 0 without a plan."""
    if not policy.plan_ahead_max:
        return 0
    return max(policy.plan_ahead_max, policy.offers_ahead_max, policy.paper_ahead_max)


def _waiting_reach(level: PolicyLevel, policy: Ordered) -> int:
    """Return the greatest value on the level `waiting`: the last place, the most points, and all that is weighed."""
    points = next(reach(one, policy) for one in policy.levels if one.name is LevelName.UNSERVED)
    band = next((one.cap for one in policy.levels if one.name is LevelName.LOAD_BAND), 0)
    places = max(0, planned_places(policy) - 1)
    turn = level.weight(Measure.TURN) * points * places + level.weight(Measure.LATER)
    near = level.weight(Measure.OTHER_FLOOR) + level.weight(Measure.UNKNOWN_FACE) * (2 * policy.continuity_max + 1)
    return turn + near + level.weight(Measure.FULLER) * band
