"""
Control regime: what each control level means for points, crossings and protective gear. Data, in the log (R20, R21).

A community that adopted none works under `A2_REGIME`, the reading of the sources in requirements A2.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from .control import STRICTNESS
from .values import RESPONDING, Code, ControlLevel, Fact, Instant, Point, Role, Value

POINTS = (Point.GATE, Point.SHELF, Point.DOOR)
"""Where goods change hands (R5, R6)."""

SUIT = "protective_suit"
SUIT_MINUTES_MIN = 20
"""Putting on protective gear takes at least 20 minutes (R21)."""

Points = Annotated[tuple[Point, ...], Field(max_length=len(POINTS))]


class LevelRule(Value):
    """
    What one control level means.

    Attributes
    ----------
    guarded
        Whether the line counts at all: up to 防范 everybody moves freely.
    points
        The hand-over points in use: gate, shelf, door.
    carry
        Those between which people inside may carry without clearance: shelf and door under 管控, none
        under 封控, where captains stay in their flats too (A2).
    crossing
        Roles that may cross the line with clearance.
    gear
        What is worn to cross, and to move where nobody may carry.
    gear_minutes
        Minutes to put it on, once for each entry however many doors are visited on it (R21).
    stay_minutes
        How long who has crossed in may not come out; 0 when they may at once.
    """

    level: ControlLevel
    guarded: bool
    points: Points = POINTS
    carry: Points = POINTS
    crossing: tuple[Role, ...] = tuple(sorted(RESPONDING))
    gear: Annotated[tuple[Code, ...], Field(max_length=10)] = ()
    gear_minutes: Annotated[int, Field(ge=0, le=240)] = 0
    stay_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 31)] = 0

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        strange = [point for point in self.points if point not in POINTS]
        if strange:
            raise ValueError(f"level {self.level}: {strange[0]} is no hand-over point; name gate, shelf or door")
        if not set(self.carry) <= set(self.points):
            raise ValueError(f"level {self.level}: nobody carries between points that are not in use")
        if SUIT in self.gear and self.gear_minutes < SUIT_MINUTES_MIN:
            raise ValueError(f"level {self.level}: a protective suit takes at least {SUIT_MINUTES_MIN} minutes (R21)")
        return self


class Regime(Value):
    """The rules of all control levels, under one version."""

    version: Annotated[int, Field(ge=1)]
    rules: tuple[LevelRule, ...]

    @model_validator(mode="after")
    def _each_level_once(self) -> Self:
        if tuple(rule.level for rule in self.rules) != STRICTNESS:
            raise ValueError("a regime has each control level once, from open to sealed")
        if self.rules[0].guarded:
            raise ValueError("«open» is the absence of control; it guards no line")
        return self

    def of(self, level: ControlLevel) -> LevelRule:
        """Return what a level means."""
        return self.rules[STRICTNESS.index(level)]


class RegimeAdopted(Fact):
    """What control levels mean from now on, whole, so that replay needs no file."""

    TOPIC: ClassVar[str] = "community.regime_adopted"
    regime: Regime
    adopted_at: Instant


_SHELF_TO_DOOR = (Point.SHELF, Point.DOOR)
_GEAR = (SUIT, "mask", "gloves")

A2_REGIME = Regime(
    version=1,
    rules=(
        LevelRule(level=ControlLevel.OPEN, guarded=False),
        LevelRule(level=ControlLevel.ENCLOSED, guarded=False),
        LevelRule(level=ControlLevel.PRECAUTION, guarded=False, gear=("mask",)),
        LevelRule(level=ControlLevel.CONTROLLED, guarded=True, carry=_SHELF_TO_DOOR, gear=_GEAR, gear_minutes=20),
        LevelRule(level=ControlLevel.TEMPORARY, guarded=True, carry=_SHELF_TO_DOOR, gear=_GEAR, gear_minutes=20),
        LevelRule(level=ControlLevel.SEALED, guarded=True, carry=(), gear=(*_GEAR, "face_shield"), gear_minutes=20),
    ),
)
"""Requirements A2; which pieces of gear are worn is ours."""
