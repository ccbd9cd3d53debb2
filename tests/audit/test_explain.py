"""Why him: recomputed from the board, and proven by the digest that is stored."""

from __future__ import annotations

from collections import Counter

import pytest

from dispatch.audit import explain, open_log
from dispatch.domain.errors import CorruptHistory, Refused
from tests.audit.tampering import Tampered

PAIR = ["same_person", "building_tier", "load_band", "own_floor", "continuity", "effort", "tie"]
ALL = ["life_waiting", "health_lateness", "unserved", *PAIR]


def test_decisions_explain_themselves(day: Tampered) -> None:
    """Of every fifth decision of the day the whole explanation is recomputed, and it is the one that was stored."""
    rows = day.rows("topic = 'match.decided'")[::5]
    runners_up = 0
    with open_log(day.url) as log:
        for row in rows:
            found = explain(log, row.position)
            assert found.is_proven
            assert found.as_of < row.position
            assert list(found.waiting) == ALL[:3]
            assert list(found.chosen) == PAIR
            assert found.candidates[found.responder] == found.chosen
            assert found.failed_counts == dict(Counter(found.failed.values()))
            assert not set(found.candidates) & set(found.failed)
            if found.runner_up is not None:
                runners_up += 1
                assert list(found.price) == ALL
                assert tuple(found.price.values()) >= (0,) * len(ALL)
                assert found.runner_up in found.candidates
            else:
                assert found.price == {}
    assert runners_up > len(rows) // 2


def test_a_false_explanation_is_not_proven(few: Tampered) -> None:
    """What is recomputed has another digest than the one somebody wrote."""
    row = few.decisions()[0]
    few.put(row._replace(state=row.state.replace(b'"explanation":"', b'"explanation":"00')))
    with open_log(few.url) as log:
        assert not explain(log, row.position).is_proven


def test_only_decisions_are_explained(few: Tampered) -> None:
    """The question names a position; when something else stands there, the answer says what."""
    with open_log(few.url) as log:
        for position, what in ((1, "community.registered"), (10_000, "nothing")):
            with pytest.raises(Refused, match=what) as refused:
                explain(log, position)
            assert refused.value.code == "not_a_decision"


def test_a_decision_on_a_board_without_its_leg(few: Tampered) -> None:
    """A decision that names a board on which the leg did not wait cannot be explained, and says so."""
    row = few.decisions()[0]
    few.put(row._replace(state=row.state.replace(b'"as_of":13', b'"as_of":11')))
    with open_log(few.url) as log, pytest.raises(CorruptHistory, match="did not wait"):
        explain(log, row.position)
