"""
Custody (保管): cards, keys, money and medicines that somebody keeps for a resident (R4, R16).

Held → TransferOffered → Held by another; Returned; Orphaned. At every position of the log such a
thing has one named holder, or it is orphaned and a named person was called: it is never nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .decider import Absent, Aggregate, Read
from .errors import Unknown, impossible
from .values import (
    Account,
    Code,
    CommunityId,
    CustodyId,
    Fact,
    Instant,
    RequestId,
    ResidentId,
    ResponderId,
    Sealed,
    custody_stream,
)

FEN_MAX = 10_000_000
"""The most money one custody may hold: 100,000 yuan."""

Fen = Annotated[int, Field(ge=0, le=FEN_MAX)]
"""Money in fen, a hundredth of a yuan; whole numbers, so that a sum is exact."""


class Belonging(StrEnum):
    """What is kept for somebody (A2: cards, keys, money, medicines)."""

    CARD = "card"
    KEY = "key"
    MONEY = "money"
    MEDICINE = "medicine"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Custody:
    """
    Base of the states of one thing in custody.

    Attributes
    ----------
    holder
        Who has it, or had it last.
    holdings
        How many times it came into somebody's hands, from 1: what an orphaning answers.
    offered_to, asks
        Who is asked to take it over, and how many times somebody was asked: what their answer answers.
    amount_fen, spent_fen
        Of money: what was given, and what was spent of it so far.
    called
        Who was called when it was orphaned.
    """

    belonging: Belonging
    owner: ResidentId
    holder: ResponderId
    since: datetime
    request: RequestId | None = None
    amount_fen: int | None = None
    spent_fen: int = 0
    holdings: int = 1
    offered_to: ResponderId | None = None
    asks: int = 0
    called: str | None = None

    @property
    def left_fen(self) -> int | None:
        """Money that the owner gets back; `None` when it is not money."""
        return None if self.amount_fen is None else self.amount_fen - self.spent_fen


class Held(Custody):
    """In the hands of its holder."""

    __slots__ = ()


class TransferOffered(Custody):
    """In the hands of its holder; somebody else is asked to take it over."""

    __slots__ = ()


class Orphaned(Custody):
    """Its holder dropped out; a person was called to name another."""

    __slots__ = ()


class Returned(Custody):
    """The owner has it again."""

    __slots__ = ()


class CustodyTaken(Fact):
    """A responder took something of a resident into custody; the description is sealed under the owner's key."""

    TOPIC: ClassVar[str] = "custody.taken"
    belonging: Belonging
    owner: ResidentId
    holder: ResponderId
    request: RequestId | None = None
    amount_fen: Fen | None = None
    description: Sealed | None = None
    taken_at: Instant


class CustodyOffered(Fact):
    """The holder asked somebody else to take it over."""

    TOPIC: ClassVar[str] = "custody.offered"
    to: ResponderId
    offered_at: Instant


class CustodyOfferDeclined(Fact):
    """Who was asked does not take it; it stays with its holder."""

    TOPIC: ClassVar[str] = "custody.offer_declined"
    by: ResponderId
    reason: Code
    declined_at: Instant


class CustodyTransferred(Fact):
    """It went from one named person to another; from nobody's hands but the last holder's when it was orphaned."""

    TOPIC: ClassVar[str] = "custody.transferred"
    giver: ResponderId
    taker: ResponderId
    transferred_at: Instant


class CustodyOrphaned(Fact):
    """Its holder is isolated, has dropped out or left, or has lost it; the duty contact is called."""

    TOPIC: ClassVar[str] = "custody.orphaned"
    holder: ResponderId
    reason: Code
    to: Account
    orphaned_at: Instant


class MoneySpent(Fact):
    """What the holder has spent of the money so far, in all (R16: a ledger of its own)."""

    TOPIC: ClassVar[str] = "custody.money_spent"
    spent_fen: Fen
    spent_at: Instant


class CustodyReturned(Fact):
    """The owner, or somebody on their behalf, confirmed to have it again."""

    TOPIC: ClassVar[str] = "custody.returned"
    holder: ResponderId
    confirmed_by: Account
    left_fen: Fen | None = None
    returned_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the custody after one of its events."""
    match state, event:
        case Absent(), CustodyTaken():
            return Held(
                belonging=event.belonging,
                owner=event.owner,
                holder=event.holder,
                since=event.taken_at,
                request=event.request,
                amount_fen=event.amount_fen,
            )
        case Held(), CustodyOffered() if event.to != state.holder:
            return _become(TransferOffered, replace(state, offered_to=event.to, asks=state.asks + 1))
        case TransferOffered(), CustodyOfferDeclined() if event.by == state.offered_to:
            return _become(Held, replace(state, offered_to=None))
        case Held() | TransferOffered() | Orphaned(), CustodyTransferred() if event.giver == state.holder:
            return _handed(state, event)
        case Held() | TransferOffered(), CustodyOrphaned() if event.holder == state.holder:
            return _become(Orphaned, replace(state, offered_to=None, called=event.to, since=event.orphaned_at))
        case Held() | TransferOffered() | Orphaned(), MoneySpent() if state.amount_fen is not None:
            return replace(state, spent_fen=event.spent_fen)
        case Held() | TransferOffered() | Orphaned(), CustodyReturned() if event.holder == state.holder:
            return _become(Returned, replace(state, offered_to=None, called=None, since=event.returned_at))
        case _:
            raise impossible(event, state)


def _handed(state: Custody, event: CustodyTransferred) -> Custody:
    return _become(
        Held,
        replace(
            state,
            holder=event.taker,
            since=event.transferred_at,
            holdings=state.holdings + 1,
            offered_to=None,
            called=None,
        ),
    )


def _become(stage: type[Custody], state: Custody) -> Custody:
    return stage(**{name: getattr(state, name) for name in Custody.__dataclass_fields__})


CUSTODY = Aggregate(
    name="custody",
    evolve=evolve,
    facts=(
        CustodyTaken,
        CustodyOffered,
        CustodyOfferDeclined,
        CustodyTransferred,
        CustodyOrphaned,
        MoneySpent,
        CustodyReturned,
    ),
    is_over=lambda state: isinstance(state, Returned),
)


def known(read: Read, community: CommunityId, custody: CustodyId) -> Custody:
    """
    Return a thing in custody, in any state.

    Raises
    ------
    Unknown
        Nobody took such a thing into custody.
    """
    state = read(custody_stream(community, custody))
    if not isinstance(state, Custody):
        raise Unknown("custody", custody, now="Look at the list of custodies, or correct the id.")
    return state
