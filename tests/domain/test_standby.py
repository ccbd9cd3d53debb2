"""The standby pool: who is called in which wave, who comes, and the end of it (R23)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dispatch.domain.absence import DropOut
from dispatch.domain.call_up import (
    CallUp,
    CallWithdrawn,
    DeployedReleased,
    Need,
    PoolExhausted,
    Reply,
    WaveCalled,
    call_up_stream,
)
from dispatch.domain.duty import DutyLimitOverridden
from dispatch.domain.duty_orders import SetDutyLimits
from dispatch.domain.roster import BeginResponderErasure, CancelShift, IsolateResponder, PlanShift
from dispatch.domain.shift import DutyLimits, Shift, ShiftPlanned
from dispatch.domain.standby import StandbyStage
from dispatch.domain.standby_orders import (
    BeginStandby,
    CallWave,
    ComeForDuty,
    DeclineDuty,
    EndStandby,
    LapseCall,
    OrderCallUp,
    ReleaseDeployed,
    StandDown,
    WithdrawCall,
)
from dispatch.domain.values import SYSTEM, CallUpId, Command, ResponderId
from tests.domain.given import Given, kinds_of
from tests.domain.town import ALL_DAY, EVERYWHERE, RIVERSIDE, T0, WORKER, actor, after, responder_of, said, town

POOL = ("r-carry1", "r-carry2", "r-carry4", "r-shopper")
SPAN = Shift(starts_at=after(60), ends_at=after(180))


def need(**fields: Any) -> Need:
    """Return a need of two people for two hours."""
    shape: dict[str, Any] = {"place": EVERYWHERE, "shift": SPAN, "people": 2, "wave_size": 2, "answer_within_s": 900}
    return Need(**(shape | fields))


def orders(call_up: str = "u-1", at: datetime = T0, **fields: Any) -> OrderCallUp:
    """Return the order."""
    command: OrderCallUp = said(OrderCallUp, call_up=call_up, need=need(**fields), reason="more_hands", at=at)
    return command


def waves(number: int = 1, *named: str, call_up: str = "u-1", at: datetime = T0) -> CallWave:
    """Return the machine's wave."""
    fields: dict[str, Any] = {"call_up": call_up, "wave": number, "named": named, "as_of": 1}
    command: CallWave = said(CallWave, by=SYSTEM, at=at, **fields)
    return command


def answers(command: type[Command], who: str, at: datetime = T0, **fields: Any) -> Any:
    """Return somebody's own answer."""
    return said(command, by=actor(who), call_up="u-1", responder=who, at=at, **fields)


def pool(*more: Command) -> Given:
    """Return the journal of the town whose helpers wait, off duty, with a call-up ordered."""
    off = [said(CancelShift, responder=who, shift=ALL_DAY) for who in POOL]
    return town().and_then(*off, *(said(BeginStandby, responder=who) for who in POOL), orders(), *more)


def called(*who: str) -> Given:
    """Return the journal after a first wave."""
    return pool(waves(1, *(who or POOL)))


def state_of(given: Given, call_up: str = "u-1") -> CallUp:
    """Return the call-up."""
    state = given.read(call_up_stream(RIVERSIDE, CallUpId(call_up)))
    assert isinstance(state, CallUp)
    return state


def asked_in(given: Given) -> list[str]:
    """Return who is asked now."""
    return list(state_of(given).having(Reply.OPEN))


def stage_of(given: Given, who: str) -> StandbyStage:
    """Return somebody's place in the pool."""
    return responder_of(given, who).standby.stage


def test_a_wave_says_why_these_and_who_is_next() -> None:
    """As many as are missing, the first in line; the next is named, and each is called on their own stream."""
    fact, *calls = pool().when(waves(1, *POOL))
    assert isinstance(fact, WaveCalled)
    assert len(fact.called) == len(calls) == 2
    assert fact.next_in_line is not None
    ranks = [choice.rank for choice in (*fact.called, fact.next_in_line)]
    assert ranks == sorted(ranks)
    assert kinds_of(calls) == ["ResponderCalledUp"] * 2


def test_the_order_named_does_not_matter() -> None:
    """The line is made anew by the decision."""
    assert pool().when(waves(1, *POOL)) == pool().when(waves(1, *reversed(POOL)))


