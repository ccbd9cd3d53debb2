"""The sentences of an explanation: every level, both directions, long lists cut, nothing raw."""

from __future__ import annotations

import re

import pytest

from dispatch.audit import Alternative, WhyWords
from dispatch.audit.why_words import SHOWN_MAX
from dispatch.domain.policy_levels import LevelName
from dispatch.domain.values import LegId, ResponderId
from dispatch.matching.eligible import RULES
from dispatch.matching.singles import Move
from dispatch.words import LANGUAGES, Words

BOTH = pytest.mark.parametrize("language", LANGUAGES)
RAW = re.compile(r"[a-z]+_[a-z_]+|[{}]|None")
ONE, OTHER = ResponderId("r-1"), ResponderId("r-2")


def teller(language: str) -> WhyWords:
    """Return who tells in a language."""
    return WhyWords(Words(language), "Asia/Shanghai")


@pytest.mark.parametrize("level", LevelName)
@BOTH
def test_a_rise_on_any_level_is_a_sentence(language: str, level: str) -> None:
    """Whatever level decides, the sentence names it and by how much the whole would be worse."""
    one = Alternative(ONE, (), {}, {"life_waiting": 0, level: 7_260}, ())
    (told,) = teller(language).alternative(one, {})
    assert Words(language)(f"policy_level.{level}") in told
    assert ONE in told
    assert not RAW.search(told)
    if level == "health_lateness":
        assert Words(language).duration(7_260 * 60) in told


@BOTH
def test_signs_of_a_table(language: str) -> None:
    """Worse and better differ; nothing is a dash; the lot has no size."""
    tell, words = teller(language), Words(language)
    worse, better = (tell.signed("effort", {"effort": amount}) for amount in (3, -3))
    assert worse != better
    assert all("3" in shown for shown in (worse, better))
    assert tell.signed("effort", {}) == words("format.nothing")
    assert tell.signed("tie", {"tie": 12}) == tell.signed("tie", {"tie": -99}) == words("policy_level.tie")


@BOTH
def test_values_at_the_ends_of_a_level(language: str) -> None:
    """The own building, the own floor and a known household are said as such; so is an unknown one."""
    tell, words = teller(language), Words(language)
    caps = {"building_tier": 3, "continuity": 5}
    assert tell.value("building_tier", 0, caps) == words("level_value.exactly.building_tier_0")
    assert tell.value("continuity", 5, caps) == words("level_value.at_most.continuity")
    assert "2" in tell.value("continuity", 2, caps)
    assert tell.values({"same_person": 0, "own_floor": 0, "tie": 9}, caps) == words("level_value.exactly.own_floor_0")


@BOTH
def test_moves_say_who_gives_and_who_takes(language: str) -> None:
    """From somebody to another, from somebody to nobody, from nobody to somebody."""
    legs = [LegId(f"q-{number}/inside") for number in range(3)]
    moves = (Move(legs[0], ONE, OTHER), Move(legs[1], OTHER, None), Move(legs[2], None, OTHER))
    one = Alternative(ONE, (), {}, {"unserved": 1}, moves)
    (told,) = teller(language).alternative(one, {})
    assert all(told.count(f"q-{number}") == 1 for number in range(3))
    assert Words(language)("why.nobody") in told
    assert not RAW.search(told)


@BOTH
def test_a_long_list_is_counted(language: str) -> None:
    """Of many moves the first ones are told, and how many more there are."""
    moves = tuple(Move(LegId(f"q-{number}x/inside"), ONE, OTHER) for number in range(SHOWN_MAX + 4))
    (told,) = teller(language).alternative(Alternative(ONE, (), {}, {"effort": 1}, moves), {})
    assert [f"q-{number}x" in told for number in range(SHOWN_MAX + 4)] == [True] * SHOWN_MAX + [False] * 4
    assert Words(language)("why.others", count=4) in told


@BOTH
def test_every_rule_that_keeps_somebody_is_told(language: str) -> None:
    """None of them is left out, and none is a code."""
    (told,) = teller(language).alternative(Alternative(ONE, RULES, {}, {}, ()), {})
    assert all(Words(language)(f"rule.{rule}") in told for rule in RULES)
    assert not RAW.search(told)


@BOTH
def test_no_room_and_no_crew_are_told_apart(language: str) -> None:
    """Who may go and has no price has no room; in a crew, none can be formed with them."""
    one, tell = Alternative(ONE, (), {"effort": 1}, {}, ()), teller(language)
    assert list(tell.alternative(one, {})) != list(tell.alternative(one, {}, in_crew=True))
    assert list(tell.alternative(one, {}, chosen=(ONE,))) == [Words(language)("why.not_worse", responder=ONE)]
