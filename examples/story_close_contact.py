"""
A close contact is rung at 23:00; two people in gear go, and stay until 02:00 (S4; R21, R28).

It is a duty that staff are ordered to, not a request of the resident. The door is sealed, just that one. Of
the staff only the night roster is asked, and of it only who has the gear. Putting it on takes each of the two
20 minutes. At the door the person refuses: a named person is called, and an hour later they come.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import Actor, Dispatch, NumberedIds, RequestEscalated, Role, VirtualClock

HERE = "riverside"
START = datetime(2020, 2, 9, 23, 0, tzinfo=timezone(timedelta(hours=8)))
TWO = START + timedelta(hours=3)
FIGURES = {
    "staff on the roster": 5,
    "asked": 2,
    "in gear": 2,
    "minutes of gear, each": 20,
    "minutes planned, each": 200,
    "households behind a line": 1,
    "refusals": 1,
    "calls because of a refusal": 1,
    "calls because it took too long": 0,
    "over at": "02:00",
    "request": "Delivered",
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Ring, seal the door, order, dress, be refused, be followed, hand over."""
    engine.register_community(HERE, name="河畔社区", duty="duty-desk")
    engine.register_building(HERE, "3号楼", floors=6, lift=False, building_units=["1", "2"])
    day, night = (
        [(START.replace(hour=8), START.replace(hour=20))],
        [(START.replace(hour=20), START + timedelta(hours=9))],
    )
    roster = [
        engine.register_responder(HERE, role, skills=gear, clearance="sealed", shifts=shifts)
        for role, gear, shifts in (
            (Role.COMMUNITY_WORKER, ["protective_gear"], night),
            (Role.CADRE, ["protective_gear"], night),
            (Role.CADRE, [], night),
            (Role.COMMUNITY_WORKER, ["protective_gear"], day),
            (Role.CADRE, ["protective_gear"], day),
        )
    ]
    contact = engine.register_resident(HERE, "3号楼2单元502", phone="10000000007")
    engine.set_control_level(HERE, "3号楼2单元502", "sealed", reason="close_contact")
    duty = engine.order_duty(HERE, contact, until=TWO)
    request = engine.duty_task(HERE, duty).request
    crew = engine.tick().offers
    clock.move_to(START + timedelta(minutes=5))
    for offer in crew:
        engine.accept(HERE, offer.offer)
    entries = engine.entries(HERE, request)
    clock.move_to(START + timedelta(minutes=30))
    at_the_door = Actor(id=crew[0].responder, role=engine.responder(HERE, crew[0].responder).role)
    engine.record_refusal(HERE, duty, reason="will_not_leave", by=at_the_door)
    clock.move_to(START + timedelta(minutes=90))
    engine.record_agreement(HERE, duty, by=at_the_door)
    clock.move_to(TWO)
    engine.complete(HERE, request, "escort", responder=crew[0].responder)
    engine.tick()
    timeline = engine.timeline(HERE, about=request)
    reasons = Counter(e.fact.reason for e in engine.subscribe() if isinstance(e.fact, RequestEscalated))
    return {
        "staff on the roster": len(roster),
        "asked": sum(line.topic == "request.assignment_made" for line in timeline),
        "in gear": sum("protective_suit" in entry.pieces for entry in entries),
        "minutes of gear, each": max(entry.gear_minutes for entry in entries),
        "minutes planned, each": max(entry.minutes for entry in entries),
        "households behind a line": sum(c.place.household is not None for c in engine.control_levels(HERE)),
        "refusals": engine.duty_task(HERE, duty).refusals,
        "calls because of a refusal": reasons["person_refuses"],
        "calls because it took too long": reasons["relief_due"],
        "over at": f"{clock().astimezone(START.tzinfo):%H:%M}",
        "request": type(engine.request(HERE, request)).__name__,
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