def test_who_was_called_before_stands_behind() -> None:
    """Least called comes first, whatever was answered (fairness counts what people are asked)."""
    first = called()
    before = asked_in(first)
    over = first.and_then(said(StandDown, call_up="u-1", reason="not_needed"), orders("u-2"))
    fact = over.when(waves(1, *POOL, call_up="u-2"))[0]
    assert isinstance(fact, WaveCalled)
    assert {choice.responder for choice in fact.called} == {ResponderId(who) for who in POOL} - set(before)


@pytest.mark.parametrize(
    "news",
    [
        said(DropOut, responder="r-carry1", reason="ill"),
        said(IsolateResponder, responder="r-carry1"),
        said(EndStandby, responder="r-carry1"),
        said(PlanShift, responder="r-carry1", shift=Shift(starts_at=after(170), ends_at=after(300))),
        said(SetDutyLimits, responder="r-carry1", limits=DutyLimits(day_s=3_600), reason="agreed"),
        said(BeginResponderErasure, responder="r-carry1"),
    ],
)
def test_who_may_not_come_is_not_called(news: Command) -> None:
    """Out, isolated, not waiting, on duty then, beyond the own limits, or gone."""
    assert asked_in(pool(news, waves(1, "r-carry1", "r-carry2"))) == ["r-carry2"]
    assert pool(news).when(waves(1, "r-carry1")) == []


def test_the_span_that_ends_when_it_begins_is_none() -> None:
    """Bad input 48, and hours that are over, too long or too far ahead."""
    for start, end in ((-120, -60), (0, 3_000), (60_000, 60_060)):
        span = Shift(starts_at=after(start), ends_at=after(end))
        assert pool().refusal(orders("u-2", shift=span)).code == "bad_call_up_span"
    assert pool().refusal(orders()).code == "call_up_exists"


def test_who_comes_gets_a_shift_and_is_deployed() -> None:
    """One save; said again, nothing; when enough come nobody else is called."""
    given = called()
    one, other = asked_in(given)
    come = answers(ComeForDuty, one)
    assert kinds_of(given.when(come)) == ["CallAccepted", "ShiftPlanned", "ResponderDeployed"]
    given = given.and_then(come)
    assert given.when(come) == []
    assert responder_of(given, one).shifts == (SPAN,)
    filled = given.and_then(answers(ComeForDuty, other))
    assert type(state_of(filled)).__name__ == "Filled"
    assert filled.when(waves(2, *POOL)) == []


def test_who_begins_late_serves_from_then_on() -> None:
    """Nobody serves in the past."""
    given = called()
    (fact,) = [
        e for e in given.when(answers(ComeForDuty, asked_in(given)[0], after(90))) if isinstance(e, ShiftPlanned)
    ]
    assert fact.shift == Shift(starts_at=after(90), ends_at=after(180))


def test_nobody_answers_a_call_that_is_not_theirs() -> None:
    """Not of others, not without a call, not after declining; a rule that keeps them now is named."""
    given = called()
    one, other = asked_in(given)
    assert given.refusal(said(ComeForDuty, by=actor(one), call_up="u-1", responder=other)).code == "not_your_offer"
    uncalled = next(who for who in POOL if who not in (one, other))
    assert given.refusal(answers(ComeForDuty, uncalled)).code == "not_called"
    declined = given.and_then(answers(DeclineDuty, one, reason="busy"))
    assert declined.refusal(answers(ComeForDuty, one)).code == "not_called"
    isolated = given.and_then(said(IsolateResponder, responder=one))
    refused = isolated.refusal(answers(ComeForDuty, one))
    assert (refused.code, refused.fields["rule"]) == ("may_not_come", "not_isolated")
    assert given.refusal(answers(ComeForDuty, one, after(180))).code == "call_up_over"


def test_silence_brings_the_next_wave() -> None:
    """Not before the time, and not while anybody is still asked."""
    given = called()
    one, other = asked_in(given)
    lapse = {who: said(LapseCall, by=SYSTEM, call_up="u-1", responder=who, due=after(15), at=after(15)) for who in POOL}
    early = said(LapseCall, by=SYSTEM, call_up="u-1", responder=one, due=after(15), at=after(14))
    assert given.when(early) == []
    half = given.and_then(lapse[one])
    assert half.when(lapse[one]) == []
    assert half.when(waves(2, *POOL, at=after(15))) == []
    both = half.and_then(lapse[other], waves(2, *POOL, at=after(15)))
    assert set(asked_in(both)) == set(POOL) - {one, other}
    assert stage_of(both, one) is StandbyStage.READY


