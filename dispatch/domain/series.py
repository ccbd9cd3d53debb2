"""
Series (周期单): the same help again and again, by a recurrence rule (R9, R10, R13).

Active → Suspended → Ended. Each occurrence is opened as a request of its own some time ahead, and can be
skipped or moved without touching the others. An occurrence is named by the instant at which the rule
puts it, for ever: moving it changes when it is, not which one it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .decider import Absent, Aggregate, Read, as_stage, with_item
from .errors import Refused, Unknown, impossible
from .policy import Policy
from .recurrence import OCCURRENCES_MAX, RuleText
from .values import (
    Account,
    Channel,
    Code,
    CommunityId,
    Fact,
    Instant,
    Label,
    RequestId,
    ResidentId,
    Sealed,
    SeriesId,
    Urgency,
    series_stream,
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Base of an occurrence's states. `at` is when it is; `openings` counts the requests made for it."""

    at: datetime
    openings: int


@dataclass(frozen=True, slots=True)
class Upcoming(Occurrence):
    """Not opened yet."""


@dataclass(frozen=True, slots=True)
class Opened(Occurrence):
    """A request stands for it."""

    request: RequestId


@dataclass(frozen=True, slots=True)
class Skipped(Occurrence):
    """Somebody decided that it does not take place."""


@dataclass(frozen=True, slots=True)
class Missed(Occurrence):
    """It could not be opened; a person was told."""


@dataclass(frozen=True, slots=True)
class Series:
    """
    Base of a series' states.

    Attributes
    ----------
    occurrences
        Every occurrence by the instant at which the rule puts it, ascending.
    suspended_at
        Since when it is suspended; earlier pauses are in `pauses`.
    next_at
        When the first occurrence is that is not opened yet; `last_at` when the last one is.
    """

    kind: str
    beneficiary: ResidentId
    reporter: str
    channel: Channel
    rule: str
    time_zone: str
    urgency: Urgency | None
    note: Sealed | None
    occurrences: Mapping[datetime, Occurrence]
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    suspended_at: datetime | None = None
    next_at: datetime | None = None
    last_at: datetime | None = None

    def is_paused_at(self, at: datetime) -> bool:
        """Tell whether an occurrence of this instant falls into a pause, the present one included."""
        if self.suspended_at is not None and at >= self.suspended_at:
            return True
        return any(begin <= at <= end for begin, end in self.pauses)


class Active(Series):
    """Its occurrences are opened as they come."""

    __slots__ = ()


class Suspended(Series):
    """Nothing is opened, while in hospital for example."""

    __slots__ = ()


class Ended(Series):
    """Over, after its last occurrence or with a recorded reason."""

    __slots__ = ()


class SeriesStarted(Fact):
    """A series was arranged; its occurrences are written down whole, so that replay needs no rule and no zone table."""

    TOPIC: ClassVar[str] = "series.started"
    kind: Code
    beneficiary: ResidentId
    reporter: Account
    channel: Channel
    rule: RuleText
    time_zone: Label
    urgency: Urgency | None = None
    note: Sealed | None = None
    occurrences: Annotated[tuple[Instant, ...], Field(min_length=1, max_length=OCCURRENCES_MAX)]
    started_at: Instant


class OccurrenceOpened(Fact):
    """An occurrence became a request."""

    TOPIC: ClassVar[str] = "series.occurrence_opened"
    occurrence: Instant
    request: RequestId
    opened_at: Instant


class OccurrenceSkipped(Fact):
    """An occurrence does not take place; the others do."""

    TOPIC: ClassVar[str] = "series.occurrence_skipped"
    occurrence: Instant
    reason: Code
    skipped_at: Instant


class OccurrenceMoved(Fact):
    """An occurrence takes place at another time; the others stay."""

    TOPIC: ClassVar[str] = "series.occurrence_moved"
    occurrence: Instant
    to: Instant
    moved_at: Instant


class OccurrenceCalledOff(Fact):
    """The request of an occurrence was cancelled because the series rests; it may be opened again."""

    TOPIC: ClassVar[str] = "series.occurrence_called_off"
    occurrence: Instant
    called_off_at: Instant


class OccurrenceMissed(Fact):
    """An occurrence could not become a request; the duty contact was told."""

    TOPIC: ClassVar[str] = "series.occurrence_missed"
    occurrence: Instant
    reason: Code
    to: Account
    missed_at: Instant


class SeriesSuspended(Fact):
    """The series rests."""

    TOPIC: ClassVar[str] = "series.suspended"
    reason: Code
    suspended_at: Instant


