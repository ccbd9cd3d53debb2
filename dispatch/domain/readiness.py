"""Whether somebody may be asked at all by what dates and bounds their duty: lent, trained, briefed, within limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from .duty import is_lent_now as lent_now
from .duty import skills_at
from .policy import Policy
from .responder import Responder
from .shift import EFFORT_UNBOUND, NO_LIMITS, DutyLimits, Shift, excess_of
from .values import ControlLevel

Rule = Callable[[Responder, Policy, datetime], bool]


def is_lent_now(state: Responder, _policy: Policy, at: datetime) -> bool:
    """Somebody lent by a unit is asked within the time of the secondment only (R22)."""
    return lent_now(state.duty, at)


def is_trained(state: Responder, policy: Policy, _at: datetime) -> bool:
    """Whoever is asked holds what the policy asks of everybody, such as a course (R26)."""
    return state.skills.issuperset(policy.training)


def knows_the_briefing(state: Responder, policy: Policy, _at: datetime) -> bool:
    """Whoever is asked has acknowledged the handbook's version that the policy names (R26)."""
    return state.duty.briefing >= policy.briefing


def is_at_no_post(state: Responder, _policy: Policy, at: datetime) -> bool:
    """Whoever stands at a post is asked for nothing else in that time (R27)."""
    return not any(posting.span.covers(at) for posting in state.duty.posts)


READINESS: tuple[Rule, ...] = (is_lent_now, is_trained, knows_the_briefing, is_at_no_post)


def readiness_bars(state: Responder, policy: Policy, at: datetime) -> str | None:
    """
    Return the first rule of readiness that somebody fails at an instant, or `None`.

    Parameters
    ----------
    state
        As of the instant: skills that have expired are gone.
    """
    for rule in READINESS:
        if not rule(state, policy, at):
            return rule.__name__
    return None


def limits_of(state: Responder, policy: Policy) -> DutyLimits:
    """Return somebody's own limits, else the policy's (R24)."""
    return policy.duty if state.duty.limits is None else state.duty.limits


def effort_left(state: Responder, limits: DutyLimits, at: datetime) -> int:
    """Return the effort units that may still be finished or held in the UTC day of an instant (R24)."""
    return limits.effort_day_max - state.burden.get(at.toordinal(), 0)


def within_duty_limits(state: Responder, limits: DutyLimits, at: datetime, *, zone: str) -> bool:
    """
    Tell whether somebody is not yet beyond a limit: hours of today so far, rest before it, days in a row, effort.

    A shift that somebody else planned beyond a limit, with a reason, counts as allowed (R24).
    """
    if limits == NO_LIMITS:
        return True
    if effort_left(state, limits, at) <= 0:
        return False
    now = next((shift for shift in state.shifts if shift.covers(at)), None)
    if now is None or now in state.duty.overridden:
        return True
    begun = [_until(s, at) for s in (*state.past_shifts, *state.shifts) if s.starts_at <= at]
    return excess_of(_until(now, at), begun, limits=limits, zone=zone) is None


def _until(shift: Shift, at: datetime) -> Shift:
    ends_at = max(min(shift.ends_at, at), shift.starts_at + timedelta(microseconds=1))
    return Shift(starts_at=shift.starts_at, ends_at=ends_at)


def as_of(state: Responder, at: datetime) -> Responder:
    """
    Return a responder with what dates of their duty worked out: skills and clearance that have expired are gone.

    What the log never said ends, does not end; then the very same state is returned.
    """
    duty = state.duty
    skills = skills_at(state.skills, duty, at)
    expired = duty.clearance_until is not None and duty.clearance_until <= at
    if skills is state.skills and not expired:
        return state
    return replace(state, skills=skills, clearance=ControlLevel.OPEN if expired else state.clearance)


def effective(state: Responder, limits: DutyLimits, at: datetime) -> Responder:
    """Return a responder as a match run sees them: what has expired is gone, capacity is what today still allows."""
    now = as_of(state, at)
    if limits.effort_day_max == EFFORT_UNBOUND:
        return now
    left = max(1, effort_left(state, limits, at))
    return now if left >= now.capacity else replace(now, capacity=left)
