"""What happens on the demonstration day: everyday requests by the hundred, and what each theme of the day adds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from dispatch import Actor, ControlLevel, RequestId, ResidentId, Role, Urgency

from . import day_control, day_crews, day_duty, day_goods, day_requests, day_rounds
from .agenda import Agenda
from .town import COMMUNITY, TOWER, WALK_UP, pick

REQUESTS = {"food": 52, "medicine": 38, "garbage": 46, "stair_carry": 4, "medical_ride": 10}
OPENS_AT = {
    "food": (7.0, 19.0),
    "medicine": (7.5, 19.5),
    "garbage": (6.75, 20.0),
    "stair_carry": (8.5, 16.0),
    "medical_ride": (7.5, 16.5),
}
ISOLATED_EVERY = 11
URGENT_RIDE_EVERY = 2
ALARM_FROM, ALARM_UNTIL = 11.0, 18.0
HALF_A_MINUTE = 1 / 120
LIFE_AT = 15.4
CAPTAIN_ISOLATED_AT = 13.5
ERASED_AT = 20.5
THEMES = (day_requests, day_goods, day_crews, day_control, day_duty, day_rounds)


class Day(Agenda):
    """The everyday part of the day: who asks for what, and what goes wrong."""

    def prepare(self) -> None:
        """Put the day's requests and events on the agenda, then what each theme adds."""
        for kind, number in REQUESTS.items():
            for index in range(number):
                begins, ends = OPENS_AT[kind]
                hours = begins + (ends - begins) * pick("when", kind, index, among=10_000) / 10_000
                self.at(hours, partial(self.ask, kind, index))
        self.at(6.6, self.isolate_some)
        self.at(ALARM_FROM - HALF_A_MINUTE, self.just_before_the_alarm)
        self.at(ALARM_FROM, self.temporary_control)
        self.at(LIFE_AT, self.life_threat)
        self.at(CAPTAIN_ISOLATED_AT, self.captain_isolated)
        self.at(ERASED_AT, self.erase_one)
        for theme in THEMES:
            theme.plan(self)

    def isolate_some(self) -> None:
        """Some residents of the tower are isolated at home; one excludes a neighbour (回避)."""
        for resident in self.homes(TOWER)[::ISOLATED_EVERY]:
            self.engine.begin_isolation(COMMUNITY, resident)
        self.engine.exclude(COMMUNITY, self.homes(WALK_UP)[2])

    def ask(self, kind: str, index: int) -> None:
        """One household asks."""
        among = (
            self.homes(WALK_UP)
            if kind == "stair_carry" or pick("where", kind, index, among=5) == 0
            else self.homes(TOWER)
        )
        resident = among[pick("who", kind, index, among=len(among))]
        if kind == "medical_ride":
            self.ride(resident, index)
            return
        request = self.engine.open_request(COMMUNITY, kind, beneficiary=resident)
        self.requests.append(request)
        if pick("worse", kind, index, among=12) == 0:
            self.after(30, partial(self.worse, request))
        elif pick("cancel", kind, index, among=25) == 0:
            self.after(15, partial(self.cancel, request))

    def ride(self, resident: ResidentId, index: int) -> None:
        """Somebody applies, the medical group judges, and a car is agreed for later in the day (R12)."""
        now, doctor = self.clock(), Actor(id="doctor-1", role=Role.MEDICAL_STAFF)
        passed = self.engine.apply_for_pass(COMMUNITY, resident, purpose="regular_treatment")
        self.engine.review_pass(COMMUNITY, passed, by=doctor)
        self.engine.issue_pass(COMMUNITY, passed, valid_from=now, valid_until=now + timedelta(days=1), by=doctor)
        pickup_at = now + timedelta(minutes=70 + pick("pickup", index, among=60))
        urgent = "treatment_today" if index % URGENT_RIDE_EVERY == 0 else None
        request = self.engine.book_ride(COMMUNITY, resident, medical_pass=passed, pickup_at=pickup_at, urgent=urgent)
        self.requests.append(request)

    def worse(self, request: RequestId) -> None:
        """The judgement changes: it is about health now."""
        self.engine.change_urgency(COMMUNITY, request, Urgency.HEALTH, reason="condition_worse")

    def cancel(self, request: RequestId) -> None:
        """The household does not need it any more."""
        self.engine.cancel(COMMUNITY, request, reason="not_needed")
        self.counts["cancelled"] += 1

    def just_before_the_alarm(self) -> None:
        """A household of the walk-up asks for food: a neighbour's offer is open when the control shuts them in."""
        request = self.engine.open_request(COMMUNITY, "food", beneficiary=self.homes(WALK_UP)[4])
        self.requests.append(request)

    def temporary_control(self) -> None:
        """A resident's alarm at 11:00: the walk-up is under temporary control (R20)."""
        self.engine.set_control_level(COMMUNITY, WALK_UP, ControlLevel.TEMPORARY, reason="resident_alarm")

    def life_threat(self) -> None:
        """A threat to life: the duty contact is alarmed at once, and takes it after four minutes."""
        resident = self.homes(TOWER)[37]
        request = self.engine.open_request(COMMUNITY, "medical_ride", beneficiary=resident, urgency=Urgency.LIFE)
        self.requests.append(request)
        self.after(4, partial(self.engine.acknowledge_alarm, COMMUNITY, request))

    def captain_isolated(self) -> None:
        """A captain is isolated: what they hold is released at once (A2)."""
        captain = next(iter(self.town.captains))
        self.engine.isolate_responder(COMMUNITY, captain)

    def erase_one(self) -> None:
        """Somebody wants their data erased; the audit must not notice."""
        self.engine.erase(COMMUNITY, self.homes(WALK_UP)[7])
