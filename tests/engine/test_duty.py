"""Duty through the façade: who drops out, who comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch import EVERYDAY, DutyLimits, Policy, Refused, ResponderId
from dispatch.domain.duty import ResponderDroppedOut
from tests.engine.town import HERE, MORNING, Town, refusal_of


def test_who_drops_out_gives_everything_back_at_once(town: Town) -> None:
    """The answer lists what was open, somebody else is asked at the next tick, and a return ends it."""
    town.open("garbage")
    (offer,) = town.tick().values()
    answer = town.engine.drop_out(HERE, offer.responder)
    (fact,) = [event.fact for event in answer.events if isinstance(event.fact, ResponderDroppedOut)]
    assert fact.left_open == (offer.leg,)
    state = town.engine.responder(HERE, offer.responder)
    assert (state.out, state.left_open, state.load) == (True, (offer.leg,), 0)
    again = town.tick()
    assert all(other.responder != offer.responder for other in again.values())
    town.engine.return_to_duty(HERE, offer.responder)
    assert not town.engine.responder(HERE, offer.responder).out


def test_at_the_bell_a_group_leaves_at_once_and_comes_back(town: Town) -> None:
    """One verb for all of them, one save, and one for their return (R25)."""
    engine = town.engine
    with pytest.raises(Refused):
        engine.ring_bell(HERE, "fire_station")
    for who in (town.cadre, town.driver):
        engine.set_bell(HERE, who, "fire_station")
    town.open("food")
    (outside,) = [offer for leg, offer in town.tick().items() if leg.endswith("outside")]
    answer = engine.ring_bell(HERE, "fire_station")
    assert {engine.responder(HERE, who).out for who in (town.cadre, town.driver)} == {True}
    assert engine.responder(HERE, outside.responder).load == 0
    assert len({event.meta.command for event in answer.events}) == 1
    engine.return_group(HERE, "fire_station")
    assert not engine.responder(HERE, town.cadre).out


def test_limits_are_data_and_an_override_says_who(town: Town) -> None:
    """The policy's limits hold for everybody, a person's own for one, and beyond them somebody gives a reason."""
    engine = town.engine
    engine.adopt_policy(HERE, Policy(name="everyday", version=3, duty=DutyLimits(day_s=8 * 3_600)))
    start = MORNING + timedelta(days=60)
    times: dict[str, Any] = {"starts_at": start, "ends_at": start + timedelta(hours=9)}
    assert refusal_of(lambda: engine.plan_shift(HERE, town.captain, **times)).code == "beyond_duty_limits"
    planned = engine.plan_shift(HERE, town.captain, override="nobody_else", **times)
    assert [event.topic for event in planned.events] == ["responder.shift_planned", "responder.duty_limit_overridden"]
    engine.set_duty_limits(HERE, town.cadre, DutyLimits(day_s=4 * 3_600), reason="agreed")
    short: dict[str, Any] = {"starts_at": start, "ends_at": start + timedelta(hours=5)}
    assert refusal_of(lambda: engine.plan_shift(HERE, town.cadre, **short)).fields["allowed"] == 4 * 3_600
    joined = engine.register_responder(HERE, "volunteer", home="12号楼2层")
    assert engine.responder(HERE, joined).shifts == ()


def test_skills_that_expire_and_what_everybody_must_know(town: Town) -> None:
    """A ride is driven by who has passed today's test; nobody is asked before they know the handbook (R13, R26)."""
    engine = town.engine
    engine.grant_qualification(HERE, town.driver, "drive", valid_until=MORNING + timedelta(hours=24))
    assert engine.responder(HERE, town.driver).duty.qualified == {"drive": MORNING + timedelta(hours=24)}
    engine.revoke_qualification(HERE, town.driver, "drive")
    assert "drive" not in engine.responder(HERE, town.driver).skills
    engine.set_clearance_expiry(HERE, town.cadre, valid_until=MORNING + timedelta(hours=1))
    engine.adopt_policy(HERE, EVERYDAY.model_copy(update={"version": 3, "briefing": 1}))
    town.open("garbage")
    assert town.tick() == {}
    engine.acknowledge_briefing(HERE, town.captain, 1)
    (offer,) = town.tick().values()
    assert offer.responder == town.captain


