"""
What a leg costs unserved, and what sending somebody costs, on the levels of the policy.

Which levels there are, and in which order, is the policy's (`domain.policy_levels`); `scale` makes one
number of them. Here is how each is measured. A lower level can never outweigh a higher one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from ..domain.access import gear_for
from ..domain.policy import Policy
from ..domain.policy_levels import AGEING_CAP, BY_URGENCY, LATE_CAP_MIN, WAIT_CAP_S, LevelName, Measure
from ..domain.values import LegId, Urgency
from .eligible import CAN_WAIT, Person, Task
from .scale import Level, Levels, Scale, levels_of
from .tiers import tier_of, waits_since

__all__ = [
    "Level",
    "Levels",
    "Scale",
    "levels_of",
    "load_band",
    "pair_vector",
    "unserved_vector",
    "waited_vector",
]

GEAR_MINUTES_PER_UNIT = 5
"""Twenty minutes of putting on gear weigh as four storeys without a lift (ours)."""


def unserved_vector(task: Task, *, policy: Policy, at: datetime, levels: Levels | None = None) -> tuple[int, ...]:
    """
    Return what leaving a leg unserved costs, on the levels that price it, in the policy's order.

    Life waiting is in seconds, health lateness in minutes and zero until the request is late. Ageing
    lifts a leg by a step per `ageing_s`, twice as fast for a person on the green lane (R34).
    """
    levels = levels or levels_of(policy)
    waited = int((at - waits_since(task.request, task.leg)).total_seconds())
    wait = _Wait(task, at, max(0, waited), policy, levels)
    return tuple(_WAITING[level.name](wait) for level in levels.all[: levels.waiting])


def waited_vector(waiting: Sequence[int], task: Task, *, levels: Levels) -> tuple[int, ...]:
    """
    Return how much of what leaving a leg costs has come by waiting; the rest is its urgency.

    Parameters
    ----------
    waiting
        What leaving it costs, of `unserved_vector`.
    """
    urgency = {
        LevelName.LIFE_WAITING: WAIT_CAP_S,
        LevelName.HEALTH_LATENESS: 1,
        LevelName.UNSERVED: levels.weights[BY_URGENCY[task.request.urgency]],
    }
    names = levels.names[: levels.waiting]
    return tuple(max(0, value - urgency[LevelName(name)]) for name, value in zip(names, waiting, strict=True))


class _Wait(NamedTuple):
    """A leg that waits: how long, in seconds, and by which policy that counts."""

    task: Task
    at: datetime
    waited: int
    policy: Policy
    levels: Levels


def _life_waiting(wait: _Wait) -> int:
    return WAIT_CAP_S + min(wait.waited, WAIT_CAP_S) if wait.task.request.urgency is Urgency.LIFE else 0


def _health_lateness(wait: _Wait) -> int:
    due_at = wait.task.request.due_at
    if wait.task.request.urgency is not Urgency.HEALTH or due_at is None or wait.at <= due_at:
        return 0
    return 1 + min(LATE_CAP_MIN, int((wait.at - due_at).total_seconds()) // 60)


def _unserved(wait: _Wait) -> int:
    ageing_s = wait.policy.ageing_s // 2 if wait.task.beneficiary.green_lane else wait.policy.ageing_s
    aged = wait.levels.weights[Measure.AGEING] * (wait.waited // ageing_s)
    return wait.levels.weights[BY_URGENCY[wait.task.request.urgency]] + min(AGEING_CAP, aged)


_WAITING: Mapping[str, Callable[[_Wait], int]] = MappingProxyType({
    LevelName.LIFE_WAITING: _life_waiting,
    LevelName.HEALTH_LATENESS: _health_lateness,
    LevelName.UNSERVED: _unserved,
})  # fmt: skip


def pair_vector(person: Person, task: Task, *, leg: LegId, band: int | None = None) -> tuple[int, ...]:
    """
    Return what sending somebody costs, on the levels that price who goes, in the policy's order.

    Parameters
    ----------
    band
        The load band of their present load, if it is known: they have the first place in their queue.
    """
    pair = _Pair(person, task, leg, load_band(person, extra=0) if band is None else band)
    return tuple([_PAIR[name](pair) for name in person.levels.pair])


class _Pair(NamedTuple):
    """Somebody, a leg, and the load band of what they have in hand."""

    person: Person
    task: Task
    leg: LegId
    band: int


def _same_person(pair: _Pair) -> int:
    returned = pair.task.leg.returned
    lack = _lack_of_continuity(pair) if pair.task.request.same_person else 0
    # Who was sent back when this very crew collapsed comes before all others, known or not (R9).
    stranger = bool(returned) and pair.person.id not in returned
    return lack + (pair.person.policy.continuity_max + 1 if stranger else 0)


def load_band(person: Person, *, extra: int) -> int:
    """
    Return the load band with `extra` more units: steps of personal capacity, past days' daily mean included.

    Where the policy says so, offers received count as well as work done (part C: whoever is asked often and
    declines is burdened too).
    """
    days, weights = person.policy.burden_days, person.levels.weights
    mean = person.state.worked(person.at, days=days) // days if days else 0
    units = weights[Measure.HELD] * (person.state.load + extra) + weights[Measure.WORKED] * mean
    units += weights[Measure.ASKED] * person.state.offered(person.at, days=days) // days if days else 0
    share = 100 * units // person.state.capacity
    return min(person.levels.cap(LevelName.LOAD_BAND), share // person.policy.load_band_percent)


def _own_floor(pair: _Pair) -> int:
    place, home = pair.task.request.place, pair.person.state.home
    if place.floor is None:
        return 1
    if home is not None and home.building == place.building and home.floor == place.floor:
        return 0
    return 0 if any(scope.floor is not None and scope.contains(place) for scope in pair.person.state.scopes) else 1


def _lack_of_continuity(pair: _Pair) -> int:
    """Return the visits that are missing: each one counts until days apart have taken it off (PLOS ONE 0268517)."""
    person, task = pair.person, pair.task
    visits, last = person.state.met.get(task.request.beneficiary, (0, 0))
    policy, apart = person.policy, person.at.toordinal() - last
    if not visits or apart > policy.continuity_days:
        return policy.continuity_max
    faded = apart // policy.continuity_decay_days if policy.continuity_decay_days else 0
    return policy.continuity_max - max(0, min(visits, policy.continuity_max) - faded)


def _effort(pair: _Pair) -> int:
    """Return the effort of going: gear that somebody wears already behind the same line is not counted again (R21)."""
    person, task = pair.person, pair.task
    gear = gear_for(task.register, person.state, task.leg.plan, place=task.request.place, at=person.at)
    minutes = gear.minutes if gear is not None and gear.line not in person.entered else 0
    weights = person.levels.weights
    units = weights[Measure.LEG] * task.leg.plan.effort + weights[Measure.GEAR] * -(-minutes // GEAR_MINUTES_PER_UNIT)
    return min(person.levels.cap(LevelName.EFFORT), units)


def _nearness(pair: _Pair) -> int:
    """Return what the level `waiting` weighs against minutes, at the first place of a queue."""
    weights = pair.person.levels.weights
    unknown = weights[Measure.UNKNOWN_FACE] and _same_person(pair)
    return (
        weights[Measure.OTHER_FLOOR] * _own_floor(pair)
        + weights[Measure.UNKNOWN_FACE] * unknown
        + weights[Measure.FULLER] * pair.band
    )


_PAIR: Mapping[str, Callable[[_Pair], int]] = MappingProxyType({
    LevelName.WAITING: _nearness,
    LevelName.CHANGES: lambda _: 0,
    LevelName.RESERVE: lambda pair: int(pair.person.kept and pair.task.request.urgency in CAN_WAIT),
    LevelName.SAME_PERSON: _same_person,
    LevelName.BUILDING_TIER: lambda pair: tier_of(pair.person.state, pair.task.request.place),
    LevelName.LOAD_BAND: lambda pair: pair.band,
    LevelName.OWN_FLOOR: _own_floor,
    LevelName.CONTINUITY: _lack_of_continuity,
    LevelName.EFFORT: _effort,
    LevelName.TIE: lambda pair: pair.person.policy.tie(pair.leg, pair.person.id),
})  # fmt: skip
