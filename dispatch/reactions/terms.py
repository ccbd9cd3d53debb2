"""What duty brings by time alone: qualifications, clearances, secondments and deputies begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ..domain.duty import PLAIN, ends_of
from ..domain.readiness import limits_of
from ..domain.shift import EFFORT_UNBOUND
from ..matching.board import Board
from .reaction import Reaction


def due(_board: Board, _at: datetime) -> Iterator[Reaction]:
    """Yield nothing: what expired is taken back where requests are looked at."""
    return iter(())


def changes_at(board: Board) -> Iterator[datetime]:
    """
    Yield when something of a duty begins or ends, when captains with deputies go, and when a day's effort is new.

    And when who went behind a line may come out again.
    """
    policy = board.place_register.policy
    for person in board.responders.values():
        yield from person.stays.values()
        if person.duty is not PLAIN:
            yield from ends_of(person.duty)
            if person.duty.deputies:
                yield from (shift.ends_at for shift in person.shifts)
        if person.burden and limits_of(person, policy).effort_day_max != EFFORT_UNBOUND:
            yield datetime.fromordinal(max(person.burden) + 1).replace(tzinfo=UTC)
