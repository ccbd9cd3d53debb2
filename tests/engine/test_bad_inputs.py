"""
Times, commands and crowds that are wrong: numbers 35 to 62 of the project's list of bad inputs.

Numbers 1 to 34 are in `test_door.py`. Each table below is read against the list: the number, what is said,
and the code that answers. What other files hold is not repeated here:

====== ============================================================================================
37     `datetime` has no leap second; one that is typed is no instant, as in `WRONG` below
38, 42 series: `test_series.py::test_what_cannot_be_a_series`
44, 45 `test_time.py`: a clock that goes back; two hosts minutes apart
47     `test_series.py`, `tests/domain/test_series.py`: rules that recur too often
49, 50 `test_repeats.py`; every command: `tests/domain/test_repeats.py`
53     `test_waiting.py`, `tests/domain/test_linking.py`, `tests/domain/test_duty_orders.py`
54     `tests/domain/test_calling_round.py`; passes: `tests/domain/test_medical_pass.py`
55     `test_erasure.py`, `test_rounds.py`
56     `test_crews.py::test_three_are_asked_and_go_together`
57     `test_time.py`, `test_control.py::test_sealed_mid_route`, `tests/domain/test_goods.py`
58     `test_authority.py::test_a_revoked_actors_queued_commands_are_refused`
61     `tests/codec/test_hostile_rows.py::test_a_newer_version_is_told_from_damage`,
       `tests/audit/test_replay.py::test_an_unknown_matcher_cannot_be_checked`
62     no snapshots are stored: a state is always folded from its events
====== ============================================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from dispatch import EVERYDAY, Refused
from tests.engine.refusals import refused
from tests.engine.town import DOOR, HERE, MORNING, NAIVE, RESIDENT_NAME, RESIDENT_PHONE, WALK_UP, Town, town_on

NOON, EVENING = MORNING + timedelta(hours=4), MORNING + timedelta(hours=10)

Call = Callable[..., Any]
"""What is said, everything that it needs being there already."""
Prepare = Callable[[Town, Any], Call]


def reviewed(town: Town) -> Any:
    """Return a pass that only has to be issued."""
    passed = town.engine.apply_for_pass(HERE, town.resident, purpose="examination")
    town.engine.review_pass(HERE, passed, by=town.doctor())
    return passed


def issued(town: Town, **times: Any) -> Call:
    """Issue a pass over these times."""
    return partial(town.engine.issue_pass, HERE, reviewed(town), by=town.doctor(), **times)


def ridden(town: Town, **times: Any) -> Call:
    """Book a ride at these times under a good pass."""
    passed = reviewed(town)
    town.engine.issue_pass(HERE, passed, valid_from=MORNING, valid_until=MORNING + timedelta(days=2), by=town.doctor())
    return partial(town.engine.book_ride, HERE, town.resident, medical_pass=passed, **times)


def rung(town: Town, **times: Any) -> Call:
    """Begin a round that ends at these times."""
    return partial(town.engine.start_round, HERE, [town.resident], callers=[town.cadre], **times)


def planned(town: Town, **times: Any) -> Call:
    """Open a case plan that ends then."""
    return partial(town.engine.open_plan, HERE, town.resident, reason="returnee", keeper=town.cadre, **times)


def series(town: Town, **more: Any) -> Call:
    """Arrange three visits."""
    given: dict[str, Any] = {"rule": "FREQ=DAILY;COUNT=3", "starts": NOON + timedelta(days=1)} | more
    return partial(town.engine.start_series, HERE, "food", beneficiary=town.resident, **given)


INSTANTS: dict[str, Prepare] = {
    "hold": lambda t, x: partial(t.engine.hold, HERE, t.open("food"), reason="asked", until=x),
    "isolation": lambda t, x: partial(t.engine.begin_isolation, HERE, t.resident, until=x),
    "side": lambda t, x: partial(t.engine.record_side, HERE, t.cadre, line=WALK_UP, side="inside", stay_until=x),
    "entries": lambda t, x: partial(t.engine.entries, HERE, t.open("food"), x),
    "rules": lambda t, x: partial(t.engine.rules_at, HERE, WALK_UP, x),
    "levels": lambda t, x: partial(t.engine.control_levels, HERE, x),
    "wrong side": lambda t, x: partial(t.engine.wrong_side, HERE, x),
    "pass from": lambda t, x: issued(t, valid_from=x, valid_until=EVENING),
    "pass until": lambda t, x: issued(t, valid_from=MORNING, valid_until=x),
    "pickup": lambda t, x: ridden(t, pickup_at=x),
    "back by": lambda t, x: ridden(t, pickup_at=NOON, back_by=x),
    "permit from": lambda t, x: partial(t.engine.issue_car_permit, HERE, car(t), valid_from=x, valid_until=EVENING),
    "permit until": lambda t, x: partial(t.engine.issue_car_permit, HERE, car(t), valid_from=MORNING, valid_until=x),
    "visit by": lambda t, x: rung(t, visit_by=x),
    "round ends": lambda t, x: rung(t, ends_at=x),
    "due since": lambda t, x: partial(t.engine.due_for_round, HERE, since=x),
    "census": lambda t, x: partial(t.engine.census, HERE, since=x),
    "plan ends": lambda t, x: planned(t, ends_at=x),
    "duty task": lambda t, x: partial(t.engine.order_duty, HERE, t.resident, until=x),
    "series": lambda t, x: series(t, starts=x),
    "series skip": lambda t, x: series(t, skip=[x]),
    "skipped": lambda t, x: partial(t.engine.skip_occurrence, HERE, series(t)(), x, reason="in_hospital"),
    "moved": lambda t, x: partial(t.engine.move_occurrence, HERE, series(t)(), NOON + timedelta(days=1), to=x),
    "grant from": lambda t, x: partial(t.engine.grant, HERE, "lead-1", "building_lead", scope=WALK_UP, valid_from=x),
    "grant until": lambda t, x: partial(t.engine.grant, HERE, "lead-1", "building_lead", scope=WALK_UP, valid_until=x),
    "qualified": lambda t, x: partial(t.engine.grant_qualification, HERE, t.cadre, "drive", valid_until=x),
    "clearance": lambda t, x: partial(t.engine.set_clearance_expiry, HERE, t.cadre, valid_until=x),
    "deputy since": lambda t, x: partial(t.engine.name_deputy, HERE, t.captain, t.cadre, scope="11号楼5层", since=x),
    "deputy until": lambda t, x: partial(t.engine.name_deputy, HERE, t.captain, t.cadre, scope="11号楼5层", until=x),
    "lent since": lambda t, x: partial(t.engine.second, HERE, t.cadre, "bureau", since=x),
    "lent until": lambda t, x: partial(t.engine.second, HERE, t.cadre, "bureau", until=x),
    "shift ends": lambda t, x: partial(t.engine.cancel_shift, HERE, t.cadre, starts_at=MORNING, ends_at=x),
    "sheet": lambda t, x: partial(t.engine.paper_sheet, HERE, t.captain, now=x),
}
"""Every verb of the later nouns that takes an instant; the first ones are in `test_time.py`."""

WRONG: dict[str, object] = {
    "35 naive": NAIVE,
    "36 30 Feb": "2022-02-30T10:00+08:00",
    "37 leap second": "2016-12-31T23:59:60+00:00",
    "43 milliseconds": 1_652_661_000_000,
    "43 seconds": 1e12,
    "a truth value": True,
}
"""No instants: always refused."""

STRANGE: dict[str, datetime] = {
    "40 Shanghai 1988": datetime.fromisoformat("1988-06-01T12:00:00+09:00"),
    "41 year 1": datetime.fromisoformat("0001-01-01T00:00:00+14:00"),
    "42 year 9999": datetime.fromisoformat("9999-12-31T23:59:59-14:00"),
    "42 the last": datetime.max.replace(tzinfo=UTC),
    "46 past": MORNING - timedelta(days=400),
}
"""Instants that are far away: taken or refused, never an overflow, and the engine goes on."""


def car(town: Town) -> Any:
    """Return a car without a permit."""
    return town.engine.register_car(HERE)


def told(refusal: Refused) -> str:
    """Return everything a refusal says."""
    return f"{refusal.message} {refusal.fields}"


def says_nothing_personal(refusal: Refused) -> bool:
    """Say whether neither name nor phone nor door is repeated."""
    words = told(refusal)
    return not any(text in words for text in (RESIDENT_NAME, RESIDENT_PHONE, f"11号楼{DOOR}"))


def refusal_or_none(say: Call) -> Refused | None:
    """Return why it is refused; any other error is a failure."""
    try:
        say()
    except Refused as refusal:
        return refusal
    return None


@pytest.mark.parametrize("given", WRONG)
@pytest.mark.parametrize("field", INSTANTS)
def test_what_is_no_instant_is_refused(quick: Town, field: str, given: str) -> None:
    """Whoever embeds the engine gets one code for it, before anything is decided (35, 36, 37, 43)."""
    say = INSTANTS[field](quick, WRONG[given])
    before = quick.engine.position()
    refusal = refused("bad_input", say)
    assert quick.engine.position() == before
    assert says_nothing_personal(refusal)
    assert len(told(refusal)) < 1_000


@pytest.mark.parametrize("given", STRANGE)
@pytest.mark.parametrize("field", INSTANTS)
def test_far_instants_are_taken_or_refused(quick: Town, field: str, given: str) -> None:
    """Neither the answer nor the tick after it overflows, and what was recorded is read back (40, 41, 42, 46)."""
    say = INSTANTS[field](quick, STRANGE[given])
    before = quick.engine.position()
    refusal = refusal_or_none(say)
    if refusal is not None:
        assert says_nothing_personal(refusal)
        assert quick.engine.position() == before
    quick.engine.tick()
    assert len(list(quick.engine.subscribe())) == quick.engine.position()
    assert quick.engine.timeline(HERE)
    assert quick.engine.parked() == ()


DAY = timedelta(days=1)
GOOD = {
    "skipped": NOON + DAY,
    "moved": EVENING + DAY,
    "series": NOON + DAY,
    "series skip": NOON + DAY,
    "due since": MORNING - DAY,
    "census": MORNING - DAY,
    "shift ends": MORNING + 30 * DAY,
    "pass from": MORNING,
    "permit from": MORNING,
    "back by": EVENING,
}
"""Instants that fit; noon where nothing is said."""


@pytest.mark.parametrize("field", INSTANTS)
def test_a_good_instant_is_taken(quick: Town, field: str) -> None:
    """What the tables refuse is the instant and nothing else."""
    INSTANTS[field](quick, GOOD.get(field, NOON))()


BACKWARDS: dict[str, tuple[str, Callable[[Town], Call]]] = {
    "48 pass": ("ends_before_start", lambda t: issued(t, valid_from=EVENING, valid_until=NOON)),
    "48 permit": (
        "ends_before_start",
        lambda t: partial(t.engine.issue_car_permit, HERE, car(t), valid_from=EVENING, valid_until=NOON),
    ),
    "48 ride": ("ends_before_start", lambda t: ridden(t, pickup_at=EVENING, back_by=NOON)),
    "48 grant": (
        "ends_before_start",
        lambda t: partial(
            t.engine.grant, HERE, "lead-1", "building_lead", scope=WALK_UP, valid_from=EVENING, valid_until=NOON
        ),
    ),
    "48 deputy": (
        "ends_before_start",
        lambda t: partial(t.engine.name_deputy, HERE, t.captain, t.cadre, scope="11号楼5层", since=EVENING, until=NOON),
    ),
    "48 loan": (
        "ends_before_start",
        lambda t: partial(t.engine.second, HERE, t.cadre, "bureau", since=EVENING, until=NOON),
    ),
    "46 round": ("ends_before_start", lambda t: rung(t, ends_at=MORNING - DAY)),
    "46 duty": ("bad_duty_end", lambda t: partial(t.engine.order_duty, HERE, t.resident, until=MORNING - DAY)),
    "46 hold": (
        "hold_past",
        lambda t: partial(t.engine.hold, HERE, t.open("food"), reason="asked", until=MORNING - DAY),
    ),
    "46 plan": ("ends_before_start", lambda t: planned(t, ends_at=MORNING - DAY)),
    "46 ride": ("deadline_past", lambda t: ridden(t, pickup_at=MORNING - DAY)),
    "46 pass": ("already_over", lambda t: issued(t, valid_from=MORNING - 2 * DAY, valid_until=MORNING - DAY)),
    "46 skill": (
        "ends_before_start",
        lambda t: partial(t.engine.grant_qualification, HERE, t.cadre, "drive", valid_until=MORNING - DAY),
    ),
    "46 isolation": (
        "ends_before_start",
        lambda t: partial(t.engine.begin_isolation, HERE, t.resident, until=MORNING - DAY),
    ),
    "46 series": ("starts_in_the_past", lambda t: series(t, starts=MORNING - DAY)),
    "47 every second": ("rule_too_often", lambda t: series(t, rule="FREQ=SECONDLY;UNTIL=21220516")),
    "47 a hundred years": ("too_many_occurrences", lambda t: series(t, rule="FREQ=DAILY;UNTIL=21220516")),
    "47 for ever": ("rule_without_end", lambda t: series(t, rule="FREQ=DAILY")),
    "54 deputy": ("own_deputy", lambda t: partial(t.engine.name_deputy, HERE, t.captain, t.captain, scope="11号楼5层")),
    "54 custody": (
        "same_holder",
        lambda t: partial(t.engine.offer_custody, HERE, card(t), responder=t.captain, to=t.captain),
    ),
    "60 households": ("bad_input", lambda t: partial(t.engine.start_round, HERE, [t.resident] * 51, callers=[t.cadre])),
    "60 units": ("bad_input", lambda t: partial(t.engine.receive_goods, HERE, "vegetable_pack", 2**70)),
}
"""Number and noun, the code that answers, and what is said."""


def card(town: Town) -> Any:
    """Return a card in the captain's custody."""
    return town.engine.take_custody(HERE, town.captain, owner=town.resident, what="card")


