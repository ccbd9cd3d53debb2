"""
Building (楼栋): one tower of the place register.

Floors are listed bottom to top, because the register alone decides which exist: B2 may, a 4th floor
need not (R18, R19).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from .errors import Refused
from .values import BuildingId, CompoundId, Fact, FloorLabel, Instant, Label, Place, ResponderId, Value

FLOORS_MAX = 200
BUILDING_UNITS_MAX = 40
COUNT_MAX = 5_000

Units = Annotated[tuple[Label, ...], Field(max_length=BUILDING_UNITS_MAX)]


def _is_unknown(value: object) -> bool:
    return value is None


class Building(Value):
    """
    One tower of the register.

    Attributes
    ----------
    key
        Canonical form of the name («11» for 11号楼 and 11栋): how an address finds it.
    building_units
        Stairwell doors (单元), empty when the tower has one.
    floors
        Labels bottom to top; those not listed do not exist.
    entrance
        The floor of the street door: storeys are counted from it.
    lift
        Whether a lift serves the floors.
    lifts
        Stairwells that have one, when they are not all alike (R19); `lift` counts without it.
    doors, households
        Street doors and flats, as counted (R19); `None` while nobody has counted.
    """

    building: BuildingId
    name: Label
    key: Label
    compound: CompoundId | None = None
    building_units: Units = ()
    floors: Annotated[tuple[FloorLabel, ...], Field(min_length=1, max_length=FLOORS_MAX)]
    entrance: FloorLabel
    lift: bool
    lifts: Units | None = Field(default=None, exclude_if=_is_unknown)
    doors: Annotated[int, Field(ge=1, le=COUNT_MAX)] | None = Field(default=None, exclude_if=_is_unknown)
    households: Annotated[int, Field(ge=0, le=COUNT_MAX)] | None = Field(default=None, exclude_if=_is_unknown)

    @model_validator(mode="after")
    def _floors_make_sense(self) -> Self:
        if len(set(self.floors)) != len(self.floors):
            raise ValueError("a floor is listed twice; list each floor once, bottom to top")
        if self.entrance not in self.floors:
            raise ValueError("the entrance floor is not among the floors; name the floor of the street door")
        if len(set(self.building_units)) != len(self.building_units):
            raise ValueError("a building_unit is listed twice")
        if not set(self.lifts or ()) <= set(self.building_units):
            raise ValueError("a lift is said to be in a building_unit that is not listed; name its stairwell")
        return self

    def has_lift(self, building_unit: str | None) -> bool:
        """Tell whether a lift serves the floors behind a stairwell door; not knowing which, whether all have one."""
        if self.lifts is None:
            return self.lift
        return building_unit in self.lifts if building_unit else set(self.lifts) == set(self.building_units)

    def storeys(self, floor: str | None) -> int:
        """Return the storeys between the entrance and `floor`; 0 when the floor is not known."""
        if floor is None:
            return 0
        return abs(self.floors.index(floor) - self.floors.index(self.entrance))

    def place(self, *, building_unit: str | None = None, floor: str | None = None) -> Place:
        """
        Return a place in this building.

        Raises
        ------
        Refused
            ``unknown_building_unit`` or ``unknown_floor``: the register has no such part.
        """
        if building_unit is not None and building_unit not in self.building_units:
            known = ", ".join(self.building_units) or "none"
            raise Refused(
                "unknown_building_unit",
                f"Building {self.building} has no such building_unit; it has: {known}. "
                "Correct the address or the register.",
                building=self.building,
                known=known,
            )
        if floor is not None and floor not in self.floors:
            raise Refused(
                "unknown_floor",
                f"Building {self.building} has no such floor; it has {self.floors[0]} to {self.floors[-1]} "
                f"({len(self.floors)} floors). Correct the address or the register.",
                building=self.building,
                lowest=self.floors[0],
                highest=self.floors[-1],
            )
        return Place(compound=self.compound, building=self.building, building_unit=building_unit, floor=floor)


class BuildingSurveyed(Fact):
    """Somebody counted a building's doors and households, or which stairwells have a lift (R19)."""

    TOPIC: ClassVar[str] = "community.building_surveyed"
    building: Building
    surveyed_at: Instant


class StewardNamed(Fact):
    """A place has a person who is responsible for it first: a compound is claimed (认领, R19)."""

    TOPIC: ClassVar[str] = "community.steward_named"
    place: Place
    responder: ResponderId
    named_at: Instant


class StewardEnded(Fact):
    """Nobody is responsible first for this very place any more."""

    TOPIC: ClassVar[str] = "community.steward_ended"
    place: Place
    ended_at: Instant
