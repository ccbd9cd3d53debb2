"""Why nobody: what keeps everybody from a leg that waits for people, and the least that would serve it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ..domain.match_run import ShortfallFound
from ..domain.values import CommunityId, LegId, ResponderId, Urgency
from ..matching.alternatives import helped_by, if_first
from ..matching.board import Board
from ..matching.crowd import Crowd
from ..matching.demand import Demand
from ..matching.eligible import all_failures
from ..matching.match import MATCHER
from ..matching.reasoning import Reasoning, reasoning
from ..matching.shortfall import relaxation_of
from ..matching.singles import Move
from ..matching.tiers import opens_at
from ..store.recorded import Recorded
from .alternatives import Alternative, Levels, alternative_of, caps_of, cheapest, pair_levels, waiting_levels
from .explain import did_not_wait

OPENING = frozenset({"tier_is_open", "not_kept_free"})
"""Rules that a leg outgrows by waiting."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """
    Why nobody, or not enough people, can be asked for a leg.

    Attributes
    ----------
    position
        Where the shortfall stands in the log that is explained; `None` when a leg was asked about.
    as_of, at
        The position of the board, and the instant that it is looked at.
    policy_name, policy_version, matcher
        By what it was weighed; for a recorded shortfall `matcher` is the one that found it.
    crew, missing
        People that the leg takes in all, and those who are needed and not asked.
    urgency, waits_since
        How urgent it is, and since when it is ready.
    waiting
        What leaving it unserved costs, on the first levels.
    caps
        The greatest value that one leg can have on each level, most important first.
    would_ask
        Whom the next match run asks; then nobody is missing, and the rest is about the others.
    planned, planned_place
        Who would come when it is its turn, and how many legs stand before it in their queue; nobody was told.
        `None` where the policy does not plan queues, or the plan leaves it.
    failed_counts
        How many failed each hard rule first.
    failed
        The first hard rule that everybody who may not go failed.
    rules
        Every hard rule that they fail; only when it was asked for, empty otherwise.
    alternatives
        Who could go, and what sending them would take from others, the cheapest first. Of a crew without a price.
    if_first
        Of a crew for which enough people could go: what would change if it came before all other legs.
    opens_at
        When further people may be asked by time alone, where that keeps somebody now.
    lacking
        The place in a crew that nobody is left for, where enough others could go.
    relaxation, would_serve, helped_by
        The fewest rules that, waived, would give enough people (or one more responder), how many could go
        then, and who besides those who can already. Empty and 0 when no rules would, or nobody is missing.
    overtaken
        Offers made for other legs since this shortfall was found first, or for less urgent ones before it.
    passed_by
        Positions of the decisions that let a less urgent leg go first: each says why. Where the policy plans queues.
    person
        What keeps whomever the question named, or what sending them would take.
    is_proven
        Whether a recorded shortfall came out again; `None` when a leg was asked about.
    """

    position: int | None
    as_of: int
    at: datetime
    community: CommunityId
    leg: LegId
    policy_name: str
    policy_version: int
    matcher: int
    crew: int
    missing: int
    urgency: Urgency
    waits_since: datetime
    waiting: Levels
    caps: Levels
    would_ask: tuple[ResponderId, ...]
    planned: ResponderId | None
    planned_place: int | None
    failed_counts: Mapping[str, int]
    failed: Mapping[ResponderId, str]
    rules: Mapping[ResponderId, tuple[str, ...]]
    alternatives: tuple[Alternative, ...]
    if_first: tuple[Move, ...]
    opens_at: datetime | None
    lacking: str | None
    relaxation: tuple[str, ...]
    would_serve: int
    helped_by: tuple[ResponderId, ...]
    overtaken: int
    person: Alternative | None
    is_proven: bool | None
    passed_by: tuple[int, ...] = ()

    @property
    def eligible(self) -> int:
        """How many could go by the hard rules."""
        return len(self.alternatives)


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a question about a leg adds.

    Attributes
    ----------
    person
        Somebody about whom is asked in particular.
    every_rule
        Whether every rule that somebody fails is listed, not only the first one.
    """

    person: ResponderId | None = None
    every_rule: bool = False


def shortfall_explained(event: Recorded, fact: ShortfallFound, board: Board, *, asked: Asked) -> Unserved:
    """
    Explain a recorded shortfall on the board it was found on.

    Raises
    ------
    CorruptHistory
        The leg did not wait on that board.
    Unknown
        Nobody of the id that is asked about is on it.
    """
    found = unserved(board, fact.leg, fact.at, asked=asked, recorded=(event.position, fact))
    if found is None:
        raise did_not_wait(fact.leg, fact.as_of, position=event.position)
    return found


