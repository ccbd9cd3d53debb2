"""
Commands about what is in custody (保管): take, hand on, orphan, spend, return.

Who takes something over is a named person who can keep it; who confirms that it is back is never the
one who had it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from . import custody, help_request, resident, responder
from .community import registered
from .custody import (
    Belonging,
    Custody,
    CustodyOfferDeclined,
    CustodyOffered,
    CustodyOrphaned,
    CustodyReturned,
    CustodyTaken,
    CustodyTransferred,
    Fen,
    Held,
    MoneySpent,
    Orphaned,
    Returned,
    TransferOffered,
)
from .decider import NOTHING, Absent, Changes, Decision, Gathered, Read
from .errors import Refused
from .going import is_isolated_at_home
from .values import (
    DESK,
    Code,
    Command,
    CommunityId,
    CustodyId,
    Fact,
    Point,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    Sealed,
    custody_stream,
)

TOGETHER_MAX = 200
"""Things one command may hand on or orphan together (80 insurance cards were held by one person)."""

_PAID_AT = {Point.SHOP, Point.OFFICE}
"""Where the owner's money is spent for them: at a shop, or for a card or permit."""

Several = Annotated[tuple[CustodyId, ...], Field(min_length=1, max_length=TOGETHER_MAX)]


class CustodyCommand(Command):
    """Base of the commands about one thing in custody."""

    custody: CustodyId


class KeepingCommand(CustodyCommand):
    """Base of what a responder says of what they hold, or are asked to take over."""

    responder: ResponderId


class TakeCustody(KeepingCommand):
    """
    Take something of a resident into custody.

    Money is taken for a request only, with its amount: it is there to be spent for the owner, never
    to pay who helps (R16).
    """

    owner: ResidentId
    belonging: Belonging
    request: RequestId | None = None
    amount_fen: Fen | None = None
    description: Sealed | None = None


class OfferCustody(KeepingCommand):
    """Ask somebody else to take it over."""

    to: ResponderId


class CustodyAnswer(KeepingCommand):
    """Base of the answers to an offer; with `ask` to the n-th of this thing, so that no late one meets a newer."""

    ask: Annotated[int, Field(ge=1)] | None = None


class AcceptCustody(CustodyAnswer):
    """Take over what one was asked to take."""


class DeclineCustody(CustodyAnswer):
    """Do not take over what one was asked to take."""

    reason: Code


class SpendMoney(KeepingCommand):
    """Say how much of the money is spent so far, in all; said again it is the same sum."""

    spent_fen: Fen


class ReturnCustody(CustodyCommand):
    """Confirm that the owner has it again."""


class TransferCustody(Command):
    """Hand things on to a named person, in one save: orphaned ones, or ones that somebody holds (R4)."""

    custodies: Several
    to: ResponderId


class OrphanCustody(Command):
    """Say that a holder cannot answer any more for what they hold: a person is called to name another (R4)."""

    custodies: Several
    holder: ResponderId
    reason: Code


def cannot_keep(read: Read, community: CommunityId, who: ResponderId) -> str | None:
    """
    Return the rule that keeps somebody from holding other people's things, or `None` (R4).

    A holder who is isolated, has dropped out or left cannot answer for them.
    """
    person = responder.known(read, community, who)
    if isinstance(person, responder.Departing | responder.Departed):
        return "still_serving"
    if person.out:
        return "not_dropped_out"
    return "not_isolated" if person.isolated or is_isolated_at_home(read, community, person) else None


def _named_holder(read: Read, command: Command, who: ResponderId) -> None:
    rule = cannot_keep(read, command.community, who)
    if rule is not None:
        raise Refused(
            "holder_cannot_keep",
            f"Responder {who} cannot keep anything now ({rule}). Name somebody who serves and is not isolated.",
            responder=who,
            rule=rule,
        )


def take_custody(command: TakeCustody, read: Read) -> Decision:
    """Take something of a resident's, with or without a request that it is needed for."""
    stream = custody_stream(command.community, command.custody)
    resident.present(read, command.community, command.owner)
    _named_holder(read, command, command.responder)
    _money_is_for_the_owner(command)
    if command.request is not None:
        _belongs_to_request(command, read)
    if not isinstance(read(stream), Absent):
        raise Refused(
            "custody_exists", f"Custody {command.custody} exists already. Use another id.", custody=command.custody
        )
    fact = CustodyTaken(
        belonging=command.belonging,
        owner=command.owner,
        holder=command.responder,
        request=command.request,
        amount_fen=command.amount_fen,
        description=command.description,
        taken_at=command.at,
    )
    return (Changes(stream, (fact,)),)


