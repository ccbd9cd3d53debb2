"""What is said of a series: start, skip, move, suspend, resume, end; and what System does as it goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from . import resident as residents
from .community import registered
from .decider import NOTHING, Absent, Changes, Decision, Gathered, Read
from .errors import Refused, Unknown
from .help_request import HelpRequest
from .intake import CancelRequest, ReceiveRequest, cancel_request, receive_request
from .recurrence import OCCURRENCES_MAX, SPAN_MAX, canonical, occurrences_of
from .resident import Erased, Leaving
from .series import (
    Active,
    Ended,
    Occurrence,
    OccurrenceCalledOff,
    OccurrenceMissed,
    OccurrenceMoved,
    OccurrenceOpened,
    OccurrenceSkipped,
    Opened,
    Series,
    SeriesEnded,
    SeriesResumed,
    SeriesStarted,
    SeriesSuspended,
    Skipped,
    Suspended,
    Upcoming,
    going_on,
    known,
    request_for,
)
from .values import (
    Account,
    Channel,
    Code,
    Command,
    Fact,
    Instant,
    Label,
    RequestId,
    ResidentId,
    Role,
    Sealed,
    SeriesId,
    Urgency,
    request_stream,
    series_stream,
)

RULE_TEXT_MAX = 1_000


class SeriesCommand(Command):
    """Base of the commands about one series."""

    series: SeriesId


class StartSeries(SeriesCommand):
    """
    Arrange a series.

    `starts_at` is the first occurrence; `skip` are occurrences that do not take place from the start.
    """

    kind: Code
    beneficiary: ResidentId
    reporter: Account
    channel: Channel
    rule: Annotated[str, Field(max_length=RULE_TEXT_MAX)]
    time_zone: Label
    starts_at: Instant
    skip: Annotated[tuple[Instant, ...], Field(max_length=OCCURRENCES_MAX)] = ()
    urgency: Urgency | None = None
    note: Sealed | None = None


class OccurrenceCommand(SeriesCommand):
    """Base of the commands about one occurrence, named by the instant at which the rule puts it."""

    occurrence: Instant


class SkipOccurrence(OccurrenceCommand):
    """Leave one occurrence out."""

    reason: Code


class MoveOccurrence(OccurrenceCommand):
    """Let one occurrence take place at another time."""

    to: Instant


class OpenOccurrence(OccurrenceCommand):
    """Make the request of an occurrence that is near; `opening` counts them, so that a late one opens nothing."""

    opening: Annotated[int, Field(ge=1)]


class SuspendSeries(SeriesCommand):
    """Let a series rest."""

    reason: Code


class ResumeSeries(SeriesCommand):
    """Let a series go on."""


class EndSeries(SeriesCommand):
    """End a series."""

    reason: Code


def start_series(command: StartSeries, read: Read) -> Decision:
    """Start a series: its occurrences are worked out now and written down whole."""
    stream = series_stream(command.community, command.series)
    community = registered(read, command.community)
    if community.catalogue.find(command.kind) is None:
        keys = ", ".join(kind.key for kind in community.catalogue.kinds)
        raise Unknown("kind", command.kind, now=f"The catalogue has: {keys}.")
    residents.present(read, command.community, command.beneficiary)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "series_exists", f"Series {command.series} exists already. Use another id.", series=command.series
        )
    if command.starts_at <= command.at:
        raise Refused("starts_in_the_past", "The series would start in the past. Start it at its next occurrence.")
    zone = _zone(command.time_zone)
    instants = occurrences_of(command.rule, starts_at=command.starts_at, zone=zone)
    strange = sorted(set(command.skip) - set(instants))
    if strange:
        raise _no_occurrence(command.series, strange[0].isoformat())
    started = SeriesStarted(
        kind=command.kind,
        beneficiary=command.beneficiary,
        reporter=command.reporter,
        channel=command.channel,
        rule=canonical(command.rule),
        time_zone=command.time_zone,
        urgency=command.urgency,
        note=command.note,
        occurrences=instants,
        started_at=command.at,
    )
    skipped = [
        OccurrenceSkipped(occurrence=at, reason="left_out", skipped_at=command.at) for at in sorted(set(command.skip))
    ]
    return (Changes(stream, (started, *skipped)),)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise Refused("unknown_time_zone", f"No time zone {name}; use a name such as Asia/Shanghai.") from None


def skip_occurrence(command: SkipOccurrence, read: Read) -> Decision:
    """Leave one occurrence out; its request, if there is one, is cancelled, and no sibling is touched."""
    state = going_on(read, command.community, command.series)
    occurrence = _named(command, state)
    if isinstance(occurrence, Skipped):
        return NOTHING
    _still_ahead(command, occurrence)
    fact = OccurrenceSkipped(occurrence=command.occurrence, reason=command.reason, skipped_at=command.at)
    return (*_mine(command, fact), *_called_off(command, occurrence, read, reason="occurrence_skipped"))


def move_occurrence(command: MoveOccurrence, read: Read) -> Decision:
    """Move one occurrence; a request that stands for it is cancelled and made anew for the new time."""
    state = going_on(read, command.community, command.series)
    occurrence = _named(command, state)
    if occurrence.at == command.to and isinstance(occurrence, Upcoming | Opened):
        return NOTHING
    _still_ahead(command, occurrence)
    if not command.at < command.to <= command.at + SPAN_MAX:
        raise Refused("cannot_move_there", "An occurrence is moved to a time ahead, within three years. Give another.")
    if any(other.at == command.to for other in state.occurrences.values() if isinstance(other, Upcoming | Opened)):
        raise Refused("occurrence_there", "The series has an occurrence at that time already. Give another time.")
    fact = OccurrenceMoved(occurrence=command.occurrence, to=command.to, moved_at=command.at)
    return (*_mine(command, fact), *_called_off(command, occurrence, read, reason="occurrence_moved"))


def _named(command: OccurrenceCommand, state: Series) -> Occurrence:
    if command.actor.role is Role.RESIDENT and command.actor.id not in (state.beneficiary, state.reporter):
        raise Refused("not_your_series", f"{command.actor.id} has no say in series {command.series}. Let staff do it.")
    found = state.occurrences.get(command.occurrence)
    if found is None:
        raise _no_occurrence(command.series, command.occurrence.isoformat())
    return found


def _no_occurrence(series: SeriesId, at: str) -> Refused:
    return Refused(
        "no_such_occurrence",
        f"Series {series} has no occurrence at {at}. Name one by the instant at which its rule puts it.",
        series=series,
        occurrence=at,
    )


def _still_ahead(command: OccurrenceCommand, occurrence: Occurrence) -> None:
    if occurrence.at <= command.at or not isinstance(occurrence, Upcoming | Opened):
        stage = type(occurrence).__name__
        raise Refused(
            "occurrence_over",
            f"The occurrence of series {command.series} is {stage} and no longer ahead; nothing can be changed about "
            "it. Look at its request.",
            series=command.series,
            state=stage,
        )


def _called_off(command: SeriesCommand, occurrence: Occurrence, read: Read, *, reason: str) -> Decision:
    """Cancel the request of an occurrence that is ahead, unless help arrived already."""
    if not isinstance(occurrence, Opened) or occurrence.at <= command.at:
        return NOTHING
    state = read(request_stream(command.community, occurrence.request))
    if not isinstance(state, HelpRequest) or not state.is_undelivered:
        return NOTHING
    cancel = CancelRequest(
        community=command.community,
        actor=command.actor,
        on_behalf_of=command.on_behalf_of,
        at=command.at,
        request=occurrence.request,
        reason=reason,
    )
    return cancel_request(cancel, read)


def suspend_series(command: SuspendSeries, read: Read) -> Decision:
    """Let a series rest; requests made already for what is ahead are cancelled, and made anew if it goes on in time."""
    state = going_on(read, command.community, command.series)
    if isinstance(state, Suspended):
        return NOTHING
    called_off: list[Fact] = []
    cancelled: list[Decision] = []
    for named, occurrence in state.occurrences.items():
        decision = _called_off(command, occurrence, read, reason="series_suspended")
        if decision:
            called_off.append(OccurrenceCalledOff(occurrence=named, called_off_at=command.at))
            cancelled.append(decision)
    rests = SeriesSuspended(reason=command.reason, suspended_at=command.at)
    return _together(_mine(command, *called_off, rests), *cancelled)


def resume_series(command: ResumeSeries, read: Read) -> Decision:
    """Let a series go on with what is still ahead; what was in between is not made up for."""
    if isinstance(going_on(read, command.community, command.series), Active):
        return NOTHING
    return _mine(command, SeriesResumed(resumed_at=command.at))


def end_series(command: EndSeries, read: Read) -> Decision:
    """End a series; said by System after its last occurrence, or when the beneficiary is being erased."""
    state = known(read, command.community, command.series)
    if isinstance(state, Ended):
        return NOTHING
    if command.actor.role is Role.SYSTEM and not _is_to_end(command, state, read):
        return NOTHING
    fact = SeriesEnded(reason=command.reason, ended_at=command.at)
    ahead = state.occurrences.values()
    cancelled = [_called_off(command, occurrence, read, reason="series_ended") for occurrence in ahead]
    return _together(_mine(command, fact), *cancelled)


def _is_to_end(command: EndSeries, state: Series, read: Read) -> bool:
    person = residents.known(read, command.community, state.beneficiary)
    gone = isinstance(person, Leaving | Erased)
    return gone or (state.last_at is not None and state.last_at <= command.at)


def _together(*decisions: Decision) -> Decision:
    """Return several decisions as one, each stream once."""
    gathered = Gathered()
    for decision in decisions:
        for stream, events in decision:
            gathered.add(stream, *events)
    return gathered.decision()


def open_occurrence(command: OpenOccurrence, read: Read) -> Decision:
    """
    Make the request of an occurrence that is near, or record that none can be made and tell the duty contact.

    A request that cannot be made must not be forgotten, nor tried for ever.
    """
    state = known(read, command.community, command.series)
    occurrence = state.occurrences.get(command.occurrence)
    if not isinstance(state, Active) or not isinstance(occurrence, Upcoming):
        return NOTHING
    community = registered(read, command.community)
    too_soon = occurrence.at - timedelta(seconds=community.policy.series_ahead_s) > command.at
    if occurrence.openings + 1 != command.opening or too_soon or state.is_paused_at(occurrence.at):
        return NOTHING
    missed = OccurrenceMissed(occurrence=command.occurrence, reason="too_late", to=community.duty, missed_at=command.at)
    if occurrence.at <= command.at:
        return _mine(command, missed)
    request = request_for(command.series, command.occurrence, command.opening)
    try:
        made = receive_request(_receipt(command, state, request=request, needed_by=occurrence.at), read)
    except Refused as refusal:
        return _mine(command, missed.model_copy(update={"reason": refusal.code}))
    opened = OccurrenceOpened(occurrence=command.occurrence, request=request, opened_at=command.at)
    return (*_mine(command, opened), *made)


def _receipt(command: OpenOccurrence, state: Series, *, request: RequestId, needed_by: Instant) -> ReceiveRequest:
    return ReceiveRequest(
        community=command.community,
        actor=command.actor,
        at=command.at,
        request=request,
        beneficiary=state.beneficiary,
        reporter=state.reporter,
        channel=state.channel,
        kind=state.kind,
        note=state.note,
        occurred_at=command.at,
        needed_by=needed_by,
        urgency=state.urgency,
        series=command.series,
    )


def _mine(command: SeriesCommand, *facts: Fact) -> Decision:
    return (Changes(series_stream(command.community, command.series), facts),)
