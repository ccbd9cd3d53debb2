"""Calling rounds through the façade: verbs, what time alone brings, the caller's code (R14, R15, R33)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch import Actor, Refused, ResidentId, ResponderId, RoundId, Urgency
from dispatch.store.codes import spoken_code
from tests.engine.refusals import refused
from tests.engine.town import HERE, MORNING, Town, by

MIDNIGHT = datetime(2022, 5, 16, 16, 0, tzinfo=MORNING.tzinfo)
"""The end of the day in Shanghai."""


def cadre_of(town: Town) -> Actor:
    """Return the cadre as they act themselves."""
    return by(town.cadre, "cadre")


def start(town: Town, *residents: ResidentId, **more: Any) -> RoundId:
    """Begin a round over both households, or these."""
    return town.engine.start_round(HERE, residents or (town.resident, town.high), callers=[town.cadre], **more)


def stage(town: Town, calls: RoundId, resident: ResidentId) -> str:
    """Return the name of a household's state."""
    return type(town.engine.calling_round(HERE, calls).items[resident]).__name__


def lead_of(town: Town) -> ResponderId:
    """Let a building lead join, who may go to any door."""
    return town.engine.register_responder(HERE, "building_lead", scope=["11号楼", "12号楼"], capacity=20)


def test_a_round_from_start_to_close(town: Town) -> None:
    """Reached, no answer and a visit; on every store."""
    engine, lead = town.engine, lead_of(town)
    calls = start(town)
    engine.record_reached(HERE, calls, town.resident, supplies_enough=False, condition_ok=True, note="米不够")
    need = engine.find_need(HERE, calls, town.resident, kind="food", note="十斤米")
    assert town.request(need).beneficiary == town.resident
    engine.record_attempt(HERE, calls, town.high)
    engine.record_attempt(HERE, calls, town.high, outcome="hung_up")
    assert stage(town, calls, town.high) == "NoAnswer"
    engine.tick()
    (visit,) = engine.calling_round(HERE, calls).items[town.high].visits
    offers = [line for line in engine.board(HERE) if line.request == visit]
    assert offers[0].responders
    went = offers[0].responders[0]
    engine.accept(HERE, offers[0].offers[0])
    who = by(went, engine.responder(HERE, went).role)
    engine.record_seen(HERE, calls, town.high, supplies_enough=True, condition_ok=True, by=who)
    assert stage(town, calls, town.high) == "Seen"
    assert town.stage(visit) == "Delivered"
    engine.close_round(HERE, calls)
    found = engine.round_coverage(HERE, calls)
    assert (found.reached, found.seen, found.needs, found.attempts, found.visits) == (1, 1, 1, 3, 1)
    assert (found.covered.numerator, found.covered.denominator) == (2, 2)
    assert found.lacking == ()
    assert lead


def test_a_round_ends_with_the_day(quick: Town) -> None:
    """In the community's own time zone, unless told otherwise."""
    state = quick.engine.calling_round(HERE, start(quick))
    assert (state.ends_at, state.visit_by) == (MIDNIGHT, MIDNIGHT)
    noon = MORNING + timedelta(hours=4)
    state = quick.engine.calling_round(HERE, start(quick, ends_at=noon))
    assert (state.ends_at, state.visit_by) == (noon, noon)


def test_who_has_no_phone_is_visited_at_once(quick: Town) -> None:
    """Nobody has to order it (R14)."""
    quick.engine.set_flags(HERE, quick.high, [], no_phone=True)
    calls = start(quick)
    quick.engine.tick()
    assert stage(quick, calls, quick.high) == "ToBeVisited"
    assert stage(quick, calls, quick.resident) == "Due"
    (visit,) = quick.engine.calling_round(HERE, calls).items[quick.high].visits
    assert quick.request(visit).needed_by == MIDNIGHT
    quick.engine.tick()
    assert len(quick.engine.calling_round(HERE, calls).items[quick.high].visits) == 1


def test_what_is_left_at_the_end_calls_a_person(quick: Town) -> None:
    """By time alone, once; when the last household has its outcome, System closes the round."""
    calls = start(quick, quick.resident)
    quick.engine.tick()
    assert quick.engine.next_change_at(HERE) == MIDNIGHT
    quick.clock.now = MIDNIGHT
    before = quick.engine.position()
    quick.engine.tick()
    quick.engine.tick()
    assert quick.topics(after=before).count("round.escalated") == 1
    quick.engine.record_reached(HERE, calls, quick.resident, supplies_enough=True, condition_ok=True)
    quick.engine.tick()
    assert type(quick.engine.calling_round(HERE, calls)).__name__ == "Closed"


