"""The checks of a log find what they are there for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dispatch import Dispatch, MatchDecided, OfferMade, Recorded
from dispatch.domain.responder import OfferHeld
from tests.e2e.checks import at_rest, faults
from tests.e2e.places import RIVERSIDE, register

Events = list[Recorded]


def replace(event: Recorded, **changes: Any) -> Recorded:
    """Give the event with other fields."""
    fields = {name: getattr(event, name) for name in ("position", "stream", "version", "meta", "fact")}
    return Recorded(**(fields | changes))


def numbered(events: Events) -> Events:
    """Give the events positions without gaps."""
    return [replace(event, position=position) for position, event in enumerate(events, 1)]


def without(kind: type) -> Callable[[Events], Events]:
    """Leave out the last event of a kind."""

    def leave_out(events: Events) -> Events:
        last = max(event.position for event in events if isinstance(event.fact, kind))
        return numbered([event for event in events if event.position != last])

    return leave_out


def another_offer(events: Events) -> Events:
    """Offer the leg that is out already to somebody else, as a second matcher would that nobody fenced."""
    (decided,) = (event for event in events if isinstance(event.fact, MatchDecided))
    save = [event for event in events if event.meta.command == decided.meta.command]
    other = next(e.stream for e in events if e.stream.startswith("riverside/responder/") and e.stream != save[2].stream)
    doubled = []
    for event in save:
        fact = event.fact.model_copy(update={"offer": f"{decided.fact.offer}9"})  # type: ignore[attr-defined]
        if not isinstance(fact, OfferHeld):
            fact = fact.model_copy(update={"responder": other.rsplit("/", 1)[1]})
        stream = other if isinstance(fact, OfferHeld) else event.stream
        doubled.append(replace(event, stream=stream, fact=fact, meta=event.meta.model_copy(update={"command": "x"})))
    return numbered([*events, *doubled])


def again(events: Events) -> Events:
    """Record the last save once more."""
    last = events[-1].meta.command
    between = replace(events[0], meta=events[0].meta.model_copy(update={"command": "between"}))
    return numbered([*events, between, *(event for event in events if event.meta.command == last)])


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (without(OfferHeld), "held []"),
        (without(OfferMade), "made []"),
        (without(MatchDecided), "decided []"),
        (another_offer, "is held 2 times"),
        (again, "was done 2 times"),
        (lambda events: [*events[:3], *events[4:]], "positions are not 1…n"),
    ],
)
def test_a_spoilt_log_is_found(spoil: Callable[[Events], Events], finding: str) -> None:
    """A sound log has no faults; each kind of damage is named."""
    with Dispatch.open("sqlite:///:memory:") as engine:
        community = register(engine)
        engine.open_request(RIVERSIDE, "garbage", beneficiary=community.residents[0])
        assert not at_rest(engine, RIVERSIDE)
        engine.tick()
        assert at_rest(engine, RIVERSIDE)
        events = list(engine.subscribe())
    assert faults(events) == []
    assert [fault for fault in faults(spoil(events)) if finding in fault]
