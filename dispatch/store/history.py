"""Every way of reading the log: folded states, streams, the whole log in order, as-of positions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from ..domain.aggregates import aggregate_of
from ..domain.decider import ABSENT
from ..domain.values import CommunityId, Stream
from .codec import TOPICS
from .issued import to_micros
from .outage import LOG
from .recorded import Recorded
from .recorders import Recorder, Row


class History:
    """
    The log of all communities in one database, for reading.

    Parameters
    ----------
    recorder
        Where it is stored.
    state_cache_max
        Folded states kept in memory; states are immutable, so they are shared safely.
    read_batch
        Rows per reading of the log.
    """

    def __init__(self, recorder: Recorder, *, state_cache_max: int = 20_000, read_batch: int = 1_000) -> None:
        self.recorder = recorder
        self._states: OrderedDict[Stream, tuple[Any, int]] = OrderedDict()
        self._states_max = state_cache_max
        self._read_batch = read_batch
        self._lock = Lock()

    def state(self, stream: Stream, *, fresh: bool = True) -> tuple[Any, int]:
        """
        Return the folded state of a stream and its version, (`ABSENT`, 0) when it does not exist.

        Parameters
        ----------
        fresh
            False accepts a kept state without asking the store; saving guards it by its version.

        Raises
        ------
        Undecodable
            A row of this stream is no event of this library.
        """
        with self._lock:
            kept = self._states.get(stream)
        if kept is not None and not fresh:
            return kept
        state, version = kept if kept is not None else (ABSENT, 0)
        with LOG:
            rows = self.recorder.select_stream(stream, gt=version)
        if not rows:
            return state, version
        state, version = _folded(stream, rows, state), rows[-1].version
        self._keep(stream, state, version)
        return state, version

    def state_at(self, stream: Stream, position: int) -> Any:
        """Return the state of a stream as it was at a log position."""
        return self._state_until(stream, position)[0]

    def _state_until(self, stream: Stream, position: int) -> tuple[Any, int]:
        with LOG:
            rows = self.recorder.select_stream(stream)
        # Versions and positions of a stream rise together, so what came later is a tail.
        known = [row for row in rows if row.position <= position]
        return _folded(stream, known, ABSENT), known[-1].version if known else 0

    def _keep(self, stream: Stream, state: Any, version: int) -> None:
        with self._lock:
            kept = self._states.get(stream)
            if kept is not None and kept[1] > version:
                return
            self._states[stream] = (state, version)
            self._states.move_to_end(stream)
            while len(self._states) > self._states_max:
                self._states.popitem(last=False)

    def _forget(self, stream: Stream, *, above: int) -> None:
        """Drop a kept state that the store has not: it was set back, as by a restored copy or a lost standby."""
        with self._lock:
            kept = self._states.get(stream)
            if kept is not None and kept[1] > above:
                del self._states[stream]

    def stream(self, stream: Stream, *, lte: int | None = None) -> tuple[Recorded, ...]:
        """Return the events of one stream, up to a version."""
        with LOG:
            rows = self.recorder.select_stream(stream, lte=lte)
        return tuple(map(TOPICS.decode, rows))

    def head(self) -> int:
        """Return the last position, 0 for an empty log."""
        with LOG:
            return self.recorder.last_position()

    def heads(self) -> dict[str, int]:
        """Return the last position of each community."""
        with LOG:
            return self.recorder.community_heads()

    def position_at(self, instant: datetime) -> int:
        """Return the last position recorded at or before an instant: what was known then."""
        with LOG:
            return self.recorder.position_at(to_micros(instant))

    def read(
        self,
        *,
        gt: int = 0,
        lte: int | None = None,
        community: CommunityId | None = None,
        topics: Sequence[str] = (),
    ) -> Iterator[Recorded]:
        """
        Yield the events of the log in order, from after `gt` up to `lte` (default: the head when called).

        Raises
        ------
        Undecodable
            At the first row that is no event of this library; those before it were yielded. Its
            position is in the error's `fields`, so that a reader may go on after it.
        """
        stop = self.head() if lte is None else lte
        prefix = f"{community}/" if community is not None else None
        return self._read(gt, stop, prefix=prefix, topics=topics)

    def _read(self, gt: int, stop: int, *, prefix: str | None, topics: Sequence[str]) -> Iterator[Recorded]:
        while gt < stop:
            with LOG:
                rows = self.recorder.select_rows(gt=gt, lte=stop, limit=self._read_batch, prefix=prefix, topics=topics)
            yield from map(TOPICS.decode, rows)
            if len(rows) < self._read_batch:
                return
            gt = rows[-1].position

    def close(self) -> None:
        """Close the store's connections."""
        self.recorder.close()


def _folded(stream: Stream, rows: Sequence[Row], state: Any) -> Any:
    evolve = aggregate_of(stream).evolve
    for row in rows:
        state = evolve(state, TOPICS.decode(row).fact)
    return state
