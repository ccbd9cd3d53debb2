"""What it would have cost to send somebody else: the whole plan's rise, and who would move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest

from ..domain.values import ResponderId
from .demand import Demand
from .eligible import Person, all_failures
from .reasoning import Reasoning, weighed
from .singles import Move


@dataclass(frozen=True, slots=True)
class Alternative:
    """
    One other way to serve a leg.

    Attributes
    ----------
    responder
        Who would go.
    failed
        Every hard rule that keeps them from it, the first one first; empty when they may go.
    vector
        Their own levels for this leg; empty when they may not go.
    rise
        By how much the whole plan would get worse, level by level; the first level that is not zero decides.
        Empty when they may not go, or have no room left beside what this run gives them.
    moves
        What else would go to others then, first the leg that makes room.
    place
        How many legs would stand before it in their queue, where the policy plans queues.
    """

    responder: ResponderId
    failed: tuple[str, ...] = ()
    vector: tuple[int, ...] = ()
    rise: tuple[int, ...] = ()
    moves: tuple[Move, ...] = ()
    place: int | None = None


def alternative(run: Reasoning, demand: Demand, responder: ResponderId) -> Alternative:
    """
    Return what sending somebody would take.

    For a leg of one person the rise is exactly that of solving the whole board again with the leg forced
    there; for a crew that was searched for, that of forming all the crews that stand again with the person in this
    one. For a crew of the rule it is what the rule plans when that person is taken first.
    """
    if responder not in demand.vectors:
        return Alternative(responder, failed=all_failures(run.people[responder], demand.task))
    plain = Alternative(responder, vector=demand.vectors[responder])
    if demand.task.leg.plan.crew > 1:
        return _in_crew(run, demand, plain)
    way = run.placed.ways(demand.leg, only=responder).get(responder)
    return plain if way is None else replace(plain, rise=way.rise, moves=way.moves, place=way.place)


def alternatives(run: Reasoning, demand: Demand) -> Iterator[Alternative]:
    """
    Give everybody who could take a one-person leg and has room, the cheapest for the whole plan first.

    Whoever has it already comes first, at no rise. Nobody for a crew: ask about one person at a time.
    """
    ways = run.placed.ways(demand.leg)
    for responder in sorted(ways, key=lambda r: (ways[r].rise, r)):
        way = ways[responder]
        vector = demand.vectors[responder]
        yield Alternative(responder, vector=vector, rise=way.rise, moves=way.moves, place=way.place)


def if_first(run: Reasoning, demand: Demand) -> tuple[Move, ...]:
    """
    Return what would change if a crew were formed before anything else: its own members, then who loses them.

    Nothing where no crew can be formed even then.
    """
    levels = next(iter(run.people.values())).levels
    most = tuple(level.cap for level in levels.all[: levels.waiting])
    urgent = replace(demand, waiting=most)
    others = [other for other in run.demands if other is not demand]
    forced = weighed(run.people, [urgent, *others], sent=run.sent)
    return tuple(_moved(run, forced)) if demand.leg in forced.served() else ()


def helped_by(demand: Demand, people: Mapping[ResponderId, Person], waived: Iterable[str]) -> tuple[ResponderId, ...]:
    """Return who else could go if these rules were waived for them, in order of id; nobody where there are none."""
    rules = frozenset(waived)
    others = (r for r in sorted(people) if r not in demand.vectors)
    return tuple(r for r in others if rules.issuperset(all_failures(people[r], demand.task)))


def _in_crew(run: Reasoning, demand: Demand, plain: Alternative) -> Alternative:
    """Return the exact price where crews were searched for; by the rule, form them with this person taken first."""
    if plain.responder in run.served().get(demand.leg, ()):
        return replace(plain, rise=(0,) * len(run.people[plain.responder].levels))
    if rises := run.together.rises(demand.leg):
        rise = rises.get(plain.responder)
        moves = () if rise is None else run.together.moves(demand.leg, plain.responder)
        return plain if rise is None else replace(plain, rise=rise, moves=moves)
    first = {**demand.vectors, plain.responder: (0,) * len(plain.vector)}
    demands = [replace(demand, vectors=first) if other is demand else other for other in run.demands]
    forced = weighed(run.people, demands, sent=run.sent)
    if plain.responder not in forced.served().get(demand.leg, ()):
        return plain
    was, would_be = _total(run, run), _total(forced, run)
    rise = tuple(b - a for a, b in zip_longest(was, would_be, fillvalue=0))
    return replace(plain, rise=rise, moves=tuple(_moved(run, forced)))


def _total(run: Reasoning, true: Reasoning) -> tuple[int, ...]:
    """Return what a plan costs on each level; the levels of crews are read from the run in which they are true."""
    served = run.served()
    parts = [run.placed.total()]
    for demand in true.demands:
        if demand.task.leg.plan.crew == 1:
            continue
        members = served.get(demand.leg, ())
        parts += [_beside(demand.waiting, demand.vectors[r]) for r in members]
        parts += [] if members else [demand.waiting]
    return tuple(sum(values) for values in zip_longest(*parts, fillvalue=0))


def _beside(waiting: tuple[int, ...], vector: tuple[int, ...]) -> tuple[int, ...]:
    """Return the levels of a leg that somebody takes: it does not wait."""
    return (*(0,) * len(waiting), *vector)


def _moved(before: Reasoning, after: Reasoning) -> Iterator[Move]:
    was, is_now = before.served(), after.served()
    for leg in (demand.leg for demand in before.demands):
        gone = sorted(set(was.get(leg, ())) - set(is_now.get(leg, ())))
        come = sorted(set(is_now.get(leg, ())) - set(was.get(leg, ())))
        for index in range(max(len(gone), len(come))):
            giver = gone[index] if index < len(gone) else None
            taker = come[index] if index < len(come) else None
            yield Move(leg, giver, taker)
