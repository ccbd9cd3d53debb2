"""Who is released by a rule is blameless: free to be asked again when the rule allows it (R20)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.leg import LegReleased, Waiting
from dispatch.domain.offer import ReleaseLeg
from dispatch.domain.values import SYSTEM, ResponderId
from tests.domain.given import Given
from tests.domain.town import accepts, asked, calls, leg_of, offer_of, releases, said, town

SHOPPER = ResponderId("r-shopper")


def taken() -> Given:
    """Return the journal after somebody goes shopping for Li."""
    return asked(town().and_then(calls()), "outside", SHOPPER).and_then(accepts(SHOPPER))


def freed(ordinal: int = 1, **fields: Any) -> ReleaseLeg:
    """Return the machine's release of the shopper by a rule."""
    shape: dict[str, Any] = {
        "by": SYSTEM,
        "request": "q-1",
        "leg": "outside",
        "responder": SHOPPER,
        "offer": offer_of(ordinal),
        "reason": "inside_may_not_leave",
    }
    command: ReleaseLeg = said(ReleaseLeg, **shape | fields)
    return command


@pytest.mark.parametrize(("command", "by_rule"), [(freed(), True), (releases(SHOPPER, "outside"), False)])
def test_who_may_be_asked_again(command: ReleaseLeg, *, by_rule: bool) -> None:
    """The machine releases by a rule; who gives work back is not asked for it again."""
    facts = [event for event in taken().when(command) if isinstance(event, LegReleased)]
    assert [fact.by_rule for fact in facts] == [by_rule]
    leg = leg_of(taken().and_then(command), "outside")
    assert isinstance(leg, Waiting)
    assert (SHOPPER in leg.tried, SHOPPER in leg.spared) == (not by_rule, by_rule)


def test_a_release_by_rule_said_twice() -> None:
    """Nothing new happens, whether the leg waits or asks somebody else by then."""
    once = taken().and_then(freed())
    assert once.when(freed()) == []
    assert asked(once, "outside", "r-worker").when(freed()) == []


def test_a_late_release_does_not_touch_newer_work() -> None:
    """Asked again and under way again, the shopper keeps what an old release names no more."""
    again = asked(taken().and_then(freed()), "outside", SHOPPER)
    assert again.refusal(freed()).code == "leg_not_taken"
    under_way = again.and_then(accepts(SHOPPER, 2))
    assert under_way.refusal(freed()).code == "not_your_leg"
    assert len(under_way.when(freed(2))) == 2


def test_a_release_that_was_stored_before_says_what_it_said() -> None:
    """Old rows have no such word and mean that nobody is asked twice; they are the same bytes."""
    stored = '{"leg":"outside","responder":"r-shopper","reason":"fell_ill","released_at":"2022-11-25T01:00:00Z"}'
    fact = LegReleased.model_validate_json(stored)
    assert not fact.by_rule
    assert fact.model_dump_json() == stored
