"""
The bell: firefighters who help at the gate leave at once, and come back when the fire is out.

They were trained before duty and have read this morning's briefing, or are not asked at all (R26). When the bell
rings, one word releases all of them in one save, blameless (S3, R25); their work is shared out again within the
minute to those who stay, and what those cannot do waits and calls a person. After two hours they are back and are
asked again.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import EVERYDAY, Dispatch, NumberedIds, ResponderId, Role, VirtualClock

HERE = "riverside"
START = datetime(2022, 3, 21, 8, 30, tzinfo=timezone(timedelta(hours=8)))
CREW = 4
FIGURES = {
    "asked before the training": 0,
    "asked before the briefing": 0,
    "legs under way when the bell rang": 4,
    "saves that released them": 1,
    "asked while they were out": 0,
    "legs in other hands a minute later": 2,
    "legs done by firefighters after their return": 2,
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Train, brief, work, ring, share out again, return."""
    firefighters, others = settle(engine)
    for door in range(1, 5):
        engine.open_request(HERE, "food", beneficiary=engine.register_resident(HERE, f"1号楼{door}01室"))
    untrained = len([offer for offer in engine.tick().offers if offer.responder in firefighters])
    for who in firefighters:
        engine.grant_qualification(HERE, who, "gate_course", valid_until=START + timedelta(days=30))
    uninformed = len([offer for offer in engine.tick().offers if offer.responder in firefighters])
    for who in (*firefighters, *others):
        engine.acknowledge_briefing(HERE, who, 1)
    for who in others:
        engine.drop_out(HERE, who, reason="off_duty")
    for offer in engine.tick().offers:
        engine.accept(HERE, offer.offer)
    under_way = sum(len(engine.responder(HERE, who).loads) for who in firefighters)
    for who in others:
        engine.return_to_duty(HERE, who)

    clock.move_to(START + timedelta(minutes=40))
    answer = engine.ring_bell(HERE, "fire_station")
    saves = len({event.meta.command for event in answer.events})
    clock.move_to(clock() + timedelta(minutes=1))
    meanwhile = engine.tick().offers
    for offer in meanwhile:
        engine.accept(HERE, offer.offer)
    clock.move_to(clock() + timedelta(hours=2))
    engine.return_group(HERE, "fire_station")
    done = Counter[ResponderId]()
    for request, state in sorted(engine.board_of(HERE).requests.items()):
        engine.requeue(HERE, request, next(leg.plan.name for leg in state.legs if not leg.asks))
    for offer in engine.tick().offers:
        if offer.responder in firefighters:
            engine.accept(HERE, offer.offer)
            engine.complete(HERE, *offer.leg.split("/", 1))  # type: ignore[arg-type]
            done[offer.responder] += 1
    return {
        "asked before the training": untrained,
        "asked before the briefing": uninformed,
        "legs under way when the bell rang": under_way,
        "saves that released them": saves,
        "asked while they were out": len([offer for offer in meanwhile if offer.responder in firefighters]),
        "legs in other hands a minute later": len(meanwhile),
        "legs done by firefighters after their return": done.total(),
    }


def settle(engine: Dispatch) -> tuple[list[ResponderId], list[ResponderId]]:
    """Register a building, four firefighters under one bell, and two cadres with room for one leg each."""
    day = [(START, START + timedelta(hours=9))]
    policy = EVERYDAY.model_copy(update={"version": 2, "training": ("gate_course",), "briefing": 1})
    engine.register_community(HERE, name="河畔社区", duty="duty-desk", policy=policy)
    engine.register_building(HERE, "1号楼", floors=6, lift=True)
    firefighters = [engine.register_responder(HERE, Role.CADRE, capacity=3, shifts=day) for _ in range(CREW)]
    for who in firefighters:
        engine.set_bell(HERE, who, "fire_station")
    others = [
        engine.register_responder(HERE, Role.COMMUNITY_WORKER, capacity=3, skills=["gate_course"], shifts=day)
        for _ in range(2)
    ]
    return firefighters, others


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
