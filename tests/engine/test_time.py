"""What time alone brings, fired by tick in virtual time; and what a tick never does twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch import EVERYDAY, Dispatch, Refused, Urgency
from dispatch.domain.leg import LegReleased, Taken
from tests.engine.town import HERE, MORNING, NAIVE, WALK_UP, Clock, Town, by, refusal_of, settle, town_on

RESPOND = timedelta(seconds=EVERYDAY.respond_within_s)
ACKNOWLEDGE = timedelta(seconds=EVERYDAY.acknowledge_within_s)
REPEAT = timedelta(seconds=EVERYDAY.alarm_repeat_s)


def test_an_offer_nobody_answers_lapses(town: Town) -> None:
    """A volunteer's silence costs nothing: the leg goes to the next, and never to the same one again."""
    town.engine.adopt_policy(HERE, EVERYDAY)  # version 2 also looks again when the plan of queues may change
    request = town.open("garbage")
    offer = town.tick()[f"{request}/inside"]
    assert not offer.staff
    assert town.engine.next_change_at(HERE) == offer.answer_by == MORNING + RESPOND
    town.clock.now = offer.answer_by - timedelta(microseconds=1)
    assert not town.engine.tick().drained
    town.clock.now = offer.answer_by
    again = town.tick()[f"{request}/inside"]
    assert "request.offer_lapsed" in town.topics()
    assert again.responder != offer.responder
    assert town.engine.responder(HERE, offer.responder).open_count == 0


def test_an_assignment_nobody_acknowledges_is_escalated(town: Town) -> None:
    """Staff are not silent: the duty contact is told, the leg is shared out anew."""
    request = town.open("garbage", beneficiary=town.high)
    town.engine.decline(HERE, town.tick()[f"{request}/inside"].offer)
    staff = town.tick()[f"{request}/inside"]
    assert staff.staff
    assert staff.answer_by == MORNING + ACKNOWLEDGE
    other = town.engine.register_responder(HERE, "cadre")
    town.clock.now = staff.answer_by
    assert town.tick()[f"{request}/inside"].responder == other
    (escalated,) = (e.fact for e in town.engine.subscribe() if e.topic == "request.assignment_escalated")
    assert getattr(escalated, "to", None) == "duty-desk"


def test_an_answer_that_came_before_the_tick_counts(town: Town) -> None:
    """The term only entitles System to end an offer: an answer after it and before the tick is an answer."""
    request = town.open("garbage")
    offer = town.tick()[f"{request}/inside"]
    town.clock.now = offer.answer_by + timedelta(minutes=5)
    town.engine.accept(HERE, offer.offer)
    assert not town.tick()
    assert isinstance(town.request(request).leg("inside"), Taken)


def test_an_alarm_is_repeated_until_somebody_takes_it(town: Town) -> None:
    """Nobody acknowledges: it is raised again at each term, to whoever is on duty then; afterwards no more."""
    request = town.open("medical_ride", urgency=Urgency.LIFE)
    town.tick()
    for times in (2, 3):
        town.clock.now += REPEAT
        town.engine.tick()
        alarm = town.request(request).alarm
        assert alarm is not None
        assert (alarm.times, alarm.last_at) == (times, town.clock.now)
    town.engine.set_duty_contact(HERE, "night-desk")
    town.clock.now += 10 * REPEAT
    town.engine.tick()
    late = town.request(request).alarm
    assert late is not None
    assert (late.times, late.to) == (4, "night-desk")
    town.engine.acknowledge_alarm(HERE, request)
    town.clock.now += REPEAT
    town.engine.tick()
    assert town.topics().count("request.alarm_repeated") == 3


def test_a_late_request_calls_a_person_once(town: Town) -> None:
    """Past its deadline a request is escalated, once."""
    request = town.open("food", needed_by=MORNING + timedelta(hours=1))
    town.engine.accept(HERE, town.tick()[f"{request}/outside"].offer)
    town.clock.forward(hours=1)
    town.engine.tick()
    town.clock.forward(hours=5)
    town.engine.tick()
    assert town.request(request).escalated == {"overdue"}
    assert town.topics().count("request.escalated") == 1


def test_a_request_nobody_judges_calls_a_person(town: Town) -> None:
    """A request that waits for triage is not forgotten."""
    request = town.open("food", triage=False)
    town.engine.tick()
    due = town.engine.next_change_at(HERE)
    assert due is not None
    town.clock.now = due
    town.engine.tick()
    assert town.request(request).escalated == {"untriaged"}


