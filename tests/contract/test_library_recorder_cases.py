"""
The eventsourcing library's own recorder test cases, run on our recorders.

They are `unittest` cases made to be subclassed. Two of their hooks are used as meant: our
stream ids are text, and a fresh recorder is made for each test. One case is met through an
adapter: `AggregateRecorderTestCase` is written for recorders that give no positions and
demands that `insert_events` returns None; ours always gives positions, so `WithoutPositions`
drops them. No test of the library is overridden or left out. Its subscription test is optional
and not called: our recorders have no subscriptions.
"""

import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import AggregateRecorder, StoredEvent
from eventsourcing.tests import persistence as library

from dispatch.store.recorders import Recorder, open_recorder


class WithoutPositions(AggregateRecorder):
    """Our recorder, seen as one that keeps streams and no log."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Append, and keep the positions to itself."""
        self._recorder.insert_events(stored_events, **kwargs)

    def select_events(self, originator_id: UUID | str, **kwargs: Any) -> Sequence[StoredEvent]:
        """Read one stream."""
        return self._recorder.select_events(originator_id, **kwargs)


class OnStore(unittest.TestCase):
    """A fresh recorder for each test; subclasses say where."""

    url: str
    recorder: Recorder

    def setUp(self) -> None:
        """Open the store that the fixture has named."""
        self.recorder = open_recorder(self.url)
        self.addCleanup(self.recorder.close)

    def create_recorder(self) -> Any:
        """Give the recorder, as the library's cases ask for it; each declares another type."""
        return self.recorder

    def new_originator_id(self) -> str:
        """Give a stream id as ours are: text."""
        return f"riverside/request/{uuid4().hex}"


class StreamsOnly:
    """For the case whose recorders give no positions."""

    recorder: Recorder

    def create_recorder(self) -> Any:
        """Give the recorder through the adapter."""
        return WithoutPositions(self.recorder)


class InMemory(OnStore):
    """In memory."""

    url = "sqlite:///:memory:"


class OnFile(OnStore):
    """On a SQLite file."""

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.url = f"sqlite:///{tmp_path}/log.db"


class OnPostgres(OnStore):
    """On PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _database(self, postgres_database: str) -> None:
        self.url = postgres_database


class TestAggregateRecorderInMemory(StreamsOnly, InMemory, library.AggregateRecorderTestCase):
    """Streams."""


class TestAggregateRecorderOnFile(StreamsOnly, OnFile, library.AggregateRecorderTestCase):
    """Streams."""


class TestAggregateRecorderOnPostgres(StreamsOnly, OnPostgres, library.AggregateRecorderTestCase):
    """Streams."""


class TestApplicationRecorderInMemory(InMemory, library.ApplicationRecorderTestCase[Recorder]):
    """The log."""


class TestApplicationRecorderOnFile(OnFile, library.ApplicationRecorderTestCase[Recorder]):
    """The log."""


class TestApplicationRecorderOnPostgres(OnPostgres, library.ApplicationRecorderTestCase[Recorder]):
    """The log."""


class TestProcessRecorderInMemory(InMemory, library.ProcessRecorderTestCase):
    """The log and tracking in one transaction."""


class TestProcessRecorderOnFile(OnFile, library.ProcessRecorderTestCase):
    """The log and tracking in one transaction."""


class TestProcessRecorderOnPostgres(OnPostgres, library.ProcessRecorderTestCase):
    """The log and tracking in one transaction."""


class TestTrackingRecorderInMemory(InMemory, library.TrackingRecorderTestCase):
    """Tracking."""


class TestTrackingRecorderOnFile(OnFile, library.TrackingRecorderTestCase):
    """Tracking."""


class TestTrackingRecorderOnPostgres(OnPostgres, library.TrackingRecorderTestCase):
    """Tracking."""


class TestNonInterleavingPositionsInMemory(InMemory, library.NonInterleavingNotificationIDsBaseCase):
    """Saves of two threads lie one after the other."""


class TestNonInterleavingPositionsOnFile(OnFile, library.NonInterleavingNotificationIDsBaseCase):
    """Saves of two threads lie one after the other."""


class TestNonInterleavingPositionsOnPostgres(OnPostgres, library.NonInterleavingNotificationIDsBaseCase):
    """Saves of two threads lie one after the other."""
