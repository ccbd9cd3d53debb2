"""Commands about what bounds and dates a duty: limits, qualifications, briefing, who lends and who stands in."""

from __future__ import annotations

from .community import check_place, registered
from .decider import NOTHING, Changes, Decision, Read
from .duty import (
    DEPUTIES_MAX,
    QUALIFICATIONS_MAX,
    BellSet,
    BriefingAcknowledged,
    ClearanceExpirySet,
    Deputy,
    DeputyDismissed,
    DeputyNamed,
    DutyLimitsSet,
    QualificationGranted,
    QualificationRevoked,
    ResponderSeconded,
    Secondment,
    SecondmentEnded,
    Term,
    Version,
)
from .errors import Refused
from .responder import serving
from .roster import ResponderCommand
from .shift import DutyLimits
from .values import Code, CommunityId, Fact, Instant, Place, ResponderId, responder_stream


class SetDutyLimits(ResponderCommand):
    """Bound a responder's duty by limits of their own; none means the policy's."""

    limits: DutyLimits | None = None
    reason: Code


class GrantQualification(ResponderCommand):
    """Record a skill that expires."""

    skill: Code
    valid_until: Instant


class RevokeQualification(ResponderCommand):
    """Take a skill back, dated or not."""

    skill: Code


class SetClearanceExpiry(ResponderCommand):
    """Say when a clearance ends; without an instant it does not."""

    valid_until: Instant | None = None


class AcknowledgeBriefing(ResponderCommand):
    """Say that a version of the handbook was read."""

    version: Version


class SecondResponder(ResponderCommand):
    """Record that a unit lends a responder for a time; said anew, the time is another one."""

    secondment: Secondment


class EndSecondment(ResponderCommand):
    """End what a unit lends, now."""

    unit: Code


class NameDeputy(ResponderCommand):
    """Name who stands in for a responder in a place; said anew, for another time."""

    deputy: Deputy


class DismissDeputy(ResponderCommand):
    """Let somebody stand in no more."""

    deputy: ResponderId
    scope: Place


class SetBell(ResponderCommand):
    """Put a responder into a group that is called away together, or into none."""

    bell: Code | None = None


def set_duty_limits(command: SetDutyLimits, read: Read) -> Decision:
    """Set the limits of one person, for age or health; why is a code and never names an illness (R24)."""
    state = serving(read, command.community, command.responder)
    if state.duty.limits == command.limits:
        return NOTHING
    return _one(command, DutyLimitsSet(limits=command.limits, reason=command.reason, set_at=command.at))


def grant_qualification(command: GrantQualification, read: Read) -> Decision:
    """Grant a skill until an instant that is still to come (R13: a daily test; R26: a course)."""
    state = serving(read, command.community, command.responder)
    if state.duty.qualified.get(command.skill) == command.valid_until:
        return NOTHING
    if command.valid_until <= command.at:
        raise Refused(
            "ends_before_start", "The qualification would have expired already. Give an instant that is to come."
        )
    if command.skill not in state.duty.qualified and len(state.duty.qualified) >= QUALIFICATIONS_MAX:
        raise Refused(
            "too_many_qualifications",
            f"Responder {command.responder} has {QUALIFICATIONS_MAX} dated skills, the most there may be. "
            "Take one back first.",
            responder=command.responder,
        )
    fact = QualificationGranted(skill=command.skill, valid_until=command.valid_until, granted_at=command.at)
    return _one(command, fact)


def revoke_qualification(command: RevokeQualification, read: Read) -> Decision:
    """Take a skill back; open offers that need it are withdrawn by the next drain."""
    state = serving(read, command.community, command.responder)
    if command.skill not in state.duty.qualified and command.skill not in state.skills:
        return NOTHING
    return _one(command, QualificationRevoked(skill=command.skill, revoked_at=command.at))


def set_clearance_expiry(command: SetClearanceExpiry, read: Read) -> Decision:
    """Say when a clearance ends."""
    state = serving(read, command.community, command.responder)
    if state.duty.clearance_until == command.valid_until:
        return NOTHING
    return _one(command, ClearanceExpirySet(valid_until=command.valid_until, set_at=command.at))


def acknowledge_briefing(command: AcknowledgeBriefing, read: Read) -> Decision:
    """Acknowledge a version; a version that was superseded by a later acknowledgement is nothing new (R26)."""
    state = serving(read, command.community, command.responder)
    if state.duty.briefing >= command.version:
        return NOTHING
    return _one(command, BriefingAcknowledged(version=command.version, acknowledged_at=command.at))


