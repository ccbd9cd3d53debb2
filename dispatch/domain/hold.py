"""Hold (暂缓): a request that stands still for a recorded reason, and whose clock is paused (requirements part B)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from .values import Code, Fact, Instant

REVIEW_AFTER = timedelta(hours=24)
"""A hold without an end calls a person after this long: no clock stands still for ever unseen (ours)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """
    Why and since when a request stands still.

    `stage` names the state it goes back to; `until` entitles System to resume it.
    """

    reason: str
    since: datetime
    until: datetime | None
    stage: str

    @property
    def looked_at(self) -> datetime:
        """When System resumes it, or calls a person if nobody said until when."""
        return self.until if self.until is not None else self.since + REVIEW_AFTER


class RequestHeld(Fact):
    """The request stands still: open offers are withdrawn, work that is taken is kept, the clock is paused."""

    TOPIC: ClassVar[str] = "request.held"
    reason: Code
    until: Instant | None = None
    held_at: Instant


class RequestResumed(Fact):
    """It goes on; the deadline has moved by the pause."""

    TOPIC: ClassVar[str] = "request.resumed"
    due_at: Instant | None = None
    resumed_at: Instant


def moved_by_pause(due_at: datetime | None, hold: Hold, at: datetime) -> datetime | None:
    """Return a deadline after a pause that ends now."""
    return None if due_at is None else due_at + (at - hold.since)
