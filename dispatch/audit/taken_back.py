"""Why an offer was taken back: for which leg, what the plan would have cost had it stayed, and who gives way now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from ..domain.errors import CorruptHistory
from ..domain.help_request import HelpRequest, full_leg_id
from ..domain.leg import CREW_COLLAPSED, Ask, Leg, OfferWithdrawn, ask_of
from ..domain.values import Account, Code, CommunityId, LegId, OfferId, ResponderId, Urgency, request_of
from ..matching.board import Board
from ..matching.match import MATCHER
from ..matching.reasoning import Reasoning, reasoning
from ..matching.singles import Move
from ..reactions.requests import forbidden_now
from ..store.recorded import Recorded
from .alternatives import Levels, all_levels, caps_of
from .unserved import Asked, Unserved, unserved

FOR_ANOTHER, CREW, RULE, SAID = "for_another", "crew", "rule", "said"
BECAUSE = (FOR_ANOTHER, CREW, RULE, SAID)
"""Why an offer is taken back: something more important, a crew that is not complete, a rule, or somebody's word."""

BY_RULE = "withdraw:"
"""How the ids of the commands begin by which the engine takes back what a rule forbids meanwhile."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """
    Why an offer or assignment was taken back.

    Attributes
    ----------
    position, as_of
        Where it stands in the log, and the position of the board that it is explained on.
    because
        One of `BECAUSE`.
    reason
        The code that is recorded: a rule's name where a rule forbids it.
    by
        Who took it back; the engine itself is «system».
    decision
        Position of the decision that had made the offer; `None` for what no decision made.
    accepted
        Whether they had said yes, as a member of a crew.
    policy_name, policy_version, matcher
        By what it was weighed; `matcher` is `None` where no match run took it back.
    instead, instead_urgency
        The leg that its holder is needed for, and how urgent it is.
    kept
        By how much the whole plan would have got worse had the offer stayed, level by level, most important first;
        empty where there was no room for it beside a crew, and where nothing was weighed.
    moves
        Which other legs would have stood elsewhere then: first the one that makes room. Nobody is `None`.
    caps
        The greatest value that one leg can have on each level.
    planned, planned_place
        Who has the leg in the plan now, and after how many others; `None` when the plan leaves it.
    lacks
        Of a crew: why it cannot be completed.
    is_proven
        Whether it comes out again: that the matcher takes it back for the same leg, or that the rule forbids it.
        `None` for somebody's word.
    """

    position: int
    as_of: int
    at: datetime
    community: CommunityId
    leg: LegId
    offer: OfferId
    responder: ResponderId
    staff: bool
    accepted: bool
    because: str
    reason: Code
    by: Account
    decision: int | None
    policy_name: str
    policy_version: int
    matcher: int | None
    instead: LegId | None = None
    instead_urgency: Urgency | None = None
    kept: Levels = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    caps: Levels = field(default_factory=dict)
    planned: ResponderId | None = None
    planned_place: int | None = None
    lacks: Unserved | None = None
    is_proven: bool | None = None

    @property
    def decisive(self) -> str | None:
        """The first level on which the whole plan would have been worse; `None` where nothing was weighed."""
        return next((name for name, value in self.kept.items() if value), None)


def taken_back(event: Recorded, fact: OfferWithdrawn, board: Board, *, decision: int | None) -> TakenBack:
    """
    Explain why an offer was taken back.

    Parameters
    ----------
    board
        The community at the position that the event's cause names; just before it where none is named.
    decision
        Position of the decision that made the offer.

    Raises
    ------
    CorruptHistory
        Nobody holds the offer on that board.
    """
    leg, ask = _held(event, fact, board)
    policy, by_rule = board.place_register.policy, event.meta.command.startswith(BY_RULE)
    plain = TakenBack(
        position=event.position,
        as_of=board.position,
        at=fact.withdrawn_at,
        community=event.community,
        leg=full_leg_id(request_of(fact.offer), leg),
        offer=fact.offer,
        responder=ask.responder,
        staff=ask.staff,
        accepted=ask.accepted,
        because=RULE if by_rule else SAID,
        reason=fact.reason,
        by=event.meta.actor,
        decision=decision,
        policy_name=policy.name,
        policy_version=policy.version,
        matcher=fact.matcher,
        instead=fact.instead,
    )
    if fact.matcher is None:
        if not by_rule:
            return plain
        rule = forbidden_now(board, request_of(fact.offer), leg, ask=ask, at=fact.withdrawn_at)
        return replace(plain, is_proven=rule == fact.reason)
    run = reasoning(board, policy, fact.withdrawn_at)
    if fact.reason == CREW_COLLAPSED:
        lacks = unserved(board, plain.leg, fact.withdrawn_at, asked=Asked(), run=run)
        is_proven = fact.matcher == MATCHER and fact.offer in run.crews.collapsed
        return replace(plain, because=CREW, lacks=lacks, is_proven=is_proven)
    return _for_another(plain, fact, board, run=run)


def _for_another(plain: TakenBack, fact: OfferWithdrawn, board: Board, *, run: Reasoning) -> TakenBack:
    policy = board.place_register.policy
    found = next((one for one in run.withdrawn if one.offer == fact.offer), None)
    kept = None if found is None else run.placed.if_now(found.leg, found.responder)
    rise, moves = kept if kept is not None else ((), ())
    planned, place = run.placed.goes_to(plain.leg) or (None, None)
    state = board.requests.get(request_of(fact.instead)) if fact.instead is not None else None
    return replace(
        plain,
        because=FOR_ANOTHER,
        instead_urgency=state.urgency if state is not None else None,
        kept=all_levels(policy, rise),
        moves=moves,
        caps=caps_of(policy),
        planned=planned,
        planned_place=place,
        is_proven=fact.matcher == MATCHER and found is not None and found.instead == fact.instead,
    )


def _held(event: Recorded, fact: OfferWithdrawn, board: Board) -> tuple[Leg, Ask]:
    state = board.read(event.stream)
    leg = state.leg_holding(fact.offer) if isinstance(state, HelpRequest) else None
    ask = None if leg is None else ask_of(leg, fact.offer)
    if leg is None or ask is None:
        raise CorruptHistory(
            f"Nobody held offer {fact.offer} at position {board.position}, and it is taken back at {event.position}. "
            "Run `dispatch audit replay`.",
            position=event.position,
        )
    return leg, ask
