"""Fitting: what is measured is what was put in; what cannot be measured is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dispatch.simulation import Unusable, fit, fitted
from dispatch.simulation.calls import STAMP, ZONE
from dispatch.simulation.fit import bursts, quantiles
from dispatch.simulation.fitted import QUANTILES, Fitted
from tests.simulation.days import calls

MORNING = datetime(2020, 4, 7, tzinfo=ZONE)


def test_the_numbers_that_come_along_are_of_the_real_fortnight() -> None:
    """5,292 incidents, most at noon, a quarter judged anew, burstier than chance."""
    ours = fitted()
    assert ours.incidents == sum(ours.by_hour) == sum(judged.count for judged in ours.judged) == 5_292
    assert ours.by_hour[12] > 2 * ours.by_hour[5]
    assert ours.burst_hour + ours.burst_quarter > 20
    changed = sum(judged.count for judged in ours.judged if judged.first is not judged.final)
    assert 0.25 < changed / ours.incidents < 0.27


def rows(days: int, by_hour: int) -> list[dict[str, str]]:
    """Return calls of whole days, evenly spaced."""
    gap = timedelta(hours=1) / by_hour
    found = []
    for number in range(days * 24 * by_hour):
        received = MORNING + number * gap
        stamps = {"Received": 0, "Entry": 60, "Dispatch": 60, "Response": 90, "On Scene": 300, "Available": 900}
        found.append(
            {"Incident Number": str(number)}
            | {f"{name} DtTm": (received + timedelta(seconds=s)).strftime(STAMP) for name, s in stamps.items()}
        )
    return found


def test_even_calls_are_not_bursty(tmp_path: Path) -> None:
    """Calls every half hour: no bursts, and the spans that were written."""
    found = fit(calls(tmp_path, *rows(6, 2)))
    assert (found.incidents, found.by_hour) == (288, (12,) * 24)
    assert (found.burst_hour, found.burst_quarter) == (0, 0)
    assert set(found.answer_s) == {30}
    assert set(found.work_s) == {600}
    assert set(found.judged_anew_s) == {180}


def test_bursts_are_measured() -> None:
    """Hours with nothing and hours with twice the mean: the factor of the hour has a variance near one."""
    instants = [
        MORNING + timedelta(days=date, hours=hour, minutes=minute)
        for date in range(10)
        for hour in range(24)
        if (date + hour) % 2
        for minute in range(60)
    ]
    hour, quarter = bursts(instants, days=10)
    assert hour == pytest.approx(960, abs=60)
    assert quarter < 60


def test_quantiles_leave_the_outermost_hundredth_out() -> None:
    """Two clocks that nobody stopped do not make the longest work."""
    found = quantiles([*range(1, 200), 50_000, 60_000])
    assert len(found) == QUANTILES
    assert found[0] == 3
    assert found[-1] == 199
    assert quantiles([]) == (0,) * QUANTILES


@pytest.mark.parametrize("number", [1, 3])
def test_too_few_calls_say_nothing(number: int, tmp_path: Path) -> None:
    """A few calls on one day have no shape."""
    with pytest.raises(Unusable, match="are needed") as caught:
        fit(calls(tmp_path, *rows(1, 2)[:number]))
    assert caught.value.problem == "too_few"


def test_numbers_that_fall_are_refused() -> None:
    """Quantiles rise; a day without any arrival has no shape."""
    plain = fitted().model_dump()
    with pytest.raises(ValueError, match="quantiles rise"):
        Fitted.model_validate(plain | {"work_s": tuple(range(QUANTILES, 0, -1))})
    with pytest.raises(ValueError, match="by_hour is all zero"):
        Fitted.model_validate(plain | {"by_hour": (0,) * 24})
