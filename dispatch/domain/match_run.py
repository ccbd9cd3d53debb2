"""
MatchRun: the recorded decisions of one community's matcher, losers included.

One `MatchDecided` for each offer and one `ShortfallFound` for each changed shortfall, on a single
stream whose version fences concurrent drains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from . import help_request, responder
from .community import registered
from .decider import NOTHING, Absent, Aggregate, Decision, Gathered, Read, with_item, without
from .errors import Conflict, impossible
from .help_request import HelpRequest, full_leg_id, needs_people, next_offer
from .leg import AssignmentMade, Leg, OfferMade
from .responder import Departed, Departing, OfferHeld, Responder
from .values import (
    Code,
    Command,
    Digest,
    Fact,
    Instant,
    LegId,
    OfferId,
    ResponderId,
    Value,
    is_absent,
    match_stream,
    request_of,
    request_stream,
    responder_stream,
)

Position = Annotated[int, Field(ge=0)]


def _is_zero(value: object) -> bool:
    return value == 0


def _is_nobody(value: object) -> bool:
    return value == ()


class Candidate(Value):
    """Somebody who could go, with his levels in the policy's order; smaller is better."""

    responder: ResponderId
    vector: tuple[int, ...]


class Overtaken(Value):
    """
    A more urgent leg that waits while somebody who could go for it is asked for another (L3), and why it waits.

    It has its place in the queue of `waits_for`, behind `place` legs; both are `None` where it has none.
    """

    leg: LegId
    waits_for: ResponderId | None = None
    place: Annotated[int, Field(ge=0)] | None = None


class RuleCount(Value):
    """How many responders failed a hard rule first."""

    rule: Code
    count: Annotated[int, Field(ge=1)]


class MatchDecided(Fact):
    """
    Why this responder was asked.

    Attributes
    ----------
    as_of
        Log position of the board that the matcher saw.
    policy, matcher
        Digest of the policy and version of the matcher.
    solved_by
        «flow» (exact, one person); of a crew «crew_proven» (no plan is better), «crew_search» (the best that
        was found) or «crew» (by the recorded rule).
    vector
        The chosen one's levels.
    runner_up, price
        The next best and the exact rise of the whole optimum, level by level, if he were forced;
        `None` when nobody else could go.
    candidates
        The first ones by vector, the chosen one among them.
    eligible
        How many could go in all.
    failed
        How many failed each hard rule first.
    position
        Their place in the crew, where the leg names places.
    place
        How many legs stand before this one in their queue, where the policy plans queues.
    overtook, overtook_more
        The first of the more urgent legs that they could go for and that wait, each with its reason (L3), and how
        many there were besides.
    explanation
        Digest of the full explanation, which is recomputed from the board.
    gap
        Of a crew: by how much the whole plan costs more than what no plan goes below, level by level; all zero
        where it is proven. `None` where no bound was worked out.
    tried
        Of a crew: how many flows were looked at.
    """

    TOPIC: ClassVar[str] = "match.decided"
    as_of: Position
    at: Instant
    policy: Digest
    matcher: Annotated[int, Field(ge=1)]
    leg: LegId
    offer: OfferId
    responder: ResponderId
    staff: bool
    effort: Annotated[int, Field(ge=0)]
    answer_by: Instant
    solved_by: Code
    vector: tuple[int, ...]
    runner_up: ResponderId | None = None
    price: tuple[int, ...] | None = None
    candidates: tuple[Candidate, ...]
    eligible: Annotated[int, Field(ge=1)]
    failed: tuple[RuleCount, ...] = ()
    explanation: Digest
    position: Code | None = None
    gap: tuple[int, ...] | None = Field(default=None, exclude_if=is_absent)
    tried: Annotated[int, Field(ge=0)] = Field(default=0, exclude_if=_is_zero)
    place: Annotated[int, Field(ge=0)] | None = Field(default=None, exclude_if=is_absent)
    overtook: tuple[Overtaken, ...] = Field(default=(), exclude_if=_is_nobody)
    overtook_more: Annotated[int, Field(ge=0)] = Field(default=0, exclude_if=_is_zero)


class ShortfallFound(Fact):
    """
    Why nobody, or not enough people, can be asked for a leg.

    `relaxation` is the smallest set of hard rules that, waived, would give enough people, and
    `would_serve` how many it would give; empty when no set would.
    """

    TOPIC: ClassVar[str] = "match.shortfall_found"
    as_of: Position
    at: Instant
    policy: Digest
    matcher: Annotated[int, Field(ge=1)]
    leg: LegId
    missing: Annotated[int, Field(ge=1)]
    eligible: Annotated[int, Field(ge=0)]
    failed: tuple[RuleCount, ...]
    relaxation: tuple[Code, ...]
    would_serve: Annotated[int, Field(ge=0)]


Shortfall = tuple[int, tuple[str, ...]]
"""What makes a shortfall a new one: people missing, and the smallest relaxation."""


@dataclass(frozen=True, slots=True)
class MatchRun:
    """
    The matcher's own state: how many facts and decisions there are, and the shortfalls that are known.

    `short_since` says how many decisions there were when a shortfall of a leg was first found, `passed` how
    often a less urgent leg was decided before one that waits its turn.
    """

    version: int = 0
    shortfalls: Mapping[LegId, Shortfall] = field(default_factory=dict)
    decided: int = 0
    short_since: Mapping[LegId, int] = field(default_factory=dict)
    passed: Mapping[LegId, int] = field(default_factory=dict)

    def overtaken(self, leg: LegId) -> int:
        """Return how many offers for others were made since a shortfall of this leg, or for less urgent ones (L3)."""
        return max(self.decided - self.short_since.get(leg, self.decided), self.passed.get(leg, 0))