@pytest.mark.parametrize("case", BACKWARDS)
def test_each_wrong_order_has_its_code(quick: Town, case: str) -> None:
    """What is refused is not recorded, and says nothing of the household (46, 47, 48, 54, 60)."""
    code, prepare = BACKWARDS[case]
    say = prepare(quick)
    before = quick.engine.position()
    assert says_nothing_personal(refused(code, say))
    assert quick.engine.position() == before


REUSED: dict[str, tuple[Callable[[Town], Call], Callable[[Town], Call]]] = {
    "control": (
        lambda t: partial(t.engine.set_control_level, HERE, WALK_UP, "sealed"),
        lambda t: partial(t.engine.set_control_level, HERE, WALK_UP, "controlled"),
    ),
    "round": (rung, lambda t: rung(t, ends_at=EVENING)),
    "pass": (
        lambda t: partial(t.engine.apply_for_pass, HERE, t.resident, purpose="examination"),
        lambda t: partial(t.engine.apply_for_pass, HERE, t.high, purpose="examination"),
    ),
    "plan": (planned, lambda t: planned(t, ends_at=EVENING)),
    "series": (series, lambda t: series(t, rule="FREQ=DAILY;COUNT=4")),
    "stock": (
        lambda t: partial(t.engine.receive_goods, HERE, "vegetable_pack", 10),
        lambda t: partial(t.engine.receive_goods, HERE, "vegetable_pack", 11),
    ),
    "duty task": (
        lambda t: partial(t.engine.order_duty, HERE, t.resident, until=NOON),
        lambda t: partial(t.engine.order_duty, HERE, t.resident, until=EVENING),
    ),
    "grant": (
        lambda t: partial(t.engine.grant, HERE, "lead-1", "building_lead", scope=WALK_UP),
        lambda t: partial(t.engine.grant, HERE, "lead-2", "building_lead", scope=WALK_UP),
    ),
    "custody": (
        lambda t: partial(t.engine.take_custody, HERE, t.captain, owner=t.resident, what="card"),
        lambda t: partial(t.engine.take_custody, HERE, t.captain, owner=t.resident, what="key"),
    ),
    "flags": (
        lambda t: partial(t.engine.set_flags, HERE, t.resident, ["aged_80"]),
        lambda t: partial(t.engine.set_flags, HERE, t.resident, ["disabled"]),
    ),
}
"""A verb of each noun, and the same verb with another body."""