def unserved(
    board: Board,
    leg: LegId,
    at: datetime,
    *,
    asked: Asked,
    recorded: tuple[int, ShortfallFound] | None = None,
    run: Reasoning | None = None,
) -> Unserved | None:
    """
    Return why a leg is not served on a board at an instant; `None` when it does not wait for anybody.

    Parameters
    ----------
    run
        What a match run weighs on that board at that instant, where somebody knows it already.

    Raises
    ------
    Unknown
        Nobody of the id that is asked about is on the board.
    """
    policy = board.place_register.policy
    run = run or reasoning(board, policy, at)
    demand = run.demand_of(leg)
    if demand is None:
        return None
    would_ask = tuple(choice.responder for choice in run.choices if choice.demand is demand)
    planned = next((one for one in run.placed.planned if one.leg == leg), None)
    relaxed = _Relaxed() if would_ask or planned else _relaxed(run, demand, Crowd(run.people, board.place_register, at))
    failed = demand.failed_by_all(run.people)
    person = None if asked.person is None else alternative_of(run, demand, asked.person, policy=policy)
    return Unserved(
        position=None if recorded is None else recorded[0],
        as_of=board.position,
        at=at,
        community=board.community,
        leg=leg,
        policy_name=policy.name,
        policy_version=policy.version,
        matcher=MATCHER if recorded is None else recorded[1].matcher,
        crew=demand.task.leg.plan.crew,
        missing=demand.people,
        urgency=demand.task.request.urgency,
        waits_since=demand.task.leg.ready_at or demand.task.request.received_at,
        waiting=waiting_levels(policy, demand.waiting),
        caps=caps_of(policy),
        would_ask=would_ask,
        planned=planned.responder if planned is not None else None,
        planned_place=planned.place if planned is not None else None,
        failed_counts=dict(sorted(Counter(failed.values()).items())),
        failed=failed,
        rules={r: all_failures(run.people[r], demand.task) for r in failed} if asked.every_rule else {},
        alternatives=_could_go(run, demand, board),
        if_first=relaxed.if_first,
        opens_at=_opens_at(demand, at) if OPENING.intersection(failed.values()) else None,
        lacking=relaxed.lacking,
        relaxation=relaxed.rules,
        would_serve=relaxed.would_serve,
        helped_by=relaxed.helped_by,
        overtaken=board.match_run.overtaken(leg),
        person=person,
        is_proven=None if recorded is None else _is_recorded(recorded[1], run, demand, relaxed=relaxed),
    )


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The smallest relaxation, how many it gives and whom, and the place in a crew that it is about."""

    rules: tuple[str, ...] = ()
    would_serve: int = 0
    helped_by: tuple[ResponderId, ...] = ()
    lacking: str | None = None
    if_first: tuple[Move, ...] = ()


def _relaxed(run: Reasoning, demand: Demand, crowd: Crowd) -> _Relaxed:
    rules, would_serve = relaxation_of(demand, crowd)
    enough = len(demand.vectors) >= demand.people
    lacking = crowd.lacking(demand) if enough else None
    if lacking is None:
        moves = if_first(run, demand) if enough and demand.task.leg.plan.crew > 1 else ()
        return _Relaxed(rules, would_serve, helped_by(demand, run.people, rules), if_first=moves)
    place = lacking.task.leg.plan.positions[0].name
    return _Relaxed(rules, would_serve, helped_by(lacking, run.people, rules), place)


def _opens_at(demand: Demand, at: datetime) -> datetime | None:
    """Return when a leg may be asked of people further away, or kept free, next."""
    task = demand.task
    alone = replace(task.request, legs=(task.leg,))
    return min((opens for opens in opens_at((alone,), task.register.policy) if opens > at), default=None)


def _could_go(run: Reasoning, demand: Demand, board: Board) -> tuple[Alternative, ...]:
    """Return everybody who could go: those with room and a price first."""
    policy = board.place_register.policy
    priced = cheapest(run, demand, policy=policy) if demand.task.leg.plan.crew == 1 else ()
    known = {one.responder for one in priced}
    others = (r for r in demand.by_vector() if r not in known)
    return (*priced, *(Alternative(r, (), pair_levels(policy, demand.vectors[r]), {}, ()) for r in others))


def _is_recorded(fact: ShortfallFound, run: Reasoning, demand: Demand, *, relaxed: _Relaxed) -> bool:
    counts = dict(Counter(demand.failed_by_all(run.people).values()))
    ours = (demand.people, len(demand.vectors), counts, relaxed.rules, relaxed.would_serve)
    theirs = (fact.missing, fact.eligible, {c.rule: c.count for c in fact.failed}, fact.relaxation, fact.would_serve)
    return fact.matcher == MATCHER and not run.choices and ours == theirs
