"""
Commands about offers and assignments, and about the work they become.

Each touches a request and the responders who hold it, in one save: capacity and answer never part.
A command names the offer it answers, so a late duplicate cannot touch a newer one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from . import help_request, resident, responder
from .access import bars_now
from .community import registered
from .crew import check_may_start
from .decider import NOTHING, Decision, Gathered, Read
from .driving import bind_car
from .errors import Refused
from .going import visit_of
from .goods import Carried, WithRecipient
from .help_request import HelpRequest, ReceiptConfirmed, RequestDelivered, RequestEscalated, ended, full_leg_id
from .leg import (
    CREW_COLLAPSED,
    Ask,
    AssignmentAcknowledged,
    AssignmentEscalated,
    AssignmentReturned,
    Done,
    Failed,
    Leg,
    LegDone,
    LegFailed,
    LegReleased,
    LegRequeued,
    Mustering,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferWithdrawn,
    Taken,
    Waiting,
    ask_of,
    place_of,
)
from .line_item import buys, open_items
from .outcome import check_outcome
from .responder import HoldReleased, LoadReleased, LoadTaken
from .values import (
    Code,
    Command,
    CommunityId,
    Fact,
    Instant,
    LegId,
    OfferId,
    RequestId,
    ResponderId,
    Role,
    request_of,
    request_stream,
    responder_stream,
)

NEEDED_MORE_URGENTLY = "needed_more_urgently"
"""Why the matcher takes back an offer whose holder another leg needs."""


class OfferCommand(Command):
    """Base of the commands that answer or end one offer or assignment."""

    offer: OfferId

    @property
    def request(self) -> RequestId:
        """The request the offer belongs to."""
        return request_of(self.offer)


class AnswerOffer(OfferCommand):
    """Base of what a responder says to an offer."""

    responder: ResponderId


class AcceptOffer(AnswerOffer):
    """Accept an offer, or acknowledge an assignment."""


class DeclineOffer(AnswerOffer):
    """Decline an offer, or return an assignment."""

    reason: Code


class LapseOffer(OfferCommand):
    """End an offer that nobody answered in time, or escalate an assignment that nobody acknowledged."""

    due: Instant


class WithdrawOffer(OfferCommand):
    """
    Take an offer or assignment back; `instead` is the leg that needs whoever was asked more urgently.

    `matcher` is its version, where the matcher takes it back.
    """

    reason: Code
    instead: LegId | None = None
    matcher: Annotated[int, Field(ge=1)] | None = None


class LegCommand(Command):
    """Base of the commands about one leg."""

    request: RequestId
    leg: Code


class WorkCommand(LegCommand):
    """
    Base of what somebody says about a leg they have taken.

    With `offer` it is about the work that this very offer became, so that a late repeat cannot touch
    a newer one of the same person.
    """

    responder: ResponderId
    offer: OfferId | None = None


class CompleteLeg(WorkCommand):
    """Report a leg finished."""

    outcome: Code


class FailLeg(WorkCommand):
    """Report a leg tried and not finished."""

    outcome: Code


class ReleaseLeg(WorkCommand):
    """Give a taken leg back, or a taken place in a crew that is not complete; it is shared out anew."""

    reason: Code


class Goes(Protocol):
    """A command by which somebody goes to a leg of a request."""

    @property
    def community(self) -> CommunityId:
        """The community."""

    @property
    def request(self) -> RequestId:
        """The request."""

    @property
    def responder(self) -> ResponderId:
        """Who goes."""

    @property
    def at(self) -> datetime:
        """When they say so."""


class RequeueLeg(LegCommand):
    """Try a leg again that failed or that nobody took; everybody may be asked again."""


def _held(command: OfferCommand, read: Read) -> tuple[HelpRequest, Leg | None, Ask | None]:
    state = help_request.known(read, command.community, command.request)
    leg = state.leg_holding(command.offer)
    return state, leg, ask_of(leg, command.offer) if leg else None


def not_held(offer: OfferId, state: HelpRequest, *, responder: ResponderId) -> Refused:
    """Return the refusal that says who holds what now."""
    legs = [leg for leg in state.legs if state.is_matchable and not isinstance(leg, Done | Failed)]
    asked_before = [leg for leg in legs if responder in leg.tried]
    holders = sorted({ask.responder for leg in asked_before or legs for ask in leg.asks})
    now = f"held now by {', '.join(holders)}" if holders else "nobody holds it now"
    return Refused(
        "offer_not_held",
        f"Responder {responder} holds no open offer {offer}; {now} (request is {type(state).__name__}). "
        "Ask for a new match.",
        responder=responder,
        offer=offer,
        holders=tuple(holders),
    )


def accept_offer(command: AcceptOffer, read: Read) -> Decision:
    """Accept: the answer on the request and the load on the responder in one save. Said twice, nothing new happens."""
    state, leg, ask = _held(command, read)
    if leg is None or ask is None or ask.responder != command.responder:
        raise not_held(command.offer, state, responder=command.responder)
    if ask.accepted:
        return NOTHING
    if not state.is_matchable:
        raise not_held(command.offer, state, responder=command.responder)
    rule = barred_now(command, state, leg, position=ask.position, read=read)
    if rule is not None:
        raise Refused(
            rule,
            f"Responder {command.responder} may not take offer {command.offer} now ({rule}). "
            "It will be offered to somebody else.",
            responder=command.responder,
            offer=command.offer,
        )
    yes: Fact = (
        AssignmentAcknowledged(offer=command.offer, acknowledged_at=command.at)
        if ask.staff
        else OfferAccepted(offer=command.offer, accepted_at=command.at)
    )
    gathered = Gathered()
    gathered.add(request_stream(command.community, command.request), yes)
    gathered.add(
        responder_stream(command.community, command.responder),
        LoadTaken(offer=command.offer, leg=full_leg_id(command.request, leg), taken_at=command.at),
    )
    bind_car(command, command.request, leg, driver=command.responder, read=read, gathered=gathered)
    return gathered.decision()


def check_may_go(command: Goes, state: HelpRequest, leg: Leg, *, read: Read) -> None:
    """Refuse to let somebody go whom a rule keeps from it now; the code is the rule's."""
    rule = barred_now(command, state, leg, position=None, read=read)
    if rule is not None:
        raise Refused(
            rule,
            f"Responder {command.responder} may not take leg {leg.plan.name} of request {command.request} now "
            f"({rule}). It will be offered to somebody else.",
            responder=command.responder,
            request=command.request,
        )


