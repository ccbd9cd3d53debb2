"""People called about what is no request, through the façade (case 59, R4, R5, R14, R18, R20)."""

from __future__ import annotations

from datetime import timedelta

from dispatch import EVERYDAY, Matter, Role
from dispatch.domain.notice import Notice
from tests.engine.town import HERE, TOWER, Town


def matters(town: Town) -> list[str]:
    """Tick, and return the matters that stand, in order of their names."""
    town.tick()
    return sorted(state.matter.value for state in town.engine.notices(HERE).values())


def only(town: Town, matter: Matter) -> Notice:
    """Tick, and return the one notice of a matter."""
    town.tick()
    (found,) = [state for state in town.engine.notices(HERE).values() if state.matter is matter]
    return found


def test_the_last_captain_of_a_floor(town: Town) -> None:
    """The duty contact is called with the floor and its open work; it clears when the captain is back (case 59)."""
    engine, clock = town.engine, town.clock
    request = engine.open_request(HERE, "food", beneficiary=town.resident)
    assert matters(town) == []
    engine.drop_out(HERE, town.captain)
    notice = only(town, Matter.FLOOR_UNSERVED)
    assert (notice.place.floor, notice.called) == ("5", (("duty", engine.register_of(HERE).duty),))
    assert set(notice.about) <= {request}
    clock.now += timedelta(minutes=20)
    town.tick()
    assert notice.answer_by is not None
    (name,) = engine.notices(HERE)
    assert type(engine.notice(HERE, name)).__name__ == "Exhausted"
    engine.note_notice(HERE, name)
    engine.return_to_duty(HERE, town.captain)
    assert matters(town) == []
    assert type(engine.notice(HERE, name)).__name__ == "Cleared"


def test_another_captain_or_a_deputy_serves_the_floor(quick: Town) -> None:
    """Isolated or leaving for good is the same; somebody else's floor is not theirs, a deputy's is."""
    engine = quick.engine
    engine.isolate_responder(HERE, quick.captain)
    assert matters(quick) == ["floor_unserved"]
    engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home=f"{TOWER}6层", capacity=8)
    assert matters(quick) == ["floor_unserved"]
    engine.name_deputy(HERE, quick.captain, quick.cadre, scope=f"{TOWER}5层")
    assert matters(quick) == []
    engine.drop_out(HERE, quick.cadre)
    assert matters(quick) == ["floor_unserved"]
    engine.erase(HERE, quick.captain)
    assert matters(quick) == ["floor_unserved"]
    engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home=f"{TOWER}5层", capacity=8)
    assert matters(quick) == []


def test_a_belonging_is_handed_back_when_its_request_is_over(quick: Town) -> None:
    """Its holder is reminded; a day later the duty contact is called; returned, it is settled (R4)."""
    engine = quick.engine
    errand = engine.open_request(HERE, "errand", beneficiary=quick.resident)
    card = engine.take_custody(HERE, quick.cadre, owner=quick.resident, what="card", request=errand)
    assert matters(quick) == []
    engine.cancel(HERE, errand, reason="mistake")
    notice = only(quick, Matter.CUSTODY_KEPT)
    assert (notice.about, notice.called) == ((card,), (("holder", quick.cadre),))
    quick.clock.now += timedelta(days=1)
    assert only(quick, Matter.CUSTODY_KEPT).called[1] == ("duty", engine.register_of(HERE).duty)
    engine.return_custody(HERE, card, on_behalf_of=quick.resident)
    assert matters(quick) == []


def test_what_is_orphaned_climbs(quick: Town) -> None:
    """Eighty cards are one call; who was told by the orphaning is not called again, and then the next one is (R4)."""
    engine = quick.engine
    engine.set_ladder_contact(HERE, "standby", "standby-desk")
    cards = [engine.take_custody(HERE, quick.cadre, owner=quick.resident, what="card") for _ in range(3)]
    engine.drop_out(HERE, quick.cadre)
    notice = only(quick, Matter.CUSTODY_ORPHANED)
    assert set(notice.about) == {quick.cadre, *cards}
    assert notice.called == (("duty", engine.register_of(HERE).duty),)
    quick.clock.now += timedelta(minutes=16)
    assert only(quick, Matter.CUSTODY_ORPHANED).called[1:] == (("standby", "standby-desk"),)
    engine.transfer_custody(HERE, cards, to=quick.driver)
    assert matters(quick) == []


def test_a_round_that_ends_with_households_left_climbs(quick: Town) -> None:
    """Until the household has an outcome (R14)."""
    engine = quick.engine
    engine.set_ladder_contact(HERE, "standby", "standby-desk")
    ends = quick.clock.now + timedelta(hours=2)
    calls = engine.start_round(HERE, [quick.resident], callers=[quick.cadre], ends_at=ends)
    quick.clock.now = ends
    assert only(quick, Matter.ROUND_LEFT).about == (calls, quick.resident)
    quick.clock.now += timedelta(minutes=16)
    assert only(quick, Matter.ROUND_LEFT).called[-1] == ("standby", "standby-desk")
    engine.excuse_household(HERE, calls, quick.resident, reason="away")
    assert matters(quick) == []


