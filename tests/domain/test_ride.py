"""Rides: agreed ahead, shared out in time, brought back when the patient is ready, or an ambulance (R12, R13)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.community import AdoptPolicy
from dispatch.domain.fleet import SlotTaken
from dispatch.domain.help_request import needs_people
from dispatch.domain.intake import CancelRequest, ChangeUrgency
from dispatch.domain.judging import RevokePass
from dispatch.domain.leg import Planned
from dispatch.domain.medical_pass import Issued
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.ride import Ambulance
from dispatch.domain.trips import PatientStays, RedirectRide
from dispatch.domain.values import Command, Urgency
from tests.domain.given import Given, kinds_of
from tests.domain.rides import (
    DOCTOR,
    PASS,
    PICKUP,
    RIDE,
    at_hospital,
    books,
    calls_back,
    car_commands,
    clinic,
    does,
    ends_ride,
    fleet,
    home_again,
    pass_of,
    quota,
    ready,
    ride_of,
    shares,
    with_pass,
)
from tests.domain.town import accepts, actor, after, asked, calls, request_of_town, responder_of, said

REDIRECTS: Command = said(RedirectRide, request=RIDE, call=Ambulance.EMERGENCY, reason="condition_worse")
STAYS: Command = said(PatientStays, at=PICKUP, request=RIDE)


def waiting(given: Given) -> list[str]:
    """Return the legs of the ride that are shared out now."""
    return [leg.plan.name for leg in needs_people(request_of_town(given, RIDE))]


def test_booking_is_one_save_with_its_request() -> None:
    """The request, a ride of the pass and what was agreed; due when the patient should be back."""
    given = with_pass()
    events = given.when(books(back_by=after(500)))
    assert kinds_of(events) == ["RequestReceived", "RequestTriaged", "WorkPlanned", "PassRideBooked", "RideBooked"]
    booked = given.and_then(books(back_by=after(500)))
    assert request_of_town(booked, RIDE).due_at == after(500)
    assert booked.when(books(back_by=after(500))) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"pickup_at": after(0)}, "deadline_past"),
        ({"pickup_at": after(-60)}, "deadline_past"),
        ({"back_by": PICKUP}, "ends_before_start"),
        ({"pickup_at": after(59)}, "ride_too_soon"),
        ({"pickup_at": after(32 * 24 * 60)}, "ride_too_far_ahead"),
        ({"pickup_at": after(24 * 60)}, "pass_not_valid_then"),
        ({"medical_pass": None}, "pass_needed"),
        ({"medical_pass": None, "urgent": "treatment_today"}, "pass_needed"),
        ({"medical_pass": "m-404"}, "unknown_pass"),
        ({"beneficiary": "p-wu"}, "pass_of_another"),
        ({"kind": "food"}, "not_a_ride"),
        ({"by": actor("p-wu"), "reporter": "p-wu"}, "not_yourself"),
    ],
)
def test_what_is_not_booked(fields: dict[str, Any], code: str) -> None:
    """Bad times, no pass, another's pass, another kind, another's name; nothing of it is recorded."""
    assert with_pass().refusal(books(**fields)).code == code


def test_an_unjudged_application_is_no_pass() -> None:
    """A ride is booked after the judgement, not beside it."""
    assert home_again().refusal(books("q-9", medical_pass="m-9")).code == "unknown_pass"


def test_an_urgent_ride_goes_at_any_time() -> None:
    """With its reason it is booked at once; the reason is on record (R12)."""
    (booked,) = [
        e for e in with_pass().when(books(pickup_at=after(5), urgent="treatment_today")) if "urgent" in vars(e)
    ]
    assert vars(booked)["urgent"] == "treatment_today"


def test_urgency_waives_the_pass_only_where_the_policy_says_so() -> None:
    """The source does not say it; a community may adopt it, and each waiver is recorded (R12)."""
    policy = EVERYDAY.model_copy(update={"version": 2, "urgent_ride_waives_pass": True})
    given = clinic().and_then(said(AdoptPolicy, policy=policy))
    assert given.refusal(books(medical_pass=None)).code == "pass_needed"
    booked = given.when(books(medical_pass=None, urgent="treatment_today"))[-1]
    assert vars(booked)["pass_waived"] is True


def test_a_ride_is_booked_for_a_request_that_is_there() -> None:
    """A series opens requests ahead; each gets its ride, and no second one."""
    given = with_pass().and_then(calls(kind="medical_ride"))
    assert kinds_of(given.when(books())) == ["PassRideBooked", "RideBooked"]
    assert given.and_then(books()).refusal(books(pickup_at=after(200))).code == "ride_exists"
    other = with_pass().and_then(calls(kind="medicine"))
    assert other.refusal(books()).code == "not_a_ride"


def test_a_threat_to_life_is_an_alarm_and_no_ride() -> None:
    """120 is told and a person alarmed; no car is booked, no pass needed (A2, R12)."""
    events = clinic().when(books(medical_pass=None, urgency=Urgency.LIFE))
    assert kinds_of(events) == ["RequestReceived", "RequestTriaged", "AlarmRaised", "WorkPlanned"]
    raised = with_pass().and_then(calls(kind="medical_ride")).when(books(urgency=Urgency.LIFE))
    assert kinds_of(raised) == ["UrgencyChanged", "AlarmRaised"]


def test_a_ride_waits_for_its_time() -> None:
    """Nothing is shared out at the booking; an hour ahead the machine shares the first leg."""
    given = ready()
    assert waiting(given) == []
    assert given.when(shares(after(119))) == []
    assert kinds_of(given.when(shares(after(120)))) == ["LegCalled"]
    shared = given.and_then(shares(after(120)))
    assert waiting(shared) == ["to_car"]
    assert shared.when(shares(after(121))) == []


def test_the_way_back_waits_for_the_patient() -> None:
    """Brought there, nothing is shared out until she says that she is ready (R13)."""
    given = at_hospital()
    assert waiting(given) == []
    assert isinstance(request_of_town(given, RIDE).leg("back_home"), Planned)
    assert kinds_of(given.when(calls_back())) == ["LegCalled", "ReadyForReturn"]
    called = given.and_then(calls_back())
    assert waiting(called) == ["back_home"]
    assert called.when(calls_back()) == []


@pytest.mark.parametrize(
    ("given", "command", "code"),
    [
        (ready, calls_back(), "not_there_yet"),
        (clinic, calls_back(), "unknown_request"),
        (at_hospital, calls_back(by=actor("p-wu")), "not_yourself"),
        (home_again, calls_back(), "request_state"),
        (ready, STAYS, "request_state"),
        (home_again, REDIRECTS, "request_state"),
    ],
)
def test_what_is_said_too_early_or_too_late(given: Any, command: Command, code: str) -> None:
    """Nobody calls from where they are not, for another, or when all is over."""
    assert given().refusal(command).code == code


def test_home_again_uses_a_ride_of_the_pass() -> None:
    """Settled once, after the request is over; the car is remembered as the one agreed."""
    given = home_again()
    state = pass_of(given)
    assert isinstance(state, Issued)
    assert (state.booked, state.used, state.rides_left) == (frozenset(), frozenset({RIDE}), 1)
    assert type(ride_of(given)).__name__ == "Over"
    assert given.when(ends_ride()) == []


def test_a_cancelled_ride_gives_its_place_back() -> None:
    """The pass may be used for another ride, and the area's car is free."""
    given = with_pass().and_then(quota(1), books(), said(CancelRequest, request=RIDE, reason="mistake"))
    assert kinds_of(given.when(ends_ride())) == ["RideEnded", "PassRideDropped", "SlotsFreed"]
    assert with_pass().and_then(books()).when(ends_ride()) == []
    state = pass_of(given.and_then(ends_ride()))
    assert isinstance(state, Issued)
    assert state.rides_left == 2


