"""Why this person: the full explanation of one decision, recomputed from the board it was made on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..domain.errors import CorruptHistory
from ..domain.match_run import MatchDecided, Overtaken
from ..domain.policy import Policy
from ..domain.values import CommunityId, LegId, OfferId, ResponderId
from ..matching.board import Board
from ..matching.demand import Choice, Demand
from ..matching.match import MATCHER, explanation_digest
from ..matching.reasoning import Reasoning, overtaken_by, reasoning
from ..matching.singles import Move
from ..store.recorded import Recorded
from .alternatives import Alternative, Levels, all_levels, alternative_of, caps_of, pair_levels, waiting_levels


@dataclass(frozen=True, slots=True)
class Passed:
    """
    A more urgent leg that waited while somebody who could go for it was asked for another (L3).

    Attributes
    ----------
    waits_for, place
        In whose queue it had its turn, behind how many others; `None` where the plan left it.
    rise, moves
        By how much the whole plan would have got worse had they been sent to it at once, level by level, and which
        other legs would have stood elsewhere then. Empty where they had no room, and for a crew.
    """

    leg: LegId
    waits_for: ResponderId | None
    place: int | None
    rise: Levels
    moves: tuple[Move, ...]

    @property
    def decisive(self) -> str | None:
        """The first level on which the whole plan would have been worse."""
        return next((name for name, value in self.rise.items() if value), None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    Why somebody was asked for a leg, and nobody else.

    Attributes
    ----------
    position, as_of
        Where the decision stands in the log, and the position of the board it was made on.
    staff
        Whether it was an assignment; otherwise an offer.
    policy, policy_name, policy_version
        Digest, name and version of the policy that the decision names.
    matcher
        Version of the matcher that decided; another one than ours cannot be proven, and `is_proven` is false.
    solved_by
        By which method: see `MatchDecided`.
    waiting
        What leaving the leg unserved cost, on the first levels.
    chosen
        The responder's values on the levels of the policy.
    caps
        The greatest value that one leg can have on each level, most important first.
    queue_place
        How many legs stand before this one in their queue, where the policy plans queues.
    place, crew
        Their place in the crew, and whom this run asked for the same leg besides; `None` and empty for one person.
    runner_up, price
        The next best, and the exact rise of the whole optimum if he were forced; `None` if nobody else
        could go, and then `price` is empty.
    second
        The runner-up again, with all that would move then; recomputed.
    instead
        The same about whomever the question named; `None` when it named nobody.
    gap, tried
        Of a crew: by how much at most a better plan could be better, level by level, and how many flows were
        looked at. All zero is proven; empty where no bound was worked out.
    overtook, overtook_more
        The first of the more urgent legs that they could have gone for and that waited, each with its reason, and
        how many there were besides.
    failed_counts
        How many failed each hard rule first.
    candidates
        Everybody who could go with their levels, best first; recomputed.
    failed
        The first hard rule that everybody else failed; recomputed.
    is_proven
        Whether what was recomputed is what is stored: the digest of all candidates and rules, who is asked,
        who was next, and at what price.
    """

    position: int
    as_of: int
    community: CommunityId
    leg: LegId
    offer: OfferId
    responder: ResponderId
    staff: bool
    decided_at: datetime
    policy: str
    policy_name: str
    policy_version: int
    matcher: int
    solved_by: str
    waiting: Levels
    chosen: Levels
    caps: Levels
    queue_place: int | None
    place: str | None
    crew: tuple[ResponderId, ...]
    runner_up: ResponderId | None
    price: Levels
    second: Alternative | None
    instead: Alternative | None
    gap: Levels
    tried: int
    overtook: tuple[Passed, ...]
    overtook_more: int
    failed_counts: Mapping[str, int]
    candidates: Mapping[ResponderId, Levels]
    failed: Mapping[ResponderId, str]
    is_proven: bool


