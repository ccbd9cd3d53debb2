"""Why nobody can be asked for a leg, and the smallest relaxation of the rules that would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain, combinations

from ..domain.match_run import RuleCount, ShortfallFound
from ..domain.policy import Policy
from ..domain.values import ResponderId
from .board import Board
from .crowd import Crowd
from .demand import Demand
from .eligible import SERVES_THE_PLACE, Person
from .memory import Memory

DISTINCT_MAX = 16
ONE_MORE = "one_more_responder"
"""Everybody who could go is needed more urgently elsewhere: one more responder would serve this leg."""


def shortfalls_of(
    board: Board,
    short: Sequence[Demand],
    people: Mapping[ResponderId, Person],
    *,
    policy: Policy,
    at: datetime,
    matcher: int,
    memory: Memory | None = None,
) -> Iterator[ShortfallFound]:
    """Yield the shortfalls of unserved legs, but for those that the log holds already just so."""
    known, digest = board.match_run.shortfalls, policy.digest()
    crowd = Crowd(people, board.place_register, at, memory=memory)
    for demand in short:
        relaxation, would_serve = crowd.recall(demand, partial(relaxation_of, demand, crowd))
        if known.get(demand.leg) != (demand.people, relaxation):
            yield ShortfallFound(
                as_of=board.position,
                at=at,
                policy=digest,
                matcher=matcher,
                leg=demand.leg,
                missing=demand.people,
                eligible=len(demand.vectors),
                failed=rule_counts(demand),
                relaxation=relaxation,
                would_serve=would_serve,
            )


def relaxation_of(demand: Demand, crowd: Crowd) -> tuple[tuple[str, ...], int]:
    """
    Return what would help, and how many could go then: one more person, or the fewest rules to waive.

    Of a crew for which enough people could go and none for one of its positions, that position is asked about.
    """
    if len(demand.vectors) < demand.people:
        return smallest_relaxation(demand, crowd)
    lacking = crowd.lacking(demand)
    return ((ONE_MORE,), demand.people) if lacking is None else smallest_relaxation(lacking, crowd)


def rule_counts(demand: Demand) -> tuple[RuleCount, ...]:
    """Return how many responders failed each rule first, by rule name."""
    counts = Counter(demand.failed.values())
    if demand.elsewhere:
        counts[SERVES_THE_PLACE] += demand.elsewhere
    return tuple(RuleCount(rule=rule, count=counts[rule]) for rule in sorted(counts))


def smallest_relaxation(demand: Demand, crowd: Crowd) -> tuple[tuple[str, ...], int]:
    """
    Return the fewest rules to waive so that enough people could go, and how many that would be.

    Among sets of the same size the one that serves most wins, then the alphabet. Empty when even all
    rules waived would not give enough people.

    Notes
    -----
    A smallest set is a union of what as many people fail as are missing, so only those unions are tried;
    of more than `DISTINCT_MAX` different lists of failures the shortest ones.
    """
    failing = crowd.failing(demand)
    distinct = sorted(failing, key=lambda rules: (len(rules), sorted(rules)))[:DISTINCT_MAX]
    able, missing = len(demand.vectors), demand.people - len(demand.vectors)
    best: tuple[int, int, tuple[str, ...]] | None = None
    for parts in chain.from_iterable(combinations(distinct, size) for size in range(1, missing + 1)):
        waived = frozenset[str]().union(*parts)
        if best is not None and len(waived) > best[0]:
            continue
        serves = able + sum(count for rules, count in failing.items() if rules <= waived)
        if serves >= demand.people:
            option = (len(waived), -serves, tuple(sorted(waived)))
            best = option if best is None or option < best else best
    return (best[2], -best[1]) if best else ((), 0)
