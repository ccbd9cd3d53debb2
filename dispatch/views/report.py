"""
The daily report: what came, what was served, how long it took, who was asked and who never was (R22, R33).

Every share says what it counts and over what, and its numerator is part of its denominator by
construction: a share is made of two sets of ids, not of two numbers that somebody divides (the sources
print 66.1 % for two numbers that count different people).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..domain.aggregates import evolve
from ..domain.decider import ABSENT
from ..domain.help_request import (
    AlarmRaised,
    HelpRequest,
    ReceiptConfirmed,
    RequestCancelled,
    RequestClosed,
    RequestDelivered,
    RequestEscalated,
    RequestReceived,
    RequestUnfilled,
)
from ..domain.leg import AssignmentAcknowledged, AssignmentMade, OfferAccepted, OfferMade
from ..domain.responder import (
    LoadReleased,
    OfferHeld,
    Responder,
    ResponderRegistered,
)
from ..domain.shift import Shift, ShiftCancelled, ShiftPlanned
from ..domain.values import Stream, Urgency
from ..store.recorded import Recorded
from .coverage import Ratio


def share(part: Collection[str], whole: Collection[str], *, of: str, over: str) -> Ratio:
    """
    Return how many of `whole` are in `part`.

    Raises
    ------
    ValueError
        Something of `part` is not in `whole`: such a share would mean nothing.
    """
    strange = set(part) - set(whole)
    if strange:
        raise ValueError(f"{of}: {len(strange)} are counted that are not among {over}; count part of the whole")
    return Ratio(len(set(part)), len(set(whole)), of=of, over=over)


def together(ratios: Sequence[Ratio]) -> Ratio:
    """
    Return the share over several communities: numerators and denominators added, never shares averaged (R22).

    Raises
    ------
    ValueError
        None, or shares that count different things.
    """
    meanings = {(ratio.of, ratio.over) for ratio in ratios}
    if len(meanings) != 1:
        raise ValueError(f"{len(meanings)} kinds of shares cannot be added; give shares of one thing over one thing")
    ((of, over),) = meanings
    return Ratio(sum(r.numerator for r in ratios), sum(r.denominator for r in ratios), of=of, over=over)


@dataclass(frozen=True, slots=True)
class Waits:
    """
    How long something took, in whole minutes.

    Attributes
    ----------
    count
        Of how many.
    median, p95, longest
        The lower median, the 95th percentile (nearest rank) and the longest; 0 of none.
    """

    count: int = 0
    median: int = 0
    p95: int = 0
    longest: int = 0

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Waits:
        """Return the summary of durations in seconds."""
        minutes = sorted(int(s) // 60 for s in seconds)
        if not minutes:
            return cls()
        last = len(minutes) - 1
        return cls(len(minutes), minutes[last // 2], minutes[-(-95 * len(minutes) // 100) - 1], minutes[-1])


@dataclass(frozen=True, slots=True)
class DailyReport:
    """
    One community over one span of time, from `since` until before `until`.

    Attributes
    ----------
    received
        Requests by kind, then by urgency as it was at the end of the span.
    ended
        Requests that ended, by how: confirmed, or the reason code.
    open_at_end
        Requests still open.
    to_first_yes, to_delivery
        Minutes from receipt until somebody first accepted, and until delivery, by urgency.
    shares
        Delivered in time over delivered; confirmed over delivered; answered with yes over asked;
        asked over those on duty.
    worked
        Effort units finished by each responder.
    never_asked
        Who was on duty at some time of the span and was offered nothing in it.
    escalated
        How often a person was called, by reason.
    alarms
        Alarms raised for a threat to life.
    """

    since: datetime
    until: datetime
    received: Mapping[str, Mapping[str, int]]
    ended: Mapping[str, int]
    open_at_end: int
    to_first_yes: Mapping[str, Waits]
    to_delivery: Mapping[str, Waits]
    shares: tuple[Ratio, ...]
    worked: Mapping[str, int]
    never_asked: tuple[str, ...]
    escalated: Mapping[str, int]
    alarms: int


def daily_report(events: Iterable[Recorded], since: datetime, until: datetime) -> DailyReport:
    """
    Count a span of a community's log.

    Parameters
    ----------
    events
        All events of one community from the beginning; those recorded from `until` on are not looked at.
    since, until
        The span, aware; what counts is when something was recorded, which nobody can choose.
    """
    day = _Day(since, until)
    for event in events:
        if event.meta.recorded_at >= until:
            break
        day.take(event)
    return day.report()


@dataclass(slots=True)
class _Day:
    since: datetime
    until: datetime
    states: dict[Stream, Any] = field(default_factory=dict)
    shifts: dict[str, set[Shift]] = field(default_factory=dict)
    received: set[str] = field(default_factory=set)
    delivered: dict[str, bool] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    first_yes: dict[str, float] = field(default_factory=dict)
    to_delivery: dict[str, float] = field(default_factory=dict)
    offers: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    said_yes: set[str] = field(default_factory=set)
    worked: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    escalated: Counter[str] = field(default_factory=Counter)
    alarms: int = 0

    def take(self, event: Recorded) -> None:
        _, aggregate, *local = event.stream.split("/", 2)
        if aggregate not in ("request", "responder"):
            return
        before = self.states.get(event.stream, ABSENT)
        self.states[event.stream] = evolve(event.stream, before, event.fact)
        inside = event.meta.recorded_at >= self.since
        if aggregate == "request":
            self._request(local[0], event, inside=inside)
        else:
            self._responder(local[0], before, event, inside=inside)

    def _request(self, request: str, event: Recorded, *, inside: bool) -> None:
        fact, state = event.fact, self.states[event.stream]
        waited = (event.meta.recorded_at - state.received_at).total_seconds()
        first = isinstance(fact, OfferAccepted | AssignmentAcknowledged) and request not in self.said_yes
        if first:
            self.said_yes.add(request)
        if not inside:
            return
        if first:
            self.first_yes[request] = waited
        match fact:
            case RequestReceived():
                self.received.add(request)
            case OfferMade() | AssignmentMade():
                self.offers.add(fact.offer)
            case OfferAccepted() | AssignmentAcknowledged() if fact.offer in self.offers:
                self.accepted.add(fact.offer)
            case RequestDelivered():
                self.delivered[request] = state.due_at is None or event.meta.recorded_at <= state.due_at
                self.to_delivery[request] = waited
            case ReceiptConfirmed() if request in self.delivered:
                self.confirmed.add(request)
            case RequestClosed() | RequestCancelled() | RequestUnfilled():
                self.ended[fact.reason] += 1
            case RequestEscalated():
                self.escalated[fact.reason] += 1
            case AlarmRaised():
                self.alarms += 1
            case _:
                pass

    def _responder(self, responder: str, before: Any, event: Recorded, *, inside: bool) -> None:
        fact = event.fact
        match fact:
            case ResponderRegistered():
                self.shifts[responder] = set()
            case ShiftPlanned():
                self.shifts[responder].add(fact.shift)
            case ShiftCancelled():
                self.shifts[responder].discard(fact.shift)
            case OfferHeld() if inside:
                self.asked.add(responder)
            case LoadReleased() if inside and fact.worked and isinstance(before, Responder):
                self.worked[responder] += before.loads[fact.leg].effort
            case _:
                pass

    def report(self) -> DailyReport:
        on_duty = {
            responder
            for responder, shifts in self.shifts.items()
            if any(shift.starts_at < self.until and self.since < shift.ends_at for shift in shifts)
        }
        requests = {
            stream.rpartition("/")[2]: state for stream, state in self.states.items() if isinstance(state, HelpRequest)
        }
        in_time = {request for request, good in self.delivered.items() if good}
        return DailyReport(
            since=self.since,
            until=self.until,
            received=_by_kind(requests, self.received),
            ended=dict(sorted(self.ended.items())),
            open_at_end=sum(state.is_open for state in requests.values()),
            to_first_yes=_by_urgency(requests, self.first_yes),
            to_delivery=_by_urgency(requests, self.to_delivery),
            shares=(
                share(in_time, self.delivered, of="delivered_in_time", over="delivered"),
                share(self.confirmed, self.delivered, of="confirmed", over="delivered"),
                share(self.accepted, self.offers, of="accepted", over="offers_and_assignments"),
                share(self.asked & on_duty, on_duty, of="asked", over="on_duty"),
            ),
            worked=dict(sorted(self.worked.items())),
            never_asked=tuple(sorted(on_duty - self.asked)),
            escalated=dict(sorted(self.escalated.items())),
            alarms=self.alarms,
        )


def _by_kind(requests: Mapping[str, HelpRequest], chosen: Iterable[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for request in chosen:
        state = requests[request]
        counts.setdefault(state.kind, Counter())[state.urgency.value] += 1
    return {kind: dict(sorted(counts[kind].items())) for kind in sorted(counts)}


def _by_urgency(requests: Mapping[str, HelpRequest], seconds: Mapping[str, float]) -> dict[str, Waits]:
    grouped: dict[Urgency, list[float]] = {}
    for request, waited in seconds.items():
        grouped.setdefault(requests[request].urgency, []).append(waited)
    return {urgency.value: Waits.of(grouped[urgency]) for urgency in Urgency if urgency in grouped}