def test_an_ambulance_ends_the_ride() -> None:
    """Everybody is free, the alarm is taken, and who called which ambulance is on record (R12)."""
    given = asked(ready().and_then(shares()), "to_car", "r-cadre").and_then(
        accepts("r-cadre"), said(ChangeUrgency, request=RIDE, urgency=Urgency.LIFE, reason="condition_worse")
    )
    assert kinds_of(given.when(REDIRECTS)) == [
        "AlarmAcknowledged",
        "RequestClosed",
        "RideRedirected",
        "LoadReleased",
        "PassRideDropped",
    ]
    after_it = given.and_then(REDIRECTS)
    assert responder_of(after_it, "r-cadre").open_count == 0
    assert after_it.when(REDIRECTS) == []


def test_an_ambulance_is_recorded_without_a_booking() -> None:
    """A threat to life never had a ride, and is redirected all the same."""
    given = clinic().and_then(books(medical_pass=None, urgency=Urgency.LIFE))
    assert kinds_of(given.when(REDIRECTS)) == ["AlarmAcknowledged", "RequestClosed", "RideRedirected"]
    assert clinic().and_then(calls()).refusal(REDIRECTS).code == "not_a_ride"


def test_who_stays_needs_no_way_back() -> None:
    """Admitted, the ride is over there; it counts on the pass."""
    given = at_hospital()
    assert kinds_of(given.when(STAYS)) == ["RequestClosed", "PassRideUsed", "RideEnded"]
    assert given.and_then(STAYS).when(STAYS) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (lambda: asked(with_pass().and_then(calls(kind="medical_ride"), books(), shares()), "to_car", "r-cadre"), None),
        (
            lambda: asked(
                ready().and_then(
                    shares(), said(ChangeUrgency, request=RIDE, urgency=Urgency.LIFE, reason="condition_worse")
                ),
                "to_car",
                "r-cadre",
            ),
            "life_threat_goes_by_ambulance",
        ),
    ],
)
def test_acceptance_looks_at_the_papers_again(given: Any, code: str | None) -> None:
    """With a live pass the leg is taken; a threat to life since then is no ride (S5)."""
    journal, answer = given(), accepts("r-cadre", request=RIDE, at=PICKUP)
    if code is None:
        assert kinds_of(journal.when(answer)) == ["AssignmentAcknowledged", "LoadTaken"]
    else:
        assert journal.refusal(answer).code == code


