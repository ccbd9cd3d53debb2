"""What is to be bought: no substitution, a doctor's word first, several pharmacies, nothing to be had (R3)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.authority import GrantRole
from dispatch.domain.carrying import PlaceGoods
from dispatch.domain.decider import Changes
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.help_request import RequestEscalated, needs_people
from dispatch.domain.intake import CancelRequest
from dispatch.domain.leg import Failed, LegFailed
from dispatch.domain.line_item import Dropped, Found, ItemAdded, ItemFound, ItemNotFound, LineItem, Unfound, Wanted
from dispatch.domain.offer import RequeueLeg
from dispatch.domain.shopping import AddItem, ConfirmItem, DropItem, ReportFound, ReportNotFound
from dispatch.domain.values import Actor, Command, ResponderId, Role
from tests.domain.given import Given, kinds_of
from tests.domain.town import (
    EVERYWHERE,
    LEAD,
    T0,
    accepts,
    actor,
    asked,
    calls,
    completes,
    leg_of,
    request_at,
    request_of_town,
    said,
    town,
)

BUYER = "r-shopper"
DOCTOR = Actor(id="dr-1", role=Role.MEDICAL_STAFF)
FIRST, SECOND, THIRD = "社区药店", "City Hospital pharmacy", "Pharmacy 24h"


def adds(item: int = 1, **fields: Any) -> AddItem:
    """Return an item written down on the request."""
    command: AddItem = said(AddItem, request="q-1", item=item, **fields)
    return command


def looks(kind: type[ReportNotFound | ReportFound], place: str = FIRST, item: int = 1, **fields: Any) -> Any:
    """Return what the buyer says of one place."""
    shape: dict[str, Any] = {"by": actor(BUYER), "request": "q-1", "leg": "outside", "responder": BUYER}
    return said(kind, **(shape | {"item": item, "place": place} | fields))


def agrees(item: int = 1, **fields: Any) -> ConfirmItem:
    """Return the doctor's word."""
    shape: dict[str, Any] = {"by": DOCTOR, "request": "q-1", "item": item} | fields
    command: ConfirmItem = said(ConfirmItem, **shape)
    return command


def drops(item: int = 1, **fields: Any) -> DropItem:
    """Return an item taken back by who asked."""
    shape: dict[str, Any] = {"by": actor("p-li"), "request": "q-1", "item": item, "reason": "not_needed"}
    command: DropItem = said(DropItem, **(shape | fields))
    return command


def wanted(*more: Command, **fields: Any) -> Given:
    """Return the town, which has a doctor, in which Li wants one thing."""
    doctor = said(GrantRole, account=DOCTOR.id, role=DOCTOR.role, scope=EVERYWHERE)
    return town().and_then(doctor, calls(), adds(**fields), *more)


def searching(*more: Command, **fields: Any) -> Given:
    """Return the town in which somebody looks for it."""
    return asked(wanted(**fields), "outside", BUYER).and_then(accepts(BUYER), *more)


def two(*more: Command) -> Given:
    """Return the town in which somebody looks for two things."""
    return asked(wanted().and_then(adds(2)), "outside", BUYER).and_then(accepts(BUYER), *more)


def item_of(given: Given, number: int = 1) -> LineItem:
    """Return the state of an item."""
    return request_of_town(given).items[number - 1]