def second_responder(command: SecondResponder, read: Read) -> Decision:
    """Second somebody for a time; who was ever lent serves within such times only (R22)."""
    state = serving(read, command.community, command.responder)
    _ends_after_start(command.secondment.term)
    if command.secondment in state.duty.secondments:
        return NOTHING
    lent = command.secondment
    fact = ResponderSeconded(
        unit=lent.unit, valid_from=lent.term.valid_from, valid_until=lent.term.valid_until, seconded_at=command.at
    )
    return _one(command, fact)


def end_secondment(command: EndSecondment, read: Read) -> Decision:
    """End a secondment; what was begun is finished, nothing more is asked."""
    state = serving(read, command.community, command.responder)
    held = next((s for s in state.duty.secondments if s.unit == command.unit), None)
    if held is None or (held.term.valid_until is not None and held.term.valid_until <= command.at):
        return NOTHING
    return _one(command, SecondmentEnded(unit=command.unit, ended_at=command.at))


def name_deputy(command: NameDeputy, read: Read) -> Decision:
    """
    Name a deputy for one of the captain's places (R18).

    Raises
    ------
    Refused
        ``own_deputy``, ``deputy_cycle`` (somebody would stand in for themselves in the end),
        ``deputy_scope`` (the captain does not serve that place), ``too_many_deputies``.
    """
    deputy, captain = command.deputy, command.responder
    check_place(registered(read, command.community), deputy.scope)
    state = serving(read, command.community, captain)
    _ends_after_start(deputy.term)
    serving(read, command.community, deputy.responder)
    if deputy in state.duty.deputies:
        return NOTHING
    if deputy.responder == captain:
        raise Refused("own_deputy", f"Responder {captain} cannot stand in for themselves. Name somebody else.")
    if not any(scope.contains(deputy.scope) for scope in state.scopes):
        raise Refused(
            "deputy_scope",
            f"Responder {captain} does not serve that place. Name a deputy for a place they serve.",
            responder=captain,
        )
    if captain in _stands_behind(read, command.community, deputy.responder):
        raise Refused(
            "deputy_cycle",
            f"Responder {captain} stands in for {deputy.responder} already, directly or through others. "
            "Name somebody who does not.",
            responder=captain,
            deputy=deputy.responder,
        )
    others = [d for d in state.duty.deputies if (d.responder, d.scope) != (deputy.responder, deputy.scope)]
    if len(others) >= DEPUTIES_MAX:
        raise Refused(
            "too_many_deputies",
            f"Responder {captain} has {DEPUTIES_MAX} deputies, the most there may be. Dismiss one first.",
            responder=captain,
        )
    named = DeputyNamed(
        deputy=deputy.responder,
        scope=deputy.scope,
        valid_from=deputy.term.valid_from,
        valid_until=deputy.term.valid_until,
        named_at=command.at,
    )
    return _one(command, named)


def _stands_behind(read: Read, community: CommunityId, first: ResponderId) -> set[ResponderId]:
    """Return everybody who stands in for somebody, directly or through others; each stream read is guarded."""
    found: set[ResponderId] = set()
    waiting = [first]
    while waiting:
        who = waiting.pop()
        if who not in found:
            found.add(who)
            duty = getattr(read(responder_stream(community, who)), "duty", None)
            waiting.extend(d.responder for d in (duty.deputies if duty is not None else ()))
    return found


def dismiss_deputy(command: DismissDeputy, read: Read) -> Decision:
    """Dismiss a deputy; what they have taken stays theirs."""
    state = serving(read, command.community, command.responder)
    named = {(d.responder, d.scope) for d in state.duty.deputies}
    if (command.deputy, command.scope) not in named:
        return NOTHING
    return _one(command, DeputyDismissed(deputy=command.deputy, scope=command.scope, dismissed_at=command.at))


def set_bell(command: SetBell, read: Read) -> Decision:
    """Put somebody into a group that is called away together, such as a fire station's (R25)."""
    state = serving(read, command.community, command.responder)
    return NOTHING if state.duty.bell == command.bell else _one(command, BellSet(bell=command.bell, set_at=command.at))


def _ends_after_start(term: Term) -> None:
    if term.valid_until is not None and term.valid_until <= term.valid_from:
        raise Refused("ends_before_start", "The term would end before it begins. Give an end after its beginning.")


def _one(command: ResponderCommand, fact: Fact) -> Decision:
    return (Changes(responder_stream(command.community, command.responder), (fact,)),)