def test_no_leg_is_taken_without_a_live_pass() -> None:
    """Revoked between offer and answer, the pass bars the answer, swept or not (part B)."""
    revoked = said(RevokePass, by=DOCTOR, medical_pass=PASS, reason="case_found")
    given = asked(ready().and_then(shares()), "to_car", "r-cadre").and_then(revoked)
    assert given.refusal(accepts("r-cadre", at=PICKUP)).code == "pass_is_live"


def test_quota_counts_what_overlaps() -> None:
    """One car at noon is one car: a second ride at that time is refused, two hours later it is not (R13)."""
    given = with_pass().and_then(quota(1), books("q-1"))
    refused = given.refusal(books("q-2"))
    assert (refused.code, refused.fields["decides"], refused.fields["limit"]) == ("over_quota", "district", 1)
    assert given.when(books("q-2", pickup_at=after(300)))


def test_an_urgent_ride_goes_beyond_the_quota() -> None:
    """With its reason, and recorded as beyond (R12)."""
    given = with_pass().and_then(quota(1), books("q-1"), books("q-2", urgent="treatment_today"))
    assert [slot.over_quota for slot in fleet(given).slots] == [False, True]


def test_nobody_is_left_there_for_a_quota() -> None:
    """The way back takes a car beyond the quota, and that is recorded."""
    given = with_pass().and_then(*car_commands(), quota(1), books(), books("q-2", pickup_at=after(260)), shares())
    there = does(does(given, "to_car", "r-cadre"), "to_hospital", "r-driver")
    (taken,) = [event for event in there.when(calls_back(after(270))) if isinstance(event, SlotTaken)]
    assert (taken.trip, taken.over_quota, taken.reason) == ("back", True, "return")
