"""
Duty: what bounds and dates a responder's service, beside who they are.

Limits of their own, shifts planned beyond limits, skills and clearances that expire, what they were
briefed on, who lent them, who stands in for them, and the bell that calls them away. The events are
on the responder's stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from .decider import with_item, without
from .errors import impossible
from .posting import PostAssigned, Posting, PostRelieved, PresenceChecked, posting_of
from .shift import DutyLimits, Shift
from .values import Account, Code, Fact, Instant, LegId, Place, ResponderId, Value

Version = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[int, Field(ge=0)]

DEPUTIES_MAX = 8
QUALIFICATIONS_MAX = 32


class Term(Value):
    """A time from an instant until before another; without an end it lasts."""

    valid_from: Instant
    valid_until: Instant | None = None

    def covers(self, at: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


class Deputy(Value):
    """Who receives what a captain would, in one of the captain's places, while the captain cannot (R18)."""

    responder: ResponderId
    scope: Place
    term: Term


class Secondment(Value):
    """A unit that lends somebody to this community for a time (下沉, R22)."""

    unit: Code
    term: Term


@dataclass(frozen=True, slots=True)
class Duty:
    """
    What bounds and dates the service of one responder.

    Attributes
    ----------
    limits
        Their own; `None` means the policy's.
    overridden
        Shifts that somebody planned beyond the limits, with a reason.
    qualified
        Skills that expire, and until when; one of them counts as undated no more.
    clearance_until
        When the clearance ends; `None` means never.
    briefing
        The latest version of the handbook that they have acknowledged; 0 is none.
    bell
        The group that is called away together, such as a fire station's; `None` for who cannot be (R25).
    posts
        Where they stand, and when (R27).
    """

    limits: DutyLimits | None = None
    overridden: frozenset[Shift] = frozenset()
    qualified: Mapping[str, datetime] = field(default_factory=dict)
    clearance_until: datetime | None = None
    briefing: int = 0
    secondments: tuple[Secondment, ...] = ()
    deputies: tuple[Deputy, ...] = ()
    bell: str | None = None
    posts: tuple[Posting, ...] = ()


PLAIN = Duty()
"""The duty of somebody of whom nothing of this kind was ever said."""


class ResponderDroppedOut(Fact):
    """The responder cannot serve for now, blameless: everything open is handed back in this save (R23, R25)."""

    TOPIC: ClassVar[str] = "responder.dropped_out"
    reason: Code
    left_open: tuple[LegId, ...] = ()
    dropped_out_at: Instant


class ResponderReturned(Fact):
    """The responder serves again."""

    TOPIC: ClassVar[str] = "responder.returned"
    returned_at: Instant


class DutyLimitsSet(Fact):
    """The responder's own limits changed; without any the policy's hold (R24)."""

    TOPIC: ClassVar[str] = "responder.duty_limits_set"
    limits: DutyLimits | None = None
    reason: Code
    set_at: Instant


class DutyLimitOverridden(Fact):
    """Somebody else planned the responder's shift beyond a limit, and says why (R24, A5)."""

    TOPIC: ClassVar[str] = "responder.duty_limit_overridden"
    shift: Shift
    limit: Code
    found: Seconds
    allowed: Seconds
    reason: Code
    by: Account
    overridden_at: Instant


class QualificationGranted(Fact):
    """The responder has a skill until an instant: a course, a daily test (R13, R26)."""

    TOPIC: ClassVar[str] = "responder.qualification_granted"
    skill: Code
    valid_until: Instant
    granted_at: Instant


class QualificationRevoked(Fact):
    """The responder has a skill no more."""

    TOPIC: ClassVar[str] = "responder.qualification_revoked"
    skill: Code
    revoked_at: Instant


class ClearanceExpirySet(Fact):
    """When the responder's clearance ends was set; without an instant it does not end."""

    TOPIC: ClassVar[str] = "responder.clearance_expiry_set"
    valid_until: Instant | None = None
    set_at: Instant


class BriefingAcknowledged(Fact):
    """The responder has read a version of the handbook (R26)."""

    TOPIC: ClassVar[str] = "responder.briefing_acknowledged"
    version: Version
    acknowledged_at: Instant


class ResponderSeconded(Fact):
    """A unit lends the responder for a time (R22)."""

    TOPIC: ClassVar[str] = "responder.seconded"
    unit: Code
    valid_from: Instant
    valid_until: Instant | None = None
    seconded_at: Instant


class SecondmentEnded(Fact):
    """The responder is lent no more from now on."""

    TOPIC: ClassVar[str] = "responder.secondment_ended"
    unit: Code
    ended_at: Instant


class DeputyNamed(Fact):
    """Somebody stands in for the responder in a place, for a time (R18)."""

    TOPIC: ClassVar[str] = "responder.deputy_named"
    deputy: ResponderId
    scope: Place
    valid_from: Instant
    valid_until: Instant | None = None
    named_at: Instant


