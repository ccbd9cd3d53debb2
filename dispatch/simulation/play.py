"""One day, event by event: people ask, are asked, answer, come or do not come; in virtual time, without a store."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any

from ..domain.errors import Conflict
from ..domain.help_request import HelpRequest, RequestDelivered
from ..domain.intake import AcknowledgeAlarm, ChangeUrgency, CloseRequest, ConfirmReceipt, ReceiveRequest
from ..domain.leg import Leg, OfferWithdrawn, Taken, ask_of
from ..domain.match_run import MatchDecided
from ..domain.offer import AcceptOffer, CompleteLeg, DeclineOffer, ReleaseLeg, RequeueLeg, WithdrawOffer
from ..domain.responder import Responder
from ..domain.values import (
    SYSTEM,
    Actor,
    Channel,
    LegId,
    OfferId,
    RequestId,
    ResponderId,
    Role,
    Urgency,
    request_of,
)
from ..matching.match import record_of
from .arrivals import Arrival
from .fate import Fate, Reply
from .rivals import Dispatcher
from .tally import Tally
from .town import DESK
from .world import World

ALARM_TAKEN_S, NO_SHOW_S, LOOK_AFTER_S = 60, 900, 7_200
"""Seconds until the duty contact takes an alarm; until it is clear that nobody comes; between looks of the desk."""

PASSES_MAX = 50

Step = Callable[[], bool]
"""What happens at an instant; tells whether it may change who is asked."""


@dataclass(frozen=True, slots=True)
class Task:
    """A leg that everybody it needs has agreed to do."""

    leg: LegId
    offers: tuple[OfferId, ...]
    members: tuple[ResponderId, ...]


class Play:
    """
    A day, as one dispatcher lets it pass.

    Parameters
    ----------
    world
        With everybody in it.
    dispatcher
        Decides who is asked.
    fate
        Decides how they answer.
    """

    def __init__(self, world: World, dispatcher: Dispatcher, fate: Fate) -> None:
        self.world = world
        self.tally = Tally()
        self._dispatcher = dispatcher
        self._fate = fate
        self._agenda: list[tuple[datetime, int, Step]] = []
        self._order = itertools.count()
        self._arrivals: dict[RequestId, Arrival] = {}
        self._queue: dict[ResponderId, list[Task]] = {}
        self._busy: set[ResponderId] = set()

    def run(
        self, arrivals: Sequence[Arrival], *, until: datetime, progress: Callable[[int], None] | None = None
    ) -> Tally:
        """
        Let everything happen until an instant, and return what was written down.

        Parameters
        ----------
        progress
            Called with the number of requests that have arrived, now and then.
        """
        for arrival in arrivals:
            self._plan(arrival.at, partial(self._arrives, arrival))
        while (at := self._next()) is not None and at <= until:
            stirred = False
            while self._agenda and self._agenda[0][0] <= at:
                stirred = heapq.heappop(self._agenda)[2]() or stirred
            timer = self.world.next_timer()
            if timer is not None and timer <= at:
                self.world.fire(at)
                stirred = True
            if stirred:
                self._share(at)
            if progress is not None:
                progress(len(self._arrivals))
        for who, state in self.world.board.responders.items():
            self.tally.asked[who] = state.asked
            self.tally.worked_s.setdefault(who, 0)
        return self.tally

    @property
    def at_work(self) -> frozenset[ResponderId]:
        """Who does something now."""
        return frozenset(self._busy)

    def _next(self) -> datetime | None:
        times = [t for t in (self.world.next_timer(), self._agenda[0][0] if self._agenda else None) if t is not None]
        return min(times, default=None)

    def _plan(self, at: datetime, step: Step) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), step))

    def _later(self, at: datetime, seconds: int, step: Callable[[datetime], bool]) -> None:
        then = at + timedelta(seconds=seconds)
        self._plan(then, partial(step, then))

    # -- sharing out ---------------------------------------------------------------------

    def _share(self, at: datetime) -> None:
        """Run the dispatcher as a drain does, until it has no more to say; shortfalls wait for the next instant."""
        for _ in range(PASSES_MAX):
            board = self.world.board
            policy = board.place_register.policy
            began = perf_counter()
            result = self._dispatcher(board, policy, at)
            self.tally.match_s += perf_counter() - began
            self.tally.runs += 1
            for offer in result.collapsed:
                self._withdraw(offer, at, reason="crew_collapsed")
            for taken in result.withdrawn:
                self._withdraw(taken.offer, at, reason="needed_more_urgently", instead=taken.instead)
            command = record_of(board, result, at)
            try:
                recorded = command is not None and bool(self.world.say(command))
            except Conflict:
                continue  # what was withdrawn just now is needed for what was decided: look again
            if recorded:
                for decided in result.decided:
                    self._asked(decided, at)
            if not result.collapsed and not result.withdrawn and len(result.decided) < policy.offers_per_run_max:
                break
        self.world.rests(at)

    def _withdraw(self, offer: OfferId, at: datetime, *, reason: str, instead: LegId | None = None) -> None:
        said = self._as(SYSTEM, at)
        facts = self.world.say(WithdrawOffer(**said, offer=offer, reason=reason, instead=instead))
        self.tally.counts["withdrawn"] += sum(isinstance(fact, OfferWithdrawn) for fact in facts)

    def _asked(self, decided: MatchDecided, at: datetime) -> None:
        self.tally.counts["asked"] += 1
        leg, responder = decided.leg, decided.responder
        reply = self._fate.reply(leg, responder)
        if reply is Reply.SILENT:
            self.tally.counts["silent"] += 1
            return
        of_request = self._arrivals[request_of(leg)].answer_s
        seconds = self._fate.answer_s(leg, responder) if of_request is None else of_request
        answer = self._declines if reply is Reply.DECLINES else partial(self._accepts, comes=reply is Reply.GOES)
        self._later(at, seconds, partial(answer, decided))

    # -- what people do ------------------------------------------------------------------

    def _arrives(self, arrival: Arrival) -> bool:
        at, request = arrival.at, arrival.request
        self._arrivals[request] = arrival
        self.tally.arrives(arrival)
        self.world.say(
            ReceiveRequest(
                **self._as(DESK, at),
                request=request,
                beneficiary=arrival.resident,
                reporter=arrival.resident,
                channel=Channel.PHONE,
                kind=arrival.kind,
                occurred_at=at,
                urgency=arrival.urgency,
            )
        )
        if arrival.urgency is Urgency.LIFE:
            self._later(at, ALARM_TAKEN_S, partial(self._alarm_is_taken, request))
        if arrival.change is not None:
            self._plan(arrival.change.at, partial(self._is_judged_anew, arrival))
        self._later(at, LOOK_AFTER_S, partial(self._is_looked_after, request))
        return True

    def _alarm_is_taken(self, request: RequestId, at: datetime) -> bool:
        if request in self.world.board.requests:
            self.world.say(AcknowledgeAlarm(**self._as(DESK, at), request=request))
        return False

    def _is_judged_anew(self, arrival: Arrival) -> bool:
        change, state = arrival.change, self.world.board.requests.get(arrival.request)
        if change is None or state is None or not state.is_planned:
            return False
        self.world.say(
            ChangeUrgency(
                **self._as(DESK, change.at), request=arrival.request, urgency=change.urgency, reason="judged_anew"
            )
        )
        if change.urgency is Urgency.LIFE:
            self._later(change.at, ALARM_TAKEN_S, partial(self._alarm_is_taken, arrival.request))
        return True

    def _is_looked_after(self, request: RequestId, at: datetime) -> bool:
        """The desk lets everybody be asked again for what nobody took (a person decides that, never the machine)."""
        state = self.world.board.requests.get(request)
        if state is None:
            return False
        again = [leg.plan.name for leg in state.legs if leg.tried and not leg.asks and state.is_matchable]
        for name in again:
            self.world.say(RequeueLeg(**self._as(DESK, at), request=request, leg=name))
        self._later(at, LOOK_AFTER_S, partial(self._is_looked_after, request))
        return bool(again)

    def _declines(self, decided: MatchDecided, at: datetime) -> bool:
        if self._leg_of(decided.offer) is None:
            return False
        self.tally.counts["declined"] += 1
        said = self._by(decided.responder, at)
        self.world.say(DeclineOffer(**said, offer=decided.offer, responder=decided.responder, reason="not_now"))
        return True

    def _accepts(self, decided: MatchDecided, at: datetime, *, comes: bool) -> bool:
        if self._leg_of(decided.offer) is None:
            return False
        who = decided.responder
        if not self.world.say(AcceptOffer(**self._by(who, at), offer=decided.offer, responder=who)):
            return True
        if not comes:
            self.tally.counts["no_show"] += 1
            self._later(at, NO_SHOW_S, partial(self._does_not_come, decided))
            return False
        leg = self._leg_of(decided.offer)
        if isinstance(leg, Taken):
            task = Task(decided.leg, tuple(a.offer for a in leg.asks), tuple(a.responder for a in leg.asks))
            if all(self._fate.reply(task.leg, member) is Reply.GOES for member in task.members):
                for member in task.members:
                    self._queue.setdefault(member, []).append(task)
                self._begins(who, at)
        return False

    def _does_not_come(self, decided: MatchDecided, at: datetime) -> bool:
        leg = self._leg_of(decided.offer)
        if leg is None:
            return False
        self.world.say(
            ReleaseLeg(
                **self._as(DESK, at, on_behalf_of=decided.responder),
                request=request_of(decided.leg),
                leg=leg.plan.name,
                responder=decided.responder,
                offer=decided.offer,
                reason="no_show",
            )
        )
        return True

    def _begins(self, who: ResponderId, at: datetime) -> None:
        """Somebody who is idle sets out for the most urgent leg they have agreed to, with the others it needs."""
        if who in self._busy:
            return
        for task in sorted(self._queue.get(who, ()), key=self._rank):
            if not self._is_held(task):
                self._queue[who].remove(task)
            elif self._busy.isdisjoint(task.members):
                self._set_out(task, at)
                return

    def _rank(self, task: Task) -> tuple[int, datetime, LegId]:
        arrival = self._arrivals[request_of(task.leg)]
        state = self.world.board.requests.get(arrival.request)
        return (arrival.urgency if state is None else state.urgency).rank, arrival.at, task.leg

    def _set_out(self, task: Task, at: datetime) -> None:
        request = request_of(task.leg)
        arrival, course = self._arrivals[request], self.tally.courses[request]
        course.started_at = course.started_at or at
        people = [self.world.board.responders[member] for member in task.members]
        course.own_captain += any(self._is_own_captain(person, request) for person in people)
        course.met_before += any(arrival.resident in person.met for person in people)
        for member in task.members:
            self._queue[member].remove(task)
            self._busy.add(member)
        place = self.world.board.requests[request].place
        seconds = arrival.work_s + max(self._fate.way_s(person, place) for person in people)
        self._later(at, seconds, partial(self._finishes, task, seconds))

    def _is_own_captain(self, person: Responder, request: RequestId) -> bool:
        place, home = self.world.board.requests[request].place, person.home
        lives_there = home is not None and (home.building, home.floor) == (place.building, place.floor)
        return person.role is Role.FLOOR_CAPTAIN and lives_there

    def _finishes(self, task: Task, seconds: int, at: datetime) -> bool:
        request = request_of(task.leg)
        arrival, course = self._arrivals[request], self.tally.courses[request]
        for member in task.members:
            self._busy.discard(member)
            self.tally.worked_s[member] = self.tally.worked_s.get(member, 0) + seconds
        who, offer = task.members[0], task.offers[0]
        done = CompleteLeg(
            **self._by(who, at),
            request=request,
            leg=task.leg.partition("/")[2],
            responder=who,
            offer=offer,
            outcome="success",
        )
        facts = self.world.say(done)
        course.legs += bool(facts)
        if any(isinstance(fact, RequestDelivered) for fact in facts):
            course.delivered_at = at
            resident = Actor(id=arrival.resident, role=Role.RESIDENT, via=Channel.APP)
            self.world.say(ConfirmReceipt(**self._as(resident, at), request=request))
            self.world.say(CloseRequest(**self._as(DESK, at), request=request, reason="confirmed"))
        for member in task.members:
            self._begins(member, at)
        return True

    # -- the board -----------------------------------------------------------------------

    def _leg_of(self, offer: OfferId) -> Leg | None:
        """Return the leg that still holds an offer."""
        state: HelpRequest | None = self.world.board.requests.get(request_of(offer))
        leg = state.leg_holding(offer) if state is not None else None
        return leg if leg is not None and ask_of(leg, offer) is not None else None

    def _is_held(self, task: Task) -> bool:
        leg = self._leg_of(task.offers[0])
        return isinstance(leg, Taken) and tuple(ask.offer for ask in leg.asks) == task.offers

    def _by(self, who: ResponderId, at: datetime) -> dict[str, Any]:
        role = self.world.board.responders[who].role
        return self._as(Actor(id=who, role=role, via=Channel.APP), at)

    def _as(self, actor: Actor, at: datetime, **more: Any) -> dict[str, Any]:
        return {"community": self.world.community, "actor": actor, "at": at, **more}
