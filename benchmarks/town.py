"""
A closed community of 18-floor towers through the public verbs, as large as asked: what a drain really meets.

One captain a floor, who serves the own tower; cadres, each for one tower and its neighbour; everybody
else is a resident. Open requests come from everywhere, crowded towers more often.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dispatch import EVERYDAY, Dispatch, NumberedIds, Policy, ResidentId, ResponderId, Role, VirtualClock

HERE = "towers"
FLOORS = 18
CAPTAINS_PERCENT = 72
START = datetime(2022, 5, 16, 0, 30, tzinfo=UTC)
"""08:30 in Shanghai."""
KINDS = ("food", "food", "food", "medicine", "parcel", "garbage")


@dataclass
class Town:
    """An engine on a settled community, its clock, and who is there."""

    engine: Dispatch
    clock: VirtualClock
    responders: tuple[ResponderId, ...]
    residents: tuple[ResidentId, ...]
    draw: random.Random

    def opens(self) -> str:
        """Let somebody call for help, a second later."""
        self.clock.move_to(self.clock.now + timedelta(seconds=1))
        return self.engine.open_request(HERE, self.draw.choice(KINDS), beneficiary=self.draw.choice(self.residents))


def settle(*, responders: int, residents: int, requests: int, policy: Policy = EVERYDAY, seed: int = 1) -> Town:
    """Register everybody and everything, and open so many requests; nothing is shared out yet."""
    draw, clock = random.Random(seed), VirtualClock(START)
    engine = Dispatch.open("sqlite:///:memory:", clock=clock, ids=NumberedIds())
    engine.register_community(HERE, name="河畔社区", duty="duty-desk", policy=policy)
    towers = max(1, responders * CAPTAINS_PERCENT // 100 // FLOORS)
    names = [f"{number}号楼" for number in range(1, towers + 1)]
    for name in names:
        engine.register_building(HERE, name, floors=FLOORS, lift=True)
    people, homes = [], []
    with engine.batch(HERE) as batch:
        for number in range(responders):
            if number < towers * FLOORS:
                tower = names[number // FLOORS]
                home = f"{tower}{number % FLOORS + 1}层"
                capacity = draw.choice((3, 4, 4, 5, 6))
                people.append(
                    batch.register_responder(HERE, Role.FLOOR_CAPTAIN, home=home, scope=tower, capacity=capacity)
                )
            else:
                at = draw.randrange(towers)
                scope = [names[at], names[(at + 1) % towers]]
                people.append(batch.register_responder(HERE, Role.CADRE, scope=scope, capacity=draw.choice((6, 8, 10))))
        crowded = [draw.choice((1, 1, 2, 2, 3)) for _ in names]
        for number in range(residents):
            tower = draw.choices(names, crowded)[0]
            door = draw.randrange(FLOORS) + 1
            homes.append(batch.register_resident(HERE, f"{tower}{door:02}{number % 99 + 1:02}"))
    town = Town(engine, clock, tuple(people), tuple(homes), draw)
    with engine.batch(HERE) as batch:
        for _ in range(requests):
            batch.open_request(HERE, draw.choice(KINDS), beneficiary=draw.choice(homes))
    assert not batch.refused, batch.refused[:3]
    return town
