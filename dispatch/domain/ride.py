"""
Ride (就医用车): what is agreed about the medical ride of a request, under the request's own id (R12, R13).

Booked → ReturnCalled → Over; Redirected to an ambulance. The way back is asked for when the patient is
ready, never before: when that will be, nobody knows in the morning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar

from .decider import Absent, Aggregate, Read
from .errors import Unknown, impossible
from .values import (
    Account,
    Code,
    CommunityId,
    Fact,
    Instant,
    PassId,
    RequestId,
    ResidentId,
    ResponderId,
    Sealed,
    Stream,
    VehicleId,
    stream_of,
)


class Ambulance(StrEnum):
    """The two numbers for an ambulance (R12)."""

    EMERGENCY = "120"
    RED_CROSS = "999"


@dataclass(frozen=True, slots=True)
class Ride:
    """
    Base of a ride's states.

    `pickup_at` is the agreed time; `needs` what the car must have; `urgent` the reason of an urgent
    booking; `car` the last one that was agreed, which brings the patient back when it can.
    """

    resident: ResidentId
    medical_pass: PassId | None
    pass_waived: bool
    pickup_at: Instant
    area: str | None
    needs: frozenset[str]
    urgent: str | None
    car: VehicleId | None = None


class Booked(Ride):
    """Time and place are agreed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCalled(Ride):
    """The patient is ready to go home."""

    called_at: Instant


class Over(Ride):
    """The patient is back, stays there, or never went."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Redirected:
    """An ambulance was called instead."""

    call: Ambulance


class RideBooked(Fact):
    """A car is agreed upon: when, with which pass, and what it must have."""

    TOPIC: ClassVar[str] = "ride.booked"
    resident: ResidentId
    medical_pass: PassId | None = None
    pass_waived: bool = False
    pickup_at: Instant
    back_by: Instant | None = None
    area: Code | None = None
    needs: tuple[Code, ...] = ()
    urgent: Code | None = None
    destination: Sealed | None = None
    booked_by: Account
    booked_at: Instant


class CarAgreed(Fact):
    """A driver goes with this car."""

    TOPIC: ClassVar[str] = "ride.car_agreed"
    leg: Code
    vehicle: VehicleId
    driver: ResponderId
    agreed_at: Instant


class ReadyForReturn(Fact):
    """The patient is ready: the way back is shared out from now on."""

    TOPIC: ClassVar[str] = "ride.ready_for_return"
    by: Account
    called_at: Instant


class RideRedirected(Fact):
    """The ride was ended: whoever is in danger of life goes by ambulance (R12)."""

    TOPIC: ClassVar[str] = "ride.redirected"
    call: Ambulance
    reason: Code
    by: Account
    redirected_at: Instant


class RideEnded(Fact):
    """The ride is over, and how."""

    TOPIC: ClassVar[str] = "ride.ended"
    outcome: Code
    ended_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the ride after one of its events."""
    match state, event:
        case Absent(), RideBooked():
            return Booked(
                resident=event.resident,
                medical_pass=event.medical_pass,
                pass_waived=event.pass_waived,
                pickup_at=event.pickup_at,
                area=event.area,
                needs=frozenset(event.needs),
                urgent=event.urgent,
            )
        case Absent() | Booked() | ReturnCalled(), RideRedirected():
            return Redirected(event.call)
        case Booked() | ReturnCalled(), CarAgreed():
            return replace(state, car=event.vehicle)
        case Booked(), ReadyForReturn():
            return ReturnCalled(**_parts(state), called_at=event.called_at)
        case Booked() | ReturnCalled(), RideEnded():
            return Over(**_parts(state))
        case _:
            raise impossible(event, state)


def _parts(state: Ride) -> dict[str, Any]:
    return {name: getattr(state, name) for name in Ride.__dataclass_fields__}


RIDE = Aggregate(
    name="ride",
    evolve=evolve,
    is_over=lambda state: isinstance(state, Over | Redirected),
    facts=(RideBooked, CarAgreed, ReadyForReturn, RideRedirected, RideEnded),
)


def ride_stream(community: CommunityId, request: RequestId) -> Stream:
    """Return the stream of the ride of a request."""
    return stream_of(community, "ride", request)


def known(read: Read, community: CommunityId, request: RequestId) -> Ride | Redirected:
    """
    Return a ride in any state.

    Raises
    ------
    Unknown
        Nobody booked a car for this request.
    """
    state = read(ride_stream(community, request))
    if not isinstance(state, Ride | Redirected):
        raise Unknown("ride", request, now="Book it first, or correct the request's id.")
    return state
