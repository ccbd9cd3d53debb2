"""What happens to a request as a whole; the events of its legs, links, holds and record are beside this."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from .kind import Proof
from .leg import PlannedLeg
from .link import Others
from .values import (
    Account,
    Channel,
    Code,
    Fact,
    Instant,
    Label,
    Place,
    RequestId,
    ResidentId,
    Role,
    Sealed,
    SeriesId,
    Urgency,
)


class RequestReceived(Fact):
    """Somebody asked for help, through any channel, for themselves or for another (R1)."""

    TOPIC: ClassVar[str] = "request.received"
    beneficiary: ResidentId
    reporter: Account
    channel: Channel
    kind: Code
    urgency: Urgency | None = None
    place: Place
    note: Sealed | None = None
    received_at: Instant
    needed_by: Instant | None = None
    restricted: bool = False
    after: Others = ()
    reopens: RequestId | None = None
    follows: RequestId | None = None
    series: SeriesId | None = None


class RequestTriaged(Fact):
    """Urgency and deadline were set."""

    TOPIC: ClassVar[str] = "request.triaged"
    urgency: Urgency
    due_at: Instant
    triaged_at: Instant


class WorkPlanned(Fact):
    """
    The legs were worked out, and what closes the request.

    They are shared out from now on, unless an approval or another request is waited for.
    """

    TOPIC: ClassVar[str] = "request.work_planned"
    legs: Annotated[tuple[PlannedLeg, ...], Field(min_length=1)]
    same_person: bool
    planned_at: Instant
    approvals: tuple[Role, ...] = ()
    contactless: bool = False
    proof: Proof = Proof.NONE
    no_payment: bool = False
    needs_confirmation: bool = False


class UrgencyChanged(Fact):
    """The urgency was judged anew; a quarter of real incidents change."""

    TOPIC: ClassVar[str] = "request.urgency_changed"
    urgency: Urgency
    due_at: Instant
    reason: Code
    changed_at: Instant


class AlarmRaised(Fact):
    """A threat to life: the named person is alarmed and told to call `call`; this never waits for an offer."""

    TOPIC: ClassVar[str] = "request.alarm_raised"
    to: Account
    call: Label
    raised_at: Instant


class AlarmRepeated(Fact):
    """Nobody acknowledged the alarm in time; it is raised again."""

    TOPIC: ClassVar[str] = "request.alarm_repeated"
    to: Account
    repeated_at: Instant


class AlarmAcknowledged(Fact):
    """A person took the alarm."""

    TOPIC: ClassVar[str] = "request.alarm_acknowledged"
    by: Account
    acknowledged_at: Instant


class RequestEscalated(Fact):
    """A person was called because the machine alone did not get it done."""

    TOPIC: ClassVar[str] = "request.escalated"
    to: Account
    reason: Code
    escalated_at: Instant


class PersonAnswered(Fact):
    """Whom staff see to refuses, or comes after all: nobody reports the work done in between (R28)."""

    TOPIC: ClassVar[str] = "request.person_answered"
    comes: bool
    answered_at: Instant


class RequestDelivered(Fact):
    """The last leg is done."""

    TOPIC: ClassVar[str] = "request.delivered"
    delivered_at: Instant


class ReceiptConfirmed(Fact):
    """The resident, or somebody on their behalf, confirmed (R7)."""

    TOPIC: ClassVar[str] = "request.receipt_confirmed"
    confirmed_by: Account
    confirmed_at: Instant


class RequestClosed(Fact):
    """The request is finished: confirmed, or with a recorded reason."""

    TOPIC: ClassVar[str] = "request.closed"
    reason: Code
    closed_at: Instant


class RequestCancelled(Fact):
    """The request is not wanted any more."""

    TOPIC: ClassVar[str] = "request.cancelled"
    by: Account
    reason: Code
    cancelled_at: Instant


class RequestUnfilled(Fact):
    """A person decided that it will not be served, and why."""

    TOPIC: ClassVar[str] = "request.unfilled"
    reason: Code
    decided_at: Instant
