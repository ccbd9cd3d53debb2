"""Why, over a whole day: every decision, every shortfall and every leg at any hour, in words that need no codes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from dispatch.audit import Explanation, LegStanding, Unserved, open_log, why, why_leg
from dispatch.audit.explain import explained
from dispatch.audit.leg_standing import REASONS, Course
from dispatch.audit.unserved import Asked, shortfall_explained
from dispatch.audit.what_if import tried
from dispatch.audit.why import OF_AN_OFFER, about_leg
from dispatch.demo.show import MIDNIGHT
from dispatch.domain.help_request import RequestEscalated
from dispatch.domain.match_run import MatchDecided, ShortfallFound
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.values import ResponderId, request_of
from dispatch.matching.board import Board
from dispatch.matching.match import match
from dispatch.matching.reasoning import reasoning
from dispatch.store.recorded import Recorded
from tests.audit.demo_day import IDS, RAW, TELLERS, DemoDay, check_words, play
from tests.matching.brute import Oracle
from tests.matching.lexicographic import Lexicographic
from tests.matching.queue_oracle import QueueOracle

HOURS = range(6, 25, 3)
NOT_IN_THE_DAY = {
    "awaits_planning": "work is planned in the very save that judges a request",
    "beneficiary_leaving": "what is open of whoever is erased is closed in the same instant",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoDay:
    """Play the demonstration day once."""
    store = f"sqlite:///{tmp_path_factory.mktemp('why')}/demo.db"
    play(store)
    return DemoDay(store)


def decisions(demo: DemoDay) -> list[tuple[Recorded, MatchDecided]]:
    """Return every decision of the day."""
    return [(event, event.fact) for event in demo.events if isinstance(event.fact, MatchDecided)]


def test_every_decision_is_explained(demo: DemoDay) -> None:
    """Each is recomputed, is what was recorded, and names who was next with what that would have taken."""
    every = decisions(demo)
    boards = dict(demo.boards({fact.as_of for _, fact in every}))
    solved: Counter[str] = Counter()
    with_moves = 0
    for event, fact in every:
        found = explained(event, fact, boards[fact.as_of])
        assert found.is_proven
        check_words(found)
        if found.runner_up is not None:
            assert found.second is not None
            assert found.second.decisive is not None
            assert fact.solved_by != "flow" or found.second.rise == found.price
            with_moves += bool(found.second.moves)
        solved[fact.solved_by] += 1
    assert len(every) > 250
    assert min(solved.values()) > 10
    assert with_moves > 5


def test_anybody_else_is_explained_too(demo: DemoDay) -> None:
    """Of every tenth decision each responder is asked about: a rule that keeps them, or a price."""
    every = decisions(demo)[::10]
    boards = dict(demo.boards({fact.as_of for _, fact in every}))
    told: Counter[str] = Counter()
    for event, fact in every:
        board = boards[fact.as_of]
        for responder in list(board.responders)[:: len(board.responders) // 8]:
            found = explained(event, fact, board, instead=responder)
            check_words(found)
            assert found.instead is not None
            assert bool(found.instead.failed) == (responder not in found.candidates)
            told["barred" if found.instead.failed else "priced" if found.instead.rise else "no room"] += 1
    assert min(told["barred"], told["priced"]) > 10


def test_every_shortfall_is_explained(demo: DemoDay) -> None:
    """Each comes out again: who fails what first, the least that would serve, and whom it would let go."""
    short = [(event, event.fact) for event in demo.events if isinstance(event.fact, ShortfallFound)]
    boards = dict(demo.boards({fact.as_of for _, fact in short}))
    relaxed: set[str] = set()
    for event, fact in short:
        found = shortfall_explained(event, fact, boards[fact.as_of], asked=Asked(every_rule=True))
        assert found.is_proven
        check_words(found)
        assert len(found.failed) + found.eligible == len(boards[fact.as_of].responders)
        assert all(found.failed[responder] in rules for responder, rules in found.rules.items())
        if found.lacking is None:
            assert len(found.helped_by) + found.eligible == found.would_serve
        relaxed.update(found.relaxation)
    assert len(short) > 100
    assert len(relaxed) > 5


def test_every_leg_is_explained_at_any_hour(demo: DemoDay) -> None:
    """At several hours of the day each leg that was ever asked for has an answer: who has it, or why nobody."""
    reasons: Counter[str] = Counter()
    for position, board in demo.boards(hours(demo)):
        for course in demo.courses(position):
            reasons[reason_of(demo, course, board)] += 1
    assert reasons["waits"] > 20
    assert len(reasons) > 8


def hours(demo: DemoDay) -> list[int]:
    """Return the last positions before some hours of the day."""
    ends = [MIDNIGHT + timedelta(hours=hour) for hour in HOURS]
    return [max(e.position for e in demo.events if e.meta.recorded_at <= end) for end in ends]


def test_a_leg_is_explained_in_every_state(demo: DemoDay) -> None:
    """After each step of some requests' lives, each of their legs has an answer; together they have every reason."""
    reasons: Counter[str] = Counter()
    lives = demo.lives()
    for position, board in demo.boards(lives):
        for course in demo.courses(position, stream=lives[position]):
            reasons[reason_of(demo, course, board)] += 1
    assert set(REASONS) - set(reasons) == set(NOT_IN_THE_DAY)


