"""
A medicine of one brand, found in the third pharmacy.

Residents name the brand they take, some medicines need a doctor's word with the patient first, one
pharmacy after another has it not, and no error may happen on the way (R3, Beijing 2022). Nobody is sent
before the doctor agrees; another brand is refused; each place is written down; the bag is closed and
numbered, and its number is read at each hand-over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from dispatch import Dispatch, Item, NumberedIds, Refused, RequestId, Role, VirtualClock

START = datetime(2022, 5, 12, 9, 0, tzinfo=timezone(timedelta(hours=8)))
PHARMACIES = ("社区卫生站药房", "东街药店", "北门药房")
FIGURES = {
    "people asked before the doctor agreed": 0,
    "pharmacies without it": 2,
    "found in pharmacy number": 3,
    "of another brand": 0,
    "bags with another number": 0,
    "refused": "may_not_be_substituted, seal_differs",
    "request": "Confirmed",
}


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Ask, wait for the doctor, look in three pharmacies, bring, receive."""
    engine.register_community("riverside", name="河畔社区", duty="duty-desk")
    engine.register_building("riverside", "1号楼", floors=19, lift=True)
    engine.register_responder("riverside", Role.FLOOR_CAPTAIN, home="1号楼12层")
    engine.register_responder("riverside", Role.CADRE)
    patient = engine.register_resident("riverside", "1号楼1203室", name="住户甲")
    tablets = Item("苯磺酸氨氯地平片 5毫克 原研", quantity=2, no_substitution=True, needs_doctor=True)
    request = engine.open_request("riverside", "medicine", beneficiary=patient, items=[tablets])
    before = len(engine.tick().offers)
    clock.move_to(clock() + timedelta(minutes=40))
    engine.confirm_item("riverside", request, 1, on_behalf_of="doctor-1")
    refused = [_buys(engine, clock, request), _brings(engine, clock, request)]
    engine.take_delivery("riverside", request, on_behalf_of=patient)
    engine.complete("riverside", request, "inside")
    events = [event for event in engine.subscribe(community="riverside") if request in event.stream]
    topics = Counter(event.topic for event in events)
    seals = {getattr(event.fact, "seals", ()) for event in events if event.topic == "request.goods_picked_up"}
    (item,) = engine.request("riverside", request).items
    return {
        "people asked before the doctor agreed": before,
        "pharmacies without it": topics["request.item_not_found"],
        "found in pharmacy number": PHARMACIES.index(str(item.place)) + 1,
        "of another brand": int(item.substituted),
        "bags with another number": len(seals) - 1,
        "refused": ", ".join(refused),
        "request": type(engine.request("riverside", request)).__name__,
    }


def _buys(engine: Dispatch, clock: VirtualClock, request: RequestId) -> str:
    """Let the cadre look in one pharmacy after another; the third would give another brand at first."""
    (offer,) = engine.tick().offers
    engine.accept("riverside", offer.offer)
    engine.start_leg("riverside", request, "outside")
    for place in PHARMACIES[:-1]:
        clock.move_to(clock() + timedelta(minutes=15))
        engine.item_not_found("riverside", request, 1, place=place)
    clock.move_to(clock() + timedelta(minutes=15))
    code = _refusal(lambda: engine.item_found("riverside", request, 1, place=PHARMACIES[-1], substituted=True))
    engine.item_found("riverside", request, 1, place=PHARMACIES[-1])
    engine.pick_up_goods("riverside", request, "outside", seals=["A-17"])
    engine.place_goods("riverside", request, "outside")
    return code


def _brings(engine: Dispatch, clock: VirtualClock, request: RequestId) -> str:
    """Let the captain take the right bag from the shelf, after the neighbour's."""
    (offer,) = engine.tick().offers
    engine.accept("riverside", offer.offer)
    clock.move_to(clock() + timedelta(minutes=5))
    code = _refusal(lambda: engine.pick_up_goods("riverside", request, "inside", seals=["A-71"]))
    engine.pick_up_goods("riverside", request, "inside", seals=["A-17"])
    return code


def _refusal(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except Refused as refused:
        return refused.code
    return "nothing"


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