def explained(event: Recorded, fact: MatchDecided, board: Board, *, instead: ResponderId | None = None) -> Explanation:
    """
    Explain a recorded decision.

    Parameters
    ----------
    board
        The community at the position `as_of` that the decision names.
    instead
        Somebody else about whom is asked.

    Raises
    ------
    CorruptHistory
        The leg did not wait on that board.
    Unknown
        Nobody of the id `instead` is on it.
    """
    policy = board.place_register.policy
    run = reasoning(board, policy, fact.at)
    demand = run.demand_of(fact.leg)
    if demand is None:
        raise did_not_wait(fact.leg, fact.as_of, position=event.position)
    second = None if fact.runner_up is None else _known(run, demand, fact.runner_up, board=board)
    return Explanation(
        position=event.position,
        as_of=fact.as_of,
        community=event.community,
        leg=fact.leg,
        offer=fact.offer,
        responder=fact.responder,
        staff=fact.staff,
        decided_at=fact.at,
        policy=fact.policy,
        policy_name=policy.name,
        policy_version=policy.version,
        matcher=fact.matcher,
        solved_by=fact.solved_by,
        waiting=waiting_levels(policy, demand.waiting),
        chosen=pair_levels(policy, fact.vector),
        caps=caps_of(policy),
        queue_place=fact.place,
        place=fact.position,
        crew=_crew(run, fact),
        runner_up=fact.runner_up,
        price=all_levels(policy, fact.price or ()),
        second=second,
        instead=None if instead is None else alternative_of(run, demand, instead, policy=policy),
        gap=all_levels(policy, fact.gap or ()),
        tried=fact.tried,
        overtook=tuple(_passed(run, one, fact.responder, policy=policy) for one in fact.overtook),
        overtook_more=fact.overtook_more,
        failed_counts={count.rule: count.count for count in fact.failed},
        candidates={responder: pair_levels(policy, demand.vectors[responder]) for responder in demand.by_vector()},
        failed=demand.failed_by_all(run.people),
        is_proven=_is_proven(run, demand, fact),
    )


def did_not_wait(leg: LegId, as_of: int, *, position: int) -> CorruptHistory:
    """Return the error of a decision or shortfall that stands on a board where its leg needed nobody."""
    return CorruptHistory(
        f"Leg {leg} did not wait for anybody at position {as_of}, on which the decision at {position} stands. "
        "Run `dispatch audit replay`.",
        position=position,
    )


def _known(run: Reasoning, demand: Demand, responder: ResponderId, *, board: Board) -> Alternative | None:
    """Return what sending the recorded runner-up would take; `None` if an altered record names nobody we know."""
    if responder not in run.people:
        return None
    return alternative_of(run, demand, responder, policy=board.place_register.policy)


def _crew(run: Reasoning, fact: MatchDecided) -> tuple[ResponderId, ...]:
    members = (choice.responder for choice in run.choices if choice.demand.leg == fact.leg)
    return tuple(member for member in members if member != fact.responder)


def _passed(run: Reasoning, one: Overtaken, responder: ResponderId, *, policy: Policy) -> Passed:
    rise, moves = run.placed.if_now(one.leg, responder) or ((), ())
    return Passed(one.leg, one.waits_for, one.place, all_levels(policy, rise), moves)


def _is_proven(run: Reasoning, demand: Demand, fact: MatchDecided) -> bool:
    if fact.matcher != MATCHER or explanation_digest(demand) != fact.explanation:
        return False
    ours = (choice for choice in run.choices if choice.demand is demand)
    return any(
        _is_recorded(run.together.priced(choice), fact)
        and overtaken_by(run, choice) == (fact.overtook, fact.overtook_more)
        for choice in ours
    )


def _is_recorded(choice: Choice, fact: MatchDecided) -> bool:
    ours = (choice.responder, choice.solved_by, choice.runner_up, choice.price, choice.position)
    theirs = (fact.responder, fact.solved_by, fact.runner_up, fact.price, fact.position)
    return ours == theirs and (choice.gap, choice.tried, choice.place) == (fact.gap, fact.tried, fact.place)
