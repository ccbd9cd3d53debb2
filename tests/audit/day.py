"""A small day through the real engine, in virtual time and with repeatable ids: everything a replay must survive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from dispatch.domain.help_request import AwaitingHelp, Delivered, HelpRequest, UnderWay
from dispatch.domain.leg import Taken
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.values import Actor, Place, RequestId, ResidentId, ResponderId, Role
from dispatch.engine import Dispatch

MORNING = datetime(2022, 3, 1, 0, 30, tzinfo=UTC)
HERE = "riverside"
THERE = "hillside"
KINDS = ("medicine", "food", "garbage", "stair_carry", "medical_ride")
DOCTOR = Actor(id="doctor-1", role=Role.MEDICAL_STAFF)
URGENCIES = ("life", "health", "hardship", "none", None)


@dataclass
class Day:
    """
    One day of two communities.

    Parameters
    ----------
    store
        Address of the store.
    seed
        Decides who answers what.
    """

    store: str
    seed: int = 2
    steps: int = 30
    now: datetime = MORNING
    residents: list[ResidentId] = field(default_factory=list)
    responders: list[ResponderId] = field(default_factory=list)
    requests: list[RequestId] = field(default_factory=list)

    def clock(self) -> datetime:
        """Give the virtual instant."""
        return self.now

    def run(self, after_step: Callable[[Dispatch], None] | None = None) -> None:
        """Live the day."""
        ids = (f"{number:016x}" for number in count(self.seed << 32))
        with Dispatch.open(self.store, clock=self.clock, ids=lambda: next(ids)) as engine:
            draw = Random(self.seed)
            self._set_up(engine)
            for step in range(self.steps):
                self.now += timedelta(minutes=draw.randint(3, 25))
                self._arrivals(engine, draw)
                self._incident(engine, step)
                engine.tick()
                self._answers(engine, draw)
                self._work(engine, draw)
                if after_step is not None:
                    after_step(engine)
            self.now += timedelta(hours=2)
            engine.tick()

    def _set_up(self, engine: Dispatch) -> None:
        engine.register_community(THERE, name="Hillside", duty="desk-2", policy=EVERYDAY)
        engine.register_building(THERE, "1", floors=3, lift=False)
        engine.register_responder(THERE, "cadre", skills=("stair_carry", "drive"))
        engine.register_community(HERE, name="Riverside", duty="desk-1", policy=EVERYDAY)
        tower = engine.register_building(HERE, "11", floors=8, lift=True)
        walk_up = engine.register_building(HERE, "12", floors=6, lift=False)
        for floor in range(1, 9):
            place = Place(building=tower, floor=str(floor))
            self.residents.append(engine.register_resident(HERE, place))
            captain = engine.register_responder(HERE, "floor_captain", home=place, capacity=6, name="Wang Li")
            self.responders.append(captain)
        for floor in range(1, 7):
            self.residents.append(engine.register_resident(HERE, Place(building=walk_up, floor=str(floor))))
        for role, skills, many in (
            ("community_worker", ("stair_carry", "protective_gear"), 3),
            ("cadre", ("stair_carry",), 2),
            ("driver", ("drive", "daily_test"), 2),
            ("volunteer", (), 1),
        ):
            for _ in range(many):
                made = engine.register_responder(HERE, role, skills=skills, capacity=20, name="Zhao Min")
                self.responders.append(made)
                if role == "driver":
                    self._car(engine, made)
        engine.grant(HERE, DOCTOR.id, DOCTOR.role)
        engine.begin_isolation(HERE, self.residents[2])
        engine.exclude(HERE, self.residents[3])

    def _car(self, engine: Dispatch, driver: ResponderId) -> None:
        car = engine.register_car(HERE)
        engine.issue_car_permit(HERE, car, valid_from=self.now, valid_until=self.now + timedelta(days=2))
        engine.take_car(HERE, car, driver=driver)

    def _ride(self, engine: Dispatch, who: ResidentId, urgency: str | None) -> RequestId:
        """Apply, be judged, and agree a car in an hour."""
        passed = engine.apply_for_pass(HERE, who, purpose="examination", need="the blue bag")
        engine.review_pass(HERE, passed, by=DOCTOR)
        until = self.now + timedelta(days=1)
        engine.issue_pass(HERE, passed, valid_from=self.now, valid_until=until, by=DOCTOR)
        pickup_at = self.now + timedelta(hours=1)
        return engine.book_ride(HERE, who, medical_pass=passed, pickup_at=pickup_at, urgency=urgency)

    def _arrivals(self, engine: Dispatch, draw: Random) -> None:
        for _ in range(draw.randint(0, 3)):
            who, kind, urgency = draw.choice(self.residents), draw.choice(KINDS), draw.choice(URGENCIES)
            if type(engine.resident(HERE, who)).__name__ != "Resident":
                continue
            if kind == "medical_ride":
                self.requests.append(self._ride(engine, who, urgency))
                continue
            asked = engine.open_request(HERE, kind, beneficiary=who, urgency=urgency, note="the blue bag")
            self.requests.append(asked)

    def _incident(self, engine: Dispatch, step: int) -> None:
        match step:
            case 5:
                until = self.now + timedelta(hours=1)
                engine.set_control_level(HERE, "11号楼", "temporary", until=until, reason="resident_alarm")
            case 9:
                engine.isolate_responder(HERE, self.responders[1])
            case 11:
                policy = EVERYDAY.model_copy(update={"version": 2, "respond_within_s": 300, "offers_per_run_max": 2})
                engine.adopt_policy(HERE, policy)
            case 13:
                engine.erase(HERE, self.residents[0])
            case 15:
                for responder in self.responders[8:13]:
                    engine.set_skills(HERE, responder, ())
            case 18:
                for responder in self.responders[8:13]:
                    engine.set_skills(HERE, responder, ("stair_carry",))
            case 20:
                engine.end_responder_isolation(HERE, self.responders[1])
                self.responders.remove(self.responders[-1])
            case 22:
                engine.erase(HERE, self.responders[0])
            case 24:
                engine.open_request(THERE, "food", beneficiary=engine.register_resident(THERE, "1号楼2层"))

    def _open(self, engine: Dispatch) -> Iterator[tuple[RequestId, HelpRequest]]:
        for request in self.requests:
            state = engine.request(HERE, request)
            if isinstance(state, AwaitingHelp | UnderWay | Delivered):
                yield request, state

    def _answers(self, engine: Dispatch, draw: Random) -> None:
        for _, state in list(self._open(engine)):
            for leg in state.legs:
                for ask in leg.asks:
                    if ask.accepted:
                        continue
                    luck = draw.random()
                    if luck < 0.6:
                        engine.accept(HERE, ask.offer)
                    elif luck < 0.75:
                        engine.decline(HERE, ask.offer)

    def _work(self, engine: Dispatch, draw: Random) -> None:
        for request, state in list(self._open(engine)):
            if isinstance(state, Delivered):
                engine.confirm(HERE, request)
                engine.close_request(HERE, request)
                continue
            for leg in state.legs:
                luck = draw.random()
                if not isinstance(leg, Taken) or luck > 0.7:
                    continue
                if luck < 0.06:
                    engine.release(HERE, request, leg.plan.name, reason="sick")
                elif luck < 0.12:
                    engine.fail(HERE, request, leg.plan.name, outcome="not_home")
                    engine.requeue(HERE, request, leg.plan.name)
                else:
                    engine.complete(HERE, request, leg.plan.name)
                    if leg.plan.name == "to_hospital":
                        engine.ready_for_return(HERE, request)
