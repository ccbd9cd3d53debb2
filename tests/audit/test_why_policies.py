"""Why, on the demonstration day under each policy: every decision, every offer taken back, every leg that is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import pytest

from dispatch.audit.explain import explained
from dispatch.audit.taken_back import RULE, SAID, taken_back
from dispatch.audit.unserved import Asked, shortfall_explained, unserved
from dispatch.domain.leg import OfferWithdrawn
from dispatch.domain.match_run import MatchDecided, ShortfallFound
from dispatch.domain.policies import EVERYDAY_LATE, MEDICAL_FIRST, SURGE
from dispatch.domain.policy import EVERYDAY, Policy
from dispatch.matching.board import Board
from dispatch.matching.reasoning import reasoning
from dispatch.store.recorded import Recorded
from tests.audit.demo_day import DemoDay, check_words, play

SAMPLE = 12
"""Of so many boards one is looked at, on a quick walk."""


@dataclass
class Walk:
    """A walk over a day: each outcome is explained on its board, in words of each language; counted by kind."""

    day: DemoDay
    every: int
    seen: Counter[str]

    def run(self) -> None:
        """Walk over all boards that an outcome stands on."""
        outcomes: dict[int, list[Recorded]] = {}
        for event in self.day.events:
            if isinstance(event.fact, MatchDecided | ShortfallFound):
                outcomes.setdefault(event.fact.as_of, []).append(event)
            elif isinstance(event.fact, OfferWithdrawn):
                cause = event.meta.cause
                outcomes.setdefault(event.position - 1 if cause is None else cause, []).append(event)
        for number, (position, board) in enumerate(self.day.boards(outcomes)):
            for event in outcomes[position]:
                self._outcome(event, board)
            facts = [event.fact for event in outcomes[position]]
            at = next((fact.at for fact in facts if isinstance(fact, MatchDecided | ShortfallFound)), None)
            if at is not None and number % self.every == 0:
                self._left(board, at)

    def _outcome(self, event: Recorded, board: Board) -> None:
        match event.fact:
            case MatchDecided() as fact:
                why = explained(event, fact, board)
                assert why.is_proven
                assert all(one.decisive for one in why.overtook if one.rise)
                self.seen["overtook"] += bool(why.overtook)
                self.seen["decided"] += 1
                check_words(why)
            case ShortfallFound() as fact:
                found = shortfall_explained(event, fact, board, asked=Asked())
                assert found.is_proven
                self.seen["short"] += 1
                check_words(found)
            case OfferWithdrawn() as fact:
                back = taken_back(event, fact, board, decision=None)
                assert back.is_proven or back.because == SAID
                assert back.kept or back.because in (RULE, SAID)
                self.seen[back.because] += 1
                check_words(back)

    def _left(self, board: Board, at: datetime) -> None:
        """Explain every leg that the run leaves or lets wait: exactly one of three answers, and what would help."""
        run = reasoning(board, board.place_register.policy, at)
        for demand in run.short:
            found = unserved(board, demand.leg, at, asked=Asked(), run=run)
            assert found is not None
            assert not found.would_ask
            helped = bool(found.planned) or bool(found.relaxation) or found.eligible < found.missing
            assert helped
            self.seen["planned" if found.planned else "left"] += 1
            check_words(found)


@pytest.fixture(scope="module", params=[EVERYDAY_LATE], ids=lambda policy: f"{policy.name}-{policy.version}")
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DemoDay:
    """Play the demonstration day under a policy that plans ahead."""
    store = f"sqlite:///{tmp_path_factory.mktemp('late')}/demo.db"
    assert play(store, request.param).is_sound
    return DemoDay(store)


def test_every_outcome_is_explained_where_legs_wait_in_queues(day: DemoDay) -> None:
    """Every decision, shortfall and withdrawal, and every leg that waits on a sample of the boards."""
    walk = Walk(day, SAMPLE, Counter())
    walk.run()
    assert min(walk.seen[kind] for kind in ("decided", "short", "planned")) > 100, walk.seen
    assert min(walk.seen[kind] for kind in ("overtook", "for_another")) > 1, walk.seen


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy", [EVERYDAY, EVERYDAY_LATE, SURGE, MEDICAL_FIRST], ids=lambda p: f"{p.name}-{p.version}"
)
def test_everything_is_explained_under_each_policy(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every decision, shortfall and withdrawal, and every leg that waits at every position that a match run saw."""
    store = f"sqlite:///{tmp_path_factory.mktemp('all')}/demo.db"
    assert play(store, policy).is_sound
    walk = Walk(DemoDay(store), 1, Counter())
    walk.run()
    assert walk.seen["decided"] > 300, walk.seen
    assert walk.seen["left"] > 500, walk.seen
