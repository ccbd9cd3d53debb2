"""Who and what a board shows on the wrong side of a control line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dispatch.domain.control import Control
from dispatch.domain.custody import Belonging, Held, Orphaned
from dispatch.domain.leg import Ask, Done, Leg, Offered, Taken, become
from dispatch.domain.regime import A2_REGIME, Regime
from dispatch.domain.responder import Departed, Responder
from dispatch.domain.values import ControlLevel, OfferId, Point, ResidentId, ResponderId, Role, Side
from dispatch.matching.board import Board
from dispatch.matching.strays import wrong_side
from tests.matching.boards import (
    AT,
    IN_TOWER,
    WALK_UP,
    board,
    leg,
    on_floor,
    person,
    register,
    request,
    resident,
)

INSIDE, OUTSIDE = {IN_TOWER: Side.INSIDE}, {IN_TOWER: Side.OUTSIDE}
GUARDED = (ControlLevel.CONTROLLED, ControlLevel.TEMPORARY, ControlLevel.SEALED)


def under(level: ControlLevel, *legs: Leg, regime: Regime = A2_REGIME, **people: Responder) -> Board:
    """Return a board on which the tower is under a level."""
    here = replace(register(Control(place=IN_TOWER, level=level, effective_from=AT)), regime=regime)
    return board({f"r-{name}": who for name, who in people.items()}, {"q-1": request(*legs)} if legs else {}, here=here)


def asked(stage: type[Leg], **plan: Any) -> Leg:
    """Return a leg of r-one in a stage."""
    ask = Ask(OfferId("q-1#1"), ResponderId("r-one"), False, 1, AT, AT, stage is Taken)
    return become(stage, replace(leg(**plan), asks=(ask,)))


@pytest.mark.parametrize("level", list(ControlLevel))
@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (person(sides=INSIDE), "inside_without_clearance"),
        (person(sides=INSIDE, clearance=ControlLevel.SEALED), None),
        (person(home=on_floor("5")), None),
        (person(home=on_floor("5"), sides=OUTSIDE), "outside_of_home"),
        (person(home=on_floor("5", WALK_UP)), None),
        (person(), None),
    ],
)
def test_people(level: ControlLevel, who: Responder, reason: str | None) -> None:
    """Inside without clearance, or shut out of the own home; up to 防范 nobody is."""
    found = wrong_side(under(level, one=who), AT)
    assert [stray.reason for stray in found.people] == ([reason] if reason and level in GUARDED else [])
    assert found.is_empty is not bool(found.people)


def test_who_has_left_for_good_is_nowhere() -> None:
    """An erased responder is on no list."""
    plain = person(sides=INSIDE)
    gone = Departed(**{name: getattr(plain, name) for name in Responder.__dataclass_fields__})
    assert wrong_side(under(ControlLevel.SEALED, one=gone), AT).is_empty


def test_before_and_after_nobody_is() -> None:
    """A line is one only while it holds."""
    seen = under(ControlLevel.SEALED, one=person(sides=INSIDE))
    assert wrong_side(seen, AT.replace(hour=0)).is_empty
    assert not wrong_side(seen, AT).is_empty


@pytest.mark.parametrize(("stage", "listed"), [(Offered, True), (Taken, True), (Done, False)])
def test_work_that_a_line_bars(stage: type[Leg], *, listed: bool) -> None:
    """Who is asked or under way (bad input 57) is listed with the rule; what is done is not."""
    found = wrong_side(under(ControlLevel.SEALED, asked(stage), one=person()), AT)
    rows = [(work.leg, work.responder, work.reason) for work in found.work]
    assert rows == ([("q-1/inside", "r-one", "sealed_needs_clearance")] if listed else [])


@pytest.mark.parametrize(("done", "listed"), [(False, True), (True, False)])
def test_goods_at_a_point_out_of_use(*, done: bool, listed: bool) -> None:
    """What lies on a shelf that may not be used is listed until somebody has taken it on."""
    rules = tuple(rule.model_copy(update={"points": (Point.DOOR,), "carry": ()}) for rule in A2_REGIME.rules)
    first = become(Done, leg(name="outside", side=Side.OUTSIDE, origin=Point.SHOP, destination=Point.SHELF))
    second = leg(after=("outside",))
    seen = under(
        ControlLevel.CONTROLLED,
        first,
        become(Done, second) if done else second,
        regime=A2_REGIME.model_copy(update={"rules": rules}),
        one=person(),
    )
    goods = [(item.leg, item.reason) for item in wrong_side(seen, AT).goods]
    assert goods == ([("q-1/outside", "point_not_in_use")] if listed else [])
    assert wrong_side(under(ControlLevel.CONTROLLED, first, second, one=person()), AT).goods == ()


@pytest.mark.parametrize(
    ("holder", "listed"),
    [
        (person(), True),
        (person(sides=INSIDE), False),
        (person(home=on_floor("2")), False),
        (person(role=Role.CADRE, clearance=ControlLevel.SEALED), False),
    ],
)
def test_belongings_that_a_line_cuts_off(holder: Responder, *, listed: bool) -> None:
    """An insurance card outside of a sealed tower, whose owner is inside, with a keeper who may not cross (A2)."""
    seen = under(ControlLevel.SEALED, one=holder)
    card = Held(Belonging.CARD, ResidentId("p-1"), ResponderId("r-one"), AT)
    seen = replace(seen, residents={ResidentId("p-1"): resident()}, others={"custody": {"c-1": card}})
    found = [(item.custody, item.reason) for item in wrong_side(seen, AT).goods]
    assert found == ([("c-1", "on_the_other_side")] if listed else [])
    orphan = Orphaned(Belonging.CARD, ResidentId("p-1"), ResponderId("r-one"), AT)
    assert wrong_side(replace(seen, others={"custody": {"c-1": orphan}}), AT).goods == ()


def test_only_the_lines_of_a_place() -> None:
    """The list of a change is about its own place and what is around and within it."""
    seen = under(ControlLevel.SEALED, one=person(sides=INSIDE))
    assert wrong_side(seen, AT, within=on_floor("5")).people
    assert not wrong_side(seen, AT, within=on_floor("5", WALK_UP)).people