def test_many_refusals_call_a_person(quick: Town) -> None:
    """Offers are capped: then a person is called as well."""
    policy = EVERYDAY.model_copy(update={"version": 3, "offers_per_leg_max": 1})
    quick.engine.adopt_policy(HERE, policy)
    request = quick.open("garbage")
    quick.engine.decline(HERE, quick.tick()[f"{request}/inside"].offer)
    assert quick.tick()
    assert quick.request(request).escalated == {"offers_exhausted"}


def test_who_comes_on_duty_is_asked_then(town: Town) -> None:
    """A leg waits for a shift, and the engine says when."""
    town.engine.adopt_policy(HERE, EVERYDAY)  # version 2 also looks again when the plan of queues may change
    noon = MORNING + timedelta(hours=1)
    carriers = [
        town.engine.register_responder(
            HERE, "volunteer", skills=["stair_carry"], capacity=40, shifts=[(noon, noon + timedelta(hours=4))]
        )
        for _ in range(3)
    ]
    request = town.open("stair_carry", beneficiary=town.high)
    assert not town.tick()
    assert town.engine.next_change_at(HERE) == noon
    town.clock.now = noon
    assert {offer.responder for offer in town.engine.tick().offers} == set(carriers)
    assert town.request(request).asks_made == 3


def test_a_temporary_control_takes_offers_and_work_back_and_gives_them_again(town: Town) -> None:
    """
    From 11:00 to 18:00 nobody crosses into the walk-up without clearance; then everything comes back (R20).

    Who was under way at 11:00 (bad input 57) is blameless and is asked again at 18:00.
    """
    eleven, six = MORNING + timedelta(hours=2.5), MORNING + timedelta(hours=9.5)
    engine = town.engine
    engine.adopt_policy(HERE, EVERYDAY)  # version 2 also looks again when the plan of queues may change
    engine.set_clearance(HERE, town.cadre, "open")
    cadres = {town.cadre, engine.register_responder(HERE, "cadre", capacity=40)}
    engine.set_control_level(HERE, WALK_UP, "temporary", effective_from=eleven, until=six, reason="resident_alarm")
    town.clock.now = eleven - timedelta(minutes=5)
    taken, offered = town.ride(town.high), town.ride(town.high)
    first = town.tick()
    engine.accept(HERE, first[f"{taken}/to_car"].offer)
    engine.tick()
    assert engine.next_change_at(HERE) == eleven
    town.clock.now = eleven
    assert not town.tick()
    assert not any(leg.asks for request in (taken, offered) for leg in town.request(request).legs)
    assert not any(engine.responder(HERE, cadre).open_count for cadre in cadres)
    late = first[f"{offered}/to_car"]
    with pytest.raises(Refused):
        engine.accept(HERE, late.offer, responder=late.responder)
    reasons = {
        (event.topic, getattr(event.fact, "reason", ""))
        for event in engine.subscribe()
        if event.topic in ("request.leg_released", "request.offer_withdrawn")
    }
    assert reasons == {
        ("request.leg_released", "crossing_needs_clearance"),
        ("request.offer_withdrawn", "crossing_needs_clearance"),
    }
    assert [event.fact.by_rule for event in engine.subscribe() if isinstance(event.fact, LegReleased)] == [True]
    town.clock.now = six - timedelta(microseconds=1)
    assert not town.tick()
    town.clock.now = six
    back = town.tick()
    assert {back[f"{taken}/to_car"].responder, back[f"{offered}/to_car"].responder} <= cadres


def test_acceptance_is_guarded_before_the_sweep(quick: Town) -> None:
    """An offer under a control level that began a second ago cannot be accepted, swept or not (S5)."""
    quick.engine.set_clearance(HERE, quick.cadre, "open")
    request = quick.ride(quick.high)
    offer = quick.tick()[f"{request}/to_car"]
    quick.engine.set_control_level(HERE, WALK_UP, "controlled")
    with pytest.raises(Refused) as refusal:
        quick.engine.accept(HERE, offer.offer)
    assert refusal.value.code == "crossing_needs_clearance"


