"""Cars: one driver, one trip, a permit, disinfection after each trip; quotas by area (R13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch.domain.driving import (
    FreeCar,
    IssueCarPermit,
    LeaveCar,
    RegisterVehicle,
    RevokeCarPermit,
    TakeCar,
    WithdrawVehicle,
)
from dispatch.domain.fleet import Area, SetQuota
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.values import SYSTEM, Command
from dispatch.domain.vehicle import Owner
from tests.domain.given import Given, kinds_of
from tests.domain.rides import (
    CAR,
    DRIVER,
    PICKUP,
    at_hospital,
    books,
    calls_back,
    car_commands,
    car_of_town,
    does,
    fleet,
    frees,
    quota,
    ready,
    shares,
    with_pass,
)
from tests.domain.town import IN_GARDEN, IN_TOWER, accepts, actor, after, asked, place, releases, said, tower, town

REGISTERS: Command = said(RegisterVehicle, vehicle=CAR, owner=Owner.FLEET)
PERMITS: Command = said(IssueCarPermit, vehicle=CAR, valid_from=after(0), valid_until=after(60))
TAKES: Command = said(TakeCar, by=DRIVER, responder="r-driver", vehicle=CAR)
LEAVES: Command = said(LeaveCar, by=DRIVER, responder="r-driver", vehicle=CAR)
WITHDRAWS: Command = said(WithdrawVehicle, vehicle=CAR, reason="given_back")
REVOKES: Command = said(RevokeCarPermit, vehicle=CAR, reason="all_clear")
TURNAROUND = timedelta(seconds=EVERYDAY.turnaround_s)


def taken() -> Given:
    """Return the journal after the driver took Li's leg to the hospital."""
    given = asked(does(ready().and_then(shares()), "to_car", "r-cadre"), "to_hospital", "r-driver", at=PICKUP)
    return given.and_then(accepts("r-driver", 2, at=PICKUP))


@pytest.mark.parametrize(
    ("past", "command", "events", "state"),
    [
        ((), REGISTERS, ["VehicleRegistered"], "Parked"),
        ((REGISTERS,), PERMITS, ["CarPermitIssued"], "Parked"),
        ((REGISTERS, PERMITS), PERMITS, [], "Parked"),
        ((REGISTERS, PERMITS), REVOKES, ["CarPermitRevoked"], "Parked"),
        ((REGISTERS,), REVOKES, [], "Parked"),
        ((REGISTERS,), TAKES, ["CarTaken", "WheelTaken"], "Manned"),
        ((REGISTERS, TAKES), TAKES, [], "Manned"),
        ((REGISTERS, TAKES), LEAVES, ["CarLeft", "WheelLeft"], "Parked"),
        ((REGISTERS, TAKES, LEAVES), LEAVES, [], "Parked"),
        ((REGISTERS, TAKES, LEAVES), TAKES, ["CarTaken", "WheelTaken"], "Manned"),
        ((REGISTERS,), WITHDRAWS, ["VehicleWithdrawn"], "Withdrawn"),
        ((REGISTERS, WITHDRAWS), WITHDRAWS, [], "Withdrawn"),
    ],
)
def test_what_becomes_of_a_car(past: tuple[Command, ...], command: Command, events: list[str], state: str) -> None:
    """Registered, permitted, driven, left, withdrawn; said twice it is said once."""
    given = town().and_then(*past)
    assert kinds_of(given.when(command)) == events
    assert type(car_of_town(given.and_then(command))).__name__ == state


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((REGISTERS,), REGISTERS, "vehicle_exists"),
        ((), PERMITS, "unknown_vehicle"),
        ((), said(RegisterVehicle, vehicle=CAR, owner=Owner.FLEET, area="north"), "unknown_area"),
        ((), said(RegisterVehicle, vehicle=CAR, owner=Owner.PRIVATE, lent_by="r-nobody"), "unknown_responder"),
        ((REGISTERS, WITHDRAWS), PERMITS, "car_withdrawn"),
        ((REGISTERS, WITHDRAWS), TAKES, "car_withdrawn"),
        ((REGISTERS, TAKES), WITHDRAWS, "car_in_use"),
        (
            (REGISTERS,),
            said(IssueCarPermit, vehicle=CAR, valid_from=after(60), valid_until=after(60)),
            "ends_before_start",
        ),
        (
            (REGISTERS,),
            said(IssueCarPermit, vehicle=CAR, valid_from=after(-60), valid_until=after(0)),
            "already_over",
        ),
        ((REGISTERS,), said(TakeCar, by=DRIVER, responder="r-shopper", vehicle=CAR), "not_yourself"),
    ],
)
def test_what_is_refused(past: tuple[Command, ...], command: Command, code: str) -> None:
    """Each refusal has its name."""
    assert town().and_then(*past).refusal(command).code == code


def test_a_car_has_one_driver_and_a_driver_one_car() -> None:
    """Whoever comes second is told who has it."""
    given = town().and_then(REGISTERS, TAKES, said(RegisterVehicle, vehicle="v-2", owner=Owner.FLEET))
    second = given.refusal(said(TakeCar, by=actor("r-shopper"), responder="r-shopper", vehicle=CAR))
    assert (second.code, second.fields["holders"]) == ("car_taken", "r-driver")
    another = given.refusal(said(TakeCar, by=DRIVER, responder="r-driver", vehicle="v-2"))
    assert (another.code, another.fields["vehicle"]) == ("one_car_each", CAR)


def test_a_private_car_is_lent() -> None:
    """By a responder, for everybody to see whose it is (R13)."""
    (event,) = town().when(said(RegisterVehicle, vehicle="v-7", owner=Owner.PRIVATE, lent_by="r-shopper"))
    assert event.model_dump(include={"owner", "lent_by"}) == {"owner": "private", "lent_by": "r-shopper"}


