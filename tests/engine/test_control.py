"""Control through the façade: doors, every level of the tree mid-route, the wrong side, regimes, stewards, surveys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch import A2_REGIME, EVERYDAY, Dispatch, Place, Regime, ResponderId
from tests.engine.town import HERE, TOWER, WALK_UP, Town, refusal_of, town_on


def under_way(town: Town) -> tuple[str, ResponderId]:
    """Let the captain of the tower's 5th floor take a garbage bag; return the leg and the captain."""
    request = town.open("garbage")
    offer = town.tick()[f"{request}/inside"]
    assert offer.responder == town.captain
    town.engine.accept(HERE, offer.offer)
    return f"{request}/inside", offer.responder


PLACES: dict[str, tuple[Any, dict[str, Any]]] = {
    "community": (Place(), {}),
    "building": (TOWER, {}),
    "floor": ("11号楼5层", {}),
}


@pytest.mark.parametrize("where", PLACES)
def test_sealed_mid_route(town: Town, where: str) -> None:
    """Whatever part is sealed, the captain under way is released in the next drain, and asked again afterwards."""
    leg, captain = under_way(town)
    place, more = PLACES[where]
    answer = town.engine.set_control_level(HERE, place, "sealed", **more)
    assert [(work.leg, work.responder, work.reason) for work in answer.wrong_side.work] == [
        (leg, captain, "sealed_needs_clearance")
    ]
    again = town.tick()
    assert again[leg].responder == town.cadre
    assert town.engine.responder(HERE, captain).open_count == 0
    town.engine.decline(HERE, again[leg].offer, reason="busy")
    assert leg not in town.tick()
    town.engine.lift_control_level(HERE, place)
    assert town.tick()[leg].responder == captain


def test_a_sealed_door(town: Town) -> None:
    """One household is sealed: things are brought to it, a crossing leg needs clearance; next door nothing changes."""
    engine = town.engine
    engine.set_clearance(HERE, town.cadre, "open")
    neighbour = engine.register_resident(HERE, "11号楼502")
    answer = engine.set_control_level(HERE, "11号楼501", "sealed", reason="close_contact")
    (fact,) = [event.fact for event in answer.events]
    assert fact.model_dump()["control"]["place"]["household"] == engine.resident(HERE, town.resident).household
    engine.adopt_policy(HERE, EVERYDAY.model_copy(update={"version": 3, "urgent_ride_waives_pass": True}))
    ride, other = (
        engine.book_ride(HERE, who, pickup_at=engine.clock() + timedelta(minutes=minutes), urgent="no_ambulance")
        for who, minutes in ((town.resident, 60), (neighbour, 30))
    )
    bag = town.open("garbage")
    asked = town.tick()
    assert f"{ride}/to_car" not in asked
    assert asked[f"{other}/to_car"].responder == town.cadre
    assert asked[f"{bag}/inside"].responder == town.captain
    engine.lift_control_level(HERE, household_of=town.resident)
    assert town.tick()[f"{ride}/to_car"].responder == town.cadre


@pytest.mark.parametrize(
    ("where", "code"),
    [("11号楼502", "nobody_behind_the_door"), ("11号楼901", "unknown_floor"), (None, "no_place")],
)
def test_doors_that_cannot_be_controlled(quick: Town, where: str | None, code: str) -> None:
    """Nobody is registered there, no such floor, no place at all."""
    assert refusal_of(lambda: quick.engine.set_control_level(HERE, where, "sealed")).code == code


def test_two_households_behind_one_number(quick: Town) -> None:
    """A door number that two households share is not guessed at; a resident tells which is meant."""
    other = quick.engine.register_resident(HERE, "11号楼501")
    refused = refusal_of(lambda: quick.engine.set_control_level(HERE, "11号楼501", "sealed"))
    assert (refused.code, refused.fields["count"]) == ("nobody_behind_the_door", 2)
    quick.engine.set_control_level(HERE, None, "sealed", household_of=other)
    (control,) = quick.engine.control_levels(HERE)
    assert control.place.household == quick.engine.resident(HERE, other).household


def test_the_wrong_side_is_listed_and_noted(town: Town) -> None:
    """Somebody is inside when the alarm comes: the steward is told, takes note, and the all clear settles it (R20)."""
    engine = town.engine
    lead = engine.register_responder(HERE, "building_lead", home="11号楼2层")
    engine.name_steward(HERE, TOWER, lead)
    assert engine.responsible_for(HERE, "11号楼5层") == lead
    engine.record_side(HERE, town.volunteer, line=TOWER, side="inside")
    six = town.clock.now + timedelta(hours=7)
    answer = engine.set_control_level(HERE, TOWER, "temporary", until=six, reason="resident_alarm")
    assert [stray.responder for stray in answer.wrong_side.people] == [town.volunteer]
    assert engine.wrong_side_lists(HERE) == {}
    town.tick()
    ((which, state),) = engine.wrong_side_lists(HERE).items()
    assert (state.to, state.people, state.found.people[0].responder) == (lead, 1, town.volunteer)
    engine.acknowledge_wrong_side(HERE, which)
    assert engine.wrong_side_lists(HERE) == {}
    assert engine.wrong_side_list(HERE, which).acknowledged_by == "desk"
    town.tick()
    assert engine.next_change_at(HERE) == six
    town.clock.now = six
    town.tick()
    assert engine.wrong_side(HERE).is_empty
    assert [e.topic for e in engine.subscribe()].count("strays.listed") == 2
    assert not engine.tick().drained
    engine.end_steward(HERE, TOWER, lead)
    assert engine.responsible_for(HERE, TOWER) == "duty-desk"


