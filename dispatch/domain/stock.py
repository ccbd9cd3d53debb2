"""Commands about supply lots: take in, set aside, hand out, count, distribute (R32)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from . import resident as residents
from .community import check_place, registered
from .decider import NOTHING, Absent, Changes, Decision, Read
from .errors import Refused, Unknown
from .help_request import known as known_request
from .supply_lot import (
    HOUSEHOLDS_MAX,
    ClosedLot,
    Count,
    DistributionEnded,
    DistributionPlanned,
    LotClosed,
    LotCounted,
    LotIssued,
    LotReceived,
    LotReservationFreed,
    LotReserved,
    LotReturned,
    Quantity,
    SupplyLot,
    available_to,
)
from .values import Code, Command, CommunityId, Fact, LotId, Place, RequestId, ResidentId, Stream, stream_of


class LotCommand(Command):
    """Base of the commands about one lot."""

    lot: LotId


class ReceiveLot(LotCommand):
    """Take goods in."""

    item: Code
    unit: Code
    quantity: Quantity
    source: Code
    place: Place


class ReserveFromLot(LotCommand):
    """Set units aside for an open request; said again with the same number, nothing new happens."""

    request: RequestId
    quantity: Quantity


class FreeReservation(LotCommand):
    """Give back what is set aside for a request."""

    request: RequestId


class IssueFromLot(LotCommand):
    """
    Hand units out to a resident, for a request or not.

    `before` is how many units of the lot the resident had got before: it makes a repeat recognisable.
    """

    resident: ResidentId
    request: RequestId | None = None
    quantity: Quantity
    before: Count


class ReturnToLot(LotCommand):
    """Take units back from a resident; `before` is how many they had."""

    resident: ResidentId
    quantity: Quantity
    before: Count


class CountLot(LotCommand):
    """Record what lies on the shelf."""

    counted: Count
    reason: Code


class PlanDistribution(LotCommand):
    """Owe every resident of a list the same."""

    residents: Annotated[tuple[ResidentId, ...], Field(min_length=1, max_length=HOUSEHOLDS_MAX)]
    each: Quantity


class EndDistribution(LotCommand):
    """End a distribution, whoever is still to get theirs."""

    reason: Code


class CloseLot(LotCommand):
    """Close the account of a lot."""

    reason: Code


def lot_stream(community: CommunityId, lot: LotId) -> Stream:
    """Return the stream of one lot."""
    return stream_of(community, "lot", lot)


def known(read: Read, community: CommunityId, lot: LotId) -> SupplyLot:
    """
    Return a lot, closed or not.

    Raises
    ------
    Unknown
        No such lot.
    """
    state = read(lot_stream(community, lot))
    if not isinstance(state, SupplyLot):
        raise Unknown("lot", lot, now="Take the goods in first, or correct the id.")
    return state


def _open(command: LotCommand, read: Read) -> SupplyLot:
    state = known(read, command.community, command.lot)
    if isinstance(state, ClosedLot):
        raise Refused("lot_closed", f"Lot {command.lot} is closed. Take new goods in as another lot.", lot=command.lot)
    return state


def _one(command: LotCommand, fact: Fact) -> Decision:
    return (Changes(lot_stream(command.community, command.lot), (fact,)),)


def _short(command: LotCommand, available: int, wanted: int) -> Refused:
    return Refused(
        "not_enough_in_lot",
        f"Lot {command.lot} has {available} units for this; {wanted} are asked. Take fewer, or another lot.",
        lot=command.lot,
        available=available,
        wanted=wanted,
    )


def receive_lot(command: ReceiveLot, read: Read) -> Decision:
    """Open the account of goods that came in."""
    check_place(registered(read, command.community), command.place)
    stream = lot_stream(command.community, command.lot)
    if not isinstance(read(stream), Absent):
        raise Refused("lot_exists", f"Lot {command.lot} is in the account already. Use another id.", lot=command.lot)
    fact = LotReceived(
        item=command.item,
        unit=command.unit,
        quantity=command.quantity,
        source=command.source,
        place=command.place,
        received_at=command.at,
    )
    return (Changes(stream, (fact,)),)


def reserve_from_lot(command: ReserveFromLot, read: Read) -> Decision:
    """Set units aside for a request; never more than are free."""
    state = _open(command, read)
    held = state.reserved.get(command.request, 0)
    if held == command.quantity:
        return NOTHING
    if held:
        raise Refused(
            "reserved_already",
            f"Lot {command.lot} has {held} units set aside for request {command.request}. Free them first.",
            lot=command.lot,
            request=command.request,
        )
    request = known_request(read, command.community, command.request)
    if not request.is_open:
        raise Refused(
            "request_over",
            f"Request {command.request} is over; nothing is set aside for it. Look at its timeline.",
            request=command.request,
        )
    if command.quantity > state.free:
        raise _short(command, max(0, state.free), command.quantity)
    return _one(command, LotReserved(request=command.request, quantity=command.quantity, reserved_at=command.at))


def free_reservation(command: FreeReservation, read: Read) -> Decision:
    """Free what is set aside for a request."""
    if command.request not in _open(command, read).reserved:
        return NOTHING
    return _one(command, LotReservationFreed(request=command.request, freed_at=command.at))


def issue_from_lot(command: IssueFromLot, read: Read) -> Decision:
    """Hand units out: what is theirs by request or distribution first, then free ones."""
    state = _open(command, read)
    residents.present(read, command.community, command.resident)
    has = state.issued.get(command.resident, 0)
    if has == command.before + command.quantity:
        return NOTHING
    _as_known(command, has)
    available = available_to(state, command.resident, command.request)
    if command.quantity > available:
        raise _short(command, available, command.quantity)
    fact = LotIssued(
        resident=command.resident, request=command.request, quantity=command.quantity, issued_at=command.at
    )
    return _one(command, fact)


def return_to_lot(command: ReturnToLot, read: Read) -> Decision:
    """Take units back; never more than the resident has got."""
    state = _open(command, read)
    has = state.issued.get(command.resident, 0)
    if has == command.before - command.quantity:
        return NOTHING
    _as_known(command, has)
    if command.quantity > has:
        raise _short(command, has, command.quantity)
    return _one(command, LotReturned(resident=command.resident, quantity=command.quantity, returned_at=command.at))


def _as_known(command: IssueFromLot | ReturnToLot, has: int) -> None:
    if has != command.before:
        raise Refused(
            "issued_meanwhile",
            f"Resident {command.resident} has got {has} units of lot {command.lot}, not {command.before}. "
            "Look at the lot again.",
            lot=command.lot,
            resident=command.resident,
            has=has,
        )


def count_lot(command: CountLot, read: Read) -> Decision:
    """Let the account follow the shelf."""
    if _open(command, read).on_hand == command.counted:
        return NOTHING
    return _one(command, LotCounted(counted=command.counted, reason=command.reason, counted_at=command.at))


def plan_distribution(command: PlanDistribution, read: Read) -> Decision:
    """Owe each resident of a list the same; the lot must hold enough for all."""
    state = _open(command, read)
    if len(set(command.residents)) != len(command.residents):
        raise Refused("named_twice", "A resident is on the list twice. Name each once.", lot=command.lot)
    if state.due:
        if state.due == dict.fromkeys(command.residents, command.each):
            return NOTHING
        raise Refused(
            "distribution_under_way",
            f"Lot {command.lot} is being distributed; {len(state.due)} are still to get theirs. End that first.",
            lot=command.lot,
        )
    for resident in command.residents:
        residents.present(read, command.community, resident)
    wanted = command.each * len(command.residents)
    if wanted > state.free:
        raise _short(command, max(0, state.free), wanted)
    fact = DistributionPlanned(residents=command.residents, each=command.each, planned_at=command.at)
    return _one(command, fact)


def end_distribution(command: EndDistribution, read: Read) -> Decision:
    """End a distribution."""
    if not _open(command, read).due:
        return NOTHING
    return _one(command, DistributionEnded(reason=command.reason, ended_at=command.at))


def close_lot(command: CloseLot, read: Read) -> Decision:
    """Close a lot; what is set aside or owed must be freed first."""
    state = known(read, command.community, command.lot)
    if isinstance(state, ClosedLot):
        return NOTHING
    if state.reserved or state.due:
        raise Refused(
            "lot_owes",
            f"Lot {command.lot} still has units set aside or owed. Issue or free them first.",
            lot=command.lot,
        )
    return _one(command, LotClosed(reason=command.reason, closed_at=command.at))
