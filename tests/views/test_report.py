"""The daily report: counted by hand from a day that is told here, and shares that mean what they say."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from dispatch import Actor, Dispatch, NumberedIds, Role, VirtualClock
from dispatch.views.coverage import Ratio
from dispatch.views.report import DailyReport, Waits, share, together

BEIJING = timezone(timedelta(hours=8))
MORNING = datetime(2022, 5, 12, 8, 0, tzinfo=BEIJING)
HERE = "riverside"


def test_a_share_counts_part_of_its_whole() -> None:
    """Whoever counts people who are not in the denominator gets no share (R22: 66.1 % or 67.1 %)."""
    assert share({"a"}, {"a", "b"}, of="asked", over="on_duty") == Ratio(1, 2, of="asked", over="on_duty")
    with pytest.raises(ValueError, match="not among on_duty"):
        share({"a", "c"}, {"a", "b"}, of="asked", over="on_duty")


def test_shares_of_communities_add_and_are_never_averaged() -> None:
    """1 of 2 and 9 of 10 are 10 of 12; shares of different things cannot be added."""
    halves = [Ratio(1, 2, of="asked", over="on_duty"), Ratio(9, 10, of="asked", over="on_duty")]
    assert together(halves) == Ratio(10, 12, of="asked", over="on_duty")
    with pytest.raises(ValueError, match="cannot be added"):
        together([*halves, Ratio(1, 2, of="confirmed", over="delivered")])
    with pytest.raises(ValueError, match="cannot be added"):
        together([])


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([], Waits(0, 0, 0, 0)),
        ([7], Waits(1, 7, 7, 7)),
        ([1, 2], Waits(2, 1, 2, 2)),
        (range(1, 101), Waits(100, 50, 95, 100)),
    ],
)
def test_waits_by_nearest_rank(minutes: range | list[int], expected: Waits) -> None:
    """Median and 95th percentile are waits that somebody had."""
    assert Waits.of(60 * minute + 59 for minute in minutes) == expected


def told() -> tuple[DailyReport, DailyReport, str]:
    """Tell a day: one request late at night before, two in it; three on duty, one of them never asked."""
    clock = VirtualClock(MORNING - timedelta(hours=10))
    with Dispatch.open("sqlite:///:memory:", clock=clock, ids=NumberedIds()) as engine:
        engine.register_community(HERE, name="河畔社区", duty="duty-desk")
        engine.register_building(HERE, "1号楼", floors=9, lift=True)
        shift = [(MORNING, MORNING + timedelta(hours=8))]
        captain = engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home="1号楼5层", capacity=10, shifts=shift)
        engine.register_responder(HERE, Role.CADRE, capacity=20, shifts=shift)
        idle = engine.register_responder(HERE, Role.FLOOR_CAPTAIN, home="1号楼9层", capacity=10, shifts=shift)
        home = engine.register_resident(HERE, "1号楼501室")
        engine.open_request(HERE, "childcare", beneficiary=home)
        clock.move_to(MORNING)
        first = engine.open_request(HERE, "garbage", beneficiary=home)
        clock.move_to(MORNING + timedelta(minutes=12))
        for _ in range(2):
            for offer in engine.tick().offers:
                if offer.leg.startswith(first):
                    clock.move_to(clock() + timedelta(minutes=30))
                    engine.accept(HERE, offer.offer, on_behalf_of=offer.responder)
                    leg = offer.leg.rpartition("/")[2]
                    engine.complete(HERE, first, leg, on_behalf_of=offer.responder)
        engine.confirm(HERE, first, by=Actor(id=home, role=Role.RESIDENT))
        engine.close_request(HERE, first)
        lost = engine.open_request(HERE, "food", beneficiary=home, urgency="health")
        engine.cancel(HERE, lost, reason="mistake")
        today, before = engine.daily_report(HERE), engine.daily_report(HERE, clock().date() - timedelta(days=1))
        assert captain != idle
        return today, before, idle


def test_a_day_counted_by_hand() -> None:
    """Received, ended, open, waits, shares, work and who was never asked, each as told."""
    today, before, idle = told()
    assert today.received == {"food": {"health": 1}, "garbage": {"none": 1}}
    assert before.received == {"childcare": {"hardship": 1}}
    assert today.ended == {"confirmed": 1, "mistake": 1}
    assert (before.ended, before.open_at_end, today.open_at_end) == ({}, 1, 1)
    assert today.to_first_yes["none"] == Waits(1, 42, 42, 42)
    assert today.to_delivery["none"] == Waits(1, 72, 72, 72)
    shares = {ratio.of: (ratio.numerator, ratio.denominator) for ratio in today.shares}
    assert shares["delivered_in_time"] == (1, 1)
    assert shares["confirmed"] == (1, 1)
    assert shares["asked"] == (2, 3)
    assert today.never_asked == (idle,)
    assert sum(today.worked.values()) == 2
    assert idle not in today.worked
    assert before.shares[-1] == Ratio(0, 0, of="asked", over="on_duty")
