"""Recurrence rules (RFC 5545): what they mean, what is refused, and clocks that change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.errors import Refused
from dispatch.domain.recurrence import OCCURRENCES_MAX, canonical, occurrences_of

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
MONDAY = datetime(2022, 5, 16, 8, 30, tzinfo=SHANGHAI)


def local(rule: str, starts_at: datetime = MONDAY, zone: ZoneInfo = SHANGHAI) -> list[str]:
    """Return the local times that a rule means."""
    return [f"{at.astimezone(zone):%m-%d %H:%M}" for at in occurrences_of(rule, starts_at=starts_at, zone=zone)]


def test_seven_daily_infusions() -> None:
    """Every day at half past eight, a week long (R9)."""
    assert local("FREQ=DAILY;COUNT=7") == [f"05-{day} 08:30" for day in range(16, 23)]


def test_dialysis_three_times_a_week() -> None:
    """Monday, Wednesday, Friday, until a day that counts whole (R12)."""
    assert local("FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20220523") == [f"05-{day} 08:30" for day in (16, 18, 20, 23)]


def test_a_weekly_injection() -> None:
    """Also written as calendars write it."""
    assert local("rrule:freq=weekly;count=3;") == ["05-16 08:30", "05-23 08:30", "05-30 08:30"]
    assert canonical("rrule:freq=weekly;count=3;") == "FREQ=WEEKLY;COUNT=3"


def test_until_in_utc_and_local() -> None:
    """00:30 UTC is half past eight here."""
    assert len(local("FREQ=DAILY;UNTIL=20220518T003000Z")) == 3
    assert len(local("FREQ=DAILY;UNTIL=20220518T002959Z")) == 2
    assert len(local("FREQ=DAILY;UNTIL=20220518T083000")) == 3


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=SECONDLY;UNTIL=21220516", "rule_too_often"),
        ("FREQ=SECONDLY;COUNT=3153600000", "rule_too_often"),
        ("FREQ=MINUTELY;COUNT=2", "rule_too_often"),
        ("FREQ=DAILY;BYSECOND=0,1,2;COUNT=3", "rule_too_often"),
        ("FREQ=DAILY;BYMINUTE=0,30;COUNT=3", "rule_too_often"),
        ("FREQ=DAILY", "rule_without_end"),
        ("FREQ=DAILY;COUNT=7;UNTIL=20220601", "rule_without_end"),
        ("FREQ=DAILY;COUNT=401", "too_many_occurrences"),
        ("FREQ=HOURLY;COUNT=999999", "too_many_occurrences"),
        ("FREQ=HOURLY;UNTIL=21220516", "too_many_occurrences"),
        ("FREQ=YEARLY;COUNT=9", "too_many_occurrences"),
        ("FREQ=YEARLY;UNTIL=20300101", "too_many_occurrences"),
        ("FREQ=DAILY;UNTIL=20220515", "ends_before_start"),
        ("FREQ=DAILY;UNTIL=20220516T002959Z", "ends_before_start"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", "start_not_in_rule"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", "start_not_in_rule"),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", "start_not_in_rule"),
        ("FREQ=DAILY;COUNT=0", "bad_rule"),
        ("FREQ=DAILY;COUNT=-7", "bad_rule"),
        ("FREQ=DAILY;COUNT=7;COUNT=8", "bad_rule"),
        ("FREQ=DAILY;INTERVAL=0;COUNT=7", "bad_rule"),
        ("FREQ=DAILY;INTERVAL=99999;COUNT=7", "bad_rule"),
        ("FREQ=DAILY;UNTIL=20220230", "bad_rule"),
        ("FREQ=DAILY;UNTIL=tomorrow", "bad_rule"),
        ("FREQ=DAILY;BYHOUR=25;COUNT=7", "bad_rule"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=7", "bad_rule"),
        ("FREQ=DAILY;BYEASTER=1;COUNT=7", "bad_rule"),
        ("FREQ=OFTEN;COUNT=7", "bad_rule"),
        ("COUNT=7", "bad_rule"),
        ("", "bad_rule"),
        ("FREQ=DAILY;COUNT=7\nRDATE:20220601T000000", "bad_rule"),
        ("FREQ=DAILY;COUNT=²", "bad_rule"),
        ("FREQ=DAILY;" * 100, "bad_rule"),
    ],
)
def test_refused_rules(rule: str, code: str) -> None:
    """Every second for a hundred years (47), an end before the start (48), and what is no rule at all."""
    with pytest.raises(Refused) as refused:
        occurrences_of(rule, starts_at=MONDAY, zone=SHANGHAI)
    assert refused.value.code == code


def test_as_many_as_there_may_be() -> None:
    """Four hundred, and not one more."""
    assert len(local(f"FREQ=DAILY;COUNT={OCCURRENCES_MAX}")) == OCCURRENCES_MAX


def test_the_year_9999() -> None:
    """Too far ahead to be worked out (42)."""
    far = datetime(9999, 12, 30, tzinfo=UTC)
    with pytest.raises(Refused) as refused:
        occurrences_of("FREQ=DAILY;COUNT=2", starts_at=far, zone=SHANGHAI)
    assert refused.value.code == "bad_rule"


def test_clocks_skip_an_hour() -> None:
    """Half past two does not exist on that night: the offset before the gap holds (38; RFC 5545, 3.3.5)."""
    starts = datetime(2022, 3, 12, 2, 30, tzinfo=NEW_YORK)
    found = occurrences_of("FREQ=DAILY;COUNT=3", starts_at=starts, zone=NEW_YORK)
    assert [f"{at:%m-%d %H:%M}" for at in found] == ["03-12 07:30", "03-13 07:30", "03-14 06:30"]
    assert f"{found[1].astimezone(NEW_YORK):%H:%M}" == "03:30"


def test_clocks_show_an_hour_twice() -> None:
    """Half past one comes twice: the first is meant (39)."""
    starts = datetime(2022, 11, 5, 1, 30, tzinfo=NEW_YORK)
    found = occurrences_of("FREQ=DAILY;COUNT=3", starts_at=starts, zone=NEW_YORK)
    assert [f"{at:%m-%d %H:%M}" for at in found] == ["11-05 05:30", "11-06 05:30", "11-07 06:30"]


def test_every_hour_through_the_gap() -> None:
    """02:00 and 03:00 are the same instant on that night: one occurrence and not two."""
    starts = datetime(2022, 3, 13, 1, 0, tzinfo=NEW_YORK)
    found = occurrences_of("FREQ=HOURLY;COUNT=4", starts_at=starts, zone=NEW_YORK)
    assert [f"{at:%H:%M}" for at in found] == ["06:00", "07:00", "08:00"]


def test_shanghai_had_summer_time_once() -> None:
    """In 1988 half past eight was one hour earlier from the 17th of April on (40)."""
    starts = datetime(1988, 4, 16, 8, 30, tzinfo=SHANGHAI)
    found = occurrences_of("FREQ=DAILY;COUNT=3", starts_at=starts, zone=SHANGHAI)
    assert [f"{at:%d %H:%M}" for at in found] == ["16 00:30", "16 23:30", "17 23:30"]


def test_the_start_is_an_instant() -> None:
    """Given with another offset it is the same morning."""
    elsewhere = MONDAY.astimezone(timezone(timedelta(hours=-11)))
    assert local("FREQ=DAILY;COUNT=2", starts_at=elsewhere) == ["05-16 08:30", "05-17 08:30"]


_VALUES = st.sampled_from(
    ["1", "7", "0", "-1", "99999999999", "MO", "+5SU", "MO,WE", "20230101", "20230101T000000Z", "X", ""]
)
_NAMES = st.sampled_from(
    ["INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYHOUR", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST", "Z"]
)
_FREQUENCIES = st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "SECONDLY"])


@settings(max_examples=60, deadline=None)
@given(_FREQUENCIES, st.lists(st.tuples(_NAMES, _VALUES), max_size=4), st.booleans())
def test_whatever_is_written_is_understood_or_refused(
    frequency: str,
    parts: list[tuple[str, str]],
    ends: bool,  # noqa: FBT001 - drawn
) -> None:
    """Nothing else is raised, nothing hangs, and what is understood begins with the start and ascends."""
    rule = ";".join(
        [f"FREQ={frequency}", *(f"{name}={value}" for name, value in parts), *(["COUNT=3"] if ends else [])]
    )
    try:
        found = occurrences_of(rule, starts_at=MONDAY, zone=SHANGHAI)
    except Refused:
        return
    assert found[0] == MONDAY
    assert list(found) == sorted(set(found))
    assert len(found) <= OCCURRENCES_MAX
