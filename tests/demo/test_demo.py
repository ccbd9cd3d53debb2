"""One day in two buildings: sound, the same at every run, on every store, in both languages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import redis
from rich.console import Console
from rq import Queue

from dispatch import (
    EVERYDAY_CATALOGUE,
    QUEUE,
    MatchDecided,
    Recorded,
    Refused,
    RequestDelivered,
    RequestReceived,
    ShortfallFound,
)
from dispatch.audit import open_log
from dispatch.audit.invariants import violations
from dispatch.demo import run_demo
from dispatch.demo.day import ALARM_FROM, ALARM_UNTIL, REQUESTS
from dispatch.demo.show import MIDNIGHT, DemoReport
from dispatch.demo.themes import THEMES, figures_of
from dispatch.domain.aggregates import AGGREGATES
from dispatch.domain.decider import Aggregate
from dispatch.domain.help_request import AlarmAcknowledged
from dispatch.domain.leg import LegReleased, OfferWithdrawn
from dispatch.store.codec import TOPICS
from dispatch.words import Words

NOT_IN_THE_DAY = {
    "call_up.exhausted": "enough people came; the tests of standby run out of them",
    "call_up.withdrawn": "nobody was called any more when the call-up ended",
    "call_up.released": "whoever came stayed to the end",
    "community.regime_adopted": "the levels mean what they always meant",
    "duty.ended": "the request of the night's duty is not over at the last tick of the day",
    "lot.distribution_ended": "everybody has a pack: the distribution was over by itself",
    "notice.step_skipped": "every step from the duty contact on has somebody",
    "request.goods_refused": "nobody refuses a bag; a story and a test of goods do",
    "request.leg_not_needed": "no leg is left over when its goods are gone",
    "request.outcome_recorded": "no outcome was voided on this day",
    "responder.isolation_ended": "the captain's isolation outlasts the day",
    "responder.personal_data_accessed": "nobody had to look up a helper's name",
    "responder.scope_set": "nobody changes places",
    "responder.skills_set": "skills of the day are dated, see qualifications",
    "round.escalated": "every visit of the round was made in time",
    "round.visit_fell_through": "every visit of the round was made",
    "series.occurrence_called_off": "no request of an occurrence was cancelled for itself",
    "series.occurrence_missed": "the machine was up when each occurrence came",
}
"""The events that do not occur in the day, each with its reason."""


def topics_of(aggregate: Aggregate) -> set[str]:
    """Return the topics of an aggregate."""
    return {fact.TOPIC for fact in aggregate.facts}


@dataclass
class Played:
    """A demonstration that was played: its report, what it showed, and its log."""

    report: DemoReport
    shown: str
    store: str

    def events(self) -> list[Recorded]:
        """Return the whole log."""
        with open_log(self.store) as log:
            return [TOPICS.decode(row) for row in log.rows()]

    def asked(self) -> list[tuple[str, str, str]]:
        """Return who was asked for what, in order."""
        decided = (event.fact for event in self.events() if isinstance(event.fact, MatchDecided))
        return [(fact.leg, fact.offer, fact.responder) for fact in decided]


def play(store: str, *, language: str, redis_url: str | None = None) -> Played:
    """Play a demonstration on a store."""
    console = Console(file=StringIO(), width=200, color_system=None)
    report = run_demo(store, redis=redis_url, language=language, console=console, day=MIDNIGHT.date())
    assert isinstance(console.file, StringIO)
    return Played(report, console.file.getvalue(), store)


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Play the day in Chinese on a SQLite file."""
    return play(f"sqlite:///{tmp_path_factory.mktemp('zh')}/demo.db", language="zh-CN")


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Play the day in English on another SQLite file."""
    return play(f"sqlite:///{tmp_path_factory.mktemp('en')}/demo.db", language="en")


def test_the_day_is_sound(chinese: Played) -> None:
    """Every decision comes out again, and no invariant is broken at any position."""
    report = chinese.report
    assert report.is_sound
    assert report.replay.reproduced == report.replay.decisions + report.replay.shortfalls > 250
    assert report.events == report.replay.events
    assert report.requests > sum(REQUESTS.values()) + 30
    assert report.served > 0.85 * report.requests
    with open_log(chinese.store) as log:
        assert violations(log) == ()


def test_two_runs_are_the_same_day(chinese: Played, english: Played) -> None:
    """Whatever the language: the same people are asked for the same legs in the same order, byte for byte."""
    assert chinese.report == english.report
    assert chinese.report.replay.digest == english.report.replay.digest
    assert chinese.asked() == english.asked()


def test_on_postgresql_and_valkey_it_is_the_same_day(
    english: Played, postgres_database: str, redis_database: str
) -> None:
    """The same choices on the other store; the community was rung, and nothing of it lies in the server."""
    played = play(postgres_database, language="en", redis_url=redis_database)
    assert played.report.is_sound
    assert played.asked() == english.asked()
    assert (played.report.served, played.report.events) == (english.report.served, english.report.events)
    with redis.Redis.from_url(redis_database) as client:
        assert Queue(QUEUE, connection=client).count
        content = b"".join(client.dump(key) or b"" for key in client.scan_iter())
    assert "住户".encode() not in content


def test_all_kinds_are_served(english: Played) -> None:
    """Each kind of the catalogue is delivered, by captains and by staff, by one and by three."""
    kinds: dict[str, str] = {}
    delivered: Counter[str] = Counter()
    for event in english.events():
        if isinstance(event.fact, RequestReceived):
            kinds[event.stream] = event.fact.kind
        if isinstance(event.fact, RequestDelivered):
            delivered[kinds[event.stream]] += 1
    assert set(delivered) == {kind.key for kind in EVERYDAY_CATALOGUE.kinds}
    decided = [event.fact for event in english.events() if isinstance(event.fact, MatchDecided)]
    assert {fact.staff for fact in decided} == {True, False}
    assert {fact.solved_by for fact in decided} == {"flow", "crew_proven"}


def test_the_day_uses_the_whole_domain(english: Played) -> None:
    """Every aggregate has its part in the day, and every event but those that are listed with their reason."""
    recorded = {event.topic for event in english.events()}
    assert {topic for aggregate in AGGREGATES.values() for topic in topics_of(aggregate)} - recorded == set(
        NOT_IN_THE_DAY
    )
    assert all(recorded & topics_of(aggregate) for aggregate in AGGREGATES.values())


def test_what_people_may_not_do_is_refused(english: Played) -> None:
    """Who tries what they may not is told so; everything else that was refused came too late."""
    assert set(english.report.told_no) == {
        "beyond_duty_limits",
        "may_not_be_substituted",
        "not_enough_in_lot",
        "not_permitted",
        "not_your_approval",
        "out_of_scope",
    }
    late = {"leg_not_taken", "not_your_leg", "offer_not_held", "request_state"}
    assert set(english.report.too_late) <= late


@pytest.mark.parametrize("theme", THEMES)
def test_each_theme_is_told_with_what_was_counted(theme: str, english: Played) -> None:
    """What the table says of a theme is what the log holds; none of its figures is zero."""
    topics = Counter(event.topic for event in english.events())
    figures = figures_of(theme, topics)
    assert all(figures.values()), figures
    told = " ".join(english.shown.replace("│", " ").split())
    assert Words("en")(f"demo.told.{theme}", **figures) in told


def test_everything_that_goes_wrong_happens(english: Played) -> None:
    """Declines, lapses, escalations, releases, a temporary control, an alarm, isolation, erasure."""
    events = english.events()
    topics = Counter(event.topic for event in events)
    for topic in (
        "request.offer_declined",
        "request.offer_lapsed",
        "request.assignment_escalated",
        "request.offer_withdrawn",
        "request.alarm_raised",
        "request.escalated",
        "request.cancelled",
        "request.urgency_changed",
        "community.control_level_set",
        "responder.isolation_began",
        "resident.isolation_began",
        "resident.neighbours_excluded",
        "resident.erasure_completed",
        "match.shortfall_found",
    ):
        assert topics[topic], topic
    assert any(isinstance(event.fact, AlarmAcknowledged) for event in events)
    assert any(event.meta.on_behalf_of for event in events)


def test_the_temporary_control_is_felt(english: Played) -> None:
    """At 11:00 offers are withdrawn and work is released because of it; until 18:00 legs wait for want of a side."""
    eleven, six = (MIDNIGHT + timedelta(hours=hours) for hours in (ALARM_FROM, ALARM_UNTIL))
    side = {"crossing_needs_clearance", "outside_may_not_enter", "inside_may_not_leave"}
    events = english.events()
    back = [e for e in events if isinstance(e.fact, OfferWithdrawn | LegReleased) and e.fact.reason in side]
    assert {type(event.fact) for event in back} == {OfferWithdrawn, LegReleased}
    assert {event.meta.recorded_at for event in back} == {eleven}
    waited = [e for e in events if isinstance(e.fact, ShortfallFound) and side & set(e.fact.relaxation)]
    assert any(eleven <= event.meta.recorded_at < six for event in waited)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_summary_says_what_happened(language: str, chinese: Played, english: Played) -> None:
    """Served, waits by urgency, load spread, who was never asked, and the audit's verdict, in the reader's words."""
    played, words = (chinese, Words("zh-CN")) if language == "zh-CN" else (english, Words("en"))
    report = played.report
    told = " ".join(played.shown.split())
    assert words("demo.served", served=report.served, total=report.requests) in told
    assert words("demo.reproduced", decisions=report.replay.decisions, events=report.replay.events) in told
    for key in (
        "demo.title",
        "demo.scene",
        "demo.themes",
        "demo.waits",
        "demo.evening",
        "demo.load_spread",
        "demo.never_asked",
    ):
        assert " ".join(words(key).split()) in told, key
    for urgency in ("life", "health", "hardship", "none"):
        assert words.code("urgency", urgency) in told
    never = told.partition(words("demo.never_asked"))[2]
    assert (words("demo.nobody") in never) == (report.never_asked == 0)
    assert "住户1-" not in told


def test_a_second_day_in_one_store_is_refused(english: Played) -> None:
    """The store holds this day: nothing is added to it."""
    before = Path(english.store.removeprefix("sqlite:///")).stat().st_size
    with pytest.raises(Refused) as refusal:
        play(english.store, language="en")
    assert refusal.value.code == "community_exists"
    assert Path(english.store.removeprefix("sqlite:///")).stat().st_size == before


def test_without_a_store_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default the day is played in a folder that is gone afterwards."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    report = run_demo(language="en", console=Console(file=StringIO(), width=200))
    assert report.is_sound
    assert list(tmp_path.iterdir()) == []
