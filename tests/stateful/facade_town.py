"""The community that the machine over the façade begins with, and what it has seen of it by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dispatch import EVERYDAY, Actor, Dispatch, Policy, RequestId, ResidentId, ResponderId, Role

HERE = "riverside"
TOWER, WALK_UP = "11号楼", "12号楼"
PLACES = (TOWER, WALK_UP, "11号楼5层", "12号楼6层")
START = datetime(2022, 5, 16, 0, 30, tzinfo=UTC)
"""08:30 in Shanghai."""

DOCTOR = Actor(id="doctor", role=Role.MEDICAL_STAFF)
WORKER = Actor(id="worker", role=Role.COMMUNITY_WORKER)
DUSK = Actor(id="dusk", role=Role.CADRE)
"""Nobody ever granted this account anything."""

POLICY = EVERYDAY.model_copy(update={"overtaken_max": 2, "triage_within_s": 600})
"""The everyday one, in which others go first at most twice before a person is called (L3)."""


@dataclass
class World:
    """Ids that the façade has given out, and who is there; names only, no state."""

    people: dict[ResponderId, Role] = field(default_factory=dict)
    residents: list[ResidentId] = field(default_factory=list)
    gone: list[ResidentId] = field(default_factory=list)
    requests: list[RequestId] = field(default_factory=list)
    made: dict[str, list[str]] = field(default_factory=dict)

    def of(self, noun: str) -> list[str]:
        """Return the ids of a noun, such as custody."""
        return self.made.setdefault(noun, [])


def settle(engine: Dispatch, now: datetime, *, policy: Policy = POLICY) -> World:
    """Register a community: two buildings, twelve people who help, four who need help, a car, a lot."""
    engine.register_community(HERE, name="河畔社区", duty="duty-desk", policy=policy)
    engine.register_building(HERE, TOWER, floors=8, lift=True)
    engine.register_building(HERE, WALK_UP, floors=6, lift=False)
    world = World()
    with engine.batch(HERE) as batch:
        for role, home, skills, capacity in (
            (Role.FLOOR_CAPTAIN, "11号楼5层", (), 8),
            (Role.FLOOR_CAPTAIN, "12号楼6层", (), 20),
            (Role.BUILDING_LEAD, "11号楼2层", (), 12),
            (Role.VOLUNTEER, "12号楼2层", ("stair_carry",), 20),
            (Role.VOLUNTEER, "12号楼3层", ("stair_carry",), 20),
            (Role.VOLUNTEER, "11号楼1层", ("stair_carry",), 6),
            (Role.CADRE, None, ("protective_gear", "stair_carry"), 40),
            (Role.CADRE, None, ("protective_gear",), 40),
            (Role.COMMUNITY_WORKER, None, ("stair_carry", "protective_gear"), 30),
            (Role.DRIVER, None, ("drive",), 40),
            (Role.COUNSELLOR, None, (), 10),
        ):
            clearance = "sealed" if role.is_staff else "open"
            who = batch.register_responder(HERE, role, home=home, skills=skills, capacity=capacity, clearance=clearance)
            world.people[who] = role
        world.residents = [batch.register_resident(HERE, where) for where in ("11号楼501", "12号楼601", "12号楼302")]
    engine.grant(HERE, DOCTOR.id, DOCTOR.role)
    engine.grant(HERE, WORKER.id, WORKER.role)
    car = engine.register_car(HERE)
    engine.issue_car_permit(HERE, car, valid_from=now, valid_until=now + timedelta(days=20))
    engine.take_car(HERE, car, driver=next(who for who, role in world.people.items() if role is Role.DRIVER))
    world.of("car").append(car)
    return world
