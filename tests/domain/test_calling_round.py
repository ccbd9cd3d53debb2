"""Calling rounds: who rings whom, attempts, no answer, excuses, the caller's code, the end (R14, R15)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.calling import (
    CallOutcome,
    CloseRound,
    EscalateRound,
    ExcuseItem,
    HandOverCalls,
    RecordCodeCheck,
)
from dispatch.domain.calling_round import (
    ANSWERED,
    ROUND_MAX,
    WRONG_CODES_MAX,
    Attempted,
    AttemptRecorded,
    CallsHandedOver,
    Closed,
    CodeChecked,
    Due,
    DueItem,
    Excused,
    HouseholdReached,
    HouseholdSeen,
    ItemExcused,
    NeedFound,
    NoAnswer,
    Reached,
    RoundClosed,
    RoundEscalated,
    RoundStarted,
    VisitOrdered,
    evolve,
)
from dispatch.domain.care import HouseholdContacted
from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.flags import SetFlags
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.resident import BeginErasure
from dispatch.domain.roster import CancelShift, IsolateResponder
from dispatch.domain.values import (
    SYSTEM,
    Command,
    Fact,
    HouseholdId,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
)
from tests.domain.given import kinds_of
from tests.domain.round_town import ROUND, TONIGHT, item_of, of_item, reaches, rings, round_of, started, starts, visits
from tests.domain.town import ALL_DAY, LEAD, T0, actor, after, moving_in, registration, said, tower, town

CADRE, WORKER = ResponderId("r-cadre"), ResponderId("r-worker")
LI, WU = ResidentId("p-li"), ResidentId("p-wu")


def test_a_round_begins_with_its_knobs_stamped() -> None:
    """What holds for a round is written when it starts: a later policy does not rewrite it."""
    assert town().when(starts()) == [
        RoundStarted(
            items=(
                DueItem(resident=LI, household=HouseholdId("h-li"), caller=CADRE),
                DueItem(resident=WU, household=HouseholdId("h-wu"), caller=CADRE),
            ),
            attempts_max=EVERYDAY.call_attempts_max,
            visit_kind="check_in",
            visit_by=TONIGHT,
            ends_at=TONIGHT,
            started_at=T0,
        )
    ]


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((starts(),), starts(), "round_exists"),
        ((), starts("p-li", "p-li"), "household_twice"),
        ((moving_in("p-son", tower("12"), household="h-li"),), starts("p-li", "p-son"), "household_twice"),
        ((), starts("p-nobody"), "unknown_resident"),
        ((said(BeginErasure, resident="p-li"),), starts(), "erased"),
        ((), starts(callers=("r-nobody",)), "unknown_responder"),
        ((), starts(callers=("r-captain",)), "not_a_caller"),
        ((said(CancelShift, responder="r-cadre", shift=ALL_DAY),), starts(), "nobody_on_duty"),
        ((said(IsolateResponder, responder="r-cadre"),), starts(), "nobody_on_duty"),
        ((), starts(visit_kind="walk_the_dog"), "unknown_kind"),
        ((), starts(ends_at=T0), "ends_before_start"),
        ((), starts(visit_by=after(-1)), "ends_before_start"),
        ((), starts(visit_by=after(61), ends_at=after(60)), "visit_after_end"),
    ],
)
def test_a_round_that_cannot_begin(past: tuple[Command, ...], command: Command, code: str) -> None:
    """Each household once, callers who may see phone numbers and are there, an end that lies ahead."""
    assert town().and_then(*past).refusal(command).code == code


def test_a_round_has_a_maximum() -> None:
    """Fifty households (S0), not one more (bad input 60)."""
    with pytest.raises(ValueError, match="at most 50"):
        starts(*(f"p-{n}" for n in range(ROUND_MAX + 1)))


def test_households_are_shared_evenly() -> None:
    """Nobody rings two more than another."""
    past = [moving_in(f"p-{n}", tower("12")) for n in range(5)]
    given = town().and_then(*past, starts("p-0", "p-1", "p-2", "p-3", "p-4", callers=("r-cadre", "r-worker")))
    callers = [item.caller for item in round_of(given).items.values()]
    assert (callers.count(CADRE), callers.count(WORKER)) == (3, 2)


def test_the_same_caller_again() -> None:
    """Trust came from the same caller (S0): who reached the household last rings again, when on duty (R15)."""
    reached = started("p-li", callers=("r-worker",)).and_then(reaches(on_behalf_of="r-worker"))
    again: dict[str, Any] = {"round": "l-2", "callers": ("r-cadre", "r-worker")}
    assert _caller(reached.when(starts("p-li", **again))) == WORKER
    off = reached.and_then(said(CancelShift, responder="r-worker", shift=ALL_DAY))
    assert _caller(off.when(starts("p-li", **again))) == CADRE


def _caller(events: list[Fact]) -> ResponderId:
    (begun,) = events
    assert isinstance(begun, RoundStarted)
    return begun.items[0].caller


def test_who_has_no_phone_is_marked() -> None:
    """A visit-only household is on the list too (R14)."""
    given = town().and_then(said(SetFlags, resident="p-li", green_lane=False, no_phone=True), starts())
    assert item_of(given).no_phone
    assert not item_of(given, "p-wu").no_phone


# ---- Attempts -----------------------------------------------------------------------------


def _rang(attempt: int, outcome: str) -> AttemptRecorded:
    return AttemptRecorded(resident=LI, attempt=attempt, caller=CADRE, outcome=outcome, attempted_at=T0)


def test_calls_nobody_answers() -> None:
    """Due, attempted, no answer: as often as the policy says."""
    given = started()
    assert isinstance(item_of(given), Due)
    assert given.when(rings(1)) == [_rang(1, "no_answer")]
    given = given.and_then(rings(1))
    assert isinstance(item_of(given), Attempted)
    given = given.and_then(rings(2, outcome=CallOutcome.HUNG_UP))
    assert isinstance(item_of(given), NoAnswer)
    assert [attempt.outcome for attempt in item_of(given).attempts] == ["no_answer", "hung_up"]


def test_a_round_may_ring_more_often() -> None:
    """The number of attempts is a knob of the round."""
    given = started(attempts_max=3).and_then(rings(1), rings(2))
    assert isinstance(item_of(given), Attempted)
    assert isinstance(item_of(given.and_then(rings(3))), NoAnswer)


def test_an_answered_call() -> None:
    """The attempt, what was said, and who was in contact, in one save."""
    given = started()
    assert given.when(reaches(supplies_enough=False)) == [
        _rang(1, ANSWERED),
        HouseholdReached(resident=LI, supplies_enough=False, condition_ok=True, reached_at=T0),
        HouseholdContacted(round=ROUND, by=CADRE, by_phone=True, contacted_at=T0),
    ]
    given = given.and_then(reaches(supplies_enough=False))
    assert isinstance(item_of(given), Reached)
    assert item_of(given).lacks


def test_the_last_call_may_be_answered() -> None:
    """And so may one after a visit became due."""
    given = started().and_then(rings(1))
    assert isinstance(item_of(given.and_then(reaches(2))), Reached)
    assert isinstance(item_of(given.and_then(rings(2), reaches(3))), Reached)


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((), rings(2), "attempt_order"),
        ((rings(1),), rings(1, outcome=CallOutcome.BUSY), "attempt_order"),
        ((rings(1),), reaches(1), "attempt_order"),
        ((rings(1),), reaches(3), "attempt_order"),
        ((reaches(),), rings(2), "item_state"),
        ((reaches(),), reaches(2), "item_state"),
        ((), rings(1, on_behalf_of=None), "not_your_call"),
        ((), rings(1, on_behalf_of="r-worker"), "not_your_call"),
        ((), rings(1, by=LEAD, on_behalf_of=None), "not_your_call"),
        ((), rings(1, "p-captain"), "not_on_the_round"),
        ((), rings(1, by=actor("r-captain")), "not_permitted"),
        ((said(BeginErasure, resident="p-li"),), reaches(), "erased"),
    ],
)
def test_calls_that_cannot_be_recorded(past: tuple[Command, ...], command: Command, code: str) -> None:
    """One call after another, each by the household's own caller or in that caller's name."""
    assert started().and_then(*past).refusal(command).code == code


def test_a_caller_records_their_own_calls() -> None:
    """Without anybody else's name."""
    assert started().when(rings(1, by=actor("r-cadre"), on_behalf_of=None)) == [_rang(1, "no_answer")]


