"""Commands about medical passes: apply, review, issue, refuse, revoke; and their end by time alone (R12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from . import resident as residents
from .community import registered
from .decider import NOTHING, Absent, Changes, Decision, Read
from .errors import Refused
from .help_request import HelpRequest
from .leg import Done
from .medical_pass import (
    RIDES_MAX,
    Denied,
    Issued,
    MedicalPass,
    PassExpired,
    PassIssued,
    PassRefused,
    PassRequested,
    PassRevoked,
    Purpose,
    Requested,
    ReviewBegan,
    Revoked,
    UnderReview,
    known,
    not_that_far,
    pass_stream,
)
from .responder import Responder
from .values import (
    Code,
    Command,
    Fact,
    Instant,
    PassId,
    ResidentId,
    ResponderId,
    Sealed,
    is_local_id,
    request_stream,
    responder_stream,
)

VALID_MAX = timedelta(days=92)
"""A pass is judged anew at least once a quarter (ours)."""


class PassCommand(Command):
    """Base of the commands about one medical pass."""

    medical_pass: PassId


class RequestPass(PassCommand):
    """Apply for a pass; the façade has sealed the need."""

    beneficiary: ResidentId
    purpose: Purpose
    need: Sealed | None = None


class BeginReview(PassCommand):
    """Take an application up."""


class IssuePass(PassCommand):
    """Judge that the resident may go out."""

    valid_from: Instant
    valid_until: Instant
    rides_max: Annotated[int, Field(ge=1, le=RIDES_MAX)] = 1


class RefusePass(PassCommand):
    """Judge that the resident may not go out."""

    reason: Code


class RevokePass(PassCommand):
    """Take a pass, or an application, back."""

    reason: Code


class ExpirePass(PassCommand):
    """End a pass whose time is over."""

    due: Instant


def request_pass(command: RequestPass, read: Read) -> Decision:
    """Apply for a registered resident; who applies need not be the one who goes (R1)."""
    registered(read, command.community)
    residents.present(read, command.community, command.beneficiary)
    stream = pass_stream(command.community, command.medical_pass)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "pass_exists",
            f"Medical pass {command.medical_pass} was applied for already. Use another id.",
            medical_pass=command.medical_pass,
        )
    fact = PassRequested(
        resident=command.beneficiary,
        applicant=command.on_behalf_of or command.actor.id,
        purpose=command.purpose,
        need=command.need,
        requested_at=command.at,
    )
    return (Changes(stream, (fact,)),)


def begin_review(command: BeginReview, read: Read) -> Decision:
    """Take an application up; the first member of the medical group does."""
    state = known(read, command.community, command.medical_pass)
    _judge_is_not_a_party(command, state, read)
    if isinstance(state, UnderReview):
        return NOTHING
    if not isinstance(state, Requested):
        raise not_that_far(command.medical_pass, state)
    return _one(command, ReviewBegan(reviewer=command.actor.id, began_at=command.at))


def issue_pass(command: IssuePass, read: Read) -> Decision:
    """Issue a reviewed pass to the resident, for a time and a number of rides; never without a review."""
    state = known(read, command.community, command.medical_pass)
    if isinstance(state, Issued) and _same_terms(command, state):
        return NOTHING
    _judge_is_not_a_party(command, state, read)
    if isinstance(state, Requested):
        raise Refused(
            "review_first",
            f"Nobody has reviewed medical pass {command.medical_pass}. Let the medical group review it first.",
            medical_pass=command.medical_pass,
        )
    if not isinstance(state, UnderReview):
        raise not_that_far(command.medical_pass, state)
    residents.present(read, command.community, state.resident)
    _time_is_usable(command)
    fact = PassIssued(
        by=command.actor.id,
        valid_from=command.valid_from,
        valid_until=command.valid_until,
        rides_max=command.rides_max,
        issued_at=command.at,
    )
    return _one(command, fact)


def _same_terms(command: IssuePass, state: Issued) -> bool:
    asked = (command.valid_from, command.valid_until, command.rides_max)
    return asked == (state.valid_from, state.valid_until, state.rides_max)


def _time_is_usable(command: IssuePass) -> None:
    if command.valid_until <= command.valid_from:
        raise Refused("ends_before_start", "The pass would end before it begins. Give a later end.")
    if command.valid_until <= command.at:
        raise Refused("already_over", "The pass would be over already. Give an end in the future.")
    if command.valid_until - command.valid_from > VALID_MAX:
        raise Refused(
            "valid_too_long",
            f"A pass is valid for at most {VALID_MAX.days} days. Give an earlier end and judge anew then.",
            limit=VALID_MAX.days,
        )


def _judge_is_not_a_party(command: PassCommand, state: MedicalPass, read: Read) -> None:
    """Nobody judges their own case: neither who applied nor the resident, as whichever of their ids (R12)."""
    judge = command.actor.id
    judges = {judge, command.on_behalf_of}
    if is_local_id(judge):
        person = read(responder_stream(command.community, ResponderId(judge)))
        judges.add(person.resident if isinstance(person, Responder) else None)
    if judges & {state.applicant, state.resident}:
        raise Refused(
            "own_case",
            f"{judge} applied for medical pass {command.medical_pass} or is to use it. "
            "Let another member of the medical group judge.",
            actor=judge,
            medical_pass=command.medical_pass,
        )


def refuse_pass(command: RefusePass, read: Read) -> Decision:
    """Refuse a reviewed application, with a reason; the resident may apply anew."""
    state = known(read, command.community, command.medical_pass)
    if isinstance(state, Denied):
        return NOTHING
    _judge_is_not_a_party(command, state, read)
    if not isinstance(state, UnderReview):
        raise not_that_far(command.medical_pass, state)
    return _one(command, PassRefused(by=command.actor.id, reason=command.reason, refused_at=command.at))


def revoke_pass(command: RevokePass, read: Read) -> Decision:
    """Take a pass or an application back; the next drain takes back what is open under it."""
    state = known(read, command.community, command.medical_pass)
    if isinstance(state, Revoked):
        return NOTHING
    if not isinstance(state, Requested | UnderReview | Issued):
        raise not_that_far(command.medical_pass, state)
    return _one(command, PassRevoked(by=command.actor.id, reason=command.reason, revoked_at=command.at))


def expire_pass(command: ExpirePass, read: Read) -> Decision:
    """End a pass when its time is over; while a patient is out with it, it lasts until they are back."""
    state = known(read, command.community, command.medical_pass)
    if not isinstance(state, Issued) or state.valid_until > command.at:
        return NOTHING
    booked = (read(request_stream(command.community, request)) for request in sorted(state.booked))
    if any(is_out(request) for request in booked):
        return NOTHING
    return _one(command, PassExpired(expired_at=command.at))


def is_out(request: object) -> bool:
    """Tell whether a ride has begun and is not over: who left with a live pass is let back in with it."""
    return (
        isinstance(request, HelpRequest) and request.is_matchable and any(isinstance(leg, Done) for leg in request.legs)
    )


def _one(command: PassCommand, fact: Fact) -> Decision:
    return (Changes(pass_stream(command.community, command.medical_pass), (fact,)),)
