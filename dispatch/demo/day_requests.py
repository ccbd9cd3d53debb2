"""Requests of the day: every channel and kind, staff-found needs, approvals, holds, duplicates, reopening, records."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from dispatch import Actor, Channel, Offer, RequestId, ResidentId, Role

from .agenda import Agenda, Script
from .town import COMMUNITY, TOWER, WALK_UP

COLLEAGUE = Actor(id="desk-2", role=Role.COMMUNITY_WORKER)
LATE_KINDS = {"takeaway": 21.2, "parcel": 9.6, "health_code": 10.2, "mediation": 15.0, "counselling": 10.0}


def plan(day: Agenda) -> None:
    """Put this theme on the agenda."""
    day.at(7.2, partial(intake, day))
    for kind, hours in LATE_KINDS.items():
        day.at(hours, partial(ask, day, kind))
    day.tell(8.2, childcare(day))
    day.tell(8.4, held(day))
    day.tell(8.6, duplicate(day))
    day.tell(8.8, in_turn(day))
    day.tell(9.2, reopened(day))
    day.tell(14.2, piggy_back(day))
    day.tell(15.2, judged_later(day))
    day.tell(16.2, failed_once(day))


def intake(day: Agenda) -> None:
    """Chat group, telephone, notebook, the door: for oneself, for one's mother, found by staff (R1)."""
    asked = (
        ("food", 2, Channel.CHAT, None),
        ("medicine", 3, Channel.PHONE, "daughter-of-301"),
        ("garbage", 5, Channel.PAPER, "captain-5"),
        ("food", 8, Channel.DOOR, "cadre-on-patrol"),
    )
    for kind, floor, channel, reporter in asked:
        home = day.town.doors[TOWER, floor, 1]
        day.open(kind, home, channel=channel, reporter=reporter, note="不方便下楼")


def ask(day: Agenda, kind: str) -> None:
    """Somebody asks for one of the less frequent kinds (R2)."""
    day.open(kind, day.town.doors[TOWER, 2 + len(kind), 3], channel=Channel.PHONE)


def childcare(day: Agenda) -> Script:
    """An aged neighbour minds two children: staff found it, one is approved, another refused (R1, R2)."""
    engine, lead = day.engine, day.actor(day.town.lead)
    home = day.town.doors[TOWER, 4, 2]
    minded = day.open("childcare", home, channel=Channel.DOOR, reporter="cadre-on-patrol")
    evening = day.open("childcare", day.town.doors[TOWER, 4, 3], channel=Channel.CHAT)
    yield 6
    day.attempt(partial(engine.approve, COMMUNITY, minded, by=lead))
    engine.approve(COMMUNITY, minded, by=COLLEAGUE)
    engine.refuse_approval(COMMUNITY, evening, reason="parents_at_home", by=COLLEAGUE)


def held(day: Agenda) -> Script:
    """A household is not ready: the request stands still for an hour and goes on (R1)."""
    request = day.open("parcel", day.town.doors[TOWER, 6, 1])
    day.engine.hold(COMMUNITY, request, reason="parcel_on_its_way")
    yield 60
    day.engine.resume(COMMUNITY, request)


def duplicate(day: Agenda) -> Script:
    """The son posts in the chat group what the mother has asked for by telephone: linked, not dropped."""
    home = day.town.doors[TOWER, 7, 2]
    day.open("food", home, channel=Channel.PHONE)
    again = day.open("food", home, channel=Channel.CHAT, reporter="son-of-702")
    yield 3
    (original, *_) = day.engine.likely_duplicates(COMMUNITY, again)
    day.engine.link_duplicate(COMMUNITY, again, original)


def in_turn(day: Agenda) -> Script:
    """A parcel waits until the health code works again; another one waits no longer (R4)."""
    home = day.town.doors[TOWER, 9, 4]
    code = day.open("health_code", home)
    waiting = day.open("parcel", home, after=[code])
    second = day.open("garbage", home, after=[code])
    yield 10
    day.engine.drop_dependency(COMMUNITY, second, code, reason="not_needed")
    third = day.open("parcel", home, triage=False)
    day.engine.await_others(COMMUNITY, third, [waiting])
    yield 5
    day.engine.triage(COMMUNITY, third, "none")