def _money_is_for_the_owner(command: TakeCustody) -> None:
    """Refuse money without a request or a sum: helpers take neither pay nor gifts (R16)."""
    is_money = command.belonging is Belonging.MONEY
    if is_money and (command.request is None or not command.amount_fen):
        raise Refused(
            "no_payment",
            "Money is taken to be spent for a request of its owner, and its amount is written down. "
            "Name the request and the amount; who helps takes neither pay nor gifts.",
        )
    if not is_money and command.amount_fen is not None:
        raise Refused(
            "amount_of_money_only", f"A {command.belonging} has no amount. Leave it out, or say that it is money."
        )


def _belongs_to_request(command: TakeCustody, read: Read) -> None:
    if command.request is None:
        return
    state = help_request.known(read, command.community, command.request)
    if not state.is_open:
        raise help_request.ended(command.request, state)
    if state.beneficiary != command.owner:
        raise Refused(
            "not_of_this_request",
            f"Request {command.request} is not for resident {command.owner}. Name the owner's own request.",
            request=command.request,
            resident=command.owner,
        )
    if command.belonging is Belonging.MONEY:
        _money_can_be_spent(command, state, read)


def _money_can_be_spent(command: TakeCustody, state: help_request.HelpRequest, read: Read) -> None:
    """
    Refuse money for help that takes no payment and on which nothing is bought or paid for the owner (R16).

    Before the work is planned the kind of the catalogue tells it.
    """
    kind = registered(read, command.community).catalogue.find(state.kind)
    free = state.terms.no_payment if state.legs else kind is not None and kind.no_payment
    begins = [leg.plan.origin for leg in state.legs] or [leg.origin for leg in (kind.legs if kind is not None else ())]
    if free and not _PAID_AT & set(begins):
        raise Refused(
            "no_payment",
            f"Nothing is bought for request {command.request} of kind {state.kind}, and the help itself takes no "
            "payment. Give the money back; write down what somebody spent themselves as a reimbursement.",
            request=command.request,
            kind=state.kind,
        )


def _held(command: KeepingCommand, read: Read) -> Custody:
    """Return what the responder holds; refused with who holds it now."""
    state = custody.known(read, command.community, command.custody)
    if isinstance(state, Returned | Orphaned) or state.holder != command.responder:
        raise not_holding(command.custody, state, command.responder)
    return state


def not_holding(item: CustodyId, state: Custody, who: ResponderId) -> Refused:
    """Return the refusal that says who has it now."""
    now = {Returned: "its owner has it again", Orphaned: f"it is orphaned, {state.holder} had it last"}.get(
        type(state), f"{state.holder} holds it"
    )
    return Refused(
        "custody_not_held",
        f"Responder {who} does not hold {item}; {now}. Look at who keeps what.",
        custody=item,
        responder=who,
        holder=state.holder,
    )


def offer_custody(command: OfferCustody, read: Read) -> Decision:
    """Ask somebody to take it over; it stays with its holder until they do."""
    state = _held(command, read)
    if state.offered_to == command.to:
        return NOTHING
    if isinstance(state, TransferOffered):
        raise Refused(
            "transfer_is_open",
            f"{state.offered_to} is asked already to take {command.custody} over. Wait, or let the desk hand it on.",
            custody=command.custody,
            responder=state.offered_to,
        )
    if command.to == command.responder:
        raise Refused("same_holder", f"{command.to} holds {command.custody} already. Name somebody else.")
    _named_holder(read, command, command.to)
    return _one(command, CustodyOffered(to=command.to, offered_at=command.at))


def accept_custody(command: AcceptCustody, read: Read) -> Decision:
    """Take it over: from here on the new holder answers for it."""
    state = custody.known(read, command.community, command.custody)
    if isinstance(state, Held | TransferOffered) and state.holder == command.responder:
        return NOTHING
    _asked(command, state)
    _named_holder(read, command, command.responder)
    return _one(command, CustodyTransferred(giver=state.holder, taker=command.responder, transferred_at=command.at))