def test_a_late_duplicate_touches_nothing_newer() -> None:
    """The first call told again after the second says nothing new."""
    given = started().and_then(rings(1, outcome=CallOutcome.BUSY), rings(2))
    assert given.when(rings(1, outcome=CallOutcome.BUSY)) == []


# ---- Off the list, handed over ------------------------------------------------------------


def test_an_excuse() -> None:
    """Somebody is in hospital: an outcome with its reason, once."""
    excuse = of_item(ExcuseItem, reason="in_hospital")
    given = started()
    assert given.when(excuse) == [ItemExcused(resident=LI, reason="in_hospital", excused_at=T0)]
    given = given.and_then(excuse)
    assert isinstance(item_of(given), Excused)
    assert given.refusal(rings(1)).code == "item_state"
    assert started().and_then(reaches()).refusal(excuse).code == "item_state"


def hands_over(number: int = 1, **fields: Any) -> Any:
    """Return the n-th hand-over of the round: the cadre's calls go to the worker."""
    shape: dict[str, Any] = {"caller": "r-cadre", "to": "r-worker", "reason": "called_away"}
    return said(HandOverCalls, round=ROUND, hand_over=number, **(shape | fields))


def test_a_late_hand_over_undoes_nothing_newer() -> None:
    """There, back, and there again by a duplicate: it stays where it is."""
    back = hands_over(2, caller="r-worker", to="r-cadre")
    given = started().and_then(hands_over(), back)
    assert given.when(hands_over()) == []
    assert item_of(given).caller == CADRE
    assert given.refusal(hands_over(4)).code == "hand_over_order"


