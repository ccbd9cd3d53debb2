"""Why: the questions that anybody may ask about a decision, a shortfall, or a leg at any time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from ..domain.decider import ABSENT, fold
from ..domain.errors import CorruptHistory, Refused, Unknown
from ..domain.help_request import (
    HELP_REQUEST,
    HelpRequest,
    RequestEscalated,
    RequestReceived,
    full_leg_id,
    needs_people,
)
from ..domain.leg import (
    AssignmentAcknowledged,
    AssignmentEscalated,
    AssignmentMade,
    AssignmentReturned,
    Done,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
)
from ..domain.match_run import MatchDecided, ShortfallFound
from ..domain.policy import Policy
from ..domain.responder import OfferHeld
from ..domain.values import CommunityId, LegId, RequestId, ResponderId, request_of
from ..matching.board import Board, advance
from ..store.codec import TOPICS
from ..store.recorded import Recorded
from .explain import Explanation, explained
from .leg_standing import Course, LegStanding, standing_of
from .log import Log
from .taken_back import TakenBack, taken_back
from .unserved import Asked, Unserved, shortfall_explained, unserved
from .what_if import WhatIf, tried

OF_AN_OFFER = (
    OfferMade,
    AssignmentMade,
    OfferHeld,
    OfferAccepted,
    AssignmentAcknowledged,
    OfferDeclined,
    AssignmentReturned,
    OfferLapsed,
    AssignmentEscalated,
)
"""What stands in the log of an offer that a decision made, but for taking it back, which has reasons of its own."""


def explain(log: Log, position: int, *, instead: str | None = None) -> Explanation:
    """
    Explain the decision at a position of the log.

    Parameters
    ----------
    instead
        Id of somebody else: what would it have taken to send them?

    Raises
    ------
    Refused
        ``not_a_decision``: no decision stands there.
    Unknown
        Nobody of the id `instead` was on the board then.
    CorruptHistory
        The log is damaged before it, or the leg did not wait on the board that the decision names.
    """
    event = _event_at(log, position)
    if event is None or not isinstance(event.fact, MatchDecided):
        raise _not_a_decision(event, position)
    board = _board_of(log, event, event.fact)
    return explained(event, event.fact, board, instead=None if instead is None else ResponderId(instead))


def why(
    log: Log, position: int | str, *, person: str | None = None, every_rule: bool = False
) -> Explanation | Unserved | TakenBack | LegStanding:
    """
    Explain what stands at a position of the log, or what became of an offer.

    Parameters
    ----------
    position
        Of a decision, a shortfall, an offer, assignment or hold that a decision made, what was answered to it, an
        offer that was taken back, or a call for a person about a request; or the id of an offer: why it was taken
        back, if it was, and otherwise why it was made.
    person
        Id of a responder who is asked about in particular: why not they?
    every_rule
        Whether every rule is listed that somebody fails, not only the first one; of a shortfall.

    Raises
    ------
    Refused, CorruptHistory
        As `explain`.
    Unknown
        No such offer, or nobody of the id `person` on the board then.
    """
    position = _position_of(log, position) if isinstance(position, str) else position
    event = _event_at(log, position)
    asked = Asked(None if person is None else ResponderId(person), every_rule)
    match None if event is None else (event, event.fact):
        case Recorded() as short, ShortfallFound() as fact:
            found = shortfall_explained(short, fact, _board_of(log, short, fact), asked=asked)
            return replace(found, passed_by=_passed_by(_decided(log, short.community, lte=fact.as_of), fact.leg))
        case Recorded() as taken, OfferWithdrawn() as fact:
            decision = decision_on(log, fact.offer, lte=position)
            return taken_back(taken, fact, _before(log, taken), decision=decision and decision.position)
        case Recorded() as called, RequestEscalated():
            return _called_about(log, called, asked)
    return explain(log, position, instead=person)


def _before(log: Log, event: Recorded) -> Board:
    """Return the board that something follows from: the one its cause names, or else the one just before it."""
    cause = event.meta.cause
    if cause is not None and cause >= event.position:
        raise CorruptHistory(
            f"What stands at {event.position} names position {cause} as its cause, which is not before it. "
            "Run `dispatch audit replay`.",
            position=event.position,
        )
    return board_at(log, event.community, event.position - 1 if cause is None else cause)


def _called_about(log: Log, event: Recorded, asked: Asked) -> Unserved | LegStanding:
    """Explain the leg for which a person was called: which waits for people, was overtaken most often, is not done."""
    request = request_of(event.stream.rpartition("/")[2])
    board = board_at(log, event.community, event.position)
    state = board.requests.get(request)
    waiting = [] if state is None else [full_leg_id(request, leg) for leg in needs_people(state)]
    legs = () if state is None else state.legs
    unfinished = [full_leg_id(request, leg) for leg in legs if not isinstance(leg, Done)]
    leg = max(waiting, key=lambda leg: (board.match_run.overtaken(leg), leg), default=next(iter(unfinished), request))
    course, board = _course(log, leg, event.position)
    return about_leg(course, board, event.meta.recorded_at, asked=asked)


def _decided(log: Log, community: CommunityId, *, lte: int) -> Iterator[Recorded]:
    return (TOPICS.decode(row) for row in log.rows(lte=lte, community=community, topics=(MatchDecided.TOPIC,)))


def _passed_by(decided: Iterable[Recorded], leg: LegId) -> tuple[int, ...]:
    """Return the positions of the decisions that let a less urgent leg go before this one."""
    facts = ((event.position, event.fact) for event in decided)
    return tuple(at for at, f in facts if isinstance(f, MatchDecided) and any(one.leg == leg for one in f.overtook))


def why_leg(
    log: Log, leg: str, *, at: int | datetime | None = None, person: str | None = None, every_rule: bool = False
) -> Unserved | LegStanding:
    """
    Tell why a leg is not served, or who serves it, at any time.

    Parameters
    ----------
    leg
        Id of a leg; of a request is enough while it has one leg at most.
    at
        A position of the log, looked at in the instant when it was recorded, or an instant; by default
        the last position.
    person, every_rule
        As `why`; of a leg that somebody has, ask about the decisions that are named.

    Raises
    ------
    Unknown
        No such request or leg then, or nobody of the id `person`.
    Refused
        ``which_leg``: the request has several legs, and none was named.
    CorruptHistory
        The log is damaged.
    """
    end = log.end(at)
    course, board = _course(log, leg, end)
    instant = at if isinstance(at, datetime) else _recorded_at(log, end)
    return about_leg(course, board, instant, asked=Asked(None if person is None else ResponderId(person), every_rule))


def about_leg(course: Course, board: Board, at: datetime, *, asked: Asked) -> Unserved | LegStanding:
    """
    Tell why a leg is not served, or who serves it, on a board at an instant.

    Raises
    ------
    Unknown
        Nobody of the id that is asked about is on the board.
    """
    standing = standing_of(course, board, at)
    if standing is not None:
        return standing
    found = unserved(board, course.leg, at, asked=asked)
    if found is None:
        raise AssertionError("a leg that waits for people is one of those to be placed")
    return replace(found, passed_by=_passed_by(course.passed, course.leg))


def what_if(log: Log, position: int, policy: Policy) -> WhatIf:
    """
    Tell who would have been asked under another policy, on the board of a decision or at any other position.

    Only choices are worked out anew. That people would have accepted, and how long they would have taken,
    nobody knows: `WhatIf.assumed`. Nothing is written.

    Raises
    ------
    Refused
        ``not_a_position``: the log does not reach so far.
    CorruptHistory
        The log is damaged before it.
    """
    event = _event_at(log, position)
    if event is None:
        raise Refused("not_a_position", f"The log has no position {position}.", position=position)
    if isinstance(event.fact, MatchDecided | ShortfallFound):
        board = _board_of(log, event, event.fact)
        return tried(board, policy, event.fact.at, fact=event.fact)
    return tried(board_at(log, event.community, position), policy, event.meta.recorded_at)


def board_at(log: Log, community: CommunityId, position: int) -> Board:
    """Return the picture of a community at a position of the log."""
    return advance(Board(community), (TOPICS.decode(row) for row in log.rows(lte=position, community=community)))


def _board_of(log: Log, event: Recorded, fact: MatchDecided | ShortfallFound) -> Board:
    """Return the board that a decision or shortfall stands on."""
    if fact.as_of >= event.position:
        raise CorruptHistory(
            f"The decision at {event.position} names position {fact.as_of}, which is not before it. "
            "Run `dispatch audit replay`.",
            position=event.position,
        )
    return board_at(log, event.community, fact.as_of)


def _event_at(log: Log, position: int) -> Recorded | None:
    """Return the event at a position; the decision, where an offer, a hold or the answer to it stands there."""
    row = next(log.rows(gt=position - 1, lte=position), None)
    event = None if row is None else TOPICS.decode(row)
    if event is None or not isinstance(event.fact, OF_AN_OFFER):
        return event
    return decision_on(log, event.fact.offer, lte=position) or event


def decision_on(log: Log, offer: str, *, lte: int | None = None) -> Recorded | None:
    """Return the decision by which an offer was made; `None` when there is none until a position."""
    decided = (TOPICS.decode(row) for row in log.rows(lte=lte, topics=(MatchDecided.TOPIC,)))
    return next((event for event in decided if getattr(event.fact, "offer", None) == offer), None)


def _position_of(log: Log, offer: str) -> int:
    gone = (TOPICS.decode(row) for row in log.rows(topics=(OfferWithdrawn.TOPIC,)))
    event = next((one for one in gone if getattr(one.fact, "offer", None) == offer), None) or decision_on(log, offer)
    if event is None:
        raise Unknown("offer", offer, now="Correct the id; what was joined to a visit was never offered.")
    return event.position


def _not_a_decision(event: Recorded | None, position: int) -> Refused:
    what = "nothing" if event is None else event.topic
    return Refused(
        "not_a_decision",
        f"At position {position} of the log stands {what}, not {MatchDecided.TOPIC} or {ShortfallFound.TOPIC}. "
        "Look for it in the timeline.",
        position=position,
    )


def _recorded_at(log: Log, position: int) -> datetime:
    row = next(log.rows(gt=position - 1, lte=position), None)
    if row is None:
        raise CorruptHistory(f"The log has no position {position}; a row is missing.", position=position)
    return TOPICS.decode(row).meta.recorded_at


def _course(log: Log, leg: str, end: int) -> tuple[Course, Board]:
    """Return what the log holds about a leg until a position, and the picture of its community then."""
    request = request_of(leg)
    received = log.rows(lte=end, topics=(RequestReceived.TOPIC,))
    stream = next((row.stream for row in received if row.stream.endswith(f"/request/{request}")), None)
    if stream is None:
        raise Unknown("request", request, now="Correct the id, or ask about a later time.")
    community = CommunityId(stream.partition("/")[0])
    events = [TOPICS.decode(row) for row in log.rows(lte=end, community=community)]
    own = [event for event in events if event.stream == stream]
    state = fold(HELP_REQUEST.evolve, (event.fact for event in own), ABSENT)
    if not isinstance(state, HelpRequest):
        raise CorruptHistory(f"The events of request {request} do not make a request.", stream=stream)
    named = _leg_named(leg, request, state)
    decided = [event for event in events if isinstance(event.fact, MatchDecided) and event.fact.leg == named]
    passed = [event for event in events if isinstance(event.fact, MatchDecided) and event.fact.overtook]
    return Course(named, state, own, decided, passed), advance(Board(community), events)


def _leg_named(leg: str, request: RequestId, state: HelpRequest) -> LegId:
    names = tuple(one.plan.name for one in state.legs)
    _, _, name = leg.partition("/")
    if name in names or not names:
        return LegId(leg)
    if not name and len(names) == 1:
        return LegId(f"{request}/{names[0]}")
    if name:
        raise Unknown("leg", leg, now=f"Request {request} has the legs {', '.join(names)}.")
    raise Refused(
        "which_leg",
        f"Request {request} has the legs {', '.join(names)}. Say which is meant.",
        request=request,
        leg=names,
    )
