"""Going out for care through the public verbs: judged, agreed, driven, brought back, or ended (R12, R13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch import EVERYDAY, Actor, Policy, Refused, RequestId, Role
from dispatch.domain.help_request import UnderWay
from dispatch.domain.medical_pass import Denied, Expired, Issued, Revoked
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.ride import Over, Redirected
from dispatch.domain.values import PassId, VehicleId
from dispatch.domain.vehicle import Withdrawn
from tests.engine.town import HERE, MORNING, TOWER, Town, refusal_of

TOMORROW = MORNING + timedelta(days=1)


def usable_car(town: Town, driver: Any = None, **more: Any) -> VehicleId:
    """Return a car with a permit until tomorrow, with its driver."""
    car = town.engine.register_car(HERE, **more)
    town.engine.issue_car_permit(HERE, car, valid_from=MORNING, valid_until=TOMORROW)
    town.engine.take_car(HERE, car, driver=driver or town.driver)
    return car


def to_hospital(town: Town, **more: float) -> RequestId:
    """Bring the resident there."""
    request = town.ride(town.resident, **more)
    for leg in ("to_car", "to_hospital"):
        town.serve(f"{request}/{leg}", town.tick())
    town.tick()
    return request


def topics_of(town: Town, request: str) -> list[str]:
    """Return what was recorded about a request."""
    return [line.topic for line in town.engine.timeline(HERE, about=request)]


def test_from_application_to_return(town: Town) -> None:
    """The same car brings the patient back after its disinfection, and the ride is settled by itself."""
    car = usable_car(town)
    request = to_hospital(town)
    free_from = town.clock.now + timedelta(minutes=30)
    (line,) = town.engine.cars(HERE)
    assert (line.car, line.free_from, line.usable) == (car, free_from, False)
    town.clock.forward(hours=2)
    assert not town.tick()
    town.engine.ready_for_return(HERE, request)
    back = town.tick()[f"{request}/back_home"]
    assert back.responder == town.driver
    town.serve(f"{request}/back_home", {back.leg: back})
    town.serve(f"{request}/to_door", town.tick())
    town.tick()
    assert town.stage(request) == "Delivered"
    assert isinstance(town.engine.ride(HERE, request), Over)
    assert (town.engine.rides(HERE), town.engine.passes(HERE)) == ((), ())


@pytest.mark.parametrize("policy", [EVERYDAY, EVERYDAY_LATE], ids=["now", "late"])
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "out"])
def test_of_several_cars_the_same_one_brings_back(town: Town, policy: Policy, *, is_there: bool) -> None:
    """Whoever drove the patient there is asked for the way back before idle colleagues; if out, a colleague is."""
    engine = town.engine
    engine.adopt_policy(HERE, policy)
    skills = ["drive", "daily_test"]
    others = [engine.register_responder(HERE, "driver", capacity=40, skills=skills) for _ in range(3)]
    for driver in (town.driver, *others):
        usable_car(town, driver)
    request = town.ride(town.resident)
    town.serve(f"{request}/to_car", town.tick())
    there = town.tick()
    town.serve(f"{request}/to_hospital", there)
    driver = there[f"{request}/to_hospital"].responder
    town.tick()
    town.clock.forward(hours=2)
    if not is_there:
        engine.drop_out(HERE, driver)
    engine.ready_for_return(HERE, request)
    assert (town.tick()[f"{request}/back_home"].responder == driver) is is_there


def test_the_way_back_waits_for_the_disinfection(town: Town) -> None:
    """Ready ten minutes later, the patient waits until a car is clean; then the tick asks by itself."""
    town.engine.adopt_policy(HERE, EVERYDAY)  # version 2 also looks again when the plan of queues may change
    usable_car(town)
    request = to_hospital(town)
    town.clock.forward(minutes=10)
    town.engine.ready_for_return(HERE, request)
    assert not town.tick()
    (line,) = [line for line in town.engine.board(HERE) if line.leg == "back_home"]
    assert line.shortfall == ("car_is_free",)
    town.clock.now = town.engine.next_change_at(HERE) or town.clock.now
    assert town.clock.now == MORNING + timedelta(minutes=30)
    assert f"{request}/back_home" in town.tick()


def test_one_driver_drives_one_at_a_time(town: Town) -> None:
    """Two patients at once and one car: one is driven, the other waits for another car."""
    usable_car(town)
    town.engine.register_responder(HERE, "cadre", capacity=40)  # nobody carries two down at the same hour (S6)
    rides = [town.ride(town.resident), town.ride(town.high)]
    first = town.tick()
    for ride in rides:
        town.serve(f"{ride}/to_car", first)
    assert len(town.tick()) == 1
    other = town.engine.register_responder(HERE, "driver", capacity=40, skills=["drive", "daily_test"])
    usable_car(town, other)
    assert [offer.responder for offer in town.tick().values()] == [other]


def test_a_revoked_pass_takes_offers_and_work_back(town: Town) -> None:
    """Nothing is taken under it and what is taken is released with the next drain; a person is called (S5)."""
    request = town.ride(town.resident)
    offer = town.tick()[f"{request}/to_car"]
    town.engine.accept(HERE, offer.offer)
    (line,) = town.engine.passes(HERE)
    town.engine.revoke_pass(HERE, line.medical_pass, reason="case_found")
    assert not town.tick()
    assert town.engine.responder(HERE, offer.responder).open_count == 0
    assert {"request.leg_released", "request.escalated"} <= set(topics_of(town, request))
    assert isinstance(town.engine.medical_pass(HERE, line.medical_pass), Revoked)
    then = town.engine.position()
    assert isinstance(town.engine.medical_pass(HERE, line.medical_pass, as_of=then - 4), Issued | Revoked)


def test_a_pass_expires_by_itself_and_bars_what_has_not_begun(town: Town) -> None:
    """Valid for two hours, the ride in one hour, nobody came: the leg is not shared out any more."""
    request = town.ride(town.resident, valid_hours=2)
    (line,) = town.engine.passes(HERE)
    town.clock.forward(hours=2)
    town.tick()
    assert isinstance(town.engine.medical_pass(HERE, line.medical_pass), Expired)
    assert [leg.asks for leg in town.request(request).legs] == [()] * 4


def test_who_is_out_when_the_pass_ends_is_let_back(town: Town) -> None:
    """The pass lasts until the patient is back."""
    usable_car(town)
    request = to_hospital(town, valid_hours=2)
    town.clock.forward(hours=5)
    town.engine.ready_for_return(HERE, request)
    assert f"{request}/back_home" in town.tick()
    (line,) = town.engine.passes(HERE)
    assert line.state == "Issued"


def test_an_unbooked_ride_calls_a_person(town: Town) -> None:
    """A ride that was only asked for is lost to nobody: it is not shared out, and the desk is told."""
    request = town.open("medical_ride")
    assert not town.tick()
    assert "request.escalated" in topics_of(town, request)
    passed = town.engine.apply_for_pass(HERE, town.resident, purpose="admission")
    town.engine.review_pass(HERE, passed, by=town.doctor())
    town.engine.issue_pass(HERE, passed, valid_from=MORNING, valid_until=TOMORROW, rides=3, by=town.doctor())
    pickup_at = MORNING + timedelta(hours=1)
    same = town.engine.book_ride(HERE, town.resident, medical_pass=passed, request=request, pickup_at=pickup_at)
    assert same == request
    assert set(town.tick()) == {f"{request}/to_car"}


def test_a_late_car_calls_a_person(town: Town) -> None:
    """At the agreed time without a car, and an hour after the patient was ready, somebody is told."""
    request = town.ride(town.resident)
    town.tick()
    town.clock.forward(hours=1)
    town.tick()
    (line, *_) = [line for line in town.engine.timeline(HERE, about=request) if line.topic == "request.escalated"]
    assert line.params["reason"] == "no_car_at_pickup"


def test_an_ambulance_instead(town: Town) -> None:
    """It becomes worse: the alarm rings, nobody is asked to drive, the ambulance ends it."""
    usable_car(town)
    request = town.ride(town.resident)
    assert town.tick()
    town.engine.change_urgency(HERE, request, "life", reason="condition_worse")
    assert not town.tick()
    town.engine.redirect_ride(HERE, request, to="999", reason="condition_worse")
    assert isinstance(town.engine.ride(HERE, request), Redirected)
    assert town.stage(request) == "Closed"
    assert refusal_of(lambda: town.engine.redirect_ride(HERE, request, to="110", reason="x")).code == "bad_choice"


def test_who_is_admitted_stays(town: Town) -> None:
    """Nobody waits for a way back that will not be."""
    usable_car(town)
    request = to_hospital(town)
    assert isinstance(town.request(request), UnderWay)
    town.engine.patient_stays(HERE, request)
    assert town.stage(request) == "Closed"


def test_quotas_by_area(town: Town) -> None:
    """One car at a time for the tower: the second ride at noon needs a reason, and that is seen."""
    engine = town.engine
    engine.set_quota(HERE, "north", places=TOWER, cars=1, decides="district-desk")
    car = usable_car(town, area="north", features=["wheelchair"], seats=5)
    town.ride(town.resident, hours=3)
    refused = refusal_of(lambda: town.ride(town.resident, hours=3))
    assert (refused.code, refused.fields["decides"]) == ("over_quota", "district-desk")
    (quota,) = engine.quotas(HERE, as_of=MORNING + timedelta(hours=3))
    assert (quota.area, quota.cars_max, quota.booked, quota.cars) == ("north", 1, 1, 1)
    assert engine.car(HERE, car).area == "north"


def test_a_car_comes_and_goes(town: Town) -> None:
    """Lent, permitted, left, its permit taken back, given back."""
    car = usable_car(town, lent_by=town.volunteer, plate="京A00001")
    town.engine.leave_car(HERE, car, driver=town.driver)
    town.engine.revoke_car_permit(HERE, car, reason="all_clear")
    town.engine.withdraw_car(HERE, car, reason="given_back")
    assert isinstance(town.engine.car(HERE, car), Withdrawn)
    assert town.engine.cars(HERE) == ()


def test_a_driver_who_leaves_for_good_leaves_the_car(town: Town) -> None:
    """Erased, somebody is at no wheel any more."""
    car = usable_car(town)
    town.engine.erase(HERE, town.driver)
    assert type(town.engine.car(HERE, car)).__name__ == "Parked"


def test_an_erased_resident_has_no_pass(town: Town) -> None:
    """Taken back by the machine; the ride closes with the person's requests."""
    town.ride(town.resident)
    (line,) = town.engine.passes(HERE)
    town.engine.erase(HERE, town.resident)
    town.tick()
    assert isinstance(town.engine.medical_pass(HERE, line.medical_pass), Revoked)
    assert (town.engine.rides(HERE), town.engine.passes(HERE)) == ((), ())


