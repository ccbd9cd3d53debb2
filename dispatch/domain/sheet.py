"""Sheets for captains without a phone: at fixed hours somebody brings what is bound for them (A2)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from .policy import Policy

_HOUR_MIN = 60


def next_sheet_at(policy: Policy, at: datetime, *, zone: str) -> datetime | None:
    """
    Return when the next sheet is brought, at an instant or after it; `None` where no hours are set.

    Parameters
    ----------
    policy
        Its `sheet_minutes` are minutes after local midnight.
    zone
        IANA name of the community's time zone.
    """
    here = ZoneInfo(zone)
    today = at.astimezone(here).date()
    hours = [time(*divmod(minute, _HOUR_MIN)) for minute in policy.sheet_minutes]
    days = (today + timedelta(days=day) for day in range(2))
    brought = (datetime.combine(day, hour, tzinfo=here).astimezone(at.tzinfo) for day in days for hour in hours)
    return min((instant for instant in brought if instant >= at), default=None)


def sheet_answer_by(policy: Policy, at: datetime, *, zone: str) -> datetime | None:
    """Return until when a captain without a phone answers what is offered at an instant; `None` without hours."""
    brought = next_sheet_at(policy, at, zone=zone)
    return None if brought is None else brought + timedelta(seconds=policy.sheet_answer_within_s)
