"""Limits of duty: hours a day, rest between days, days in a row, in the community's own days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from dispatch.domain.shift import DutyLimits, Excess, Shift, day_of, excess_of, on_duty_s

SHANGHAI = "Asia/Shanghai"
HOUR = 3_600


def shift(day: int, start: float, end: float, *, zone: str = SHANGHAI) -> Shift:
    """Return a shift of the n-th day of May 2022, by hours of the local clock."""
    midnight = datetime(2022, 5, 1, tzinfo=ZoneInfo(zone)) + timedelta(days=day - 1)
    begins, ends = (midnight + timedelta(hours=hour) for hour in (start, end))
    return Shift(starts_at=begins.astimezone(UTC), ends_at=ends.astimezone(UTC))


def excess(new: Shift, *others: Shift, **limits: int) -> Excess | None:
    """Return the limit that a shift goes beyond."""
    return excess_of(new, others, limits=DutyLimits(**limits), zone=SHANGHAI)


def test_no_limits_bound_nothing() -> None:
    """58 days in a row of 24 hours are what nobody has forbidden (R24)."""
    days = [shift(day, 0, 24) for day in range(1, 59)]
    assert excess(days[-1], *days) is None


def test_split_availability_is_one_day() -> None:
    """8:30-11:30 and 14:00-17:30 are six and a half hours; the third piece goes beyond eight (R24)."""
    morning, afternoon, evening = shift(2, 8.5, 11.5), shift(2, 14, 17.5), shift(2, 18.5, 21)
    assert excess(afternoon, morning, day_s=8 * HOUR) is None
    assert excess(evening, morning, afternoon, day_s=8 * HOUR) == ("hours_a_day", 9 * HOUR, 8 * HOUR)


def test_what_overlaps_counts_once() -> None:
    """Two plans for the same hours are no more duty than one."""
    assert on_duty_s([shift(2, 8, 12), shift(2, 10, 14), shift(2, 9, 11)]) == 6 * HOUR
    assert excess(shift(2, 10, 14), shift(2, 8, 12), day_s=6 * HOUR) is None


def test_pauses_within_a_day_are_no_rest() -> None:
    """Rest is between days: the last shift of one and the first of the next."""
    assert excess(shift(2, 14, 18), shift(2, 8, 12), rest_s=11 * HOUR) is None
    late, early = shift(2, 18, 23), shift(3, 8, 12)
    assert excess(early, late, rest_s=11 * HOUR) == ("rest_between_days", 9 * HOUR, 11 * HOUR)
    assert excess(late, early, rest_s=11 * HOUR) == ("rest_between_days", 9 * HOUR, 11 * HOUR)
    assert excess(shift(3, 10, 12), late, rest_s=11 * HOUR) is None


def test_the_58th_day_in_a_row() -> None:
    """First and last shifts by a 67-year-old, 58 straight days: under a limit of six the seventh is too much (R24)."""
    days = [shift(day, 18.5, 21) for day in range(1, 59)]
    beyond = [excess(new, *days[:index], days_in_row_max=6) for index, new in enumerate(days)]
    assert beyond[:6] == [None] * 6
    assert beyond[6] == ("days_in_a_row", 7, 6)
    assert beyond[57] == ("days_in_a_row", 58, 6)


def test_a_day_off_begins_a_new_row() -> None:
    """Six and six with a day between; filling the gap makes thirteen."""
    days = [shift(day, 8, 12) for day in (*range(1, 7), *range(8, 14))]
    assert excess(days[-1], *days, days_in_row_max=6) is None
    assert excess(shift(7, 8, 12), *days, days_in_row_max=6) == ("days_in_a_row", 13, 6)


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    """23:00 to 02:00 is the day of 23:00, in Shanghai and not in UTC."""
    night = shift(2, 23, 26)
    assert (day_of(night, SHANGHAI).day, day_of(night, "UTC").day) == (2, 2)
    morning = shift(3, 2, 6)
    assert (day_of(morning, SHANGHAI).day, day_of(morning, "UTC").day) == (3, 2)


def test_a_change_of_clocks_takes_an_hour_away() -> None:
    """In a zone with summer time the night of the change is an hour shorter, and only what was served counts."""
    zone = "Europe/Berlin"
    midnight = datetime(2022, 3, 27, tzinfo=ZoneInfo(zone))
    served = Shift(
        starts_at=midnight.astimezone(UTC), ends_at=datetime(2022, 3, 27, 8, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    )
    assert on_duty_s([served]) == 7 * HOUR
    assert excess_of(served, (), limits=DutyLimits(day_s=7 * HOUR), zone=zone) is None


@pytest.mark.parametrize(
    "wrong", [{"day_s": 0}, {"rest_s": -1}, {"days_in_row_max": 0}, {"effort_day_max": 0}, {"day_s": True}]
)
def test_limits_have_bounds(wrong: dict[str, int]) -> None:
    """Nothing, negative or a truth value is no limit (bad input 33)."""
    with pytest.raises(ValidationError):
        DutyLimits(**wrong)


def test_a_shift_ends_after_it_starts() -> None:
    """An end before the start is no shift (bad input 48)."""
    with pytest.raises(ValidationError):
        Shift(starts_at=datetime(2022, 5, 2, tzinfo=UTC), ends_at=datetime(2022, 5, 1, tzinfo=UTC))