NOT_HERE, NOWHERE = looks(ReportNotFound), looks(ReportNotFound, SECOND, nowhere_else=True)
HAPPENS: dict[str, tuple[Given, Command, list[str]]] = {
    "added": (town().and_then(calls()), adds(), ["ItemAdded"]),
    "agreed to": (wanted(needs_doctor=True), agrees(), ["ItemConfirmed"]),
    "agreed to by telephone": (wanted(needs_doctor=True), agrees(by=LEAD, on_behalf_of="dr-1"), ["ItemConfirmed"]),
    "taken back": (wanted(adds(2)), drops(), ["ItemDropped"]),
    "not here": (searching(), NOT_HERE, ["ItemNotFound"]),
    "here": (searching(NOT_HERE), looks(ReportFound, THIRD), ["ItemFound"]),
    "another brand": (searching(), looks(ReportFound, substituted=True), ["ItemFound"]),
    "nowhere, and that was all": (
        searching(NOT_HERE),
        NOWHERE,
        ["ItemNotFound", "ItemGivenUp", "LegFailed", "RequestEscalated", "LoadReleased"],
    ),
    "nowhere, and it was the last place": (
        searching(NOT_HERE),
        looks(ReportNotFound, nowhere_else=True),
        ["ItemGivenUp", "LegFailed", "RequestEscalated", "LoadReleased"],
    ),
    "nowhere, and something else is wanted": (two(), NOWHERE, ["ItemNotFound", "ItemGivenUp", "RequestEscalated"]),
    "nowhere, and something else was found": (
        two(looks(ReportFound, item=2)),
        NOWHERE,
        ["ItemNotFound", "ItemGivenUp", "RequestEscalated"],
    ),
}


@pytest.mark.parametrize("name", HAPPENS)
def test_what_happens(name: str) -> None:
    """Each command records just this."""
    given, command, expected = HAPPENS[name]
    assert kinds_of(given.when(command)) == expected


@pytest.mark.parametrize("name", HAPPENS)
def test_said_again(name: str) -> None:
    """Each command said again records nothing."""
    given, command, _ = HAPPENS[name]
    assert given.and_then(command).when(command) == []


