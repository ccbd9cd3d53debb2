"""Who was reached and who was missed: figures with their numerator and denominator said (R14, R22, R33)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.calling_round import Alarmed, CallingRound, Excused, Reached, Seen, rung
from ..domain.resident import Erased, Leaving
from ..domain.values import HouseholdId, Place, ResidentId
from ..matching.board import Board


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure that says what it counts: `of` names the numerator, `over` the denominator, both worded."""

    numerator: int
    denominator: int
    of: str
    over: str


@dataclass(frozen=True, slots=True)
class RoundCoverage:
    """
    What became of the households of one round; each is in exactly one of the five counts.

    Attributes
    ----------
    attempts, visits, needs
        Calls made, visits ordered, requests that came of needs found.
    left
        Whom nobody has reached or seen yet, by the person who is asked for.
    lacking
        Where supplies or condition were said to be bad and no request came of it.
    """

    reached: int
    seen: int
    alarmed: int
    excused: int
    without_outcome: int
    attempts: int
    visits: int
    needs: int
    left: tuple[ResidentId, ...]
    lacking: tuple[ResidentId, ...]

    @property
    def covered(self) -> Ratio:
        """Households heard or seen, over all on the list: who was excused was not reached."""
        heard = self.reached + self.seen + self.alarmed
        listed = heard + self.excused + self.without_outcome
        return Ratio(heard, listed, of="households_reached_seen_or_alarmed", over="households_on_the_list")


@dataclass(frozen=True, slots=True)
class Census:
    """Which households of a place were in contact since an instant, and which were missed."""

    covered: Ratio
    missed: tuple[HouseholdId, ...]


def coverage_of(state: CallingRound) -> RoundCoverage:
    """Return what became of the households of a round."""
    items = state.items.values()
    stages = [type(item) for item in items]
    return RoundCoverage(
        reached=stages.count(Reached),
        seen=stages.count(Seen),
        alarmed=stages.count(Alarmed),
        excused=stages.count(Excused),
        without_outcome=len(state.left),
        attempts=sum(rung(item) for item in items),
        visits=sum(len(item.visits) for item in items),
        needs=sum(len(item.needs) for item in items),
        left=state.left,
        lacking=tuple(resident for resident, item in state.items.items() if item.lacks),
    )


def census_of(board: Board, place: Place, *, since: datetime) -> Census:
    """
    Return the coverage of the register: no household missed (R33).

    The denominator is every household of the place with a person on the register who is not erased; the
    numerator, those of them that a calling round reached or saw at or after `since`.
    """
    contacted: dict[HouseholdId, bool] = {}
    for resident in sorted(board.residents):
        state = board.residents[resident]
        if isinstance(state, Leaving | Erased) or not place.contains(state.place):
            continue
        now = state.contacted_at is not None and state.contacted_at >= since
        contacted[state.household] = contacted.get(state.household, False) or now
    missed = tuple(sorted(household for household, was in contacted.items() if not was))
    count = len(contacted)
    covered = Ratio(count - len(missed), count, of="households_contacted", over="households_registered")
    return Census(covered, missed)
