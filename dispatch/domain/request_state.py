"""The states of a request, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .approval import Approval
from .decider import as_stage
from .goods import Goods
from .hold import Hold
from .kind import Proof
from .leg import Leg
from .line_item import Items
from .record import Line
from .values import (
    OfferId,
    Place,
    RequestId,
    ResidentId,
    Role,
    SeriesId,
    Urgency,
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm for a threat to life, raised to a named person and repeated until somebody acknowledges it."""

    to: str
    raised_at: datetime
    last_at: datetime
    times: int = 1
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How a request is served and what closes it, as its kind was when the work was planned (R7, R8, R16)."""

    contactless: bool = False
    proof: Proof = Proof.NONE
    no_payment: bool = False
    needs_confirmation: bool = False


@dataclass(frozen=True, slots=True)
class HelpRequest:
    """
    Base of a request's states.

    Attributes
    ----------
    due_at
        The deadline for delivery; a pause moves it, and `paused` is how long it has stood still.
    asks_made
        Numbers the offers.
    escalated, escalations
        The reasons for which a person has been called already, and how often one was.
    reporter
        May speak for the beneficiary.
    restricted
        Visible to few (R17, R34).
    approvals, approved
        Roles that must approve, and what they said.
    after
        Requests that must be delivered first (R4).
    hold
        Why it stands still; set while it is `OnHold`.
    original
        The request of which this one is a duplicate; set when it is `Merged`.
    reopens, reopened_as, follows
        The request that this one takes up again, that takes this one up, that this one comes back on (R17).
    token
        Digest of the word that the beneficiary was told.
    record
        The lines that people wrote, voided ones among them.
    goods, items
        Where its things are, and what is to be bought.
    series
        The one it is an occurrence of: its hour is the deadline, and the same people are preferred (R9).
    refusing
        Whether whom staff see to refuses (R28).
    """

    beneficiary: ResidentId
    kind: str
    place: Place
    received_at: datetime
    needed_by: datetime | None
    urgency: Urgency = Urgency.NONE
    due_at: datetime | None = None
    same_person: bool = False
    legs: tuple[Leg, ...] = ()
    alarm: Alarm | None = None
    asks_made: int = 0
    escalated: frozenset[str] = frozenset()
    reporter: str | None = None
    restricted: bool = False
    terms: Terms = Terms()
    approvals: tuple[Role, ...] = ()
    approved: tuple[Approval, ...] = ()
    after: tuple[RequestId, ...] = ()
    hold: Hold | None = None
    paused: timedelta = timedelta(0)
    original: RequestId | None = None
    reopens: RequestId | None = None
    reopened_as: RequestId | None = None
    follows: RequestId | None = None
    delivered_at: datetime | None = None
    token: str | None = None
    record: tuple[Line, ...] = ()
    goods: Goods | None = None
    items: Items = ()
    escalations: int = 0
    series: SeriesId | None = None
    refusing: bool = False

    def leg(self, name: str) -> Leg | None:
        """Return the leg of this name."""
        return next((leg for leg in self.legs if leg.plan.name == name), None)

    def leg_holding(self, offer: OfferId) -> Leg | None:
        """Return the leg that holds an offer now."""
        return next((leg for leg in self.legs if any(ask.offer == offer for ask in leg.asks)), None)

    @property
    def is_open(self) -> bool:
        """Tell whether it is not over."""
        return not isinstance(self, Closed | Cancelled | Unfilled | NotApproved)

    @property
    def spoken_for(self) -> tuple[str | None, ...]:
        """Who may speak for it: whom it is for, and who reported it."""
        return (self.beneficiary, self.reporter)

    @property
    def is_matchable(self) -> bool:
        """Tell whether its legs may be shared out."""
        return isinstance(self, AwaitingHelp | UnderWay)

    @property
    def is_worked_on(self) -> bool:
        """Tell whether somebody may have taken a leg of it: also while it stands still."""
        return isinstance(self, AwaitingHelp | UnderWay | OnHold)

    @property
    def is_planned(self) -> bool:
        """Tell whether its work is planned and not all done."""
        return self.is_worked_on or isinstance(self, AwaitingApproval | AwaitingOthers)

    @property
    def is_undelivered(self) -> bool:
        """Tell whether it may still be called off: open, not delivered, not merged into another."""
        return self.is_planned or isinstance(self, Received | Triaged)


class Received(HelpRequest):
    """Written down; nobody has judged it."""

    __slots__ = ()


class Triaged(HelpRequest):
    """Urgency and deadline are set; the work is not planned."""

    __slots__ = ()


class AwaitingApproval(HelpRequest):
    """Planned; a role is missing that must approve."""

    __slots__ = ()


class AwaitingOthers(HelpRequest):
    """Planned, and approved where needed; a request that comes before it is not delivered."""

    __slots__ = ()


class OnHold(HelpRequest):
    """Stands still for a reason; the clock is paused."""

    __slots__ = ()


class Merged(HelpRequest):
    """A duplicate: it ends when its original ends."""

    __slots__ = ()


class NotApproved(HelpRequest):
    """Somebody who must approve refused."""

    __slots__ = ()


class AwaitingHelp(HelpRequest):
    """Waiting: its legs are shared out, none is taken."""

    __slots__ = ()


class UnderWay(HelpRequest):
    """At least one leg is taken or done."""

    __slots__ = ()


class Delivered(HelpRequest):
    """All legs are done; the resident has not confirmed."""

    __slots__ = ()


class Confirmed(HelpRequest):
    """The resident has it."""

    __slots__ = ()


class Closed(HelpRequest):
    """Finished, confirmed or with a recorded reason."""

    __slots__ = ()


class Cancelled(HelpRequest):
    """Not wanted any more."""

    __slots__ = ()


class Unfilled(HelpRequest):
    """A person decided, with a reason, that it will not be served."""

    __slots__ = ()


def move(stage: type[HelpRequest], state: HelpRequest, **changes: Any) -> HelpRequest:
    """Return the request in another state, with `changes`."""
    return as_stage(HelpRequest, stage, state, **changes)
