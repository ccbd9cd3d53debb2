"""Commands about what is to be bought: written down, confirmed by a doctor, looked for, found or not (R3)."""

from __future__ import annotations

from . import help_request
from .community import registered
from .decider import NOTHING, Changes, Decision, Gathered, Read
from .errors import Refused, Unknown
from .help_request import HelpRequest, RequestEscalated, check_speaks_for, ended
from .intake import RequestCommand
from .leg import Done, Failed, Leg
from .line_item import (
    ITEMS_MAX,
    Dropped,
    Found,
    ItemAdded,
    ItemConfirmed,
    ItemDropped,
    ItemFound,
    ItemGivenUp,
    ItemNotFound,
    ItemNumber,
    LineItem,
    Quantity,
    Unfound,
    Wanted,
    buys,
    evolve_items,
    item_of,
    nothing_to_be_had,
)
from .offer import FailLeg, WorkCommand, check_taken, fail_leg, leg_named
from .values import Code, Fact, Label, Point, Role, Sealed, request_stream


class ItemCommand(RequestCommand):
    """Base of the commands about one item of a request."""

    item: ItemNumber


class AddItem(ItemCommand):
    """Write down something that is to be bought; the façade has sealed what it is called."""

    wanted: Sealed | None = None
    quantity: Quantity = 1
    no_substitution: bool = False
    needs_doctor: bool = False


class ConfirmItem(ItemCommand):
    """Say that a doctor agrees: the doctor, or the desk on the doctor's behalf with both names stored."""


class DropItem(ItemCommand):
    """Take an item back."""

    reason: Code


class SearchCommand(WorkCommand):
    """Base of what who looks for an item says of one place: the public name of a shop or pharmacy."""

    item: ItemNumber
    place: Label


class ReportNotFound(SearchCommand):
    """Say that an item is not to be had at a place, and whether there is nowhere else to look."""

    nowhere_else: bool = False


class ReportFound(SearchCommand):
    """Say that an item was bought at a place, or another brand of it."""

    substituted: bool = False


def _item(command: ItemCommand | SearchCommand, state: HelpRequest) -> LineItem:
    found = item_of(state.items, command.item)
    if found is None:
        raise Unknown("item", str(command.item), now=f"Request {command.request} has {len(state.items)} items.")
    return found


def add_item(command: AddItem, read: Read) -> Decision:
    """
    Write an item down while nobody has finished buying.

    What a doctor must agree to is written down before anybody is asked: else somebody would be sent for
    it already.
    """
    state = help_request.known(read, command.community, command.request)
    check_speaks_for(command, command.request, state)
    if _same(item_of(state.items, command.item), command):
        return NOTHING
    if not state.is_open or isinstance(state, help_request.Delivered | help_request.Confirmed):
        raise ended(command.request, state)
    _is_bought(command, state, read=read)
    if command.item != len(state.items) + 1:
        raise Refused(
            "item_number",
            f"The next item of request {command.request} is number {len(state.items) + 1}. Give it that number.",
            request=command.request,
            expected=len(state.items) + 1,
            limit=ITEMS_MAX,
        )
    over = any(isinstance(leg, Done | Failed) for leg in state.legs if buys(leg))
    asked = any(leg.asks for leg in state.legs if buys(leg))
    if over or (command.needs_doctor and asked):
        raise Refused(
            "too_late_to_add",
            f"Somebody is on the way for request {command.request} or was there. Open another request for it.",
            request=command.request,
        )
    fact = ItemAdded(
        number=command.item,
        wanted=command.wanted,
        quantity=command.quantity,
        no_substitution=command.no_substitution,
        needs_doctor=command.needs_doctor,
        added_at=command.at,
    )
    return _one(command, fact)


def _same(item: LineItem | None, command: AddItem) -> bool:
    said = (command.quantity, command.no_substitution, command.needs_doctor)
    return item is not None and said == (item.quantity, item.no_substitution, item.needs_doctor)


def _is_bought(command: AddItem, state: HelpRequest, *, read: Read) -> None:
    """Refuse items of a request on which nothing is bought."""
    kind = registered(read, command.community).catalogue.find(state.kind)
    planned = any(buys(leg) for leg in state.legs)
    if not planned and (kind is None or all(leg.origin is not Point.SHOP for leg in kind.legs)):
        raise Refused(
            "no_shopping",
            f"Nothing is bought for a request of kind {state.kind}. Write it in the note.",
            request=command.request,
            kind=state.kind,
        )