@pytest.mark.parametrize("noun", REUSED)
def test_one_id_is_one_command(quick: Town, noun: str) -> None:
    """The same id and body answers as before and does nothing; another body is refused (49, 50)."""
    first, other = (prepare(quick) for prepare in REUSED[noun])
    answer = first(command_id="phone-1")
    before = quick.engine.position()
    again = first(command_id="phone-1")
    assert getattr(again, "events", again) == getattr(answer, "events", answer)
    refused("command_id_reused", lambda: other(command_id="phone-1"))
    assert quick.engine.position() == before


def test_cancelled_while_somebody_is_asked(town: Town) -> None:
    """Who was asked is free; a late yes and a late report are told so and change nothing (51, 52)."""
    request = town.open("garbage")
    offer = town.tick()[f"{request}/inside"]
    town.engine.cancel(HERE, request, reason="not_needed")
    before = town.engine.position()
    refused("offer_not_held", lambda: town.engine.accept(HERE, offer.offer, responder=offer.responder))
    late = refused("request_state", lambda: town.engine.complete(HERE, request, "inside", responder=offer.responder))
    assert says_nothing_personal(late)
    assert town.engine.position() == before
    assert town.engine.responder(HERE, offer.responder).open_count == 0


def test_the_last_captain_leaves(town: Town) -> None:
    """What the captain had goes to a cadre, and when he leaves too the board says what is missing (59)."""
    request = town.open("garbage")
    town.engine.accept(HERE, town.tick()[f"{request}/inside"].offer)
    town.engine.drop_out(HERE, town.captain)
    assert town.tick()[f"{request}/inside"].responder == town.cadre
    town.engine.drop_out(HERE, town.cadre)
    assert not town.tick()
    assert any(line.shortfall for line in town.engine.board(HERE))


