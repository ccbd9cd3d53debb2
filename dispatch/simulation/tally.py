"""What is written down while a day is simulated: the course of every request, and what everybody did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from ..domain.values import RequestId, ResponderId, Urgency
from .arrivals import Arrival


@dataclass(slots=True)
class Course:
    """
    What became of one request.

    Attributes
    ----------
    urgency
        The worst it was ever judged.
    started_at
        When somebody set out for its first leg.
    legs, own_captain, met_before
        Legs that were done; by the captain of the very floor; by somebody who had helped this person before.
    """

    at: datetime
    urgency: Urgency
    started_at: datetime | None = None
    delivered_at: datetime | None = None
    legs: int = 0
    own_captain: int = 0
    met_before: int = 0

    @property
    def wait_s(self) -> int | None:
        """Seconds from the request to the setting out."""
        return None if self.started_at is None else int((self.started_at - self.at).total_seconds())


@dataclass(slots=True)
class Tally:
    """
    What one dispatcher did with the requests of one seed.

    Attributes
    ----------
    counts
        Offers and what became of them: asked, declined, silent, no_show, withdrawn.
    worked_s, asked
        Seconds of work done, and offers received, of everybody, those with none among them.
    match_s, runs
        Seconds spent in the dispatcher, and how often it was run.
    """

    courses: dict[RequestId, Course] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    worked_s: dict[ResponderId, int] = field(default_factory=dict)
    asked: dict[ResponderId, int] = field(default_factory=dict)
    match_s: float = 0.0
    runs: int = 0

    def arrives(self, arrival: Arrival) -> None:
        """Write down a request."""
        self.courses[arrival.request] = Course(arrival.at, arrival.worst)

    def add(self, other: Tally) -> None:
        """Take in what was written down elsewhere, of other requests and other people."""
        self.courses |= other.courses
        self.counts += other.counts
        self.worked_s |= other.worked_s
        self.asked |= other.asked
        self.match_s += other.match_s
        self.runs += other.runs