def test_a_round_does_not_close_by_itself_before_its_end(quick: Town) -> None:
    """Needs may still be found."""
    calls = start(quick, quick.resident)
    quick.engine.record_reached(HERE, calls, quick.resident, supplies_enough=True, condition_ok=True)
    quick.engine.tick()
    assert type(quick.engine.calling_round(HERE, calls)).__name__ == "UnderWay"


def test_a_visit_that_is_completed_like_any_leg(quick: Town) -> None:
    """System takes it over into the round."""
    engine, _ = quick.engine, lead_of(quick)
    calls = start(quick, quick.high)
    visit = engine.order_visit(HERE, calls, quick.high)
    offer = quick.tick()[f"{visit}/visit"]
    engine.accept(HERE, offer.offer)
    engine.complete(HERE, visit, "visit")
    engine.tick()
    assert stage(quick, calls, quick.high) == "Seen"


@pytest.mark.parametrize("closed", [False, True])
def test_a_visit_that_was_closed_before_the_next_drain(quick: Town, *, closed: bool) -> None:
    """What the board has dropped is read from the log itself: done is seen, cancelled is not."""
    engine, _ = quick.engine, lead_of(quick)
    calls = start(quick, quick.high)
    visit = engine.order_visit(HERE, calls, quick.high)
    offer = quick.tick()[f"{visit}/visit"]
    engine.accept(HERE, offer.offer)
    if closed:
        engine.complete(HERE, visit, "visit")
        engine.close_request(HERE, visit, reason="left_at_door")
    else:
        engine.cancel(HERE, visit, reason="not_needed")
    engine.tick()
    assert stage(quick, calls, quick.high) == ("Seen" if closed else "NoAnswer")


def test_the_machine_orders_one_visit_only(quick: Town) -> None:
    """A person cancelled it; a person orders the next, or the end of the round calls one."""
    calls = start(quick, quick.high)
    for _ in range(2):
        quick.engine.record_attempt(HERE, calls, quick.high)
    quick.engine.tick()
    (visit,) = quick.engine.calling_round(HERE, calls).items[quick.high].visits
    quick.engine.cancel(HERE, visit, reason="not_needed")
    quick.engine.tick()
    assert stage(quick, calls, quick.high) == "NoAnswer"
    again = quick.engine.order_visit(HERE, calls, quick.high)
    assert again != visit
    assert stage(quick, calls, quick.high) == "ToBeVisited"


def test_a_welfare_alarm(quick: Town) -> None:
    """A named person is alarmed at once; whoever goes sees the note."""
    calls = start(quick, quick.resident)
    quick.engine.raise_welfare_alarm(HERE, calls, quick.resident, note="电话里呼救")
    (line,) = [line for line in quick.engine.board(HERE) if line.urgency is Urgency.LIFE]
    assert line.alarm is not None
    shown = quick.engine.reveal(HERE, line.request, purpose="emergency")
    assert shown["note"] == "电话里呼救"
    assert stage(quick, calls, quick.resident) == "Alarmed"


def test_an_erased_household_leaves_the_round(quick: Town) -> None:
    """Its visit closes, its key goes, and the round may close without it (bad input 55)."""
    calls = start(quick, quick.high)
    quick.engine.order_visit(HERE, calls, quick.high)
    quick.engine.erase(HERE, quick.high)
    quick.engine.tick()
    assert stage(quick, calls, quick.high) == "Excused"
    assert type(quick.engine.resident(HERE, quick.high)).__name__ == "Erased"
    assert quick.engine.round_coverage(HERE, calls).covered.numerator == 0
    quick.engine.close_round(HERE, calls)


def test_calls_are_handed_over(quick: Town) -> None:
    """To somebody of the desk's roles."""
    calls = start(quick)
    other = quick.engine.register_responder(HERE, "community_worker")
    quick.engine.hand_over_calls(HERE, calls, quick.cadre, to=other, reason="called_away")
    callers = {item.caller for item in quick.engine.calling_round(HERE, calls).items.values()}
    assert callers == {other}


