"""
Fleet (车队): how many cars each area may send at a time, and what is booked of them (R13).

One stream per community. A quota is data: 200 cars over 7 sub-districts are seven entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .community import check_place, registered
from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read, with_item
from .errors import Refused, impossible
from .values import Account, Code, Command, CommunityId, Fact, Instant, Place, RequestId, Stream

AREAS_MAX = 100
CARS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Area:
    """An area of the fleet, such as a sub-district: its places, its cars at a time, and who decides beyond."""

    places: tuple[Place, ...]
    cars_max: int
    decides: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One car of an area for a stretch of time, for one way of a ride: «out» or «back»."""

    request: RequestId
    trip: str
    area: str
    starts_at: Instant
    ends_at: Instant
    over_quota: bool


@dataclass(frozen=True, slots=True)
class Fleet:
    """All areas and what is booked."""

    areas: Mapping[str, Area] = field(default_factory=dict)
    slots: tuple[Slot, ...] = ()

    def area_of(self, place: Place) -> str | None:
        """Return the area a place lies in, the innermost, then the first by name; `None` outside all of them."""
        found = [
            (-part.depth, name) for name, area in self.areas.items() for part in area.places if part.contains(place)
        ]
        return min(found)[1] if found else None

    def booked_at_once(self, area: str, starts_at: Instant, ends_at: Instant) -> int:
        """Return the most cars of an area that are booked at one instant of a stretch of time."""
        near = [s for s in self.slots if s.area == area and s.starts_at < ends_at and starts_at < s.ends_at]
        instants = {max(starts_at, s.starts_at) for s in near}
        return max((sum(s.starts_at <= at < s.ends_at for s in near) for at in instants), default=0)


class QuotaSet(Fact):
    """An area may send so many cars at a time; who decides beyond that is named."""

    TOPIC: ClassVar[str] = "fleet.quota_set"
    area: Code
    places: Annotated[tuple[Place, ...], Field(min_length=1)]
    cars_max: Annotated[int, Field(ge=0, le=CARS_MAX)]
    decides: Account
    set_at: Instant


class SlotTaken(Fact):
    """A car of an area is booked for a stretch of time; beyond the quota only with its reason."""

    TOPIC: ClassVar[str] = "fleet.slot_taken"
    request: RequestId
    trip: Code
    area: Code
    starts_at: Instant
    ends_at: Instant
    over_quota: bool
    reason: Code | None = None
    taken_at: Instant


class SlotsFreed(Fact):
    """What was booked for a ride is free again."""

    TOPIC: ClassVar[str] = "fleet.slots_freed"
    request: RequestId
    freed_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the fleet after one of its events."""
    fleet = Fleet() if isinstance(state, Absent) else state
    match fleet, event:
        case Fleet(), QuotaSet():
            area = Area(event.places, event.cars_max, event.decides)
            return replace(fleet, areas=with_item(fleet.areas, event.area, area))
        case Fleet(), SlotTaken() if event.area in fleet.areas:
            slot = Slot(event.request, event.trip, event.area, event.starts_at, event.ends_at, event.over_quota)
            kept = [s for s in fleet.slots if s.ends_at > event.taken_at]
            return replace(fleet, slots=(*kept, slot))
        case Fleet(), SlotsFreed():
            return replace(fleet, slots=tuple(s for s in fleet.slots if s.request != event.request))
        case _:
            raise impossible(event, state)


FLEET = Aggregate(name="fleet", evolve=evolve, facts=(QuotaSet, SlotTaken, SlotsFreed))


def fleet_stream(community: CommunityId) -> Stream:
    """Return the one stream of areas, quotas and bookings."""
    return Stream(f"{community}/fleet")


def fleet_of(read: Read, community: CommunityId) -> Fleet:
    """Return the fleet; one without areas has no quota."""
    state = read(fleet_stream(community))
    return state if isinstance(state, Fleet) else Fleet()


class SetQuota(Command):
    """Say how many cars an area may send at a time."""

    area: Code
    places: Annotated[tuple[Place, ...], Field(min_length=1)]
    cars_max: Annotated[int, Field(ge=0, le=CARS_MAX)]
    decides: Account | None = None


def set_quota(command: SetQuota, read: Read) -> Decision:
    """Set an area's places and quota; bookings that exist stand."""
    community = registered(read, command.community)
    for place in command.places:
        check_place(community, place)
    fleet = fleet_of(read, command.community)
    decides = command.decides or community.duty
    if fleet.areas.get(command.area) == Area(command.places, command.cars_max, decides):
        return NOTHING
    if command.area not in fleet.areas and len(fleet.areas) >= AREAS_MAX:
        raise Refused("too_many_areas", f"A fleet has at most {AREAS_MAX} areas. Merge some.", limit=AREAS_MAX)
    fact = QuotaSet(
        area=command.area, places=command.places, cars_max=command.cars_max, decides=decides, set_at=command.at
    )
    return (Changes(fleet_stream(command.community), (fact,)),)


def take_slot(command: Command, fleet: Fleet, slot: Slot, *, reason: str | None) -> SlotTaken:
    """
    Return the booking of a car of an area.

    Raises
    ------
    Refused
        ``over_quota``: all cars of the area are booked then, and no reason says that it is urgent; the
        message names who decides (R13).
    """
    area = fleet.areas[slot.area]
    over = fleet.booked_at_once(slot.area, slot.starts_at, slot.ends_at) >= area.cars_max
    if over and reason is None:
        raise Refused(
            "over_quota",
            f"All {area.cars_max} cars of area {slot.area} are booked at that time. Agree another time, "
            f"let {area.decides} decide, or book it as urgent with its reason.",
            area=slot.area,
            limit=area.cars_max,
            decides=area.decides,
        )
    return SlotTaken(
        request=slot.request,
        trip=slot.trip,
        area=slot.area,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        over_quota=over,
        reason=reason if over else None,
        taken_at=command.at,
    )
