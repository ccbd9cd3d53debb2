"""Why this person: the full explanation of one decision, recomputed from the board it was made on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..domain.errors import CorruptHistory, Refused
from ..domain.match_run import MatchDecided
from ..domain.values import CommunityId, LegId, OfferId, ResponderId
from ..matching.board import Board, advance
from ..matching.demand import demands_of, people_of, tasks_of
from ..matching.levels import levels_of
from ..matching.match import explanation_digest
from ..store.codec import TOPICS
from ..store.recorded import Recorded
from .log import Log

Levels = Mapping[str, int]
"""Value by level name, most important level first; smaller is better."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    Why somebody was asked for a leg, and nobody else.

    Attributes
    ----------
    waiting
        What leaving the leg unserved cost, on the first levels.
    chosen
        The responder's values on the levels of the policy.
    runner_up, price
        The next best, and the exact rise of the whole optimum if he were forced; `None` if nobody else
        could go, and then `price` is empty.
    failed_counts
        How many failed each hard rule first.
    candidates
        Everybody who could go with their levels, best first; recomputed.
    failed
        The first hard rule that everybody else failed; recomputed.
    is_proven
        Whether what was recomputed has the digest that is stored with the decision.
    """

    position: int
    as_of: int
    community: CommunityId
    leg: LegId
    offer: OfferId
    responder: ResponderId
    decided_at: datetime
    policy: str
    matcher: int
    solved_by: str
    waiting: Levels
    chosen: Levels
    runner_up: ResponderId | None
    price: Levels
    failed_counts: Mapping[str, int]
    candidates: Mapping[ResponderId, Levels]
    failed: Mapping[ResponderId, str]
    is_proven: bool


def explain(log: Log, position: int) -> Explanation:
    """
    Explain the decision at a position of the log.

    Raises
    ------
    Refused
        ``not_a_decision``: no decision stands there.
    CorruptHistory
        The log is damaged before it, or the leg did not wait on the board that the decision names.
    """
    row = next(log.rows(gt=position - 1, lte=position), None)
    event = None if row is None else TOPICS.decode(row)
    if event is None or not isinstance(event.fact, MatchDecided):
        what = "nothing" if event is None else event.topic
        raise Refused(
            "not_a_decision",
            f"At position {position} of the log stands {what}, not {MatchDecided.TOPIC}. Look for it in the timeline.",
            position=position,
        )
    return _explained(event, event.fact, board_at(log, event.community, event.fact.as_of))


def board_at(log: Log, community: CommunityId, position: int) -> Board:
    """Return the picture of a community at a position of the log."""
    return advance(Board(community), (TOPICS.decode(row) for row in log.rows(lte=position, community=community)))


def _explained(event: Recorded, fact: MatchDecided, board: Board) -> Explanation:
    policy = board.place_register.policy
    people = people_of(board, policy, fact.at)
    demands = demands_of(tasks_of(board), people, policy=policy, at=fact.at)
    demand = next((demand for demand in demands if demand.leg == fact.leg), None)
    if demand is None:
        raise CorruptHistory(
            f"Leg {fact.leg} did not wait for anybody at position {fact.as_of}, on which the decision at "
            f"{event.position} stands. Run `dispatch audit replay`.",
            position=event.position,
        )
    levels = levels_of(policy)
    names, pair = levels.names, levels.pair
    return Explanation(
        position=event.position,
        as_of=fact.as_of,
        community=event.community,
        leg=fact.leg,
        offer=fact.offer,
        responder=fact.responder,
        decided_at=fact.at,
        policy=fact.policy,
        matcher=fact.matcher,
        solved_by=fact.solved_by,
        waiting=_named(names, demand.waiting),
        chosen=_named(pair, fact.vector),
        runner_up=fact.runner_up,
        price=_named(names, fact.price or ()),
        failed_counts={count.rule: count.count for count in fact.failed},
        candidates={responder: _named(pair, demand.vectors[responder]) for responder in demand.by_vector()},
        failed=demand.failed_by_all(people),
        is_proven=explanation_digest(demand) == fact.explanation,
    )


def _named(names: Sequence[str], values: Sequence[int]) -> Levels:
    return dict(zip(names, values, strict=False))
