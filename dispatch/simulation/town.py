"""The town of a generated day: towers with a captain on each floor, and staff who roam."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..domain.building import Building
from ..domain.community import RegisterBuilding, RegisterCommunity, RegisterCompound
from ..domain.kind import Catalogue, Kind
from ..domain.kinds import EVERYDAY_CATALOGUE
from ..domain.policy import Policy
from ..domain.resident import RegisterResident
from ..domain.roster import RegisterResponder
from ..domain.shift import Shift
from ..domain.values import (
    Actor,
    BuildingId,
    Channel,
    Command,
    CommunityId,
    CompoundId,
    HouseholdId,
    Place,
    ResidentId,
    ResponderId,
    Role,
)
from .arrivals import ZONE
from .world import World

HERE = CommunityId("simulated")
DESK = Actor(id="desk", role=Role.COMMUNITY_WORKER, via=Channel.STAFF)
TOWER_FLOORS, TOWERS_IN_COMPOUND = 18, 2
STAFF_PERCENT = 10
CAPTAIN_UNITS, STAFF_UNITS = 24, 60
HOUSEHOLDS_ON_FLOOR = 8
BEFORE, AFTER = timedelta(days=1), timedelta(days=30)
"""Everybody is on duty all the time that is simulated."""


def at_the_door(kind: Kind) -> Kind:
    """Return a kind of which one person does one leg: what comes from outside stands on the shelf already."""
    leg = next(leg for leg in kind.legs if leg.name in ("inside", "visit"))
    return kind.model_copy(update={"legs": (leg.model_copy(update={"after": ()}),)})


CATALOGUE = Catalogue(
    version=EVERYDAY_CATALOGUE.version + 1,
    kinds=tuple(
        at_the_door(kind)
        for kind in EVERYDAY_CATALOGUE.kinds
        if kind.key in ("medicine", "food", "garbage", "parcel", "check_in")
    ),
)


@dataclass(frozen=True)
class Town:
    """
    Places and people.

    Attributes
    ----------
    towers
        The floors of each tower: as many as it has captains.
    staff
        How many there are, in turn over the compounds.
    """

    towers: tuple[int, ...]
    staff: int

    @classmethod
    def of(cls, responders: int) -> Town:
        """
        Return the town of so many responders: a tenth is staff, the others captains, floor by floor.

        Raises
        ------
        ValueError
            Nobody: there is no town without a captain.
        """
        if responders < 1:
            raise ValueError(f"{responders} responders; give a number from 1")
        staff = responders * STAFF_PERCENT // 100
        full, rest = divmod(responders - staff, TOWER_FLOORS)
        return cls((TOWER_FLOORS,) * full + ((rest,) if rest else ()), staff)

    @property
    def compounds(self) -> int:
        """How many compounds there are."""
        return -(-len(self.towers) // TOWERS_IN_COMPOUND)

    @property
    def residents(self) -> list[ResidentId]:
        """Everybody who may ask for help."""
        return [resident for resident, _ in self.homes()]

    def floors(self) -> Iterator[Place]:
        """Yield every floor."""
        for tower, floors in enumerate(self.towers):
            for floor in range(1, floors + 1):
                yield self._place(tower, str(floor))

    def homes(self) -> Iterator[tuple[ResidentId, Place]]:
        """Yield everybody who may ask for help, with their floor."""
        for number, floor in enumerate(self.floors()):
            for flat in range(HOUSEHOLDS_ON_FLOOR):
                yield ResidentId(f"p-{number * HOUSEHOLDS_ON_FLOOR + flat + 1:05}"), floor

    def _place(self, tower: int, floor: str | None = None) -> Place:
        return Place(
            compound=_compound(tower // TOWERS_IN_COMPOUND), building=BuildingId(f"b-{tower + 1}"), floor=floor
        )

    def settle(self, world: World, policy: Policy, at: datetime) -> None:
        """Register everything and everybody."""
        said: dict[str, Any] = {"community": world.community, "actor": DESK, "at": at}
        world.found(
            RegisterCommunity(
                **said, name="simulated", time_zone=str(ZONE), duty="desk", catalogue=CATALOGUE, policy=policy
            )
        )
        for compound in range(self.compounds):
            world.found(RegisterCompound(**said, compound=_compound(compound), name=f"{compound + 1}"))
        for tower, floors in enumerate(self.towers):
            world.found(RegisterBuilding(**said, building=self._building(tower, floors)))
        world.found(
            *(
                RegisterResident(**said, resident=who, household=HouseholdId(f"h-{who[2:]}"), place=home)
                for who, home in self.homes()
            )
        )
        world.found(*self._people(said, Shift(starts_at=at - BEFORE, ends_at=at + AFTER)))

    def _building(self, tower: int, floors: int) -> Building:
        name = str(tower + 1)
        return Building(
            building=BuildingId(f"b-{name}"),
            name=name,
            key=name,
            compound=_compound(tower // TOWERS_IN_COMPOUND),
            floors=tuple(str(floor) for floor in range(1, floors + 1)),
            entrance="1",
            lift=True,
        )

    def _people(self, said: dict[str, Any], shift: Shift) -> Iterator[Command]:
        for number, floor in enumerate(self.floors(), 1):
            yield RegisterResponder(
                **said,
                responder=ResponderId(f"r-{number:05}"),
                role=Role.FLOOR_CAPTAIN,
                home=floor,
                scopes=(Place(compound=floor.compound, building=floor.building),),
                capacity=CAPTAIN_UNITS,
                shifts=(shift,),
            )
        for number in range(self.staff):
            yield RegisterResponder(
                **said,
                responder=ResponderId(f"r-s{number + 1:04}"),
                role=Role.CADRE,
                scopes=(Place(compound=_compound(number % self.compounds)),),
                skills=("protective_gear", "stair_carry"),
                capacity=STAFF_UNITS,
                shifts=(shift,),
            )


def _compound(number: int) -> CompoundId:
    return CompoundId(f"k-{number + 1}")
