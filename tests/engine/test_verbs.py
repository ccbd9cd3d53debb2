"""Every verb, on every store: a day of one community."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dispatch import (
    EVERYDAY,
    EVERYDAY_CATALOGUE,
    Catalogue,
    Dispatch,
    Place,
    Refused,
    Side,
    Urgency,
)
from tests.engine.town import HERE, MORNING, Town, by


def test_five_lines_from_open_to_the_first_offer(store: str) -> None:
    """Nothing but these five lines is needed."""
    engine = Dispatch.open(store)
    engine.register_community(HERE, name="Riverside", duty="desk")
    engine.register_responder(HERE, "cadre")
    request = engine.open_request(HERE, "food", beneficiary=engine.register_resident(HERE, Place()))
    (offer,) = engine.tick().offers
    engine.close()
    assert offer.leg == f"{request}/outside"
    assert offer.staff


def test_a_request_lives_from_received_to_closed(town: Town) -> None:
    """Food is fetched to the shelf, brought to the door, confirmed and closed."""
    request = town.open("food", note="不吃辣")
    assert town.stage(request) == "AwaitingHelp"
    outside = town.tick()[f"{request}/outside"]
    assert outside.staff
    town.engine.accept(HERE, outside.offer)
    assert town.stage(request) == "UnderWay"
    town.engine.complete(HERE, request, "outside")
    inside = town.tick()[f"{request}/inside"]
    assert (inside.responder, inside.staff) == (town.captain, False)
    assert inside.answer_by == MORNING + timedelta(seconds=EVERYDAY.respond_within_s)
    town.engine.accept(HERE, inside.offer, by=by(town.captain, "floor_captain"))
    answer = town.engine.complete(HERE, request, "inside", by=by(town.captain, "floor_captain"), responder=town.captain)
    assert [type(fact).__name__ for fact in answer.facts()] == ["LegDone", "RequestDelivered", "LoadReleased"]
    town.engine.confirm(HERE, request, by=by(town.resident, "resident"))
    assert town.stage(request) == "Confirmed"
    town.engine.close_request(HERE, request)
    assert town.stage(request) == "Closed"
    assert town.engine.board(HERE) == ()
    assert town.engine.responder(HERE, town.captain).open_count == 0


def test_answers_of_all_kinds(town: Town) -> None:
    """Decline, return, withdraw, release, fail, requeue; and giving up, which only a person does."""
    engine, request = town.engine, town.open("garbage")
    first = town.tick()[f"{request}/inside"]
    engine.decline(HERE, first.offer, reason="on_my_break")
    second = town.tick()[f"{request}/inside"]
    assert second.responder == town.cadre != first.responder
    engine.decline(HERE, second.offer, reason="sick")
    assert not town.tick()
    lead = engine.register_responder(HERE, "building_lead", home="11号楼2层")
    third = town.tick()[f"{request}/inside"]
    assert third.responder == lead
    engine.withdraw(HERE, third.offer, reason="other_plan")
    engine.accept(HERE, town.tick()[f"{request}/inside"].offer)
    engine.release(HERE, request, "inside", reason="called_away")
    assert not town.tick()
    neighbour = engine.register_responder(HERE, "volunteer", home="11号楼1层")
    engine.accept(HERE, town.tick()[f"{request}/inside"].offer)
    engine.fail(HERE, request, "inside", outcome="not_home")
    assert type(town.request(request).leg("inside")).__name__ == "Failed"
    engine.requeue(HERE, request, "inside")
    again = town.tick()[f"{request}/inside"]
    assert again.responder in (town.captain, town.cadre, lead, neighbour)
    engine.give_up(HERE, request, reason="nobody_left")
    assert town.stage(request) == "Unfilled"
    assert all(engine.responder(HERE, who).load == 0 for who in (town.captain, town.cadre, lead, neighbour))


def test_judging_and_alarms(town: Town) -> None:
    """Triage later, judge anew, escalate, alarm and acknowledge, cancel."""
    engine, request = town.engine, town.open("food", triage=False, urgency="hardship")
    assert town.stage(request) == "Received"
    assert not town.tick()
    engine.triage(HERE, request, "hardship")
    assert town.tick()
    engine.change_urgency(HERE, request, Urgency.LIFE, reason="condition_worse")
    alarm = town.request(request).alarm
    assert alarm is not None
    assert (alarm.to, alarm.acknowledged_by) == ("duty-desk", None)
    engine.acknowledge_alarm(HERE, request, by=by("duty-desk", "cadre"))
    taken = town.request(request).alarm
    assert taken is not None
    assert taken.acknowledged_by == "duty-desk"
    engine.escalate(HERE, request, reason="family_insists")
    assert "family_insists" in town.request(request).escalated
    engine.cancel(HERE, request, reason="not_needed")
    assert town.stage(request) == "Cancelled"
    assert engine.responder(HERE, town.cadre).holds == {}


def test_the_registers_change(town: Town) -> None:
    """Compound, building, policy, catalogue, duty contact."""
    engine = town.engine
    compound = engine.register_compound(HERE, "南苑")
    building = engine.register_building(
        HERE, "3座", floors=["B2", "B1", "1", "2", "3", "5"], lift=False, compound=compound, building_units=["1", "2"]
    )
    assert engine.locate(HERE, "南苑3座2单元5层").place == Place(
        compound=compound, building=building, building_unit="2", floor="5"
    )
    engine.set_duty_contact(HERE, "night-desk")
    engine.adopt_policy(HERE, EVERYDAY.model_copy(update={"version": 3, "respond_within_s": 60}))
    engine.adopt_catalogue(HERE, Catalogue(version=EVERYDAY_CATALOGUE.version + 1, kinds=EVERYDAY_CATALOGUE.kinds[:2]))
    register = engine.register_of(HERE)
    assert (register.duty, register.policy.respond_within_s, len(register.catalogue.kinds)) == ("night-desk", 60, 2)
    with pytest.raises(Refused) as refusal:
        town.open("garbage")
    assert refusal.value.code == "unknown_kind"


def test_people_change(town: Town) -> None:
    """Isolation, exclusions, shifts, side, scope, skills, capacity, clearance of those registered."""
    engine = town.engine
    engine.begin_isolation(HERE, town.resident)
    assert engine.resident(HERE, town.resident).isolated
    engine.end_isolation(HERE, town.resident)
    assert not engine.resident(HERE, town.resident).isolated
    engine.exclude(HERE, town.resident, responder=town.captain)
    engine.exclude(HERE, town.resident)
    state = engine.resident(HERE, town.resident)
    assert state.excluded == {town.captain}
    assert state.neighbours_excluded
    engine.lift_exclusions(HERE, town.resident)
    assert engine.resident(HERE, town.resident).excluded == frozenset()
    engine.set_capacity(HERE, town.cadre, 20)
    engine.set_skills(HERE, town.cadre, ["stair_carry"])
    engine.set_scope(HERE, town.cadre, ["11号楼", "12号楼6层"])
    engine.set_clearance(HERE, town.cadre, "controlled")
    engine.record_side(HERE, town.cadre, line="11号楼", side="inside")
    engine.plan_shift(HERE, town.cadre, starts_at=MORNING + timedelta(days=40), ends_at=MORNING + timedelta(days=41))
    cadre = engine.responder(HERE, town.cadre)
    assert (cadre.capacity, cadre.skills, len(cadre.scopes), len(cadre.shifts)) == (
        20,
        frozenset({"stair_carry"}),
        2,
        2,
    )
    assert cadre.side_of(engine.locate(HERE, "11号楼").place) is Side.INSIDE
    engine.cancel_shift(HERE, town.cadre, starts_at=MORNING + timedelta(days=40), ends_at=MORNING + timedelta(days=41))
    assert len(engine.responder(HERE, town.cadre).shifts) == 1
    engine.isolate_responder(HERE, town.cadre)
    assert engine.responder(HERE, town.cadre).isolated
    engine.end_responder_isolation(HERE, town.cadre)
    assert not engine.responder(HERE, town.cadre).isolated


def test_a_control_level_is_set_and_lifted(town: Town) -> None:
    """Under control a crossing leg waits; lifted, it goes."""
    engine = town.engine
    engine.set_clearance(HERE, town.cadre, "open")
    engine.set_control_level(HERE, "11号楼", "controlled", reason="case_found")
    ride = town.ride(town.resident)
    assert not town.tick()
    assert town.engine.board(HERE)[0].shortfall == ("crossing_needs_clearance",)
    engine.lift_control_level(HERE, "11号楼")
    assert set(town.tick()) == {f"{ride}/to_car"}


def test_the_board_and_the_timeline_tell(town: Town) -> None:
    """What people see: legs of open requests, and what happened to one of them."""
    request = town.open("garbage")
    town.tick()
    (inside, *_) = town.engine.board(HERE)
    assert (inside.request, inside.kind) == (request, "garbage")
    told = [line.topic for line in town.engine.timeline(HERE, about=request)]
    assert told[0] == "request.received"
    assert "request.offer_made" in told
    everything = town.engine.timeline(HERE)
    assert len(everything) > len(told)
    assert len(town.engine.timeline(HERE, limit=3)) == 3


def test_an_erased_resident_is_refused_by_name(town: Town) -> None:
    """Nothing new is written of somebody who is erased."""
    town.engine.erase(HERE, town.resident)
    with pytest.raises(Refused) as refusal:
        town.open("food", note="again")
    assert refusal.value.code == "erased"


def test_every_verb_is_under_test(quick: Town) -> None:
    """A verb that is added to the façade is added to these tests, or to a story, which is a test too."""
    kind = type(quick.engine)
    verbs = {name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))}
    assert len(verbs) > 45
    here = Path(__file__).parent
    files = (*here.glob("*.py"), *(here.parents[1] / "examples").glob("story_*.py"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert {verb for verb in verbs if f".{verb}(" not in source} == set()
