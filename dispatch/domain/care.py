"""
What makes somebody need more care, and how it is kept: the list sealed, two bits in clear (R34).

Decisions must replay after an erasure, so they may use only what is never erased: `green_lane` and
`no_phone`. Why somebody is on the green lane is sealed under their own key.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from .values import Account, Fact, Instant, RoundId, Sealed, Urgency


class Vulnerability(StrEnum):
    """Why somebody goes first (R34); stored sealed only. Illnesses are not among them."""

    AGED_80 = "aged_80"
    DISABLED = "disabled"
    LIVES_ALONE = "lives_alone"
    PREGNANT = "pregnant"
    STUDENT = "student"


FOR_FEW = frozenset({"flags", "ledger", "caller_code"})
"""What only the desk and the person may open, whoever has taken a leg (R34: visible to few)."""


class FlagsSet(Fact):
    """
    The vulnerability of a person was recorded anew, whole.

    `flags` holds the list, sealed; `green_lane` and `no_phone` are what decisions may use of it.
    """

    TOPIC: ClassVar[str] = "resident.flags_set"
    flags: Sealed | None = None
    green_lane: bool
    no_phone: bool
    set_at: Instant


class IsolationEndSet(Fact):
    """The end of a running isolation was moved."""

    TOPIC: ClassVar[str] = "resident.isolation_end_set"
    until: Instant
    set_at: Instant


class HouseholdContacted(Fact):
    """Somebody of a calling round reached the household by phone, or saw it at the door (R14, R33)."""

    TOPIC: ClassVar[str] = "resident.household_contacted"
    round: RoundId
    by: Account
    by_phone: bool
    contacted_at: Instant


CARE_FACTS = (FlagsSet, IsolationEndSet, HouseholdContacted)

_RAISED = {Urgency.NONE: Urgency.HARDSHIP, Urgency.HARDSHIP: Urgency.HEALTH}


def green_lane_raises(urgency: Urgency, *, green_lane: bool) -> Urgency:
    """
    Return the urgency of a request for which nobody has stated one (R34).

    A person on the green lane is one step more urgent than the kind says, up to a threat to health: a
    threat to life alarms people, so only a person judges it.
    """
    return _RAISED.get(urgency, urgency) if green_lane else urgency