def barred_now(command: Goes, state: HelpRequest, leg: Leg, *, position: str | None, read: Read) -> str | None:
    """Look again at what may have changed since the offer was made and has not been swept yet (S5)."""
    responder.serving(read, command.community, command.responder)
    resident.present(read, command.community, state.beneficiary)
    visit = visit_of(read, command.community, command.request, who=command.responder, leg=leg.plan, position=position)
    if visit is None:
        raise ended(command.request, state)
    barred = bars_now(visit, command.at)
    if barred is not None and barred.rule == "not_isolated":
        return "responder_is_isolated"
    return barred.rule if barred else None


def decline_offer(command: DeclineOffer, read: Read) -> Decision:
    """Decline or return; nobody is asked again for the same leg. Said twice, nothing new happens."""
    state, leg, ask = _held(command, read)
    if leg is None or ask is None or ask.responder != command.responder or ask.accepted:
        if any(command.responder in leg.tried for leg in state.legs) and ask is None:
            return NOTHING
        raise not_held(command.offer, state, responder=command.responder)
    if not state.is_matchable:
        return NOTHING
    no: Fact = (
        AssignmentReturned(offer=command.offer, reason=command.reason, returned_at=command.at)
        if ask.staff
        else OfferDeclined(offer=command.offer, reason=command.reason, declined_at=command.at)
    )
    return _resolved(command, ask, no, reason="returned" if ask.staff else "declined")


def lapse_offer(command: LapseOffer, read: Read) -> Decision:
    """Lapse an offer or escalate an assignment whose time is over; answered in between, nothing happens."""
    state, leg, ask = _held(command, read)
    if leg is None or ask is None or ask.accepted or ask.answer_by > command.at or not state.is_matchable:
        return NOTHING
    if not ask.staff:
        return _resolved(command, ask, OfferLapsed(offer=command.offer, lapsed_at=command.at), reason="lapsed")
    duty = registered(read, command.community).duty
    fact = AssignmentEscalated(offer=command.offer, to=duty, escalated_at=command.at)
    return _resolved(command, ask, fact, reason="escalated")