def reopened(day: Agenda) -> Script:
    """The wrong brand of rice: the closed request is taken up again as a new one, linked to it."""
    home = day.town.doors[TOWER, 11, 1]
    request = day.open("food", home, channel=Channel.PHONE)
    yield 240
    day.requests.append(
        day.engine.reopen(COMMUNITY, request, reason="not_what_was_asked", channel=Channel.PHONE, note="送错了米")
    )


def piggy_back(day: Agenda) -> Script:
    """Who brings the medicine takes the garbage down too (R11)."""
    home = day.town.doors[TOWER, 14, 2]
    request = day.open("medicine", home, course=partial(brings_medicine, day))
    yield 0
    day.garbage_of[request] = day.open("garbage", home, channel=Channel.DOOR, triage=False)


def brings_medicine(day: Agenda, offer: Offer) -> Script:
    """Go for the medicine; at the door the garbage is taken along."""
    request, _, leg = offer.leg.partition("/")
    day.take(offer)
    if leg == "inside":
        bag = day.garbage_of[RequestId(request)]
        day.engine.triage(COMMUNITY, bag, "none")
        said = day.answering(offer.responder)
        day.engine.join_visit(COMMUNITY, bag, "inside", visit_offer=offer.offer, responder=offer.responder, **said)
        yield 4
        day.engine.complete(COMMUNITY, bag, "inside", responder=offer.responder, **said)
    yield 12
    day.finish(offer)


def judged_later(day: Agenda) -> Script:
    """A message at the desk waits for a person's judgement; in the end nobody can do it (R1, pitfall 9)."""
    request = day.open("mediation", day.town.doors[WALK_UP, 4, 1], triage=False, channel=Channel.PAPER)
    yield 20
    day.engine.triage(COMMUNITY, request, "none")
    day.engine.hold(COMMUNITY, request, reason="both_sides_asleep", until=day.clock() + timedelta(minutes=40))
    yield 60
    day.engine.give_up(COMMUNITY, request, reason="does_not_want")


def failed_once(day: Agenda) -> Script:
    """Nobody opens at first; the note, the wrong photo and the refused apples all stand in the record (R8, R16)."""
    request = day.open("food", day.town.doors[TOWER, 12, 1], course=partial(brings_food, day))
    day.engine.add_note(COMMUNITY, request, "请按两次门铃")
    day.words_of[request] = day.engine.issue_token(COMMUNITY, request)
    yield 5
    day.engine.reveal(COMMUNITY, request, purpose="read_note")


def brings_food(day: Agenda, offer: Offer) -> Script:
    """Not at home the first time; the second time the word is said and the gift refused."""
    engine, (name, _, leg) = day.engine, offer.leg.partition("/")
    request, said = RequestId(name), day.answering(offer.responder)
    day.take(offer)
    yield 15
    if leg == "inside" and not day.counts["not_at_home"]:
        day.counts["not_at_home"] += 1
        engine.fail(COMMUNITY, request, leg, outcome="not_home", responder=offer.responder, **said)
        yield 10
        engine.requeue(COMMUNITY, request, leg)
        return
    if leg == "inside":
        record(day, request, offer)
    day.finish(offer)


def record(day: Agenda, request: RequestId, offer: Offer) -> None:
    """Write down the proof, what was spent and what was refused; a slip of the finger is voided."""
    engine = day.engine
    engine.record_proof(COMMUNITY, request, word=day.words_of[request], leg="inside")
    engine.note_reimbursement(COMMUNITY, request, 8_650, spent_by=offer.responder, receipt=b"receipt of the shop")
    engine.report_gift(COMMUNITY, request, offer.responder, gift="goods")
    engine.note_reimbursement(COMMUNITY, request, 86_500, spent_by=offer.responder)
    line = max(line.number for line in engine.request(COMMUNITY, request).record)
    engine.void(COMMUNITY, request, line, reason="slip_of_the_finger")


def owner_of(day: Agenda, request: RequestId) -> tuple[ResidentId, Actor]:
    """Return for whom a request is, and how they speak."""
    resident = day.engine.request(COMMUNITY, request).beneficiary
    return resident, Actor(id=resident, role=Role.RESIDENT)
