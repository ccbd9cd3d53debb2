"""Duties of staff: who may order one, and whether the person comes (R28)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dispatch.domain.duty_task import (
    AgreementRecorded,
    DutyEnded,
    DutyOrdered,
    EndDuty,
    OrderDuty,
    RecordAgreement,
    RecordRefusal,
    RefusalRecorded,
)
from dispatch.domain.help_request import RequestEscalated
from dispatch.domain.intake import CancelRequest
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.request_events import PersonAnswered
from dispatch.domain.values import SYSTEM, Channel, Command, RequestId
from tests.domain.given import Given
from tests.domain.town import T0, WORKER, accepts, actor, after, asked, calls, leg_of, said, town

TWO = after(180)


def opened(**fields: Any) -> Command:
    """Return the request of a duty about Li, opened by the community worker."""
    return calls(kind="night_escort", reporter="r-worker", channel=Channel.STAFF, **fields)


def orders(until: datetime = TWO, **fields: Any) -> OrderDuty:
    """Return the order."""
    shape: dict[str, Any] = {"duty": "t-1", "request": "q-1", "until": until} | fields
    command: OrderDuty = said(OrderDuty, **shape)
    return command


def refuses(**fields: Any) -> RecordRefusal:
    """Return that Li refuses."""
    command: RecordRefusal = said(RecordRefusal, duty="t-1", reason="will_not_leave", **fields)
    return command


def agrees(refusals: int = 0, **fields: Any) -> RecordAgreement:
    """Return that Li comes."""
    command: RecordAgreement = said(RecordAgreement, duty="t-1", refusals=refusals, **fields)
    return command


def ordered(*more: Command) -> Given:
    """Return the journal after a duty was ordered."""
    return town().and_then(opened(), orders(), *more)


def test_a_duty_is_ordered() -> None:
    """Who, about which request, until when."""
    assert town().and_then(opened()).when(orders()) == [
        DutyOrdered(request=RequestId("q-1"), ordered_by="r-worker", until=TWO, ordered_at=T0)
    ]


def test_the_kind_is_for_two_in_gear() -> None:
    """Two trained people, in gear whatever the level, for three hours."""
    kind = EVERYDAY_CATALOGUE.find("night_escort")
    assert kind is not None
    assert kind.staff_only
    plan = leg_of(ordered(), "escort").plan
    assert (plan.crew, plan.gear, plan.minutes, plan.skills) == (2, True, 180, ("protective_gear",))


@pytest.mark.parametrize("who", ["p-li", "r-captain", "r-shopper"])
def test_nobody_asks_for_a_duty(who: str) -> None:
    """No resident, captain or volunteer opens a kind of staff's own."""
    wish = calls(kind="night_escort", by=actor(who), reporter=who)
    assert town().refusal(wish).code == "staff_only"


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((), orders(), "unknown_request"),
        ((calls(),), orders(), "not_a_duty"),
        ((opened(),), orders(T0), "bad_duty_end"),
        ((opened(),), orders(after(-1)), "bad_duty_end"),
        ((opened(),), orders(after(2 * 24 * 60 + 1)), "bad_duty_end"),
        ((opened(), orders()), orders(), "duty_exists"),
        ((opened(), said(CancelRequest, request="q-1", reason="mistake")), orders(), "request_state"),
        ((opened(),), refuses(), "unknown_duty"),
        ((opened(), orders(), said(CancelRequest, request="q-1", reason="mistake")), refuses(), "request_state"),
    ],
)
def test_what_is_refused(past: tuple[Command, ...], command: Command, code: str) -> None:
    """Each refusal has its own code; a duty that ends before it starts is none (bad input 48)."""
    assert town().and_then(*past).refusal(command).code == code


def test_a_refusal_calls_a_person() -> None:
    """Nobody is carried off by a machine: the duty contact is called in the same save, once for each refusal."""
    assert ordered().when(refuses()) == [
        RefusalRecorded(reason="will_not_leave", recorded_at=T0),
        RequestEscalated(to="r-worker", reason="person_refuses", escalated_at=T0),
        PersonAnswered(comes=False, answered_at=T0),
    ]
    assert ordered(refuses()).when(refuses(at=after(5))) == []


def test_who_comes_after_all() -> None:
    """An agreement answers the refusals it knows of; a late repeat does not undo a newer refusal."""
    assert ordered().when(agrees()) == [AgreementRecorded(recorded_at=T0)]
    talked_round = ordered(refuses(), agrees(1))
    assert talked_round.when(agrees(1)) == []
    again = talked_round.and_then(refuses(at=after(9)))
    assert again.when(agrees(1)) == []
    assert again.when(agrees(2)) == [
        AgreementRecorded(recorded_at=T0),
        PersonAnswered(comes=True, answered_at=T0),
    ]


def test_the_crew_says_how_it_goes() -> None:
    """Who has taken the leg records it; said by the escort themselves."""
    given = asked(ordered(), "escort", "r-cadre", "r-carry3").and_then(accepts("r-cadre", 1))
    assert len(given.when(refuses(by=actor("r-cadre")))) == 3
    assert WORKER.id == "r-worker"


def test_a_passer_by_says_nothing_about_the_person() -> None:
    """Who has not taken the leg writes neither a refusal nor an agreement down (R28)."""
    given = asked(ordered(), "escort", "r-cadre", "r-carry3").and_then(accepts("r-cadre", 1))
    for who in ("r-captain", "r-driver"):
        assert given.refusal(refuses(by=actor(who))).code == "not_concerned"
        assert given.and_then(refuses()).refusal(agrees(1, by=actor(who))).code == "not_concerned"


def test_a_duty_ends_with_its_request() -> None:
    """Not before; once; and nothing is written of it afterwards."""
    ends = said(EndDuty, by=SYSTEM, duty="t-1")
    assert ordered().when(ends) == []
    over = ordered(said(CancelRequest, request="q-1", reason="mistake"))
    assert over.when(ends) == [DutyEnded(ended_at=T0)]
    assert over.and_then(ends).when(ends) == []
    assert over.and_then(ends).when(agrees()) == []