@pytest.mark.parametrize("how", ["responder", "resident"])
def test_an_isolated_responder_is_released(town: Town, how: str) -> None:
    """Isolated, as a responder or at home as a resident, somebody keeps nothing and is asked nothing (A2)."""
    engine = town.engine
    engine.adopt_policy(HERE, EVERYDAY)  # version 2 offers one leg at a time
    me = engine.register_resident(HERE, "11号楼502")
    captain = engine.register_responder(HERE, "floor_captain", home="11号楼6层", resident=me, capacity=10)
    neighbour = engine.register_resident(HERE, "11号楼601")
    taken = town.open("garbage", beneficiary=neighbour)
    offer = town.tick()[f"{taken}/inside"]
    assert offer.responder == captain
    engine.accept(HERE, offer.offer)
    offered = town.open("garbage", beneficiary=neighbour)
    assert town.tick()[f"{offered}/inside"].responder == captain
    if how == "responder":
        engine.isolate_responder(HERE, captain)
    else:
        engine.begin_isolation(HERE, me)
    again = town.tick()
    assert {again[f"{taken}/inside"].responder, again[f"{offered}/inside"].responder} == {town.cadre}
    assert engine.responder(HERE, captain).open_count == 0


def test_an_exclusion_takes_the_offer_back(town: Town) -> None:
    """Who is excluded after they were asked does not come (回避)."""
    request = town.open("garbage")
    assert town.tick()[f"{request}/inside"].responder == town.captain
    town.engine.exclude(HERE, town.resident, responder=town.captain)
    assert town.tick()[f"{request}/inside"].responder == town.cadre


def test_isolation_of_the_beneficiary_calls_for_trained_staff(town: Town) -> None:
    """The garbage of an isolated person is not for volunteers, also when they were asked before (A2)."""
    request = town.open("garbage")
    assert town.tick()[f"{request}/inside"].responder == town.captain
    town.engine.begin_isolation(HERE, town.resident)
    assert town.tick()[f"{request}/inside"].responder == town.cadre


def test_a_clock_that_goes_back_changes_nothing_recorded(store: str) -> None:
    """The log's instants never decrease: what comes at an earlier instant is recorded at the last one."""
    with town_on(store) as town:
        request = town.open("garbage")
        offer = town.tick()[f"{request}/inside"]
        town.clock.forward(hours=1)
        town.open("food")
        last = list(town.engine.subscribe())[-1].meta.recorded_at
        town.clock.forward(hours=-1)
        town.open("food")
        town.engine.tick()
        late = list(town.engine.subscribe())
        assert [e.meta.recorded_at for e in late] == sorted(e.meta.recorded_at for e in late)
        assert late[-1].meta.recorded_at == last
        assert "request.offer_lapsed" in [e.topic for e in late]
        assert town.engine.responder(HERE, offer.responder).open_count <= 1


def test_two_hosts_minutes_apart(lasting_store: str) -> None:
    """Two engines whose clocks are five minutes apart write one log that never goes back."""
    early, late = Clock(), Clock(MORNING + timedelta(minutes=5))
    with Dispatch.open(lasting_store, clock=early) as one, Dispatch.open(lasting_store, clock=late) as two:
        town = settle(one, early)
        one.adopt_policy(HERE, EVERYDAY)  # version 2 offers one leg at a time
        for engine in (two, one, two, one):
            engine.open_request(HERE, "garbage", beneficiary=town.resident)
            engine.tick()
        events = list(one.subscribe())
        assert [e.meta.recorded_at for e in events] == sorted(e.meta.recorded_at for e in events)
        offers = [e.fact for e in events if e.topic in ("request.offer_made", "request.assignment_made")]
        assert len({getattr(offer, "offer", None) for offer in offers}) == len(offers) == 4


@pytest.mark.parametrize(
    "say",
    [
        lambda town: town.engine.tick(NAIVE),
        lambda town: town.engine.drain(HERE, now=NAIVE),
        lambda town: town.engine.laggards(NAIVE),
        lambda town: town.open("food", needed_by=NAIVE),
        lambda town: town.open("food", occurred_at=NAIVE),
        lambda town: town.engine.begin_isolation(HERE, town.resident, occurred_at=NAIVE),
        lambda town: town.engine.request(HERE, town.open("food"), as_of=NAIVE),
        lambda town: town.engine.set_control_level(HERE, WALK_UP, "sealed", effective_from=NAIVE),
        lambda town: town.engine.set_control_level(HERE, WALK_UP, "sealed", until=NAIVE),
        lambda town: town.engine.lift_control_level(HERE, WALK_UP, effective_from=NAIVE),
        lambda town: town.engine.plan_shift(HERE, town.cadre, starts_at=NAIVE, ends_at=NAIVE + RESPOND),
        lambda town: town.engine.register_responder(HERE, "cadre", shifts=[(NAIVE, NAIVE + RESPOND)]),
    ],
)
def test_naive_instants_are_refused(quick: Town, say: Any) -> None:
    """An instant without a time zone is nobody's instant."""
    with pytest.raises(Refused) as refusal:
        say(quick)
    assert refusal.value.code == "bad_input"
    assert quick.engine.timeline(HERE)


