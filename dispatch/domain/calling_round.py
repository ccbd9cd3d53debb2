"""
CallingRound (电话巡访): up to 50 households phoned in turn, visited where nobody answers (R14).

Each household is an item: Due → Attempted(n) → Reached, or NoAnswer → ToBeVisited → Seen; Alarmed;
Excused. The round is over when every item has an outcome: nobody is missed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .decider import Absent, Aggregate, Read, as_stage, with_item
from .errors import Refused, Unknown, impossible
from .values import (
    Account,
    Code,
    CommunityId,
    Fact,
    HouseholdId,
    Instant,
    RequestId,
    ResidentId,
    ResponderId,
    RoundId,
    Sealed,
    Stream,
    Value,
    stream_of,
)

ROUND_MAX = 50
"""Households of one round (R14: nearly 50 are phoned in turn daily)."""

ANSWERED = "answered"
WRONG_CODES_MAX = 5


class DueItem(Value):
    """One household of a round: whom to ask for, and who rings. `no_phone` means that somebody goes instead."""

    resident: ResidentId
    household: HouseholdId
    caller: ResponderId
    no_phone: bool = False


class RoundStarted(Fact):
    """A calling round began; the knobs that hold for it are stamped here."""

    TOPIC: ClassVar[str] = "round.started"
    items: Annotated[tuple[DueItem, ...], Field(min_length=1, max_length=ROUND_MAX)]
    attempts_max: Annotated[int, Field(ge=1, le=10)]
    visit_kind: Code
    visit_by: Instant
    ends_at: Instant
    started_at: Instant


class AttemptRecorded(Fact):
    """Somebody rang; `outcome` is «answered» or why not."""

    TOPIC: ClassVar[str] = "round.attempt_recorded"
    resident: ResidentId
    attempt: Annotated[int, Field(ge=1)]
    caller: ResponderId
    outcome: Code
    attempted_at: Instant


class HouseholdReached(Fact):
    """The household answered: are supplies enough, is everybody well (S4)."""

    TOPIC: ClassVar[str] = "round.household_reached"
    resident: ResidentId
    supplies_enough: bool
    condition_ok: bool
    note: Sealed | None = None
    reached_at: Instant


class VisitOrdered(Fact):
    """Somebody is to go to the door; `request` is the visit."""

    TOPIC: ClassVar[str] = "round.visit_ordered"
    resident: ResidentId
    request: RequestId
    reason: Code
    ordered_at: Instant


class VisitFellThrough(Fact):
    """The visit was cancelled or given up: the household has still no outcome."""

    TOPIC: ClassVar[str] = "round.visit_fell_through"
    resident: ResidentId
    request: RequestId
    fell_through_at: Instant


class HouseholdSeen(Fact):
    """Somebody was at the door and saw the household; what was not said is missing."""

    TOPIC: ClassVar[str] = "round.household_seen"
    resident: ResidentId
    by: Account
    supplies_enough: bool | None = None
    condition_ok: bool | None = None
    note: Sealed | None = None
    seen_at: Instant


class WelfareAlarmRaised(Fact):
    """Something is badly wrong at this household: `request` is a threat to life and alarms a person."""

    TOPIC: ClassVar[str] = "round.welfare_alarm_raised"
    resident: ResidentId
    request: RequestId
    note: Sealed | None = None
    raised_at: Instant


class NeedFound(Fact):
    """The round found a need; it is a request of its own."""

    TOPIC: ClassVar[str] = "round.need_found"
    resident: ResidentId
    request: RequestId
    found_at: Instant


class ItemExcused(Fact):
    """A person, or the erasure of the household's data, took it off the round."""

    TOPIC: ClassVar[str] = "round.item_excused"
    resident: ResidentId
    reason: Code
    excused_at: Instant


class CallsHandedOver(Fact):
    """Another caller goes on with these households."""

    TOPIC: ClassVar[str] = "round.calls_handed_over"
    residents: Annotated[tuple[ResidentId, ...], Field(min_length=1, max_length=ROUND_MAX)]
    caller: ResponderId
    reason: Code
    handed_over_at: Instant


