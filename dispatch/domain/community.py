"""
Community: the place register, its control levels over time, catalogue and policy.

One stream per community.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from .building import Building, BuildingSurveyed, StewardEnded, StewardNamed
from .control import Control, in_force, strictness, with_lifting, with_order
from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read, with_item, without
from .errors import Refused, Unknown, impossible
from .grants import Grants, RoleGranted, RoleRevoked, after_granting, after_revoking, founding_grant
from .kinds import Catalogue
from .policy import Policy
from .regime import A2_REGIME, Regime, RegimeAdopted
from .values import (
    Account,
    BuildingId,
    Code,
    Command,
    CommunityId,
    CompoundId,
    Fact,
    Instant,
    Label,
    Place,
    ResponderId,
    community_stream,
)

BUILDINGS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Registered:
    """
    A community that takes requests.

    `controls` says which level holds when; `orders` keeps what was ordered, place by place; `regime` says
    what a level means; `stewards` who is responsible for a place first; `earlier` are the policies that were in
    force before, by name and version.
    """

    community_name: str
    time_zone: str
    duty: str
    catalogue: Catalogue
    policy: Policy
    compounds: Mapping[CompoundId, str] = field(default_factory=dict)
    buildings: Mapping[BuildingId, Building] = field(default_factory=dict)
    by_key: Mapping[tuple[CompoundId | None, str], BuildingId] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    orders: Mapping[Place, tuple[Control, ...]] = field(default_factory=dict)
    regime: Regime = A2_REGIME
    stewards: Mapping[Place, ResponderId] = field(default_factory=dict)
    grants: Grants = field(default_factory=Grants)
    earlier: Mapping[tuple[str, int], Policy] = field(default_factory=dict)


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
    duty: Account
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
    """
    A control level was set.

    Without an end it holds until the next one without an end of that very place; with one it lies
    over them. Where several hold, the strictest counts.
    """

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
    duty: Account
    set_at: Instant


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
            before = state.policy
            earlier = with_item(state.earlier, (before.name, before.version), before)
            return replace(state, policy=event.policy, earlier=earlier)
        case CompoundRegistered():
            return replace(state, compounds=with_item(state.compounds, event.compound, event.name))
        case ControlLevelSet():
            place = event.control.place
            return _ordered(state, place, with_order(state.orders.get(place, ()), event.control))
        case ControlLevelLifted():
            orders = state.orders.get(event.place, ())
            return _ordered(state, event.place, with_lifting(orders, event.place, event.effective_from))
        case DutyContactSet():
            return replace(state, duty=event.duty)
        case RegimeAdopted():
            return replace(state, regime=event.regime)
        case BuildingSurveyed(building=building) if building.building in state.buildings:
            return replace(state, buildings=with_item(state.buildings, building.building, building))
        case StewardNamed():
            return replace(state, stewards=with_item(state.stewards, event.place, event.responder))
        case StewardEnded() if event.place in state.stewards:
            return replace(state, stewards=without(state.stewards, event.place))
        case RoleGranted():
            return replace(state, grants=after_granting(state.grants, event))
        case RoleRevoked():
            return replace(state, grants=after_revoking(state.grants, event))
        case _:
            raise impossible(event, state)


def _ordered(state: Registered, place: Place, orders: tuple[Control, ...]) -> Registered:
    elsewhere = (control for control in state.controls if control.place != place)
    controls = (*elsewhere, *in_force(orders))
    return replace(state, controls=controls, orders=with_item(state.orders, place, orders))


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
        RegimeAdopted,
        BuildingSurveyed,
        StewardNamed,
        StewardEnded,
        RoleGranted,
        RoleRevoked,
    ),
)


class RegisterCommunity(Command):
    """Set up a community with its catalogue, policy and the person alarmed for a threat to life."""

    name: Label
    time_zone: Label
    duty: Account
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


class SetDutyContact(Command):
    """Name the person who is alarmed for a threat to life."""

    duty: Account


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
        if place.building_unit is not None or place.floor is not None or place.household is not None:
            raise Refused(
                "place_without_building", "A building_unit, floor or door needs its building. Name the building too."
            )
        return
    building = state.buildings.get(place.building)
    if building is None:
        raise Unknown("building", place.building, now="Register the building first.")
    if building.place(building_unit=place.building_unit, floor=place.floor).compound != place.compound:
        raise Refused(
            "wrong_compound",
            f"Building {place.building} does not lie in compound {place.compound}. Use the building's own compound.",
            building=place.building,
        )


def register_community(command: RegisterCommunity, read: Read) -> Decision:
    """Register a community once, its founder holding their role over all of it; said again, it is nothing new."""
    stream = community_stream(command.community)
    state = read(stream)
    if _is_this(state, command):
        return NOTHING
    if not isinstance(state, Absent):
        raise Refused(
            "community_exists",
            f"Community {command.community} is registered already. Use it, or choose another id.",
            community=command.community,
        )
    at = command.at
    founded = CommunityRegistered(name=command.name, time_zone=command.time_zone, duty=command.duty, registered_at=at)
    adopted = CatalogueAdopted(catalogue=command.catalogue, adopted_at=at)
    policy = PolicyAdopted(policy=command.policy, adopted_at=at)
    return (Changes(stream, (founded, adopted, policy, founding_grant(command.actor, at))),)


def _is_this(state: object, command: RegisterCommunity) -> bool:
    asked = (command.name, command.time_zone, command.duty, command.catalogue, command.policy)
    return isinstance(state, Registered) and asked == (
        state.community_name,
        state.time_zone,
        state.duty,
        state.catalogue,
        state.policy,
    )


def adopt_catalogue(command: AdoptCatalogue, read: Read) -> Decision:
    """Adopt a catalogue of a higher version; open requests keep the legs they were planned with."""
    state = registered(read, command.community)
    if command.catalogue == state.catalogue:
        return NOTHING
    if command.catalogue.version <= state.catalogue.version:
        raise Refused(
            "catalogue_version",
            f"Catalogue version {command.catalogue.version} does not follow {state.catalogue.version}. Raise it.",
            version=command.catalogue.version,
        )
    adopted = CatalogueAdopted(catalogue=command.catalogue, adopted_at=command.at)
    return (Changes(community_stream(command.community), (adopted,)),)


def adopt_policy(command: AdoptPolicy, read: Read) -> Decision:
    """Adopt a policy; decisions already made keep the digest of theirs. Another content needs another version."""
    state, new = registered(read, command.community), command.policy
    if new == state.policy:
        return NOTHING
    known = state.policy, state.earlier.get((new.name, new.version), new)
    if any((new.name, new.version) == (old.name, old.version) and new != old for old in known):
        raise Refused(
            "policy_version",
            f"Policy {new.name} version {new.version} is adopted already with another content. Raise its version.",
            name=new.name,
            version=new.version,
        )
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


def set_duty_contact(command: SetDutyContact, read: Read) -> Decision:
    """Name who is alarmed from now on."""
    if registered(read, command.community).duty == command.duty:
        return NOTHING
    fact = DutyContactSet(duty=command.duty, set_at=command.at)
    return (Changes(community_stream(command.community), (fact,)),)
