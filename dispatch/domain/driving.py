"""Commands about cars: registering, permits, who is at the wheel, disinfection, leaving service (R13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from .community import registered
from .decider import NOTHING, Absent, Changes, Decision, Gathered, Read
from .errors import Refused
from .fleet import fleet_of
from .help_request import HelpRequest, full_leg_id
from .leg import Done, Failed, Leg, Taken
from .responder import Departed, Departing, serving
from .responder import known as known_responder
from .ride import CarAgreed, Ride, ride_stream
from .roster import ResponderCommand
from .values import (
    Code,
    Command,
    Fact,
    Instant,
    LegId,
    RequestId,
    ResponderId,
    Sealed,
    VehicleId,
    request_of,
    request_stream,
)
from .vehicle import (
    CarBound,
    CarFreed,
    CarLeft,
    CarPermitIssued,
    CarPermitRevoked,
    CarTaken,
    Manned,
    OnTrip,
    Owner,
    Parked,
    PlateShown,
    Vehicle,
    VehicleRegistered,
    VehicleWithdrawn,
    Withdrawn,
    known,
    vehicle_stream,
)
from .wheel import WheelLeft, WheelTaken, driven_by, wheel_stream


class VehicleCommand(Command):
    """Base of the commands about one car."""

    vehicle: VehicleId


class RegisterVehicle(VehicleCommand):
    """Let a car join; the façade has sealed the plate."""

    owner: Owner
    lent_by: ResponderId | None = None
    area: Code | None = None
    features: tuple[Code, ...] = ()
    seats: Annotated[int, Field(ge=1, le=60)] = 4
    plate: Sealed | None = None


class IssueCarPermit(VehicleCommand):
    """Let a car pass the control points for a time."""

    valid_from: Instant
    valid_until: Instant


class RevokeCarPermit(VehicleCommand):
    """Take a car's permit back."""

    reason: Code


class WithdrawVehicle(VehicleCommand):
    """Take a car out of service, or give it back."""

    reason: Code


class ShowPlate(VehicleCommand):
    """Record that a car's plate is about to be shown."""

    purpose: Code


class TakeCar(ResponderCommand):
    """Take the wheel of a car."""

    vehicle: VehicleId


class LeaveCar(ResponderCommand):
    """Give a car back."""

    vehicle: VehicleId


class FreeCar(VehicleCommand):
    """End the trip of a car whose leg is over or was given back."""

    leg: LegId


def register_vehicle(command: RegisterVehicle, read: Read) -> Decision:
    """Register a car of the fleet, or a private one lent by a responder (R13)."""
    registered(read, command.community)
    stream = vehicle_stream(command.community, command.vehicle)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "vehicle_exists",
            f"Car {command.vehicle} is registered already. Use another id.",
            vehicle=command.vehicle,
        )
    if command.lent_by is not None:
        serving(read, command.community, command.lent_by)
    if command.area is not None and command.area not in fleet_of(read, command.community).areas:
        raise Refused("unknown_area", f"The fleet has no area {command.area}. Set its quota first.", area=command.area)
    fact = VehicleRegistered(
        owner=command.owner,
        lent_by=command.lent_by,
        area=command.area,
        features=command.features,
        seats=command.seats,
        plate=command.plate,
        registered_at=command.at,
    )
    return (Changes(stream, (fact,)),)


def _in_service(command: VehicleCommand | TakeCar, read: Read) -> Vehicle:
    state = known(read, command.community, command.vehicle)
    if isinstance(state, Withdrawn):
        raise Refused(
            "car_withdrawn", f"Car {command.vehicle} is out of service. Name another car.", vehicle=command.vehicle
        )
    return state


def issue_car_permit(command: IssueCarPermit, read: Read) -> Decision:
    """Issue a car's permit; a new one replaces the one before."""
    state = _in_service(command, read)
    if state.permit == (command.valid_from, command.valid_until):
        return NOTHING
    if command.valid_until <= command.valid_from:
        raise Refused("ends_before_start", "The permit would end before it begins. Give a later end.")
    if command.valid_until <= command.at:
        raise Refused("already_over", "The permit would be over already. Give an end in the future.")
    fact = CarPermitIssued(
        by=command.actor.id, valid_from=command.valid_from, valid_until=command.valid_until, issued_at=command.at
    )
    return _one(command, fact)


def revoke_car_permit(command: RevokeCarPermit, read: Read) -> Decision:
    """Revoke a car's permit; the next drain takes back what is open with it."""
    if _in_service(command, read).permit is None:
        return NOTHING
    return _one(command, CarPermitRevoked(by=command.actor.id, reason=command.reason, revoked_at=command.at))


