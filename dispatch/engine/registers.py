"""Verbs about the registers: community, buildings, residents, responders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Unpack
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ..domain import community as communities
from ..domain import control_order
from ..domain import resident as residents
from ..domain.address import BadAddress, canonical_building_unit, canonical_door, floor_label
from ..domain.building import FLOORS_MAX, Building
from ..domain.control import Control
from ..domain.errors import Refused
from ..domain.finding import building_key
from ..domain.kinds import EVERYDAY_CATALOGUE, Catalogue
from ..domain.policies import BEGINS_WITH
from ..domain.policy import Policy
from ..domain.text import BadText, clean_name, is_blank
from ..domain.values import (
    BuildingId,
    CommunityId,
    CompoundId,
    ControlLevel,
    HouseholdId,
    Place,
    ResidentId,
    resident_stream,
)
from ..store.journal import Answer
from .core import Core
from .given import about, checked, clean_phone_or_refuse, label, local_id, one_of, texts
from .plan import Call, Plan, bad_input, bad_text, community_id

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
        policy: Policy = BEGINS_WITH,
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
        policy
            How work is shared out: a shipped policy or the community's own.

        Raises
        ------
        Refused
            The id is taken, or a value is not usable.
        """
        try:
            ZoneInfo(time_zone)
        except (KeyError, ValueError, OSError, TypeError):
            raise Refused("unknown_time_zone", "No such time zone; give an IANA name such as Asia/Shanghai.") from None
        fields = {
            "name": label(name, "community name"),
            "time_zone": time_zone,
            "duty": duty,
            "catalogue": checked(catalogue, Catalogue),
            "policy": checked(policy, Policy),
        }
        self._say(community, about(communities.RegisterCommunity, **fields), call)
        return CommunityId(community)

    def adopt_policy(self, community: str, policy: Policy, **call: Unpack[Call]) -> Answer:
        """Share work out under another policy from now on; it goes into the log whole."""
        return self._say(community, about(communities.AdoptPolicy, policy=checked(policy, Policy)), call)

    def adopt_catalogue(self, community: str, catalogue: Catalogue, **call: Unpack[Call]) -> Answer:
        """Accept other kinds from now on; the catalogue's version must rise."""
        return self._say(community, about(communities.AdoptCatalogue, catalogue=checked(catalogue, Catalogue)), call)

    def set_duty_contact(self, community: str, duty: str, **call: Unpack[Call]) -> Answer:
        """Name who is alarmed for a threat to life."""
        return self._say(community, about(communities.SetDutyContact, duty=duty), call)

    def register_compound(self, community: str, name: str, **call: Unpack[Call]) -> CompoundId:
        """Add a compound (小区)."""
        named = {"name": label(name, "compound name")}
        compound = CompoundId(self._made("k", community, call))
        self._say(community, Plan(communities.RegisterCompound, {**named, "compound": compound}, said=named), call)
        return compound

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
        lifts: Sequence[str] | None = None,
        doors: int | None = None,
        households: int | None = None,
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
        lifts
            The stairwells that have a lift, when they are not all alike.
        doors, households
            Street doors and flats, as counted.

        Raises
        ------
        Refused
            The building is registered already, or a value is not usable.
        """
        said = {
            "name": name,
            "floors": floors,
            "lift": lift,
            "building_units": texts(building_units, "building_units"),
            "compound": compound,
            "entrance": entrance,
        }
        counted = {"lifts": lifts, "doors": doors, "households": households}
        said |= {what: count for what, count in counted.items() if count is not None}
        building = BuildingId(self._made("b", community, call))
        built = _building(
            building,
            name,
            floors=floors,
            lift=lift,
            units=building_units,
            compound=compound,
            entrance=entrance,
            counted=counted,
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
        said = {"where": where, "name": name, "phone": phone, "door": door, "household": household}
        resident, plan = self._resident(community, said, call)
        self._say(community, plan, call)
        return resident

    def _resident(self, community: str, said: Mapping[str, Any], call: Call) -> tuple[ResidentId, Plan]:
        found = self.locate(community, said["where"])
        resident = ResidentId(self._made("p", community, call))
        personal = {"name": said["name"], "phone": said["phone"], "door": said["door"] or found.door}
        fields = {
            "resident": resident,
            "household": HouseholdId(said["household"] or self._made("h", community, call)),
            "place": found.place,
        }
        is_personal = any(text is not None for text in personal.values())
        return resident, Plan(
            residents.RegisterResident,
            fields,
            said=said,
            subject=resident if is_personal else None,
            personal=personal,
            found_by=self._found_by(found.place, phone=personal["phone"], door=personal["door"]),
        )

    def _found_by(self, place: Place, *, phone: str | None, door: str | None) -> dict[str, str]:
        found: dict[str, str] = {}
        if phone is not None and not _is_blank(phone):
            found["phone"] = clean_phone_or_refuse(phone)
        if door is not None and not _is_blank(door):
            found["door"] = _door_key(place, door)
        return found

    def find_resident(
        self, community: str, *, where: Where | None = None, phone: str | None = None
    ) -> tuple[ResidentId, ...]:
        """
        Return the residents registered with this phone or at this door, by a keyed index; nobody's data are opened.

        Whoever is erased, or being erased, is nobody.

        Raises
        ------
        Refused
            Neither a phone nor an address with a door was given, or they are not usable.
        """
        wanted = self._wanted(community, where=where, phone=phone)
        found = self.sealer.find(community_id(community), **wanted)
        return tuple(ResidentId(subject) for subject in found if self._is_present(community, ResidentId(subject)))

    def _wanted(self, community: str, *, where: Where | None, phone: str | None) -> dict[str, str]:
        found = None if where is None else self.locate(community, where)
        wanted = self._found_by(
            Place() if found is None else found.place, phone=phone, door=None if found is None else found.door
        )
        if not wanted:
            raise Refused("nothing_to_find_by", "Give a phone number, or an address with a door.")
        return wanted

    def _is_present(self, community: str, resident: ResidentId) -> bool:
        state, _ = self.journal.state(resident_stream(community_id(community), resident))
        return isinstance(state, residents.Resident) and not isinstance(state, residents.Leaving | residents.Erased)

    def set_control_level(
        self,
        community: str,
        where: Where | None,
        level: ControlLevel | str,
        *,
        household_of: ResidentId | None = None,
        effective_from: datetime | None = None,
        until: datetime | None = None,
        reason: str = "ordered",
        **call: Unpack[Call],
    ) -> Answer:
        """Set the control level of a place; see `Dispatch.set_control_level`."""
        place, resident = self._behind(community, where, household_of)
        said = {"place": place, "level": level, "effective_from": effective_from, "until": until, "reason": reason}
        try:
            control = Control(
                place=place,
                level=one_of(ControlLevel, level, "control level"),
                effective_from=effective_from or self.clock(),
                until=until,
            )
        except ValidationError as error:
            raise bad_input("SetControlLevel", error) from None
        fields = {"control": control, "reason": reason, "resident": resident}
        return self._say(community, Plan(control_order.SetControlLevel, fields, said=said), call)

    def lift_control_level(
        self,
        community: str,
        where: Where | None = None,
        *,
        household_of: ResidentId | None = None,
        effective_from: datetime | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """End every control of a place (解封)."""
        place, _ = self._behind(community, where, household_of)
        said = {"place": place, "effective_from": effective_from}
        fields = said | {"effective_from": effective_from or self.clock()}
        return self._say(community, Plan(control_order.LiftControlLevel, fields, said=said), call)

    def _behind(
        self, community: str, where: Where | None, household_of: ResidentId | None
    ) -> tuple[Place, ResidentId | None]:
        """Return the place that a control is about and, of one door, a resident behind it: a door is a household."""
        if household_of is not None:
            return self._door_of(community, household_of), household_of
        if where is None:
            raise Refused("no_place", "Say which place: an address, a Place, or a resident of the household.")
        found = self.locate(community, where)
        if found.door is None:
            return found.place, None
        there = self.find_resident(community, where=where)
        doors = {self._door_of(community, resident) for resident in there}
        if len(doors) != 1:
            raise Refused(
                "nobody_behind_the_door",
                f"{len(doors)} households are known at this door. Name a resident of the household that is meant.",
                count=len(doors),
            )
        return doors.pop(), there[0]

    def _door_of(self, community: str, resident: ResidentId) -> Place:
        here = community_id(community)
        who = local_id(resident_stream, here, resident)
        return residents.known(lambda stream, /: self.journal.state(stream)[0], here, who).door


def _building(
    building: BuildingId,
    name: str,
    *,
    floors: int | Sequence[str],
    lift: bool,
    units: Sequence[str],
    compound: CompoundId | None,
    entrance: str | None,
    counted: Mapping[str, Any],
) -> Building:
    lifts = counted["lifts"]
    try:
        labels = _floors(floors)
        street = "1" if "1" in labels else labels[0]
        return Building(
            building=building,
            name=label(name, "building name"),
            key=building_key(name),
            compound=compound,
            building_units=tuple(canonical_building_unit(unit) for unit in units),
            floors=labels,
            entrance=street if entrance is None else _floors([entrance])[0],
            lift=lift,
            lifts=None if lifts is None else tuple(canonical_building_unit(unit) for unit in texts(lifts, "lifts")),
            doors=counted["doors"],
            households=counted["households"],
        )
    except BadAddress as bad:
        raise Refused(str(bad.problem), str(bad), expected=bad.expected) from None
    except ValidationError as error:
        raise bad_input("RegisterBuilding", error) from None


def _floors(floors: object) -> tuple[str, ...]:
    if isinstance(floors, bool) or (isinstance(floors, int) and not 1 <= floors <= FLOORS_MAX):
        raise Refused("bad_floors", f"Floors are a number from 1 to {FLOORS_MAX}, or the labels bottom to top.")
    if isinstance(floors, int):
        return tuple(str(floor) for floor in range(1, floors + 1))
    if not isinstance(floors, list | tuple) or not floors or not all(isinstance(floor, str) for floor in floors):
        raise Refused(
            "bad_floors", "Give the number of floors, or a list of labels bottom to top such as B1, 1, 2, 3, 5."
        )
    return tuple(floor_label(floor) for floor in floors)


def _is_blank(text: object) -> bool:
    return isinstance(text, str) and is_blank(text)


def _door_key(place: Place, door: str) -> str:
    """Return a door as the index knows it: 501室 and 501 are one; 123 on the 5th floor and on the 6th are two."""
    try:
        known = canonical_door(door)
    except BadAddress:
        try:
            known = clean_name(door, "door")
        except BadText as bad:
            raise bad_text(bad) from None
    return "|".join((place.building or "", place.building_unit or "", place.floor or "", known))