class DeputyDismissed(Fact):
    """Somebody stands in for the responder in a place no more."""

    TOPIC: ClassVar[str] = "responder.deputy_dismissed"
    deputy: ResponderId
    scope: Place
    dismissed_at: Instant


class BellSet(Fact):
    """The group with which the responder is called away changed (R25)."""

    TOPIC: ClassVar[str] = "responder.bell_set"
    bell: Code | None = None
    set_at: Instant


DUTY_FACTS: tuple[type[Fact], ...] = (
    DutyLimitsSet,
    DutyLimitOverridden,
    QualificationGranted,
    QualificationRevoked,
    ClearanceExpirySet,
    BriefingAcknowledged,
    ResponderSeconded,
    SecondmentEnded,
    DeputyNamed,
    DeputyDismissed,
    BellSet,
    PostAssigned,
    PostRelieved,
    PresenceChecked,
)


def evolve_duty(duty: Duty, event: Fact) -> Duty:
    """Return the duty after one of its events."""
    match event:
        case DutyLimitsSet():
            return replace(duty, limits=event.limits)
        case DutyLimitOverridden():
            kept = {shift for shift in duty.overridden if shift.ends_at > event.overridden_at}
            return replace(duty, overridden=frozenset(kept | {event.shift}))
        case QualificationGranted():
            return replace(duty, qualified=with_item(duty.qualified, event.skill, event.valid_until))
        case QualificationRevoked():
            return replace(duty, qualified=without(duty.qualified, event.skill))
        case ClearanceExpirySet():
            return replace(duty, clearance_until=event.valid_until)
        case BriefingAcknowledged():
            return replace(duty, briefing=max(duty.briefing, event.version))
        case BellSet():
            return replace(duty, bell=event.bell)
        case PostAssigned():
            ahead = tuple(p for p in duty.posts if p.span.ends_at > event.assigned_at)
            return replace(duty, posts=(*ahead, posting_of(event)))
        case PostRelieved() if posting_of(event) in duty.posts:
            return replace(duty, posts=tuple(p for p in duty.posts if p != posting_of(event)))
        case PresenceChecked():
            return duty
        case _:
            return _evolve_terms(duty, event)


def _evolve_terms(duty: Duty, event: Fact) -> Duty:
    match event:
        case ResponderSeconded():
            lent = Secondment(unit=event.unit, term=Term(valid_from=event.valid_from, valid_until=event.valid_until))
            others = tuple(s for s in duty.secondments if s.unit != lent.unit)
            return replace(duty, secondments=(*others, lent))
        case SecondmentEnded():
            ended = tuple(_ended(s, event.ended_at) if s.unit == event.unit else s for s in duty.secondments)
            return replace(duty, secondments=ended)
        case DeputyNamed():
            term = Term(valid_from=event.valid_from, valid_until=event.valid_until)
            named = Deputy(responder=event.deputy, scope=event.scope, term=term)
            return replace(duty, deputies=(*_without_deputy(duty, event), named))
        case DeputyDismissed():
            return replace(duty, deputies=_without_deputy(duty, event))
        case _:
            raise impossible(event, duty)


def _without_deputy(duty: Duty, event: DeputyNamed | DeputyDismissed) -> tuple[Deputy, ...]:
    return tuple(d for d in duty.deputies if (d.responder, d.scope) != (event.deputy, event.scope))


def _ended(secondment: Secondment, at: datetime) -> Secondment:
    """
    Cut a secondment short. One that had not begun keeps its unit and covers nothing.

    That the unit stays is what tells somebody whose secondments are over from one who was never lent.
    """
    term = Term(valid_from=min(secondment.term.valid_from, at), valid_until=at)
    return Secondment(unit=secondment.unit, term=term)


def skills_at(skills: frozenset[str], duty: Duty, at: datetime) -> frozenset[str]:
    """Return what somebody can do at an instant: undated skills always, dated ones until they expire (R26)."""
    if not duty.qualified:
        return skills
    valid = {skill for skill, until in duty.qualified.items() if at < until}
    return frozenset((skills - duty.qualified.keys()) | valid)


def is_lent_now(duty: Duty, at: datetime) -> bool:
    """Tell whether somebody serves here at an instant: never lent by anybody, or lent now (R22)."""
    return not duty.secondments or any(secondment.term.covers(at) for secondment in duty.secondments)


def ends_of(duty: Duty) -> list[datetime]:
    """Return every instant at which something of a duty begins or ends by time alone."""
    terms = [*(s.term for s in duty.secondments), *(d.term for d in duty.deputies)]
    dates = [*duty.qualified.values(), duty.clearance_until]
    dates += [t for term in terms for t in (term.valid_from, term.valid_until)]
    dates += [t for posting in duty.posts for t in (posting.span.starts_at, posting.span.ends_at)]
    return [t for t in dates if t is not None]
