"""Boards made of states, without a log: whatever a match run may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from dispatch.domain.building import Building
from dispatch.domain.community import Registered
from dispatch.domain.control import Control
from dispatch.domain.help_request import AwaitingHelp, HelpRequest
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.leg import Leg, PlannedLeg, Waiting
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.resident import Resident
from dispatch.domain.responder import Responder, Work
from dispatch.domain.shift import Shift
from dispatch.domain.values import (
    BuildingId,
    CommunityId,
    CompoundId,
    ControlLevel,
    HouseholdId,
    LegId,
    OfferId,
    Place,
    Point,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    Side,
    Urgency,
)
from dispatch.matching.board import Board

HERE = CommunityId("riverside")
AT = datetime(2022, 5, 16, 2, 0, tzinfo=UTC)
GARDEN = CompoundId("k-garden")
TOWER, WALK_UP, FAR = BuildingId("b-tower"), BuildingId("b-walkup"), BuildingId("b-far")
IN_TOWER = Place(compound=GARDEN, building=TOWER)
LONG = Shift(starts_at=AT - timedelta(days=1), ends_at=AT + timedelta(days=30))
EVERYWHERE = (Place(),)


def on_floor(floor: str, building: BuildingId = TOWER) -> Place:
    """Return a floor of a building."""
    return Place(compound=None if building == FAR else GARDEN, building=building, floor=floor)


def register(*controls: Control, policy: Policy = EVERYDAY) -> Registered:
    """Return a community of two buildings in a compound and one apart."""
    floors = tuple(str(floor) for floor in range(1, 10))
    buildings = {
        building: Building(
            building=building,
            name=building,
            key=building,
            compound=None if building == FAR else GARDEN,
            floors=floors,
            entrance="1",
            lift=building == TOWER,
        )
        for building in (TOWER, WALK_UP, FAR)
    }
    return Registered(
        community_name="Riverside",
        time_zone="Asia/Shanghai",
        duty="desk",
        catalogue=EVERYDAY_CATALOGUE,
        policy=policy,
        compounds={GARDEN: "Garden"},
        buildings=buildings,
        controls=controls,
    )


def person(**changes: Any) -> Responder:
    """Return a volunteer who may do anything anywhere, changed."""
    plain = Responder(
        role=Role.VOLUNTEER,
        home=None,
        resident=None,
        scopes=EVERYWHERE,
        skills=frozenset(),
        capacity=12,
        clearance=ControlLevel.OPEN,
        shifts=(LONG,),
    )
    return replace(plain, **changes)


def works(*efforts: int, beneficiary: str = "p-other") -> dict[LegId, Work]:
    """Return work that somebody has taken, of these efforts."""
    return {
        LegId(f"q-old{index}/x"): Work(
            OfferId(f"q-old{index}#1"), LegId(f"q-old{index}/x"), ResidentId(beneficiary), effort
        )
        for index, effort in enumerate(efforts)
    }


def plan(**changes: Any) -> PlannedLeg:
    """Return a leg of one person and one unit, on the inside, for everybody, changed."""
    fields: dict[str, Any] = {
        "name": "inside",
        "side": Side.INSIDE,
        "origin": Point.SHELF,
        "destination": Point.DOOR,
        "crew": 1,
        "effort": 1,
        "roles": tuple(Role)[:8],
        "minutes": 10,
    }
    return PlannedLeg(**fields | changes)


def leg(**changes: Any) -> Leg:
    """Return a leg that waits since two hours, its plan changed; `tried` and `asks` may be given."""
    state = {
        name: changes.pop(name) for name in ("tried", "asks", "asks_made", "ready_at", "returned") if name in changes
    }
    return replace(Waiting(plan(**changes), ready_at=AT - timedelta(hours=2)), **state)


def request(*legs: Leg, **changes: Any) -> HelpRequest:
    """Return a request of p-1 on the tower's 5th floor, received two hours ago and due tomorrow, changed."""
    fields: dict[str, Any] = {
        "beneficiary": ResidentId("p-1"),
        "kind": "food",
        "place": on_floor("5"),
        "received_at": AT - timedelta(hours=2),
        "needed_by": None,
        "urgency": Urgency.HARDSHIP,
        "due_at": AT + timedelta(days=1),
        "legs": legs or (leg(),),
    }
    return AwaitingHelp(**fields | changes)