def decline_custody(command: DeclineCustody, read: Read) -> Decision:
    """Do not take it over; it stays where it is."""
    state = custody.known(read, command.community, command.custody)
    if isinstance(state, Held) and state.holder != command.responder:
        return NOTHING
    _asked(command, state)
    fact = CustodyOfferDeclined(by=command.responder, reason=command.reason, declined_at=command.at)
    return _one(command, fact)


def _asked(command: CustodyAnswer, state: Custody) -> None:
    this_one = command.ask in (None, state.asks)
    if isinstance(state, TransferOffered) and state.offered_to == command.responder and this_one:
        return
    raise Refused(
        "custody_not_offered",
        f"Responder {command.responder} is not asked to take {command.custody} over "
        f"({type(state).__name__}, {state.holder}). Let its holder or the desk hand it on.",
        custody=command.custody,
        responder=command.responder,
        holder=state.holder,
    )


def transfer_custody(command: TransferCustody, read: Read) -> Decision:
    """
    Hand everything on to one named person; what they hold already stays as it is.

    One that is back with its owner cannot be handed on: then nothing is, and the refusal names it.
    """
    _named_holder(read, command, command.to)
    gathered = Gathered()
    for item in dict.fromkeys(command.custodies):
        state = custody.known(read, command.community, item)
        if isinstance(state, Returned):
            raise not_holding(item, state, command.to)
        if state.holder == command.to and isinstance(state, Held):
            continue
        fact = CustodyTransferred(giver=state.holder, taker=command.to, transferred_at=command.at)
        gathered.add(custody_stream(command.community, item), fact)
    return gathered.decision()


def orphan_custody(command: OrphanCustody, read: Read) -> Decision:
    """
    Orphan what a holder still holds; what has gone on since stays with whoever has it.

    System does so only while a rule keeps the holder from it; a person may know more.
    """
    if command.actor.role is Role.SYSTEM and cannot_keep(read, command.community, command.holder) is None:
        return NOTHING
    duty = registered(read, command.community).duty
    gathered = Gathered()
    for item in dict.fromkeys(command.custodies):
        state = custody.known(read, command.community, item)
        if isinstance(state, Held | TransferOffered) and state.holder == command.holder:
            fact = CustodyOrphaned(holder=command.holder, reason=command.reason, to=duty, orphaned_at=command.at)
            gathered.add(custody_stream(command.community, item), fact)
    return gathered.decision()


def spend_money(command: SpendMoney, read: Read) -> Decision:
    """Write down what is spent in all; never more than was given (R16)."""
    state = _held(command, read)
    if state.amount_fen is None:
        raise Refused("not_money", f"Custody {command.custody} is no money. Correct the id.", custody=command.custody)
    if command.spent_fen > state.amount_fen:
        raise Refused(
            "more_than_given",
            f"{command.spent_fen} fen are more than the {state.amount_fen} fen that were given. Correct the sum.",
            custody=command.custody,
            limit=state.amount_fen,
        )
    if command.spent_fen == state.spent_fen:
        return NOTHING
    return _one(command, MoneySpent(spent_fen=command.spent_fen, spent_at=command.at))


def return_custody(command: ReturnCustody, read: Read) -> Decision:
    """Return it to its owner: the owner says so, or the desk on the owner's behalf; never who held it (R4)."""
    state = custody.known(read, command.community, command.custody)
    said_by = command.on_behalf_of or command.actor.id
    on_behalf = command.actor.id != state.owner
    if said_by != state.owner or (on_behalf and command.actor.role not in DESK):
        raise Refused(
            "not_yours_to_confirm",
            f"{command.actor.id} does not own {command.custody}. Let its owner confirm, or the desk on their behalf.",
            actor=command.actor.id,
            custody=command.custody,
        )
    if isinstance(state, Returned):
        return NOTHING
    if command.actor.id == state.holder:
        raise Refused(
            "holder_may_not_confirm",
            f"{state.holder} held {command.custody} and cannot confirm its return. Let the owner or another do it.",
            custody=command.custody,
            holder=state.holder,
        )
    fact = CustodyReturned(holder=state.holder, confirmed_by=said_by, left_fen=state.left_fen, returned_at=command.at)
    return _one(command, fact)


def _one(command: CustodyCommand, fact: Fact) -> Decision:
    return (Changes(custody_stream(command.community, command.custody), (fact,)),)
