"""Passes, rides, cars and quotas as lines for staff: a fold of the board, nothing of their own stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..domain.fleet import Fleet, fleet_of
from ..domain.medical_pass import Issued, MedicalPass
from ..domain.ride import Ride
from ..domain.values import LegId, PassId, RequestId, ResidentId, ResponderId, VehicleId
from ..domain.vehicle import Manned, OnTrip, Vehicle
from ..matching.board import Board


@dataclass(frozen=True, slots=True)
class PassLine:
    """A pass that is applied for or issued; without the need, which is sealed."""

    medical_pass: PassId
    state: str
    resident: ResidentId
    purpose: str
    valid_from: datetime | None
    valid_until: datetime | None
    rides_left: int


@dataclass(frozen=True, slots=True)
class RideLine:
    """A ride that is agreed and not over."""

    request: RequestId
    state: str
    pickup_at: datetime
    area: str | None
    medical_pass: PassId | None
    car: VehicleId | None
    urgent: str | None


@dataclass(frozen=True, slots=True)
class CarLine:
    """A car in service; `usable` says whether it could leave now: driver, permit, disinfected, no other trip."""

    car: VehicleId
    state: str
    owner: str
    area: str | None
    driver: ResponderId | None
    leg: LegId | None
    permit_until: datetime | None
    free_from: datetime | None
    usable: bool


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """
    An area's cars.

    `booked` counts those of this instant, `over_quota` what is booked beyond the quota and not over,
    `cars` those registered for the area and in service.
    """

    area: str
    cars_max: int
    booked: int
    over_quota: int
    cars: int
    decides: str


def passes_of(board: Board) -> tuple[PassLine, ...]:
    """Return passes that are not over, in order of id."""
    return tuple(_pass_line(PassId(name), state) for name, state in sorted(board.all("pass").items()))


def _pass_line(name: PassId, state: MedicalPass) -> PassLine:
    issued = state if isinstance(state, Issued) else None
    return PassLine(
        medical_pass=name,
        state=type(state).__name__,
        resident=state.resident,
        purpose=state.purpose,
        valid_from=issued.valid_from if issued else None,
        valid_until=issued.valid_until if issued else None,
        rides_left=issued.rides_left if issued else 0,
    )


def rides_of(board: Board) -> tuple[RideLine, ...]:
    """Return rides that are not over, the next to leave first."""
    found = [_ride_line(RequestId(name), ride) for name, ride in board.all("ride").items()]
    return tuple(sorted(found, key=lambda line: (line.pickup_at, line.request)))


def _ride_line(request: RequestId, ride: Ride) -> RideLine:
    return RideLine(
        request=request,
        state=type(ride).__name__,
        pickup_at=ride.pickup_at,
        area=ride.area,
        medical_pass=ride.medical_pass,
        car=ride.car,
        urgent=ride.urgent,
    )


def cars_of(board: Board, at: datetime) -> tuple[CarLine, ...]:
    """Return cars in service, in order of id."""
    return tuple(_car_line(VehicleId(name), car, at) for name, car in sorted(board.all("vehicle").items()))


def _car_line(name: VehicleId, car: Vehicle, at: datetime) -> CarLine:
    permit = car.permit
    allowed = permit is not None and permit.valid_from <= at < permit.valid_until
    clean = car.free_from is None or car.free_from <= at
    return CarLine(
        car=name,
        state=type(car).__name__,
        owner=car.owner,
        area=car.area,
        driver=car.driver if isinstance(car, Manned) else None,
        leg=car.leg if isinstance(car, OnTrip) else None,
        permit_until=permit.valid_until if permit else None,
        free_from=None if clean else car.free_from,
        usable=type(car) is Manned and allowed and clean,
    )


def quotas_of(board: Board, at: datetime) -> tuple[QuotaLine, ...]:
    """Return the areas of the fleet, by name."""
    return tuple(_quotas(board, fleet_of(board.read, board.community), at))


def _quotas(board: Board, fleet: Fleet, at: datetime) -> Iterator[QuotaLine]:
    for name, area in sorted(fleet.areas.items()):
        slots = [slot for slot in fleet.slots if slot.area == name]
        yield QuotaLine(
            area=name,
            cars_max=area.cars_max,
            booked=sum(slot.starts_at <= at < slot.ends_at for slot in slots),
            over_quota=sum(slot.over_quota and at < slot.ends_at for slot in slots),
            cars=sum(car.area == name for car in board.all("vehicle").values()),
            decides=area.decides,
        )