def test_a_plan_for_tomorrow_is_answered_with_what_is_known(quick: Town) -> None:
    """The wrong side is that of the instant at which it takes effect; nothing is listed before."""
    quick.engine.record_side(HERE, quick.volunteer, line=TOWER, side="inside")
    noon = quick.clock.now + timedelta(hours=3)
    answer = quick.engine.set_control_level(HERE, TOWER, "sealed", effective_from=noon)
    assert len(answer.wrong_side.people) == 1
    quick.tick()
    assert quick.engine.wrong_side(HERE).is_empty
    assert not quick.engine.wrong_side(HERE, noon).is_empty
    assert "strays.listed" not in quick.topics()


def test_a_crossing_that_forbids_the_return(quick: Town) -> None:
    """A cadre goes in until tomorrow: no crossing leg, no coming out, work inside goes on (A2)."""
    engine, cadre = quick.engine, quick.cadre
    engine.set_control_level(HERE, TOWER, "sealed")
    until = quick.clock.now + timedelta(days=1)
    engine.record_side(HERE, cadre, line=TOWER, side="inside", stay_until=until)
    ride, bag = quick.open("medical_ride"), quick.open("garbage")
    asked = quick.tick()
    assert asked[f"{bag}/inside"].responder == cadre
    assert f"{ride}/to_car" not in asked
    refused = refusal_of(lambda: engine.record_side(HERE, cadre, line=TOWER, side="outside"))
    assert refused.code == "may_not_return_yet"


def test_a_regime_is_adopted_and_told(quick: Town) -> None:
    """A community may ask for more minutes of gear; what holds at a place is told line by line."""
    rules = tuple(
        rule.model_copy(update={"gear_minutes": 30}) if rule.gear_minutes else rule for rule in A2_REGIME.rules
    )
    quick.engine.adopt_regime(HERE, Regime(version=2, rules=rules))
    quick.engine.set_control_level(HERE, Place(), "controlled")
    quick.engine.set_control_level(HERE, TOWER, "sealed")
    told = quick.engine.rules_at(HERE, "11号楼5层")
    assert [(rule.level, rule.gear_minutes) for _, rule in told] == [("controlled", 30), ("sealed", 30)]
    assert [rule.level for _, rule in quick.engine.rules_at(HERE, WALK_UP)] == ["controlled"]
    assert quick.engine.level_rules(HERE) == rules


def test_what_was_counted(quick: Town) -> None:
    """Doors, flats and stairwell lifts, at registration or later."""
    engine = quick.engine
    building = engine.register_building(
        HERE, "14号楼", floors=6, lift=False, building_units=["1", "2"], lifts=["2单元"], doors=4
    )
    engine.survey_building(HERE, building, households=68)
    known = engine.register_of(HERE).buildings[building]
    assert (known.doors, known.households, known.lifts) == (4, 68, ("2",))
    high = [engine.register_resident(HERE, f"14号楼{unit}单元601") for unit in (1, 2)]
    efforts = [quick.request(quick.open("garbage", beneficiary=who)).legs[0].plan.effort for who in high]
    assert efforts == [6, 1]


def test_one_putting_on_for_two_doors(quick: Town) -> None:
    """Behind one line gear is put on once: who goes in already is preferred over who would have to dress (R21)."""
    engine = quick.engine
    engine.set_control_level(HERE, WALK_UP, "sealed")
    other = engine.register_responder(HERE, "cadre", capacity=40, skills=["protective_gear"], clearance="sealed")
    first = quick.open("garbage", beneficiary=quick.high)
    offer = quick.tick()[f"{first}/inside"]
    assert offer.responder in (quick.cadre, other)
    engine.accept(HERE, offer.offer)
    second = quick.open("garbage", beneficiary=engine.register_resident(HERE, "12号楼602"))
    with_gear = quick.tick()[f"{second}/inside"]
    vectors = [e.fact.model_dump() for e in engine.subscribe() if e.topic == "match.decided"][-1]
    efforts = {c["responder"]: c["vector"][-2] for c in vectors["candidates"]}
    assert efforts[with_gear.responder] in (6, 10)
    assert efforts[offer.responder] + 4 == efforts[({quick.cadre, other} - {offer.responder}).pop()]


def test_who_only_looks_still_drains(file_store: str) -> None:
    """A board that was caught up for a look, such as the wrong side, is drained by the next tick all the same."""
    with town_on(file_store) as town, Dispatch.open(file_store, clock=town.clock) as other:
        other.tick()
        request = town.open("garbage")
        assert other.wrong_side(HERE).is_empty
        assert f"{request}/inside" in {offer.leg for offer in other.tick().offers}
