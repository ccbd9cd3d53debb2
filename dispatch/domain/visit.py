"""Visit: a small leg joined to one that somebody has accepted already, at the same door (R11)."""

from __future__ import annotations

from .community import registered
from .decider import NOTHING, Decision, Gathered, Read
from .errors import Refused
from .help_request import HelpRequest, ended, full_leg_id, known, next_offer
from .leg import Leg, Taken, Waiting, ask_of, place_of, plan_leg
from .leg_course import LegJoined
from .offer import LegCommand, check_may_go, leg_named, not_held
from .resident import known as known_resident
from .responder import LoadJoined, Responder, serving
from .values import OfferId, Point, ResponderId, request_of, request_stream, responder_stream


class JoinVisit(LegCommand):
    """
    Take a leg on a visit that one has accepted: «I carry the garbage down when I bring the medicine».

    `visit` is the accepted offer or assignment.
    """

    responder: ResponderId
    visit: OfferId


def join_visit(command: JoinVisit, read: Read) -> Decision:
    """
    Take the leg at once, without an offer of its own: nobody else is asked, and there is no second climb to count.

    Both legs are at the same door. Every rule that an acceptance is checked by holds here too.
    """
    state, leg = leg_named(command, read)
    mine = place_of(leg, command.responder)
    if isinstance(leg, Taken) and mine is not None:
        return NOTHING
    if not state.is_matchable:
        raise ended(command.request, state)
    if not isinstance(leg, Waiting) or leg.plan.crew > 1 or command.responder in leg.tried:
        raise Refused(
            "leg_not_free",
            f"Leg {command.leg} of request {command.request} is {type(leg).__name__}: only a waiting leg for one "
            "person, that the responder has not given back, can be joined to a visit.",
            request=command.request,
            leg=command.leg,
        )
    _check_same_door(command, state, leg, read=read)
    person = serving(read, command.community, command.responder)
    check_may_go(command, state, leg, read=read)
    effort = min(leg.plan.effort, _effort_at_the_door(command, state, read))
    if person.load + effort > person.capacity:
        raise Refused(
            "capacity_reached",
            f"Responder {command.responder} holds {person.load} of {person.capacity} units and cannot take {effort} "
            "more. Let somebody else be asked.",
            responder=command.responder,
            load=person.load,
            capacity=person.capacity,
        )
    return _joined(command, state, leg, person=person, effort=effort)


def _joined(command: JoinVisit, state: HelpRequest, leg: Leg, *, person: Responder, effort: int) -> Decision:
    offer = next_offer(command.request, state)
    gathered = Gathered()
    joined = LegJoined(
        leg=command.leg,
        offer=offer,
        responder=command.responder,
        staff=person.role.is_staff,
        effort=effort,
        visit=command.visit,
        joined_at=command.at,
    )
    gathered.add(request_stream(command.community, command.request), joined)
    load = LoadJoined(
        offer=offer,
        leg=full_leg_id(command.request, leg),
        beneficiary=state.beneficiary,
        effort=effort,
        joined_at=command.at,
    )
    gathered.add(responder_stream(command.community, command.responder), load)
    return gathered.decision()


def _check_same_door(command: JoinVisit, state: HelpRequest, leg: Leg, *, read: Read) -> None:
    host = known(read, command.community, request_of(command.visit))
    visit = host.leg_holding(command.visit)
    ask = ask_of(visit, command.visit) if visit is not None else None
    if not isinstance(visit, Taken) or ask is None or ask.responder != command.responder:
        raise not_held(command.visit, host, responder=command.responder)
    here = known_resident(read, command.community, state.beneficiary)
    there = known_resident(read, command.community, host.beneficiary)
    doors = all(Point.DOOR in (each.plan.origin, each.plan.destination) for each in (leg, visit))
    if not doors or (here.household, state.place) != (there.household, host.place):
        raise Refused(
            "another_door",
            f"Leg {command.leg} of request {command.request} is not at the door to which {command.visit} leads. "
            "Let it be offered on its own.",
            request=command.request,
            offer=command.visit,
        )


def _effort_at_the_door(command: JoinVisit, state: HelpRequest, read: Read) -> int:
    """Return the effort of the leg without the climb, which the visit has already; as planned if the kind is gone."""
    kind = registered(read, command.community).catalogue.find(state.kind)
    legs = {leg.name: leg for leg in kind.legs} if kind is not None else {}
    stored = state.leg(command.leg)
    if command.leg in legs:
        return plan_leg(legs[command.leg], None, floor=None).effort
    return stored.plan.effort if stored is not None else 0
