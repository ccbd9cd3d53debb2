"""Every topic has one frozen payload for each of its versions, and each is still read as it was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.aggregates import AGGREGATES
from dispatch.domain.values import Fact
from dispatch.store.codec import TOPICS, SchemaGap, TopicTable, Undecodable
from tests.codec.freeze import PAYLOADS, expected, freeze
from tests.codec.rows import row_of


def frozen(name: str) -> bytes:
    """Read one payload; the line break at its end is the file's."""
    return (PAYLOADS / name).read_bytes().removesuffix(b"\n")


def test_each_topic_and_version_has_one_payload() -> None:
    """None is missing (`python -m tests.codec.freeze`), and none is left of a topic that is gone."""
    assert sorted(path.name for path in PAYLOADS.iterdir()) == sorted(expected())


@pytest.mark.parametrize("name", sorted(path.name for path in PAYLOADS.glob("*.json")))
def test_a_payload_comes_back_as_the_same_bytes(name: str) -> None:
    """What was stored once is read, and would be stored alike today."""
    state = frozen(name)
    event = TOPICS.decode(row_of(expected()[name], state))
    assert event.topic == expected()[name]
    assert TOPICS.encode(event.meta, event.fact) == state


@pytest.mark.parametrize("name", sorted(expected()))
def test_a_payload_is_read_as_no_other_event_of_its_aggregate(name: str) -> None:
    """A topic changed in the store is noticed, because no two classes of an aggregate take the same body."""
    topic, state = expected()[name], frozen(name)
    (aggregate,) = [a for a in AGGREGATES.values() if TOPICS.topics[topic] in a.facts]
    for other in {fact.TOPIC for fact in aggregate.facts} - {topic}:
        with pytest.raises(Undecodable):
            TOPICS.decode(row_of(other, state))


def test_freezing_leaves_what_is_there_alone(tmp_path: Path) -> None:
    """Only missing payloads are written."""
    names = sorted(expected())
    (tmp_path / names[0]).write_bytes(b"old")
    assert freeze(tmp_path) == [name for name in expected() if name != names[0]]
    assert (tmp_path / names[0]).read_bytes() == b"old"
    assert freeze(tmp_path) == []


def test_two_classes_cannot_share_a_topic() -> None:
    """The program does not start with such a table."""
    (aggregate, *_) = AGGREGATES.values()
    with pytest.raises(SchemaGap, match=r"community\.registered is declared by two"):
        TopicTable([aggregate, aggregate])


def test_a_gap_in_the_versions_stops_the_program() -> None:
    """A class at version 2 with nothing that reads version 1 is refused when the table is built."""
    (aggregate, *_) = AGGREGATES.values()

    class Raised(Fact):
        TOPIC = "community.raised"
        SCHEMA = 2

    gap = type(aggregate)(name=aggregate.name, evolve=aggregate.evolve, facts=(Raised,))
    with pytest.raises(SchemaGap, match=r"community\.raised is at schema 2"):
        TopicTable([gap])
