"""
A morning of small things at one door, and what a community answers for afterwards.

A neighbour rings for an old couple (R1); the grandson writes the same into the group, and the second line is linked
to the first, never dropped (S0, R1). Who brings the medicine takes the garbage down (S4, R11). The medicine is
proven by the word that only the household knew (R8). A tip is offered and refused, both lines stay (S0, R16); the
receipt is paid back apart from it. Nobody asks again by hand how they are: the errand is followed by a call, of a
kind that few may see (S4, R17). The wrong outcome of the morning is voided and said rightly. All kinds are in the
catalogue (R2).
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dispatch import Actor, Channel, Dispatch, NumberedIds, OfferId, RequestId, ResponderId, Role, VirtualClock

HERE = "riverside"
START = datetime(2022, 5, 12, 8, 30, tzinfo=timezone(timedelta(hours=8)))
FIGURES = {
    "kinds in the catalogue that everybody may see": 11,
    "requests written down": 4,
    "duplicates linked": 1,
    "offers for medicine and garbage at the door": 1,
    "delivered": 2,
    "proofs by a word": 1,
    "gifts refused": 1,
    "paid back in fen": 4250,
    "lines voided and kept": 1,
    "follow-ups that few may see": 1,
    "kinds of help named in the group post": 0,
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Ask twice for one thing, bring it, take the garbage down, prove, pay back, correct, follow up."""
    captain = settle(engine)
    home = engine.register_resident(HERE, "1号楼502室")
    medicine = engine.open_request(HERE, "medicine", beneficiary=home, reporter="neighbour-501", channel=Channel.PHONE)
    again = engine.open_request(HERE, "medicine", beneficiary=home, reporter="grandson-of-502", channel=Channel.CHAT)
    assert engine.likely_duplicates(HERE, again) == (medicine,)
    engine.link_duplicate(HERE, again, medicine)
    word = engine.issue_token(HERE, medicine)
    work(engine, clock, medicine, "outside")
    (offer,) = engine.tick().offers
    engine.accept(HERE, offer.offer)
    garbage = engine.open_request(HERE, "garbage", beneficiary=home, channel=Channel.DOOR)
    engine.join_visit(HERE, garbage, "inside", visit_offer=OfferId(offer.offer))
    engine.complete(HERE, medicine, "inside", responder=captain)
    engine.record_proof(HERE, medicine, word=word, leg="inside")
    engine.report_gift(HERE, medicine, captain, gift="money")
    engine.note_reimbursement(HERE, medicine, 4_250, spent_by=captain, receipt=b"a picture of the receipt")
    engine.complete(HERE, garbage, "inside", responder=captain, outcome="left_there")
    wrong = engine.request(HERE, garbage).record[-1].number
    engine.void(HERE, garbage, wrong, reason="typed_wrong")
    engine.record_outcome(HERE, garbage, "inside", outcome="success")
    work(engine, clock, garbage, "outside")
    engine.confirm(HERE, medicine, by=Actor(id=home, role=Role.RESIDENT, via=Channel.PHONE))
    engine.close_request(HERE, medicine)
    call = engine.open_request(HERE, "counselling", beneficiary=home, follows=medicine)
    post = engine.group_post(HERE, "1号楼", language="en")
    return counted(engine, (medicine, again, garbage, call), post)


def settle(engine: Dispatch) -> ResponderId:
    """Register a walk-up with a captain on the fifth floor and a cadre outside."""
    day = [(START, START + timedelta(hours=9))]
    engine.register_community(HERE, name="河畔社区", duty="duty-desk")
    engine.register_building(HERE, "1号楼", floors=6, lift=False)
    engine.register_responder(HERE, Role.CADRE, capacity=20, shifts=day)
    return engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home="1号楼5层", capacity=20, shifts=day)


def work(engine: Dispatch, clock: VirtualClock, request: RequestId, leg: str) -> None:
    """Let whoever is asked for a leg do it."""
    clock.move_to(clock() + timedelta(minutes=5))
    for offer in engine.tick().offers:
        if offer.leg == f"{request}/{leg}":
            engine.accept(HERE, offer.offer)
            engine.complete(HERE, request, leg)


def counted(engine: Dispatch, requests: tuple[RequestId, ...], post: str) -> dict[str, int | str]:
    """Count what the log has."""
    lines = {line.position: line for request in requests for line in engine.timeline(HERE, about=request)}
    topics = [line.topic for line in lines.values()]
    medicine = [line for line in lines.values() if line.topic.startswith("request.offer")]
    kinds = engine.register_of(HERE).catalogue.kinds
    call = engine.request(HERE, requests[-1])
    kind = next(kind for kind in kinds if kind.key == call.kind)
    return {
        "kinds in the catalogue that everybody may see": sum(not kind.restricted for kind in kinds),
        "requests written down": topics.count("request.received"),
        "duplicates linked": topics.count("request.merged"),
        "offers for medicine and garbage at the door": sum(line.topic == "request.offer_made" for line in medicine),
        "delivered": topics.count("request.delivered"),
        "proofs by a word": topics.count("request.proof_recorded"),
        "gifts refused": topics.count("request.gift_reported"),
        "paid back in fen": sum(line.amount_fen for line in engine.request(HERE, requests[0]).record),
        "lines voided and kept": topics.count("request.line_voided"),
        "follow-ups that few may see": int(call.follows == requests[0] and kind.restricted),
        "kinds of help named in the group post": sum(kind.key in post.lower() for kind in kinds),
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
