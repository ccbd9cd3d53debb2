"""
match(board, policy, at): who is asked now, and why. Pure, and the answer is unique.

Crews, all or nothing, and one-person legs are weighed together (`together`): exact min-cost flows, and a search
over which crews stand that says how far it is from proven. Ties are broken by a hash, so nobody is first for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from ..domain.help_request import next_offer
from ..domain.match_run import Candidate, MatchDecided, RecordMatch, ShortfallFound
from ..domain.policy import Policy
from ..domain.sheet import sheet_answer_by
from ..domain.values import SYSTEM, OfferId, RequestId, request_of
from .board import Board
from .demand import Choice, Demand
from .eligible import CAN_WAIT
from .memory import Memory
from .reasoning import Reasoning, overtaken_by, reasoning
from .shortfall import rule_counts, shortfalls_of
from .singles import Planned, Withdrawn

MATCHER = 3
"""Version of the matcher; raised whenever the same board could give another answer."""


@dataclass(frozen=True, slots=True)
class MatchResult:
    """
    What one run decides.

    Attributes
    ----------
    decided
        One for each offer or assignment to make, most urgent legs first.
    shortfalls
        Legs that stay unserved for a new reason; none while anybody is still asked.
    collapsed
        Offers of crews that cannot be completed: they are withdrawn.
    unserved
        Legs that wait after this run, those with a place in the plan too.
    withdrawn
        Sent offers that something more important takes back.
    planned
        Who would come for legs that wait their turn: provisional, not recorded, planned anew by the next run.
    """

    decided: tuple[MatchDecided, ...]
    shortfalls: tuple[ShortfallFound, ...]
    collapsed: tuple[OfferId, ...]
    unserved: int
    withdrawn: tuple[Withdrawn, ...] = ()
    planned: tuple[Planned, ...] = ()


NOTHING_TO_DO = MatchResult((), (), (), 0)


def match(board: Board, policy: Policy, at: datetime, *, memory: Memory | None = None) -> MatchResult:
    """
    Decide who is asked for what.

    Parameters
    ----------
    board
        The community at one log position.
    policy
        The policy in force on that board.
    at
        Instant of the run, UTC; the only clock it sees.
    memory
        What the last run of this community left: it makes the answer quicker and is never seen in it.

    Returns
    -------
    MatchResult
        At most `policy.offers_per_run_max` decisions (a crew is never cut) or shortfalls; the next run
        continues.
    """
    run = reasoning(board, policy, at, memory=memory)
    if not run.demands:
        return NOTHING_TO_DO
    choices, crews = list(run.choices), run.crews
    # Whoever is asked, or freed, now changes who is free: what is short is said by the last run, which moves nobody.
    found = (
        ()
        if choices or crews.collapsed or run.placed.withdrawn
        else shortfalls_of(board, run.without_a_place, run.people, policy=policy, at=at, matcher=MATCHER, memory=memory)
    )
    choices.sort(key=lambda choice: (choice.demand.rank, choice.demand.vectors[choice.responder]))
    chosen = [run.together.priced(choice) for choice in _first(choices, policy.offers_per_run_max)]
    return MatchResult(
        decided=_decisions(board, chosen, run, policy=policy, at=at),
        shortfalls=tuple(islice(found, policy.offers_per_run_max)),
        collapsed=crews.collapsed,
        unserved=len(run.short),
        withdrawn=run.withdrawn,
        planned=run.placed.planned,
    )


def _first(choices: Sequence[Choice], limit: int) -> Sequence[Choice]:
    end = min(limit, len(choices))
    while 0 < end < len(choices) and choices[end].demand.leg == choices[end - 1].demand.leg:
        end += 1
    return choices[:end]


def _decisions(
    board: Board, choices: Sequence[Choice], run: Reasoning, *, policy: Policy, at: datetime
) -> tuple[MatchDecided, ...]:
    digest = policy.digest()
    numbered: dict[RequestId, int] = {}
    decided: list[MatchDecided] = []
    for choice in choices:
        request = request_of(choice.demand.leg)
        already = numbered.get(request, 0)
        offer = next_offer(request, board.requests[request], already=already)
        numbered[request] = already + 1
        made = _decided(board, choice, policy=policy, digest=digest, offer=offer, at=at)
        overtook, more = overtaken_by(run, choice)
        decided.append(made.model_copy(update={"overtook": overtook, "overtook_more": more}))
    return tuple(decided)


def _decided(
    board: Board, choice: Choice, *, policy: Policy, digest: str, offer: OfferId, at: datetime
) -> MatchDecided:
    demand = choice.demand
    staff = board.responders[choice.responder].role.is_staff
    order = demand.by_vector()
    shown = order[: policy.vectors_max]
    if choice.responder not in shown:
        shown = [*shown[:-1], choice.responder]
    return MatchDecided(
        as_of=board.position,
        at=at,
        policy=digest,
        matcher=MATCHER,
        leg=demand.leg,
        offer=offer,
        responder=choice.responder,
        staff=staff,
        effort=demand.effort,
        answer_by=_answer_by(board, choice, policy=policy, at=at),
        solved_by=choice.solved_by,
        vector=demand.vectors[choice.responder],
        runner_up=choice.runner_up,
        price=choice.price,
        candidates=tuple(Candidate(responder=r, vector=demand.vectors[r]) for r in shown),
        eligible=len(order),
        failed=rule_counts(demand),
        explanation=explanation_digest(demand),
        position=choice.position,
        gap=choice.gap,
        tried=choice.tried,
        place=choice.place,
    )


def _answer_by(board: Board, choice: Choice, *, policy: Policy, at: datetime) -> datetime:
    """
    Return until when somebody answers.

    Captains without a phone answer by their next sheet, so their work is bound earlier (A2); what cannot
    wait for it, a lead asks at the door within the ordinary time.
    """
    person = board.responders[choice.responder]
    can_wait = choice.demand.task.request.urgency in CAN_WAIT
    sheet = sheet_answer_by(policy, at, zone=board.place_register.time_zone) if person.paper and can_wait else None
    within = policy.acknowledge_within_s if person.role.is_staff else policy.respond_within_s
    return sheet or at + timedelta(seconds=within)


def explanation_digest(demand: Demand) -> str:
    """
    Return the digest of the full explanation: every candidate's vector and everybody else's failed rule.

    The explanation itself is recomputed from the board when somebody asks.
    """
    full = [
        demand.leg,
        list(demand.waiting),
        [[r, list(demand.vectors[r])] for r in sorted(demand.vectors)],
        [[r, demand.failed[r]] for r in sorted(demand.failed)],
        demand.elsewhere,
    ]
    return hashlib.blake2b(json.dumps(full, separators=(",", ":")).encode(), digest_size=16).hexdigest()


def record_of(board: Board, result: MatchResult, at: datetime) -> RecordMatch | None:
    """Return the command that records a result, or `None` when there is nothing to record."""
    if not result.decided and not result.shortfalls:
        return None
    return RecordMatch(
        community=board.community,
        actor=SYSTEM,
        at=at,
        as_of=board.position,
        fence=board.match_run.version,
        decided=result.decided,
        shortfalls=result.shortfalls,
    )


def record_id(command: RecordMatch) -> str:
    """Return the id of a match record: the same board, fence and instant give the same one on any machine."""
    return f"match:{command.community}:{command.fence}:{command.as_of}"
