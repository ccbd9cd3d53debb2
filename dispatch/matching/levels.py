"""
The policy `everyday` as ordered integer levels and their exact mixed-radix cost.

Order (requirements part C): life-threat waiting, health lateness, unserved by urgency and waiting,
the same people (those of a crew that collapsed, then continuity for same-person kinds), building
tier, load band, own floor, continuity, effort, tie hash.
A lower level can never outweigh a higher one, because each radix exceeds the greatest sum the board
allows. «Changes to what people were told» needs no level: a sent offer is never moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ..domain.access import gear_for
from ..domain.policy import TIE_BITS, Policy
from ..domain.values import LegId, ResponderId, Urgency
from .eligible import Person, Task

WAIT_CAP_S = 604_800
LATE_CAP_MIN = 10_080
UNSERVED_POINTS = {Urgency.LIFE: 400, Urgency.HEALTH: 100, Urgency.HARDSHIP: 40, Urgency.NONE: 10}
AGEING_CAP = 1_000
TIERS = 4
BAND_CAP = 16
EFFORT_CAP = 10_000
GEAR_MINUTES_PER_UNIT = 5
"""Twenty minutes of putting on gear weigh as four storeys without a lift (ours)."""


class Level(NamedTuple):
    """A level and the greatest value one leg can have on it."""

    name: str
    cap: int


def levels_of(policy: Policy) -> tuple[Level, ...]:
    """Return the levels of a policy, most important first."""
    return (
        Level("life_waiting", 2 * WAIT_CAP_S),
        Level("health_lateness", LATE_CAP_MIN + 1),
        Level("unserved", max(UNSERVED_POINTS.values()) + AGEING_CAP),
        Level("same_person", 2 * policy.continuity_max + 1),
        Level("building_tier", TIERS - 1),
        Level("load_band", BAND_CAP),
        Level("own_floor", 1),
        Level("continuity", policy.continuity_max),
        Level("effort", EFFORT_CAP),
        Level("tie", (1 << TIE_BITS) - 1),
    )


LOAD_BAND = 5
WAITING_LEVELS = 3
"""The first three levels price leaving a leg unserved; the others price who goes."""


@dataclass(frozen=True, slots=True)
class Scale:
    """
    Turns level vectors into one integer and differences back into vectors.

    Each radix is more than twice the greatest sum over the board, so that differences decode exactly too.
    """

    weights: tuple[int, ...]
    radixes: tuple[int, ...]

    @classmethod
    def of(cls, levels: Sequence[Level], *, legs: int) -> Scale:
        """Return the scale for a board with this many legs to place."""
        radixes = tuple(2 * level.cap * max(1, legs) + 1 for level in levels)
        weights = [1]
        for radix in reversed(radixes[1:]):
            weights.append(weights[-1] * radix)
        return cls(tuple(reversed(weights)), radixes)

    def cost(self, vector: Sequence[int], *, first: int = 0) -> int:
        """Return the cost of a vector whose first value stands on level `first`."""
        return sum(value * weight for value, weight in zip(vector, self.weights[first:], strict=False))

    def decode(self, difference: int) -> tuple[int, ...]:
        """Return the level-by-level change behind a difference of total costs."""
        digits: list[int] = []
        for radix in reversed(self.radixes):
            digit = difference % radix
            if digit > radix // 2:
                digit -= radix
            digits.append(digit)
            difference = (difference - digit) // radix
        return tuple(reversed(digits))


def unserved_vector(task: Task, *, policy: Policy, at: datetime) -> tuple[int, int, int]:
    """
    Return what leaving a leg unserved costs: life waiting (s), health lateness (min), points with ageing.

    Lateness is zero until the request is late. Ageing lifts a leg by one point per `ageing_s`,
    twice as fast for a person on the green lane (R34).
    """
    since = task.leg.ready_at or task.request.received_at
    waited = max(0, int((at - since).total_seconds()))
    urgency = task.request.urgency
    life = WAIT_CAP_S + min(waited, WAIT_CAP_S) if urgency is Urgency.LIFE else 0
    late = 0
    if urgency is Urgency.HEALTH and task.request.due_at is not None and at > task.request.due_at:
        late = 1 + min(LATE_CAP_MIN, int((at - task.request.due_at).total_seconds()) // 60)
    ageing_s = policy.ageing_s // 2 if task.beneficiary.green_lane else policy.ageing_s
    points = UNSERVED_POINTS[urgency] + min(AGEING_CAP, waited // ageing_s)
    return (life, late, points)


def pair_vector(person: Person, task: Task, *, leg: LegId) -> tuple[int, ...]:
    """Return what sending somebody costs, from `same_person` to `tie`, the load band at their present load."""
    lack = _lack_of_continuity(person, task)
    same_person = lack if task.request.same_person else 0
    # Who was sent back when this very crew collapsed comes before all others, known or not (R9).
    stranger = bool(task.leg.returned) and person.id not in task.leg.returned
    return (
        same_person + (person.policy.continuity_max + 1 if stranger else 0),
        building_tier(person, task),
        load_band(person, extra=0),
        0 if _own_floor(person, task) else 1,
        lack,
        min(EFFORT_CAP, _effort(person, task)),
        tie(person.policy, leg, person.id),
    )


def building_tier(person: Person, task: Task) -> int:
    """Return 0 for the own building, 1 compound, 2 community, 3 neither home nor post here."""
    place, state = task.request.place, person.state
    posts = [scope for scope in state.scopes if scope.contains(place)]
    if state.home is not None:
        posts.append(state.home)
    if any(post.building is not None and post.building == place.building for post in posts):
        return 0
    if any(post.compound is not None and post.compound == place.compound for post in posts):
        return 1
    return 2 if posts else 3


def load_band(person: Person, *, extra: int) -> int:
    """Return the load band with `extra` more units: steps of personal capacity, past days' daily mean included."""
    days = person.policy.burden_days
    mean = person.state.worked(person.at, days=days) // days if days else 0
    share = 100 * (person.state.load + mean + extra) // person.state.capacity
    return min(BAND_CAP, share // person.policy.load_band_percent)


def _own_floor(person: Person, task: Task) -> bool:
    place, home = task.request.place, person.state.home
    if place.floor is None:
        return False
    floors = [scope for scope in person.state.scopes if scope.floor is not None and scope.contains(place)]
    return bool(floors) or (home is not None and home.building == place.building and home.floor == place.floor)


def _lack_of_continuity(person: Person, task: Task) -> int:
    visits, last = person.state.met.get(task.request.beneficiary, (0, 0))
    policy = person.policy
    if visits and person.at.toordinal() - last <= policy.continuity_days:
        return policy.continuity_max - min(visits, policy.continuity_max)
    return policy.continuity_max


def _effort(person: Person, task: Task) -> int:
    """Return the effort of going: gear that somebody wears already behind the same line is not counted again (R21)."""
    gear = gear_for(task.register, person.state, task.leg.plan, place=task.request.place, at=person.at)
    minutes = gear.minutes if gear is not None and gear.line not in person.entered else 0
    return task.leg.plan.effort + -(-minutes // GEAR_MINUTES_PER_UNIT)


def tie(policy: Policy, leg: LegId, responder: ResponderId) -> int:
    """Return the 48-bit hash that makes the optimum unique: nobody is first for ever."""
    return policy.tie(leg, responder)
