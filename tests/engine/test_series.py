"""Series through the façade: arranged once, opened day by day, changed one at a time (R9, R13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from dispatch import Refused, SeriesId
from dispatch.domain.series import Ended
from tests.engine.town import HERE, MORNING, NAIVE, Town, refusal_of

TOMORROW = MORNING + timedelta(days=1)
"""08:30 in Shanghai."""
NEW_YORK = ZoneInfo("America/New_York")


def arranged(town: Town, **more: object) -> SeriesId:
    """Arrange seven daily infusions of the resident on the walk-up's 6th floor."""
    shape: dict[str, object] = {"beneficiary": town.high, "rule": "FREQ=DAILY;COUNT=7", "starts": TOMORROW}
    return town.engine.start_series(HERE, "stair_carry", **(shape | more))  # type: ignore[arg-type]


def states(town: Town, series: SeriesId) -> list[str]:
    """Return the states of all occurrences."""
    return [line.state for line in town.engine.occurrences(HERE, series)]


def test_each_day_has_its_request(town: Town) -> None:
    """Opened by the tick half a day ahead, seven in all; after the last one the series is over."""
    series = arranged(town, note="三楼,坐轮椅")
    town.engine.tick()
    assert states(town, series) == ["upcoming"] * 7
    for opened in range(1, 8):
        when = town.engine.next_change_at(HERE)
        assert when is not None
        while states(town, series).count("opened") < opened:
            town.clock.now = max(when, town.clock.now + timedelta(seconds=1))
            town.engine.tick()
            when = town.engine.next_change_at(HERE)
            assert when is not None
        assert town.clock() == TOMORROW + timedelta(days=opened - 1, hours=-12)
    requests = [line.request for line in town.engine.occurrences(HERE, series)]
    assert len(set(requests)) == 7
    town.clock.now = TOMORROW + timedelta(days=7)
    town.engine.tick()
    assert isinstance(town.engine.series(HERE, series), Ended)


def test_one_day_is_changed(town: Town) -> None:
    """One is left out, one is an hour later; the other five are as they were."""
    series = arranged(town, skip=[TOMORROW + timedelta(days=6)])
    third, fourth = TOMORROW + timedelta(days=2), TOMORROW + timedelta(days=3)
    town.engine.skip_occurrence(HERE, series, third, reason="not_needed")
    town.engine.move_occurrence(HERE, series, fourth, to=fourth + timedelta(hours=1))
    assert states(town, series) == ["upcoming", "upcoming", "skipped", "upcoming", "upcoming", "upcoming", "skipped"]
    moved = town.engine.occurrences(HERE, series)[3]
    assert (moved.occurrence, moved.at) == (fourth, fourth + timedelta(hours=1))


def test_in_hospital_and_back(town: Town) -> None:
    """Resting, nothing is opened; back again, what is ahead is."""
    series = arranged(town)
    town.engine.suspend_series(HERE, series, reason="in_hospital")
    town.clock.now = TOMORROW + timedelta(days=2)
    town.engine.tick()
    assert set(states(town, series)) == {"paused"}
    town.engine.resume_series(HERE, series)
    assert states(town, series) == ["paused"] * 3 + ["upcoming"] * 4
    town.clock.forward(hours=13)
    town.engine.tick()
    assert states(town, series)[3] == "opened"
    town.engine.end_series(HERE, series, reason="recovered")
    fourth = town.engine.occurrences(HERE, series)[3].request
    assert fourth is not None
    assert town.stage(fourth) == "Cancelled"


def test_nobody_ticked_for_two_days(town: Town) -> None:
    """What is over is told to the duty contact and not opened in the past; the next one is opened."""
    series = arranged(town)
    town.clock.now = TOMORROW + timedelta(days=1, hours=1)
    town.engine.tick()
    assert states(town, series) == ["missed", "missed", *["upcoming"] * 5]
    missed = [event for event in town.engine.subscribe() if event.topic == "series.occurrence_missed"]
    assert [event.fact.model_dump()["to"] for event in missed] == ["duty-desk", "duty-desk"]


def test_erasing_the_beneficiary_ends_it(town: Town) -> None:
    """Nothing more is opened for somebody whose data are gone."""
    series = arranged(town)
    town.engine.erase(HERE, town.high)
    town.engine.tick()
    assert isinstance(town.engine.series(HERE, series), Ended)


def test_said_twice(town: Town) -> None:
    """The same command id arranges one series."""
    first = arranged(town, command_id="series-1", note="坐轮椅")
    assert arranged(town, command_id="series-1", note="坐轮椅") == first


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"starts": NAIVE}, "bad_input"),
        ({"starts": MORNING}, "starts_in_the_past"),
        ({"starts": datetime.max.replace(tzinfo=UTC)}, "bad_rule"),
        ({"starts": datetime(2023, 3, 12, 2, 30, tzinfo=NEW_YORK)}, "no_such_local_time"),
        ({"rule": "FREQ=SECONDLY;UNTIL=21220516"}, "rule_too_often"),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, "ends_before_start"),
        ({"rule": "x" * 5_000}, "bad_input"),
        ({"time_zone": "Nowhere/Land"}, "unknown_time_zone"),
        ({"skip": "tomorrow"}, "bad_input"),
        ({"skip": [NAIVE]}, "bad_input"),
        ({"urgency": "now"}, "bad_choice"),
        ({"note": "\ud800"}, "bad_text"),
    ],
)
def test_what_cannot_be_a_series(town: Town, more: dict[str, object], code: str) -> None:
    """Refused at the door, each with its reason (35, 38, 42, 47, 48)."""
    assert refusal_of(partial(arranged, town, **more)).code == code


def test_a_series_that_is_not_there(town: Town) -> None:
    """Unknown, or no id at all."""
    for wrong, code in (("s-404", "unknown_series"), ("404", "malformed_id")):
        with pytest.raises(Refused) as refused:
            town.engine.series(HERE, SeriesId(wrong))
        assert refused.value.code == code