def test_an_excused_household_is_not_counted_as_reached(quick: Town) -> None:
    """The denominator keeps it: a figure must not get better by taking people off the list (R22)."""
    calls = start(quick)
    quick.engine.record_reached(HERE, calls, quick.resident, supplies_enough=True, condition_ok=True)
    quick.engine.excuse_household(HERE, calls, quick.high, reason="in_hospital")
    covered = quick.engine.round_coverage(HERE, calls).covered
    assert (covered.numerator, covered.denominator) == (1, 2)


def test_the_same_command_again_is_answered_and_not_done_again(quick: Town) -> None:
    """Every verb with a command id."""
    engine = quick.engine
    calls = start(quick, quick.resident, command_id="round-1")
    assert start(quick, quick.resident, command_id="round-1") == calls
    for _ in range(2):
        engine.record_attempt(HERE, calls, quick.resident, command_id="call-1")
    assert len(engine.calling_round(HERE, calls).items[quick.resident].attempts) == 1
    well = {"supplies_enough": True, "condition_ok": True, "note": "都好"}
    for _ in range(2):
        engine.record_reached(HERE, calls, quick.resident, **well, command_id="call-2")  # type: ignore[arg-type]
    visits = [engine.order_visit(HERE, calls, quick.resident, command_id="visit-1") for _ in range(2)]
    assert visits[0] == visits[1]
    needs = [engine.find_need(HERE, calls, quick.resident, kind="food", command_id="need-1") for _ in range(2)]
    assert needs[0] == needs[1]
    assert len(engine.calling_round(HERE, calls).items[quick.resident].visits) == 1


@pytest.mark.parametrize(
    "note", ["=HYPERLINK(1)", "@all {0.__class__} <b>x</b>", "٠١٢ ²", "a\u202eb", "\ufeff行\r\n二", "👨‍👩‍👧"]
)
def test_notes_go_through_the_door(quick: Town, note: str) -> None:
    """Texts 7 to 19: kept as meant, without what steers a terminal; sealed, so that no row shows them."""
    calls = start(quick, quick.resident)
    quick.engine.record_reached(HERE, calls, quick.resident, supplies_enough=True, condition_ok=True, note=note)
    (line,) = [
        line
        for line in quick.engine.ledger(HERE, quick.resident, purpose="review")
        if line.line.topic == "round.household_reached"
    ]
    shown = line.texts["note"]
    assert shown
    assert not {"\u202e", "\ufeff", "\r"} & set(shown)


@pytest.mark.parametrize("note", ["a\0b", "\ud800", "x" * 1_000_000])
def test_bad_notes_are_refused(quick: Town, note: str) -> None:
    """Texts 3 to 5: nothing is recorded, and the message never repeats them."""
    calls = start(quick, quick.resident)
    before = quick.engine.position()
    error = refused(
        "bad_text",
        lambda: quick.engine.record_reached(
            HERE, calls, quick.resident, supplies_enough=True, condition_ok=True, note=note
        ),
    )
    assert note not in error.message
    assert quick.engine.position() == before


@pytest.mark.parametrize("attempt", [True, 0, -1, 2**70, "1"])
def test_bad_numbers_are_refused(quick: Town, attempt: Any) -> None:
    """Numbers 22 to 26."""
    calls = start(quick, quick.resident)
    with pytest.raises(Refused):
        quick.engine.record_attempt(HERE, calls, quick.resident, attempt=attempt)


def test_fifty_households_and_not_one_more(quick: Town) -> None:
    """Bad input 60."""
    many = [ResidentId(f"p-{n}") for n in range(51)]
    assert refused("bad_input", lambda: start(quick, *many)).fields["field"] == "residents"


def test_a_strange_round(quick: Town) -> None:
    """Neither an id that cannot be one, nor one that is nobody's."""
    refused("malformed_id", lambda: quick.engine.calling_round(HERE, RoundId("../1")))
    refused("unknown_round", lambda: quick.engine.close_round(HERE, RoundId("l-none")))


# ---- The caller's code --------------------------------------------------------------------