def crowd(town: Town, number: int) -> None:
    """
    Open many requests at once and tick once.

    Each is on the board, each is asked for or said to be short, nobody holds more than the policy asks
    ahead, and the next tick adds nothing by itself.
    """
    with town.engine.batch(HERE) as batch:
        for index in range(number):
            batch.open_request(HERE, "garbage", beneficiary=(town.resident, town.high)[index % 2])
    assert batch.refused == []
    offers = town.engine.tick().offers
    assert offers
    assert len(offers) <= EVERYDAY.offers_per_run_max
    lines = town.engine.board(HERE)
    assert len({line.request for line in lines}) == number
    asked = Counter(offer.responder for offer in offers)
    assert max(asked.values()) <= EVERYDAY.offers_ahead_max
    for who in asked:
        responder = town.engine.responder(HERE, who)
        assert responder.load <= responder.capacity
    assert not town.engine.tick().offers
    assert town.engine.parked() == ()


def test_three_hundred_at_once(quick: Town) -> None:
    """Nothing is lost, and nobody is asked for more than the policy lets them (60)."""
    crowd(quick, 300)


@pytest.mark.slow
def test_ten_thousand_at_once(file_store: str) -> None:
    """The same with ten thousand, on disk (60)."""
    with town_on(file_store) as town:
        crowd(town, 10_000)