def applied(town: Town) -> PassId:
    """Return an application with a need."""
    return town.engine.apply_for_pass(HERE, town.resident, purpose="examination", need="请保密")


def test_the_need_is_the_medical_groups_alone(town: Town) -> None:
    """Sealed in the log; opened for the group and the resident, and that is recorded (R34)."""
    passed = applied(town)
    assert town.engine.reveal(HERE, passed, purpose="review", by=town.doctor())["need"] == "请保密"
    me = Actor(id=town.resident, role=Role.RESIDENT)
    assert town.engine.reveal(HERE, passed, purpose="own_data", by=me)["need"] == "请保密"
    town.engine.grant(HERE, "lead", Role.BUILDING_LEAD)
    for nosy in (Actor(id="desk", role=Role.COMMUNITY_WORKER), Actor(id="lead", role=Role.BUILDING_LEAD)):
        refused = refusal_of(lambda by=nosy: town.engine.reveal(HERE, passed, purpose="review", by=by))  # type: ignore[misc]
        assert refused.code == "medical_only"


def test_an_application_is_refused_with_a_reason(town: Town) -> None:
    """By the group, after the review."""
    passed = applied(town)
    town.engine.review_pass(HERE, passed, by=town.doctor())
    town.engine.refuse_pass(HERE, passed, reason="not_needed", by=town.doctor())
    assert isinstance(town.engine.medical_pass(HERE, passed), Denied)


