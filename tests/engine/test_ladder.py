"""The escalation ladder through the façade: called in turn by the clock, taken charge of, told who has it."""

from __future__ import annotations

from functools import partial

import pytest

from dispatch import ResponderId, Urgency
from dispatch.domain.escalation import Climbing, Exhausted, InCharge, StepCalled, StepSkipped
from tests.engine.town import HERE, TOWER, WALK_UP, Town, by, refusal_of


def called(town: Town) -> list[tuple[str, str]]:
    """Return who was called at which step, or why nobody."""
    return [
        (fact.step, fact.to if isinstance(fact, StepCalled) else fact.reason)
        for event in town.engine.subscribe()
        if isinstance(fact := event.fact, StepCalled | StepSkipped)
    ]


def test_a_threat_to_life_calls_everybody_in_turn(town: Town) -> None:
    """At once, a minute each, until somebody takes charge; that takes the alarm too (R12)."""
    request = town.open("medical_ride", urgency=Urgency.LIFE)
    town.tick()
    assert called(town) == [("captain", town.captain)]
    for _ in range(2):
        town.clock.forward(minutes=1)
        town.tick()
    assert called(town)[1:] == [
        ("deputy", "called_already"),
        ("building_lead", "nobody_named"),
        ("duty", "duty-desk"),
        ("standby", "nobody_named"),
        ("sub_district", "nobody_named"),
    ]
    assert isinstance(town.engine.escalation(HERE, request), Exhausted)
    assert town.topics().count("escalation.external_alarm_raised") == 1
    town.engine.take_charge(HERE, request, by=by("duty-desk", "community_worker"))
    alarm = town.request(request).alarm
    assert alarm is not None
    assert alarm.acknowledged_by == "duty-desk"
    rung = town.topics().count("request.alarm_repeated")
    town.clock.forward(minutes=10)
    town.tick()
    assert town.topics().count("request.alarm_repeated") == rung
    assert isinstance(town.engine.escalation(HERE, request), InCharge)


def test_the_second_to_take_charge_is_told_who_has_it(town: Town) -> None:
    """One wins; the other learns who holds what now."""
    request = town.open("food", triage=False)
    town.clock.forward(minutes=16)
    town.tick()
    assert isinstance(town.engine.escalation(HERE, request), Climbing)
    town.engine.take_charge(HERE, request, by=by(town.captain, "floor_captain"))
    refusal = refusal_of(partial(town.engine.take_charge, HERE, request))
    assert (refusal.code, refusal.fields["in_charge"]) == ("charge_taken", town.captain)


def test_named_contacts_are_called_before_the_registers(town: Town) -> None:
    """Who is named for a place and step comes first; who is removed, never."""
    engine = town.engine
    engine.set_ladder_contact(HERE, "captain", town.driver, where=TOWER)
    engine.set_ladder_contact(HERE, "captain", "nobody.1", where=WALK_UP)
    engine.set_ladder_contact(HERE, "standby", "standby.1")
    engine.remove_ladder_contact(HERE, "standby", "standby.1")
    assert engine.ladder_contacts(HERE, where="11号楼5层")["captain"] == (town.driver,)
    assert engine.ladder_contacts(HERE)["standby"] == ()
    town.open("medical_ride", urgency=Urgency.LIFE)
    town.tick()
    assert called(town) == [("captain", town.driver)]


def test_a_request_that_ends_calls_nobody_more(town: Town) -> None:
    """Cancelled: the ladder ends by itself."""
    request = town.open("medical_ride", urgency=Urgency.LIFE)
    town.tick()
    town.engine.cancel(HERE, request, reason="mistake")
    town.clock.forward(minutes=10)
    town.tick()
    assert called(town) == [("captain", town.captain)]
    assert town.topics()[-1] == "escalation.ended"


def test_nobody_is_overtaken_for_ever(town: Town) -> None:
    """A leg nobody can go for, while more than the policy's number of others are served: a person is called (L3)."""
    engine = town.engine
    engine.adopt_policy(HERE, engine.register_of(HERE).policy.model_copy(update={"version": 3, "overtaken_max": 3}))
    starving = town.open("stair_carry", beneficiary=town.high)
    town.tick()
    for _ in range(3):
        town.open("garbage")
        town.tick()
        town.clock.forward(minutes=11)
        town.tick()
    assert "overtaken" in town.request(starving).escalated


@pytest.mark.parametrize("stranger", ["r-0", "desk-9"])
def test_who_was_not_called_and_holds_nothing_takes_nothing(quick: Town, stranger: str) -> None:
    """Deny by default."""
    request = quick.open("medical_ride", urgency=Urgency.LIFE)
    quick.tick()
    take = partial(quick.engine.take_charge, HERE, request, by=by(ResponderId(stranger), "cadre"))
    assert refusal_of(take).code == "role_not_held"
