"""
Board: the immutable picture of one community that a match run sees.

It is folded from the very deciders that guard the log, so there is no second reading of the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from ..domain.aggregates import AGGREGATES
from ..domain.community import Registered
from ..domain.decider import ABSENT
from ..domain.errors import CorruptHistory
from ..domain.help_request import HelpRequest
from ..domain.match_run import MatchRun
from ..domain.resident import Resident
from ..domain.responder import Responder
from ..domain.values import CommunityId, Fact, RequestId, ResidentId, ResponderId, Stream

IMPOSSIBLE = (LookupError, ArithmeticError, ValueError, TypeError, AttributeError)
"""What folding an event may raise that contradicts those before it: of a log that somebody has altered."""

K = TypeVar("K")

_EMPTY: Mapping[Any, Any] = MappingProxyType({})
_MAPS = {"request": "requests", "responder": "responders", "resident": "residents"}
_SINGLES = {"community": "register", "match": "run"}
_ALONE = ""
"""Stands for the id of a stream that is the only one of its aggregate."""


class Happened(Protocol):
    """An event with its place in the log."""

    @property
    def position(self) -> int:
        """Its place in the log."""

    @property
    def stream(self) -> Stream:
        """The stream it belongs to."""

    @property
    def fact(self) -> Fact:
        """What happened."""


@dataclass(frozen=True, slots=True)
class Board:
    """
    One community at a log position.

    Attributes
    ----------
    position
        The last event of this community that it holds.
    requests
        Open requests only; what is closed is dropped.
    others
        The states of every other aggregate by its name and id; what is over is dropped.
    """

    community: CommunityId
    position: int = 0
    register: Any = ABSENT
    run: Any = ABSENT
    requests: Mapping[RequestId, HelpRequest] = field(default_factory=lambda: _EMPTY)
    responders: Mapping[ResponderId, Responder] = field(default_factory=lambda: _EMPTY)
    residents: Mapping[ResidentId, Resident] = field(default_factory=lambda: _EMPTY)
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _EMPTY)

    @property
    def is_registered(self) -> bool:
        """Tell whether the community takes requests."""
        return isinstance(self.register, Registered)

    @property
    def place_register(self) -> Registered:
        """
        The community's state.

        Raises
        ------
        CorruptHistory
            Events of a community that was never registered.
        """
        if not isinstance(self.register, Registered):
            raise CorruptHistory(
                f"Community {self.community} has events and no registration.", community=self.community
            )
        return self.register

    @property
    def match_run(self) -> MatchRun:
        """The matcher's own state."""
        return self.run if isinstance(self.run, MatchRun) else MatchRun()

    def isolated_at_home(self, responder: Responder) -> bool:
        """Tell whether a responder is isolated as a resident: a captain's own isolation counts (A2)."""
        resident = self.residents.get(responder.resident) if responder.resident is not None else None
        return resident is not None and resident.isolated

    def all(self, aggregate: str) -> Mapping[str, Any]:
        """
        Return the states of an aggregate that are not over, by id.

        Raises
        ------
        LookupError
            No such aggregate, or one of which a community has a single stream with a name of its own here.
        """
        if aggregate in _MAPS:
            states: Mapping[str, Any] = getattr(self, _MAPS[aggregate])
            return states
        if aggregate in _SINGLES or aggregate not in AGGREGATES:
            raise LookupError(f"no aggregate {aggregate} with ids")
        return self.others.get(aggregate, _EMPTY)

    def read(self, stream: Stream, /) -> Any:
        """Return the state of a stream as this board holds it; what is dropped reads as absent."""
        _, aggregate, *rest = stream.split("/", 2)
        if aggregate in _SINGLES:
            return getattr(self, _SINGLES[aggregate])
        return self.all(aggregate).get(rest[0] if rest else _ALONE, ABSENT)


def differing(before: Mapping[K, object], now: Mapping[K, object]) -> set[K]:
    """Return what has another state than before, is new, or is gone; states that are the same object are the same."""
    if before is now:
        return set()
    found = {key for key, state in now.items() if before.get(key) is not state}
    new = sum(1 for key in found if key not in before)
    return found if len(now) == len(before) + new else found | (before.keys() - now.keys())


def advance(board: Board, events: Iterable[Happened]) -> Board:
    """
    Return the board after more events of its community, in log order.

    Each map is copied once per call, so hundreds of events cost one copy.

    Raises
    ------
    CorruptHistory
        An event that cannot follow, or one of another community.
    """
    changed: dict[str, Any] = {}
    maps: dict[str, dict[str, Any]] = {}
    position = board.position
    prefix = f"{board.community}/"
    for event in events:
        if not event.stream.startswith(prefix) or event.position <= position:
            raise CorruptHistory(f"The event at position {event.position} is out of place.", position=event.position)
        position = event.position
        aggregate, _, local = event.stream[len(prefix) :].partition("/")
        if aggregate not in AGGREGATES:
            raise CorruptHistory(f"Stream {event.stream} belongs to no known aggregate.", stream=event.stream)
        if aggregate in _SINGLES:
            name = _SINGLES[aggregate]
            changed[name] = _next(aggregate, changed.get(name, getattr(board, name)), event)
            continue
        if aggregate not in maps:
            maps[aggregate] = _copied(board.all(aggregate))
        states = maps[aggregate]
        if local not in states and isinstance(event.fact, AGGREGATES[aggregate].afterwards):
            continue  # written of what is over, and dropped
        state = _next(aggregate, states.get(local, ABSENT), event)
        if AGGREGATES[aggregate].is_over(state):
            states.pop(local, None)
        else:
            states[local] = state
    return replace(board, position=position, **changed, **_frozen(board, maps))


def _copied(states: Mapping[str, Any]) -> dict[str, Any]:
    # A dict that copies itself copies its table at once; through a view each key is looked up again, ten times slower.
    return states.copy() if isinstance(states, MappingProxyType | dict) else dict(states)


def _frozen(board: Board, maps: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    named = {_MAPS[name]: MappingProxyType(states) for name, states in maps.items() if name in _MAPS}
    others = {name: MappingProxyType(states) for name, states in maps.items() if name not in _MAPS}
    return {**named, "others": MappingProxyType({**board.others, **others})} if others else named


def _next(aggregate: str, state: Any, event: Happened) -> Any:
    """Return a state after an event; what cannot follow is told with its place in the log."""
    try:
        return AGGREGATES[aggregate].evolve(state, event.fact)
    except CorruptHistory as damage:
        damage.fields.setdefault("position", event.position)
        raise
    except IMPOSSIBLE as error:
        raise CorruptHistory(
            f"The event at position {event.position} cannot follow ({type(error).__name__}): the journal is damaged "
            "here. Stop writing to this community and run `dispatch doctor`.",
            position=event.position,
            stream=event.stream,
        ) from error
