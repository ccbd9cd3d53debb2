"""
Why me, why not they, why nobody: an auditor asks and the log answers (part C «Explaining»; R18, R33).

Somebody on the 5th and somebody on the 6th floor need help with a health code; the captains of the 5th, 6th and 7th
floors take one leg at a time. Each is asked on the own floor. Had the captain of the 6th been sent to the 5th,
the help on the 6th would have gone to somebody else too. Then a man on the third floor needs carrying, by three (S1).
Of the three who are there one has not learnt it; the audit says so, and the single change that would serve him. It
is made, and the crew goes.

The crew of three is the newspaper's, and so are captains of single floors (S2); the rest is ours.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TypeVar

from dispatch import (
    EVERYDAY,
    Dispatch,
    MatchDecided,
    NumberedIds,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    VirtualClock,
)
from dispatch.audit import Alternative, Explanation, LegStanding, Log, Unserved, Why, WhyWords, explain, why_leg
from dispatch.words import Words

T = TypeVar("T")
START = datetime(2022, 5, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
HERE, TOWER = "riverside", "1号楼"
FLOORS, CREW = (5, 6, 7), 3
FIGURES = {
    "asked on their own floor": 2,
    "decided by": "own_floor",
    "legs that move if the 6th goes to the 5th": 1,
    "carriers who could go": 2,
    "what would serve": "has_the_skills",
    "whom it would let go": 1,
    "carriers asked then": 3,
    "decisions proven": 5,
    "codes in the words": 0,
}


def answer(kind: type[T], found: object) -> T:
    """Return what was found, which must be of a kind."""
    if not isinstance(found, kind):
        raise TypeError(f"expected {kind.__name__}, found {type(found).__name__}")
    return found


class Town:
    """A tower with three captains, and three carriers of whom one is new."""

    def __init__(self, engine: Dispatch) -> None:
        self.engine, self.log = engine, Log(engine.journal.recorder)
        engine.register_community(HERE, name="河畔社区", duty="duty-desk")
        engine.register_building(HERE, TOWER, floors=7, lift=False)
        engine.adopt_policy(HERE, EVERYDAY.model_copy(update={"version": 9, "offers_ahead_max": 1}))
        self.captains = {floor: self._captain(floor) for floor in FLOORS}
        carriers = [engine.register_responder(HERE, Role.CADRE, skills=("stair_carry",)) for _ in range(CREW - 1)]
        self.newcomer = engine.register_responder(HERE, Role.CADRE)
        self.carriers = [*carriers, self.newcomer]

    def _captain(self, floor: int) -> ResponderId:
        return self.engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home=f"{TOWER}{floor}层", scope=TOWER)

    def resident(self, floor: int) -> ResidentId:
        """Return somebody new who lives on a floor."""
        return self.engine.register_resident(HERE, f"{TOWER}{floor}01室", name=f"住户{floor}")

    def decision(self, leg: str) -> int:
        """Return the position of the decision by which somebody is asked for a leg."""
        return answer(LegStanding, why_leg(self.log, leg)).decisions[0]


def help_with_codes(town: Town) -> tuple[int, Explanation]:
    """Let two floors ask; count who is asked at home, and ask why not the 6th floor's captain for the 5th floor."""
    asked = {floor: town.engine.open_request(HERE, "health_code", beneficiary=town.resident(floor)) for floor in (5, 6)}
    at_home = {town.captains[floor]: request for floor, request in asked.items()}
    offers = town.engine.tick().offers
    found = explain(town.log, town.decision(f"{asked[5]}/visit"), instead=town.captains[6])
    return sum(offer.leg.startswith(at_home.get(offer.responder, "nobody")) for offer in offers), found


def carry(town: Town) -> tuple[Unserved, int]:
    """Ask for the carry, ask why nobody goes, make the one change, and count who is asked then."""
    request: RequestId = town.engine.open_request(HERE, "stair_carry", beneficiary=town.resident(3))
    town.engine.tick()
    nobody = answer(Unserved, why_leg(town.log, request))
    for responder in nobody.helped_by:
        if responder in town.carriers:
            town.engine.set_skills(HERE, responder, ("stair_carry",))
    return nobody, len(town.engine.tick().offers)


def play(engine: Dispatch, clock: VirtualClock) -> dict[str, int | str]:
    """Ask why at each turn."""
    town = Town(engine)
    at_home, found = help_with_codes(town)
    clock.move_to(START + timedelta(minutes=1))
    nobody, carriers = carry(town)
    decided = [event.position for event in engine.subscribe(community=HERE) if isinstance(event.fact, MatchDecided)]
    every = [explain(town.log, position) for position in decided]
    answers: list[Why] = [found, nobody, *every]
    told = [
        sentence
        for one in answers
        for language in ("zh-CN", "en")
        for sentence in WhyWords(Words(language), "Asia/Shanghai").told(one)
    ]
    return {
        "asked on their own floor": at_home,
        "decided by": answer(Alternative, found.second).decisive or "nothing",
        "legs that move if the 6th goes to the 5th": len(answer(Alternative, found.instead).moves),
        "carriers who could go": nobody.eligible,
        "what would serve": ", ".join(nobody.relaxation),
        "whom it would let go": len([responder for responder in nobody.helped_by if responder in town.carriers]),
        "carriers asked then": carriers,
        "decisions proven": sum(one.is_proven for one in every),
        "codes in the words": sum("_" in sentence for sentence in told),
    }


if __name__ == "__main__":
    now = VirtualClock(START)
    with Dispatch.open("sqlite:///:memory:", clock=now, ids=NumberedIds()) as alone:
        print(play(alone, now))