def test_a_household_checks_its_caller(town: Town) -> None:
    """Six digits that the desk, the caller and the household know, and no event holds (R15)."""
    engine, calls = town.engine, start(town)
    code = engine.caller_code(HERE, calls, town.resident, by=cadre_of(town))
    assert code == engine.caller_code(HERE, calls, town.resident, by=by(town.resident, "resident"))
    assert len(code) == 6
    assert code.isdecimal()
    own = by(town.resident, "resident")
    spoken = f"{code[:3]} {code[3:]}"
    assert engine.check_caller_code(HERE, calls, town.resident, code=spoken, by=own)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert not engine.check_caller_code(HERE, calls, town.resident, code=wrong, by=own)
    said = "".join(event.fact.model_dump_json() for event in engine.subscribe())
    assert code not in said
    assert wrong not in said


def test_full_width_digits_are_digits(quick: Town) -> None:
    """Bad inputs 10 and 11."""
    calls = start(quick, quick.resident)
    code = quick.engine.caller_code(HERE, calls, quick.resident)
    wide = code.translate({ord("0") + n: chr(ord("０") + n) for n in range(10)})
    assert quick.engine.check_caller_code(HERE, calls, quick.resident, code=wide)


@pytest.mark.parametrize("code", ["", "abc", "²²²²²²", "x" * 1_000, "\0"])
def test_what_is_no_code_does_not_match(quick: Town, code: str) -> None:
    """And counts as a wrong one."""
    calls = start(quick, quick.resident)
    assert not quick.engine.check_caller_code(HERE, calls, quick.resident, code=code)


def test_guessing_ends(quick: Town) -> None:
    """After five wrong ones, even the right one is refused."""
    calls = start(quick, quick.resident)
    for _ in range(5):
        quick.engine.check_caller_code(HERE, calls, quick.resident, code="none")
    code = quick.engine.caller_code(HERE, calls, quick.resident)
    refused("code_locked", lambda: quick.engine.check_caller_code(HERE, calls, quick.resident, code=code))


def test_a_code_is_of_one_household_and_one_round(quick: Town) -> None:
    """What was overheard is worth nothing elsewhere or tomorrow."""
    codes = set()
    for calls in (start(quick), start(quick)):
        codes |= {quick.engine.caller_code(HERE, calls, who) for who in (quick.resident, quick.high)}
    assert len(codes) == 4


def test_a_code_needs_the_key() -> None:
    """Another key, another code: it cannot be computed from the log."""
    about = {"community": HERE, "subject": "p-1", "occasion": "l-1"}
    assert spoken_code(bytes(32), **about) != spoken_code(bytes(31) + b"\1", **about)


def test_others_learn_no_code(quick: Town) -> None:
    """Nor does anybody of somebody erased, and every reading is recorded."""
    calls = start(quick)
    captain = by(quick.captain, "floor_captain")
    refused("no_active_assignment", lambda: quick.engine.caller_code(HERE, calls, quick.resident, by=captain))
    before = quick.engine.position()
    quick.engine.caller_code(HERE, calls, quick.resident)
    assert quick.topics(after=before) == ["resident.personal_data_accessed"]
    quick.engine.erase(HERE, quick.resident)
    refused("erased", lambda: quick.engine.caller_code(HERE, calls, quick.resident))


# ---- Nobody missed ------------------------------------------------------------------------


def test_a_census_names_who_was_missed(quick: Town) -> None:
    """Every household of the register is in the denominator (R33)."""
    calls = start(quick, quick.resident)
    quick.engine.record_reached(HERE, calls, quick.resident, supplies_enough=True, condition_ok=True)
    census = quick.engine.census(HERE, since=MORNING)
    missed = quick.engine.resident(HERE, quick.high).household
    assert (census.covered.numerator, census.covered.denominator, census.missed) == (1, 2, (missed,))
    assert quick.engine.census(HERE, since=MORNING, where="11号楼").missed == ()


def test_a_list_is_proposed(quick: Town) -> None:
    """Those of the green lane first, then who waits longest; who was in contact is left out."""
    quick.engine.set_flags(HERE, quick.high, ["aged_80"])
    assert quick.engine.due_for_round(HERE, since=MORNING) == (quick.high, quick.resident)
    calls = start(quick, quick.high)
    quick.engine.record_reached(HERE, calls, quick.high, supplies_enough=True, condition_ok=True)
    assert quick.engine.due_for_round(HERE, since=MORNING) == (quick.resident,)
    assert quick.engine.due_for_round(HERE, since=MORNING, limit=0) == ()
    assert refused("bad_input", lambda: quick.engine.due_for_round(HERE, since=MORNING, limit=-1)).fields
