"""Cells that hold an instant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dispatch.domain.text import fold

from .grid import Cell, Fault
from .problems import RowError, RowProblem

YEARS = (2000, 2100)
"""First and last year of an instant: a year outside is a slip of the keyboard."""

TIME_EXAMPLE = "2026-03-01 09:30"

_TIME = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T ]?(?P<hour>\d{1,2})[:时点](?P<minute>\d{2})"
    r"(?:[:分](?P<second>\d{2})秒?(?:\.(?P<micro>\d{1,6})\d*)?|分)?"
    r" ?(?P<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?"
)
_ZONE = re.compile(r"([+-])(\d{2}):?(\d{2})?")


def read_instant(cell: Cell, tz: ZoneInfo) -> datetime:
    """
    Return an instant in UTC.

    Parameters
    ----------
    cell
        A spreadsheet's date with time, or text such as ``2026-03-01 09:30``, ISO 8601 with or
        without a zone, ``2026年3月1日 9:30``.
    tz
        Where the community lives: what a time without a zone means.

    Raises
    ------
    RowError
        Not a time, no such time, outside `YEARS`, or a local time that the clocks skipped or showed
        twice.
    """
    stated = _stated(cell)
    low, high = YEARS
    if not low <= stated.year <= high:
        raise RowError(RowProblem.YEAR_OUT_OF_RANGE, low=low, high=high)
    if stated.tzinfo is not None:
        return stated.astimezone(UTC)
    early, late = stated.replace(tzinfo=tz, fold=0), stated.replace(tzinfo=tz, fold=1)
    if early.utcoffset() != late.utcoffset():
        back = early.astimezone(UTC).astimezone(tz).replace(tzinfo=None)
        twice = back == stated
        raise RowError(RowProblem.TIME_TWICE_ON_CLOCK if twice else RowProblem.TIME_SKIPPED_BY_CLOCK)
    return early.astimezone(UTC)


def _stated(cell: Cell) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, Fault):
        raise RowError(cell.code)
    if isinstance(cell, date):
        raise RowError(RowProblem.TIME_WITHOUT_HOUR, example=TIME_EXAMPLE)
    match = _TIME.fullmatch(fold(cell, "time")) if isinstance(cell, str) else None
    if match is None:
        raise RowError(RowProblem.TIME_UNREADABLE, example=TIME_EXAMPLE)
    if match["hour"] is None:
        raise RowError(RowProblem.TIME_WITHOUT_HOUR, example=TIME_EXAMPLE)
    try:
        return datetime(
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"] or 0),
            int((match["micro"] or "0").ljust(6, "0")),
            tzinfo=_zone(match["zone"]),
        )
    except ValueError:
        raise RowError(RowProblem.NO_SUCH_TIME) from None


def _zone(text: str | None) -> timezone | None:
    match = _ZONE.fullmatch(text or "")
    if match is None:
        return None if text is None else UTC
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return timezone(-offset if match[1] == "-" else offset)
