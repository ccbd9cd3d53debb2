"""
A shift hand-over: somebody falls ill at 11:00, and everything open is in other hands before noon.

A secondee was drafted because a colleague fell ill (R23). Shifts are 8:30 to 17:30, and evenings 18:30 to 21:00
(R24); the community allows nine hours a day and six days in a row, so that the late shift on top of the day's is
refused until somebody else gives a reason, which is recorded. A captain's floor is the deputy's while the captain
is out (R18). The colleague stands at the gate until noon, and leaves a note there for who comes after (R26).
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dispatch import (
    EVERYDAY,
    Dispatch,
    DutyLimits,
    NumberedIds,
    Refused,
    ResponderId,
    Role,
    VirtualClock,
)

HERE = "riverside"
START = datetime(2022, 5, 16, 8, 30, tzinfo=timezone(timedelta(hours=8)))
DAY = (START, START + timedelta(hours=9))
EVENING = (START + timedelta(hours=10), START + timedelta(hours=12, minutes=30))
FIGURES = {
    "open at 11:00": 3,
    "in other hands by 11:10": 3,
    "asked of who is out": 0,
    "deputy's legs": 2,
    "on the gate's note": 2,
    "notes taken over": 1,
    "late shifts refused": 1,
    "limits overridden": 1,
    "delivered": 3,
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Take work in the morning, fall ill, hand over, and plan the evening."""
    captain, cadre, colleague, deputy = _settle(engine)
    engine.name_deputy(HERE, captain, deputy, scope="1号楼5层")
    for door in (501, 502, 901):
        engine.open_request(HERE, "check_in", beneficiary=engine.register_resident(HERE, f"1号楼{door}室"))
    for offer in engine.tick().offers:
        engine.accept(HERE, offer.offer)
    clock.move_to(START + timedelta(hours=2, minutes=30))
    ill = {who for who in (captain, cadre) if engine.responder(HERE, who).loads}
    open_legs = [line.leg for who in sorted(ill) for line in engine.hand_over(HERE, who)]
    for who in sorted({captain, cadre}):
        engine.drop_out(HERE, who, reason="ill")
    asked_late = 0
    for offer in engine.tick().offers:
        asked_late += offer.responder in {captain, cadre}
        engine.accept(HERE, offer.offer)
    clock.move_to(START + timedelta(hours=2, minutes=40))
    lines = [line for who in (captain, cadre) for line in engine.hand_over(HERE, who)]
    refused = _late_shift(engine, colleague)
    _work(engine)
    noted = _hand_the_gate_over(engine, clock, (colleague, deputy))
    log = list(engine.subscribe(community=HERE))
    return {
        "open at 11:00": len(open_legs),
        "in other hands by 11:10": sum(bool(set(line.holders) - {captain, cadre}) for line in lines),
        "asked of who is out": asked_late,
        "deputy's legs": sum(deputy in line.holders for line in lines),
        "on the gate's note": noted,
        "notes taken over": sum(event.topic == "post_note.acknowledged" for event in log),
        "late shifts refused": refused,
        "limits overridden": sum(event.topic == "responder.duty_limit_overridden" for event in log),
        "delivered": sum(event.topic == "request.delivered" for event in log),
    }


def _settle(engine: Dispatch) -> tuple[ResponderId, ResponderId, ResponderId, ResponderId]:
    limits = DutyLimits(day_s=9 * 3_600, rest_s=10 * 3_600, days_in_row_max=6)
    policy = EVERYDAY.model_copy(update={"version": 2, "duty": limits})
    engine.register_community(HERE, name="河畔社区", duty="duty-desk", policy=policy)
    engine.register_building(HERE, "1号楼", floors=19, lift=True)
    engine.register_building(HERE, "2号楼", floors=6, lift=False)
    captain = engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home="1号楼5层", capacity=8, shifts=[DAY])
    cadre = engine.register_responder(HERE, Role.CADRE, home="1号楼9层", capacity=20, shifts=[DAY])
    colleague = engine.register_responder(HERE, Role.CADRE, capacity=20, shifts=[DAY])
    deputy = engine.register_responder(HERE, Role.VOLUNTEER, home="2号楼3层", scope="2号楼", capacity=8, shifts=[DAY])
    return captain, cadre, colleague, deputy


def _hand_the_gate_over(engine: Dispatch, clock: VirtualClock, pair: tuple[ResponderId, ResponderId]) -> int:
    """Change over at the gate at noon; count what the note says is left: a card kept, a parcel on the shelf."""
    leaves, comes = pair
    noon, four = START + timedelta(hours=3, minutes=30), START + timedelta(hours=7, minutes=30)
    owner = engine.register_resident(HERE, "1号楼703室")
    engine.take_custody(HERE, leaves, owner=owner, what="card")
    parcel = engine.open_request(HERE, "parcel", beneficiary=owner)
    for offer in engine.tick().offers:
        outside = offer.leg.partition("/")[2]
        engine.accept(HERE, offer.offer)
        engine.place_goods(HERE, parcel, outside, point="shelf", responder=offer.responder)
    engine.assign_post(HERE, leaves, "gate", where="1号楼", starts_at=clock(), ends_at=noon)
    engine.assign_post(HERE, comes, "gate", where="1号楼", starts_at=noon, ends_at=four)
    clock.move_to(noon)
    note = engine.give_post_note(HERE, leaves, "gate", to=comes, remark="门禁卡在抽屉里")
    engine.acknowledge_post_note(HERE, note, responder=comes)
    left = engine.post_note(HERE, note).left
    return len(left.custody) + len(left.shelf)


def _late_shift(engine: Dispatch, colleague: ResponderId) -> int:
    """Plan the evening on top of the day, which takes a reason; count how often it was refused."""
    refused = 0
    try:
        engine.plan_shift(HERE, colleague, starts_at=EVENING[0], ends_at=EVENING[1])
    except Refused:
        refused += 1
        engine.plan_shift(HERE, colleague, starts_at=EVENING[0], ends_at=EVENING[1], override="colleague_ill")
    return refused


def _work(engine: Dispatch) -> None:
    for request in sorted(engine.board_of(HERE).requests):
        for leg in engine.request(HERE, request).legs:
            engine.complete(HERE, request, leg.plan.name, responder=leg.asks[0].responder)


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
