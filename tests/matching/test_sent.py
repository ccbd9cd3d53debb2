"""Sent offers: what is frozen, and what may be taken back for something more important."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch.domain.help_request import HelpRequest
from dispatch.domain.leg import Ask, Offered, Taken, become
from dispatch.domain.policies import EVERYDAY_LATE
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.responder import Responder, Work
from dispatch.domain.values import LegId, OfferId, ResidentId, ResponderId, Urgency
from dispatch.matching.board import Board
from dispatch.matching.match import MatchResult, match
from dispatch.matching.sent import movable_at
from tests.matching.boards import AT, board, leg, person, register, request

LATE = EVERYDAY_LATE
LONG_AGO = AT - timedelta(minutes=5)
SHEETS = LATE.model_copy(update={"sheet_minutes": (600,)})
"""One sheet a day, at ten in the morning of Shanghai: at `AT`."""


def asking(who: str, *, made_at: datetime = LONG_AGO, **changes: Any) -> tuple[HelpRequest, Work]:
    """Return a request whose one leg is offered to somebody, and what they hold of it."""
    accepted = changes.pop("accepted", False)
    made = {name: changes.pop(name) for name in ("asks_made", "drives") if name in changes}
    ask = Ask(
        OfferId("q-old#1"), ResponderId(who), staff=False, effort=1, made_at=made_at, answer_by=AT + timedelta(hours=1)
    )
    asks_made = made.pop("asks_made", 1)
    offered = replace(become(Offered, leg(**made)), asks=(replace(ask, accepted=accepted),), asks_made=asks_made)
    work = Work(ask.offer, LegId("q-old/inside"), ResidentId("p-1"), 1)
    return request(offered, **{"urgency": Urgency.NONE, **changes}), work


def seen(people: dict[str, Responder], old: HelpRequest, *, policy: Policy = LATE, **new: Any) -> Board:
    """Return a board with an offer that is out and one request that waits."""
    return board(people, {"q-old": old, "q-new": request(**new)}, here=register(policy=policy))


def run(shown: Board) -> MatchResult:
    """Match under the board's own policy."""
    return match(shown, shown.place_register.policy, AT)


def holding(work: Work, **changes: Any) -> Responder:
    """Return somebody who holds an offer."""
    return person(holds={work.offer: work}, **changes)


def test_a_threat_to_life_takes_whoever_is_only_asked() -> None:
    """The offer is taken back, and says for which leg; whoever is freed is asked by the next run."""
    old, work = asking("r-1")
    result = run(seen({"r-1": holding(work)}, old, urgency=Urgency.LIFE))
    (taken,) = result.withdrawn
    assert (taken.offer, taken.leg, taken.responder, taken.instead) == (
        "q-old#1",
        "q-old/inside",
        "r-1",
        "q-new/inside",
    )
    assert result.decided == ()
    assert result.shortfalls == ()
    assert result.unserved == 1


def test_the_next_run_asks_whoever_was_freed() -> None:
    """Once the offer is gone, the threat to life has them, and the other leg waits in their queue."""
    free = board({"r-1": person()}, {"q-old": request(urgency=Urgency.NONE), "q-new": request(urgency=Urgency.LIFE)})
    result = match(free, LATE, AT)
    assert [(one.leg, one.responder) for one in result.decided] == [("q-new/inside", "r-1")]
    assert [one.leg for one in result.planned] == ["q-old/inside"]


@pytest.mark.parametrize("urgency", [Urgency.HEALTH, Urgency.HARDSHIP, Urgency.NONE])
def test_nobody_is_told_otherwise_for_less(urgency: Urgency) -> None:
    """Mere waiting is below changes: what was sent stays, and the newcomer waits behind it."""
    old, work = asking("r-1")
    result = run(seen({"r-1": holding(work)}, old, urgency=urgency))
    assert result.withdrawn == ()
    assert [(one.leg, one.responder, one.place) for one in result.planned] == [("q-new/inside", "r-1", 1)]


def test_late_help_for_health_is_worth_a_change() -> None:
    """Lateness of health requests ranks above changes."""
    old, work = asking("r-1")
    shown = seen({"r-1": holding(work)}, old, urgency=Urgency.HEALTH, due_at=AT - timedelta(minutes=1))
    assert len(run(shown).withdrawn) == 1


def test_no_change_where_somebody_else_can_go() -> None:
    """If anybody is idle, nobody's offer is taken back."""
    old, work = asking("r-1")
    result = run(seen({"r-1": holding(work), "r-2": person()}, old, urgency=Urgency.LIFE))
    assert result.withdrawn == ()
    assert [(one.leg, one.responder) for one in result.decided] == [("q-new/inside", "r-2")]


