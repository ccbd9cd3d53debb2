"""The agenda of the demonstration day: what happens when, who answers how, and how people go about a leg."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from dispatch import (
    Actor,
    Answer,
    Call,
    Channel,
    CustodyId,
    Dispatch,
    Offer,
    Refused,
    Rehearsal,
    RequestDelivered,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    VirtualClock,
)

from .town import COMMUNITY, Town, pick

__all__ = ["Agenda", "Course", "Script"]

Script = Iterator[float]
"""Something that goes on over time: it gives the minutes until it goes on."""

Course = Callable[[Offer], Script]
"""How somebody who is asked for a leg goes about it, from the moment they answer."""

DESK = Actor(id="desk", role=Role.COMMUNITY_WORKER, via=Channel.STAFF)
MINUTES = {
    "outside": (25, 60),
    "inside": (4, 12),
    "carry": (40, 40),
    "to_car": (10, 20),
    "to_hospital": (25, 45),
    "back_home": (30, 60),
    "to_door": (10, 20),
    "visit": (10, 20),
    "care": (180, 240),
    "call": (30, 45),
    "talk": (40, 60),
    "collect": (5, 10),
}
DECLINE_PERCENT, SILENT_PERCENT, RETURN_PERCENT = 10, 6, 3


class Agenda:
    """
    The agenda of the day; everything is decided by hashes, so the day is the same at every run.

    Attributes
    ----------
    courses
        How a leg of these requests is gone about, instead of the everyday way.
    said_no
        What the engine refused to people who tried what they may not, by code: each of these is meant.
    """

    def __init__(self, engine: Dispatch, clock: VirtualClock, town: Town) -> None:
        self.engine = engine
        self.clock = clock
        self.town = town
        self.midnight = clock()
        self.rehearsal = Rehearsal(engine, clock, self.asked)
        self.requests: list[RequestId] = []
        self.counts: Counter[str] = Counter()
        self.courses: dict[RequestId, Course] = {}
        self.said_no: Counter[str] = Counter()
        self.garbage_of: dict[RequestId, RequestId] = {}
        self.words_of: dict[RequestId, str] = {}
        self.cards: dict[RequestId, list[CustodyId]] = {}
        self.visits: Callable[[Offer], Course | None] = lambda _offer: None

    def instant(self, hours: float) -> datetime:
        """Return an hour of the day as an instant."""
        return self.midnight + timedelta(hours=hours)

    def at(self, hours: float, step: Callable[[], object]) -> None:
        """Plan a step at an hour of the day."""
        self.rehearsal.plan(self.instant(hours), step)

    def after(self, minutes: float, step: Callable[[], object]) -> None:
        """Plan a step so many minutes from now."""
        self.rehearsal.plan(self.clock() + timedelta(minutes=minutes), step)

    def tell(self, hours: float, script: Script) -> None:
        """Let a script begin at an hour of the day."""
        self.at(hours, partial(self._go_on, script))

    def _go_on(self, script: Script) -> None:
        minutes = next(script, None)
        if minutes is not None:
            self.after(minutes, partial(self._go_on, script))

    def attempt(self, forbidden: Callable[[], object]) -> None:
        """Let somebody try what they may not; the day goes on, and what they were told is counted."""
        try:
            forbidden()
        except Refused as refusal:
            self.said_no[refusal.code] += 1

    def homes(self, building: str | None = None) -> list[ResidentId]:
        """Return the residents of a building, or all."""
        return [resident for resident, (held_in, _) in self.town.homes.items() if building in (None, held_in)]

    def open(self, kind: str, resident: ResidentId, *, course: Course | None = None, **given: Any) -> RequestId:
        """Open a request; `course` says how its legs are gone about."""
        request = self.engine.open_request(COMMUNITY, kind, beneficiary=resident, **given)
        self.requests.append(request)
        if course is not None:
            self.courses[request] = course
        return request

    def asked(self, offer: Offer) -> None:
        """Decide when and how somebody answers."""
        self.counts["offers"] += 1
        minutes = 1 + pick("answer", offer.offer, among=6)
        course = self.courses.get(RequestId(offer.leg.partition("/")[0])) or self.visits(offer)
        if course is not None:
            self.after(minutes, partial(self._go_on, course(offer)))
            return
        luck = pick(offer.offer, offer.responder, among=100)
        silent = RETURN_PERCENT if offer.staff else SILENT_PERCENT
        declined = RETURN_PERCENT if offer.staff else DECLINE_PERCENT
        if luck < silent:
            self.counts["silent"] += 1
        elif luck < silent + declined:
            self.after(minutes, partial(self.decline, offer))
        else:
            self.after(minutes, partial(self.accept, offer))

    def answering(self, responder: ResponderId) -> Call:
        """Return who answers: themselves, or the lead for a captain without a smartphone (代办)."""
        if responder in self.town.paper:
            return {"by": Actor(id=self.town.lead, role=Role.BUILDING_LEAD), "on_behalf_of": responder}
        return {"by": self.actor(responder)}

    def actor(self, responder: ResponderId) -> Actor:
        """Return somebody as they speak for themselves."""
        return Actor(id=responder, role=self.town.role_of(responder))

    def decline(self, offer: Offer) -> None:
        """Somebody declines, or returns an assignment."""
        said = self.answering(offer.responder)
        self.engine.decline(COMMUNITY, offer.offer, responder=offer.responder, **said)
        self.counts["declined"] += 1

    def take(self, offer: Offer) -> None:
        """Somebody says yes."""
        self.engine.accept(COMMUNITY, offer.offer, responder=offer.responder, **self.answering(offer.responder))
        self.counts["accepted"] += 1

    def accept(self, offer: Offer) -> None:
        """Somebody goes, and finishes when such a leg takes about that long."""
        self.take(offer)
        shortest, longest = MINUTES[offer.leg.partition("/")[2]]
        self.after(shortest + pick("work", offer.offer, among=longest - shortest + 1), partial(self.finish, offer))

    def finish(self, offer: Offer, outcome: str = "success") -> None:
        """A leg is done; a delivered request is confirmed by the household a little later."""
        request, _, leg = offer.leg.partition("/")
        answer = self.engine.complete(
            COMMUNITY, RequestId(request), leg,
            responder=offer.responder, outcome=outcome, **self.answering(offer.responder),
        )  # fmt: skip
        if leg == "to_hospital":
            self.after(60 + pick("ready", request, among=60), partial(self.ready, RequestId(request)))
        self.confirm_soon(RequestId(request), answer)

    def confirm_soon(self, request: RequestId, answer: Answer) -> None:
        """Let the household confirm what has just been delivered."""
        if any(isinstance(fact, RequestDelivered) for fact in answer.facts()):
            self.after(5 + pick("confirm", request, among=20), partial(self.confirm, request))

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
