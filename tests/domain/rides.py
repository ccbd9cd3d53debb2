"""Going out for care, in the town of these tests: passes, cars, rides, and who says what about them."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from dispatch.domain.booking import BookRide
from dispatch.domain.driving import (
    FreeCar,
    IssueCarPermit,
    LeaveCar,
    RegisterVehicle,
    RevokeCarPermit,
    ShowPlate,
    TakeCar,
    WithdrawVehicle,
)
from dispatch.domain.fleet import Fleet, SetQuota, fleet_of
from dispatch.domain.intake import CancelRequest
from dispatch.domain.judging import BeginReview, ExpirePass, IssuePass, RefusePass, RequestPass, RevokePass
from dispatch.domain.medical_pass import MedicalPass, Purpose, pass_stream
from dispatch.domain.offer import CompleteLeg
from dispatch.domain.ride import Ambulance, ride_stream
from dispatch.domain.trips import CallForReturn, EndRide, RedirectRide, ShareRide
from dispatch.domain.values import SYSTEM, Actor, Channel, Command, PassId, RequestId, Role, VehicleId
from dispatch.domain.vehicle import Owner, Vehicle, vehicle_stream
from tests.domain.given import Given
from tests.domain.town import (
    IN_TOWER,
    RIVERSIDE,
    T0,
    accepts,
    actor,
    after,
    asked,
    registration,
    request_of_town,
    said,
    town,
)

DOCTOR = Actor(id="r-doctor", role=Role.MEDICAL_STAFF)
OTHER_DOCTOR = Actor(id="r-doctor2", role=Role.MEDICAL_STAFF)
PASS, RIDE, CAR = PassId("m-1"), RequestId("q-1"), VehicleId("v-1")
PICKUP = after(180)
"""Noon: three hours after everything begins."""

DRIVER = actor("r-driver")


@cache
def clinic() -> Given:
    """Return the town with two members of the medical group."""
    return town().and_then(*(registration(who, role=Role.MEDICAL_STAFF) for who in ("r-doctor", "r-doctor2")))


def about_pass(kind: type[Command], *, by: Actor = DOCTOR, **fields: Any) -> Any:
    """Return a command about the pass."""
    return said(kind, by=by, **({"medical_pass": PASS} | fields))


def applies(**fields: Any) -> RequestPass:
    """Return Li's application."""
    shape: dict[str, Any] = {"beneficiary": "p-li", "purpose": Purpose.REGULAR_TREATMENT}
    command: RequestPass = about_pass(RequestPass, **({"by": actor("p-li")} | shape | fields))
    return command


def issues(**fields: Any) -> IssuePass:
    """Return the judgement that Li may go out, for a day and two rides."""
    shape: dict[str, Any] = {"valid_from": T0, "valid_until": after(24 * 60), "rides_max": 2}
    command: IssuePass = about_pass(IssuePass, **(shape | fields))
    return command


def with_pass(given: Given | None = None, **fields: Any) -> Given:
    """Return the journal after Li got the pass."""
    return (given or clinic()).and_then(applies(), about_pass(BeginReview), issues(**fields))


def car_commands(vehicle: str = CAR, driver: str = "r-driver", **fields: Any) -> tuple[Command, ...]:
    """Return what makes a car of the fleet usable."""
    shape: dict[str, Any] = {"vehicle": vehicle, "owner": Owner.FLEET} | fields
    permit: dict[str, Any] = {"vehicle": vehicle, "valid_from": T0, "valid_until": after(24 * 60)}
    return (
        said(RegisterVehicle, **shape),
        said(IssueCarPermit, **permit),
        said(TakeCar, by=actor(driver), responder=driver, vehicle=vehicle),
    )


def quota(cars: int, **fields: Any) -> SetQuota:
    """Return the quota of the sub-district in which the tower lies."""
    shape: dict[str, Any] = {"area": "north", "places": (IN_TOWER,), "cars_max": cars, "decides": "district"}
    command: SetQuota = said(SetQuota, **(shape | fields))
    return command


def books(request: str = RIDE, **fields: Any) -> BookRide:
    """Return the booking of Li's ride at noon."""
    shape: dict[str, Any] = {
        "request": request,
        "beneficiary": "p-li",
        "reporter": "p-li",
        "channel": Channel.PHONE,
        "kind": "medical_ride",
        "medical_pass": PASS,
        "pickup_at": PICKUP,
        "occurred_at": fields.get("at", T0),
    }
    command: BookRide = said(BookRide, **(shape | fields))
    return command


