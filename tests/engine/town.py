"""A small community, set up through the public verbs, and a clock that stands until it is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch import Actor, Dispatch, Offer, Refused, RequestId, ResidentId, ResponderId, Role
from dispatch.domain.help_request import HelpRequest

HERE = "riverside"
MORNING = datetime(2022, 5, 16, 0, 30, tzinfo=UTC)
"""08:30 in Shanghai."""
NAIVE = MORNING.replace(tzinfo=None)
"""An instant that nobody can place."""
TOWER, WALK_UP = "11号楼", "12号楼"
RESIDENT_NAME, RESIDENT_PHONE, DOOR = "住户甲", "10000000001", "501"


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the instant it shows."""
        return self.now

    def forward(self, *, minutes: float = 0, hours: float = 0) -> datetime:
        """Move it, and return the new instant."""
        self.now += timedelta(minutes=minutes, hours=hours)
        return self.now


@dataclass
class Town:
    """
    An engine on a settled community.

    Two buildings: a tower with a lift, a walk-up without. A captain on the tower's 5th floor, a
    volunteer of the walk-up, a cadre for everything, a driver; a resident on the tower's 5th floor and
    one on the walk-up's 6th.
    """

    engine: Dispatch
    clock: Clock
    captain: ResponderId
    volunteer: ResponderId
    cadre: ResponderId
    driver: ResponderId
    resident: ResidentId
    high: ResidentId

    def tick(self) -> dict[str, Offer]:
        """Tick, and return the offers that went out, by leg."""
        return {offer.leg: offer for offer in self.engine.tick().offers}

    def request(self, request: RequestId) -> HelpRequest:
        """Return a request's state."""
        return self.engine.request(HERE, request)

    def stage(self, request: RequestId) -> str:
        """Return the name of a request's state."""
        return type(self.request(request)).__name__

    def open(self, kind: str = "food", **more: Any) -> RequestId:
        """Open a request of the resident on the 5th floor."""
        more.setdefault("beneficiary", self.resident)
        return self.engine.open_request(HERE, kind, **more)

    def doctor(self) -> Actor:
        """Return a member of the medical group, who holds that role."""
        self.engine.grant(HERE, "doctor", Role.MEDICAL_STAFF)
        return Actor(id="doctor", role=Role.MEDICAL_STAFF)

    def ride(self, beneficiary: ResidentId, *, hours: float = 1, valid_hours: float = 24) -> RequestId:
        """Book a ride with a pass of its own; an hour ahead it is shared out at once."""
        now, doctor = self.clock.now, self.doctor()
        passed = self.engine.apply_for_pass(HERE, beneficiary, purpose="examination")
        self.engine.review_pass(HERE, passed, by=doctor)
        until = now + timedelta(hours=valid_hours)
        self.engine.issue_pass(HERE, passed, valid_from=now, valid_until=until, by=doctor)
        return self.engine.book_ride(HERE, beneficiary, medical_pass=passed, pickup_at=now + timedelta(hours=hours))

    def topics(self, *, after: int = 0) -> list[str]:
        """Return what the log holds after a position."""
        return [event.topic for event in self.engine.subscribe(after=after)]

    def serve(self, leg: str, offers: dict[str, Offer]) -> None:
        """Let whoever is asked for a leg accept and do it."""
        offer = offers[leg]
        request, _, name = leg.partition("/")
        self.engine.accept(HERE, offer.offer)
        self.engine.complete(HERE, RequestId(request), name, responder=offer.responder)


def settle(engine: Dispatch, clock: Clock) -> Town:
    """Register everybody."""
    engine.register_community(HERE, name="河畔社区", duty="duty-desk")
    engine.register_building(HERE, TOWER, floors=8, lift=True)
    engine.register_building(HERE, WALK_UP, floors=6, lift=False)
    return Town(
        engine,
        clock,
        captain=engine.register_responder(HERE, "floor_captain", home="11号楼5层", capacity=10, name="楼层长乙"),
        volunteer=engine.register_responder(HERE, "volunteer", home="12号楼2层", scope=WALK_UP),
        cadre=engine.register_responder(HERE, "cadre", capacity=40, skills=["protective_gear"], clearance="sealed"),
        driver=engine.register_responder(HERE, "driver", capacity=40, skills=["drive", "daily_test"]),
        resident=engine.register_resident(HERE, f"11号楼{DOOR}", name=RESIDENT_NAME, phone=RESIDENT_PHONE),
        high=engine.register_resident(HERE, "12号楼601"),
    )


@contextmanager
def town_on(store: str, **more: Any) -> Iterator[Town]:
    """Give a settled community on a store."""
    clock = Clock()
    with Dispatch.open(store, clock=clock, **more) as engine:
        yield settle(engine, clock)


def refusal_of(say: Callable[[], object]) -> Refused:
    """Return why something is refused; it is an error if it is not."""
    with pytest.raises(Refused) as caught:
        say()
    return caught.value


def by(who: str, role: Role | str) -> Actor:
    """Return somebody who speaks."""
    return Actor(id=who, role=Role(role))