def withdraw_offer(command: WithdrawOffer, read: Read) -> Decision:
    """Withdraw an offer, or an accepted place in a crew that is not complete."""
    state, leg, ask = _held(command, read)
    if leg is None or ask is None or isinstance(leg, Taken | Done | Failed) or not state.is_matchable:
        return NOTHING
    fact = OfferWithdrawn(
        offer=command.offer,
        reason=command.reason,
        withdrawn_at=command.at,
        instead=command.instead,
        matcher=command.matcher,
    )
    if not ask.accepted:
        return _resolved(command, ask, fact, reason=command.reason)
    gathered = Gathered()
    gathered.add(request_stream(command.community, command.request), fact)
    gathered.add(responder_stream(command.community, ask.responder), _idle(command, leg, command.reason))
    return gathered.decision()


def _resolved(command: OfferCommand, ask: Ask, fact: Fact, *, reason: str) -> Decision:
    gathered = Gathered()
    gathered.add(request_stream(command.community, command.request), fact)
    gathered.add(
        responder_stream(command.community, ask.responder),
        HoldReleased(offer=command.offer, reason=reason, released_at=command.at),
    )
    return gathered.decision()


def _idle(command: OfferCommand | LegCommand, leg: Leg, reason: str) -> LoadReleased:
    return LoadReleased(leg=full_leg_id(command.request, leg), reason=reason, worked=False, released_at=command.at)


def leg_named(command: LegCommand, read: Read) -> tuple[HelpRequest, Leg]:
    """Return the request and the leg that a command is about; refused as ``unknown_leg``."""
    state = help_request.known(read, command.community, command.request)
    leg = state.leg(command.leg)
    if leg is None:
        names = ", ".join(leg.plan.name for leg in state.legs) or "none yet"
        raise Refused(
            "unknown_leg",
            f"Request {command.request} has no leg {command.leg}; it has: {names}.",
            request=command.request,
        )
    return state, leg


def check_taken(command: WorkCommand, state: HelpRequest, leg: Leg) -> None:
    """Refuse what is said of a leg that is not taken, or not by who says it; the refusal says who has it."""
    if not state.is_worked_on or not isinstance(leg, Taken):
        raise (
            ended(command.request, state)
            if not state.is_worked_on
            else Refused(
                "leg_not_taken",
                f"Leg {command.leg} of request {command.request} is {type(leg).__name__}, not taken. "
                "Accept its offer first.",
                request=command.request,
                leg=command.leg,
            )
        )
    if not any(_is_by(ask, command) for ask in leg.asks):
        who = ", ".join(ask.responder for ask in leg.asks)
        raise Refused(
            "not_your_leg",
            f"Responder {command.responder} does not hold leg {command.leg} of request {command.request}; {who} does.",
            responder=command.responder,
            request=command.request,
        )


def _is_by(ask: Ask, command: WorkCommand) -> bool:
    return ask.responder == command.responder and command.offer in (None, ask.offer)


def said_before(leg: Leg, stage: type[Leg], command: WorkCommand) -> bool:
    """Tell whether the same person has brought the leg to this stage already."""
    return isinstance(leg, stage) and any(_is_by(ask, command) for ask in leg.asks)


def complete_leg(command: CompleteLeg, read: Read) -> Decision:
    """Finish a leg; the last one delivers the request."""
    state, leg = leg_named(command, read)
    if said_before(leg, Done, command):
        return NOTHING
    check_taken(command, state, leg)
    check_may_start(command.request, leg)
    check_outcome(command.outcome, done=True)
    _person_comes(command, state)
    _everything_was_looked_for(command, state, leg)
    gathered = Gathered()
    stream = request_stream(command.community, command.request)
    gathered.add(stream, LegDone(leg=command.leg, outcome=command.outcome, done_at=command.at))
    if all(isinstance(other, Done) for other in state.legs if other is not leg):
        gathered.add(stream, RequestDelivered(delivered_at=command.at))
        if isinstance(state.goods, WithRecipient):
            gathered.add(stream, ReceiptConfirmed(confirmed_by=state.goods.holder, confirmed_at=command.at))
    _free_crew(command, leg, gathered, reason="done")
    return gathered.decision()


def _person_comes(command: CompleteLeg, state: HelpRequest) -> None:
    """Refuse to report done what the person refuses: nobody is carried off by a tick in a box (R28)."""
    if state.refusing:
        raise Refused(
            "person_refuses",
            f"Whom request {command.request} is about refuses. Record that they agree, or report the leg failed.",
            request=command.request,
        )


