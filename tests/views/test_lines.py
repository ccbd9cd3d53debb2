"""What people see: lines in order, about whom they ask, and nothing personal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch.domain.aggregates import AGGREGATES
from dispatch.domain.values import CommunityId, Sealed, Urgency
from dispatch.store.recorders import Recorder, open_recorder
from dispatch.views import Views
from dispatch.views.timeline import sealed_fields
from dispatch.words import Words
from tests.audit.day import HERE, THERE
from tests.views.tables import dump, views_of

RIVERSIDE = CommunityId(HERE)


@pytest.fixture
def recorder(lived_url: str) -> Iterator[Recorder]:
    """Open the day."""
    with open_recorder(lived_url) as opened:
        yield opened


@pytest.fixture
def views(recorder: Recorder) -> Views:
    """Follow it to the end."""
    followed = views_of(recorder)
    followed.follow()
    return followed


def test_nothing_personal_is_in_the_views(recorder: Recorder, views: Views) -> None:
    """No name, no note, and not their ciphertext either."""
    held = repr(dump(recorder))
    log = repr(recorder.select_rows(limit=100_000))
    assert "ciphertext" in log
    for canary in ("Wang Li", "Zhao Min", "the blue bag", "ciphertext", "nonce"):
        assert canary not in held
    assert all("ciphertext" not in repr(line) for line in views.timeline(RIVERSIDE, limit=10_000))


def test_every_sealed_field_is_known() -> None:
    """Whatever event class holds a sealed value at any depth, its field is left out of the views."""
    holding = 0
    for aggregate in AGGREGATES.values():
        for kind in aggregate.facts:
            fields = {name for name, field in kind.model_fields.items() if Sealed.__name__ in repr(field.annotation)}
            assert sealed_fields(kind) == fields
            holding += bool(fields)
            schema = kind.model_json_schema()
            open_fields = {
                name: schema["properties"][name] for name in schema.get("properties", {}) if name not in fields
            }
            assert Sealed.__name__ not in repr(open_fields)
    assert holding >= 3


def test_most_urgent_first(views: Views) -> None:
    """Threats to life stand above threats to health, and deadlines above what has time."""
    lines = [line for line in views.board(RIVERSIDE) if line.due_at is not None]
    ranks = [(line.urgency.rank, line.due_at) for line in lines]
    assert ranks == sorted(ranks)
    assert {line.urgency for line in lines} >= {Urgency.HEALTH, Urgency.HARDSHIP}


def test_legs_of_a_request_stand_together_in_their_order(views: Views) -> None:
    """Nobody has to search for the second half."""
    order = [line.request for line in views.board(RIVERSIDE)]
    assert [request for request, before in zip(order, [None, *order], strict=False) if request != before] == list(
        dict.fromkeys(order)
    )
    order_of_work = ("to_car", "to_hospital", "back_home", "to_door")
    for request in dict.fromkeys(order):
        legs = [line.leg for line in views.board(RIVERSIDE) if line.request == request and line.kind == "medical_ride"]
        assert legs == [leg for leg in order_of_work if leg in legs]


def test_the_latest_lines_oldest_first(views: Views) -> None:
    """A limit keeps the end of the story; lines of others are not in it."""
    everything = views.timeline(RIVERSIDE, limit=100_000)
    positions = [line.position for line in everything]
    assert positions == sorted(positions)
    assert views.timeline(RIVERSIDE, limit=10) == everything[-10:]
    assert {line.stream.split("/")[0] for line in everything} == {HERE}
    there = views.timeline(CommunityId(THERE), limit=100_000)
    assert {line.stream.split("/")[0] for line in there} == {THERE}
    assert len(everything) + len(there) == positions[-1] or there[-1].position > positions[-1]


def test_the_story_of_one(views: Views) -> None:
    """About a request stand its own events, who was chosen, and what the responders held for it."""
    received = next(line for line in views.timeline(RIVERSIDE, limit=100_000) if line.topic == "request.received")
    request = received.about[0]
    story = views.timeline(RIVERSIDE, about=request)
    assert story[0] == received
    assert {"request.triaged", "match.decided", "responder.offer_held"} <= {line.topic for line in story}
    assert all(request in line.about for line in story)
    assert views.timeline(RIVERSIDE, about=f"{request}#1") == views.timeline(RIVERSIDE, about=f"{request}/x") == story
    assert views.timeline(CommunityId(THERE), about=request) == ()
    chosen = next(line.params["responder"] for line in story if line.topic == "match.decided")
    assert any(line.topic == "responder.registered" for line in views.timeline(RIVERSIDE, about=chosen))


def test_every_line_is_ready_to_be_worded(views: Views) -> None:
    """What a line holds is what the catalogue needs, with instants as instants."""
    words = Words("en")
    for line in views.timeline(RIVERSIDE, limit=100_000):
        assert words.event(line.topic, line.params, zone="Asia/Shanghai")


def test_no_such_community(views: Views) -> None:
    """Somewhere unknown has nothing open and no story."""
    assert views.board(CommunityId("nowhere")) == ()
    assert views.timeline(CommunityId("nowhere")) == ()
