"""A community is drained from its own rows: nobody else's are read, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dispatch import Dispatch, NumberedIds, Role
from dispatch.store.journal import Journal
from dispatch.store.sqlite import SQLiteRecorder
from tests.engine.town import Clock

HERE, THERE = "riverside", "hillside"
NEIGHBOURS = 150


class CountedRecorder(SQLiteRecorder):
    """A recorder that counts the rows of the log that it reads, by community."""

    read: Counter[str]

    def _fetch(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        rows = super()._fetch(sql, params)
        if "FROM stored_events" in sql:
            self.read.update(str(row[1]).partition("/")[0] for row in rows if len(row) > 1)
        return rows


def settle(engine: Dispatch, community: str, residents: int) -> None:
    """Register a community with one volunteer, its residents, and a request of each of five."""
    engine.register_community(community, name=community, duty="duty-desk")
    engine.register_building(community, "11号楼", floors=8, lift=True)
    with engine.batch(community) as batch:
        batch.register_responder(community, Role.VOLUNTEER, capacity=20)
        homes = [batch.register_resident(community, f"11号楼{1 + n % 8}{1 + n // 8:02}") for n in range(residents)]
        for home in homes[:5]:
            batch.open_request(community, "food", beneficiary=home)


def test_a_drain_reads_no_row_of_another_community(tmp_path: Path) -> None:
    """Cold and warm, with something to do and without: only rows of the drained community come from the log."""
    path = tmp_path / "two.db"
    with Dispatch.open(f"sqlite:///{path}", clock=Clock(), ids=NumberedIds()) as first:
        settle(first, THERE, NEIGHBOURS)
        settle(first, HERE, 6)
        own = sum(1 for _ in first.subscribe(community=HERE))
        recorder = CountedRecorder(path)
        recorder.read = Counter()
        engine = Dispatch(
            journal=Journal(recorder),
            sealer=first.sealer,
            settings=first.settings,
            wake=first.wake,
            clock=first.clock,
            ids=first.ids,
            actor=first.actor,
        )
        assert len(engine.drain(HERE).offers) > 0
        cold = Counter(recorder.read)
        assert set(cold) == {HERE}
        assert cold[HERE] >= own
        recorder.read.clear()
        assert engine.drain(HERE).offers == ()
        assert set(recorder.read) <= {HERE}
        assert recorder.read.total() < own
        recorder.close()