class CodeChecked(Fact):
    """A resident had the caller's code checked (R15); the code itself is recorded nowhere."""

    TOPIC: ClassVar[str] = "round.code_checked"
    resident: ResidentId
    check: Annotated[int, Field(ge=1)]
    matched: bool
    checked_at: Instant


class RoundEscalated(Fact):
    """The round's end came and these households had no outcome: a person was called."""

    TOPIC: ClassVar[str] = "round.escalated"
    to: Account
    left: Annotated[tuple[ResidentId, ...], Field(min_length=1, max_length=ROUND_MAX)]
    escalated_at: Instant


class RoundClosed(Fact):
    """Every household has an outcome."""

    TOPIC: ClassVar[str] = "round.closed"
    closed_at: Instant


@dataclass(frozen=True, slots=True)
class Attempt:
    """One ring."""

    caller: ResponderId
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """
    Base of the states of one household of a round.

    `supplies_enough` and `condition_ok` are what was said last; `needs` are the requests found here,
    `visits` those of the visits ordered, the last one last; `checks` tells of each check of the
    caller's code whether it matched.
    """

    household: HouseholdId
    caller: ResponderId
    no_phone: bool = False
    attempts: tuple[Attempt, ...] = ()
    visits: tuple[RequestId, ...] = ()
    needs: tuple[RequestId, ...] = ()
    supplies_enough: bool | None = None
    condition_ok: bool | None = None
    checks: tuple[bool, ...] = ()

    @property
    def has_outcome(self) -> bool:
        """Tell whether nothing more is owed to this household by the round."""
        return isinstance(self, Reached | Seen | Alarmed | Excused)

    @property
    def lacks(self) -> bool:
        """Tell whether something was missing and no request came of it."""
        return False in (self.supplies_enough, self.condition_ok) and not self.needs and not isinstance(self, Alarmed)


class Due(Item):
    """Nobody has rung."""

    __slots__ = ()


class Attempted(Item):
    """Rung, and to be rung again."""

    __slots__ = ()


class NoAnswer(Item):
    """Rung as often as the round rings: somebody goes."""

    __slots__ = ()


class Reached(Item):
    """Answered the phone."""

    __slots__ = ()


class ToBeVisited(Item):
    """Somebody is to go to the door."""

    __slots__ = ()


class Seen(Item):
    """Seen at the door."""

    __slots__ = ()


class Alarmed(Item):
    """A welfare alarm was raised."""

    __slots__ = ()


class Excused(Item):
    """Taken off the round, with a reason."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CallingRound:
    """Base of a round's states."""

    items: Mapping[ResidentId, Item]
    attempts_max: int
    visit_kind: str
    visit_by: datetime
    ends_at: datetime
    started_at: datetime
    escalated: bool = False
    hand_overs: int = 0

    @property
    def left(self) -> tuple[ResidentId, ...]:
        """Households without an outcome, in order of the list."""
        return tuple(resident for resident, item in self.items.items() if not item.has_outcome)


class UnderWay(CallingRound):
    """Being rung."""

    __slots__ = ()


class Closed(CallingRound):
    """Over: every household has an outcome."""

    __slots__ = ()


def become(stage: type[Item], item: Item, **changes: Any) -> Item:
    """Return an item in another state, with `changes`."""
    return as_stage(Item, stage, item, **changes)


def evolve(state: Any, event: Fact) -> Any:
    """Return the round after one of its events."""
    match state, event:
        case Absent(), RoundStarted():
            items = {i.resident: Due(i.household, i.caller, i.no_phone) for i in event.items}
            return UnderWay(
                items, event.attempts_max, event.visit_kind, event.visit_by, event.ends_at, event.started_at
            )
        case UnderWay(), RoundEscalated() if not state.escalated:
            return replace(state, escalated=True)
        case UnderWay(), RoundClosed() if not state.left:
            return as_stage(CallingRound, Closed, state)
        case UnderWay(), CallsHandedOver() if state.items.keys() >= set(event.residents):
            moved = {r: replace(state.items[r], caller=event.caller) for r in event.residents}
            return replace(state, items={**state.items, **moved}, hand_overs=state.hand_overs + 1)
        case UnderWay(), _ if getattr(event, "resident", None) in state.items:
            resident = getattr(event, "resident")  # noqa: B009 - what kind of event it is, is asked below
            item = _evolve_item(state, state.items[resident], event)
            return replace(state, items=with_item(state.items, resident, item))
        case _:
            raise impossible(event, state)