def test_calls_are_handed_over() -> None:
    """A caller who is taken away leaves what is open to another; what is done stays theirs."""
    hand_over = hands_over()
    given = started().and_then(reaches())
    assert given.when(hand_over) == [
        CallsHandedOver(residents=(WU,), caller=WORKER, reason="called_away", handed_over_at=T0)
    ]
    given = given.and_then(hand_over)
    assert item_of(given).caller == CADRE
    assert given.when(hand_over) == []
    assert len(given.when(rings(1, "p-wu", on_behalf_of="r-worker"))) == 1
    bad = hands_over(2, to="r-captain")
    assert given.refusal(bad).code == "not_a_caller"


def test_nobody_rings_themselves() -> None:
    """A member of staff who lives here is rung by another (bad input 54); alone, they cannot start the round."""
    at_home = town().and_then(registration("r-new", role=Role.CADRE, resident="p-li"))
    both = at_home.and_then(starts(callers=("r-new", "r-cadre")))
    assert {r: item.caller for r, item in round_of(both).items.items()} == {LI: CADRE, WU: ResponderId("r-new")}
    assert at_home.refusal(starts(callers=("r-new",))).code == "not_themselves"
    hand_over = hands_over(to="r-new")
    assert both.refusal(hand_over).code == "not_themselves"


# ---- The caller's code --------------------------------------------------------------------


def checks(number: int, *, matched: bool, **fields: Any) -> Any:
    """Return a check of the code by Li."""
    shape: dict[str, Any] = {"by": actor("p-li"), "check": number, "matched": matched} | fields
    return of_item(RecordCodeCheck, **shape)


def test_a_check_is_recorded_and_the_code_is_not() -> None:
    """The event holds nothing that a code could be learned from."""
    event = CodeChecked(resident=LI, check=1, matched=True, checked_at=T0)
    assert started().when(checks(1, matched=True)) == [event]
    assert set(type(event).model_fields) == {"resident", "check", "matched", "checked_at"}


def test_guessing_ends() -> None:
    """After five wrong ones even the right one is refused."""
    given = started().and_then(*(checks(n, matched=False) for n in range(1, WRONG_CODES_MAX + 1)))
    assert given.refusal(checks(6, matched=True)).code == "code_locked"


@pytest.mark.parametrize(
    ("command", "code"),
    [(checks(2, matched=True), "check_order"), (checks(1, matched=True, by=actor("p-wu")), "not_yourself")],
)
def test_checks_that_are_refused(command: Command, code: str) -> None:
    """One after another, each of one's own caller."""
    assert started().refusal(command).code == code


# ---- The end ------------------------------------------------------------------------------

_ESCALATE = said(EscalateRound, by=SYSTEM, at=TONIGHT, round=ROUND)
_CLOSE = said(CloseRound, round=ROUND)


