"""
A resident's alarm at 11:00: the tower is under temporary control until the all clear at 18:00 (S0; R19, R20).

Five bags of garbage wait when it comes. The volunteer who is inside just then stays and works from door to
shelf; the one outside is barred, and what he had is taken back, blameless (A2). Who lives there and is out,
and who is in and does not live there, are listed, and the building lead, steward of the tower, is told. At
noon a captain of the tower comes on duty and takes her floor's bag. At 18:00 the rest goes to the very man
from whom it was taken.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import EVERYDAY, Actor, Dispatch, NumberedIds, Offer, RequestId, ResponderId, Role, VirtualClock

HERE, TOWER = "riverside", "11号楼"
START = datetime(2022, 5, 16, 10, 30, tzinfo=timezone(timedelta(hours=8)))
ALARM, NOON, ALL_CLEAR, NIGHT = (START.replace(hour=hour, minute=0) for hour in (11, 12, 18, 22))
FIGURES = {
    "hours of control": 7,
    "people on the wrong side": 2,
    "legs barred": 3,
    "offers withdrawn": 2,
    "work released": 1,
    "told": "building_lead",
    "lists made": 2,
    "carried to the shelf by 18:00": 3,
    "asked again at 18:00": 2,
    "requests delivered": 5,
}


def work(engine: Dispatch) -> list[Offer]:
    """Share out until nobody is asked any more; everybody accepts and does it. Return what was asked."""
    asked: list[Offer] = []
    while offers := engine.tick().offers:
        asked += offers
        for offer in offers:
            request, _, leg = offer.leg.partition("/")
            engine.accept(HERE, offer.offer)
            engine.complete(HERE, RequestId(request), leg, responder=offer.responder)
    return asked


def settle(engine: Dispatch) -> tuple[ResponderId, ResponderId]:
    """Register the tower, its people and two volunteers; return who will be inside and who outside at 11:00."""
    engine.register_community(HERE, name="河畔社区", duty="duty-desk", policy=EVERYDAY)  # three offers at a time
    engine.register_building(HERE, TOWER, floors=6, lift=True)
    day = [(START, NIGHT)]
    lead = engine.register_responder(HERE, Role.BUILDING_LEAD, home=f"{TOWER}1层", shifts=[])
    engine.name_steward(HERE, TOWER, lead)
    inside = engine.register_responder(HERE, Role.VOLUNTEER, scope=[f"{TOWER}2层", f"{TOWER}3层"], shifts=day)
    outside = engine.register_responder(HERE, Role.VOLUNTEER, scope=TOWER, shifts=day)
    engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home=f"{TOWER}4层", shifts=[(NOON, NIGHT)])
    at_work = engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home=f"{TOWER}6层", shifts=[])
    engine.record_side(HERE, at_work, line=TOWER, side="outside")
    return inside, outside


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Share out, close the tower, go on inside, open it, finish."""
    inside, outside = settle(engine)
    for floor in range(2, 7):
        home = engine.register_resident(HERE, f"{TOWER}{floor}层")
        engine.open_request(HERE, "garbage", beneficiary=home)
    clock.move_to(ALARM - timedelta(minutes=5))
    first = engine.tick().offers
    engine.accept(HERE, next(offer.offer for offer in reversed(first) if offer.responder == outside))
    clock.move_to(ALARM)
    engine.record_side(HERE, inside, line=TOWER, side="inside")
    alarm = engine.set_control_level(HERE, TOWER, "temporary", reason="resident_alarm")
    for held in engine.responder(HERE, inside).holds.values():
        engine.accept(HERE, held.offer)
        engine.complete(HERE, RequestId(held.leg.partition("/")[0]), "inside", responder=inside)
    work(engine)
    (listed,) = engine.wrong_side_lists(HERE).items()
    lead = ResponderId(listed[1].to)
    engine.acknowledge_wrong_side(HERE, listed[0], by=Actor(id=lead, role=Role.BUILDING_LEAD))
    clock.move_to(NOON)
    work(engine)
    done = [event.fact.model_dump()["leg"] for event in engine.subscribe() if event.topic == "request.leg_done"]
    clock.move_to(ALL_CLEAR)
    engine.lift_control_level(HERE, TOWER)
    again = [offer for offer in work(engine) if offer.responder == outside and offer.leg.endswith("/inside")]
    topics = Counter(line.topic for line in engine.timeline(HERE))
    return {
        "hours of control": (ALL_CLEAR - ALARM) // timedelta(hours=1),
        "people on the wrong side": len(alarm.wrong_side.people),
        "legs barred": len(alarm.wrong_side.work),
        "offers withdrawn": topics["request.offer_withdrawn"],
        "work released": topics["request.leg_released"],
        "told": engine.responder(HERE, lead).role.value,
        "lists made": topics["strays.listed"],
        "carried to the shelf by 18:00": done.count("inside"),
        "asked again at 18:00": len(again),
        "requests delivered": topics["request.delivered"],
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
