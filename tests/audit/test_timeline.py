"""The timeline from the log itself says what the view says, in both languages, and nothing personal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.audit import open_log, timeline
from dispatch.domain.errors import CorruptHistory
from dispatch.domain.values import CommunityId
from dispatch.store.journal import Journal
from dispatch.store.recorders import open_recorder
from dispatch.views import Views
from dispatch.words import Words
from tests.audit.day import HERE, MORNING, THERE
from tests.audit.tampering import Tampered


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_line_can_be_worded(day: Tampered, language: str) -> None:
    """Whatever happened, there are words for it."""
    words = Words(language)
    with open_log(day.url) as log:
        lines = timeline(log, HERE)
    said = [words.event(line.topic, line.params, zone="Asia/Shanghai") for line in lines]
    assert all(said)
    assert len(said) > 1_000


def test_the_view_says_the_same(day: Tampered) -> None:
    """An auditor who trusts no view finds that this one can be trusted."""
    with open_recorder(day.url) as recorder:
        views = Views(Journal(recorder), batch=100)
        views.follow()
        seen = {name: views.timeline(CommunityId(name), limit=10_000) for name in (HERE, THERE)}
        about = {line.about[0] for line in seen[HERE] if line.about}
        with open_log(day.url) as log:
            assert {name: timeline(log, name) for name in (HERE, THERE)} == seen
            for one in sorted(about)[::7]:
                assert timeline(log, HERE, about=one) == views.timeline(CommunityId(HERE), about=one, limit=10_000)


def test_about_one_and_as_it_was_known(day: Tampered) -> None:
    """A leg or an offer stands for its request; an instant or a position cuts the end off."""
    with open_log(day.url) as log:
        everything = timeline(log, HERE)
        request = next(line.about[0] for line in everything if line.topic == "request.received")
        story = timeline(log, HERE, about=request)
        assert story[0].topic == "request.received"
        assert timeline(log, HERE, about=f"{request}/inside") == timeline(log, HERE, about=f"{request}#1") == story
        cut = everything[len(everything) // 2]
        assert timeline(log, HERE, at=cut.position)[-1] == cut
        noon = MORNING + timedelta(hours=3)
        assert timeline(log, HERE, at=noon) == tuple(line for line in everything if line.recorded_at <= noon)


def test_a_damaged_row_is_named(few: Tampered) -> None:
    """A timeline with a hole would lie, so it is not given."""
    row = few.rows()[5]
    few.put(row._replace(state=b"{}"))
    with open_log(few.url) as log, pytest.raises(CorruptHistory, match=f"position {row.position} "):
        timeline(log, row.stream.split("/")[0])