def test_accepting_binds_the_car_in_the_same_save() -> None:
    """The answer, the load, the car and what is agreed: never one without the other."""
    given = asked(does(ready().and_then(shares()), "to_car", "r-cadre"), "to_hospital", "r-driver", at=PICKUP)
    events = kinds_of(given.when(accepts("r-driver", 2, at=PICKUP)))
    assert events == ["AssignmentAcknowledged", "LoadTaken", "CarBound", "CarAgreed"]


def test_a_car_is_not_left_on_the_way() -> None:
    """Neither left nor withdrawn nor taken by another until the trip is over."""
    assert taken().refusal(LEAVES).code == "car_on_trip"
    assert taken().refusal(WITHDRAWS).code == "car_in_use"
    other = said(TakeCar, by=actor("r-shopper"), responder="r-shopper", vehicle=CAR)
    assert taken().refusal(other).code == "car_taken"


def test_after_a_trip_the_car_is_disinfected() -> None:
    """Blocked for the policy's minutes from the end of the trip; while it goes on nothing ends it."""
    assert taken().when(frees("to_hospital")) == []
    given = at_hospital().and_then(frees("to_hospital"))
    car = car_of_town(given)
    assert (type(car).__name__, car.free_from) == ("Manned", PICKUP + TURNAROUND)
    assert given.when(frees("to_hospital")) == []


def test_a_leg_given_back_frees_the_car_at_once() -> None:
    """Nobody was driven: there is nothing to disinfect."""
    given = taken().and_then(releases("r-driver", "to_hospital", at=PICKUP)).and_then(frees("to_hospital"))
    assert car_of_town(given).free_from == PICKUP


def test_a_late_end_of_an_earlier_trip_touches_nothing() -> None:
    """The machine names the leg whose trip it ends."""
    given = taken()
    stale: Command = said(FreeCar, by=SYSTEM, at=PICKUP, vehicle=CAR, leg="q-9/to_hospital")
    assert given.when(stale) == []


@pytest.mark.parametrize(
    ("more", "at", "code"),
    [
        ((), PICKUP + TURNAROUND, None),
        ((), PICKUP + TURNAROUND - timedelta(microseconds=1), "car_is_free"),
        ((REVOKES,), PICKUP + TURNAROUND, "car_has_permit"),
        ((LEAVES,), PICKUP + TURNAROUND, "has_a_car"),
    ],
)
def test_acceptance_looks_at_the_car(more: tuple[Command, ...], at: Any, code: str | None) -> None:
    """Disinfected, with a permit and at the wheel, somebody drives back; else the rule is named."""
    given = at_hospital().and_then(frees("to_hospital"), calls_back(PICKUP))
    given = asked(given, "back_home", "r-driver", at=PICKUP).and_then(*more)
    answer = accepts("r-driver", 3, at=at)
    if code is None:
        assert "CarBound" in kinds_of(given.when(answer))
    else:
        assert given.refusal(answer).code == code


@pytest.mark.parametrize(("features", "code"), [((), "car_fits"), (("wheelchair",), None)])
def test_a_wheelchair_needs_room(features: tuple[str, ...], code: str | None) -> None:
    """The car has what was agreed that it must have."""
    given = with_pass().and_then(*car_commands(features=features), books(needs=("wheelchair",)), shares())
    given = asked(does(given, "to_car", "r-cadre"), "to_hospital", "r-driver", at=PICKUP)
    answer = accepts("r-driver", 2, at=PICKUP)
    assert (given.refusal(answer).code if code else None) == code


@pytest.mark.parametrize(("urgent", "code"), [(None, "car_serves_the_area"), ("treatment_today", None)])
def test_a_car_drives_in_its_area(urgent: str | None, code: str | None) -> None:
    """Urgent rides may have any car of the fleet (R12)."""
    given = with_pass().and_then(quota(5), quota(5, area="south", places=(IN_GARDEN,)))
    given = given.and_then(*car_commands(area="south"), books(urgent=urgent), shares())
    given = asked(does(given, "to_car", "r-cadre"), "to_hospital", "r-driver", at=PICKUP)
    answer = accepts("r-driver", 2, at=PICKUP)
    assert (given.refusal(answer).code if code else None) == code


def test_the_innermost_area_counts() -> None:
    """A building may be an area of its own inside a larger one; outside all of them there is no quota."""
    given = town().and_then(quota(3, area="garden", places=(IN_GARDEN,)), quota(2))
    assert fleet(given).area_of(tower("12")) == "north"
    assert fleet(given).area_of(IN_GARDEN) == "garden"
    assert fleet(town()).area_of(IN_TOWER) is None


def test_a_quota_is_set_anew() -> None:
    """Said again it is nothing new; another number replaces it, and bookings stand."""
    given = with_pass().and_then(quota(1), books())
    assert given.when(quota(1)) == []
    fewer = given.and_then(quota(0))
    assert fleet(fewer).areas == {"north": Area((IN_TOWER,), 0, "district")}
    assert len(fleet(fewer).slots) == 1
    nowhere = said(SetQuota, area="x", places=(place(building="b-none"),), cars_max=1)
    assert fewer.refusal(nowhere).code == "unknown_building"


def test_a_booking_that_is_over_is_forgotten() -> None:
    """The list of bookings holds what may still overlap, so it does not grow for ever."""
    given = with_pass().and_then(quota(9), books("q-1", pickup_at=after(61)))
    later = given.and_then(books("q-2", at=after(400), pickup_at=after(500)))
    assert [slot.request for slot in fleet(later).slots] == ["q-2"]
