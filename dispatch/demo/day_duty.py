"""Duty and authority of the day: briefing, deputies, drop-outs, the bell, accounts, the ladder that climbs."""

from __future__ import annotations

from functools import partial
from typing import Any

from dispatch import Actor, DutyLimits, Offer, Role

from .agenda import Agenda, Script
from .town import COMMUNITY, TOWER

INSPECTOR = Actor(id="inspector-1", role=Role.AUDITOR)
READ_BY = 6.4


def plan(day: Agenda) -> None:
    """Put this theme on the agenda."""
    day.at(6.1, partial(orders_of_the_day, day))
    day.tell(READ_BY, briefing(day))
    day.tell(6.45, limits(day))
    day.tell(7.3, deputy(day))
    day.tell(11.4, ill(day))
    day.tell(14.5, bell(day))
    day.tell(8.9, inspector(day))
    day.tell(16.0, ladder(day))
    day.tell(17.1, evening_shift(day))
    day.tell(15.2, patrol(day))
    day.tell(13.2, standby(day))


def orders_of_the_day(day: Agenda) -> None:
    """A handbook that everybody has to have read, who answers for the buildings, whom the ladder calls (R18, R26)."""
    engine, town = day.engine, day.town
    policy = engine.policy(COMMUNITY)
    engine.adopt_policy(COMMUNITY, policy.model_copy(update={"version": policy.version + 1, "briefing": 1}))
    engine.register_compound(COMMUNITY, "河畔里")
    engine.survey_building(COMMUNITY, town.tower, doors=2, households=76)
    engine.name_steward(COMMUNITY, TOWER, town.steward)
    engine.name_steward(COMMUNITY, TOWER, town.lead)
    engine.set_duty_contact(COMMUNITY, "duty-desk-2")
    engine.set_ladder_contact(COMMUNITY, "standby", "standby-1")
    engine.set_ladder_contact(COMMUNITY, "sub_district", "sub-district-desk")
    engine.set_ladder_contact(COMMUNITY, "standby", "standby-2")
    engine.remove_ladder_contact(COMMUNITY, "standby", "standby-2")


def briefing(day: Agenda) -> Script:
    """Everybody reads the handbook before the first request; one of the cadres only at half past eight (R26)."""
    late = day.town.steward
    for person in day.town.everybody():
        if person != late:
            day.engine.acknowledge_briefing(COMMUNITY, person, 1)
    yield 125
    day.engine.acknowledge_briefing(COMMUNITY, late, 1)


def limits(day: Agenda) -> Script:
    """A unit lends two cadres; a neighbour of 67 is given a limit; skills and clearances run out (R13, R22, R24)."""
    engine, cadre = day.engine, day.town.steward
    engine.second(COMMUNITY, cadre, "district_office")
    engine.set_duty_limits(COMMUNITY, day.town.neighbours[1], DutyLimits(day_s=11 * 3_600), reason="age")
    engine.set_clearance_expiry(COMMUNITY, cadre, valid_until=day.instant(22))
    engine.set_clearance(COMMUNITY, day.town.drivers[0], "controlled")
    engine.set_capacity(COMMUNITY, cadre, 28)
    engine.grant_qualification(COMMUNITY, cadre, "protective_gear", valid_until=day.instant(21))
    yield 840
    engine.revoke_qualification(COMMUNITY, cadre, "protective_gear")
    engine.end_secondment(COMMUNITY, cadre, "district_office")


def deputy(day: Agenda) -> Script:
    """The captain of the fifth floor is away over noon: the one from the sixth stands in (R18)."""
    captains = {floor: who for who, floor in day.town.captains.items()}
    day.engine.name_deputy(COMMUNITY, captains[5], captains[7], scope=f"{TOWER}5层")
    yield 120
    day.engine.drop_out(COMMUNITY, captains[5], reason="family")
    yield 180
    day.engine.return_to_duty(COMMUNITY, captains[5])
    day.engine.dismiss_deputy(COMMUNITY, captains[5], captains[7], scope=f"{TOWER}5层")


def ill(day: Agenda) -> Script:
    """A captain falls ill with work in hand: everything is handed over, and in the afternoon she is back (R23)."""
    captains = {floor: who for who, floor in day.town.captains.items()}
    busy = max(captains.values(), key=lambda who: (day.engine.responder(COMMUNITY, who).open_count, who))
    day.engine.drop_out(COMMUNITY, busy, reason="ill")
    yield 10
    day.counts["handed_over"] += len(day.engine.hand_over(COMMUNITY, busy))
    yield 230
    day.engine.return_to_duty(COMMUNITY, busy)


def bell(day: Agenda) -> Script:
    """The fire station's bell: two firefighters give everything back at once, and return (R25)."""
    for person in day.town.firefighters:
        day.engine.set_bell(COMMUNITY, person, "fire_station")
    yield 3
    day.engine.ring_bell(COMMUNITY, "fire_station")
    yield 90
    day.engine.return_group(COMMUNITY, "fire_station")


