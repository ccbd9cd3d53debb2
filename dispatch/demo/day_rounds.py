"""Calling rounds and case plans of the day: one cadre rings twenty households, somebody goes to the silent ones."""

from __future__ import annotations

from functools import partial

from dispatch import Actor, Offer, RequestId, ResidentId, Role, RoundId

from .agenda import Agenda, Course, Script
from .town import COMMUNITY, TOWER

HOUSEHOLDS = 20
NO_PHONE, SILENT, HUNGRY, UNWELL, AWAY = 3, {7, 11}, 5, 11, 13
VERIFIES = 2


def plan(day: Agenda) -> None:
    """Put this theme on the agenda."""
    day.tell(8.7, calling_round(day))
    day.tell(7.4, returnee(day))


def calling_round(day: Agenda) -> Script:
    """The lone and the aged of the tower are rung in turn; nobody is missed (R14, R15, R34)."""
    engine, cadre, spare = day.engine, day.town.callers[0], day.town.callers[1]
    homes = day.homes(TOWER)[1::4][:HOUSEHOLDS]
    homes += day.homes(TOWER)[2 : 2 + 4 * (HOUSEHOLDS - len(homes)) : 4]
    for number, home in enumerate(homes):
        why = ["aged_80", "lives_alone"] if number % 2 else ["disabled"]
        engine.set_flags(COMMUNITY, home, why, no_phone=number == NO_PHONE)
    calls = engine.start_round(COMMUNITY, homes, callers=[cadre])
    day.visits = partial(visit_of, day, calls=calls, unwell=homes[UNWELL])
    for turn in range(2):
        for number, home in enumerate(homes):
            if engine.calling_round(COMMUNITY, calls).items[home].has_outcome or number == NO_PHONE:
                continue
            yield 3
            ring(day, calls, home=home, number=number)
        if turn == 0:
            engine.hand_over_calls(COMMUNITY, calls, cadre, to=spare, reason="shift_over")
    yield 240
    if not engine.round_coverage(COMMUNITY, calls).without_outcome:
        engine.close_round(COMMUNITY, calls)


def ring(day: Agenda, calls: RoundId, *, home: ResidentId, number: int) -> None:
    """One call: reached, silent, short of food, suspicious, or in hospital."""
    engine = day.engine
    if number in SILENT:
        engine.record_attempt(COMMUNITY, calls, home, outcome="no_answer")
        return
    if number == AWAY:
        engine.excuse_household(COMMUNITY, calls, home, reason="in_hospital")
        return
    if number == VERIFIES:
        caller = day.actor(day.town.callers[0])
        code = engine.caller_code(COMMUNITY, calls, home, by=caller)
        engine.check_caller_code(COMMUNITY, calls, home, code=code, by=Actor(id=home, role=Role.RESIDENT))
    enough = number != HUNGRY
    engine.record_reached(COMMUNITY, calls, home, supplies_enough=enough, condition_ok=True)
    if not enough:
        day.requests.append(engine.find_need(COMMUNITY, calls, home, kind="food", note="米和青菜"))


def visit_of(day: Agenda, offer: Offer, *, calls: RoundId, unwell: ResidentId) -> Course | None:
    """Return how a visit that the round ordered is gone about, if this is one."""
    if not offer.leg.endswith("/visit"):
        return None
    request = RequestId(offer.leg.partition("/")[0])
    for home, item in day.engine.calling_round(COMMUNITY, calls).items.items():
        if request in item.visits:
            return partial(looks_in, day, calls=calls, home=home, unwell=home == unwell)
    return None


def looks_in(day: Agenda, offer: Offer, *, calls: RoundId, home: ResidentId, unwell: bool) -> Script:
    """Go to the door: somebody opens, or lies on the floor."""
    day.take(offer)
    yield 15
    engine, who = day.engine, day.answering(offer.responder)
    if unwell:
        engine.raise_welfare_alarm(COMMUNITY, calls, home, note="倒在门厅", **who)
        yield 4
        request = engine.calling_round(COMMUNITY, calls).items[home].visits[-1]
        engine.acknowledge_alarm(COMMUNITY, request)
    else:
        engine.record_seen(COMMUNITY, calls, home, supplies_enough=True, condition_ok=True, **who)


def returnee(day: Agenda) -> Script:
    """One person, one policy: who has come back is asked after until the end of the week (R29)."""
    engine, home = day.engine, day.town.doors[TOWER, 3, 3]
    keeper = day.town.callers[0]
    engine.begin_isolation(COMMUNITY, home, until=day.instant(24 * 7))
    engine.open_plan(COMMUNITY, home, reason="returnee", keeper=keeper, cadence_s=6 * 3_600, needs=["food"])
    engine.exclude(COMMUNITY, home, responder=day.town.neighbours[0])
    yield 30
    engine.record_contact(COMMUNITY, home, condition_ok=True, note="体温 36.5")
    engine.open_plan(COMMUNITY, home, reason="returnee", keeper=keeper, cadence_s=4 * 3_600, needs=["food", "medicine"])
    engine.begin_isolation(COMMUNITY, home, until=day.instant(24 * 5))
    yield 420
    engine.record_contact(COMMUNITY, home, condition_ok=True)
    engine.end_isolation(COMMUNITY, home)
    engine.lift_exclusions(COMMUNITY, home)
    engine.end_plan(COMMUNITY, home, reason="negative_twice")
