"""
Asked late, and changed only for what counts: a plan that holds back (part C «Avoiding thrash», «Avoiding starvation»).

Under `everyday` 2, with which a community begins, two cadres in a 19-floor tower are asked for one visit each; four
more visits have their turn in the plan, and nobody is told. Somebody whose health is at stake comes last and is next.
A neighbour's collapse comes right after an offer went out: that one is frozen and stays until the policy's two minutes
are over; then it is taken back, and `why` says for whom and by which level. What a colleague has accepted stays.
Whoever was only taken off a visit is asked for it again; whoever said no is not.

The tower and its captains are the newspaper's (S2); the rest is ours.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dispatch import (
    Dispatch,
    NumberedIds,
    Offer,
    OfferWithdrawn,
    RequestId,
    ResponderId,
    Role,
    Urgency,
    VirtualClock,
)
from dispatch.audit import Log, TakenBack, Unserved, WhyWords, why, why_leg
from dispatch.words import Words

START = datetime(2022, 5, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
HERE, TOWER = "riverside", "1号楼"
FLOORS, STAFF = 19, (3, 9)
VISITS = (3, 9, 4, 10, 12, 15)
FIGURES = {
    "asked at once": 2,
    "in the plan and told to nobody": 4,
    "offers while they are at work": 0,
    "places in the plan": "1, 1, 2, 2",
    "next, although it came last": "health",
    "taken back within the freeze": 0,
    "taken back after it": 1,
    "taken back for": "life",
    "by the level": "life_waiting",
    "proven": "yes",
    "asked again after it was taken back": "yes",
    "offers for it after the no": "the colleague",
    "codes in the words": 0,
}


class Town:
    """A tower and two cadres who live in it."""

    def __init__(self, engine: Dispatch, clock: VirtualClock) -> None:
        self.engine, self.clock, self.log = engine, clock, Log(engine.journal.recorder)
        self.open: dict[ResponderId, Offer] = {}
        self.asked: list[Offer] = []
        engine.register_community(HERE, name="河畔社区", duty="duty-desk")
        engine.register_building(HERE, TOWER, floors=FLOORS, lift=True)
        self.staff = [engine.register_responder(HERE, Role.CADRE, home=f"{TOWER}{floor}层") for floor in STAFF]

    def visit(self, floor: int, urgency: Urgency = Urgency.NONE) -> RequestId:
        """Somebody on a floor needs to be looked after."""
        resident = self.engine.register_resident(HERE, f"{TOWER}{floor:02}01室")
        return self.engine.open_request(HERE, "check_in", beneficiary=resident, urgency=urgency)

    def tick(self, **later: float) -> list[Offer]:
        """Let time pass, and return who is asked then."""
        self.clock.move_to(self.clock() + timedelta(**later))
        offers = list(self.engine.tick().offers)
        self.asked += offers
        self.open |= {offer.responder: offer for offer in offers}
        return offers

    def serve(self, who: ResponderId) -> None:
        """Let somebody say yes to what they are asked for, and do it."""
        offer = self.open.pop(who)
        self.engine.accept(HERE, offer.offer)
        request, _, leg = offer.leg.partition("/")
        self.engine.complete(HERE, RequestId(request), leg, responder=who)

    def withdrawn(self) -> list[int]:
        """Return where in the log an offer was taken back."""
        events = self.engine.subscribe(community=HERE)
        return [event.position for event in events if isinstance(event.fact, OfferWithdrawn)]

    def urgency_of(self, leg: str) -> str:
        """Return how urgent the request of a leg is."""
        return self.engine.request(HERE, RequestId(leg.partition("/")[0])).urgency.value


def hold_back(town: Town) -> dict[str, int | str]:
    """Six visits for two: two are asked, four wait their turn; who comes last and is ill is next."""
    visits = [f"{town.visit(floor)}/visit" for floor in VISITS]
    first = town.tick()
    waiting = [why_leg(town.log, leg) for leg in visits if leg not in {offer.leg for offer in first}]
    planned = [one for one in waiting if isinstance(one, Unserved) and one.planned is not None]
    town.visit(17, Urgency.HEALTH)
    idle = town.tick(minutes=2)
    town.serve(first[0].responder)
    (after,) = town.tick(minutes=10)
    return {
        "asked at once": len(first),
        "in the plan and told to nobody": len(planned),
        "offers while they are at work": len(idle),
        "places in the plan": ", ".join(map(str, sorted(one.planned_place or 0 for one in planned))),
        "next, although it came last": town.urgency_of(after.leg),
    }


def take_back(town: Town) -> dict[str, int | str]:
    """One is at work, one was asked just now: a threat to life waits until the freeze is over, and no longer."""
    for who in town.staff:
        town.serve(who)
    sent, busy = town.tick(minutes=5)
    town.engine.accept(HERE, busy.offer)
    town.visit(18, Urgency.LIFE)
    freeze = town.engine.policy(HERE).freeze_s
    town.tick(seconds=freeze - 1)
    frozen = len(town.withdrawn())
    town.tick(seconds=1)
    (position,) = town.withdrawn()
    found = why(town.log, position)
    if not isinstance(found, TakenBack) or found.instead is None:
        raise TypeError(f"an offer that was taken back for another leg was expected, not {type(found).__name__}")
    told = [said for name in ("zh-CN", "en") for said in WhyWords(Words(name), "Asia/Shanghai").told(found)]
    town.serve(sent.responder)
    (again,) = town.tick(minutes=5)
    return {
        "taken back within the freeze": frozen,
        "taken back after it": len(town.withdrawn()),
        "taken back for": town.urgency_of(found.instead),
        "by the level": found.decisive or "none",
        "proven": "yes" if found.is_proven else "no",
        "asked again after it was taken back": "yes" if (again.leg, again.responder) == at(sent) else "no",
        "offers for it after the no": ", ".join(decline(town, again)),
        "codes in the words": sum("_" in sentence for sentence in told),
    }


def at(offer: Offer) -> tuple[str, ResponderId]:
    """Return for what an offer is, and to whom."""
    return offer.leg, offer.responder


def decline(town: Town, offer: Offer) -> list[str]:
    """Say no, serve whatever else there is, and return who is asked for that visit from then on."""
    before = len(town.asked)
    town.engine.decline(HERE, offer.offer, reason="back_hurts")
    del town.open[offer.responder]
    town.tick(minutes=5)
    while town.open:
        for who in tuple(town.open):
            town.serve(who)
        town.tick(minutes=5)
    later = [one.responder for one in town.asked[before:] if one.leg == offer.leg]
    return ["the same" if who == offer.responder else "the colleague" for who in later]


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Hold back, overtake, take back, decline."""
    town = Town(engine, clock)
    return {**hold_back(town), **take_back(town)}


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
