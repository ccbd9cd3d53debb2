"""Where a leg stands that nobody is looked for: who has it, since when, or what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ..domain.approval import missing_roles
from ..domain.booking import is_return
from ..domain.crew import household_has_called
from ..domain.decider import ABSENT
from ..domain.help_request import HELP_REQUEST, HelpRequest
from ..domain.leg import Assigned, Done, Failed, Leg, Mustering, Offered, Planned, Taken
from ..domain.line_item import await_doctor
from ..domain.request_state import (
    AwaitingApproval,
    AwaitingOthers,
    Merged,
    OnHold,
    Received,
    Triaged,
)
from ..domain.resident import Erased, Leaving
from ..domain.ride import Ride, ride_stream
from ..domain.trips import shared_from
from ..domain.values import CommunityId, LegId, ResponderId, Urgency, request_of
from ..matching.board import Board
from ..store.recorded import Recorded

REASONS = (
    "leg_done",
    "leg_failed",
    "leg_taken",
    "leg_awaits_household",
    "leg_asked",
    "request_over",
    "awaits_triage",
    "awaits_planning",
    "merged",
    "on_hold",
    "awaits_approval",
    "awaits_others",
    "awaits_doctor",
    "beneficiary_leaving",
    "awaits_booking",
    "awaits_its_hour",
    "awaits_return_call",
    "awaits_legs",
)
"""Why nobody is looked for; each has its words."""


@dataclass(frozen=True, slots=True)
class LegStanding:
    """
    Why nobody is looked for: the leg is with somebody, is over, or waits for something else than people.

    Attributes
    ----------
    as_of, at
        The position of the log, and the instant that it is looked at.
    reason
        One of `REASONS`:

        - ``leg_done``, ``leg_failed``, ``leg_taken``, ``leg_asked``: who has or had it is in `responders`;
        - ``leg_awaits_household``: a crew has it, and goes when the household calls;
        - ``request_over``: closed, cancelled, unfilled or not approved;
        - ``awaits_triage``, ``awaits_planning``: nobody has judged it, or planned the work;
        - ``merged``: a duplicate of the request in `waits_for`;
        - ``on_hold``: for the recorded reason in `because`, if it is known `until` when;
        - ``awaits_approval``: the roles in `waits_for` have not approved;
        - ``awaits_others``: the requests in `waits_for` come first;
        - ``awaits_doctor``: a doctor must agree to something that is to be bought;
        - ``beneficiary_leaving``: the person's data are being erased;
        - ``awaits_booking``: a ride that nobody has booked; ``awaits_its_hour``: one that is shared out at `until`;
        - ``awaits_return_call``: a way back for which nobody has called;
        - ``awaits_legs``: the legs in `waits_for` are not done.
    state, leg_state
        Names of the states of request and leg; `None` for the leg when nothing is planned yet.
    responders
        Who is asked, has it or did it.
    since
        When that began.
    until
        Until when somebody may answer, the request is on hold, or the leg is for later, where that is known.
    because
        The code that was recorded with it: a reason or an outcome.
    waits_for
        Ids of requests, names of legs, or roles.
    decisions
        Positions of the decisions by which `responders` were asked; none for who took it along on a visit.
    """

    as_of: int
    at: datetime
    community: CommunityId
    leg: LegId
    urgency: Urgency
    reason: str
    state: str
    leg_state: str | None
    responders: tuple[ResponderId, ...]
    since: datetime
    until: datetime | None
    because: str | None
    waits_for: tuple[str, ...]
    decisions: tuple[int, ...]


class Course(NamedTuple):
    """
    What the log holds about one leg.

    `request` is the state of its request after all of `events`, which are those of the request's stream;
    `decided` are the decisions about the leg, `passed` those that let more urgent legs wait, this one perhaps.
    """

    leg: LegId
    request: HelpRequest
    events: Sequence[Recorded]
    decided: Sequence[Recorded]
    passed: Sequence[Recorded] = ()

    @property
    def state(self) -> Leg | None:
        """The state of the leg; `None` when the work is not planned or was dropped."""
        return self.request.leg(self.leg.partition("/")[2])


def standing_of(course: Course, board: Board, at: datetime) -> LegStanding | None:
    """Return where a leg stands; `None` when it waits for people, and for them alone."""
    found = _reason(course, board)
    if found is None:
        return None
    reason, waits_for = found
    leg, request = course.state, course.request
    held = tuple(ask.responder for ask in leg.asks) if leg is not None else ()
    offers = {ask.offer for ask in leg.asks} if leg is not None else set()
    since, because = _changed(course, of_leg=reason.startswith("leg_"))
    return LegStanding(
        as_of=board.position,
        at=at,
        community=board.community,
        leg=course.leg,
        urgency=request.urgency,
        reason=reason,
        state=type(request).__name__,
        leg_state=None if leg is None else type(leg).__name__,
        responders=held,
        since=since,
        until=_until(reason, course, board),
        because=request.hold.reason if request.hold is not None and reason == "on_hold" else because,
        waits_for=waits_for,
        decisions=tuple(one.position for one in course.decided if getattr(one.fact, "offer", None) in offers),
    )


def _reason(course: Course, board: Board) -> tuple[str, tuple[str, ...]] | None:
    match course.state:
        case Done():
            return "leg_done", ()
        case Failed():
            return "leg_failed", ()
        case _ if not course.request.is_open:
            return "request_over", ()
        case Taken() as taken:
            return "leg_awaits_household" if household_has_called(taken) else "leg_taken", ()
        case Offered() | Assigned():
            return "leg_asked", ()
        case Mustering() as crew if not crew.vacancies:
            return "leg_asked", ()
    return _request_reason(course.request) or _leg_reason(course, board)


def _request_reason(request: HelpRequest) -> tuple[str, tuple[str, ...]] | None:
    match request:
        case Received():
            return "awaits_triage", ()
        case Triaged():
            return "awaits_planning", ()
        case Merged():
            return "merged", () if request.original is None else (request.original,)
        case OnHold():
            return "on_hold", ()
        case AwaitingApproval():
            return "awaits_approval", tuple(missing_roles(request.approvals, request.approved))
        case AwaitingOthers():
            return "awaits_others", tuple(request.after)
        case _ if await_doctor(request.items):
            return "awaits_doctor", ()
        case _:
            return None


def _leg_reason(course: Course, board: Board) -> tuple[str, tuple[str, ...]] | None:
    leg = course.state
    if isinstance(board.residents.get(course.request.beneficiary), Leaving | Erased):
        return "beneficiary_leaving", ()
    if not isinstance(leg, Planned):
        return None
    done = {other.plan.name for other in course.request.legs if isinstance(other, Done)}
    before = tuple(name for name in leg.plan.after if name not in done)
    if before:
        return "awaits_legs", before
    if is_return(leg.plan):
        return "awaits_return_call", ()
    return "awaits_booking" if _ride(course, board) is None else "awaits_its_hour", ()


def _ride(course: Course, board: Board) -> Ride | None:
    ride = board.read(ride_stream(board.community, request_of(course.leg)))
    return ride if isinstance(ride, Ride) else None


def _changed(course: Course, *, of_leg: bool) -> tuple[datetime, str | None]:
    """Return when the leg, or else its request, came into the state it is in, and the code that was recorded then."""
    name = course.leg.partition("/")[2]
    state: object = ABSENT
    seen: object = None
    last = course.events[0]
    for event in course.events:
        state = HELP_REQUEST.evolve(state, event.fact)
        leg = state.leg(name) if isinstance(state, HelpRequest) else None
        now = (type(leg), () if leg is None else tuple(ask.offer for ask in leg.asks)) if of_leg else type(state)
        if now != seen:
            last, seen = event, now
    code = getattr(last.fact, "reason", None) or getattr(last.fact, "outcome", None)
    return last.meta.recorded_at, code if isinstance(code, str) else None


def _until(reason: str, course: Course, board: Board) -> datetime | None:
    leg, hold, ride = course.state, course.request.hold, _ride(course, board)
    match reason:
        case "on_hold" if hold is not None:
            return hold.until
        case "leg_asked" if leg is not None:
            return max(ask.answer_by for ask in leg.asks)
        case "awaits_its_hour" if ride is not None:
            return shared_from(ride, board.place_register.policy)
        case _:
            return None
