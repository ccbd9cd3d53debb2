"""Days in virtual time through the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from dispatch import CommunityId, Dispatch, NumberedIds, Offer, Refused, Rehearsal, RequestId, Urgency, VirtualClock
from dispatch.audit import open_log, replay
from dispatch.rehearsal import QUIET_MAX
from tests.engine.town import HERE, MORNING, Clock, Town, settle


class Stage:
    """A rehearsal in a settled community, and who was asked."""

    def __init__(self, store: str) -> None:
        self.clock = VirtualClock(MORNING)
        self.engine = Dispatch.open(store, clock=self.clock, ids=NumberedIds())
        self.town: Town = settle(self.engine, Clock())
        self.offers: list[Offer] = []
        self.rehearsal = Rehearsal(self.engine, self.clock, self.offers.append)

    def at(self, minutes: float, step: object) -> None:
        """Plan a step so many minutes after the morning."""
        self.rehearsal.plan(MORNING + timedelta(minutes=minutes), step)  # type: ignore[arg-type]

    def open(self, kind: str, **more: object) -> RequestId:
        """Open a request of the resident."""
        return self.engine.open_request(HERE, kind, beneficiary=self.town.resident, **more)  # type: ignore[arg-type]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give a rehearsal in memory."""
    made = Stage("sqlite:///:memory:")
    yield made
    made.engine.close()


def test_the_clock_jumps_and_never_goes_back(stage: Stage) -> None:
    """Each step happens at its instant, in order; a step planned for the past happens now."""
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, (stage.clock() - MORNING).total_seconds() / 60))

    stage.at(30, partial(note, "b"))
    stage.at(10, partial(note, "a"))
    stage.at(30, partial(note, "c"))
    stage.at(20, lambda: stage.at(5, partial(note, "late")))
    assert len(stage.rehearsal) == 4
    stage.rehearsal.play()
    assert seen == [("a", 10), ("late", 20), ("b", 30), ("c", 30)]
    assert len(stage.rehearsal) == 0
    stage.clock.move_to(MORNING)
    assert stage.clock() == MORNING + timedelta(minutes=30)


def test_playing_up_to_an_instant(stage: Stage) -> None:
    """What lies at the instant is played, the clock shows it, the rest stays planned."""
    seen: list[str] = []
    for minutes in (10, 20, 30):
        stage.at(minutes, partial(seen.append, str(minutes)))
    stage.rehearsal.play(MORNING + timedelta(minutes=20))
    assert seen == ["10", "20"]
    stage.rehearsal.play(MORNING + timedelta(minutes=25))
    assert stage.clock() == MORNING + timedelta(minutes=25)
    assert len(stage.rehearsal) == 1
    stage.rehearsal.play()
    assert seen == ["10", "20", "30"]


def test_after_each_step_the_engine_ticks(stage: Stage) -> None:
    """Offers are told as in service; what runs out does so at its instant, without anybody planning it."""
    stage.at(1, lambda: stage.open("garbage"))
    stage.rehearsal.play()
    first, second, *_ = stage.offers
    assert (first.responder, second.responder) == (stage.town.captain, stage.town.cadre)
    lapsed = next(e for e in stage.engine.subscribe() if e.topic == "request.offer_lapsed")
    assert lapsed.meta.recorded_at == first.answer_by


def test_a_refused_step_is_counted_and_the_day_goes_on(stage: Stage) -> None:
    """What came too late in the rehearsed day is counted by its code; any other error stops it."""
    stage.at(1, lambda: stage.open("piano_lessons"))
    stage.at(2, lambda: stage.open("piano_lessons"))
    stage.at(3, lambda: stage.open("garbage"))
    stage.rehearsal.play(MORNING + timedelta(minutes=3))
    assert dict(stage.rehearsal.refused) == {"unknown_kind": 2}
    assert stage.offers
    stage.at(4, lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        stage.rehearsal.play()


def test_an_alarm_nobody_takes_does_not_ring_for_ever(stage: Stage) -> None:
    """The play ends although the alarm would be raised again without end; taken, it ends by itself."""
    stage.at(1, lambda: stage.open("food", urgency=Urgency.LIFE))
    stage.rehearsal.play()
    repeats = [event.topic for event in stage.engine.subscribe()].count("request.alarm_repeated")
    assert QUIET_MAX // 2 < repeats <= QUIET_MAX + 10


def test_the_same_day_twice(tmp_path: object) -> None:
    """Numbered ids and a virtual clock: two runs write the same log, byte for byte, and it replays."""
    digests = set()
    for name in ("one", "two"):
        store = f"sqlite:///{tmp_path}/{name}.db"
        made = Stage(store)
        for minutes in range(12):
            made.at(minutes * 7, partial(made.open, ("garbage", "food", "parcel")[minutes % 3]))
        made.rehearsal.play(MORNING + timedelta(hours=4))
        made.engine.close()
        with open_log(store) as log:
            report = replay(log)
        assert report.findings == report.unchecked == ()
        assert report.decisions > 12
        digests.add((report.digest, report.events))
    assert len(digests) == 1


def test_numbered_ids() -> None:
    """Sixteen digits, counting up, that the engine takes for ids."""
    ids = NumberedIds()
    assert [ids(), ids()] == ["0000000000000001", "0000000000000002"]
    with Dispatch.open("sqlite:///:memory:", clock=VirtualClock(MORNING), ids=NumberedIds()) as engine:
        assert engine.register_community(HERE, name="X", duty="desk") == CommunityId(HERE)
        with pytest.raises(Refused):
            engine.register_community(HERE, name="Y", duty="desk")
