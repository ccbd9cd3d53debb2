"""Verbs about the registers: community, buildings, residents, responders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ..domain import community as communities
from ..domain import resident as residents
from ..domain.address import BadAddress, canonical_building_unit, floor_label
from ..domain.building import FLOORS_MAX, Building
from ..domain.control import Control
from ..domain.errors import Refused
from ..domain.finding import building_key
from ..domain.kinds import EVERYDAY_CATALOGUE, Catalogue
from ..domain.policy import EVERYDAY, Policy
from ..domain.values import (
    BuildingId,
    CommunityId,
    CompoundId,
    ControlLevel,
    HouseholdId,
    Place,
    ResidentId,
)
from ..store.journal import Answer
from .core import Call, Core, Personal, Plan, bad_input
from .given import clean_phone_or_refuse, label, local_id, one_of

Where = str | Place


class Registers(Core):
    """One method per verb; each answers with the id it made, or with what it recorded."""

    def register_community(
        self,
        community: str,
        *,
        name: str,
        duty: str,
        time_zone: str = "Asia/Shanghai",
        catalogue: Catalogue = EVERYDAY_CATALOGUE,
        policy: Policy = EVERYDAY,
        **call: Unpack[Call],
    ) -> CommunityId:
        """
        Set up a community with its catalogue of kinds and its policy.

        Parameters
        ----------
        community
            Short id: a-z, 0-9 and «-».
        name
            As people write it, such as 河畔社区.
        duty
            Who is alarmed for a threat to life: a responder's id or a staff account.
        time_zone
            IANA name; naive times of spreadsheets are read in it.

        Raises
        ------
        Refused
            The id is taken, or a value is not usable.
        """
        try:
            ZoneInfo(time_zone)
        except (KeyError, ValueError, OSError):
            raise Refused("unknown_time_zone", "No such time zone; give an IANA name such as Asia/Shanghai.") from None
        fields = {"name": label(name, "community name"), "time_zone": time_zone, "duty": duty}
        adopted = {"catalogue": catalogue, "policy": policy}
        self._say(community, Plan(communities.RegisterCommunity, fields | adopted, said=fields | adopted), call)
        return CommunityId(community)

    def adopt_policy(self, community: str, policy: Policy, **call: Unpack[Call]) -> Answer:
        """Share work out under another policy from now on; it goes into the log whole."""
        return self._say(community, Plan(communities.AdoptPolicy, {"policy": policy}, said={"policy": policy}), call)

    def adopt_catalogue(self, community: str, catalogue: Catalogue, **call: Unpack[Call]) -> Answer:
        """Accept other kinds from now on; the catalogue's version must rise."""
        fields = {"catalogue": catalogue}
        return self._say(community, Plan(communities.AdoptCatalogue, fields, said=fields), call)

    def set_duty_contact(self, community: str, duty: str, **call: Unpack[Call]) -> Answer:
        """Name who is alarmed for a threat to life."""
        return self._say(community, Plan(communities.SetDutyContact, {"duty": duty}, said={"duty": duty}), call)

    def register_compound(self, community: str, name: str, **call: Unpack[Call]) -> CompoundId:
        """Add a compound (小区)."""
        named = {"name": label(name, "compound name")}
        made = {"compound": CompoundId(self._new("k"))}
        self._say(community, Plan(communities.RegisterCompound, named | made, said=named), call)
        return made["compound"]

    def register_building(
        self,
        community: str,
        name: str,
        *,
        floors: int | Sequence[str],
        lift: bool,
        building_units: Sequence[str] = (),
        compound: CompoundId | None = None,
        entrance: str | None = None,
        **call: Unpack[Call],
    ) -> BuildingId:
        """
        Add a building (楼栋).

        Parameters
        ----------
        name
            Such as 11号楼, B座 or 12A; 11号楼 and 11栋 are the same building.
        floors
            A number n for floors 1…n, or the labels bottom to top: ``["B2", "B1", "1", "2", "3", "5"]``.
        lift
            Whether a lift serves the floors.
        building_units
            Stairwells (单元), when there is more than one.
        entrance
            The floor of the street door; by default «1», or the lowest floor.

        Raises
        ------
        Refused
            The building is registered already, or a value is not usable.
        """
        said = {
            "name": name,
            "floors": floors,
            "lift": lift,
            "building_units": tuple(building_units),
            "compound": compound,
            "entrance": entrance,
        }
        building = BuildingId(self._new("b"))
        built = _building(
            building, name, floors=floors, lift=lift, units=building_units, compound=compound, entrance=entrance
        )
        self._say(community, Plan(communities.RegisterBuilding, {"building": built}, said=said), call)
        return building

    def register_resident(
        self,
        community: str,
        where: Where,
        *,
        name: str | None = None,
        phone: str | None = None,
        door: str | None = None,
        household: str | None = None,
        **call: Unpack[Call],
    ) -> ResidentId:
        """
        Put a person on the register; name, phone and door are sealed under the person's own key.

        Parameters
        ----------
        where
            Address such as 11号楼3单元501, or a `Place`.
        household
            Id of the household that groups persons; a new one by default.
        """
        resident, plan = self._resident(community, where, name=name, phone=phone, door=door, household=household)
        answer = self._say(community, plan, call)
        return ResidentId(local_id(answer, resident))

    def _resident(
        self,
        community: str,
        where: Where,
        *,
        name: str | None,
        phone: str | None,
        door: str | None,
        household: str | None,
    ) -> tuple[ResidentId, Plan]:
        found = self.locate(community, where)
        resident = ResidentId(self._new("p"))
        personal = Personal(resident, {"name": name, "phone": phone, "door": door or found.door})
        fields = {
            "resident": resident,
            "household": HouseholdId(household or self._new("h")),
            "place": found.place,
        }
        said = {"place": found.place, "household": household}
        plan = Plan(
            residents.RegisterResident, fields, said=said, personal=personal, found_by=_found_by(found.place, personal)
        )
        return resident, plan

    def find_resident(
        self, community: str, *, where: Where | None = None, phone: str | None = None
    ) -> tuple[ResidentId, ...]:
        """
        Return the residents registered with this phone or at this door, by a keyed index; nobody's data are opened.

        Raises
        ------
        Refused
            Neither a phone nor an address with a door was given, or they are not usable.
        """
        wanted: dict[str, str] = {}
        if phone is not None:
            wanted["phone"] = clean_phone_or_refuse(phone)
        if where is not None:
            found = self.locate(community, where)
            if found.door is not None:
                wanted["door"] = _door_key(found.place, found.door)
        if not wanted:
            raise Refused("nothing_to_find_by", "Give a phone number, or an address with a door.")
        return tuple(ResidentId(subject) for subject in self.sealer.find(CommunityId(community), **wanted))

    def set_control_level(
        self,
        community: str,
        where: Where,
        level: ControlLevel | str,
        *,
        effective_from: datetime | None = None,
        until: datetime | None = None,
        reason: str = "ordered",
        **call: Unpack[Call],
    ) -> Answer:
        """
        Set the control level of a place (封控、管控、防范、临时管控、围合).

        Parameters
        ----------
        where
            Address, building, floor or `Place()` for the whole community.
        effective_from
            Now by default; may lie ahead.
        until
            When it ends by itself; without one it replaces the level of that place.
        """
        place = self.locate(community, where).place
        said = {"place": place, "level": str(level), "effective_from": effective_from, "until": until, "reason": reason}
        try:
            control = Control(
                place=place,
                level=one_of(ControlLevel, level, "control level"),
                effective_from=effective_from or self.clock(),
                until=until,
            )
        except ValidationError as error:
            raise bad_input("SetControlLevel", error) from None
        fields = {"control": control, "reason": reason}
        return self._say(community, Plan(communities.SetControlLevel, fields, said=said), call)

    def lift_control_level(
        self, community: str, where: Where, *, effective_from: datetime | None = None, **call: Unpack[Call]
    ) -> Answer:
        """End every control of a place (解封)."""
        said = {"place": self.locate(community, where).place, "effective_from": effective_from}
        fields = said | {"effective_from": effective_from or self.clock()}
        return self._say(community, Plan(communities.LiftControlLevel, fields, said=said), call)


