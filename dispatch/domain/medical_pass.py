"""
MedicalPass (就医通行证, the red pass): leave for one resident to go out for care (R12).

Requested → UnderReview → Issued → Used; Denied, Expired, Revoked. The sub-district's medical group
judges, never whoever applied; the need is sealed, and no code names an illness.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .decider import Absent, Aggregate, Read
from .errors import Refused, Unknown, impossible
from .values import (
    Account,
    Code,
    CommunityId,
    Fact,
    Instant,
    PassId,
    RequestId,
    ResidentId,
    Sealed,
    Stream,
    stream_of,
)

RIDES_MAX = 60


class Purpose(StrEnum):
    """What somebody wants to go out for, in words that tell nobody what they suffer from."""

    REGULAR_TREATMENT = "regular_treatment"
    EXAMINATION = "examination"
    ADMISSION = "admission"
    DISCHARGE = "discharge"
    ACCOMPANY = "accompany"


@dataclass(frozen=True, slots=True)
class MedicalPass:
    """Base of a pass's states: whose it is, who applied, and for what purpose."""

    resident: ResidentId
    applicant: str
    purpose: Purpose


class Requested(MedicalPass):
    """Applied for; nobody looks at it yet."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class UnderReview(MedicalPass):
    """A member of the medical group looks at it."""

    reviewer: str


@dataclass(frozen=True, slots=True)
class Issued(MedicalPass):
    """
    Given to the resident, for a time and a number of rides.

    `booked` are the rides that are agreed, `used` those that took place.
    """

    issued_by: str
    valid_from: Instant
    valid_until: Instant
    rides_max: int
    booked: frozenset[RequestId] = frozenset()
    used: frozenset[RequestId] = frozenset()

    @property
    def rides_left(self) -> int:
        """Rides that may still be booked."""
        return self.rides_max - len(self.booked) - len(self.used)


class Denied(MedicalPass):
    """Refused, with a reason."""

    __slots__ = ()


class Used(MedicalPass):
    """All its rides took place."""

    __slots__ = ()


class Expired(MedicalPass):
    """Its time is over."""

    __slots__ = ()


class Revoked(MedicalPass):
    """Taken back, with a reason."""

    __slots__ = ()


class PassRequested(Fact):
    """Somebody applied for a pass, for themselves or for another."""

    TOPIC: ClassVar[str] = "pass.requested"
    resident: ResidentId
    applicant: Account
    purpose: Purpose
    need: Sealed | None = None
    requested_at: Instant


class ReviewBegan(Fact):
    """A member of the medical group took the application up."""

    TOPIC: ClassVar[str] = "pass.review_began"
    reviewer: Account
    began_at: Instant


class PassIssued(Fact):
    """The medical group judged that the resident may go out."""

    TOPIC: ClassVar[str] = "pass.issued"
    by: Account
    valid_from: Instant
    valid_until: Instant
    rides_max: Annotated[int, Field(ge=1, le=RIDES_MAX)]
    issued_at: Instant


class PassRefused(Fact):
    """The medical group judged that the resident may not go out, and why."""

    TOPIC: ClassVar[str] = "pass.refused"
    by: Account
    reason: Code
    refused_at: Instant


class PassRideBooked(Fact):
    """One of its rides is agreed."""

    TOPIC: ClassVar[str] = "pass.ride_booked"
    request: RequestId
    booked_at: Instant


class PassRideDropped(Fact):
    """An agreed ride did not take place: it may be booked again."""

    TOPIC: ClassVar[str] = "pass.ride_dropped"
    request: RequestId
    dropped_at: Instant


class PassRideUsed(Fact):
    """An agreed ride took place; the last one uses the pass up."""

    TOPIC: ClassVar[str] = "pass.ride_used"
    request: RequestId
    used_at: Instant


class PassExpired(Fact):
    """Its time is over."""

    TOPIC: ClassVar[str] = "pass.expired"
    expired_at: Instant


class PassRevoked(Fact):
    """It was taken back."""

    TOPIC: ClassVar[str] = "pass.revoked"
    by: Account
    reason: Code
    revoked_at: Instant


def _ended(stage: type[MedicalPass], state: MedicalPass) -> MedicalPass:
    return stage(state.resident, state.applicant, state.purpose)


def evolve(state: Any, event: Fact) -> Any:
    """Return the pass after one of its events."""
    match state, event:
        case Absent(), PassRequested():
            return Requested(event.resident, event.applicant, event.purpose)
        case Requested(), ReviewBegan():
            return UnderReview(state.resident, state.applicant, state.purpose, event.reviewer)
        case UnderReview(), PassIssued():
            return Issued(
                state.resident,
                state.applicant,
                state.purpose,
                issued_by=event.by,
                valid_from=event.valid_from,
                valid_until=event.valid_until,
                rides_max=event.rides_max,
            )
        case UnderReview(), PassRefused():
            return _ended(Denied, state)
        case Issued(), PassExpired():
            return _ended(Expired, state)
        case Requested() | UnderReview() | Issued(), PassRevoked():
            return _ended(Revoked, state)
        case Issued(), _:
            return _evolve_rides(state, event)
        case _:
            raise impossible(event, state)


def _evolve_rides(state: Issued, event: Fact) -> MedicalPass:
    match event:
        case PassRideBooked(request=request) if request not in state.booked and state.rides_left > 0:
            return replace(state, booked=state.booked | {request})
        case PassRideDropped(request=request) if request in state.booked:
            return replace(state, booked=state.booked - {request})
        case PassRideUsed(request=request) if request in state.booked:
            rest = replace(state, booked=state.booked - {request}, used=state.used | {request})
            return _ended(Used, state) if len(rest.used) == rest.rides_max else rest
        case _:
            raise impossible(event, state)


def is_over(state: object) -> bool:
    """Tell whether nothing follows any more."""
    return isinstance(state, Denied | Used | Expired | Revoked)


MEDICAL_PASS = Aggregate(
    name="pass",
    evolve=evolve,
    is_over=is_over,
    facts=(
        PassRequested,
        ReviewBegan,
        PassIssued,
        PassRefused,
        PassRideBooked,
        PassRideDropped,
        PassRideUsed,
        PassExpired,
        PassRevoked,
    ),
)


def pass_stream(community: CommunityId, medical_pass: PassId) -> Stream:
    """Return the stream of one medical pass."""
    return stream_of(community, "pass", medical_pass)


def known(read: Read, community: CommunityId, medical_pass: PassId) -> MedicalPass:
    """
    Return a pass in any state.

    Raises
    ------
    Unknown
        Nobody applied for it.
    """
    state = read(pass_stream(community, medical_pass))
    if not isinstance(state, MedicalPass):
        raise Unknown("pass", medical_pass, now="Apply for one first, or correct the id.")
    return state


def not_that_far(medical_pass: PassId, state: MedicalPass) -> Refused:
    """Return the refusal for a pass whose state does not allow a command."""
    stage = type(state).__name__
    return Refused(
        "pass_state",
        f"Medical pass {medical_pass} is {stage}; this does not apply to it now. Look at its timeline, or apply anew.",
        medical_pass=medical_pass,
        state=stage,
    )