def test_nobody_is_missed() -> None:
    """A round with a household that has no outcome does not close."""
    refused = started().and_then(reaches()).refusal(_CLOSE)
    assert refused.code == "households_left"
    assert refused.fields["count"] == 1


def test_a_round_closes_when_every_household_has_an_outcome() -> None:
    """Then nothing more is recorded on it."""
    done = started().and_then(reaches(), of_item(ExcuseItem, "p-wu", reason="in_hospital"))
    assert done.when(_CLOSE) == [RoundClosed(closed_at=T0)]
    done = done.and_then(_CLOSE)
    assert isinstance(round_of(done), Closed)
    assert done.when(_CLOSE) == []
    assert done.refusal(rings(1)).code == "round_over"


def test_what_is_left_at_the_end_calls_a_person() -> None:
    """Once, and not before the end."""
    given = started().and_then(reaches())
    assert given.when(_ESCALATE) == [RoundEscalated(to="r-worker", left=(WU,), escalated_at=TONIGHT)]
    assert given.and_then(_ESCALATE).when(_ESCALATE) == []
    assert given.when(said(EscalateRound, by=SYSTEM, at=after(60), round=ROUND)) == []
    assert given.and_then(reaches(resident="p-wu")).when(_ESCALATE) == []


def test_policy_knobs_added_later_change_no_digest() -> None:
    """A policy that was stored before rounds existed keeps its digest, and a knob that is turned changes it."""
    old = Policy.model_validate_json('{"name": "everyday", "version": 1}')
    assert old.digest() == EVERYDAY.digest()
    assert Policy(name="everyday", version=1, call_attempts_max=3).digest() != EVERYDAY.digest()


# ---- Damaged journals ---------------------------------------------------------------------

_ITEM = DueItem(resident=LI, household=HouseholdId("h-li"), caller=CADRE)
_BEGUN = RoundStarted(
    items=(_ITEM,), attempts_max=2, visit_kind="check_in", visit_by=TONIGHT, ends_at=TONIGHT, started_at=T0
)
_RANG = _rang(1, "no_answer")
_ANSWERED = _rang(1, ANSWERED)
_HEARD = HouseholdReached(resident=LI, supplies_enough=True, condition_ok=True, reached_at=T0)
_SEEN = HouseholdSeen(resident=LI, by=CADRE, seen_at=T0)
_VISIT = VisitOrdered(resident=LI, request=RequestId("q-1"), reason="asked", ordered_at=T0)
_EXCUSED = ItemExcused(resident=LI, reason="away", excused_at=T0)
_OVER = RoundClosed(closed_at=T0)
_CALLED = RoundEscalated(to="r-worker", left=(LI,), escalated_at=T0)


@pytest.mark.parametrize(
    "events",
    [
        [_RANG],
        [_BEGUN, _BEGUN],
        [_BEGUN, _HEARD],
        [_BEGUN, _rang(2, "busy")],
        [_BEGUN, _SEEN],
        [_BEGUN, _VISIT, _VISIT],
        [_BEGUN, _RANG, _rang(2, "busy"), _HEARD],
        [_BEGUN, _ANSWERED, _HEARD, _rang(2, "busy")],
        [_BEGUN, _OVER],
        [_BEGUN, _CALLED, _CALLED],
        [_BEGUN, _EXCUSED, _OVER, _RANG],
        [_BEGUN, _EXCUSED, NeedFound(resident=LI, request=RequestId("q-1"), found_at=T0)],
        [_BEGUN, AttemptRecorded(resident=WU, attempt=1, caller=CADRE, outcome="busy", attempted_at=T0)],
        [_BEGUN, CallsHandedOver(residents=(WU,), caller=WORKER, reason="ill", handed_over_at=T0)],
        [_BEGUN, CodeChecked(resident=LI, check=2, matched=True, checked_at=T0)],
    ],
    ids=lambda events: "-".join(kinds_of(events)),
)
def test_events_that_cannot_follow(events: list[Fact]) -> None:
    """An impossible pair is a damaged journal and stops the fold."""
    with pytest.raises(CorruptHistory):
        fold(evolve, events, ABSENT)


def test_a_visit_before_any_call() -> None:
    """A person may send somebody at once."""
    assert "VisitOrdered" in kinds_of(started().when(visits(by=LEAD)))