REFUSED: dict[str, tuple[Given, Command, str]] = {
    "on a request on which nothing is bought": (
        town().and_then(calls(kind="stair_carry")),
        adds(),
        "no_shopping",
    ),
    "with a number left out": (town().and_then(calls()), adds(2), "item_number"),
    "on a cancelled request": (
        town().and_then(calls(), said(CancelRequest, request="q-1", reason="mistake")),
        adds(),
        "request_state",
    ),
    "when a doctor must agree and somebody goes already": (searching(), adds(2, needs_doctor=True), "too_late_to_add"),
    "when the buying is over": (
        searching(looks(ReportFound), completes(BUYER, "outside")),
        adds(2),
        "too_late_to_add",
    ),
    "agreed to by nobody": (wanted(needs_doctor=True), agrees(by=LEAD), "doctor_not_named"),
    "agreed to by a volunteer": (wanted(needs_doctor=True), agrees(by=actor(BUYER)), "not_permitted"),
    "an item that is not there": (wanted(), agrees(2), "unknown_item"),
    "the last one taken back": (wanted(), drops(), "last_item"),
    "taken back by another": (wanted(adds(2)), drops(by=actor("p-wu")), "not_your_request"),
    "added by another resident": (town().and_then(calls()), adds(by=actor("p-wu")), "not_your_request"),
    "taken back when it is bought": (two(looks(ReportFound)), drops(), "item_settled"),
    "replaced though only this will do": (
        searching(no_substitution=True),
        looks(ReportFound, substituted=True),
        "may_not_be_substituted",
    ),
    "not found after all": (searching(looks(ReportFound)), NOT_HERE, "item_settled"),
    "found a second time elsewhere": (searching(looks(ReportFound)), looks(ReportFound, THIRD), "item_settled"),
    "looked for by another": (
        searching(),
        looks(ReportFound, by=actor("r-driver"), responder="r-driver"),
        "not_your_leg",
    ),
    "looked for before somebody goes": (wanted(), looks(ReportFound), "leg_not_taken"),
    "looked for on the way to the door": (searching(), looks(ReportFound, leg="inside"), "no_shopping"),
    "finished with something open": (searching(), completes(BUYER, "outside"), "items_open"),
    "put down with something open": (
        searching(),
        said(PlaceGoods, by=actor(BUYER), request="q-1", leg="outside", responder=BUYER),
        "items_open",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    """Each is refused by its own name."""
    given, command, code = REFUSED[name]
    assert given.refusal(command).code == code


def test_nobody_is_sent_before_the_doctor_agrees() -> None:
    """The leg to the pharmacy is shared out with the doctor's word, not before (R3)."""
    waiting = wanted(needs_doctor=True)
    assert needs_people(request_of_town(waiting)) == ()
    assert [leg.plan.name for leg in needs_people(request_of_town(waiting.and_then(agrees())))] == ["outside"]


def test_nobody_waits_for_a_doctor_about_what_is_taken_back() -> None:
    """What the doctor did not agree to is dropped, and the rest is fetched."""
    given = wanted(adds(2, needs_doctor=True), drops(2, by=DOCTOR, reason="doctor_refused"))
    assert isinstance(item_of(given, 2), Dropped)
    assert needs_people(request_of_town(given)) != ()


def test_each_place_is_recorded() -> None:
    """Several pharmacies, in the order of the search; one named twice is recorded once (R3)."""
    given = searching(NOT_HERE, looks(ReportNotFound, SECOND), looks(ReportFound, THIRD))
    found = item_of(given)
    assert isinstance(found, Found)
    assert found.looked == (FIRST, SECOND)
    assert (found.place, found.substituted) == (THIRD, False)


def test_nothing_to_be_had_fails_the_leg() -> None:
    """When all is not to be had, the leg fails with that outcome and a person is called (R3)."""
    facts = searching(NOT_HERE).when(NOWHERE)
    assert [fact.outcome for fact in facts if isinstance(fact, LegFailed)] == ["not_found"]
    assert [fact.reason for fact in facts if isinstance(fact, RequestEscalated)] == ["leg_failed"]
    assert isinstance(leg_of(searching(NOWHERE), "outside"), Failed)


def test_some_of_it_is_brought() -> None:
    """What was found is brought; a person hears of the rest."""
    given = two(looks(ReportFound, item=2), NOWHERE)
    assert [type(item) for item in request_of_town(given).items] == [Unfound, Found]
    assert kinds_of(given.when(completes(BUYER, "outside", outcome="partly_found"))) == ["LegDone", "LoadReleased"]


def test_a_search_begun_anew_asks_every_place() -> None:
    """When a person has the leg tried again, what was not to be had is wanted again."""
    given = searching(NOT_HERE, NOWHERE, said(RequeueLeg, request="q-1", leg="outside"))
    assert isinstance(item_of(given), Wanted)
    assert item_of(given).looked == ()


def test_the_next_buyer_knows_where_it_was_not() -> None:
    """Places stay with the request, not with who looked."""
    given = searching(NOT_HERE)
    assert item_of(given).looked == (FIRST,)


def test_numbers_are_in_clear_and_names_are_not() -> None:
    """A decision needs how many and whether another will do; what it is called is sealed or not there."""
    (fact,) = town().and_then(calls()).when(adds(quantity=3, no_substitution=True))
    assert isinstance(fact, ItemAdded)
    assert (fact.quantity, fact.no_substitution, fact.wanted) == (3, True, None)


@pytest.mark.parametrize("quantity", [0, -1, 1_000, True, 2.0])
def test_a_quantity_is_a_whole_number(quantity: Any) -> None:
    """Bad quantities never become commands."""
    with pytest.raises(ValueError, match="quantity"):
        adds(quantity=quantity)


IMPOSSIBLE = [
    (
        searching(no_substitution=True),
        ItemFound(leg="outside", number=1, place=FIRST, substituted=True, responder=ResponderId(BUYER), found_at=T0),
    ),
    (wanted(), ItemAdded(number=3, quantity=1, no_substitution=False, needs_doctor=False, added_at=T0)),
    (
        searching(looks(ReportFound)),
        ItemNotFound(leg="outside", number=1, place=FIRST, responder=ResponderId(BUYER), looked_at=T0),
    ),
    (wanted(), ItemNotFound(leg="outside", number=2, place=FIRST, responder=ResponderId(BUYER), looked_at=T0)),
]


@pytest.mark.parametrize(("given", "event"), IMPOSSIBLE)
def test_an_impossible_history_stops(given: Given, event: Any) -> None:
    """An event that cannot follow is a damaged journal."""
    with pytest.raises(CorruptHistory):
        given.record((Changes(request_at("q-1"), (event,)),))
