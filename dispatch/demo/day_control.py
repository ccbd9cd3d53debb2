"""Control levels of the day: a floor, a building, one door; who is on the wrong side; the escort in the night."""

from __future__ import annotations

from functools import partial

from dispatch import ControlLevel, Offer, RequestId

from .agenda import DESK, Agenda, Script
from .town import COMMUNITY, TOWER, WALK_UP, WALK_UP_FLOORS

SEALED_FLOOR = f"{TOWER}16层"
CLOSE_CONTACT = f"{WALK_UP}502室"
TWO_AT_NIGHT = 26


def plan(day: Agenda) -> None:
    """Put this theme on the agenda."""
    day.tell(10.1, one_floor(day))
    day.tell(10.9, who_is_where(day))
    day.at(18.0, partial(all_clear, day))
    day.tell(22.9, close_contact(day))


def one_floor(day: Agenda) -> Script:
    """A floor of the tower is sealed until the results are there (R20)."""
    day.engine.set_control_level(COMMUNITY, SEALED_FLOOR, ControlLevel.SEALED, reason="case_found")
    yield 150
    day.engine.lift_control_level(COMMUNITY, SEALED_FLOOR)


def who_is_where(day: Agenda) -> Script:
    """A neighbour is out when the alarm comes at 11:00; the lead takes note of every list (A2, R20)."""
    engine = day.engine
    engine.record_side(COMMUNITY, day.town.neighbours[1], line=WALK_UP, side="outside")
    yield 12
    for which, listed in engine.wrong_side_lists(COMMUNITY).items():
        by = day.actor(day.town.lead) if listed.to == day.town.lead else DESK
        engine.acknowledge_wrong_side(COMMUNITY, which, by=by)


def all_clear(day: Agenda) -> None:
    """18:00: the walk-up is open again (R20)."""
    day.engine.lift_control_level(COMMUNITY, WALK_UP)


def close_contact(day: Agenda) -> Script:
    """A close contact is rung at 23:00; the door is sealed, two in gear go and stay until 02:00 (R21, R28)."""
    engine, contact = day.engine, day.town.doors[WALK_UP, WALK_UP_FLOORS - 1, 2]
    engine.set_control_level(COMMUNITY, CLOSE_CONTACT, ControlLevel.SEALED, reason="close_contact")
    duty = engine.order_duty(COMMUNITY, contact, until=day.instant(TWO_AT_NIGHT))
    request = engine.duty_task(COMMUNITY, duty).request
    day.requests.append(request)
    day.courses[request] = partial(escorts, day)
    yield 30
    engine.record_refusal(COMMUNITY, duty, reason="will_not_leave")
    yield 45
    engine.record_agreement(COMMUNITY, duty)


def escorts(day: Agenda, offer: Offer) -> Script:
    """Go in gear; who is asked first finishes for both at two in the morning."""
    request = RequestId(offer.leg.partition("/")[0])
    day.take(offer)
    crew = day.engine.request(COMMUNITY, request).legs[0].asks
    if crew[0].responder == offer.responder:
        yield (day.instant(TWO_AT_NIGHT) - day.clock()).total_seconds() / 60
        me = day.actor(offer.responder)
        day.engine.complete(COMMUNITY, request, "escort", responder=offer.responder, by=me)
