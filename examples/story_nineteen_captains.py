"""
Nineteen captains in one tower under 管控, one on each floor, and one lead over them (S2; R18).

Staff bring a parcel for each floor to the shelf at the tower's door; the captain of the floor takes it to
the frail (R5), sees the own floor only, and may do nothing on another. The captain of the 7th floor is
silent: the parcel goes to the lead when the offer has run out. Then somebody on that floor is in danger,
and the ladder (part C) climbs past the silent captain until the lead takes charge (R12). An auditor sees
ids and opens nothing (R33).

The figure 19 is the newspaper's; a parcel for each floor is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from dispatch import (
    Actor,
    ChargeTaken,
    Dispatch,
    NumberedIds,
    Refused,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    StepCalled,
    VirtualClock,
)

START = datetime(2022, 5, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
HERE, TOWER, FLOORS, SILENT = "riverside", "1号楼", 19, 7
FIGURES = {
    "parcels delivered": 19,
    "captains who carried": 18,
    "leads who carried": 1,
    "requests a captain sees": 1,
    "requests the lead sees": 19,
    "called for the 7th floor": "floor_captain, building_lead",
    "in charge": "building_lead",
    "a captain on another floor": "out_of_scope",
    "an auditor opens": "not_permitted",
}


class Tower:
    """The people of the tower."""

    def __init__(self, engine: Dispatch) -> None:
        day = [(START, START + timedelta(hours=12))]
        self.engine = engine
        engine.register_community(HERE, name="河畔社区", duty="duty-desk")
        engine.register_building(HERE, TOWER, floors=FLOORS, lift=True)
        engine.set_control_level(HERE, TOWER, "controlled", reason="case_found")
        self.lead = engine.register_responder(HERE, Role.BUILDING_LEAD, home=TOWER, shifts=day)
        self.captains: dict[ResponderId, int] = {}
        self.homes: dict[int, ResidentId] = {}
        with engine.batch(HERE) as batch:
            for _ in range(5):
                batch.register_responder(HERE, Role.CADRE, capacity=60, shifts=day)
            for floor in range(1, FLOORS + 1):
                home = f"{TOWER}{floor}层"
                self.captains[batch.register_responder(HERE, Role.FLOOR_CAPTAIN, home=home, shifts=day)] = floor
                self.homes[floor] = batch.register_resident(HERE, f"{TOWER}{floor}01室", name=f"住户{floor}")
        engine.grant(HERE, "inspector-1", Role.AUDITOR)

    def actor(self, responder: ResponderId) -> Actor:
        """Return somebody as they speak for themselves."""
        return Actor(id=responder, role=self.engine.responder(HERE, responder).role)

    def captain_of(self, floor: int) -> Actor:
        """Return the captain of a floor."""
        return self.actor(next(who for who, where in self.captains.items() if where == floor))


def carry(tower: Tower, clock: VirtualClock) -> set[Actor]:
    """Let everybody who is asked go, but for the silent captain; give who finished a leg."""
    engine, carried = tower.engine, set[Actor]()
    while engine.board(HERE) and clock() < START + timedelta(hours=2):
        for offer in engine.tick().offers:
            me = tower.actor(offer.responder)
            if me == tower.captain_of(SILENT):
                continue
            engine.accept(HERE, offer.offer, by=me)
            mine = next(leg for leg in engine.my_work(HERE, by=me) if leg.offer == offer.offer)
            engine.complete(HERE, mine.request, offer.leg.rpartition("/")[2], responder=offer.responder, by=me)
            carried.add(me)
        clock.move_to(clock() + timedelta(minutes=1))
    return carried


def code_of(say: Callable[[], object]) -> str:
    """Return why something is refused."""
    try:
        say()
    except Refused as refusal:
        return refusal.code
    return "not refused"


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Bring the parcels up; then somebody on the silent floor is in danger."""
    tower = Tower(engine)
    parcels = [engine.open_request(HERE, "parcel", beneficiary=tower.homes[floor]) for floor in tower.homes]
    seen, overview = (len({x.request for x in engine.board_for(HERE, by=by)}) for by in eyes(tower))
    carried = carry(tower, clock)
    danger = engine.open_request(HERE, "medical_ride", beneficiary=tower.homes[SILENT], urgency="life")
    for _ in range(3):
        engine.tick()
        clock.move_to(clock() + timedelta(seconds=45))
    stranger = tower.captain_of(SILENT + 1)
    refused = code_of(lambda: engine.acknowledge_alarm(HERE, danger, by=stranger))
    engine.take_charge(HERE, danger, by=tower.actor(tower.lead))
    inspector = Actor(id="inspector-1", role=Role.AUDITOR)
    roles = Counter(me.role for me in carried)
    facts = [event.fact for event in engine.subscribe(community=HERE)]
    called = [tower.actor(ResponderId(fact.to)).role for fact in facts if isinstance(fact, StepCalled)]
    (charge,) = (fact for fact in facts if isinstance(fact, ChargeTaken))
    return {
        "parcels delivered": sum(is_delivered(engine, parcel) for parcel in parcels),
        "captains who carried": roles[Role.FLOOR_CAPTAIN],
        "leads who carried": roles[Role.BUILDING_LEAD],
        "requests a captain sees": seen,
        "requests the lead sees": overview,
        "called for the 7th floor": ", ".join(called),
        "in charge": tower.actor(ResponderId(charge.by)).role.value,
        "a captain on another floor": refused,
        "an auditor opens": code_of(lambda: engine.reveal(HERE, danger, purpose="look", by=inspector)),
    }


def eyes(tower: Tower) -> tuple[Actor, Actor]:
    """Return with whose eyes the board is read: a captain's and the lead's."""
    return tower.captain_of(12), tower.actor(tower.lead)


def is_delivered(engine: Dispatch, request: RequestId) -> bool:
    """Tell whether a parcel is at the door."""
    return type(engine.request(HERE, request)).__name__ == "Delivered"


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