class SeriesResumed(Fact):
    """The series goes on; what would have been in between is not made up for."""

    TOPIC: ClassVar[str] = "series.resumed"
    resumed_at: Instant


class SeriesEnded(Fact):
    """The series is over."""

    TOPIC: ClassVar[str] = "series.ended"
    reason: Code
    ended_at: Instant


Turn = OccurrenceOpened | OccurrenceSkipped | OccurrenceMoved | OccurrenceCalledOff | OccurrenceMissed


def evolve(state: Any, event: Fact) -> Any:
    """Return the series after one of its events."""
    match state, event:
        case Absent(), SeriesStarted():
            return _started(event)
        case Active(), SeriesSuspended():
            return as_stage(Series, Suspended, replace(state, suspended_at=event.suspended_at))
        case Suspended(), SeriesResumed():
            pause = (state.suspended_at or event.resumed_at, event.resumed_at)
            rested = replace(state, suspended_at=None, pauses=(*state.pauses, pause))
            return as_stage(Series, Active, _timed(rested))
        case Active() | Suspended(), SeriesEnded():
            return as_stage(Series, Ended, replace(state, next_at=None))
        case Active() | Suspended(), _ if isinstance(event, Turn):
            before = state.occurrences.get(event.occurrence)
            after = _evolve_occurrence(before, event)
            return _timed(replace(state, occurrences=with_item(state.occurrences, event.occurrence, after)))
        case _:
            raise impossible(event, state)


def _started(event: SeriesStarted) -> Series:
    return _timed(
        Active(
            kind=event.kind,
            beneficiary=event.beneficiary,
            reporter=event.reporter,
            channel=event.channel,
            rule=event.rule,
            time_zone=event.time_zone,
            urgency=event.urgency,
            note=event.note,
            occurrences={at: Upcoming(at, 0) for at in event.occurrences},
        )
    )


def _evolve_occurrence(before: Occurrence | None, event: Turn) -> Occurrence:
    match before, event:
        case Upcoming(), OccurrenceOpened():
            return Opened(before.at, before.openings + 1, event.request)
        case Upcoming() | Opened(), OccurrenceSkipped():
            return Skipped(before.at, before.openings)
        case Upcoming() | Opened(), OccurrenceMoved():
            return Upcoming(event.to, before.openings)
        case Opened(), OccurrenceCalledOff():
            return Upcoming(before.at, before.openings)
        case Upcoming(), OccurrenceMissed():
            return Missed(before.at, before.openings)
        case _:
            raise impossible(event, before)


def _timed(state: Series) -> Series:
    """Work out when something is next and last; occurrences that fell into a pause are waited for no more."""
    ahead = [o.at for o in state.occurrences.values() if isinstance(o, Upcoming) and not state.is_paused_at(o.at)]
    last = max(o.at for o in state.occurrences.values())
    return replace(state, next_at=min(ahead, default=None), last_at=last)


SERIES = Aggregate(
    name="series",
    evolve=evolve,
    is_over=lambda state: isinstance(state, Ended),
    facts=(
        SeriesStarted,
        OccurrenceOpened,
        OccurrenceSkipped,
        OccurrenceMoved,
        OccurrenceCalledOff,
        OccurrenceMissed,
        SeriesSuspended,
        SeriesResumed,
        SeriesEnded,
    ),
)


def known(read: Read, community: CommunityId, series: SeriesId) -> Series:
    """
    Return a series in any state.

    Raises
    ------
    Unknown
        No such series.
    """
    state = read(series_stream(community, series))
    if not isinstance(state, Series):
        raise Unknown("series", series, now="Correct the id.")
    return state


def going_on(read: Read, community: CommunityId, series: SeriesId) -> Series:
    """Return a series that is not over; refused as ``series_ended`` when it is, as ``unknown_series`` without one."""
    state = known(read, community, series)
    if isinstance(state, Ended):
        raise Refused("series_ended", f"Series {series} is over. Start another one.", series=series)
    return state


def opens_at(state: Series, policy: Policy) -> datetime | None:
    """Return when the next occurrence becomes a request: `series_ahead_s` before it; never while suspended."""
    if not isinstance(state, Active) or state.next_at is None:
        return None
    return state.next_at - timedelta(seconds=policy.series_ahead_s)


def request_for(series: SeriesId, occurrence: datetime, opening: int) -> RequestId:
    """Return the id of an occurrence's n-th request, from 1: made from series and instant, the same on any machine."""
    text = f"{series}\x1f{occurrence.isoformat()}\x1f{opening}"
    return RequestId(f"q-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}")