def test_a_crew_beside_it_takes_no_offer_back() -> None:
    """Whoever was put into a crew meanwhile has more in hand than is offered ahead: that alone moves nothing."""
    old, work = asking("r-1")
    carry = Work(OfferId("q-carry#1"), LegId("q-carry/carry"), ResidentId("p-2"), 8)
    both = person(holds={work.offer: work}, loads={carry.leg: carry}, capacity=20)
    result = run(seen({"r-1": both, "r-2": person()}, old, urgency=Urgency.HARDSHIP))
    assert result.withdrawn == ()
    assert [(one.leg, one.responder) for one in result.decided] == [("q-new/inside", "r-2")]
    crew = leg(crew=2)
    mates = {"r-1": holding(work, capacity=20), "r-2": person(capacity=20)}
    formed = run(
        board(mates, {"q-old": old, "q-crew": request(crew, urgency=Urgency.HARDSHIP)}, here=register(policy=LATE))
    )
    assert {one.responder for one in formed.decided} == {"r-1", "r-2"}
    assert formed.withdrawn == ()
    threat = run(seen({"r-1": both}, old, urgency=Urgency.LIFE))
    assert [one.instead for one in threat.withdrawn] == ["q-new/inside"]


def frozen_cases() -> dict[str, tuple[dict[str, Any], dict[str, Any], Policy]]:
    """Return what keeps an offer from being taken back: of the offer, of the person, and the policy."""
    return {
        "just sent": ({"made_at": AT - timedelta(seconds=LATE.freeze_s - 1)}, {}, LATE),
        "its time is near": ({"needed_by": AT + timedelta(seconds=60)}, {}, LATE),
        "moved too often": ({"asks_made": LATE.offers_per_leg_max}, {}, LATE),
        "a driver's": ({"drives": True}, {}, LATE),
        "told at the door": ({}, {"paper": True}, LATE),
        "on a sheet that is out": ({}, {"paper": True}, SHEETS),
        "no such level": ({}, {}, EVERYDAY.model_copy(update={"offers_ahead_max": 1})),
    }


@pytest.mark.parametrize("case", frozen_cases())
def test_what_is_frozen_stays(case: str) -> None:
    """Not for a threat to life either."""
    of_offer, of_person, policy = frozen_cases()[case]
    old, work = asking("r-1", **of_offer)
    result = run(seen({"r-1": holding(work, **of_person)}, old, policy=policy, urgency=Urgency.LIFE))
    assert result.withdrawn == ()


def test_a_sheet_that_is_not_out_yet_may_be_changed() -> None:
    """What nobody has brought to the captain yet may still be something else."""
    later = LATE.model_copy(update={"sheet_minutes": (660,)})
    old, work = asking("r-1")
    result = run(seen({"r-1": holding(work, paper=True)}, old, policy=later, urgency=Urgency.LIFE))
    assert len(result.withdrawn) == 1


def test_accepted_work_is_pinned() -> None:
    """Whoever said yes is not told no."""
    old, work = asking("r-1", accepted=True)
    assert movable_at(old.legs[0], LATE) == LONG_AGO + timedelta(seconds=LATE.freeze_s)
    taken = replace(old, legs=(become(Taken, old.legs[0]),))
    assert movable_at(taken.legs[0], LATE) is None
    result = run(seen({"r-1": person(loads={work.leg: work})}, taken, urgency=Urgency.LIFE))
    assert result.withdrawn == ()


def test_of_several_offers_the_last_may_move() -> None:
    """Who holds two keeps the first, so that whatever comes fits beside it."""
    policy = LATE.model_copy(update={"offers_ahead_max": 2})
    first, held = asking("r-1", made_at=LONG_AGO - timedelta(minutes=1))
    second, other = asking("r-1")
    ask = replace(second.legs[0].asks[0], offer=OfferId("q-two#1"))
    second = replace(second, legs=(replace(second.legs[0], asks=(ask,)),))
    other = replace(other, offer=ask.offer, leg=LegId("q-two/inside"))
    busy = person(holds={held.offer: held, other.offer: other})
    shown = board(
        {"r-1": busy},
        {"q-old": first, "q-two": second, "q-new": request(urgency=Urgency.LIFE)},
        here=register(policy=policy),
    )
    assert [one.offer for one in run(shown).withdrawn] == ["q-two#1"]


def test_who_fails_a_rule_keeps_the_offer_here() -> None:
    """A shift that has ended is no reason for the plan to take an offer back: rules end offers elsewhere."""
    old, work = asking("r-1")
    result = run(seen({"r-1": holding(work, shifts=())}, old, urgency=Urgency.LIFE))
    assert result.withdrawn == ()
    assert len(result.shortfalls) == 1