def shares(at: datetime = PICKUP, **fields: Any) -> ShareRide:
    """Return the machine's sharing out of the first leg."""
    shape: dict[str, Any] = {"request": RIDE, "leg": "to_car", "due": at}
    command: ShareRide = said(ShareRide, by=SYSTEM, at=at, **(shape | fields))
    return command


def ready() -> Given:
    """Return the journal with a pass, a usable car and a ride agreed for noon."""
    return with_pass().and_then(*car_commands(), books())


def does(given: Given, leg: str, who: str, *, at: datetime = PICKUP, request: str = RIDE) -> Given:
    """Return the journal after somebody was asked for a leg and did it."""
    number = request_of_town(given, request).asks_made + 1
    report: Command = said(
        CompleteLeg, by=actor(who), at=at, request=request, leg=leg, responder=who, outcome="success"
    )
    return asked(given, leg, who, request=request, at=at).and_then(accepts(who, number, request, at=at), report)


def at_hospital() -> Given:
    """Return the journal after Li was brought to the hospital."""
    return does(does(ready().and_then(shares()), "to_car", "r-cadre"), "to_hospital", "r-driver")


def calls_back(at: datetime = PICKUP, **fields: Any) -> CallForReturn:
    """Return Li's call that she is ready."""
    shape: dict[str, Any] = {"by": actor("p-li"), "at": at, "request": RIDE} | fields
    command: CallForReturn = said(CallForReturn, **shape)
    return command


def pass_of(given: Given, medical_pass: PassId = PASS) -> MedicalPass:
    """Return a pass's state."""
    state = given.read(pass_stream(RIVERSIDE, medical_pass))
    assert isinstance(state, MedicalPass)
    return state


def car_of_town(given: Given, vehicle: VehicleId = CAR) -> Vehicle:
    """Return a car's state."""
    state = given.read(vehicle_stream(RIVERSIDE, vehicle))
    assert isinstance(state, Vehicle)
    return state


def ride_of(given: Given, request: RequestId = RIDE) -> object:
    """Return the state of a ride."""
    return given.read(ride_stream(RIVERSIDE, request))


def fleet(given: Given) -> Fleet:
    """Return the fleet."""
    return fleet_of(given.read, RIVERSIDE)


def frees(leg: str, at: datetime = PICKUP, **fields: Any) -> FreeCar:
    """Return the machine's end of a trip."""
    shape: dict[str, Any] = {"vehicle": CAR, "leg": f"{RIDE}/{leg}"} | fields
    command: FreeCar = said(FreeCar, by=SYSTEM, at=at, **shape)
    return command


def ends_ride(request: str = RIDE, at: datetime = PICKUP) -> EndRide:
    """Return the machine's settling of a ride."""
    command: EndRide = said(EndRide, by=SYSTEM, at=at, request=request)
    return command


def home_again() -> Given:
    """Return the journal after Li is home again, the car disinfected in between, the ride settled."""
    later = after(400)
    given = at_hospital().and_then(frees("to_hospital"), calls_back(later))
    given = does(does(given, "back_home", "r-driver", at=later), "to_door", "r-cadre", at=later)
    return given.and_then(frees("back_home", later), ends_ride(at=later))


def outings() -> Given:
    """Return a journal in which everything happens to passes, cars and rides that can."""
    given = home_again().and_then(
        quota(1),
        books("q-2", pickup_at=after(600), at=after(401)),
        said(CancelRequest, at=after(402), request="q-2", reason="mistake"),
        ends_ride("q-2", after(402)),
        books("q-3", pickup_at=after(600), at=after(403)),
        said(RedirectRide, at=after(404), request="q-3", call=Ambulance.EMERGENCY, reason="condition_worse"),
        about_pass(ExpirePass, by=SYSTEM, at=after(24 * 60), due=after(24 * 60)),
    )
    others: list[Command] = []
    for name, end in (("m-2", RefusePass), ("m-3", RevokePass)):
        others += [applies(medical_pass=name), about_pass(BeginReview, medical_pass=name)]
        others += [about_pass(end, medical_pass=name, reason="not_needed")]
    of_car: dict[str, Any] = {"vehicle": CAR}
    return given.and_then(
        *others,
        said(ShowPlate, purpose="contact", **of_car),
        said(RevokeCarPermit, reason="all_clear", **of_car),
        said(LeaveCar, by=DRIVER, responder="r-driver", **of_car),
        said(WithdrawVehicle, reason="given_back", **of_car),
    )
