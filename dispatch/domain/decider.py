"""Decide and fold: the two pure functions everything stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from .values import Fact, Stream

Stage = TypeVar("Stage")
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Absent:
    """The state of every stream before its first event."""


ABSENT = Absent()


class Changes(NamedTuple):
    """Events to append to one stream, in order."""

    stream: Stream
    events: tuple[Fact, ...]


Decision = tuple[Changes, ...]
"""What one command changes, over one or more streams; empty when nothing new happened."""

NOTHING: Decision = ()


class Read(Protocol):
    """
    Return the state of a stream.

    Every stream read is guarded by its version when the decision is saved, so a decision over
    several streams is as safe as one over a single stream.
    """

    def __call__(self, stream: Stream, /) -> Any:
        """Return `ABSENT` for a stream without events."""


Evolve = Callable[[Any, Any], Any]


def _never_over(_state: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """
    One kind of stream.

    Attributes
    ----------
    name
        Second part of the stream ids.
    evolve
        ``evolve(state, event) -> state``; pure; raises `CorruptHistory` for an impossible pair only.
    facts
        Its event classes: their topics form the closed topic table.
    is_over
        Tells of a state that nothing follows any more: the matching board drops it then.
    afterwards
        Events that may be written of what is over, and leave it over: the matching board passes them by.
    """

    name: str
    evolve: Evolve
    facts: tuple[type[Fact], ...]
    is_over: Callable[[Any], bool] = _never_over
    afterwards: tuple[type[Fact], ...] = ()


def fold(evolve: Evolve, events: Iterable[Fact], state: Any = ABSENT) -> Any:
    """Return the state after `events`."""
    for event in events:
        state = evolve(state, event)
    return state


def as_stage(base: type[Any], stage: type[Stage], state: Any, **changes: Any) -> Stage:
    """Return a state in another stage: the fields of their common base are carried over, but for `changes`."""
    return stage(**{name: getattr(state, name) for name in base.__dataclass_fields__} | changes)


def with_item(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    """Return a copy of `mapping` in which `key` holds `value`."""
    return {**mapping, key: value}


def without(mapping: Mapping[K, V], key: K) -> dict[K, V]:
    """Return a copy of `mapping` without `key`."""
    return {k: v for k, v in mapping.items() if k != key}


class Gathered:
    """Collects events per stream in first-touched order, so that one save holds one run of versions per stream."""

    def __init__(self) -> None:
        self._events: dict[Stream, list[Fact]] = {}

    def add(self, stream: Stream, *events: Fact) -> None:
        """Append events to a stream's list."""
        self._events.setdefault(stream, []).extend(events)

    def decision(self) -> Decision:
        """Return everything gathered."""
        return tuple(Changes(stream, tuple(events)) for stream, events in self._events.items() if events)
