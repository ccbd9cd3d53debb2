"""
Building (楼栋): one tower of the place register.

Floors are listed bottom to top, because the register alone decides which exist: B2 may, a 4th floor
need not (R18, R19).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from .errors import Refused
from .values import BuildingId, CompoundId, FloorLabel, Label, Place, Value

FLOORS_MAX = 200
BUILDING_UNITS_MAX = 40


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
    """

    building: BuildingId
    name: Label
    key: Label
    compound: CompoundId | None = None
    building_units: Annotated[tuple[Label, ...], Field(max_length=BUILDING_UNITS_MAX)] = ()
    floors: Annotated[tuple[FloorLabel, ...], Field(min_length=1, max_length=FLOORS_MAX)]
    entrance: FloorLabel
    lift: bool

    @model_validator(mode="after")
    def _floors_make_sense(self) -> Self:
        if len(set(self.floors)) != len(self.floors):
            raise ValueError("a floor is listed twice; list each floor once, bottom to top")
        if self.entrance not in self.floors:
            raise ValueError("the entrance floor is not among the floors; name the floor of the street door")
        if len(set(self.building_units)) != len(self.building_units):
            raise ValueError("a building_unit is listed twice")
        return self

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
