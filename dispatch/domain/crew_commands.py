"""What a household and the members of a crew say before the work starts (R9)."""

from __future__ import annotations

from .crew import CrewMemberReady, CrewMustered, HouseholdCalled, household_has_called
from .decider import NOTHING, Changes, Decision, Read
from .errors import Refused
from .help_request import ended
from .leg import Done, Failed, Leg, Planned, Taken, place_of
from .offer import LegCommand, WorkCommand, check_taken, leg_named
from .values import Fact, RequestId, Role, request_stream


class CallAhead(LegCommand):
    """Record that the household called: whoever has taken the leg may go."""


class ReportReady(WorkCommand):
    """Report that a member of a complete crew has come to the meeting point."""


def call_ahead(command: CallAhead, read: Read) -> Decision:
    """
    Release the start of a leg that is called ahead; a second call says nothing new (R9).

    The call may come before the crew is complete; it is kept while a crew that collapsed is formed anew.
    """
    state, leg = leg_named(command, read)
    if leg.called_at is not None:
        return NOTHING
    speaks = (state.beneficiary, state.reporter)
    if command.actor.role is Role.RESIDENT and command.actor.id not in speaks:
        raise Refused(
            "not_yours_to_call",
            f"{command.actor.id} did not ask for request {command.request}. Let the household or staff call.",
            actor=command.actor.id,
            request=command.request,
        )
    if not state.is_matchable:
        raise ended(command.request, state)
    if not leg.plan.call_ahead:
        raise Refused(
            "not_called_ahead",
            f"Leg {command.leg} of request {command.request} is not called ahead: it goes when it is taken.",
            request=command.request,
            leg=command.leg,
        )
    if isinstance(leg, Planned | Done | Failed):
        raise _too_early_or_late(command.request, leg)
    by = command.on_behalf_of or command.actor.id
    return _one(command, HouseholdCalled(leg=command.leg, by=by, called_at=command.at))


def _too_early_or_late(request: RequestId, leg: Leg) -> Refused:
    return Refused(
        "leg_not_open",
        f"Leg {leg.plan.name} of request {request} is {type(leg).__name__}; nobody can be called for it now. "
        "Look at the board.",
        request=request,
        leg=leg.plan.name,
    )


def report_ready(command: ReportReady, read: Read) -> Decision:
    """Report one member ready; the last one musters the crew. Said twice, nothing new happens."""
    state, leg = leg_named(command, read)
    ask = place_of(leg, command.responder)
    said = ask is not None and ask.ready and command.offer in (None, ask.offer)
    if said and isinstance(leg, Taken | Done | Failed):
        return NOTHING
    check_taken(command, state, leg)
    rule = household_has_called(leg)
    if rule is not None:
        raise Refused(
            rule,
            f"The household has not called for leg {command.leg} of request {command.request}. "
            "Wait for the call, or record it (call-ahead).",
            request=command.request,
            leg=command.leg,
        )
    mine = next(ask for ask in leg.asks if ask.responder == command.responder)
    facts: list[Fact] = [
        CrewMemberReady(leg=command.leg, offer=mine.offer, responder=command.responder, ready_at=command.at)
    ]
    if all(other.ready for other in leg.asks if other is not mine):
        facts.append(CrewMustered(leg=command.leg, mustered_at=command.at))
    return _one(command, *facts)


def _one(command: LegCommand, *facts: Fact) -> Decision:
    return (Changes(request_stream(command.community, command.request), facts),)