def _everything_was_looked_for(command: CompleteLeg, state: HelpRequest, leg: Leg) -> None:
    """Refuse to finish a leg on which something is to be bought that nobody has found or given up (R3)."""
    missing = open_items(state.items) if buys(leg) else ()
    if missing:
        raise Refused(
            "items_open",
            f"Nobody said what became of items {', '.join(map(str, missing))} of request {command.request}. "
            "Say of each that it was found, or not found and nowhere else to look.",
            request=command.request,
            items=missing,
        )


def fail_leg(command: FailLeg, read: Read) -> Decision:
    """Record that a leg could not be finished; the people are free and a person is called, each time it fails."""
    state, leg = leg_named(command, read)
    if said_before(leg, Failed, command):
        return NOTHING
    check_taken(command, state, leg)
    check_outcome(command.outcome, done=False)
    gathered = Gathered()
    stream = request_stream(command.community, command.request)
    gathered.add(stream, LegFailed(leg=command.leg, outcome=command.outcome, failed_at=command.at))
    duty = registered(read, command.community).duty
    gathered.add(stream, RequestEscalated(to=duty, reason="leg_failed", escalated_at=command.at))
    _free_crew(command, leg, gathered, reason="failed")
    return gathered.decision()


def _free_crew(command: CompleteLeg | FailLeg, leg: Leg, gathered: Gathered, *, reason: str) -> None:
    for ask in leg.asks:
        fact = LoadReleased(leg=full_leg_id(command.request, leg), reason=reason, worked=True, released_at=command.at)
        gathered.add(responder_stream(command.community, ask.responder), fact)


def release_leg(command: ReleaseLeg, read: Read, *, spared: bool = False) -> Decision:
    """
    Give a taken leg back, blameless; said twice, nothing new happens.

    A complete crew collapses with its member: the others are sent back with that reason, and are preferred
    when it is formed anew (R9). One that is not complete keeps the others. When System does it a rule
    forbids the work now; when it allows it again they may be asked again (R20). So they may when they are
    `spared`: who drops out or hears the bell is asked again after coming back (R23, R25). The leg waits on from
    when it was first ready, so that it is shared out ahead of younger ones.
    """
    state, leg = leg_named(command, read)
    mine = place_of(leg, command.responder)
    released_before = command.responder in leg.tried or (command.responder in leg.spared and mine is None)
    if released_before and not isinstance(leg, Taken):
        return NOTHING
    in_crew = isinstance(leg, Mustering) and state.is_matchable and mine is not None and mine.accepted
    if not in_crew:
        check_taken(command, state, leg)
    gathered = Gathered()
    fact = LegReleased(
        leg=command.leg,
        responder=command.responder,
        reason=command.reason,
        by_rule=spared or command.actor.role is Role.SYSTEM,
        released_at=command.at,
    )
    gathered.add(request_stream(command.community, command.request), fact)
    freed = (mine,) if in_crew and mine is not None else leg.asks
    gathered.add(request_stream(command.community, command.request), *_left_behind(command, state, freed, read=read))
    for ask in freed:
        reason = command.reason if ask.responder == command.responder else CREW_COLLAPSED
        gathered.add(responder_stream(command.community, ask.responder), _idle(command, leg, reason))
    return gathered.decision()


def _left_behind(command: ReleaseLeg, state: HelpRequest, freed: tuple[Ask, ...], *, read: Read) -> tuple[Fact, ...]:
    """Call a person when somebody is released who has the goods in hand: they answer for them until the next one."""
    goods = state.goods
    if not isinstance(goods, Carried) or all(ask.responder != goods.holder for ask in freed):
        return ()
    duty = registered(read, command.community).duty
    return (RequestEscalated(to=duty, reason="goods_left_behind", escalated_at=command.at),)


def requeue_leg(command: RequeueLeg, read: Read) -> Decision:
    """
    Put a failed leg back to be shared out, or let everybody be asked again for one that waits.

    Nobody is asked twice by the machine; that a person decides so is the way out when all have declined.
    """
    state, leg = leg_named(command, read)
    if not state.is_matchable:
        raise ended(command.request, state)
    if not isinstance(leg, Failed) and not (isinstance(leg, Waiting) and leg.tried):
        return NOTHING
    gathered = Gathered()
    fact = LegRequeued(leg=command.leg, requeued_at=command.at)
    gathered.add(request_stream(command.community, command.request), fact)
    return gathered.decision()
