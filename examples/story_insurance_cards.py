"""
A secretary who keeps 80 insurance cards is taken into isolation.

A committee's secretary had collected the cards of more than 80 residents, to fetch their medicines
with, when he was taken into isolation (Beijing Youth Daily, 2022-04-24). Here nothing is nobody's
(R4): the next drain orphans all 80 and calls the duty contact once, a named colleague takes them over
in one verb, and each owner who has the card again says so. Nobody can confirm for themselves.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import Actor, Dispatch, NumberedIds, Refused, Role, VirtualClock

START = datetime(2022, 4, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))
CARDS = 80
FIGURES = {
    "cards taken": 80,
    "cards orphaned": 80,
    "calls to the duty contact": 1,
    "cards handed on": 80,
    "saves to hand them on": 1,
    "cards given back": 80,
    "cards still kept": 0,
    "refused": "holder_may_not_confirm",
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Collect, isolate, orphan, hand on, give back."""
    engine.register_community("riverside", name="河畔社区", duty="duty-desk")
    engine.register_building("riverside", "1号楼", floors=20, lift=True)
    secretary = engine.register_responder("riverside", Role.COMMUNITY_WORKER)
    colleague = engine.register_responder("riverside", Role.CADRE)
    with engine.batch("riverside") as batch:
        owners = [
            batch.register_resident("riverside", f"1号楼{1 + number // 4}层", name=f"住户{number + 1}")
            for number in range(CARDS)
        ]
    with engine.batch("riverside") as batch:
        for owner in owners:
            batch.take_custody("riverside", secretary, owner=owner, what="card", description="医保卡")
    clock.move_to(clock() + timedelta(hours=3))
    engine.isolate_responder("riverside", secretary)
    engine.tick()
    orphaned = [line for line in engine.custody_lines("riverside") if line.state == "Orphaned"]
    handed_on = engine.transfer_custody("riverside", [line.custody for line in orphaned], to=colleague)
    refused = ""
    for line in engine.custody_of("riverside", colleague):
        clock.move_to(clock() + timedelta(minutes=2))
        try:
            myself = Actor(id=colleague, role=Role.CADRE)
            engine.return_custody("riverside", line.custody, by=myself, on_behalf_of=line.owner)
        except Refused as not_so:
            refused = not_so.code
        engine.return_custody("riverside", line.custody, by=Actor(id=line.owner, role=Role.RESIDENT))
    events = list(engine.subscribe(community="riverside"))
    topics = Counter(event.topic for event in events)
    return {
        "cards taken": topics["custody.taken"],
        "cards orphaned": topics["custody.orphaned"],
        "calls to the duty contact": len({e.meta.command for e in events if e.topic == "custody.orphaned"}),
        "cards handed on": len(handed_on.events),
        "saves to hand them on": len({e.meta.command for e in events if e.topic == "custody.transferred"}),
        "cards given back": topics["custody.returned"],
        "cards still kept": len(engine.custody_lines("riverside")),
        "refused": refused,
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
