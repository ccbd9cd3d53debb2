"""
Who and what there is on the demonstration day.

A 19-floor tower with a lift under 管控 and a captain on every floor (R18), a six-floor walk-up
without one, staff from outside, five stair carriers (R9), two cars (R13), two firefighters (R25) and
two in gear for the night (R28).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch import (
    EVERYDAY,
    BuildingId,
    CommunityId,
    ControlLevel,
    Dispatch,
    ResidentId,
    ResponderId,
    Role,
)

COMMUNITY = CommunityId("riverside")
TOWER, WALK_UP = "1号楼", "2号楼"
TOWER_FLOORS, WALK_UP_FLOORS = 19, 6
TOWER_DOORS, WALK_UP_DOORS = 4, 3
PAPER_CAPTAIN_EVERY = 6


@dataclass
class Town:
    """The ids of everybody and everything registered."""

    tower: BuildingId
    walk_up: BuildingId
    lead: ResponderId
    captains: dict[ResponderId, int] = field(default_factory=dict)
    paper: set[ResponderId] = field(default_factory=set)
    staff: dict[ResponderId, Role] = field(default_factory=dict)
    drivers: list[ResponderId] = field(default_factory=list)
    neighbours: list[ResponderId] = field(default_factory=list)
    homes: dict[ResidentId, tuple[str, int]] = field(default_factory=dict)
    doors: dict[tuple[str, int, int], ResidentId] = field(default_factory=dict)

    @property
    def steward(self) -> ResponderId:
        """Return the cadre who answers for things and people beyond one building."""
        return [person for person, role in self.staff.items() if role is Role.CADRE][1]

    @property
    def callers(self) -> list[ResponderId]:
        """Return the two cadres who ring households."""
        return [person for person, role in self.staff.items() if role is Role.CADRE][2:4]

    @property
    def firefighters(self) -> list[ResponderId]:
        """Return the two neighbours who serve at the fire station."""
        return self.neighbours[-2:]

    @property
    def names(self) -> dict[BuildingId, str]:
        """Return the buildings' names."""
        return {self.tower: TOWER, self.walk_up: WALK_UP}

    def role_of(self, responder: ResponderId) -> Role:
        """Return as what somebody is registered."""
        if responder == self.lead:
            return Role.BUILDING_LEAD
        if responder in self.captains:
            return Role.FLOOR_CAPTAIN
        return self.staff.get(responder, Role.VOLUNTEER)

    def everybody(self) -> tuple[ResponderId, ...]:
        """Return all responders, in order of registration."""
        return (*self.captains, self.lead, *self.neighbours, *self.staff)


