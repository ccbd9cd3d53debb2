"""What happens on the demonstration day: about 150 requests of all kinds, answers, silence, a temporary control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from dispatch import (
    Actor,
    Call,
    ControlLevel,
    Dispatch,
    Offer,
    Rehearsal,
    RequestDelivered,
    RequestId,
    ResidentId,
    Role,
    Urgency,
    VirtualClock,
)

from .town import COMMUNITY, TOWER, WALK_UP, Town, pick

REQUESTS = {"food": 52, "medicine": 38, "garbage": 46, "stair_carry": 4, "medical_ride": 10}
OPENS_AT = {
    "food": (7.0, 19.0),
    "medicine": (7.5, 19.5),
    "garbage": (6.75, 20.0),
    "stair_carry": (8.5, 16.0),
    "medical_ride": (7.5, 16.5),
}
MINUTES = {
    "outside": (25, 60),
    "inside": (4, 12),
    "carry": (40, 40),
    "to_car": (10, 20),
    "to_hospital": (25, 45),
    "back_home": (30, 60),
    "to_door": (10, 20),
}
DECLINE_PERCENT, SILENT_PERCENT, RETURN_PERCENT = 10, 6, 3
ISOLATED_EVERY = 11
URGENT_RIDE_EVERY = 2
ALARM_FROM, ALARM_UNTIL = 11.0, 18.0
HALF_A_MINUTE = 1 / 120
LIFE_AT = 15.4
CAPTAIN_ISOLATED_AT = 13.5
ERASED_AT = 20.5


class Day:
    """The agenda of the day; everything is decided by hashes, so the day is the same at every run."""

    def __init__(self, engine: Dispatch, clock: VirtualClock, town: Town) -> None:
        self.engine = engine
        self.clock = clock
        self.town = town
        self.midnight = clock()
        self.rehearsal = Rehearsal(engine, clock, self.asked)
        self.requests: list[RequestId] = []
        self.counts: Counter[str] = Counter()

    def prepare(self) -> None:
        """Put the day's requests and events on the agenda."""
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

    def at(self, hours: float, step: Callable[[], object]) -> None:
        """Plan a step at an hour of the day."""
        self.rehearsal.plan(self.midnight + timedelta(hours=hours), step)

    def after(self, minutes: float, step: Callable[[], object]) -> None:
        """Plan a step so many minutes from now."""
        self.rehearsal.plan(self.clock() + timedelta(minutes=minutes), step)

    def homes(self, building: str | None = None) -> list[ResidentId]:
        """Return the residents of a building, or all."""
        return [resident for resident, (held_in, _) in self.town.homes.items() if building in (None, held_in)]

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
        """A resident's alarm at 11:00: the walk-up is under temporary control until 18:00 (R20)."""
        until = self.midnight + timedelta(hours=ALARM_UNTIL)
        self.engine.set_control_level(COMMUNITY, WALK_UP, ControlLevel.TEMPORARY, until=until, reason="resident_alarm")

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

    def asked(self, offer: Offer) -> None:
        """Decide when and how somebody answers."""
        self.counts["offers"] += 1
        luck = pick(offer.offer, offer.responder, among=100)
        minutes = 1 + pick("answer", offer.offer, among=6)
        silent = RETURN_PERCENT if offer.staff else SILENT_PERCENT
        declined = RETURN_PERCENT if offer.staff else DECLINE_PERCENT
        if luck < silent:
            self.counts["silent"] += 1
        elif luck < silent + declined:
            self.after(minutes, partial(self.decline, offer))
        else:
            self.after(minutes, partial(self.accept, offer))

    def answering(self, offer: Offer) -> Call:
        """Return who answers: themselves, or the lead for a captain without a smartphone (代办)."""
        if offer.responder in self.town.paper:
            return {"by": Actor(id=self.town.lead, role=Role.BUILDING_LEAD), "on_behalf_of": offer.responder}
        return {"by": Actor(id=offer.responder, role=self.town.role_of(offer.responder))}

    def decline(self, offer: Offer) -> None:
        """Somebody declines, or returns an assignment."""
        self.engine.decline(COMMUNITY, offer.offer, responder=offer.responder, **self.answering(offer))
        self.counts["declined"] += 1

    def accept(self, offer: Offer) -> None:
        """Somebody goes."""
        self.engine.accept(COMMUNITY, offer.offer, responder=offer.responder, **self.answering(offer))
        self.counts["accepted"] += 1
        shortest, longest = MINUTES[offer.leg.partition("/")[2]]
        self.after(shortest + pick("work", offer.offer, among=longest - shortest + 1), partial(self.finish, offer))

    def finish(self, offer: Offer) -> None:
        """A leg is done; a delivered request is confirmed by the household a little later."""
        request, _, leg = offer.leg.partition("/")
        answer = self.engine.complete(
            COMMUNITY, RequestId(request), leg, responder=offer.responder, **self.answering(offer)
        )
        if leg == "to_hospital":
            self.after(60 + pick("ready", request, among=60), partial(self.ready, RequestId(request)))
        if any(isinstance(fact, RequestDelivered) for fact in answer.facts()):
            self.after(5 + pick("confirm", request, among=20), partial(self.confirm, RequestId(request)))

    def ready(self, request: RequestId) -> None:
        """The patient rings: they may go home (R13)."""
        self.engine.ready_for_return(COMMUNITY, request)

    def confirm(self, request: RequestId) -> None:
        """The resident confirms; the desk closes."""
        resident = self.engine.request(COMMUNITY, request).beneficiary
        self.engine.confirm(COMMUNITY, request, by=Actor(id=resident, role=Role.RESIDENT))
        self.engine.close_request(COMMUNITY, request)

    def play(self, until: datetime) -> None:
        """Play the day up to an instant."""
        self.rehearsal.play(until)
