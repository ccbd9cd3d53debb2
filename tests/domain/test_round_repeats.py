"""Random days of calling rounds and case plans: said twice is said once, and the sums hold after each step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.calling import (
    CallOutcome,
    CloseRound,
    EscalateRound,
    ExcuseItem,
    HandOverCalls,
    RecordAttempt,
    RecordCodeCheck,
    StartRound,
)
from dispatch.domain.calling_round import CallingRound, Closed, round_stream, rung
from dispatch.domain.case_plan import EndPlan, OpenPlan, RecordContact, RemindOfContact
from dispatch.domain.errors import Conflict, Refused
from dispatch.domain.flags import LapseIsolation, SetFlags
from dispatch.domain.intake import CancelRequest
from dispatch.domain.resident import BeginErasure, BeginIsolation
from dispatch.domain.round_visits import (
    FindNeed,
    OrderVisit,
    RaiseWelfareAlarm,
    RecordReached,
    RecordSeen,
    SettleVisit,
)
from dispatch.domain.values import SYSTEM, Command, ResidentId
from dispatch.views.coverage import coverage_of
from tests.domain.given import Given
from tests.domain.round_town import ROUND, TONIGHT, starts
from tests.domain.test_repeats import said_again
from tests.domain.town import LEAD, RESIDENTS, RIVERSIDE, after, said, town

HEARD: dict[str, Any] = {"supplies_enough": True, "condition_ok": False}
NEW_EACH_TIME = (StartRound,)


def wishes(state: CallingRound, resident: str, *, number: int, caller: str, at: datetime) -> list[Command]:
    """Return what could be said of a household, of the round and of the person's plan; some of it too early."""
    item = state.items[ResidentId(resident)]
    call = rung(item) + 1 if number > 1 else 1
    here: dict[str, Any] = {"round": ROUND, "resident": resident, "at": at}
    mine: dict[str, Any] = here | {"on_behalf_of": item.caller}
    visit = item.visits[-1] if item.visits else f"q-none{number}"
    of_plan: dict[str, Any] = {"resident": resident, "at": at}
    return [
        starts(*sorted(RESIDENTS), callers=("r-cadre", "r-worker"), at=at),
        said(RecordAttempt, **mine, attempt=call, outcome=CallOutcome.BUSY),
        said(RecordReached, **mine, attempt=call, **HEARD),
        said(OrderVisit, **here, by=LEAD, visit=1, reason="asked"),
        said(OrderVisit, **here, by=SYSTEM, visit=2, reason="no_answer"),
        said(RecordSeen, **here, request=visit, **HEARD),
        said(SettleVisit, **here, by=SYSTEM, request=visit),
        said(CancelRequest, at=at, request=visit, reason="not_needed"),
        said(RaiseWelfareAlarm, **here),
        said(FindNeed, **here, request=f"q-need{number}{resident[2:]}", kind="food", occurred_at=at),
        said(ExcuseItem, **here, reason="in_hospital"),
        said(
            HandOverCalls,
            round=ROUND,
            at=at,
            hand_over=state.hand_overs + 1,
            caller=caller,
            to="r-worker",
            reason="ill",
        ),
        said(RecordCodeCheck, **here, check=len(item.checks) + 1, matched=number > 1),
        said(EscalateRound, round=ROUND, by=SYSTEM, at=max(at, TONIGHT)),
        said(CloseRound, round=ROUND, at=at),
        said(OpenPlan, **of_plan, reason="returnee", keeper="r-lead", cadence_s=3_600 * number),
        said(RecordContact, **of_plan, contact=1, condition_ok=True),
        said(RemindOfContact, by=SYSTEM, resident=resident, at=after(60 * number), due=after(60 * number)),
        said(EndPlan, **of_plan, reason="done"),
        said(SetFlags, **of_plan, green_lane=True, no_phone=number > 1),
        said(BeginIsolation, **of_plan, until=after(6_000 + number)),
        said(LapseIsolation, by=SYSTEM, resident=resident, at=after(7_000), until=after(6_000 + number)),
        said(BeginErasure, at=at, resident="p-captain"),
    ]


@settings(max_examples=100)
@given(st.data())
def test_said_twice_is_said_once(data: st.DataObject) -> None:
    """Delivery is at least once; and every household is in exactly one count, in every state."""
    journal = town().and_then(starts(*sorted(RESIDENTS), callers=("r-cadre", "r-worker")))
    for step in range(data.draw(st.integers(5, 30))):
        state = journal.read(round_stream(RIVERSIDE, ROUND))
        resident = data.draw(st.sampled_from(sorted(RESIDENTS)))
        number = data.draw(st.integers(1, 3))
        choices = wishes(state, resident, number=number, caller="r-cadre", at=after(step))
        command = data.draw(st.sampled_from(choices))
        try:
            decision = journal.decide(command)
        except (Refused, Conflict):
            continue
        journal = journal.and_then(command)
        expected = "Refused" if isinstance(command, NEW_EACH_TIME) else "nothing"
        assert said_again(journal, command) == (expected if decision else "nothing"), command
        sums_hold(journal)


def sums_hold(journal: Given) -> None:
    """Nobody is missed: the counts of a round add up, and a closed one has left nobody."""
    state = journal.read(round_stream(RIVERSIDE, ROUND))
    found = coverage_of(state)
    outcomes = found.reached + found.seen + found.alarmed + found.excused
    assert outcomes + found.without_outcome == len(RESIDENTS) == found.covered.denominator
    assert found.attempts == sum(rung(item) for item in state.items.values())
    assert not isinstance(state, Closed) or found.without_outcome == 0