def pick(*parts: object, among: int) -> int:
    """Return the same number from 0 to among-1 for the same parts, on any machine and at every run."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % among


def settle(engine: Dispatch, midnight: datetime) -> Town:
    """Register the community as it is at the beginning of the day."""
    # The day is handed out in a few drains, so several legs are offered to somebody at once.
    engine.register_community(COMMUNITY, name="河畔社区", duty="duty-desk", policy=EVERYDAY)
    tower = engine.register_building(COMMUNITY, TOWER, floors=TOWER_FLOORS, lift=True)
    walk_up = engine.register_building(COMMUNITY, WALK_UP, floors=WALK_UP_FLOORS, lift=False)
    engine.set_control_level(COMMUNITY, TOWER, ControlLevel.CONTROLLED, reason="case_found")
    lead = engine.register_responder(
        COMMUNITY, Role.BUILDING_LEAD, home=f"{TOWER}3层", capacity=8, shifts=_hours(midnight, (7, 22))
    )
    town = Town(tower, walk_up, lead)
    _captains(engine, town, midnight)
    _staff(engine, town, midnight)
    _residents(engine, town)
    return town


def _hours(midnight: datetime, *spans: tuple[float, float]) -> list[tuple[datetime, datetime]]:
    return [(midnight + timedelta(hours=start), midnight + timedelta(hours=end)) for start, end in spans]


def _captains(engine: Dispatch, town: Town, midnight: datetime) -> None:
    day = _hours(midnight, (6.5, 21.5))
    with engine.batch(COMMUNITY) as batch:
        for floor in range(1, TOWER_FLOORS + 1):
            paper = floor % PAPER_CAPTAIN_EVERY == 0
            captain = batch.register_responder(
                COMMUNITY, Role.FLOOR_CAPTAIN, home=f"{TOWER}{floor}层", capacity=10, shifts=day, paper=paper
            )
            town.captains[captain] = floor
            if paper:
                town.paper.add(captain)
        for floor in (1, 4, 3, 6):
            neighbour = batch.register_responder(
                COMMUNITY, Role.VOLUNTEER, home=f"{WALK_UP}{floor}层", scope=WALK_UP, capacity=14,
                shifts=_hours(midnight, (8, 12), (14, 20.5)),
            )  # fmt: skip
            town.neighbours.append(neighbour)


def _staff(engine: Dispatch, town: Town, midnight: datetime) -> None:
    posts: list[tuple[Role, list[str], ControlLevel, list[tuple[float, float]]]] = [
        (Role.CADRE, ["stair_carry", "protective_gear"], ControlLevel.SEALED, [(8, 20)]),
        (Role.COMMUNITY_WORKER, ["stair_carry", "protective_gear"], ControlLevel.CONTROLLED, [(8, 17.5)]),
        (Role.COMMUNITY_WORKER, ["stair_carry"], ControlLevel.CONTROLLED, [(8.5, 21)]),
        (Role.CADRE, ["stair_carry", "protective_gear"], ControlLevel.CONTROLLED, [(8, 14), (16, 22)]),
        (Role.CADRE, ["stair_carry"], ControlLevel.CONTROLLED, [(7, 19)]),
        (Role.CADRE, [], ControlLevel.OPEN, [(12, 22)]),
        (Role.DRIVER, ["drive"], ControlLevel.OPEN, [(7, 19)]),
        (Role.DRIVER, ["drive"], ControlLevel.OPEN, [(9, 22)]),
        (Role.COUNSELLOR, [], ControlLevel.OPEN, [(9, 18)]),
        (Role.COMMUNITY_WORKER, ["protective_gear"], ControlLevel.SEALED, [(20, 27)]),
        (Role.CADRE, ["protective_gear"], ControlLevel.SEALED, [(20, 27)]),
    ]
    with engine.batch(COMMUNITY) as batch:
        for role, skills, clearance, spans in posts:
            person = batch.register_responder(
                COMMUNITY, role, capacity=30, skills=skills, clearance=clearance, shifts=_hours(midnight, *spans)
            )
            town.staff[person] = role
            if role is Role.DRIVER:
                town.drivers.append(person)
    _cars(engine, town, midnight)


def _cars(engine: Dispatch, town: Town, midnight: datetime) -> None:
    """Give each driver a car with its permit; the sub-district may send two at a time (R13)."""
    engine.grant(COMMUNITY, "doctor-1", Role.MEDICAL_STAFF)
    engine.grant(COMMUNITY, "desk-2", Role.COMMUNITY_WORKER)
    engine.set_quota(COMMUNITY, "north", places=[TOWER, WALK_UP], cars=2, decides="district-desk")
    for driver in town.drivers:
        car = engine.register_car(COMMUNITY, area="north", features=["wheelchair"])
        engine.issue_car_permit(COMMUNITY, car, valid_from=midnight, valid_until=midnight + timedelta(days=1))
        engine.take_car(COMMUNITY, car, driver=driver)
        engine.grant_qualification(COMMUNITY, driver, "daily_test", valid_until=midnight + timedelta(days=1))


def _residents(engine: Dispatch, town: Town) -> None:
    homes = [(TOWER, floor, door) for floor in range(1, TOWER_FLOORS + 1) for door in range(1, TOWER_DOORS + 1)]
    homes += [(WALK_UP, floor, door) for floor in range(1, WALK_UP_FLOORS + 1) for door in range(1, WALK_UP_DOORS + 1)]
    with engine.batch(COMMUNITY) as batch:
        for building, floor, door in homes:
            where = f"{building}{floor}{door:02}室"
            resident = batch.register_resident(
                COMMUNITY, where, name=f"住户{floor}-{door}", phone=f"1000{floor:03}{door:04}"
            )
            town.homes[resident] = (building, floor)
            town.doors[building, floor, door] = resident
