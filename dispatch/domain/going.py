"""Somebody on a leg as the log tells it now: what `access.bars_now` looks at, read in one place for all who ask."""

from __future__ import annotations

from .access import Visit
from .community import registered
from .decider import Read
from .help_request import HelpRequest
from .leg import PlannedLeg
from .resident import Resident
from .responder import Departed, Departing, Responder
from .ride_rules import car_of, papers_of
from .values import CommunityId, RequestId, ResponderId, request_stream, resident_stream, responder_stream


def visit_of(
    read: Read,
    community: CommunityId,
    request: RequestId,
    *,
    who: ResponderId,
    leg: PlannedLeg,
    position: str | None = None,
    taken: bool = False,
) -> Visit | None:
    """
    Return what the rules look at when somebody is asked for a leg, says yes to it, sets out or works on it.

    `None` when there is no such request, or one of the two is gone from the registers: nobody goes then.

    Parameters
    ----------
    read
        States at one position: while deciding, on the matching board, or in the audit.
    position
        The name of their place in the crew, if they have one.
    taken
        Whether they are at work already.
    """
    state = read(request_stream(community, request))
    person = read(responder_stream(community, who))
    if not isinstance(state, HelpRequest) or not isinstance(person, Responder) or _is_leaving(person):
        return None
    beneficiary = read(resident_stream(community, state.beneficiary))
    if not isinstance(beneficiary, Resident):
        return None
    papers = papers_of(read, community, request, state=state, plan=leg)
    return Visit(
        community=registered(read, community),
        beneficiary=beneficiary,
        who=who,
        responder=person,
        isolated_at_home=is_isolated_at_home(read, community, person),
        leg=leg,
        place=state.place,
        position=position,
        taken=taken,
        papers=papers.of(car_of(read, community, who)) if papers is not None else None,
    )


def _is_leaving(person: Responder) -> bool:
    return isinstance(person, Departing | Departed)


def is_isolated_at_home(read: Read, community: CommunityId, person: Responder) -> bool:
    """Tell whether a responder is isolated as a resident: a captain's own isolation counts (A2)."""
    at_home = read(resident_stream(community, person.resident)) if person.resident is not None else None
    return isinstance(at_home, Resident) and at_home.isolated
