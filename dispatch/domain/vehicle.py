"""
Vehicle (车辆): a car of the fleet, or a private one lent, with its permit, its driver and its trip (R13).

Parked → Manned → OnTrip → Manned …; Withdrawn. A driver takes the wheel of one car at a time, a car
goes on one trip at a time, and after each it is blocked until it is disinfected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from .decider import Absent, Aggregate, Read, as_stage
from .errors import Unknown, impossible
from .values import (
    Account,
    Code,
    CommunityId,
    Fact,
    Instant,
    LegId,
    ResponderId,
    Sealed,
    Stream,
    VehicleId,
    stream_of,
)


class Owner(StrEnum):
    """Whose car it is."""

    FLEET = "fleet"
    PRIVATE = "private"


class CarPermit(NamedTuple):
    """From when until before when a car may pass the control points."""

    valid_from: Instant
    valid_until: Instant


@dataclass(frozen=True, slots=True)
class Vehicle:
    """
    Base of a car's states.

    `area` is where it drives, everywhere without one; `features` what it has (wheelchair, stretcher);
    `free_from` the end of its disinfection.
    """

    owner: Owner
    area: str | None
    features: frozenset[str]
    seats: int
    permit: CarPermit | None = None
    free_from: Instant | None = None


class Parked(Vehicle):
    """Nobody is at the wheel."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manned(Vehicle):
    """A driver has it."""

    driver: ResponderId


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTrip(Manned):
    """Its driver has accepted a leg with it."""

    leg: LegId
    bound_at: Instant


class Withdrawn(Vehicle):
    """Out of service, or given back."""

    __slots__ = ()


class VehicleRegistered(Fact):
    """A car joined, of the fleet or lent by somebody."""

    TOPIC: ClassVar[str] = "vehicle.registered"
    owner: Owner
    lent_by: ResponderId | None = None
    area: Code | None = None
    features: tuple[Code, ...] = ()
    seats: Annotated[int, Field(ge=1, le=60)]
    plate: Sealed | None = None
    registered_at: Instant


class CarPermitIssued(Fact):
    """The car may pass the control points for a time (R13: a car needs a pass too)."""

    TOPIC: ClassVar[str] = "vehicle.permit_issued"
    by: Account
    valid_from: Instant
    valid_until: Instant
    issued_at: Instant


class CarPermitRevoked(Fact):
    """The car's permit was taken back."""

    TOPIC: ClassVar[str] = "vehicle.permit_revoked"
    by: Account
    reason: Code
    revoked_at: Instant


class CarTaken(Fact):
    """A driver took the car over."""

    TOPIC: ClassVar[str] = "vehicle.taken"
    driver: ResponderId
    taken_at: Instant


class CarLeft(Fact):
    """Its driver gave the car back."""

    TOPIC: ClassVar[str] = "vehicle.left"
    driver: ResponderId
    left_at: Instant


class CarBound(Fact):
    """Its driver accepted a leg: the car goes nowhere else until it is freed."""

    TOPIC: ClassVar[str] = "vehicle.bound"
    driver: ResponderId
    leg: LegId
    bound_at: Instant


class CarFreed(Fact):
    """The leg is over or was given back; the car is blocked until it is disinfected."""

    TOPIC: ClassVar[str] = "vehicle.freed"
    leg: LegId
    free_from: Instant
    freed_at: Instant


class VehicleWithdrawn(Fact):
    """The car went out of service, or back to whom it belongs."""

    TOPIC: ClassVar[str] = "vehicle.withdrawn"
    reason: Code
    withdrawn_at: Instant


class PlateShown(Fact):
    """Somebody opened the car's plate; recorded before it was shown."""

    TOPIC: ClassVar[str] = "vehicle.plate_shown"
    reader: Account
    purpose: Code
    shown_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the car after one of its events."""
    match state, event:
        case Absent(), VehicleRegistered():
            return Parked(event.owner, event.area, frozenset(event.features), event.seats)
        case ((Absent() | Withdrawn()), _):
            raise impossible(event, state)
        case Vehicle(), CarPermitIssued():
            return replace(state, permit=CarPermit(event.valid_from, event.valid_until))
        case Vehicle(), CarPermitRevoked():
            return replace(state, permit=None)
        case Parked(), CarTaken():
            return as_stage(Vehicle, Manned, state, driver=event.driver)
        case OnTrip(), CarFreed() if event.leg == state.leg:
            return as_stage(Vehicle, Manned, state, free_from=event.free_from, driver=state.driver)
        case OnTrip(), _:
            return _on_trip(state, event)
        case Manned(), CarBound() if event.driver == state.driver:
            return as_stage(Vehicle, OnTrip, state, driver=state.driver, leg=event.leg, bound_at=event.bound_at)
        case Manned(), CarLeft() if event.driver == state.driver:
            return as_stage(Vehicle, Parked, state)
        case Parked(), VehicleWithdrawn():
            return as_stage(Vehicle, Withdrawn, state)
        case Vehicle(), PlateShown():
            return state
        case _:
            raise impossible(event, state)


def _on_trip(state: OnTrip, event: Fact) -> Vehicle:
    if isinstance(event, PlateShown):
        return state
    raise impossible(event, state)


VEHICLE = Aggregate(
    name="vehicle",
    evolve=evolve,
    is_over=lambda state: isinstance(state, Withdrawn),
    facts=(
        VehicleRegistered,
        CarPermitIssued,
        CarPermitRevoked,
        CarTaken,
        CarLeft,
        CarBound,
        CarFreed,
        VehicleWithdrawn,
        PlateShown,
    ),
)


def vehicle_stream(community: CommunityId, vehicle: VehicleId) -> Stream:
    """Return the stream of one car."""
    return stream_of(community, "vehicle", vehicle)


def known(read: Read, community: CommunityId, vehicle: VehicleId) -> Vehicle:
    """
    Return a car in any state.

    Raises
    ------
    Unknown
        Nobody registered it.
    """
    state = read(vehicle_stream(community, vehicle))
    if not isinstance(state, Vehicle):
        raise Unknown("vehicle", vehicle, now="Register the car first, or correct the id.")
    return state
