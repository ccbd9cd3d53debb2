"""
Captains who have no phone: sheets at fixed hours, and a lead who answers on their behalf.

Many captains have no smartphone or do not look at it (A2). In one tower two of four captains get a sheet at
8:00 and at 14:00; what is asked of them in between is bound for the next sheet and may be answered two hours
after it, while the others answer within ten minutes. The lead brings the sheets and answers for them (代办):
both names are in the log.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dispatch import EVERYDAY, Actor, Channel, Dispatch, NumberedIds, ResponderId, Role, VirtualClock

HERE = "riverside"
START = datetime(2022, 5, 16, 8, 30, tzinfo=timezone(timedelta(hours=8)))
SHEETS = (8 * 60, 14 * 60)
FIGURES = {
    "captains": 4,
    "captains without a phone": 2,
    "offers": 4,
    "lines on the 14:00 sheets": 2,
    "minutes to answer, with a phone": 10,
    "minutes to answer, on paper": 450,
    "answers on behalf": 2,
    "lapsed": 0,
    "delivered": 4,
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Four visits asked for at 8:30; the sheets go out at 14:00."""
    captains = _settle(engine)
    for floor in captains:
        engine.open_request(HERE, "check_in", beneficiary=engine.register_resident(HERE, f"1号楼{floor}01室"))
    offers = engine.tick().offers
    waits = {offer.responder: (offer.answer_by - START) // timedelta(minutes=1) for offer in offers}
    paper = {who for who in captains.values() if engine.responder(HERE, who).paper}
    for offer in offers:
        if offer.responder not in paper:
            engine.accept(HERE, offer.offer, by=_captain(offer.responder))
    clock.move_to(START + timedelta(hours=5, minutes=29))
    engine.tick()
    sheets = [engine.paper_sheet(HERE, who) for who in sorted(paper)]
    clock.move_to(START + timedelta(hours=6))
    lead = Actor(id=captains_lead(engine), role=Role.BUILDING_LEAD, via=Channel.PAPER)
    for sheet in sheets:
        for line in sheet.lines:
            engine.accept(HERE, line.offer, by=lead, on_behalf_of=sheet.captain)
    _work(engine)
    log = list(engine.subscribe(community=HERE))
    answers = [event for event in log if event.topic == "request.offer_accepted"]
    return {
        "captains": len(captains),
        "captains without a phone": len(paper),
        "offers": sum(event.topic == "request.offer_made" for event in log),
        "lines on the 14:00 sheets": sum(len(sheet.lines) for sheet in sheets),
        "minutes to answer, with a phone": max(wait for who, wait in waits.items() if who not in paper),
        "minutes to answer, on paper": max(wait for who, wait in waits.items() if who in paper),
        "answers on behalf": sum(event.meta.on_behalf_of in paper for event in answers),
        "lapsed": sum(event.topic == "request.offer_lapsed" for event in log),
        "delivered": sum(event.topic == "request.delivered" for event in log),
    }


def _settle(engine: Dispatch) -> dict[int, ResponderId]:
    policy = EVERYDAY.model_copy(update={"version": 2, "sheet_minutes": SHEETS})
    engine.register_community(HERE, name="河畔社区", duty="duty-desk", policy=policy)
    engine.register_building(HERE, "1号楼", floors=19, lift=True)
    engine.register_responder(HERE, Role.BUILDING_LEAD, home="1号楼1层", capacity=1)
    return {
        floor: engine.register_responder(
            HERE, Role.FLOOR_CAPTAIN, home=f"1号楼{floor}层", capacity=8, paper=floor in (5, 12)
        )
        for floor in (3, 5, 12, 16)
    }


def captains_lead(engine: Dispatch) -> ResponderId:
    """Return the building lead."""
    people = engine.board_of(HERE).responders
    return next(who for who, person in people.items() if person.role is Role.BUILDING_LEAD)


def _captain(who: ResponderId) -> Actor:
    return Actor(id=who, role=Role.FLOOR_CAPTAIN, via=Channel.APP)


def _work(engine: Dispatch) -> None:
    for request, state in engine.board_of(HERE).requests.items():
        for leg in state.legs:
            engine.complete(HERE, request, leg.plan.name, responder=leg.asks[0].responder)


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
