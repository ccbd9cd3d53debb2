"""
Community: the place register, its control levels over time, catalogue and policy.

One stream per community. Buildings list their floors bottom to top, because the register alone
decides which floors exist: B2 may, a 4th floor need not (R18, R19).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read, with_item
from .errors import Refused, Unknown, impossible
from .kinds import Catalogue
from .policy import Policy
from .values import (
    BuildingId,
    Code,
    Command,
    CommunityId,
    CompoundId,
    ControlLevel,
    Fact,
    FloorLabel,
    Instant,
    Label,
    Place,
    Value,
    community_stream,
)

FLOORS_MAX = 200
BUILDING_UNITS_MAX = 40
BUILDINGS_MAX = 5_000


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
                f"Building {self.building} has no such building_unit; it has: {known}. Correct the address or the register.",
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


class Control(Value):
    """A control level of a place, from an instant and possibly until one (R20)."""

    place: Place
    level: ControlLevel
    effective_from: Instant
    until: Instant | None = None

    def is_active(self, at: Instant) -> bool:
        """Tell whether it holds at an instant."""
        return self.effective_from <= at and (self.until is None or at < self.until)


_STRICTNESS = (
    ControlLevel.OPEN,
    ControlLevel.ENCLOSED,
    ControlLevel.PRECAUTION,
    ControlLevel.CONTROLLED,
    ControlLevel.TEMPORARY,
    ControlLevel.SEALED,
)


def strictness(level: ControlLevel) -> int:
    """Order control levels from 0 (open) to 5 (sealed)."""
    return _STRICTNESS.index(level)


@dataclass(frozen=True, slots=True)
class Registered:
    """A community that takes requests."""

    community_name: str
    time_zone: str
    duty: str
    catalogue: Catalogue
    policy: Policy
    compounds: Mapping[CompoundId, str] = field(default_factory=dict)
    buildings: Mapping[BuildingId, Building] = field(default_factory=dict)
    by_key: Mapping[tuple[CompoundId | None, str], BuildingId] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True, slots=True)
class Founded:
    """A community between its registration and its first catalogue and policy (one save, never seen outside)."""

    community_name: str
    time_zone: str
    duty: str
    catalogue: Catalogue | None = None


def control_at(community: Registered, place: Place, at: Instant) -> Control | None:
    """
    Return the strictest control that holds over `place` at `at`; among equals the innermost (R20).

    Its `place` is the control line that a responder is inside or outside of.
    """
    active = [c for c in community.controls if c.is_active(at) and c.place.contains(place)]
    return max(active, key=lambda c: (strictness(c.level), c.place.depth), default=None)


class CommunityRegistered(Fact):
    """A community was set up."""

    TOPIC: ClassVar[str] = "community.registered"
    name: Label
    time_zone: Label
    duty: Label
    registered_at: Instant


class CatalogueAdopted(Fact):
    """The kinds of help a community accepts, whole, so that replay needs no file."""

    TOPIC: ClassVar[str] = "community.catalogue_adopted"
    catalogue: Catalogue
    adopted_at: Instant


class PolicyAdopted(Fact):
    """How work is shared out from now on, whole."""

    TOPIC: ClassVar[str] = "community.policy_adopted"
    policy: Policy
    adopted_at: Instant


class CompoundRegistered(Fact):
    """A compound (小区) was added to the register."""

    TOPIC: ClassVar[str] = "community.compound_registered"
    compound: CompoundId
    name: Label
    registered_at: Instant


class BuildingRegistered(Fact):
    """A building was added to the register."""

    TOPIC: ClassVar[str] = "community.building_registered"
    building: Building
    registered_at: Instant


class ControlLevelSet(Fact):
    """A control level was set; one without end replaces the earlier one of that very place, one with an end lies over it."""

    TOPIC: ClassVar[str] = "community.control_level_set"
    control: Control
    reason: Code
    set_at: Instant


class ControlLevelLifted(Fact):
    """All controls of a place end (解封)."""

    TOPIC: ClassVar[str] = "community.control_level_lifted"
    place: Place
    effective_from: Instant
    lifted_at: Instant


class DutyContactSet(Fact):
    """The named person who is alarmed for a threat to life changed."""

    TOPIC: ClassVar[str] = "community.duty_contact_set"
    duty: Label
    set_at: Instant


def _with_control(controls: tuple[Control, ...], new: Control) -> tuple[Control, ...]:
    if new.until is not None:
        return (*controls, new)
    cut = tuple(
        c.model_copy(update={"until": new.effective_from})
        if c.place == new.place and c.until is None and c.effective_from <= new.effective_from
        else c
        for c in controls
        if not (c.place == new.place and c.until is None and c.effective_from > new.effective_from)
    )
    return (*cut, new)


def _lifted(controls: tuple[Control, ...], place: Place, effective_from: Instant) -> tuple[Control, ...]:
    kept: list[Control] = []
    for control in controls:
        if control.place != place or (control.until is not None and control.until <= effective_from):
            kept.append(control)
        elif control.effective_from < effective_from:
            kept.append(control.model_copy(update={"until": effective_from}))
    return tuple(kept)


def evolve(state: Any, event: Fact) -> Any:
    """Return the community after one of its events."""
    match state, event:
        case Absent(), CommunityRegistered():
            return Founded(community_name=event.name, time_zone=event.time_zone, duty=event.duty)
        case Founded(), CatalogueAdopted():
            return replace(state, catalogue=event.catalogue)
        case Founded(catalogue=Catalogue() as catalogue), PolicyAdopted():
            return Registered(state.community_name, state.time_zone, state.duty, catalogue, event.policy)
        case Registered(), BuildingRegistered(building=building):
            return replace(
                state,
                buildings=with_item(state.buildings, building.building, building),
                by_key=with_item(state.by_key, (building.compound, building.key), building.building),
            )
        case Registered(), _:
            return _evolve_settings(state, event)
        case _:
            raise impossible(event, state)


def _evolve_settings(state: Registered, event: Fact) -> Registered:
    match event:
        case CatalogueAdopted():
            return replace(state, catalogue=event.catalogue)
        case PolicyAdopted():
            return replace(state, policy=event.policy)
        case CompoundRegistered():
            return replace(state, compounds=with_item(state.compounds, event.compound, event.name))
        case ControlLevelSet():
            return replace(state, controls=_with_control(state.controls, event.control))
        case ControlLevelLifted():
            return replace(state, controls=_lifted(state.controls, event.place, event.effective_from))
        case DutyContactSet():
            return replace(state, duty=event.duty)
        case _:
            raise impossible(event, state)


COMMUNITY = Aggregate(
    name="community",
    evolve=evolve,
    facts=(
        CommunityRegistered,
        CatalogueAdopted,
        PolicyAdopted,
        CompoundRegistered,
        BuildingRegistered,
        ControlLevelSet,
        ControlLevelLifted,
        DutyContactSet,
    ),
)


class RegisterCommunity(Command):
    """Set up a community with its catalogue, policy and the person alarmed for a threat to life."""

    name: Label
    time_zone: Label
    duty: Label
    catalogue: Catalogue
    policy: Policy


class AdoptCatalogue(Command):
    """Replace the catalogue; its version must rise."""

    catalogue: Catalogue


class AdoptPolicy(Command):
    """Replace the policy."""

    policy: Policy


class RegisterCompound(Command):
    """Add a compound."""

    compound: CompoundId
    name: Label


class RegisterBuilding(Command):
    """Add a building."""

    building: Building


class SetControlLevel(Command):
    """Set the control level of a place from an instant, possibly until one."""

    control: Control
    reason: Code


class LiftControlLevel(Command):
    """End all controls of a place."""

    place: Place
    effective_from: Instant


class SetDutyContact(Command):
    """Name the person who is alarmed for a threat to life."""

    duty: Label


def registered(read: Read, community: CommunityId) -> Registered:
    """
    Return the community's state.

    Raises
    ------
    Unknown
        Nobody has registered this community.
    """
    state = read(community_stream(community))
    if not isinstance(state, Registered):
        raise Unknown("community", community, now="Register it first (`dispatch init`).")
    return state


def check_place(state: Registered, place: Place) -> None:
    """
    Refuse a place that the register does not have.

    Raises
    ------
    Refused
        Unknown compound, building, building_unit or floor.
    """
    if place.compound is not None and place.compound not in state.compounds:
        raise Unknown("compound", place.compound, now="Register the compound first.")
    if place.building is None:
        if place.building_unit is not None or place.floor is not None:
            raise Refused(
                "place_without_building", "A building_unit or floor needs its building. Name the building too."
            )
        return
    building = state.buildings.get(place.building)
    if building is None:
        raise Unknown("building", place.building, now="Register the building first.")
    if building.place(building_unit=place.building_unit, floor=place.floor) != place:
        raise Refused(
            "wrong_compound",
            f"Building {place.building} does not lie in compound {place.compound}. Use the building's own compound.",
            building=place.building,
        )


def register_community(command: RegisterCommunity, read: Read) -> Decision:
    """Register a community once; the same registration again is nothing new."""
    stream = community_stream(command.community)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "community_exists",
            f"Community {command.community} is registered already. Use it, or choose another id.",
            community=command.community,
        )
    at = command.at
    founded = CommunityRegistered(name=command.name, time_zone=command.time_zone, duty=command.duty, registered_at=at)
    adopted = CatalogueAdopted(catalogue=command.catalogue, adopted_at=at)
    return (Changes(stream, (founded, adopted, PolicyAdopted(policy=command.policy, adopted_at=at))),)


def adopt_catalogue(command: AdoptCatalogue, read: Read) -> Decision:
    """Adopt a catalogue of a higher version; open requests keep the legs they were planned with."""
    state = registered(read, command.community)
    if command.catalogue == state.catalogue:
        return NOTHING
    if command.catalogue.version <= state.catalogue.version:
        raise Refused(
            "catalogue_version",
            f"Catalogue version {command.catalogue.version} does not follow version {state.catalogue.version}. Raise it.",
            version=command.catalogue.version,
        )
    adopted = CatalogueAdopted(catalogue=command.catalogue, adopted_at=command.at)
    return (Changes(community_stream(command.community), (adopted,)),)


def adopt_policy(command: AdoptPolicy, read: Read) -> Decision:
    """Adopt a policy; decisions already made keep the digest of theirs."""
    if command.policy == registered(read, command.community).policy:
        return NOTHING
    adopted = PolicyAdopted(policy=command.policy, adopted_at=command.at)
    return (Changes(community_stream(command.community), (adopted,)),)


def register_compound(command: RegisterCompound, read: Read) -> Decision:
    """Add a compound; its name is unique in the community."""
    state = registered(read, command.community)
    if state.compounds.get(command.compound) == command.name:
        return NOTHING
    if command.compound in state.compounds or command.name in state.compounds.values():
        raise Refused(
            "compound_exists", "This compound is in the register already. Use its id.", compound=command.compound
        )
    added = CompoundRegistered(compound=command.compound, name=command.name, registered_at=command.at)
    return (Changes(community_stream(command.community), (added,)),)


def register_building(command: RegisterBuilding, read: Read) -> Decision:
    """Add a building; its canonical name is unique in its compound."""
    state, new = registered(read, command.community), command.building
    if state.buildings.get(new.building) == new:
        return NOTHING
    held = state.by_key.get((new.compound, new.key))
    if held is not None or new.building in state.buildings:
        raise Refused(
            "building_exists",
            f"Building {new.name} is in the register already, as {held or new.building}. Use that id.",
            building=held or new.building,
        )
    if new.compound is not None and new.compound not in state.compounds:
        raise Unknown("compound", new.compound, now="Register the compound first.")
    if len(state.buildings) >= BUILDINGS_MAX:
        raise Refused("register_full", f"A community holds {BUILDINGS_MAX} buildings at most. Split the community.")
    added = BuildingRegistered(building=new, registered_at=command.at)
    return (Changes(community_stream(command.community), (added,)),)


def set_control_level(command: SetControlLevel, read: Read) -> Decision:
    """Set a control level; open offers and work are looked at again by the next drain (R20)."""
    state, control = registered(read, command.community), command.control
    check_place(state, control.place)
    if control.until is not None and control.until <= control.effective_from:
        raise Refused("ends_before_start", "The control would end before it begins. Give an end after its beginning.")
    if control in state.controls:
        return NOTHING
    fact = ControlLevelSet(control=control, reason=command.reason, set_at=command.at)
    return (Changes(community_stream(command.community), (fact,)),)


def lift_control_level(command: LiftControlLevel, read: Read) -> Decision:
    """Lift every control of exactly this place."""
    state = registered(read, command.community)
    check_place(state, command.place)
    if _lifted(state.controls, command.place, command.effective_from) == state.controls:
        return NOTHING
    lifted = ControlLevelLifted(place=command.place, effective_from=command.effective_from, lifted_at=command.at)
    return (Changes(community_stream(command.community), (lifted,)),)


def set_duty_contact(command: SetDutyContact, read: Read) -> Decision:
    """Name who is alarmed from now on."""
    if registered(read, command.community).duty == command.duty:
        return NOTHING
    fact = DutyContactSet(duty=command.duty, set_at=command.at)
    return (Changes(community_stream(command.community), (fact,)),)
