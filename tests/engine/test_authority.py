"""Grants through the façade: who may, from when, over which place; queued commands of whoever lost a role."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from dispatch import Actor, ResponderId, Role
from dispatch.domain.grants import Grant
from dispatch.domain.values import SYSTEM, Place
from tests.engine.town import HERE, MORNING, TOWER, WALK_UP, Town, by, refusal_of


def test_the_founder_holds_the_community(town: Town) -> None:
    """Who registers a community speaks for all of it; nothing else needs to be said."""
    (held,) = town.engine.grants(HERE)
    assert held.account == "desk"
    assert held.grant == Grant(role=Role.COMMUNITY_WORKER, scope=Place(), valid_from=MORNING)


def test_granted_refused_revoked(town: Town) -> None:
    """An account that was granted a building acts there, nowhere else, and not after it was revoked."""
    engine, me = town.engine, by("desk-2", "cadre")
    isolate_low = partial(engine.begin_isolation, HERE, town.resident, by=me)
    isolate_high = partial(engine.begin_isolation, HERE, town.high, by=me)
    assert refusal_of(isolate_low).code == "role_not_held"
    engine.grant(HERE, "desk-2", "cadre", scope=TOWER)
    assert isolate_low().events
    assert refusal_of(isolate_high).code == "out_of_scope"
    engine.revoke(HERE, "desk-2", "cadre")
    assert refusal_of(partial(engine.end_isolation, HERE, town.resident, by=me)).code == "role_not_held"
    assert engine.grants(HERE, account="desk-2") == ()


def test_a_grant_ends_by_itself(town: Town) -> None:
    """Nobody needs to remember it."""
    until = MORNING + timedelta(hours=8)
    town.engine.grant(HERE, "desk-2", "cadre", valid_until=until)
    me = by("desk-2", "cadre")
    assert town.engine.begin_isolation(HERE, town.resident, by=me).events
    town.clock.forward(hours=8)
    assert refusal_of(partial(town.engine.end_isolation, HERE, town.resident, by=me)).code == "role_not_held"


def test_a_revoked_actors_queued_commands_are_refused(town: Town) -> None:
    """What waits in a batch is decided when it is saved, not when it was said (58)."""
    town.engine.grant(HERE, "desk-2", "cadre")
    with town.engine.batch(HERE, by=by("desk-2", "cadre")) as batch:
        batch.begin_isolation(HERE, town.resident)
        batch.register_resident(HERE, "11号楼302", name="住户丙")
        town.engine.revoke(HERE, "desk-2", "cadre")
    assert [(number, refusal.code) for number, refusal in batch.refused] == [(0, "role_not_held"), (1, "role_not_held")]
    assert not town.engine.resident(HERE, town.resident).isolated


def test_a_revoked_responder_is_released_and_not_asked_again(town: Town) -> None:
    """What they hold goes to others at the next drain, and nothing new comes to them (S10)."""
    request = town.open("garbage")
    offer = town.tick()[f"{request}/inside"]
    assert offer.responder == town.captain
    town.engine.revoke(HERE, town.captain, "floor_captain")
    town.tick()
    assert not town.engine.responder(HERE, town.captain).holds
    assert all(ask.responder != town.captain for leg in town.request(request).legs for ask in leg.asks)
    assert town.topics().count("request.offer_withdrawn") == 1


def test_who_may_do_what_where(town: Town) -> None:
    """Accounts and responders who could say it now."""
    engine = town.engine
    engine.grant(HERE, "desk-2", "cadre", scope=TOWER)
    assert engine.who_may(HERE, "SetControlLevel") == ("desk", town.cadre)
    assert set(engine.who_may(HERE, "SetControlLevel", where=TOWER)) == {"desk", "desk-2", town.cadre}
    assert town.captain in engine.who_may(HERE, "AcceptOffer", where="11号楼5层")
    assert town.captain not in engine.who_may(HERE, "AcceptOffer", where=WALK_UP)
    assert refusal_of(partial(engine.who_may, HERE, "PaintTheTownRed")).code == "unknown_command"


def test_nobody_speaks_as_the_machine(town: Town) -> None:
    """Timers act as the system, from inside only; neither a call nor an engine takes its name."""
    call = partial(town.engine.begin_isolation, HERE, town.resident, by=SYSTEM)
    assert refusal_of(call).code == "not_permitted"
    disguised = Actor(id="desk", role=Role.SYSTEM)
    assert refusal_of(partial(town.engine.begin_isolation, HERE, town.resident, by=disguised)).code == "not_permitted"


@pytest.mark.parametrize("role", ["resident", "system"])
def test_some_roles_are_nobodys_to_grant(quick: Town, role: str) -> None:
    """Residents come from the register, the machine from inside."""
    assert refusal_of(partial(quick.engine.grant, HERE, "desk-2", role)).code == "may_not_grant"


def test_the_refusal_says_who_can_help(quick: Town) -> None:
    """It names the role, the place and who can grant it."""
    captain = by(ResponderId(quick.captain), "floor_captain")
    request = quick.open("food", beneficiary=quick.high, urgency="life")
    refusal = refusal_of(partial(quick.engine.acknowledge_alarm, HERE, request, by=captain))
    assert refusal.code == "out_of_scope"
    assert refusal.fields["can_grant"] == ("desk",)
    assert "floor_captain" in refusal.message


def test_a_building_is_surveyed_by_who_holds_it(quick: Town) -> None:
    """An office granted one building counts its doors, and not those of another."""
    engine, me = quick.engine, by("desk-2", "cadre")
    engine.grant(HERE, "desk-2", "cadre", scope=TOWER)
    tower, walk_up = (engine.locate(HERE, name).place.building for name in (TOWER, WALK_UP))
    assert tower is not None
    assert walk_up is not None
    assert engine.survey_building(HERE, tower, doors=2, by=me).events
    assert refusal_of(partial(engine.survey_building, HERE, walk_up, doors=2, by=me)).code == "out_of_scope"


def test_a_lead_hands_on_what_is_kept_for_the_own_building(quick: Town) -> None:
    """Cards of their residents, from wherever they are kept; one card of another building, and none goes."""
    engine = quick.engine
    lead = by(engine.register_responder(HERE, "building_lead", home="11号楼2层", scope=TOWER), "building_lead")
    mine = engine.take_custody(HERE, quick.captain, owner=quick.resident, what="card")
    other = engine.take_custody(HERE, quick.captain, owner=quick.high, what="card")
    hand_on = partial(engine.transfer_custody, HERE, to=quick.cadre, by=lead)
    assert refusal_of(partial(hand_on, [mine, other])).code == "out_of_scope"
    assert engine.custody(HERE, mine).holder == quick.captain
    hand_on(mine)
    assert engine.custody(HERE, mine).holder == quick.cadre
    orphan = partial(engine.orphan_custody, HERE, holder=quick.captain, reason="lost", by=lead)
    assert refusal_of(partial(orphan, other)).code == "out_of_scope"
