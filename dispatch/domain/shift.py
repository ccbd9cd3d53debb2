"""
Shifts and what bounds them: hours a day, rest between days, days in a row, effort a day (R24).

A shift belongs to the local day on which it begins, so that somebody may serve in the morning and
again in the evening of one day. Limits are data: the policy's for everybody, and a person's own where
one is set. At their defaults they bound nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, ClassVar, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from .values import Fact, Instant, Value

DAY_S = 86_400
PAST_DAYS_KEPT = 62
"""Days for which worked shifts are remembered, in days: longer than the 58 in a row that were reported (R24)."""

EFFORT_UNBOUND = 1_000


class Shift(Value):
    """A stretch of duty, from an instant until before another."""

    starts_at: Instant
    ends_at: Instant

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("a shift ends before it starts; give an end after its beginning")
        return self

    def covers(self, at: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.starts_at <= at < self.ends_at


class DutyLimits(Value):
    """
    What nobody is planned or asked beyond, unless somebody else says so with a reason (R24).

    Attributes
    ----------
    day_s
        Seconds on duty in one local day, shifts that overlap counted once.
    rest_s
        Seconds of rest between the last shift of a day and the first of the next day on duty.
    days_in_row_max
        Local days with a shift, one after the other.
    effort_day_max
        Effort units finished and held in one UTC day; the age and effort cap of a person.
    """

    day_s: Annotated[int, Field(ge=1_800, le=DAY_S)] = DAY_S
    rest_s: Annotated[int, Field(ge=0, le=2 * DAY_S)] = 0
    days_in_row_max: Annotated[int, Field(ge=1, le=PAST_DAYS_KEPT)] = PAST_DAYS_KEPT
    effort_day_max: Annotated[int, Field(ge=1, le=EFFORT_UNBOUND)] = EFFORT_UNBOUND


NO_LIMITS = DutyLimits()


class Excess(NamedTuple):
    """The limit that a shift goes beyond: its name, what there would be, and what is allowed."""

    limit: str
    found: int
    allowed: int


class ShiftPlanned(Fact):
    """A stretch of duty was planned."""

    TOPIC: ClassVar[str] = "responder.shift_planned"
    shift: Shift
    planned_at: Instant


class ShiftCancelled(Fact):
    """A planned stretch of duty was taken back."""

    TOPIC: ClassVar[str] = "responder.shift_cancelled"
    shift: Shift
    cancelled_at: Instant


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def day_of(shift: Shift, zone: str) -> date:
    """Return the local day to which a shift belongs."""
    return shift.starts_at.astimezone(_zone(zone)).date()


def excess_of(shift: Shift, others: Iterable[Shift], *, limits: DutyLimits, zone: str) -> Excess | None:
    """
    Return the first limit that a shift goes beyond together with other ones, or `None`.

    Parameters
    ----------
    others
        Shifts worked and planned; `shift` may be among them.
    zone
        IANA name of the community's time zone: days are local ones.
    """
    days: dict[date, list[Shift]] = {}
    for one in {*others, shift}:
        days.setdefault(day_of(one, zone), []).append(one)
    today = day_of(shift, zone)
    served = on_duty_s(days[today])
    if served > limits.day_s < DAY_S:
        return Excess("hours_a_day", served, limits.day_s)
    rest = _shortest_rest(days, today)
    if limits.rest_s and rest is not None and rest < limits.rest_s:
        return Excess("rest_between_days", rest, limits.rest_s)
    row = _days_in_row(days, today)
    beyond = row > limits.days_in_row_max < PAST_DAYS_KEPT
    return Excess("days_in_a_row", row, limits.days_in_row_max) if beyond else None


def with_shift(
    shifts: Sequence[Shift], past: Sequence[Shift], new: Shift, *, at: datetime
) -> tuple[tuple[Shift, ...], tuple[Shift, ...]]:
    """Return the shifts ahead with one more, and those that are over, kept for as long as limits look back."""
    over = {s for s in shifts if s != new and s.ends_at <= at}
    since = at - timedelta(days=PAST_DAYS_KEPT)
    kept = {s for s in (*past, *over) if s.ends_at > since}
    return _ordered({*shifts, new} - over), _ordered(kept)


def _ordered(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    return tuple(sorted(shifts, key=lambda s: (s.starts_at, s.ends_at)))


def on_duty_s(shifts: Sequence[Shift]) -> int:
    """Return the seconds that shifts cover, what they share counted once."""
    covered, until = timedelta(), None
    for shift in sorted(shifts, key=lambda s: s.starts_at):
        begins = shift.starts_at if until is None else max(shift.starts_at, until)
        covered += max(shift.ends_at - begins, timedelta())
        until = shift.ends_at if until is None else max(until, shift.ends_at)
    return int(covered.total_seconds())


def _shortest_rest(days: dict[date, list[Shift]], today: date) -> int | None:
    """Return the shorter rest of a day: since the day on duty before it, and until the one after it; seconds."""
    begins, ends = min(s.starts_at for s in days[today]), max(s.ends_at for s in days[today])
    before = max((day for day in days if day < today), default=None)
    after = min((day for day in days if day > today), default=None)
    rests = []
    if before is not None:
        rests.append(begins - max(s.ends_at for s in days[before]))
    if after is not None:
        rests.append(min(s.starts_at for s in days[after]) - ends)
    return min((int(rest.total_seconds()) for rest in rests), default=None)


def _days_in_row(days: dict[date, list[Shift]], today: date) -> int:
    count = 1
    for step in (-1, 1):
        day = today + timedelta(days=step)
        while day in days:
            count += 1
            day += timedelta(days=step)
    return count