def take_car(command: TakeCar, read: Read) -> Decision:
    """Take the wheel: one driver a car, one car a driver; both are told in one save."""
    state = _in_service(command, read)
    serving(read, command.community, command.responder)
    if isinstance(state, Manned) and state.driver == command.responder:
        return NOTHING
    if not isinstance(state, Parked):
        driver = state.driver if isinstance(state, Manned) else None
        raise Refused(
            "car_taken",
            f"Car {command.vehicle} is driven by {driver} now. Let them leave it first, or take another.",
            vehicle=command.vehicle,
            holders=driver,
        )
    has = driven_by(read, command.community, command.responder)
    if has is not None:
        raise Refused(
            "one_car_each",
            f"Responder {command.responder} is at the wheel of car {has}. Leave it first.",
            responder=command.responder,
            vehicle=has,
        )
    gathered = Gathered()
    gathered.add(
        vehicle_stream(command.community, command.vehicle), CarTaken(driver=command.responder, taken_at=command.at)
    )
    gathered.add(
        wheel_stream(command.community, command.responder),
        WheelTaken(vehicle=command.vehicle, taken_at=command.at),
    )
    return gathered.decision()


def leave_car(command: LeaveCar, read: Read) -> Decision:
    """Give a car back; not in the middle of a trip. Said of a car that one has left, nothing happens."""
    state = known(read, command.community, command.vehicle)
    known_responder(read, command.community, command.responder)
    if driven_by(read, command.community, command.responder) != command.vehicle:
        return NOTHING
    if isinstance(state, OnTrip):
        raise Refused(
            "car_on_trip",
            f"Car {command.vehicle} is on the way with leg {state.leg}. Finish or release the leg first.",
            vehicle=command.vehicle,
            leg=state.leg,
        )
    gathered = Gathered()
    gathered.add(
        vehicle_stream(command.community, command.vehicle), CarLeft(driver=command.responder, left_at=command.at)
    )
    gathered.add(
        wheel_stream(command.community, command.responder),
        WheelLeft(vehicle=command.vehicle, left_at=command.at),
    )
    return gathered.decision()


def withdraw_vehicle(command: WithdrawVehicle, read: Read) -> Decision:
    """Withdraw a parked car: lent cars go back, broken ones out."""
    state = known(read, command.community, command.vehicle)
    if isinstance(state, Withdrawn):
        return NOTHING
    if not isinstance(state, Parked):
        raise Refused(
            "car_in_use", f"Somebody drives car {command.vehicle}. Let them leave it first.", vehicle=command.vehicle
        )
    return _one(command, VehicleWithdrawn(reason=command.reason, withdrawn_at=command.at))


def show_plate(command: ShowPlate, read: Read) -> Decision:
    """Record a reading of a car's plate before it happens."""
    _in_service(command, read)
    return _one(command, PlateShown(reader=command.actor.id, purpose=command.purpose, shown_at=command.at))


def bind_car(
    command: Command, request: RequestId, leg: Leg, *, driver: ResponderId, read: Read, gathered: Gathered
) -> None:
    """Bind the driver's car to a leg in the save in which it is accepted: no car twice, no driver without."""
    vehicle = driven_by(read, command.community, driver) if leg.plan.drives else None
    if vehicle is None:
        return
    fact = CarBound(driver=driver, leg=full_leg_id(request, leg), bound_at=command.at)
    gathered.add(vehicle_stream(command.community, vehicle), fact)
    ride = ride_stream(command.community, request)
    if isinstance(read(ride), Ride):
        gathered.add(ride, CarAgreed(leg=leg.plan.name, vehicle=vehicle, driver=driver, agreed_at=command.at))


def free_car(command: FreeCar, read: Read) -> Decision:
    """
    End a trip whose leg its driver does not have any more.

    A car that went is blocked for disinfection (`turnaround_s` of the policy); one whose leg was given
    back before anybody drove is free at once.
    """
    state = known(read, command.community, command.vehicle)
    if not isinstance(state, OnTrip) or state.leg != command.leg:
        return NOTHING
    request = read(request_stream(command.community, request_of(command.leg)))
    if goes_on(request, state):
        return NOTHING
    blocked = (
        timedelta(seconds=registered(read, command.community).policy.turnaround_s) if went(request, state) else None
    )
    fact = CarFreed(leg=command.leg, free_from=command.at + (blocked or timedelta()), freed_at=command.at)
    return _one(command, fact)


def _leg_of(request: object, car: OnTrip) -> Leg | None:
    return request.leg(car.leg.partition("/")[2]) if isinstance(request, HelpRequest) else None


def goes_on(request: object, car: OnTrip) -> bool:
    """Tell whether the driver of a car still has its leg."""
    leg = _leg_of(request, car)
    held = isinstance(request, HelpRequest) and request.is_matchable and isinstance(leg, Taken)
    return held and leg is not None and any(ask.responder == car.driver for ask in leg.asks)


def went(request: object, car: OnTrip) -> bool:
    """Tell whether a car may have carried somebody on its leg: done, failed, or ended on the way."""
    leg = _leg_of(request, car)
    by_driver = leg is not None and any(ask.responder == car.driver for ask in leg.asks)
    return by_driver and isinstance(leg, Done | Failed | Taken)


def is_leaving(person: object) -> bool:
    """Tell whether a driver is leaving for good."""
    return isinstance(person, Departing | Departed)


def _one(command: VehicleCommand, fact: Fact) -> Decision:
    return (Changes(vehicle_stream(command.community, command.vehicle), (fact,)),)
