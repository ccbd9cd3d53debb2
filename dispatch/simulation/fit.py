"""Measuring on real calls what the generator of days draws from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ..domain.values import Urgency
from .calls import CALL_COLUMNS, URGENCY, ZONE, Unusable, instant, rows_of
from .draws import PERMILLE
from .fitted import QUANTILES, Fitted, Judged

INCIDENTS_MIN, DAYS_MIN = 100, 3
"""Fewer incidents, or whole days between the first and the last, say nothing about the shape of a day."""

JUDGED_AFTER_S = 120
"""The source says when a call was entered; its judgement is taken to change two minutes later."""

LONGEST_S = 86_400
OUTER_PART = 100

Row = Mapping[str, str]


def fit(path: Path) -> Fitted:
    """
    Return the numbers that the calls in a file give.

    Raises
    ------
    Unusable
        Not a file of calls, or too few of them.
    """
    units: dict[str, list[Row]] = {}
    for _, row in rows_of(path, CALL_COLUMNS):
        units.setdefault(row["Incident Number"], []).append(row)
    received = {number: instant(rows[0]["Received DtTm"]) for number, rows in units.items()}
    at = {number: when.astimezone(ZONE) for number, when in received.items() if when is not None}
    days = sorted({when.date() for when in at.values()})[1:-1]
    if len(at) < INCIDENTS_MIN or len(days) < DAYS_MIN:
        raise Unusable(
            f"{path} has {len(at)} incidents on {len(days)} whole days; {INCIDENTS_MIN} on {DAYS_MIN} are needed. "
            "Give a longer file.",
            problem="too_few",
            path=str(path),
            incidents=str(len(at)),
            days=str(len(days)),
            least=str(INCIDENTS_MIN),
            least_days=str(DAYS_MIN),
        )
    heads = [units[number][0] for number in at]
    burst_hour, burst_quarter = bursts([when for when in at.values() if when.date() in set(days)], days=len(days))
    by_hour = Counter(when.hour for when in at.values())
    on_the_spot = [units[n][0] for n in at if not any(row["Transport DtTm"] for row in units[n])]
    return Fitted(
        source=f"{path.name}, {min(at.values()).date()} to {max(at.values()).date()}",
        incidents=len(at),
        by_hour=tuple(by_hour[hour] for hour in range(24)),
        burst_hour=burst_hour,
        burst_quarter=burst_quarter,
        judged=_judged(heads),
        judged_anew_s=quantiles(s + JUDGED_AFTER_S for s in _spans(heads, "Received", "Entry")),
        answer_s=quantiles(_spans(heads, "Dispatch", "Response")),
        work_s=quantiles(_spans(on_the_spot, "On Scene", "Available")),
    )


def _judged(heads: Iterable[Row]) -> tuple[Judged, ...]:
    pairs: Counter[tuple[Urgency, Urgency]] = Counter()
    for head in heads:
        first = URGENCY.get(head["Original Priority"], Urgency.NONE)
        pairs[first, URGENCY.get(head["Final Priority"], first)] += 1
    ordered = sorted(pairs, key=lambda pair: (pair[0].rank, pair[1].rank))
    return tuple(Judged(first=first, final=final, count=pairs[first, final]) for first, final in ordered)


def _spans(rows: Iterable[Row], begin: str, end: str) -> list[int]:
    spans = []
    for row in rows:
        first, last = instant(row[f"{begin} DtTm"]), instant(row[f"{end} DtTm"])
        if first is not None and last is not None and first <= last:
            spans.append(min(LONGEST_S, int((last - first).total_seconds())))
    return spans


def quantiles(values: Iterable[int]) -> tuple[int, ...]:
    """
    Return `QUANTILES` evenly spaced quantiles by nearest rank, the outermost hundredth on each side left out.

    A few clocks that nobody stopped would otherwise make the longest work twice as long as it is.
    """
    ordered = sorted(values)
    outer = len(ordered) // OUTER_PART
    kept = ordered[outer : len(ordered) - outer]
    if not kept:
        return (0,) * QUANTILES
    last = len(kept) - 1
    return tuple(kept[last * step // (QUANTILES - 1)] for step in range(QUANTILES))


def bursts(instants: Sequence[datetime], *, days: int) -> tuple[int, int]:
    """
    Return by how much arrivals are burstier than a Poisson process: variances for hours and for quarters of them.

    Parameters
    ----------
    instants
        Local instants of arrivals on whole days.
    days
        How many days those are.

    Notes
    -----
    By moments. A count with mean m whose rate is multiplied by a factor of variance v has the variance
    m + v m². With one factor for the hour and one for the quarter in it, an hour's count shows v_hour +
    v_quarter/4, a quarter's v_hour + v_quarter. The mean of a quarter is that of its hour of the day, so that
    four quarters of the source that differ every day alike count as bursts too.
    """
    by_hour = Counter(when.hour for when in instants)
    counts = Counter((when.date(), when.hour, when.minute // 15) for when in instants)
    dates = sorted({when.date() for when in instants})
    excess_q = excess_h = square_q = square_h = 0.0
    for date in dates:
        for hour in range(24):
            mean = by_hour[hour] / days
            quarters = [counts[date, hour, quarter] for quarter in range(4)]
            excess_h += (sum(quarters) - mean) ** 2 - mean
            square_h += mean**2
            excess_q += sum((n - mean / 4) ** 2 - mean / 4 for n in quarters)
            square_q += mean**2 / 4
    of_hour, of_quarter = excess_h / square_h, excess_q / square_q
    quarter = max(0.0, (of_quarter - of_hour) * 4 / 3)
    hour_only = max(0.0, of_hour - quarter / 4)
    return _permille(hour_only), _permille(quarter)


def _permille(share: float) -> int:
    return min(PERMILLE, round(share * PERMILLE))
