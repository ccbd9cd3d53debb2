"""Verbs about series: the same help again and again, each occurrence by itself (R9, R10, R13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Unpack

from ..domain import series_commands
from ..domain.errors import Refused
from ..domain.series import Opened, Series
from ..domain.series import known as known_series
from ..domain.values import Channel, RequestId, ResidentId, SeriesId, Urgency, series_stream
from ..store.journal import Answer
from .given import about, local_id, one_of, several
from .plan import Call, Plan, community_id, instant, speaker
from .requests import Requests


@dataclass(frozen=True, slots=True)
class OccurrenceLine:
    """
    One occurrence of a series.

    Attributes
    ----------
    occurrence
        Its name: the instant at which the rule puts it, UTC.
    at
        When it is, UTC; another instant when it was moved.
    state
        upcoming, opened, skipped or missed; paused when it falls into a suspension.
    request
        The request that stands for it, once it is opened.
    """

    occurrence: datetime
    at: datetime
    state: str
    request: RequestId | None


class Recurring(Requests):
    """One method per verb."""

    def start_series(
        self,
        community: str,
        kind: str,
        *,
        beneficiary: ResidentId,
        rule: str,
        starts: datetime,
        time_zone: str | None = None,
        skip: Iterable[datetime] = (),
        urgency: Urgency | str | None = None,
        reporter: str | None = None,
        channel: Channel | str = Channel.APP,
        note: str | None = None,
        **call: Unpack[Call],
    ) -> SeriesId:
        """
        Arrange a series; each occurrence becomes a request `series_ahead_s` before it (policy).

        Parameters
        ----------
        rule
            RFC 5545 with an end, such as ``FREQ=DAILY;COUNT=7`` or ``FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20230101``:
            hourly at most, 400 occurrences within three years at most.
        starts
            The first occurrence, aware; its local time recurs, also when clocks change.
        time_zone
            Whose local time; by default the community's.
        skip
            Occurrences that do not take place from the start.
        note
            Sealed under the beneficiary's key; each request carries it.

        Raises
        ------
        Refused
            ``bad_rule``, ``rule_too_often``, ``rule_without_end``, ``too_many_occurrences``, ``ends_before_start``,
            ``start_not_in_rule``, ``starts_in_the_past``, ``no_such_local_time``, ``unknown_time_zone``; unknown
            kind or resident.
        """
        first = _existing(instant(starts, "starts"))
        left_out = [_in_utc(instant(at, "skip")) for at in several(skip, "skip")]
        said = {
            "kind": kind,
            "beneficiary": beneficiary,
            "rule": rule,
            "starts": first,
            "time_zone": time_zone,
            "skip": left_out,
            "urgency": urgency,
            "reporter": reporter,
            "channel": channel,
            "note": note,
        }
        series = SeriesId(self._made("s", community, call))
        fields = {
            "series": series,
            "kind": kind,
            "beneficiary": beneficiary,
            "reporter": reporter or speaker(call, self.actor).id,
            "channel": one_of(Channel, channel, "channel"),
            "rule": rule,
            "time_zone": time_zone or self.register_of(community).time_zone,
            "starts_at": first,
            "skip": tuple(sorted(set(left_out))),
            "urgency": one_of(Urgency, urgency, "urgency") if urgency is not None else None,
        }
        subject = beneficiary if note is not None else None
        self._say(
            community,
            Plan(series_commands.StartSeries, fields, said=said, subject=subject, personal={"note": note}),
            call,
        )
        return series

    def skip_occurrence(
        self, community: str, series: SeriesId, occurrence: datetime, *, reason: str, **call: Unpack[Call]
    ) -> Answer:
        """Leave one occurrence out; its request, if there is one, is cancelled, and no sibling is touched."""
        fields = {"series": series, "occurrence": instant(occurrence, "occurrence"), "reason": reason}
        return self._say(community, about(series_commands.SkipOccurrence, **fields), call)

    def move_occurrence(
        self, community: str, series: SeriesId, occurrence: datetime, *, to: datetime, **call: Unpack[Call]
    ) -> Answer:
        """Let one occurrence take place at another time; it keeps its name, and no sibling is touched."""
        when = instant(occurrence, "occurrence")
        fields = {"series": series, "occurrence": when, "to": _existing(instant(to, "to"))}
        return self._say(community, about(series_commands.MoveOccurrence, **fields), call)

    def suspend_series(self, community: str, series: SeriesId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """Let a series rest, while in hospital for example; requests for what is ahead are cancelled."""
        return self._say(community, about(series_commands.SuspendSeries, series=series, reason=reason), call)

    def resume_series(self, community: str, series: SeriesId, **call: Unpack[Call]) -> Answer:
        """Let a series go on with what is still ahead; what was in between is not made up for."""
        return self._say(community, about(series_commands.ResumeSeries, series=series), call)

    def end_series(self, community: str, series: SeriesId, *, reason: str, **call: Unpack[Call]) -> Answer:
        """End a series; requests for what is ahead are cancelled."""
        return self._say(community, about(series_commands.EndSeries, series=series, reason=reason), call)

    def series(self, community: str, series: SeriesId) -> Series:
        """Return a series' state."""
        here = community_id(community)
        return known_series(lambda stream: self.journal.state(stream)[0], here, local_id(series_stream, here, series))

    def occurrences(self, community: str, series: SeriesId) -> tuple[OccurrenceLine, ...]:
        """Return every occurrence of a series, in the order of its rule."""
        state = self.series(community, series)
        return tuple(
            OccurrenceLine(
                occurrence=named,
                at=one.at,
                state=_stage(state, type(one).__name__.lower(), one.at),
                request=one.request if isinstance(one, Opened) else None,
            )
            for named, one in state.occurrences.items()
        )


def _stage(state: Series, name: str, at: datetime) -> str:
    return "paused" if name == "upcoming" and state.is_paused_at(at) else name


def _existing(at: datetime) -> datetime:
    """Return an instant in UTC; refused as ``no_such_local_time`` when clocks skip the local time it was given as."""
    plain = _in_utc(at)
    if plain.astimezone(at.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None):
        raise Refused(
            "no_such_local_time", "Clocks skip that local time on that day. Give one before or after the change."
        )
    return plain


def _in_utc(at: datetime) -> datetime:
    """Return an instant in UTC; refused as ``bad_input`` when it has none that a calendar holds."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise Refused("bad_input", "An instant must lie between the years 1 and 9999 in UTC. Correct it.") from None
