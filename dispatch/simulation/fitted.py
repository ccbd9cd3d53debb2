"""What was measured on real calls: the shape of a day's arrivals, of the work and of the answers. Data, not code."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import Field, model_validator

from ..domain.values import Urgency, Value

QUANTILES = 21
"""Every five per cent, from the least to the greatest."""

Permille = Annotated[int, Field(ge=0, le=1_000)]
Weights = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]
Quantiles = Annotated[tuple[Seconds, ...], Field(min_length=QUANTILES, max_length=QUANTILES)]


class Judged(Value):
    """How many requests were judged so at first and so in the end."""

    first: Urgency
    final: Urgency
    count: Annotated[int, Field(ge=1)]


class Fitted(Value):
    """
    The numbers that the generator of days draws from.

    Attributes
    ----------
    source
        What they were measured on, and with which command.
    incidents
        How many incidents that was.
    by_hour
        Incidents received in each local hour of the day.
    burst_hour, burst_quarter
        Variance, in thousandths of the squared mean, of the factor by which the rate of an hour, and of a
        quarter of an hour in it, departs from the mean of that time of day: 0 would be a Poisson process.
    judged
        First and final judgements.
    judged_anew_s
        Quantiles of the seconds from receipt to the final judgement.
    answer_s
        Quantiles of the seconds from the question to the answer.
    work_s
        Quantiles of the seconds of work, for what was done on the spot.
    declined, silent, no_show
        Of a thousand offers: declined, never answered, accepted by somebody who then does not come.
        These are assumptions: the source is about crews that are ordered to go.
    way_s
        Seconds to the door, by where somebody comes from: the same floor, the same building, the same compound,
        elsewhere. An assumption too: the source is about ambulances.
    """

    source: str
    incidents: Annotated[int, Field(ge=1)]
    by_hour: Annotated[Weights, Field(min_length=24, max_length=24)]
    burst_hour: Permille
    burst_quarter: Permille
    judged: Annotated[tuple[Judged, ...], Field(min_length=1)]
    judged_anew_s: Quantiles
    answer_s: Quantiles
    work_s: Quantiles
    declined: Permille = 70
    silent: Permille = 30
    no_show: Permille = 10
    way_s: tuple[Seconds, Seconds, Seconds, Seconds] = (60, 180, 360, 600)

    @model_validator(mode="after")
    def _quantiles_rise(self) -> Self:
        for name in ("judged_anew_s", "answer_s", "work_s"):
            values = getattr(self, name)
            if list(values) != sorted(values):
                raise ValueError(f"{name} falls; quantiles rise from the least to the greatest")
        if not sum(self.by_hour):
            raise ValueError("by_hour is all zero; give the incidents of each hour")
        return self


@cache
def fitted() -> Fitted:
    """Return the numbers that come with the program; `dispatch simulate fit` measures them anew."""
    text = resources.files(__package__).joinpath("fitted.json").read_text(encoding="utf-8")
    return Fitted.model_validate_json(text)
