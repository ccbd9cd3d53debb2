"""Crews and cars of the day: a carry in positions with a call ahead, a series, passes, a redirect, a lent car."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from dispatch import Actor, Offer, RequestId, ResidentId, Role

from .agenda import Agenda, Script
from .town import COMMUNITY, TOWER, WALK_UP

DOCTOR = Actor(id="doctor-1", role=Role.MEDICAL_STAFF)
INFUSION_AT = 9.9


def plan(day: Agenda) -> None:
    """Put this theme on the agenda."""
    day.tell(6.9, infusions(day))
    day.tell(7.0, weekly(day))
    day.tell(9.5, passes(day))
    day.tell(10.5, ambulance(day))
    day.tell(13.0, stays(day))
    day.tell(18.5, private_car(day))


def infusions(day: Agenda) -> Script:
    """Seven infusions from the third floor, no lift; the daughter phones ahead and the crew meets (R9)."""
    engine, father = day.engine, day.town.doors[WALK_UP, 3, 1]
    series = engine.start_series(
        COMMUNITY, "stair_carry_return", beneficiary=father, rule="FREQ=DAILY;COUNT=7",
        starts=day.instant(INFUSION_AT), reporter="daughter-of-301",
    )  # fmt: skip
    yield 1
    first = engine.occurrences(COMMUNITY, series)[0].request
    if first is not None:
        day.requests.append(first)
        day.courses[first] = partial(carries, day)
        yield 60
        yield from phones(day, first, again=60)


def phones(day: Agenda, request: RequestId, *, again: int) -> Script:
    """Call for the way down, and later for the way up."""
    yield 55
    day.engine.call_ahead(COMMUNITY, request, on_behalf_of="daughter-of-301")
    yield again
    day.engine.call_ahead(COMMUNITY, request, on_behalf_of="daughter-of-301")


def carries(day: Agenda, offer: Offer) -> Script:
    """Say yes, wait for the call, meet, carry for forty minutes; the first crew loses a member before (R9)."""
    engine, (name, _, leg) = day.engine, offer.leg.partition("/")
    request = RequestId(name)
    day.take(offer)
    if leg == "carry" and not day.counts["crew_lost_one"]:
        day.counts["crew_lost_one"] += 1
        yield 12
        engine.release(COMMUNITY, request, leg, reason="back_hurts", responder=offer.responder)
        return
    while not meets(day, offer):
        yield 5
    yield 45
    day.finish(offer)


def meets(day: Agenda, offer: Offer) -> bool:
    """Come to the meeting point once the household has called; tell whether that was possible."""
    name, _, leg = offer.leg.partition("/")
    request, member = RequestId(name), offer.responder
    state = day.engine.request(COMMUNITY, request).leg(leg)
    if type(state).__name__ != "Taken" or state is None or not state.called_at:
        return False
    day.engine.ready(COMMUNITY, request, leg, responder=member, by=day.actor(member))
    return True


def weekly(day: Agenda) -> Script:
    """Visits at the door every other day: one skipped, one moved, a rest, an end (R9, R13)."""
    engine, home = day.engine, day.town.doors[TOWER, 13, 1]
    starts = day.instant(17.0)
    series = engine.start_series(
        COMMUNITY, "check_in", beneficiary=home, rule="FREQ=DAILY;INTERVAL=2;COUNT=9", starts=starts,
    )  # fmt: skip
    yield 5
    later = [line.occurrence for line in engine.occurrences(COMMUNITY, series)]
    engine.skip_occurrence(COMMUNITY, series, later[2], reason="in_hospital")
    engine.move_occurrence(COMMUNITY, series, later[3], to=later[3] + timedelta(hours=2))
    yield 60
    engine.suspend_series(COMMUNITY, series, reason="in_hospital")
    yield 60
    engine.resume_series(COMMUNITY, series)
    yield 600
    engine.end_series(COMMUNITY, series, reason="moved_away")


def passes(day: Agenda) -> Script:
    """One application is refused, one pass is revoked when a case is found (R12)."""
    engine, now = day.engine, day.clock()
    first, second = (
        engine.apply_for_pass(COMMUNITY, day.town.doors[TOWER, floor, 4], purpose="examination") for floor in (3, 6)
    )
    day.attempt(partial(engine.review_pass, COMMUNITY, first))
    yield 10
    engine.review_pass(COMMUNITY, first, by=DOCTOR)
    engine.refuse_pass(COMMUNITY, first, reason="can_wait", by=DOCTOR)
    engine.review_pass(COMMUNITY, second, by=DOCTOR)
    engine.issue_pass(COMMUNITY, second, valid_from=now, valid_until=now + timedelta(hours=12), by=DOCTOR)
    yield 60
    engine.revoke_pass(COMMUNITY, second, reason="case_found", by=DOCTOR)


def ambulance(day: Agenda) -> Script:
    """An agreed ride gets worse before the car comes: 120 is called and the ride ends (R12)."""
    request = book(day, day.town.doors[TOWER, 15, 4], minutes=150)
    yield 30
    day.engine.redirect_ride(COMMUNITY, request, to="120", reason="condition_worse")


def book(day: Agenda, resident: ResidentId, *, minutes: int) -> RequestId:
    """Apply, judge, issue for six hours, and agree a car."""
    engine, now = day.engine, day.clock()
    passed = engine.apply_for_pass(COMMUNITY, resident, purpose="admission")
    engine.review_pass(COMMUNITY, passed, by=DOCTOR)
    engine.issue_pass(COMMUNITY, passed, valid_from=now, valid_until=now + timedelta(hours=6), by=DOCTOR)
    pickup_at = now + timedelta(minutes=minutes)
    request = engine.book_ride(COMMUNITY, resident, medical_pass=passed, pickup_at=pickup_at, urgent="admission_today")
    day.requests.append(request)
    return request


def stays(day: Agenda) -> Script:
    """A patient is admitted: no way back is waited for (R13)."""
    request = book(day, day.town.doors[TOWER, 2, 2], minutes=75)
    day.courses[request] = partial(brings_in, day)
    yield 0


def brings_in(day: Agenda, offer: Offer) -> Script:
    """To the car, to the hospital; there the patient stays."""
    name, _, leg = offer.leg.partition("/")
    day.take(offer)
    yield 20
    said = day.answering(offer.responder)
    day.engine.complete(COMMUNITY, RequestId(name), leg, responder=offer.responder, **said)
    if leg == "to_hospital":
        yield 15
        day.engine.patient_stays(COMMUNITY, RequestId(name))


def private_car(day: Agenda) -> Script:
    """A lent car is shown at the gate, loses its permit and goes back to its owner (R13)."""
    engine, driver = day.engine, day.town.drivers[1]
    lender = day.town.neighbours[0]
    car = engine.register_car(COMMUNITY, area="north", lent_by=lender, plate="京A00001")
    engine.issue_car_permit(COMMUNITY, car, valid_from=day.clock(), valid_until=day.clock() + timedelta(hours=3))
    engine.reveal(COMMUNITY, car, purpose="gate_check")
    yield 30
    engine.revoke_car_permit(COMMUNITY, car, reason="disinfection_overdue")
    engine.withdraw_car(COMMUNITY, car, reason="given_back")
    yield 290
    (own,) = (line.car for line in engine.cars(COMMUNITY) if line.driver == driver)
    engine.leave_car(COMMUNITY, own, driver=driver)