def test_a_naive_clock_is_refused(file_store: str) -> None:
    """A clock that tells no zone is refused at the first command, and nothing is recorded."""
    with Dispatch.open(file_store, clock=lambda: NAIVE) as engine:
        for say in (lambda: engine.register_community(HERE, name="X", duty="desk"), engine.tick):
            with pytest.raises(Refused) as refusal:
                say()
            assert refusal.value.code == "bad_input"
        assert engine.position() == 0


def code_of(say: Callable[[], object]) -> str | None:
    """Return the code of a refusal, `None` when there is none."""
    try:
        say()
    except Refused as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    "instant",
    [
        datetime.fromisoformat("0001-01-01T00:00:00+14:00"),
        datetime.fromisoformat("9999-12-31T23:59:59-14:00"),
        datetime.fromisoformat("1988-06-01T12:00:00+09:00"),
        datetime.fromisoformat("9999-12-31T23:59:59+00:00"),
    ],
)
def test_strange_instants_are_stored_or_refused(quick: Town, instant: datetime) -> None:
    """The ends of the calendar are refusals, never an overflow."""
    for say in (
        lambda: quick.open("food", needed_by=instant),
        lambda: quick.open("food", occurred_at=instant),
        lambda: quick.engine.begin_isolation(HERE, quick.high, occurred_at=instant),
        lambda: quick.engine.set_control_level(HERE, WALK_UP, "sealed", effective_from=instant),
    ):
        assert code_of(say) in (None, "bad_input", "deadline_past", "too_long_ago", "from_the_future")
    assert quick.engine.timeline(HERE)
    quick.engine.tick()


def test_an_end_before_its_start_is_refused(quick: Town) -> None:
    """Shifts, controls and deadlines end after they begin."""
    before = MORNING - timedelta(hours=1)
    for say in (
        lambda: quick.engine.plan_shift(HERE, quick.cadre, starts_at=MORNING, ends_at=before),
        lambda: quick.engine.set_control_level(HERE, WALK_UP, "sealed", until=before),
        lambda: quick.open("food", needed_by=before),
    ):
        assert refusal_of(say).code in ("bad_input", "ends_before_start", "deadline_past")


def test_a_tick_at_rest_does_nothing(town: Town) -> None:
    """Nothing is recorded, nobody is drained."""
    town.open("food")
    town.engine.tick()
    head = town.engine.position()
    assert town.engine.tick().drained == ()
    assert town.engine.drain(HERE).offers == ()
    assert town.engine.laggards() == ()
    assert town.engine.position() == head


def test_a_drain_that_gives_way_goes_on() -> None:
    """The number of passes is bounded; what is left is done by the next tick."""
    with Dispatch.open("sqlite:///:memory:", clock=Clock()) as engine:
        town = settle(engine, Clock())
        engine.adopt_policy(HERE, EVERYDAY.model_copy(update={"version": 3, "offers_per_run_max": 1}))
        engine.settings = engine.settings.model_copy(update={"drain_passes_max": 1})
        for who in (town.resident, town.high):
            engine.open_request(HERE, "garbage", beneficiary=who)
        first = engine.tick()
        assert [drained.complete for drained in first.drained] == [False]
        assert len(first.offers) == 1
        assert len(engine.tick().offers) == 1
        assert engine.tick().drained[0].complete
        assert engine.tick().drained == ()


def test_timers_speak_as_the_system(quick: Town) -> None:
    """Who happened to call tick is not who lapsed an offer."""
    quick.open("garbage")
    quick.tick()
    quick.clock.now += RESPOND
    quick.engine.tick()
    assert {e.meta.actor for e in quick.engine.subscribe() if e.topic == "request.offer_lapsed"} == {"system"}
    with pytest.raises(Refused) as refusal:
        quick.open("food", by=by("system", "system"))
    assert refusal.value.code == "not_permitted"


def test_a_look_at_the_board_hides_no_work(quick: Town) -> None:
    """Reading brings the board up to date; the community is a laggard still, although nobody rang."""
    engine = quick.engine
    engine.tick()
    assert engine.laggards() == ()
    engine.open_request(HERE, "food", beneficiary=quick.resident)
    engine.board_of(HERE)
    assert engine.laggards() == (HERE,)
    engine.tick()
    assert engine.laggards() == ()