def reason_of(demo: DemoDay, course: Course, board: Board) -> str:
    """Explain a leg on a board, and check what is said."""
    found = about_leg(course, board, demo.events[board.position - 1].meta.recorded_at, asked=Asked())
    check_words(found)
    check_standing(found, course, board)
    return found.reason if isinstance(found, LegStanding) else "waits"


def check_standing(found: Unserved | LegStanding, course: Course, board: Board) -> None:
    """What is said of a leg agrees with its state."""
    leg = course.state
    if isinstance(found, Unserved):
        assert leg is not None
        assert leg.vacancies > 0
        assert found.would_ask or found.relaxation or found.eligible < found.missing
        assert course.request.is_matchable
        return
    assert found.since <= found.at
    assert found.as_of == board.position
    if found.reason in {"leg_asked", "leg_taken"}:
        assert leg is not None
        assert set(found.responders) == {ask.responder for ask in leg.asks}
        assert len(found.decisions) <= len(leg.asks)
    if found.reason in {"merged", "awaits_approval", "awaits_others", "awaits_legs"}:
        assert found.waits_for


def test_the_same_is_read_from_the_log(demo: DemoDay) -> None:
    """What the library is asked, by position and by leg, is what the board says."""
    event, fact = [(event, fact) for event, fact in decisions(demo) if fact.solved_by == "flow"][40]
    with open_log(demo.store) as log:
        found = why(log, event.position)
        assert isinstance(found, Explanation)
        assert found == explained(event, fact, dict(demo.boards({fact.as_of}))[fact.as_of])
        end = max(one.position for one in demo.events if one.meta.command == event.meta.command)
        asked = why_leg(log, fact.leg, at=end)
        assert isinstance(asked, LegStanding)
        assert (asked.reason, asked.responders, asked.decisions) == ("leg_asked", (fact.responder,), (event.position,))
        before = why_leg(log, fact.leg, at=fact.as_of, person=fact.responder)
        assert isinstance(before, Unserved)
        assert fact.responder in before.would_ask
        assert before.person is not None
        assert not any(before.person.rise.values())


def test_prices_of_the_day_are_those_of_another_solver(demo: DemoDay) -> None:
    """On a sample of the day's boards without crews, another solver forces the runner-up at the same price."""
    some = [fact for _, fact in decisions(demo) if fact.price is not None and fact.solved_by == "flow"][::9]
    boards = dict(demo.boards({fact.as_of for fact in some}))
    checked = 0
    for fact in some:
        policy = boards[fact.as_of].place_register.policy
        run = reasoning(boards[fact.as_of], policy, fact.at)
        candidates = {responder for demand in run.demands for responder in demand.vectors}
        crews = any(demand.task.leg.plan.crew > 1 for demand in run.demands)
        if crews or run.sent.offers or any(run.people[responder].car for responder in candidates):
            continue
        oracle = QueueOracle if policy.plan_ahead_max else Oracle
        other = Lexicographic(oracle(boards[fact.as_of], policy, fact.at))
        best, forced = other.optimum(), other.optimum({fact.leg: fact.runner_up or ResponderId("")})
        assert best is not None
        assert forced is not None
        assert fact.price == tuple(b - a for a, b in zip(best, forced, strict=True))
        checked += 1
    assert checked > 3


def test_what_if_is_what_the_matcher_would_do(demo: DemoDay) -> None:
    """On a sample of boards another policy asks whom the matcher asks under it; the same policy changes nothing."""
    other = EVERYDAY.model_copy(update={"name": "own", "offers_ahead_max": 1, "continuity_days": 0})
    some = decisions(demo)[::20]
    boards = dict(demo.boards({fact.as_of for _, fact in some}))
    different = 0
    for _, fact in some:
        board = boards[fact.as_of]
        same = tried(board, board.place_register.policy, fact.at, fact=fact)
        assert same.differences == ()
        assert fact.responder in same.asked
        found = tried(board, other, fact.at, fact=fact)
        told = TELLERS["zh-CN"].told(found)
        assert not RAW.search(IDS.sub("", " ".join(told)))
        asks = {(one.leg, one.responder) for one in match(board, other, fact.at).decided}
        assert {(fact.leg, responder) for responder in found.would_ask} == {ask for ask in asks if ask[0] == fact.leg}
        assert all({(d.leg, r) for r in d.would_ask} <= asks for d in found.differences)
        different += bool(found.differences)
    assert different > 3


def test_whatever_names_an_offer_is_its_decision(demo: DemoDay) -> None:
    """An answer, a silence, a return: each is a question, and the decision that had made the offer is the answer."""
    first = {type(event.fact): event for event in reversed(demo.events) if isinstance(event.fact, OF_AN_OFFER)}
    assert set(first) == set(OF_AN_OFFER)
    with open_log(demo.store) as log:
        for event in first.values():
            found = why(log, event.position)
            assert isinstance(found, Explanation)
            assert found.offer == getattr(event.fact, "offer", None)


def test_a_call_for_a_person_is_explained(demo: DemoDay) -> None:
    """For every reason for which a person is called about a request there is an answer: where its leg stands."""
    called = {e.fact.reason: e for e in demo.events if isinstance(e.fact, RequestEscalated)}
    assert len(called) > 2
    with open_log(demo.store) as log:
        for event in called.values():
            found = why(log, event.position)
            assert isinstance(found, Unserved | LegStanding)
            assert request_of(found.leg) in event.stream
            check_words(found)
