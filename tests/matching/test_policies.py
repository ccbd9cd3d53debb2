"""Boards that tell the shipped policies apart: who is asked under each, and the level that decided it."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import pytest

from dispatch.domain.policies import MEDICAL_FIRST, SURGE
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.values import ResidentId, Urgency
from dispatch.matching.board import Board
from dispatch.matching.match import match
from dispatch.matching.scale import levels_of
from tests.matching.boards import AT, FAR, WALK_UP, board, leg, on_floor, person, request

POLICIES = {"everyday": EVERYDAY, "surge": SURGE, "medical_first": MEDICAL_FIRST}
TODAY = AT.toordinal()
TIRED = {TODAY: 42}
"""Half of what somebody can carry, every day of the week."""

MET = {ResidentId("p-1"): (4, TODAY)}
ANSWER_S = {"everyday": 600, "surge": 300, "medical_first": 300}


class Told(NamedTuple):
    """Two people for one leg, and who of them goes by which level under each policy."""

    here: dict[str, object]
    there: dict[str, object]
    goes: dict[str, tuple[str, str]]


BOARDS = {
    "near and tired, or far and rested": Told(
        {"home": on_floor("2"), "burden": TIRED},
        {"home": on_floor("2", FAR)},
        {
            "everyday": ("r-here", "building_tier"),
            "surge": ("r-there", "load_band"),
            "medical_first": ("r-here", "building_tier"),
        },
    ),
    "near, or known to the household": Told(
        {"home": on_floor("2")},
        {"home": on_floor("2", WALK_UP), "met": MET},
        {
            "everyday": ("r-here", "building_tier"),
            "surge": ("r-here", "building_tier"),
            "medical_first": ("r-there", "continuity"),
        },
    ),
    "known and tired, or near and rested": Told(
        {"home": on_floor("2")},
        {"home": on_floor("2"), "met": MET, "burden": TIRED},
        {
            "everyday": ("r-here", "load_band"),
            "surge": ("r-here", "load_band"),
            "medical_first": ("r-there", "continuity"),
        },
    ),
}


def two(told: Told) -> Board:
    """Return the board: a hardship that has waited for two hours, and two who could go."""
    people = {"r-here": person(**told.here), "r-there": person(**told.there)}
    return board(people, {"q-1": request(leg(effort=2))})


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("policy", POLICIES)
def test_who_goes_and_why(name: str, policy: str) -> None:
    """The one who goes, the one who would have, and the first level on which they differ."""
    told = BOARDS[name]
    who, level = told.goes[policy]
    (decided,) = match(two(told), POLICIES[policy], AT).decided
    assert decided.responder == who
    assert {decided.responder, decided.runner_up} == {"r-here", "r-there"}
    names = levels_of(POLICIES[policy]).names
    assert decided.price is not None
    assert next(one for one, rise in zip(names, decided.price, strict=True) if rise) == level
    assert decided.policy == POLICIES[policy].digest()
    assert decided.answer_by - decided.at == timedelta(seconds=ANSWER_S[policy])


def test_every_board_tells_some_apart() -> None:
    """No two policies agree on all boards."""
    columns = {policy: [told.goes[policy][0] for told in BOARDS.values()] for policy in POLICIES}
    assert len({tuple(column) for column in columns.values()}) == len(POLICIES)


@pytest.mark.parametrize(("policy", "first"), [("everyday", "q-old"), ("surge", "q-old"), ("medical_first", "q-new")])
def test_what_is_served_when_there_is_one_pair_of_hands(policy: str, first: str) -> None:
    """Garbage of a day and a half, or medicine that was just asked for."""
    seen = board(
        {"r-1": person(capacity=1)},
        {
            "q-old": request(leg(ready_at=AT - timedelta(hours=36)), urgency=Urgency.NONE, due_at=None),
            "q-new": request(leg(ready_at=AT), urgency=Urgency.HEALTH, beneficiary=ResidentId("p-2")),
        },
    )
    assert [one.leg.split("/")[0] for one in match(seen, POLICIES[policy], AT).decided] == [first]


@pytest.mark.parametrize(
    ("policy", "urgency", "asked"),
    [
        ("everyday", Urgency.NONE, 1),
        ("surge", Urgency.NONE, 1),
        ("medical_first", Urgency.NONE, 0),
        ("medical_first", Urgency.HEALTH, 1),
    ],
)
def test_how_far_away_is_asked_at_first(policy: str, urgency: Urgency, asked: int) -> None:
    """Under `medical_first` what is not about health asks the own building first."""
    seen = board(
        {"r-1": person(home=on_floor("2", FAR))}, {"q-1": request(leg(ready_at=AT), urgency=urgency, due_at=None)}
    )
    result = match(seen, POLICIES[policy], AT)
    assert len(result.decided) == asked
    assert [short.relaxation for short in result.shortfalls] == ([] if asked else [("tier_is_open",)])


@pytest.mark.parametrize(("policy", "served"), [("everyday", 12), ("surge", 12), ("medical_first", 11)])
def test_how_many_are_kept_free(policy: str, served: int) -> None:
    """Of twelve with room for one leg each one is kept, or nobody; help for health may have everybody."""
    people = {f"r-{n}": person(home=on_floor("2"), capacity=1) for n in range(12)}
    errands = {f"q-{n}": request(leg(ready_at=AT), beneficiary=ResidentId(f"p-{n}"), due_at=None) for n in range(12)}
    assert len(match(board(people, errands), POLICIES[policy], AT).decided) == served
    urgent = {
        q: request(leg(ready_at=AT), beneficiary=state.beneficiary, urgency=Urgency.HEALTH)
        for q, state in errands.items()
    }
    assert len(match(board(people, urgent), POLICIES[policy], AT).decided) == 12


def policy_of(name: str, **changes: object) -> Policy:
    """Return a shipped policy, changed."""
    return POLICIES[name].model_copy(update=changes)


def test_visits_fade_under_medical_first() -> None:
    """Three visits of yesterday outweigh four of three weeks ago; under `everyday` those of long ago are forgotten."""
    seen = board(
        {
            "r-1": person(met={ResidentId("p-1"): (3, TODAY - 1)}),
            "r-2": person(met={ResidentId("p-1"): (4, TODAY - 21)}),
        },
        {"q-1": request()},
    )
    (decided,) = match(seen, MEDICAL_FIRST, AT).decided
    assert decided.responder == "r-1"
    unfading = policy_of("medical_first", continuity_decay_days=0)
    (decided,) = match(seen, unfading, AT).decided
    assert decided.responder == "r-2"