def _building(
    building: BuildingId,
    name: str,
    *,
    floors: int | Sequence[str],
    lift: bool,
    units: Sequence[str],
    compound: CompoundId | None,
    entrance: str | None,
) -> Building:
    try:
        labels = _floors(floors)
        return Building(
            building=building,
            name=label(name, "building name"),
            key=building_key(name),
            compound=compound,
            building_units=tuple(canonical_building_unit(unit) for unit in units),
            floors=labels,
            entrance=floor_label(entrance) if entrance is not None else "1" if "1" in labels else labels[0],
            lift=lift,
        )
    except BadAddress as bad:
        raise Refused(str(bad.problem), str(bad), expected=bad.expected) from None
    except ValidationError as error:
        raise bad_input("RegisterBuilding", error) from None


def _floors(floors: int | Sequence[str]) -> tuple[str, ...]:
    if isinstance(floors, bool) or (isinstance(floors, int) and not 1 <= floors <= FLOORS_MAX):
        raise Refused("bad_floors", f"Floors are a number from 1 to {FLOORS_MAX}, or the labels bottom to top.")
    if isinstance(floors, int):
        return tuple(str(floor) for floor in range(1, floors + 1))
    if isinstance(floors, str) or not floors:
        raise Refused(
            "bad_floors", "Give the number of floors, or a list of labels bottom to top such as B1, 1, 2, 3, 5."
        )
    return tuple(floor_label(floor) for floor in floors)


def _door_key(place: Place, door: str) -> str:
    return f"{place.building}|{place.building_unit or ''}|{door}"


def _found_by(place: Place, personal: Personal) -> dict[str, str]:
    found: dict[str, str] = {}
    if personal.fields.get("phone"):
        found["phone"] = clean_phone_or_refuse(str(personal.fields["phone"]))
    if personal.fields.get("door"):
        found["door"] = _door_key(place, str(personal.fields["door"]))
    return found