def evolve(state: Any, event: Fact) -> Any:
    """Return the matcher's state after one of its events."""
    run = MatchRun() if isinstance(state, Absent) else state
    match run, event:
        case MatchRun(), MatchDecided(leg=leg):
            run = replace(run, version=run.version + 1, decided=run.decided + 1, passed=_passed(run, event))
            if leg not in run.shortfalls:
                return run
            return replace(run, shortfalls=without(run.shortfalls, leg), short_since=without(run.short_since, leg))
        case MatchRun(), ShortfallFound(leg=leg):
            known: Shortfall = (event.missing, event.relaxation)
            since = run.short_since if leg in run.short_since else with_item(run.short_since, leg, run.decided)
            shortfalls = with_item(run.shortfalls, leg, known)
            return replace(run, version=run.version + 1, shortfalls=shortfalls, short_since=since)
        case _:
            raise impossible(event, state)


def _passed(run: MatchRun, event: MatchDecided) -> Mapping[LegId, int]:
    if not event.overtook and event.leg not in run.passed:
        return run.passed
    more = {one.leg: run.passed.get(one.leg, 0) + 1 for one in event.overtook}
    passed: dict[LegId, int] = {**run.passed, **more}
    return without(passed, event.leg)


MATCH_RUN = Aggregate(name="match", evolve=evolve, facts=(MatchDecided, ShortfallFound))


class RecordMatch(Command):
    """Record what one match run decided; `fence` is the version of the match stream it saw."""

    as_of: Position
    fence: Position
    decided: tuple[MatchDecided, ...]
    shortfalls: tuple[ShortfallFound, ...]


def record_match(command: RecordMatch, read: Read) -> Decision:
    """
    Record decisions, offers and holds in one save.

    Raises
    ------
    Conflict
        The log has moved on: the fence, a leg, an offer number or a capacity is not what the matcher
        saw. Nothing is saved; match again.
    """
    if not command.decided and not command.shortfalls:
        return NOTHING
    run = read(match_stream(command.community))
    version = run.version if isinstance(run, MatchRun) else 0
    if version != command.fence:
        raise Conflict("Another drain recorded decisions first. Match again.", fence=command.fence, found=version)
    registered(read, command.community)
    gathered = Gathered()
    gathered.add(match_stream(command.community), *command.decided, *command.shortfalls)
    earlier: list[MatchDecided] = []
    for decided in command.decided:
        _offer(command, decided, read=read, earlier=earlier, gathered=gathered)
        earlier.append(decided)
    return gathered.decision()


def _offer(
    command: RecordMatch,
    decided: MatchDecided,
    *,
    read: Read,
    earlier: Sequence[MatchDecided],
    gathered: Gathered,
) -> None:
    request = request_of(decided.leg)
    state = help_request.known(read, command.community, request)
    leg = next((leg for leg in needs_people(state) if full_leg_id(request, leg) == decided.leg), None)
    person = responder.known(read, command.community, decided.responder)
    if leg is None or not _still_fits(decided, state, leg, person=person, earlier=earlier):
        raise Conflict("A leg or a responder changed since the board was read. Match again.", leg=decided.leg)
    gathered.add(request_stream(command.community, request), _made(decided, leg.plan.name))
    held = OfferHeld(
        offer=decided.offer,
        leg=decided.leg,
        beneficiary=state.beneficiary,
        effort=decided.effort,
        held_at=command.at,
    )
    gathered.add(responder_stream(command.community, decided.responder), held)


def _still_fits(
    decided: MatchDecided, state: HelpRequest, leg: Leg, *, person: Responder, earlier: Sequence[MatchDecided]
) -> bool:
    """Tell whether an offer still stands after those made before it in the same save."""
    same_request = sum(request_of(e.leg) == request_of(decided.leg) for e in earlier)
    in_leg = {e.responder for e in earlier if e.leg == decided.leg}
    filled = {e.position for e in earlier if e.leg == decided.leg}
    vacant = {position.name for position in leg.open_positions} - filled if leg.plan.positions else {None}
    asked = in_leg | leg.tried | {ask.responder for ask in leg.asks}
    held = person.load + sum(e.effort for e in earlier if e.responder == decided.responder)
    return (
        decided.offer == next_offer(request_of(decided.leg), state, already=same_request)
        and len(in_leg) < leg.vacancies
        and decided.responder not in asked
        and decided.position in vacant
        and held + decided.effort <= person.capacity
        and not person.isolated
        and not person.out
        and not isinstance(person, Departing | Departed)
        and decided.staff is person.role.is_staff
    )


def _made(decided: MatchDecided, leg: str) -> OfferMade | AssignmentMade:
    if decided.staff:
        return AssignmentMade(
            leg=leg,
            offer=decided.offer,
            responder=decided.responder,
            effort=decided.effort,
            made_at=decided.at,
            acknowledge_by=decided.answer_by,
            position=decided.position,
        )
    return OfferMade(
        leg=leg,
        offer=decided.offer,
        responder=decided.responder,
        effort=decided.effort,
        made_at=decided.at,
        respond_by=decided.answer_by,
        position=decided.position,
    )