def _evolve_item(state: CallingRound, item: Item, event: Fact) -> Item:
    match item, event:
        case ((Due() | Attempted() | NoAnswer() | ToBeVisited()), AttemptRecorded()) if event.attempt == rung(item) + 1:
            made = (*item.attempts, Attempt(event.caller, event.outcome, event.attempted_at))
            unanswered = event.outcome != ANSWERED and len(made) >= state.attempts_max
            stage = ToBeVisited if isinstance(item, ToBeVisited) else NoAnswer if unanswered else Attempted
            return become(stage, item, attempts=made)
        case ((Attempted() | ToBeVisited()), HouseholdReached()):
            said = {"supplies_enough": event.supplies_enough, "condition_ok": event.condition_ok}
            return become(Reached, item, **said)
        case ((Due() | Attempted() | NoAnswer() | Reached()), VisitOrdered()):
            return become(ToBeVisited, item, visits=(*item.visits, event.request))
        case ToBeVisited(), VisitFellThrough() if event.request == item.visits[-1]:
            return become(NoAnswer, item)
        case ToBeVisited(), HouseholdSeen():
            told = {"supplies_enough": event.supplies_enough, "condition_ok": event.condition_ok}
            return become(Seen, item, **{name: value for name, value in told.items() if value is not None})
        case ((Due() | Attempted() | NoAnswer() | Reached() | ToBeVisited() | Seen()), WelfareAlarmRaised()):
            return become(Alarmed, item)
        case ((Due() | Attempted() | NoAnswer() | ToBeVisited()), ItemExcused()):
            return become(Excused, item)
        case _, NeedFound() if not isinstance(item, Excused):
            return replace(item, needs=(*item.needs, event.request))
        case _, CodeChecked() if event.check == len(item.checks) + 1:
            return replace(item, checks=(*item.checks, event.matched))
        case _:
            raise impossible(event, item)


def rung(item: Item) -> int:
    """Return how often a household was rung."""
    return len(item.attempts)


CALLING_ROUND = Aggregate(
    name="round",
    evolve=evolve,
    facts=(
        RoundStarted,
        AttemptRecorded,
        HouseholdReached,
        VisitOrdered,
        VisitFellThrough,
        HouseholdSeen,
        WelfareAlarmRaised,
        NeedFound,
        ItemExcused,
        CallsHandedOver,
        CodeChecked,
        RoundEscalated,
        RoundClosed,
    ),
    is_over=lambda state: isinstance(state, Closed),
)


def round_stream(community: CommunityId, calling_round: RoundId) -> Stream:
    """Return the stream of one calling round."""
    return stream_of(community, "round", calling_round)


def known(read: Read, community: CommunityId, calling_round: RoundId) -> CallingRound:
    """
    Return a round in any state.

    Raises
    ------
    Unknown
        No such round.
    """
    state = read(round_stream(community, calling_round))
    if not isinstance(state, CallingRound):
        raise Unknown("round", calling_round, now="Correct the id.")
    return state


def item_of(state: CallingRound, resident: ResidentId) -> Item:
    """
    Return the item of a household by the person who is asked for.

    Raises
    ------
    Refused
        ``not_on_the_round``.
    """
    item = state.items.get(resident)
    if item is None:
        raise Refused("not_on_the_round", f"Resident {resident} is not on this round. Correct the id.")
    return item


def request_for(purpose: str, calling_round: RoundId, resident: ResidentId, *, nth: int = 1) -> RequestId:
    """Return the id of the request that a round makes for a household: the same however often it is asked for."""
    text = "\x1f".join((purpose, calling_round, resident, str(nth)))
    return RequestId(f"q-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}")
