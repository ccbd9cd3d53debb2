"""Outcomes: a closed list, of which a report may say what fits it; old codes stay readable."""

from __future__ import annotations

import pytest

from dispatch.domain.leg import LegDone
from dispatch.domain.outcome import COMPLETING, FAILING, Outcome
from tests.domain.town import T0, accepts, asked, calls, completes, fails, town


def test_every_outcome_says_something_of_a_leg() -> None:
    """Each one says that a leg was done, or why not; two of them either."""
    assert set(Outcome) == COMPLETING | FAILING
    assert {Outcome.PARTLY_FOUND, Outcome.DONE_BY_OTHERS} == COMPLETING & FAILING


@pytest.mark.parametrize("outcome", ["not_home", "refused", "splendid", "left_at_the_door"])
def test_a_leg_is_not_done_by_an_outcome_that_says_otherwise(outcome: str) -> None:
    """«Done: not at home» would deliver a request that nobody was helped by."""
    given = asked(town().and_then(calls()), "outside", "r-shopper").and_then(accepts("r-shopper"))
    assert given.refusal(completes("r-shopper", "outside", outcome=outcome)).code == "bad_outcome"


@pytest.mark.parametrize("outcome", ["success", "left_there", "picked_up", "splendid"])
def test_a_leg_does_not_fail_by_an_outcome_that_says_otherwise(outcome: str) -> None:
    """«Failed: success» would call a person for nothing."""
    given = asked(town().and_then(calls()), "outside", "r-shopper").and_then(accepts("r-shopper"))
    refusal = given.refusal(fails("r-shopper", "outside", outcome=outcome))
    assert (refusal.code, refusal.fields) == ("bad_outcome", {"outcome": outcome})


def test_an_outcome_of_old_is_still_read() -> None:
    """A code that left the list is history: its event is read as it was written."""
    assert LegDone(leg="inside", outcome="whatever_was_said", done_at=T0).outcome == "whatever_was_said"
