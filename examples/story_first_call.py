"""
A daughter rings: her mother on the fifth floor needs medicine. The shortest story there is.

Who asks is not whom it is for (R1). A member of staff fetches the medicine to the shelf, the floor
captain brings it from there to the door (A2: two legs, two people), and the mother confirms (R7).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from dispatch import Actor, Channel, Dispatch, NumberedIds, Role, VirtualClock

START = datetime(2022, 5, 12, 9, 0, tzinfo=timezone(timedelta(hours=8)))
FIGURES = {"offers to volunteers": 1, "assignments to staff": 1, "legs done": 2, "request": "Closed"}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Ask, share out, bring, confirm, close."""
    day = [(START, START + timedelta(hours=9))]
    engine.register_community("riverside", name="河畔社区", duty="duty-desk")
    engine.register_building("riverside", "1号楼", floors=6, lift=False)
    engine.register_responder("riverside", Role.FLOOR_CAPTAIN, home="1号楼5层", capacity=10, shifts=day)
    engine.register_responder("riverside", Role.CADRE, capacity=20, shifts=day)
    mother = engine.register_resident("riverside", "1号楼501室", name="住户甲")
    request = engine.open_request(
        "riverside", "medicine", beneficiary=mother, reporter="daughter-of-501", channel=Channel.PHONE
    )
    for _leg in ("outside", "inside"):
        clock.move_to(clock() + timedelta(minutes=5))
        for offer in engine.tick().offers:
            by = Actor(id="desk", role=Role.COMMUNITY_WORKER, via=Channel.PHONE)
            engine.accept("riverside", offer.offer, by=by, on_behalf_of=offer.responder)
            clock.move_to(clock() + timedelta(minutes=30))
            engine.complete("riverside", request, offer.leg.rpartition("/")[2], by=by, on_behalf_of=offer.responder)
    engine.confirm("riverside", request, by=Actor(id=mother, role=Role.RESIDENT, via=Channel.PHONE))
    engine.close_request("riverside", request)
    topics = Counter(line.topic for line in engine.timeline("riverside", about=request))
    return {
        "offers to volunteers": topics["request.offer_made"],
        "assignments to staff": topics["request.assignment_made"],
        "legs done": topics["request.leg_done"],
        "request": type(engine.request("riverside", request)).__name__,
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