def resident(**changes: Any) -> Resident:
    """Return a resident of the tower's 5th floor, changed."""
    return replace(Resident(household=HouseholdId("h-1"), place=on_floor("5")), **changes)


def board(
    people: Mapping[str, Responder],
    requests: Mapping[str, HelpRequest],
    *,
    residents: Mapping[str, Resident] | None = None,
    here: Registered | None = None,
    **changes: Any,
) -> Board:
    """Return a board; residents that are not given are plain ones."""
    named = {state.beneficiary for state in requests.values()}
    return Board(
        community=HERE,
        position=100,
        register=here or register(),
        responders={ResponderId(r): state for r, state in people.items()},
        requests={RequestId(q): state for q, state in requests.items()},
        residents={p: resident() for p in named} | {ResidentId(p): state for p, state in (residents or {}).items()},
        **changes,
    )


def random_board(seed: int, *, people: int, requests: int, crews: float = 0.0, policy: Policy = EVERYDAY) -> Board:
    """Return a board that a seed decides: mixed urgencies, places, loads, histories, and so many crews of three."""
    draw = Random(seed)
    buildings = (TOWER, WALK_UP, FAR)
    homes = [None, *(on_floor(str(floor), building) for floor in range(1, 6) for building in buildings)]
    residents = {
        f"p-{index}": Resident(HouseholdId(f"h-{index}"), on_floor(str(draw.randint(1, 5)), draw.choice(buildings)))
        for index in range(max(1, requests // 2))
    }
    return board(
        {f"r-{index:04}": _anybody(draw, homes, residents) for index in range(people)},
        {f"q-{index:05}": _anything(draw, residents, crew=draw.random() < crews) for index in range(requests)},
        residents=residents,
        here=register(policy=policy),
    )


def _anybody(draw: Random, homes: list[Place | None], residents: Mapping[str, Resident]) -> Responder:
    home = draw.choice(homes)
    local = home is not None and draw.random() < 0.3
    met = {
        ResidentId(who): (draw.randint(1, 6), AT.toordinal() - draw.randint(0, 20))
        for who in draw.sample(list(residents), min(2, len(residents)))
    }
    return person(
        role=draw.choice((Role.VOLUNTEER, Role.FLOOR_CAPTAIN, Role.CADRE)),
        home=home,
        scopes=(Place(compound=home.compound, building=home.building),) if home is not None and local else EVERYWHERE,
        capacity=draw.randint(3, 12),
        loads=works(*(draw.randint(1, 2) for _ in range(draw.randint(0, 2)))),
        burden={AT.toordinal() - draw.randint(0, 9): draw.randint(0, 30)},
        met=met,
        shifts=(LONG,) if draw.random() < 0.9 else (),
    )


def _anything(draw: Random, residents: Mapping[str, Resident], *, crew: bool) -> HelpRequest:
    who = draw.choice(list(residents))
    waited = timedelta(minutes=draw.randint(0, 600))
    return request(
        leg(
            effort=draw.randint(1, 4),
            crew=3 if crew else 1,
            ready_at=AT - waited,
            tried=frozenset({ResponderId("r-0001")}) if draw.random() < 0.1 else frozenset(),
        ),
        beneficiary=ResidentId(who),
        place=residents[who].place,
        received_at=AT - waited,
        urgency=draw.choice(tuple(Urgency)),
        due_at=AT - waited + timedelta(hours=draw.randint(1, 12)),
        same_person=draw.random() < 0.2,
    )
