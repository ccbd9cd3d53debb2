"""The levels of a policy: data that stays strictly in order, or is rejected with the levels named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from dispatch.domain.community import PolicyAdopted
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.domain.policy_levels import (
    EVERYDAY_LEVELS,
    MEASURES,
    TIE_MAX,
    LevelName,
    Measure,
    PolicyLevel,
    Weight,
    reach,
)

PAYLOAD = Path(__file__).parents[1] / "codec" / "payloads" / "community.policy_adopted.1.json"


def level(name: str, cap: int | None = None, **weights: int) -> PolicyLevel:
    """Return a level, with today's cap where none is given."""
    today = {one.name: one.cap for one in EVERYDAY_LEVELS}
    named = LevelName(name)
    said = tuple(Weight(measure=Measure(measure), weight=weight) for measure, weight in weights.items())
    return PolicyLevel(name=named, cap=today.get(named, 1) if cap is None else cap, weights=said)


def policy(levels: Sequence[PolicyLevel], **knobs: int) -> Policy:
    """Return a policy with these levels."""
    return Policy(name="ours", version=1, levels=tuple(levels), **knobs)  # type: ignore[arg-type]


def named(*names: str) -> list[PolicyLevel]:
    """Return levels in the order of their names."""
    return [level(name) for name in names]


UNSERVED = ("life_waiting", "health_lateness", "unserved")
TODAY = (
    *UNSERVED,
    "same_person",
    "building_tier",
    "load_band",
    "own_floor",
    "continuity",
    "effort",
    "tie",
)


def test_the_default_is_the_order_of_requirements() -> None:
    """A policy that says nothing about levels has the order of part C."""
    assert tuple(one.name for one in EVERYDAY.levels) == TODAY
    assert policy(EVERYDAY_LEVELS).levels == Policy(name="ours", version=1).levels


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (named(*TODAY[:-1], "effort", "tie"), "effort stands twice"),
        (named("tie"), "life_waiting, unserved is missing"),
        (named(*UNSERVED, "building_tier"), "tie is missing"),
        (named("unserved", "life_waiting", "tie"), "unserved stands before life_waiting"),
        (named(*UNSERVED, "tie", "effort"), "tie stands before effort"),
        (named("life_waiting", "own_floor", "unserved", "tie"), "own_floor stands before unserved"),
        (named("life_waiting", "changes", "unserved", "tie"), "changes stands before unserved"),
        ([*named(*UNSERVED), level("building_tier", 2), level("tie")], "building_tier is capped at 2 .* reach 3"),
        ([*named(*UNSERVED), level("continuity", 4), level("tie")], "continuity is capped at 4 .* reach 5"),
        ([*named(*UNSERVED), level("same_person", 10), level("tie")], "same_person is capped at 10 .* reach 11"),
        ([*named("life_waiting"), level("unserved", 1_399), level("tie")], "unserved is capped at 1399 .* 1400"),
        ([level("life_waiting", 604_800), *named("unserved", "tie")], "life_waiting is capped at 604800"),
        (
            [*named("life_waiting"), level("health_lateness", 60), *named("unserved", "tie")],
            "health_lateness is capped at 60",
        ),
        ([*named(*UNSERVED), level("tie", TIE_MAX - 1)], "tie is capped"),
        (
            [*named(*UNSERVED), *(level(name, TIE_MAX) for name in ("waiting", "changes", "effort", "tie"))],
            "lower those of waiting, changes, effort",
        ),
        ([*named("life_waiting"), level("unserved", health=401), level("tie")], "never more for the less urgent"),
        ([*named("life_waiting"), level("unserved", none=0), level("tie")], "expected at least 1"),
        ([*named("life_waiting"), level("unserved", life=500), level("tie")], "reach 1500"),
        ([*named(*UNSERVED), level("load_band", held=0), level("tie")], "give held at least 1"),
        ([*named(*UNSERVED), level("effort", held=1), level("tie")], "effort has no measure held; it has leg, gear"),
        ([*named(*UNSERVED), level("own_floor", leg=1), level("tie")], "own_floor has no measure leg"),
    ],
)
def test_what_cannot_stay_in_order_is_rejected(levels: list[PolicyLevel], message: str) -> None:
    """Levels twice, missing, out of order, capped below what they reach or too wide: named in the error."""
    with pytest.raises(ValidationError, match=message):
        policy(levels)


