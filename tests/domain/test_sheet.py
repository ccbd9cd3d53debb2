"""The hours of sheets: local ones, the next at an instant or after it, tomorrow's when today's are over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dispatch.domain.policy import EVERYDAY
from dispatch.domain.sheet import next_sheet_at, sheet_answer_by

TWICE = EVERYDAY.model_copy(update={"sheet_minutes": (14 * 60, 8 * 60)})


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2022-05-16T00:00", "2022-05-16T00:00"),
        ("2022-05-16T00:01", "2022-05-16T06:00"),
        ("2022-05-16T06:01", "2022-05-17T00:00"),
        ("2022-05-16T17:00", "2022-05-17T00:00"),
    ],
)
def test_the_next_hour(at: str, expected: str) -> None:
    """8:00 and 14:00 in Shanghai are midnight and 6:00 in UTC."""
    instant, brought = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (at, expected))
    assert next_sheet_at(TWICE, instant, zone="Asia/Shanghai") == brought


def test_without_hours_there_is_no_sheet() -> None:
    """Then a captain without a phone answers within the ordinary time, through a lead."""
    noon = datetime(2022, 5, 16, 4, tzinfo=UTC)
    assert next_sheet_at(EVERYDAY, noon, zone="Asia/Shanghai") is None
    assert sheet_answer_by(EVERYDAY, noon, zone="Asia/Shanghai") is None


def test_a_night_of_the_change_of_clocks_has_its_sheet() -> None:
    """The hour that the clocks skip is brought an hour later by the wall, and never before now."""
    early = EVERYDAY.model_copy(update={"sheet_minutes": (150,)})
    at = datetime(2022, 3, 27, 0, 30, tzinfo=UTC)
    brought = next_sheet_at(early, at, zone="Europe/Berlin")
    assert brought is not None
    assert at <= brought <= datetime(2022, 3, 27, 1, 30, tzinfo=UTC)
