"""
Recurrence rules (RFC 5545): which instants a written rule means. A pure function of the rule, its start and its zone.

A rule is worked out once, when a series starts, and the instants go into the log whole: replay needs
neither this library nor the time-zone tables of that day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from pydantic import StringConstraints

from .errors import Refused

OCCURRENCES_MAX = 400
SPAN_MAX = timedelta(days=1_096)
INTERVAL_MAX = 1_000
YEAR_END = 9_000
FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYHOUR", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"}
)

RuleText = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+){0,12}$", max_length=200)
]
"""A recurrence rule without the word RRULE, as in FREQ=DAILY;COUNT=7."""

_SHAPE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+){0,12}")
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_TEXT_MAX = 200


def occurrences_of(rule: str, *, starts_at: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """
    Return the instants that a rule means, ascending, UTC.

    Parameters
    ----------
    rule
        RFC 5545, hourly at most, with COUNT or UNTIL.
    starts_at
        The first occurrence, aware; its local time in `zone` is what recurs.

    Raises
    ------
    Refused
        ``bad_rule`` (not a rule, or a part that is not taken), ``rule_too_often`` (by the minute or second),
        ``rule_without_end``, ``too_many_occurrences`` (more than 400, or more than three years),
        ``ends_before_start``, ``start_not_in_rule``.

    Notes
    -----
    Local times follow RFC 5545, 3.3.5: one that clocks skip takes the offset from before the gap, one that
    clocks show twice means the first. Two local times that fall on one instant are one occurrence.
    """
    parts = _parts(rule)
    if starts_at.year >= YEAR_END:
        raise _bad(f"a series starts before the year {YEAR_END}")
    first = starts_at.astimezone(zone).replace(tzinfo=None)
    last = _last(parts, zone)
    if last is not None and last < first:
        raise Refused("ends_before_start", "The rule ends before the series starts. Give a later UNTIL.")
    longest = first + SPAN_MAX
    found = _found(parts, first, longest if last is None else min(last, longest), count=_count(parts))
    if not found or found[0] != first:
        raise Refused(
            "start_not_in_rule",
            "The rule does not recur at the start of the series. Start it at its first occurrence.",
        )
    if len(found) > OCCURRENCES_MAX or _is_cut(parts, found, last, first=first):
        raise Refused(
            "too_many_occurrences",
            f"A series has {OCCURRENCES_MAX} occurrences within three years at most. "
            "Give a smaller COUNT or an earlier UNTIL, and renew it later.",
        )
    return tuple(sorted({local.replace(tzinfo=zone).astimezone(UTC) for local in found}))


def _parts(rule: str) -> dict[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:").strip(";")
    if len(text) > _TEXT_MAX or not _SHAPE.fullmatch(text):
        raise _bad("it is not written as in FREQ=DAILY;COUNT=7")
    pairs = [part.split("=") for part in text.split(";")]
    parts = dict(pairs)
    if len(parts) != len(pairs):
        raise _bad("a part is given twice")
    frequency = parts.get("FREQ")
    if frequency in ("MINUTELY", "SECONDLY") or {"BYMINUTE", "BYSECOND"} & set(parts):
        raise Refused(
            "rule_too_often",
            "A series recurs hourly at most. Choose one of: " + ", ".join(FREQUENCIES) + ".",
        )
    if frequency not in FREQUENCIES:
        raise _bad("FREQ is one of " + ", ".join(FREQUENCIES))
    strange = sorted(set(parts) - PARTS)
    if strange:
        raise _bad(f"part {strange[0]} is not taken; a rule has {', '.join(sorted(PARTS))}")
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise Refused("rule_without_end", "A series needs an end: give either COUNT or UNTIL.")
    if not 1 <= _number(parts.get("INTERVAL", "1")) <= INTERVAL_MAX:
        raise _bad(f"INTERVAL is 1 to {INTERVAL_MAX}")
    return parts


def canonical(rule: str) -> str:
    """Return a checked rule as it is stored; refused as `occurrences_of` does."""
    return ";".join(f"{name}={value}" for name, value in _parts(rule).items())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000") else -1


def _count(parts: Mapping[str, str]) -> int | None:
    if "COUNT" not in parts:
        return None
    count = _number(parts["COUNT"])
    if count < 1:
        raise _bad("COUNT is a whole number, at least 1")
    return count


def _last(parts: Mapping[str, str], zone: ZoneInfo) -> datetime | None:
    """Return the last local time that UNTIL allows; a date allows its whole day."""
    if "UNTIL" not in parts:
        return None
    shape = _UNTIL.fullmatch(parts["UNTIL"])
    if shape is None:
        raise _bad("UNTIL is a date or time as in 20220601 or 20220601T000000Z")
    try:
        day = date.fromisoformat(shape[1])
        clock = time.fromisoformat(shape[2]) if shape[2] else time.max
        local = datetime.combine(day, clock)
        return local.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if shape[3] else local
    except (ValueError, OverflowError):
        raise _bad("UNTIL is no day or time that exists") from None


def _found(parts: Mapping[str, str], first: datetime, last: datetime, *, count: int | None) -> list[datetime]:
    """Return the local times, one more than may be at most."""
    rest = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("COUNT", "UNTIL"))
    most = OCCURRENCES_MAX + 1
    try:
        rule = rrulestr(f"{rest};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=first)
        found: Iterator[datetime] = iter(rule)
        return list(islice(found, most if count is None else min(count, most)))
    except (ValueError, TypeError, IndexError, OverflowError):
        raise _bad("a part has a value that it cannot have") from None


def _is_cut(parts: Mapping[str, str], found: list[datetime], last: datetime | None, *, first: datetime) -> bool:
    """Tell whether the rule goes on beyond the longest span."""
    if last is not None:
        return last > first + SPAN_MAX
    count = _count(parts)
    return count is not None and len(found) < count


def _bad(why: str) -> Refused:
    return Refused("bad_rule", f"The recurrence rule cannot be used: {why}. Correct it.")