def test_the_calls_of_a_caller_who_drops_out(quick: Town) -> None:
    """They go to the other caller of the round; when nobody is left, a person is called (R14)."""
    engine = quick.engine
    other = engine.register_responder(HERE, Role.COMMUNITY_WORKER, capacity=20)
    calls = engine.start_round(HERE, [quick.resident, quick.high], callers=[quick.cadre, other])
    engine.drop_out(HERE, quick.cadre)
    assert matters(quick) == []
    assert {item.caller for item in engine.calling_round(HERE, calls).items.values()} == {other}
    assert quick.topics().count("round.calls_handed_over") == 1
    engine.drop_out(HERE, other)
    assert only(quick, Matter.CALLS_WITHOUT_CALLER).about == (calls, other)
    engine.return_to_duty(HERE, quick.cadre)
    engine.hand_over_calls(HERE, calls, other, to=quick.cadre, reason="caller_out")
    assert matters(quick) == []
    assert {item.caller for item in engine.calling_round(HERE, calls).items.values()} == {quick.cadre}


def test_deputies_of_duty_stand_on_the_ladders_step(quick: Town) -> None:
    """Who is named to stand in for the captain is called at that step, before any other captain (R18)."""
    engine = quick.engine
    engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home=f"{TOWER}5层", capacity=8)
    engine.name_deputy(HERE, quick.captain, quick.volunteer, scope=f"{TOWER}5层")
    request = engine.open_request(HERE, "medicine", beneficiary=quick.resident, urgency="life")
    quick.tick()
    quick.clock.now += timedelta(minutes=1)
    quick.tick()
    ladder = engine.escalation(HERE, request)
    assert ladder is not None
    assert ("deputy", quick.volunteer) in ladder.called


def test_a_list_of_the_wrong_side_climbs(quick: Town) -> None:
    """Told once by the list itself, then step by step until somebody takes note of it (R20)."""
    engine = quick.engine
    engine.record_side(HERE, quick.volunteer, line=TOWER, side="inside")
    engine.set_control_level(HERE, TOWER, "sealed")
    quick.tick()
    (which,) = engine.wrong_side_lists(HERE)
    assert only(quick, Matter.WRONG_SIDE).about == (which,)
    engine.acknowledge_wrong_side(HERE, which)
    assert "wrong_side" not in matters(quick)


def test_a_hand_over_note_that_nobody_takes_over(quick: Town) -> None:
    """After the policy's time its receiver is reminded, then the duty contact; taken over, it is settled (R26)."""
    engine, clock = quick.engine, quick.clock
    late = engine.register_responder(HERE, Role.CADRE, capacity=20)
    for who, hour in ((quick.cadre, 0), (late, 2)):
        starts = clock.now + timedelta(hours=hour)
        engine.assign_post(HERE, who, "gate", where=TOWER, starts_at=starts, ends_at=starts + timedelta(hours=2))
    clock.now += timedelta(hours=2)
    note = engine.give_post_note(HERE, quick.cadre, "gate", to=late)
    quick.tick()
    assert engine.next_change_at(HERE) == clock.now + timedelta(seconds=EVERYDAY.post_note_within_s)
    assert matters(quick) == []
    clock.now += timedelta(seconds=EVERYDAY.post_note_within_s)
    notice = only(quick, Matter.POST_NOTE_LEFT)
    assert (notice.about, notice.called) == ((note, quick.cadre), (("receiver", late),))
    clock.now += timedelta(seconds=EVERYDAY.post_note_within_s)
    assert only(quick, Matter.POST_NOTE_LEFT).called[1:] == (("duty", engine.register_of(HERE).duty),)
    engine.acknowledge_post_note(HERE, note, responder=late)
    assert matters(quick) == []


def test_a_note_for_nobody_in_particular_calls_the_duty_contact(quick: Town) -> None:
    """Whoever comes next may take it over; until then it is the duty contact's (R26)."""
    engine, clock = quick.engine, quick.clock
    ends = clock.now + timedelta(hours=2)
    engine.assign_post(HERE, quick.cadre, "gate", where=TOWER, starts_at=clock.now, ends_at=ends)
    clock.now = ends
    engine.give_post_note(HERE, quick.cadre, "gate")
    clock.now += timedelta(seconds=EVERYDAY.post_note_within_s)
    assert only(quick, Matter.POST_NOTE_LEFT).called == (("duty", engine.register_of(HERE).duty),)


def test_how_long_a_holder_has_is_the_policys(quick: Town) -> None:
    """A community that wants cards back by the evening calls the duty contact then (R4)."""
    engine = quick.engine
    engine.adopt_policy(HERE, EVERYDAY.model_copy(update={"version": 3, "custody_return_s": 6 * 3_600}))
    errand = engine.open_request(HERE, "errand", beneficiary=quick.resident)
    engine.take_custody(HERE, quick.cadre, owner=quick.resident, what="card", request=errand)
    engine.cancel(HERE, errand, reason="mistake")
    assert only(quick, Matter.CUSTODY_KEPT).called == (("holder", quick.cadre),)
    quick.clock.now += timedelta(hours=6)
    assert only(quick, Matter.CUSTODY_KEPT).called[1] == ("duty", engine.register_of(HERE).duty)
