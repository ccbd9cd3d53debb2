"""Flags, case plans, the ledger and the map of isolated households through the façade (R29, R30, R34)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dispatch import EVERYDAY, MapDetail, Urgency, Vulnerability
from tests.engine.refusals import refused
from tests.engine.town import HERE, MORNING, RESIDENT_NAME, Town, by


def test_flags_are_sealed_and_two_bits_are_not(town: Town) -> None:
    """No row shows why somebody goes first; on every store."""
    town.engine.set_flags(HERE, town.resident, ["lives_alone", "aged_80"], no_phone=True)
    state = town.engine.resident(HERE, town.resident)
    assert (state.green_lane, state.no_phone) == (True, True)
    rows = "".join(event.fact.model_dump_json() for event in town.engine.subscribe())
    assert "aged_80" not in rows
    opened = town.engine.flags(HERE, town.resident, purpose="review")
    assert opened == (Vulnerability.AGED_80, Vulnerability.LIVES_ALONE)
    before = town.engine.position()
    town.engine.flags(HERE, town.resident, purpose="review")
    assert town.topics(after=before) == ["resident.personal_data_accessed"]


def test_flags_may_be_taken_back(quick: Town) -> None:
    """The list is whole each time."""
    quick.engine.set_flags(HERE, quick.resident, ["pregnant"])
    quick.engine.set_flags(HERE, quick.resident, [])
    assert not quick.engine.resident(HERE, quick.resident).green_lane
    assert quick.engine.flags(HERE, quick.resident, purpose="review") == ()


def test_a_flag_without_the_green_lane(quick: Town) -> None:
    """A student is served at the door and goes first only where somebody says so."""
    quick.engine.set_flags(HERE, quick.resident, ["student"], green_lane=False)
    assert quick.request(quick.open("food")).urgency is Urgency.HARDSHIP
    quick.engine.set_flags(HERE, quick.resident, ["student"])
    assert quick.request(quick.open("food")).urgency is Urgency.HEALTH


@pytest.mark.parametrize("flags", [["diabetes"], ["AGED_80"], [""], "aged_80", [1]])
def test_strange_flags_are_refused(quick: Town, flags: Any) -> None:
    """The list is closed: nobody writes an illness there."""
    before = quick.engine.position()
    with pytest.raises(Exception, match="flag") as caught:
        quick.engine.set_flags(HERE, quick.resident, flags)
    assert caught.type.__name__ == "Refused"
    assert quick.engine.position() == before


def test_a_register_of_flags_in_few_saves(quick: Town) -> None:
    """Hundreds of households at once."""
    with quick.engine.batch(HERE) as batch:
        many = [batch.register_resident(HERE, "11号楼3层") for _ in range(300)]
        for resident in many:
            batch.set_flags(HERE, resident, ["disabled"], no_phone=True)
    assert batch.refused == []
    assert all(quick.engine.resident(HERE, resident).no_phone for resident in many)
    assert quick.engine.flags(HERE, many[-1], purpose="review") == (Vulnerability.DISABLED,)


def test_few_see_flags(quick: Town) -> None:
    """A captain does not."""
    captain = by(quick.captain, "floor_captain")
    quick.engine.set_flags(HERE, quick.resident, ["aged_80"])
    refused("no_active_assignment", lambda: quick.engine.flags(HERE, quick.resident, purpose="delivery", by=captain))
    refused("not_permitted", lambda: quick.engine.set_flags(HERE, quick.resident, [], by=captain))
    own = by(quick.resident, "resident")
    assert quick.engine.flags(HERE, quick.resident, purpose="own_data", by=own) == (Vulnerability.AGED_80,)


def test_nobody_sees_flags_of_the_erased(quick: Town) -> None:
    """The bits stay for replay; the list is gone."""
    quick.engine.set_flags(HERE, quick.resident, ["aged_80"])
    quick.engine.erase(HERE, quick.resident)
    refused("erased", lambda: quick.engine.flags(HERE, quick.resident, purpose="review"))
    assert quick.engine.resident(HERE, quick.resident).green_lane


# ---- Isolation with an end ----------------------------------------------------------------


def test_an_isolation_ends_by_itself(quick: Town) -> None:
    """At its end, by time alone; a moved end is the one that counts."""
    until = MORNING + timedelta(days=7)
    quick.engine.begin_isolation(HERE, quick.resident, until=until)
    quick.engine.begin_isolation(HERE, quick.resident, until=until + timedelta(days=3))
    quick.clock.now = until
    quick.engine.tick()
    assert quick.engine.resident(HERE, quick.resident).isolated
    quick.clock.now = until + timedelta(days=3)
    quick.engine.tick()
    assert not quick.engine.resident(HERE, quick.resident).isolated


# ---- Case plans ---------------------------------------------------------------------------


def test_a_plan_reminds_its_keeper(town: Town) -> None:
    """Daily; an overdue contact reminds by time alone, a contact made begins anew; on every store."""
    engine = town.engine
    ends = MORNING + timedelta(days=14)
    engine.open_plan(HERE, town.resident, reason="returnee", keeper=town.cadre, ends_at=ends, note="从外地返回")
    engine.tick()
    assert engine.next_change_at(HERE) == MORNING + timedelta(days=1)
    town.clock.forward(hours=20)
    engine.record_contact(HERE, town.resident, condition_ok=True, note="36.6")
    town.clock.forward(hours=20)
    before = engine.position()
    engine.tick()
    assert "plan.contact_reminded" not in town.topics(after=before)
    town.clock.forward(hours=5)
    engine.tick()
    engine.tick()
    assert town.topics(after=before).count("plan.contact_reminded") == 1
    town.clock.now = ends
    engine.tick()
    plan = engine.case_plan(HERE, town.resident)
    assert type(plan).__name__ == "Ended"


def test_a_plan_is_revised_and_ended(quick: Town) -> None:
    """By a person, with a reason."""
    engine = quick.engine
    assert engine.case_plan(HERE, quick.resident) is None
    engine.open_plan(HERE, quick.resident, reason="isolated", keeper=quick.cadre)
    engine.open_plan(HERE, quick.resident, reason="isolated", keeper=quick.cadre, cadence_s=43_200, needs=["food"])
    plan = engine.case_plan(HERE, quick.resident)
    assert plan is not None
    assert (plan.cadence_s, plan.needs) == (43_200, ("food",))
    engine.end_plan(HERE, quick.resident, reason="end_reached")
    refused("no_plan", lambda: engine.record_contact(HERE, quick.resident, condition_ok=True))


def test_the_plan_of_an_erased_person_ends(quick: Town) -> None:
    """By itself."""
    quick.engine.open_plan(HERE, quick.resident, reason="isolated", keeper=quick.cadre)
    quick.engine.erase(HERE, quick.resident)
    quick.engine.tick()
    plan = quick.engine.case_plan(HERE, quick.resident)
    assert type(plan).__name__ == "Ended"


# ---- The ledger ---------------------------------------------------------------------------


def ledger_day(town: Town) -> None:
    """Let things happen to the resident, and to the neighbour."""
    engine = town.engine
    engine.open_plan(HERE, town.resident, reason="returnee", keeper=town.cadre, note="从外地返回")
    calls = engine.start_round(HERE, [town.resident, town.high], callers=[town.cadre])
    engine.record_reached(HERE, calls, town.resident, supplies_enough=True, condition_ok=True, note="都好")
    engine.record_reached(HERE, calls, town.high, supplies_enough=True, condition_ok=True, note="邻居的事")
    town.open("food", note="不吃辣")
    engine.open_request(HERE, "food", beneficiary=town.high, note="邻居的饭")


def test_a_ledger_holds_everything_about_one_person(town: Town) -> None:
    """In order of time; nothing of a neighbour on the same round; nothing personal without a purpose."""
    ledger_day(town)
    lines = town.engine.ledger(HERE, town.resident)
    assert [line.line.topic for line in lines] == [
        "resident.registered",
        "plan.opened",
        "round.attempt_recorded",
        "round.household_reached",
        "resident.household_contacted",
        "plan.contact_made",
        "request.received",
        "request.triaged",
        "request.work_planned",
    ]
    positions = [line.line.position for line in lines]
    assert positions == sorted(positions)
    assert all(not line.texts for line in lines)
    assert town.high not in repr(lines)


def test_personal_fields_are_shown_for_a_purpose(quick: Town) -> None:
    """And that is recorded first (A4)."""
    ledger_day(quick)
    before = quick.engine.position()
    lines = quick.engine.ledger(HERE, quick.resident, purpose="review")
    assert quick.topics(after=before) == ["resident.personal_data_accessed"]
    texts = [text for line in lines for text in line.texts.values()]
    assert set(texts) >= {RESIDENT_NAME, "从外地返回", "都好", "不吃辣"}
    assert not {"邻居的事", "邻居的饭"} & set(texts)


def test_few_see_a_ledger(quick: Town) -> None:
    """The desk, the person, and an auditor without anything personal."""
    ledger_day(quick)
    assert quick.engine.ledger(HERE, quick.resident, by=by(quick.resident, "resident"))
    auditor = by("auditor-1", "auditor")
    refused("role_not_held", lambda: quick.engine.ledger(HERE, quick.resident, by=auditor))
    quick.engine.grant(HERE, "auditor-1", "auditor")
    assert quick.engine.ledger(HERE, quick.resident, by=auditor)
    refused("not_permitted", lambda: quick.engine.ledger(HERE, quick.resident, purpose="review", by=auditor))
    captain, neighbour = by(quick.captain, "floor_captain"), by(quick.high, "resident")
    refused("not_permitted", lambda: quick.engine.ledger(HERE, quick.resident, by=captain))
    refused("not_permitted", lambda: quick.engine.ledger(HERE, quick.resident, by=neighbour))


def test_the_ledger_of_the_erased(quick: Town) -> None:
    """What happened stays; nobody opens it any more."""
    ledger_day(quick)
    quick.engine.erase(HERE, quick.resident)
    assert quick.engine.ledger(HERE, quick.resident)
    refused("erased", lambda: quick.engine.ledger(HERE, quick.resident, purpose="review"))


def test_a_ledger_is_seen_by_who_is_responsible_there(quick: Town) -> None:
    """A building lead reads those of the own building only, and none after the role was taken back."""
    engine = quick.engine
    lead = by(engine.register_responder(HERE, "building_lead", home="11号楼2层", scope="11号楼"), "building_lead")
    assert engine.ledger(HERE, quick.resident, by=lead)
    refused("out_of_scope", lambda: engine.ledger(HERE, quick.high, by=lead))
    engine.revoke(HERE, lead.id, "building_lead")
    refused("role_not_held", lambda: engine.ledger(HERE, quick.resident, by=lead))


# ---- The map ------------------------------------------------------------------------------


def test_helpers_see_the_map_of_their_own_places(quick: Town) -> None:
    """A volunteer of one building does not see who is isolated in another; who holds no role sees nothing."""
    engine = quick.engine
    engine.begin_isolation(HERE, quick.resident)
    engine.begin_isolation(HERE, quick.high)
    assert [line.floor for line in engine.isolated_map(HERE, by=by(quick.captain, "floor_captain"))] == ["5"]
    assert [line.floor for line in engine.isolated_map(HERE, by=by(quick.volunteer, "volunteer"))] == ["6"]
    assert len(engine.isolated_map(HERE)) == 2
    refused("role_not_held", lambda: engine.isolated_map(HERE, by=by("somebody", "cadre")))


def test_who_sees_how_much_of_the_map(quick: Town) -> None:
    """Households for the desk, floors for helpers, buildings for residents (R30)."""
    engine = quick.engine
    engine.begin_isolation(HERE, quick.resident)
    household = engine.resident(HERE, quick.resident).household
    (line,) = engine.isolated_map(HERE)
    assert (line.floor, line.isolated, line.isolated_households, line.household_ids) == ("5", 1, 1, (household,))
    (line,) = engine.isolated_map(HERE, by=by(quick.captain, "floor_captain"))
    assert (line.floor, line.isolated, line.household_ids) == ("5", 1, ())
    (line,) = engine.isolated_map(HERE, by=by(quick.high, "resident"))
    assert (line.building_unit, line.floor, line.isolated, line.household_ids) == (None, None, 1, ())
    assert line.building == engine.resident(HERE, quick.resident).place.building


@pytest.mark.parametrize(
    ("detail", "floors"),
    [(MapDetail.NOTHING, []), (MapDetail.BUILDING, [None]), (MapDetail.FLOOR, ["5"]), (MapDetail.HOUSEHOLD, ["5"])],
)
def test_what_residents_see_is_a_setting(quick: Town, detail: MapDetail, floors: list[str | None]) -> None:
    """Of the policy, in the log."""
    engine = quick.engine
    engine.adopt_policy(HERE, EVERYDAY.model_copy(update={"version": 3, "residents_see": detail}))
    engine.begin_isolation(HERE, quick.resident)
    assert [line.floor for line in engine.isolated_map(HERE, by=by(quick.high, "resident"))] == floors


def test_a_map_of_nobody_is_empty(quick: Town) -> None:
    """Nor is anybody on it whose isolation has ended, or who is erased."""
    engine = quick.engine
    assert engine.isolated_map(HERE) == ()
    engine.begin_isolation(HERE, quick.resident)
    engine.erase(HERE, quick.resident)
    assert engine.isolated_map(HERE) == ()
