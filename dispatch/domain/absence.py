"""
Absence: somebody cannot serve for now, and everything open goes back in the very same save.

Dropping out and being called away cost nothing (R23, R25): who falls ill, or hears the bell, is not
asked for anything until they return, and what they had is shared out anew. Back again, they may be asked for it
once more.
"""

from __future__ import annotations

from .decider import NOTHING, Changes, Decision, Gathered, Read
from .duty import ResponderDroppedOut, ResponderReturned
from .errors import Refused
from .help_request import HelpRequest
from .offer import ReleaseLeg, WithdrawOffer, release_leg, withdraw_offer
from .responder import Responder, Work, serving
from .roster import ResponderCommand
from .values import Code, LegId, request_of, request_stream, responder_stream


class DropOut(ResponderCommand):
    """Say that a responder cannot serve until they return."""

    reason: Code


class CallAway(ResponderCommand):
    """Call somebody away at the bell, at once."""

    reason: Code


class ReturnToDuty(ResponderCommand):
    """Say that a responder who had dropped out serves again."""


def drop_out(command: DropOut | CallAway, read: Read) -> Decision:
    """
    Drop out: offers are withdrawn and work is released, blameless, in one save (R23).

    The event lists what was open, for whoever takes over. What cannot be released now, because its
    request stands still, is taken back by the first drain that finds it moving.
    """
    state = serving(read, command.community, command.responder)
    if state.out:
        return NOTHING
    gathered = Gathered()
    fact = ResponderDroppedOut(reason=command.reason, left_open=left_open(state), dropped_out_at=command.at)
    gathered.add(responder_stream(command.community, command.responder), fact)
    for changes in handed_back(command, state, read=read, reason=command.reason):
        gathered.add(changes.stream, *changes.events)
    return gathered.decision()


def call_away(command: CallAway, read: Read) -> Decision:
    """
    Call somebody away who belongs to a group with a bell; what they had is released first of all (R25).

    Raises
    ------
    Refused
        ``not_preemptable``: nobody may call this responder away.
    """
    state = serving(read, command.community, command.responder)
    if state.duty.bell is None:
        raise Refused(
            "not_preemptable",
            f"Responder {command.responder} belongs to no group that is called away. Let them drop out instead.",
            responder=command.responder,
        )
    return drop_out(command, read)


def return_to_duty(command: ReturnToDuty, read: Read) -> Decision:
    """Serve again; what was handed back stays with whoever has it now."""
    state = serving(read, command.community, command.responder)
    if not state.out:
        return NOTHING
    stream = responder_stream(command.community, command.responder)
    return (Changes(stream, (ResponderReturned(returned_at=command.at),)),)


def left_open(state: Responder) -> tuple[LegId, ...]:
    """Return the legs that somebody holds or has taken, in order of id."""
    return tuple(sorted({work.leg for work in (*state.holds.values(), *state.loads.values())}))


def handed_back(command: ResponderCommand, state: Responder, *, read: Read, reason: str) -> Decision:
    """Return what gives everything back that a responder holds or has taken."""
    given: list[Changes] = []
    for work in state.loads.values():
        if _moves(command, work, read):
            _, _, leg = work.leg.partition("/")
            release = ReleaseLeg(
                community=command.community,
                actor=command.actor,
                at=command.at,
                request=request_of(work.leg),
                leg=leg,
                responder=command.responder,
                offer=work.offer,
                reason=reason,
            )
            given.extend(release_leg(release, read, spared=True))
    for offer, work in state.holds.items():
        if _moves(command, work, read):
            withdraw = WithdrawOffer(
                community=command.community, actor=command.actor, at=command.at, offer=offer, reason=reason
            )
            given.extend(withdraw_offer(withdraw, read))
    return tuple(given)


def _moves(command: ResponderCommand, work: Work, read: Read) -> bool:
    state = read(request_stream(command.community, request_of(work.leg)))
    return isinstance(state, HelpRequest) and state.is_worked_on