def test_a_unit_lends_somebody_for_a_time(town: Town) -> None:
    """Outside that time nobody asks them (R22)."""
    engine = town.engine
    engine.second(HERE, town.cadre, "district_bureau", since=MORNING, until=MORNING + timedelta(hours=8))
    engine.end_secondment(HERE, town.cadre, "district_bureau")
    assert engine.responder(HERE, town.cadre).duty.secondments[0].term.valid_until == MORNING


def test_a_deputy_is_asked_while_the_captain_is_out(town: Town) -> None:
    """The garbage of the 5th floor goes to the deputy, who serves another building, and not before (R18)."""
    engine = town.engine
    engine.name_deputy(HERE, town.captain, town.volunteer, scope="11号楼5层")
    engine.drop_out(HERE, town.cadre)
    engine.drop_out(HERE, town.captain)
    town.open("garbage")
    (offer,) = town.tick().values()
    assert offer.responder == town.volunteer
    engine.decline(HERE, offer.offer)
    assert town.tick() == {}
    engine.dismiss_deputy(HERE, town.captain, town.volunteer, scope="11号楼5层")
    engine.return_to_duty(HERE, town.captain)
    (again,) = town.tick().values()
    assert again.responder == town.captain


def test_a_hand_over_says_who_has_it_now(town: Town) -> None:
    """What somebody holds; after they dropped out, what they left and who has it now (R23)."""
    engine = town.engine
    town.open("garbage")
    (offer,) = town.tick().values()
    (held,) = engine.hand_over(HERE, offer.responder)
    assert (held.leg, held.stage, held.holders) == (offer.leg, "Offered", (offer.responder,))
    engine.drop_out(HERE, offer.responder)
    (left,) = engine.hand_over(HERE, offer.responder)
    assert (left.stage, left.holders) == ("Waiting", ())
    (again,) = town.tick().values()
    assert engine.hand_over(HERE, offer.responder)[0].holders == (again.responder,)
    assert refusal_of(lambda: engine.hand_over(HERE, ResponderId("r-nobody"))).code == "unknown_responder"


def test_paper_captains_answer_by_the_next_sheet(town: Town) -> None:
    """At 8:30 the sheet of 14:00 is the next: two hours after it the answer is due, for what can wait (A2)."""
    engine = town.engine
    engine.adopt_policy(HERE, EVERYDAY.model_copy(update={"version": 3, "sheet_minutes": (8 * 60, 14 * 60)}))
    engine.drop_out(HERE, town.captain)
    engine.drop_out(HERE, town.cadre)
    paper = engine.register_responder(HERE, "floor_captain", home="11号楼5层", capacity=10, paper=True)
    town.open("garbage")
    (offer,) = town.tick().values()
    assert (offer.responder, offer.answer_by) == (paper, MORNING + timedelta(hours=7, minutes=30))
    sheet = engine.paper_sheet(HERE, paper)
    assert sheet.brought_at == MORNING + timedelta(hours=5, minutes=30)
    assert [(line.leg, line.taken, line.answer_by) for line in sheet.lines] == [(offer.leg, False, offer.answer_by)]
    engine.accept(HERE, offer.offer)
    assert [line.taken for line in engine.paper_sheet(HERE, paper).lines] == [True]


def test_a_post_takes_somebody_from_the_board_and_stands_in_the_roster(town: Town) -> None:
    """Asked for nothing while at the gate, asked again at its end; the roster says so and what expires (R27)."""
    engine = town.engine
    now = engine.clock()
    times: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(hours=2)}
    engine.assign_post(HERE, town.captain, "gate", where="11号楼", **times)
    engine.check_presence(HERE, town.captain, "gate", found=True)
    engine.grant_qualification(HERE, town.captain, "gate_course", valid_until=now + timedelta(hours=5))
    bag = town.open("garbage")
    asked = town.tick()
    assert all(offer.responder != town.captain for offer in asked.values())
    (line,) = [line for line in engine.roster(HERE) if line.responder == town.captain]
    assert [(posting.post, posting.span.starts_at) for posting in line.posts] == [("gate", now)]
    assert line.expiring == (("gate_course", now + timedelta(hours=5)),)
    assert line.here
    for offer in asked.values():
        engine.decline(HERE, offer.offer, reason="busy")
    engine.relieve_post(HERE, town.captain, "gate", where="11号楼", **times)
    assert town.tick()[f"{bag}/inside"].responder == town.captain
    assert refusal_of(lambda: engine.roster(HERE, since=now, until=now)).code == "ends_before_start"