def test_an_empty_pool_calls_a_person_once() -> None:
    """The duty contact, where the ladder names nobody for a later step."""
    given = pool()
    (fact,) = given.when(waves(1))
    assert isinstance(fact, PoolExhausted)
    assert (fact.to, fact.missing) == ("r-worker", 2)
    assert given.and_then(waves(1)).when(waves(1)) == []
    assert asked_in(given.and_then(waves(1), waves(1, "r-carry1"))) == ["r-carry1"]


def test_beyond_the_limits_somebody_says_why() -> None:
    """Those stand last in line, and the override is recorded with who ordered it (R24, A5)."""
    bound = said(SetDutyLimits, responder="r-carry1", limits=DutyLimits(day_s=3_600), reason="agreed")
    given = pool(bound, orders("u-2", override="flood"), waves(1, "r-carry1", call_up="u-2"))
    come = said(ComeForDuty, by=actor("r-carry1"), call_up="u-2", responder="r-carry1")
    (fact,) = [event for event in given.when(come) if isinstance(event, DutyLimitOverridden)]
    assert (fact.reason, fact.by, fact.limit) == ("flood", WORKER.id, "hours_a_day")
    (chosen, *_) = pool(bound, orders("u-2", override="flood")).when(waves(1, *POOL, call_up="u-2"))
    assert isinstance(chosen, WaveCalled)
    assert "r-carry1" not in {choice.responder for choice in chosen.called}


def test_who_came_and_cannot_any_more_is_replaced() -> None:
    """What is left of the shift is taken back, what was served stays; one more may be called."""
    given = called()
    for who in asked_in(given):
        given = given.and_then(answers(ComeForDuty, who))
    who = state_of(given).having(Reply.COMES)[0]
    release = said(ReleaseDeployed, by=SYSTEM, call_up="u-1", responder=who, reason="not_dropped_out", at=after(120))
    assert isinstance(given.when(release)[0], DeployedReleased)
    then = given.and_then(release)
    assert then.when(release) == []
    assert responder_of(then, who).shifts == (Shift(starts_at=after(60), ends_at=after(120)),)
    assert (state_of(then).missing, stage_of(then, who)) == (1, StandbyStage.READY)


def test_stood_down_everybody_is_on_standby_again() -> None:
    """Open calls are withdrawn in the same save; a late answer finds nothing."""
    given = called()
    one, other = asked_in(given)
    given = given.and_then(answers(ComeForDuty, one))
    assert given.refusal(said(EndStandby, responder=one)).code == "called_up_now"
    down = said(StandDown, call_up="u-1", reason="not_needed")
    then = given.and_then(down)
    assert then.when(down) == []
    assert {stage_of(then, who) for who in POOL} == {StandbyStage.READY}
    assert responder_of(then, one).shifts == ()
    assert then.refusal(answers(ComeForDuty, other)).code == "not_called"


def test_who_leaves_for_good_is_called_no_more() -> None:
    """Their stream is closed; the call-up goes on without them."""
    given = called()
    one = asked_in(given)[0]
    gone = given.and_then(said(BeginResponderErasure, responder=one))
    withdraw = said(WithdrawCall, by=SYSTEM, call_up="u-1", responder=one, reason="still_serving")
    assert gone.when(withdraw) == [CallWithdrawn(responder=ResponderId(one), reason="still_serving", withdrawn_at=T0)]
    assert gone.and_then(withdraw).when(withdraw) == []


def through_standby() -> Given:
    """Return the journal after call-ups in which everything happens."""
    given = pool(waves(1, *POOL))
    one, other = asked_in(given)
    lapse = said(LapseCall, by=SYSTEM, call_up="u-1", responder=other, due=after(15), at=after(15))
    given = given.and_then(answers(ComeForDuty, one), lapse, waves(2, *POOL, at=after(15)))
    (third,) = asked_in(given)
    given = given.and_then(
        answers(DeclineDuty, third, reason="busy"),
        said(ReleaseDeployed, call_up="u-1", responder=one, reason="released"),
        waves(3, *POOL, at=after(16)),
    )
    return given.and_then(
        waves(4, at=after(16)) if not asked_in(given) else said(StandDown, call_up="u-1", reason="not_needed"),
        orders("u-2", at=after(17)),
        waves(1, call_up="u-2", at=after(17)),
        said(EndStandby, responder="r-shopper"),
    )