def inspector(day: Agenda) -> Script:
    """An inspector may look and nothing else; a captain may not grant; the evening takes the role back (R33)."""
    engine = day.engine
    engine.grant(COMMUNITY, INSPECTOR.id, Role.AUDITOR)
    yield 30
    captain = next(iter(day.town.captains))
    stranger = day.town.doors[TOWER, 18, 1]
    request = day.open("garbage", stranger)
    day.attempt(partial(engine.cancel, COMMUNITY, request, reason="not_needed", by=INSPECTOR))
    day.attempt(partial(engine.grant, COMMUNITY, "friend-1", Role.CADRE, by=day.actor(captain)))
    day.attempt(partial(engine.acknowledge_alarm, COMMUNITY, request, by=day.actor(captain)))
    yield 600
    engine.revoke(COMMUNITY, INSPECTOR.id, Role.AUDITOR)


def ladder(day: Agenda) -> Script:
    """A threat to life on the ninth floor: captain, deputy, lead, duty are called until somebody takes charge."""
    request = day.open("check_in", day.town.doors[TOWER, 9, 1], urgency="life", course=partial(never_answers, day))
    yield 5
    lead = day.actor(day.town.lead)
    day.engine.take_charge(COMMUNITY, request, by=lead)
    yield 30
    day.engine.cancel(COMMUNITY, request, reason="taken_to_hospital")


def never_answers(day: Agenda, _offer: Offer) -> Script:
    """The telephone lies in another room."""
    day.counts["silent"] += 1
    yield 0


def evening_shift(day: Agenda) -> Script:
    """A neighbour with a limit takes on the evening: refused at first, then with a reason (R24)."""
    engine, person = day.engine, day.town.neighbours[1]
    starts, ends = day.instant(20.5), day.instant(23.5)
    plan_shift = partial(engine.plan_shift, COMMUNITY, person, starts_at=starts, ends_at=ends)
    day.attempt(plan_shift)
    plan_shift(override="colleague_ill")
    yield 60
    engine.cancel_shift(COMMUNITY, person, starts_at=starts, ends_at=ends)
    yield 60
    engine.set_duty_limits(COMMUNITY, person, None, reason="day_over")
    yield 180
    engine.end_steward(COMMUNITY, TOWER, day.town.lead)
    engine.erase(COMMUNITY, day.town.firefighters[1])


def patrol(day: Agenda) -> Script:
    """The patrol of 16:00 to 18:00 takes a cadre from the board, who hands it over with a note (R26, R27, R33)."""
    engine, cadre, lead = day.engine, day.town.steward, day.town.lead
    times: dict[str, Any] = {"starts_at": day.instant(16), "ends_at": day.instant(18)}
    engine.assign_post(COMMUNITY, cadre, "patrol", **times)
    engine.assign_post(COMMUNITY, lead, "patrol", starts_at=day.instant(18), ends_at=day.instant(18.2))
    yield 75
    engine.check_presence(COMMUNITY, cadre, "patrol", found=True)
    yield 60
    note = engine.give_post_note(COMMUNITY, cadre, "patrol", to=lead, remark="后门的锁要换")
    engine.acknowledge_post_note(COMMUNITY, note, responder=lead)
    engine.relieve_post(COMMUNITY, cadre, "patrol", **times)
    (matter, *_) = [name for name, state in engine.notices(COMMUNITY).items() if state.by is None]
    engine.note_notice(COMMUNITY, matter)


def standby(day: Agenda) -> Script:
    """Two more hands for the evening, from four who wait: one comes, one declines, one is silent, one comes (R23)."""
    engine = day.engine
    pool = [engine.register_responder(COMMUNITY, Role.VOLUNTEER, shifts=[]) for _ in range(4)]
    for person in pool:
        engine.acknowledge_briefing(COMMUNITY, person, 1)
    engine.begin_standby(COMMUNITY, pool)
    evening: dict[str, Any] = {"starts_at": day.instant(18), "ends_at": day.instant(20)}
    call_up = engine.call_up(COMMUNITY, 2, roles=["volunteer"], wave_size=2, answer_within_s=600, **evening)
    yield 5
    comes, says_no = engine.call_up_state(COMMUNITY, call_up).having("open")
    engine.come(COMMUNITY, call_up, responder=comes, by=day.actor(comes))
    engine.decline_duty(COMMUNITY, call_up, responder=says_no, by=day.actor(says_no))
    yield 20
    for who in engine.call_up_state(COMMUNITY, call_up).having("open"):
        engine.come(COMMUNITY, call_up, responder=who, by=day.actor(who))
    yield 60
    engine.stand_down(COMMUNITY, call_up)
    engine.end_standby(COMMUNITY, pool)
