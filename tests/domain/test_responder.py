"""Responders as what they hold: capacity, holds, loads, burden, meetings; and what cannot follow."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dispatch.domain.decider import ABSENT, fold
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.responder import (
    CapacitySet,
    HoldReleased,
    LoadReleased,
    LoadTaken,
    OfferHeld,
    Responder,
    ResponderErasureBegun,
    ResponderErasureCompleted,
    ResponderRegistered,
    evolve,
)
from dispatch.domain.values import Fact, LegId, OfferId, Place, ResidentId, Role
from tests.domain.town import T0

LI, WU = ResidentId("p-li"), ResidentId("p-wu")
ONE, TWO = OfferId("q-1#1"), OfferId("q-2#1")
LEG_ONE, LEG_TWO = LegId("q-1/inside"), LegId("q-2/inside")
LEGS = {ONE: LEG_ONE, TWO: LEG_TWO}

JOINED = ResponderRegistered(role=Role.VOLUNTEER, scopes=(Place(),), capacity=10, registered_at=T0)
BEGUN = ResponderErasureBegun(begun_at=T0)
COMPLETED = ResponderErasureCompleted(completed_at=T0)


def held(offer: OfferId = ONE, *, effort: int = 3, by: ResidentId = LI) -> OfferHeld:
    """Return an offer held against the capacity."""
    return OfferHeld(offer=offer, leg=LEGS[offer], beneficiary=by, effort=effort, held_at=T0)


def free(offer: OfferId = ONE) -> HoldReleased:
    """Return the end of a hold."""
    return HoldReleased(offer=offer, reason="declined", released_at=T0)


def taken(offer: OfferId = ONE) -> LoadTaken:
    """Return the step from hold to work."""
    return LoadTaken(offer=offer, leg=LEGS[offer], taken_at=T0)


def ended(leg: LegId = LEG_ONE, *, worked: bool = True, at: datetime = T0) -> LoadReleased:
    """Return the end of work."""
    return LoadReleased(leg=leg, reason="done", worked=worked, released_at=at)


def after_all(*events: Fact) -> Responder:
    """Return the responder after events."""
    state = fold(evolve, (JOINED, *events), ABSENT)
    assert isinstance(state, Responder)
    return state


@pytest.mark.parametrize(
    ("events", "load", "count", "asked"),
    [
        ((), 0, 0, 0),
        ((held(),), 3, 1, 1),
        ((held(), held(TWO, effort=4)), 7, 2, 2),
        ((held(), free()), 0, 0, 1),
        ((held(), taken()), 3, 1, 1),
        ((held(), held(TWO, effort=4), taken()), 7, 2, 2),
        ((held(), taken(), ended()), 0, 0, 1),
        ((held(), taken(), ended(worked=False)), 0, 0, 1),
        ((held(effort=0),), 0, 1, 1),
    ],
)
def test_load_is_what_is_held_and_taken(events: tuple[Fact, ...], load: int, count: int, asked: int) -> None:
    """A hold weighs like work until it is resolved; offers received are counted for ever."""
    state = after_all(*events)
    assert (state.load, state.open_count, state.asked) == (load, count, asked)


def test_work_counts_as_burden_and_as_a_meeting() -> None:
    """Effort counts on the day it ended, and the resident was met."""
    state = after_all(held(), taken(), ended(), held(TWO, effort=4), taken(TWO), ended(LEG_TWO))
    assert state.burden == {T0.toordinal(): 7}
    assert state.met == {LI: (2, T0.toordinal())}


def test_work_given_back_counts_for_nothing() -> None:
    """A release is blameless and no burden."""
    state = after_all(held(), taken(), ended(worked=False))
    assert state.burden == {}
    assert state.met == {}


def test_burden_is_kept_for_a_month() -> None:
    """Old days are forgotten when new work ends; meetings keep their last day."""
    later = T0 + timedelta(days=31)
    state = after_all(held(), taken(), ended(), held(TWO, by=WU), taken(TWO), ended(LEG_TWO, at=later))
    assert state.burden == {later.toordinal(): 3}
    assert state.met == {LI: (1, T0.toordinal()), WU: (1, later.toordinal())}


def test_a_capacity_cut_keeps_the_work() -> None:
    """The fold knows no business rules: what is recorded is so."""
    state = after_all(held(), CapacitySet(capacity=1, set_at=T0))
    assert (state.load, state.capacity) == (3, 1)


def test_who_leaves_keeps_their_work_until_it_is_released() -> None:
    """Between fence and end holds and loads are given back, and nothing else happens."""
    state = after_all(held(), held(TWO), taken(TWO), BEGUN, free(), ended(LEG_TWO, worked=False), COMPLETED)
    assert state.open_count == 0


@pytest.mark.parametrize(
    "events",
    [
        (JOINED,),
        (free(),),
        (taken(),),
        (ended(),),
        (held(), held()),
        (held(), free(), free()),
        (held(), taken(), taken()),
        (held(), taken(), free()),
        (held(), ended()),
        (held(), taken(), ended(), ended()),
        (COMPLETED,),
        (BEGUN, BEGUN),
        (BEGUN, held()),
        (held(), BEGUN, taken()),
        (held(), BEGUN, COMPLETED),
        (BEGUN, CapacitySet(capacity=1, set_at=T0)),
        (BEGUN, COMPLETED, COMPLETED),
        (BEGUN, COMPLETED, held()),
    ],
    ids=lambda events: "-".join(type(event).__name__ for event in events),
)
def test_events_that_cannot_follow(events: tuple[Fact, ...]) -> None:
    """No slot is held twice, freed twice or worked without a hold; a damaged journal stops the fold."""
    with pytest.raises(CorruptHistory):
        after_all(*events)


def test_nobody_works_before_they_joined() -> None:
    """The first event of a responder is their registration."""
    with pytest.raises(CorruptHistory):
        fold(evolve, (held(),), ABSENT)
