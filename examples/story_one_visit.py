"""
One climb for two errands, a gift refused, a wrong line that stays beside its void, and a call afterwards.

A man ran for medicine and took the garbage down (S4, R11): the volunteer who has accepted the visit
joins the garbage to it, so that nobody is asked a second time. Money is refused (S0, R16); what the
medicine cost is noted apart. The leg was reported as «left there» though it was given in hand: the line
is voided and stays. The same need had been phoned in twice (R1), and a call follows the errand (S4, R17).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import Dispatch, NumberedIds, Refused, RequestId, ResponderId, VirtualClock

START = datetime(2020, 2, 12, 9, 0, tzinfo=timezone(timedelta(hours=8)))
HERE = "riverside"
ASKED = ("request.offer_made", "request.assignment_made")
FIGURES = {
    "people asked to fetch the garbage": 0,
    "climbs for two errands": 1,
    "gifts offered": 1,
    "gifts taken": 0,
    "fen noted apart": 3_580,
    "lines voided": 1,
    "outcomes kept": 2,
    "duplicates that ended with their original": 1,
    "follow-ups": 1,
}


def settle(engine: Dispatch) -> ResponderId:
    """Register the walk-up, a member of staff who shops and the volunteer who climbs."""
    day = [(START, START + timedelta(hours=9))]
    engine.register_community(HERE, name="河畔社区", duty="duty-desk")
    engine.register_building(HERE, "12号楼", floors=7, lift=False)
    engine.register_responder(HERE, "cadre", capacity=20, shifts=day)
    return engine.register_responder(HERE, "volunteer", home="12号楼2层", scope="12号楼", capacity=40, shifts=day)


def fetch(engine: Dispatch, clock: VirtualClock, leg: str) -> str:
    """Let whoever is asked for the medicine's next leg accept it, and return the offer."""
    clock.move_to(clock() + timedelta(minutes=5))
    (offer,) = (offer for offer in engine.tick().offers if offer.leg == leg)
    engine.accept(HERE, offer.offer)
    clock.move_to(clock() + timedelta(minutes=30))
    return offer.offer


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Bring the medicine up, take the garbage down, write it all down, and call afterwards."""
    volunteer = settle(engine)
    mother = engine.register_resident(HERE, "12号楼701室", name="住户甲")
    medicine = engine.open_request(HERE, "medicine", beneficiary=mother)
    again = engine.open_request(HERE, "medicine", beneficiary=mother, reporter="daughter-of-701", channel="phone")
    (original,) = engine.likely_duplicates(HERE, again)
    engine.link_duplicate(HERE, again, original)
    fetch(engine, clock, f"{medicine}/outside")
    engine.complete(HERE, medicine, "outside")
    visit = fetch(engine, clock, f"{medicine}/inside")
    garbage = engine.open_request(HERE, "garbage", beneficiary=mother)
    engine.join_visit(HERE, garbage, "inside", visit_offer=visit)
    engine.complete(HERE, medicine, "inside", outcome="left_there")
    engine.complete(HERE, garbage, "inside")
    write_down(engine, medicine, volunteer)
    engine.confirm(HERE, medicine, on_behalf_of=mother)
    engine.close_request(HERE, medicine)
    call = engine.open_request(HERE, "check_in", beneficiary=mother, follows=medicine)
    engine.tick()
    return figures(engine, medicine, garbage, followed_by=call)


def write_down(engine: Dispatch, medicine: RequestId, volunteer: ResponderId) -> None:
    """Refuse the gift, note what was spent, and void the wrong outcome."""
    engine.report_gift(HERE, medicine, volunteer, gift="money")
    try:
        engine.report_gift(HERE, medicine, volunteer, gift="money", taken=True)
    except Refused as refused:
        print(refused.code)
    engine.note_reimbursement(HERE, medicine, 3_580, spent_by=volunteer, receipt=b"receipt")
    (wrong,) = (line for line in engine.request(HERE, medicine).record if line.code == "left_there")
    engine.void(HERE, medicine, wrong.number, reason="misjudged")
    engine.record_outcome(HERE, medicine, "inside", outcome="handed_over")


def figures(
    engine: Dispatch, medicine: RequestId, garbage: RequestId, *, followed_by: RequestId
) -> dict[str, int | str]:
    """Count what the engine recorded."""
    topics = Counter(line.topic for line in engine.timeline(HERE))
    about_garbage = Counter(line.topic for line in engine.timeline(HERE, about=garbage))
    record = engine.request(HERE, medicine).record
    events = [(event.stream, event.topic, event.fact.model_dump()) for event in engine.subscribe()]
    asked = [fact["leg"] for stream, topic, fact in events if stream.endswith(garbage) and topic in ASKED]
    return {
        "people asked to fetch the garbage": asked.count("inside"),
        "climbs for two errands": 2 - about_garbage["request.leg_joined"],
        "gifts offered": topics["request.gift_reported"],
        "gifts taken": sum(fact["taken"] for _, topic, fact in events if topic == "request.gift_reported"),
        "fen noted apart": sum(line.amount_fen for line in record if line.void is None),
        "lines voided": sum(line.void is not None for line in record),
        "outcomes kept": sum(line.kind == "outcome" and line.leg == "inside" for line in record),
        "duplicates that ended with their original": topics["request.merged_ended"],
        "follow-ups": int(engine.request(HERE, followed_by).follows == medicine),
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