def test_a_measure_is_weighed_once() -> None:
    """The same measure twice in one level would be ambiguous."""
    twice = PolicyLevel(name=LevelName.EFFORT, cap=9, weights=(Weight(measure=Measure.LEG, weight=1),) * 2)
    with pytest.raises(ValidationError, match="effort weighs leg twice"):
        policy([*named(*UNSERVED), twice, level("tie")])


@pytest.mark.parametrize(
    ("names", "planned", "code"),
    [((*UNSERVED, "tie"), 4, "plan_without_waiting"), ((*UNSERVED, "waiting", "tie"), 3, "plan_too_short")],
)
def test_a_plan_has_its_level_and_is_longer_than_what_is_offered(
    names: tuple[str, ...], planned: int, code: str
) -> None:
    """Places further back must cost something, and there must be some."""
    levels = [level(name, 1_000_000 if name == "waiting" else None) for name in names]
    with pytest.raises(ValidationError) as wrong:
        policy(levels, plan_ahead_max=planned)
    (error,) = wrong.value.errors()
    assert error["ctx"]["error"].code == code


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "nearness", "cap": 3}',
        '{"name": "effort", "cap": 0}',
        '{"name": "effort"}',
        '{"name": "effort", "cap": 3.0}',
        '{"name": "effort", "cap": 3, "unit": "km"}',
        '{"name": "effort", "cap": 3, "weights": [{"measure": "leg", "weight": -1}]}',
        '{"name": "effort", "cap": 3, "weights": [{"measure": "miles", "weight": 1}]}',
    ],
)
def test_a_level_out_of_bounds(text: str) -> None:
    """Names and measures are a closed vocabulary, caps and weights are whole numbers in bounds."""
    with pytest.raises(ValidationError):
        PolicyLevel.model_validate_json(text)


def test_a_knob_and_its_level_agree() -> None:
    """More visits than the level of continuity can hold are rejected; so every knob of today keeps today's order."""
    assert policy(EVERYDAY_LEVELS, continuity_max=20).continuity_max == 20
    narrow = [*named(*UNSERVED), level("continuity", 5), level("tie")]
    assert policy(narrow, continuity_max=5).levels[3].cap == 5
    with pytest.raises(ValidationError, match="continuity"):
        policy(narrow, continuity_max=6)


def test_no_level_reaches_beyond_its_cap() -> None:
    """Whatever the vocabulary knows has a reach, and the default order holds it."""
    assert all(reach(one, EVERYDAY) <= one.cap for one in EVERYDAY.levels)
    assert set(MEASURES) <= set(LevelName)


def test_a_weight_that_is_not_said_is_the_usual_one() -> None:
    """Weights are those of the vocabulary where a policy says nothing."""
    unserved = level("unserved", health=200)
    assert [unserved.weight(Measure(name)) for name in ("life", "health", "none", "ageing")] == [400, 200, 10, 1]


def test_a_policy_without_levels_is_read_as_it_was_meant() -> None:
    """What was adopted before levels were data has today's order, and the digest it always had."""
    _, _, body = json.loads(PAYLOAD.read_text())
    del body["policy"]["levels"], body["policy"]["plan_ahead_max"]
    old = PolicyAdopted.model_validate_json(json.dumps(body)).policy
    assert old.levels == EVERYDAY_LEVELS
    assert EVERYDAY.digest() == "57e82f034d6a93cb5b6bb75da9c08326"
    assert Policy(name="everyday", version=1, levels=EVERYDAY_LEVELS).digest() == EVERYDAY.digest()
    assert policy(named(*UNSERVED, "tie")).digest() != Policy(name="ours", version=1).digest()
