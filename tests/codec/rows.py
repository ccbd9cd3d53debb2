"""Rows as a store would give them."""

from __future__ import annotations

from typing import Final

from dispatch.domain.aggregates import AGGREGATES
from dispatch.store.codec import TOPICS
from dispatch.store.recorders import Row

_AGGREGATE_OF: Final = {fact.TOPIC: aggregate.name for aggregate in AGGREGATES.values() for fact in aggregate.facts}


def row_of(topic: str, state: bytes) -> Row:
    """Give the row of an event on a stream of its aggregate."""
    return Row(17, f"riverside/{_AGGREGATE_OF[topic]}/q-00000000000000b1", 4, topic, state)


def topics() -> list[str]:
    """List every topic."""
    return sorted(TOPICS.topics)
