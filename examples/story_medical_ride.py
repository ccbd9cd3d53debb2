"""
A ride for treatment, from the application to the way home (R12, R13).

The resident applies ahead, the sub-district's medical group judges and issues the pass, then the
community agrees a car for 10:00 (Beijing 2022). The car has a permit of its own, the driver is tested
each day, and after each trip the car is disinfected before it goes again. The way back is asked for when
the patient is ready, and the car that brought her brings her home. A neighbour is refused a pass. Another
becomes worse while his driver is asked: the offer is taken back, 120 is called.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import (
    Actor,
    Dispatch,
    NumberedIds,
    Offer,
    PassId,
    Refused,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    Urgency,
    VirtualClock,
)

START = datetime(2022, 5, 12, 7, 0, tzinfo=timezone(timedelta(hours=8)))
HOUR = timedelta(hours=1)
FIGURES = {
    "applications": 3,
    "passes issued": 2,
    "passes refused": 1,
    "issued without a review": 0,
    "asked to drive untested": 0,
    "trips": 2,
    "minutes of disinfection": 60,
    "cars that drove her": 1,
    "legs done": 4,
    "rides used": 1,
    "ambulances": 1,
    "taken back for the threat to life": 1,
}
HERE = "riverside"
DOCTOR = Actor(id="medical-group-1", role=Role.MEDICAL_STAFF)


def settle(engine: Dispatch) -> tuple[ResponderId, list[ResidentId]]:
    """Register the place, its people, and one car with its driver, who is not tested yet."""
    day = [(START, START + 14 * HOUR)]
    engine.register_community(HERE, name="河畔社区", duty="duty-desk")
    engine.register_building(HERE, "1号楼", floors=6, lift=True)
    engine.grant(HERE, DOCTOR.id, DOCTOR.role)
    engine.register_responder(HERE, Role.CADRE, capacity=20, shifts=day)
    driver = engine.register_responder(HERE, Role.DRIVER, capacity=20, skills=["drive"], shifts=day)
    car = engine.register_car(HERE, features=["wheelchair"])
    engine.issue_car_permit(HERE, car, valid_from=START, valid_until=START + 24 * HOUR)
    engine.take_car(HERE, car, driver=driver)
    return driver, [engine.register_resident(HERE, f"1号楼{floor}01室") for floor in (2, 3, 4)]


def issue(engine: Dispatch, passed: PassId) -> None:
    """Judge that somebody may go out this week, three times."""
    engine.issue_pass(HERE, passed, valid_from=START, valid_until=START + 168 * HOUR, rides=3, by=DOCTOR)


def apply(engine: Dispatch, resident: ResidentId) -> tuple[PassId, int]:
    """Apply; a pass that nobody has reviewed is not issued. Return it, and how many were issued all the same."""
    passed = engine.apply_for_pass(HERE, resident, purpose="regular_treatment", need="每周三次治疗")
    try:
        issue(engine, passed)
    except Refused:
        unreviewed = 0
    else:
        unreviewed = 1
    engine.review_pass(HERE, passed, by=DOCTOR)
    return passed, unreviewed


def serve(engine: Dispatch, clock: VirtualClock, asked: tuple[Offer, ...], *, minutes: int) -> tuple[Offer, ...]:
    """Let everybody who is asked go, and be done some minutes later; return who is asked then."""
    for offer in asked:
        engine.accept(HERE, offer.offer)
    clock.move_to(clock() + timedelta(minutes=minutes))
    for offer in asked:
        request, _, leg = offer.leg.partition("/")
        engine.complete(HERE, RequestId(request), leg, responder=offer.responder)
    return engine.tick().offers


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Apply, judge, agree, drive, wait, bring home; refuse one, call an ambulance for another."""
    driver, (patient, refused, worse) = settle(engine)
    passes = {resident: apply(engine, resident) for resident in (patient, refused, worse)}
    engine.refuse_pass(HERE, passes[refused][0], reason="not_needed", by=DOCTOR)
    for resident in (patient, worse):
        issue(engine, passes[resident][0])
    ride = engine.book_ride(
        HERE, patient, medical_pass=passes[patient][0], pickup_at=START + 3 * HOUR, needs=["wheelchair"]
    )
    emergency = engine.book_ride(HERE, worse, medical_pass=passes[worse][0], pickup_at=START + 9 * HOUR)
    clock.move_to(START + 2.5 * HOUR)
    untested = serve(engine, clock, engine.tick().offers, minutes=15)
    engine.grant_qualification(HERE, driver, "daily_test", valid_until=clock() + 24 * HOUR)
    serve(engine, clock, engine.tick().offers, minutes=45)
    clock.move_to(START + 5 * HOUR)
    engine.ready_for_return(HERE, ride)
    home = serve(engine, clock, engine.tick().offers, minutes=60)
    serve(engine, clock, home, minutes=15)
    clock.move_to(START + 8.25 * HOUR)
    serve(engine, clock, engine.tick().offers, minutes=15)
    engine.change_urgency(HERE, emergency, Urgency.LIFE, reason="condition_worse")
    engine.tick()
    engine.redirect_ride(HERE, emergency, to="120", reason="condition_worse")
    engine.tick()
    return counted(engine, ride, emergency) | {
        "issued without a review": sum(unreviewed for _, unreviewed in passes.values()),
        "asked to drive untested": len(untested),
    }


def counted(engine: Dispatch, ride: RequestId, emergency: RequestId) -> dict[str, int | str]:
    """Count what the log holds."""
    events = list(engine.subscribe(community=HERE))
    topics = Counter(event.topic for event in events)
    freed = [event.fact.model_dump() for event in events if event.topic == "vehicle.freed"]
    agreed = [event.fact.model_dump() for event in events if event.topic == "ride.car_agreed"]
    withdrawn = [e.params for e in engine.timeline(HERE, about=emergency) if e.topic == "request.offer_withdrawn"]
    reasons = [params["reason"] for params in withdrawn]
    done = [line.topic for line in engine.timeline(HERE, about=ride)].count("request.leg_done")
    return {
        "applications": topics["pass.requested"],
        "passes issued": topics["pass.issued"],
        "passes refused": topics["pass.refused"],
        "trips": topics["vehicle.freed"],
        "minutes of disinfection": sum(int((trip["free_from"] - trip["freed_at"]).seconds) // 60 for trip in freed),
        "cars that drove her": len({trip["vehicle"] for trip in agreed}),
        "legs done": done,
        "rides used": topics["pass.ride_used"],
        "ambulances": topics["ride.redirected"],
        "taken back for the threat to life": reasons.count("life_threat_goes_by_ambulance"),
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