@pytest.mark.parametrize("rides", [0, 61])
def test_bad_numbers_of_rides(town: Town, rides: int) -> None:
    """A pass is for one to sixty rides."""
    passed = applied(town)
    town.engine.review_pass(HERE, passed, by=town.doctor())
    with pytest.raises(Refused) as refused:
        town.engine.issue_pass(HERE, passed, valid_from=MORNING, valid_until=TOMORROW, rides=rides, by=town.doctor())
    assert refused.value.code == "bad_input"


def test_naive_times_are_refused(town: Town) -> None:
    """Nobody knows whose noon that would be (bad input 35)."""
    naive = MORNING.replace(tzinfo=None) + timedelta(hours=3)
    assert refusal_of(lambda: town.engine.book_ride(HERE, town.resident, pickup_at=naive)).code == "bad_input"


def test_a_plate_is_sealed(town: Town) -> None:
    """Opened for the desk with a purpose, and recorded."""
    car = usable_car(town, plate="京A00001")
    assert town.engine.reveal(HERE, car, purpose="contact") == {"plate": "京A00001"}
    assert "vehicle.plate_shown" in topics_of(town, car)


def test_where_to_is_for_who_goes(town: Town) -> None:
    """The destination is sealed with the resident's key, and shown with the request."""
    passed = applied(town)
    town.engine.review_pass(HERE, passed, by=town.doctor())
    town.engine.issue_pass(HERE, passed, valid_from=MORNING, valid_until=TOMORROW, by=town.doctor())
    at = MORNING + timedelta(hours=2)
    ride = town.engine.book_ride(HERE, town.resident, medical_pass=passed, pickup_at=at, destination="东门")
    assert town.engine.reveal(HERE, ride, purpose="delivery")["destination"] == "东门"
