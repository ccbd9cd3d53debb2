"""
A parcel for a frail neighbour: gate, fence, shelf, floor captain, door.

In a tower under 管控 couriers stop at the gate, a community worker brings parcels to the shelf at the
tower door, and the floor captain takes them up to those who cannot come down (R5, Beijing 2022). Here
the worker may not come in either: he hands the parcel across the fence to the building lead, and the
register has both sides (R6). Then it waits on the shelf, nobody comes, and after half an hour a person
is called, once. At last the captain brings it and stays until it is in the neighbour's hands (R7).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

from dispatch import (
    Actor,
    Catalogue,
    ControlLevel,
    Dispatch,
    Kind,
    LegKind,
    NumberedIds,
    Point,
    RequestId,
    Role,
    Side,
    Urgency,
    VirtualClock,
)

START = datetime(2022, 5, 12, 10, 0, tzinfo=timezone(timedelta(hours=8)))
FIGURES = {
    "legs": 3,
    "hand-overs with both sides": 1,
    "crossings of the line": 0,
    "hands it went through": "worker, lead, lead, captain, neighbour",
    "minutes on the shelf before a call": 30,
    "calls": 1,
    "request": "Confirmed",
}
_HOUR = 3_600


def _leg(name: str, side: Side, *, origin: Point, destination: Point, role: Role, after: tuple[str, ...]) -> LegKind:
    return LegKind(
        name=name,
        side=side,
        origin=origin,
        destination=destination,
        effort=1,
        roles=(role,),
        after=after,
        minutes=10,
    )


FENCED = Kind(
    key="fenced_parcel",
    urgency=Urgency.NONE,
    due_within_s=(_HOUR, 4 * _HOUR, 8 * _HOUR, 24 * _HOUR),
    legs=(
        _leg("outside", Side.OUTSIDE, origin=Point.GATE, destination=Point.GATE, role=Role.COMMUNITY_WORKER, after=()),
        _leg(
            "inside",
            Side.INSIDE,
            origin=Point.GATE,
            destination=Point.SHELF,
            role=Role.BUILDING_LEAD,
            after=("outside",),
        ),
        _leg(
            "to_door",
            Side.INSIDE,
            origin=Point.SHELF,
            destination=Point.DOOR,
            role=Role.FLOOR_CAPTAIN,
            after=("inside",),
        ),
    ),
)


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Hand over at the fence, put on the shelf, wait, call, bring, receive."""
    engine.register_community(
        "riverside", name="河畔社区", duty="duty-desk", catalogue=Catalogue(version=1, kinds=(FENCED,))
    )
    engine.register_building("riverside", "1号楼", floors=19, lift=True)
    worker = engine.register_responder("riverside", Role.COMMUNITY_WORKER)
    lead = engine.register_responder("riverside", Role.BUILDING_LEAD, home="1号楼2层", clearance="controlled")
    noon = START + timedelta(hours=2)
    captain = engine.register_responder(
        "riverside", Role.FLOOR_CAPTAIN, home="1号楼9层", shifts=[(noon, noon + timedelta(hours=8))]
    )
    neighbour = engine.register_resident("riverside", "1号楼903室", name="住户甲")
    names: dict[str, str] = {worker: "worker", lead: "lead", captain: "captain", neighbour: "neighbour"}
    engine.set_control_level("riverside", "1号楼", ControlLevel.CONTROLLED, reason="case_found")
    request = engine.open_request("riverside", "fenced_parcel", beneficiary=neighbour)
    for leg in ("outside", "inside", "to_door"):
        if leg == "to_door":
            clock.move_to(START + timedelta(minutes=30))
            engine.tick()
            clock.move_to(noon)
        (offer,) = engine.tick().offers
        engine.accept("riverside", offer.offer)
        engine.pick_up_goods("riverside", request, leg, seals=["B-4"])
        if leg == "outside":
            engine.hand_over_goods("riverside", request, leg, to=lead, point="gate", seals=["B-4"])
        elif leg == "inside":
            engine.place_goods("riverside", request, leg)
        else:
            engine.take_delivery("riverside", request, by=Actor(id=neighbour, role=Role.RESIDENT))
            engine.complete("riverside", request, leg, outcome="handed_over")
    return _figures(engine, request, names)


def _figures(engine: Dispatch, request: RequestId, names: dict[str, str]) -> dict[str, int | str]:
    told: list[tuple[str, Any]] = [
        (event.topic, event.fact) for event in engine.subscribe(community="riverside") if request in event.stream
    ]
    topics = Counter(topic for topic, _ in told)
    hands = [
        names[getattr(fact, field)]
        for topic, fact in told
        for field in ("responder", "taker", "by")
        if topic in ("request.goods_picked_up", "request.goods_handed_over", "request.goods_received")
        and hasattr(fact, field)
    ]
    waits = [fact.called_at - fact.placed_at for _, fact in told if hasattr(fact, "called_at")]
    over = [fact for topic, fact in told if topic == "request.goods_handed_over"]
    return {
        "legs": topics["request.leg_done"],
        "hand-overs with both sides": sum(bool(fact.giver and fact.taker) for fact in over),
        "crossings of the line": sum(leg.plan.side is None for leg in engine.request("riverside", request).legs),
        "hands it went through": ", ".join(hands),
        "minutes on the shelf before a call": sum(int(wait.total_seconds()) for wait in waits) // 60,
        "calls": topics["request.goods_waited"],
        "request": type(engine.request("riverside", request)).__name__,
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