def confirm_item(command: ConfirmItem, read: Read) -> Decision:
    """Record the doctor's agreement; with the last one the legs are shared out."""
    state = help_request.known(read, command.community, command.request)
    item = _item(command, state)
    doctor = command.actor.id if command.actor.role is Role.MEDICAL_STAFF else command.on_behalf_of
    if doctor is None:
        raise Refused(
            "doctor_not_named",
            f"Name the doctor who agrees to item {command.item} of request {command.request} (on behalf of).",
            request=command.request,
        )
    if not item.awaits_doctor:
        return NOTHING
    if not state.is_open:
        raise ended(command.request, state)
    return _one(command, ItemConfirmed(number=command.item, by=doctor, confirmed_at=command.at))


def drop_item(command: DropItem, read: Read) -> Decision:
    """Take an item back that nobody has found; of the last one the request itself is cancelled."""
    state = help_request.known(read, command.community, command.request)
    item = _item(command, state)
    check_speaks_for(command, command.request, state)
    if isinstance(item, Dropped):
        return NOTHING
    if not state.is_open or not isinstance(item, Wanted):
        raise _settled(command, item)
    if all(isinstance(other, Dropped) for other in state.items if other is not item):
        raise Refused(
            "last_item",
            f"Item {command.item} is all that request {command.request} is for. Cancel the request instead.",
            request=command.request,
        )
    return _one(command, ItemDropped(number=command.item, reason=command.reason, dropped_at=command.at))


def _settled(command: ItemCommand | SearchCommand, item: LineItem) -> Refused:
    stage = type(item).__name__
    return Refused(
        "item_settled",
        f"Item {command.item} of request {command.request} is {stage} already. Look at its timeline.",
        request=command.request,
        number=item.number,
    )


def _searched(command: SearchCommand, read: Read) -> tuple[HelpRequest, Leg, LineItem]:
    state, leg = leg_named(command, read)
    item = _item(command, state)
    if not buys(leg):
        raise Refused(
            "no_shopping",
            f"Nothing is bought on leg {command.leg} of request {command.request}. Name the leg to the shop.",
            request=command.request,
            leg=command.leg,
        )
    return state, leg, item


def report_not_found(command: ReportNotFound, read: Read) -> Decision:
    """
    Record that an item is not to be had at one place; the search goes on at the next.

    With nowhere else to look a person is called; when that holds of everything, the leg has failed.
    """
    state, leg, item = _searched(command, read)
    if isinstance(item, Unfound) or (command.place in item.looked and not command.nowhere_else):
        return NOTHING
    if not isinstance(item, Wanted):
        raise _settled(command, item)
    check_taken(command, state, leg)
    facts: list[Fact] = []
    if command.place not in item.looked:
        facts.append(
            ItemNotFound(
                leg=command.leg,
                number=command.item,
                place=command.place,
                responder=command.responder,
                looked_at=command.at,
            )
        )
    if not command.nowhere_else:
        return _one(command, *facts)
    given_up = ItemGivenUp(leg=command.leg, number=command.item, given_up_at=command.at)
    return _given_up(command, state, (*facts, given_up), read=read)


def _given_up(command: ReportNotFound, state: HelpRequest, facts: tuple[Fact, ...], *, read: Read) -> Decision:
    items = state.items
    for fact in facts:
        items = evolve_items(items, fact)
    gathered = Gathered()
    stream = request_stream(command.community, command.request)
    gathered.add(stream, *facts)
    if not nothing_to_be_had(items):
        duty = registered(read, command.community).duty
        gathered.add(stream, RequestEscalated(to=duty, reason="item_not_found", escalated_at=command.at))
        return gathered.decision()
    of_leg = {name: getattr(command, name) for name in WorkCommand.model_fields}
    for changes in fail_leg(FailLeg(**of_leg, outcome="not_found"), read):
        gathered.add(changes.stream, *changes.events)
    return gathered.decision()


def report_found(command: ReportFound, read: Read) -> Decision:
    """Record where an item was bought; of a no-substitution item nothing else may be brought (R3)."""
    state, leg, item = _searched(command, read)
    if isinstance(item, Found) and (item.place, item.substituted) == (command.place, command.substituted):
        return NOTHING
    if isinstance(item, Found | Dropped):
        raise _settled(command, item)
    check_taken(command, state, leg)
    no_other_brand(command, item)
    fact = ItemFound(
        leg=command.leg,
        number=command.item,
        place=command.place,
        substituted=command.substituted,
        responder=command.responder,
        found_at=command.at,
    )
    return _one(command, fact)


def no_other_brand(command: ReportFound, item: LineItem) -> None:
    """Refuse another brand for an item that allows none (R3: "no error in transit")."""
    if item.no_substitution and command.substituted:
        raise Refused(
            "may_not_be_substituted",
            f"Item {command.item} of request {command.request} may not be replaced by another. "
            "Look for it elsewhere, or say that there is nowhere else to look.",
            request=command.request,
            number=command.item,
        )


def _one(command: ItemCommand | SearchCommand, *facts: Fact) -> Decision:
    return (Changes(request_stream(command.community, command.request), facts),)
