"""
Board: the immutable picture of one community that a match run sees.

It is folded from the very deciders that guard the log, so there is no second reading of the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

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

_EMPTY: Mapping[Any, Any] = MappingProxyType({})
_MAPS = {"request": "requests", "responder": "responders", "resident": "residents"}
_SINGLES = {"community": "register", "match": "run"}


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
    """

    community: CommunityId
    position: int = 0
    register: Any = ABSENT
    run: Any = ABSENT
    requests: Mapping[RequestId, HelpRequest] = field(default_factory=lambda: _EMPTY)
    responders: Mapping[ResponderId, Responder] = field(default_factory=lambda: _EMPTY)
    residents: Mapping[ResidentId, Resident] = field(default_factory=lambda: _EMPTY)

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

    def read(self, stream: Stream, /) -> Any:
        """Return the state of a stream as this board holds it; a dropped request reads as absent."""
        _, aggregate, *rest = stream.split("/", 2)
        if aggregate in _SINGLES:
            return getattr(self, _SINGLES[aggregate])
        return getattr(self, _MAPS[aggregate]).get(rest[0], ABSENT)


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
        name = _MAPS[aggregate]
        if name not in changed:
            changed[name] = dict(getattr(board, name))
        states = changed[name]
        state = _next(aggregate, states.get(local, ABSENT), event)
        if isinstance(state, HelpRequest) and not state.is_open:
            states.pop(local, None)
        else:
            states[local] = state
    frozen: dict[str, Any] = {
        name: MappingProxyType(value) if isinstance(value, dict) else value for name, value in changed.items()
    }
    return replace(board, position=position, **frozen)


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
