"""Folding a batch of the log into rows: pure functions of the log's prefix, so a lost race costs nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..domain import aggregates
from ..domain.community import BuildingRegistered
from ..domain.decider import ABSENT
from ..domain.errors import CorruptHistory
from ..domain.help_request import HelpRequest
from ..domain.match_run import MatchDecided, ShortfallFound
from ..domain.values import CommunityId, RequestId, Stream, request_of
from ..store.codec import TOPICS
from ..store.recorded import Recorded, community_of
from ..store.recorders import Recorder, Row
from .board import Rows, rows_of
from .timeline import row_of

BAD_DATA = (CorruptHistory, LookupError, ArithmeticError, ValueError, TypeError, AttributeError)
"""What folding may raise on a log that somebody has altered: never more than its own community stops."""

REQUEST = "request"
STATES_KEPT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a community stands still: the last position that could be folded, and what is wrong with the next."""

    community: CommunityId
    position: int
    damaged: int
    code: str


@dataclass(slots=True)
class Folded:
    """What a batch changes, by key: the last word of the batch for each."""

    requests: dict[tuple[CommunityId, RequestId], HelpRequest] = field(default_factory=dict)
    shortfalls: dict[tuple[CommunityId, RequestId, str], tuple[int, str] | None] = field(default_factory=dict)
    ended: dict[tuple[CommunityId, RequestId], None] = field(default_factory=dict)
    buildings: dict[tuple[CommunityId, str], str] = field(default_factory=dict)
    timeline: Rows = field(default_factory=list)
    about: Rows = field(default_factory=list)
    stops: dict[CommunityId, Stop] = field(default_factory=dict)

    def board(self) -> Rows:
        """Return the rows of the requests that the batch touched, as they are after it."""
        return [
            row for (community, request), state in self.requests.items() for row in rows_of(community, request, state)
        ]


class Folder:
    """
    Folds batches, and keeps the states of the requests it has seen.

    A kept state belongs to a version of an immutable log, so it stays true whoever writes the views.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._states: OrderedDict[Stream, tuple[Any, int]] = OrderedDict()

    def forget(self) -> None:
        """Drop the kept states."""
        self._states.clear()

    def fold(self, rows: Iterable[Row], *, stopped: Collection[str]) -> Folded:
        """
        Return what rows of the log change.

        Parameters
        ----------
        stopped
            Communities to pass over. One with a row that cannot be folded is passed over from there on.
        """
        folded = Folded()
        for row in rows:
            community = community_of(str(row.stream))  # SQLite stores what it is given
            if community in stopped or community in folded.stops:
                continue
            try:
                event = TOPICS.decode(row)
                self._apply(event, community, folded)
            except BAD_DATA as damage:
                code = _code(damage)
                folded.stops[community] = Stop(community, row.position - 1, row.position, code)
        return folded

    def _apply(self, event: Recorded, community: CommunityId, folded: Folded) -> None:
        aggregate = aggregates.aggregate_of(event.stream)
        fact = event.fact
        if aggregate.name == REQUEST:
            self._request(event, community, folded)
        elif isinstance(fact, ShortfallFound):
            key = (community, request_of(fact.leg), fact.leg.rpartition("/")[2])
            folded.shortfalls[key] = (fact.missing, " ".join(fact.relaxation))
        elif isinstance(fact, MatchDecided):
            folded.shortfalls[community, request_of(fact.leg), fact.leg.rpartition("/")[2]] = None
        elif isinstance(fact, BuildingRegistered):
            folded.buildings[community, fact.building.building] = fact.building.name
        row = row_of(event)
        folded.timeline.append(row)
        folded.about.extend((community, about, event.position) for about in row[10].split())

    def _request(self, event: Recorded, community: CommunityId, folded: Folded) -> None:
        request = RequestId(event.stream.split("/", 2)[2])
        state = self._state(event)
        folded.requests[community, request] = state
        if not state.is_open:
            folded.ended[community, request] = None
            self._states.pop(event.stream, None)

    def _state(self, event: Recorded) -> HelpRequest:
        state, version = self._states.get(event.stream, (ABSENT, 0))
        if version + 1 == event.version:
            state = aggregates.evolve(event.stream, state, event.fact)
        else:
            state = self._refold(event, state if version < event.version else ABSENT, version)
        self._states[event.stream] = (state, event.version)
        self._states.move_to_end(event.stream)
        while len(self._states) > STATES_KEPT_MAX:
            self._states.popitem(last=False)
        folded_state: HelpRequest = state
        return folded_state

    def _refold(self, event: Recorded, state: Any, version: int) -> Any:
        version = version if version < event.version else 0
        for row in self._recorder.select_stream(event.stream, gt=version, lte=event.version):
            if row.version != version + 1:
                break
            state, version = aggregates.evolve(event.stream, state, TOPICS.decode(row).fact), row.version
        if version != event.version:
            raise CorruptHistory(
                f"Stream {event.stream} has no version {version + 1} before {event.version}.", problem="missing_version"
            )
        return state


def _code(damage: Exception) -> str:
    if isinstance(damage, CorruptHistory):
        return str(damage.fields.get("problem", damage.code))
    return CorruptHistory.code
