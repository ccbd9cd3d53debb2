"""
A small community to tell stories in: a tower of 19 floors with a lift, a walk-up of six, and their people.

The numbers are those of the sources: a 19-floor tower, a 7th-floor household without a lift, a crew
of three with spares, a control from 11:00 to 18:00.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain, repeat
from typing import Any

from dispatch.domain.building import Building
from dispatch.domain.community import RegisterBuilding, RegisterCommunity, RegisterCompound
from dispatch.domain.control import Control
from dispatch.domain.control_order import LiftControlLevel, SetControlLevel
from dispatch.domain.help_request import HelpRequest, full_leg_id
from dispatch.domain.intake import ReceiveRequest
from dispatch.domain.kinds import EVERYDAY_CATALOGUE
from dispatch.domain.leg import Leg
from dispatch.domain.match_run import Candidate, MatchDecided, MatchRun, RecordMatch
from dispatch.domain.offer import AcceptOffer, CompleteLeg, DeclineOffer, FailLeg, LapseOffer, ReleaseLeg, WithdrawOffer
from dispatch.domain.policy import EVERYDAY
from dispatch.domain.resident import RegisterResident
from dispatch.domain.responder import Responder
from dispatch.domain.roster import RegisterResponder
from dispatch.domain.shift import Shift
from dispatch.domain.values import (
    SYSTEM,
    Actor,
    BuildingId,
    Channel,
    Command,
    CommunityId,
    CompoundId,
    ControlLevel,
    HouseholdId,
    OfferId,
    Place,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    Stream,
    match_stream,
    offer_id,
    request_stream,
    resident_stream,
    responder_stream,
)
from tests.domain.given import Given

RIVERSIDE = CommunityId("riverside")
T0 = datetime(2022, 11, 25, 1, 0, tzinfo=UTC)
"""09:00 in Beijing."""

GARDEN = CompoundId("c-garden")
TOWER = BuildingId("b-tower")
WALKUP = BuildingId("b-walkup")
EVERYWHERE = Place()
IN_GARDEN = Place(compound=GARDEN)
IN_TOWER = Place(compound=GARDEN, building=TOWER)
IN_WALKUP = Place(building=WALKUP)

TOWER_FLOORS = ("B2", "B1", *(str(n) for n in range(1, 20) if n != 4))
WALKUP_FLOORS = ("1", "2", "3", "4", "5", "6", "7")


def after(minutes: float) -> datetime:
    """Return an instant by its distance from 09:00, in minutes."""
    return T0 + timedelta(minutes=minutes)


def place(**parts: Any) -> Place:
    """Return a place by its parts, known to the register or not."""
    return Place(**parts)


def tower(floor: str) -> Place:
    """Return a floor of the tower."""
    return Place(compound=GARDEN, building=TOWER, floor=floor)


def walkup(floor: str, unit: str = "1") -> Place:
    """Return a floor behind one of the walk-up's two stairwell doors."""
    return Place(building=WALKUP, building_unit=unit, floor=floor)


WORKER = Actor(id="r-worker", role=Role.COMMUNITY_WORKER)
LEAD = Actor(id="r-lead", role=Role.BUILDING_LEAD)

ALL_DAY = Shift(starts_at=after(-600), ends_at=after(6_000))

_ANYWHERE = (EVERYWHERE,)
_CARRY = ("stair_carry",)
_SEALED = ControlLevel.SEALED
RESPONDERS: dict[str, dict[str, Any]] = {
    "r-worker": {"role": Role.COMMUNITY_WORKER, "scopes": _ANYWHERE, "clearance": _SEALED},
    "r-cadre": {
        "role": Role.CADRE,
        "scopes": _ANYWHERE,
        "clearance": _SEALED,
        "skills": ("protective_gear", "stair_carry"),
    },
    "r-lead": {"role": Role.BUILDING_LEAD, "home": tower("2"), "scopes": (IN_TOWER,)},
    "r-captain": {
        "role": Role.FLOOR_CAPTAIN,
        "home": tower("12"),
        "resident": "p-captain",
        "scopes": (tower("12"),),
        "capacity": 6,
    },
    "r-deputy": {"role": Role.FLOOR_CAPTAIN, "home": tower("13"), "scopes": (IN_TOWER,), "paper": True},
    "r-shopper": {"role": Role.VOLUNTEER, "scopes": _ANYWHERE, "capacity": 4},
    "r-driver": {"role": Role.DRIVER, "scopes": _ANYWHERE, "skills": ("drive", "daily_test")},
    "r-carry1": {"role": Role.VOLUNTEER, "scopes": _ANYWHERE, "skills": _CARRY, "capacity": 30},
    "r-carry2": {"role": Role.VOLUNTEER, "scopes": _ANYWHERE, "skills": _CARRY, "capacity": 30},
    "r-carry3": {"role": Role.CADRE, "scopes": _ANYWHERE, "skills": _CARRY, "capacity": 30},
    "r-carry4": {"role": Role.VOLUNTEER, "scopes": _ANYWHERE, "skills": _CARRY, "capacity": 30},
}
RESIDENTS: dict[str, Place] = {
    "p-li": tower("12"),
    "p-wu": walkup("7"),
    "p-captain": tower("12"),
}


def actor(who: str) -> Actor:
    """Return somebody of the town as they act themselves."""
    role = RESPONDERS[who]["role"] if who in RESPONDERS else Role.RESIDENT
    return Actor(id=who, role=role)


def said(command: type[Command], /, by: Actor = WORKER, at: datetime = T0, **fields: Any) -> Any:
    """Return a command of this community, by default said by the community worker at 09:00."""
    return command(community=RIVERSIDE, actor=by, at=at, **fields)


def founding() -> RegisterCommunity:
    """Return the registration of the community."""
    command: RegisterCommunity = said(
        RegisterCommunity,
        name="Riverside",
        time_zone="Asia/Shanghai",
        duty="r-worker",
        catalogue=EVERYDAY_CATALOGUE,
        policy=EVERYDAY,
    )
    return command


def building(key: str = "11", **fields: Any) -> Building:
    """Return the tower, or something like it."""
    shape: dict[str, Any] = {
        "building": TOWER,
        "name": f"{key}号楼",
        "key": key,
        "compound": GARDEN,
        "floors": TOWER_FLOORS,
        "entrance": "1",
        "lift": True,
    }
    return Building(**(shape | fields))


THE_WALKUP = building("12", building=WALKUP, compound=None, building_units=("1", "2"), floors=WALKUP_FLOORS, lift=False)


def places() -> tuple[Command, ...]:
    """Return the commands that set up the community and its buildings."""
    return (
        founding(),
        said(RegisterCompound, compound=GARDEN, name="花园小区"),
        said(RegisterBuilding, building=building()),
        said(RegisterBuilding, building=THE_WALKUP),
    )


def registration(who: str, **fields: Any) -> RegisterResponder:
    """Return the registration of a responder."""
    shape: dict[str, Any] = (
        {"responder": who, "role": Role.VOLUNTEER, "scopes": _ANYWHERE, "capacity": 10, "shifts": (ALL_DAY,)}
        | RESPONDERS.get(who, {})
        | fields
    )
    command: RegisterResponder = said(RegisterResponder, **shape)
    return command


def moving_in(who: str, place: Place, **fields: Any) -> RegisterResident:
    """Return the registration of a resident."""
    shape: dict[str, Any] = {"resident": who, "household": HouseholdId(f"h-{who[2:]}"), "place": place} | fields
    command: RegisterResident = said(RegisterResident, **shape)
    return command


@cache
def town() -> Given:
    """Return the community with everybody in it; one journal for all, since telling on never changes it."""
    return Given(
        *places(),
        *(moving_in(who, place) for who, place in RESIDENTS.items()),
        *(registration(who) for who in RESPONDERS),
    )


def request_at(request: str) -> Stream:
    """Return the stream of a request."""
    return request_stream(RIVERSIDE, RequestId(request))


def responder_at(who: str) -> Stream:
    """Return the stream of a responder."""
    return responder_stream(RIVERSIDE, ResponderId(who))


def resident_at(who: str) -> Stream:
    """Return the stream of a resident."""
    return resident_stream(RIVERSIDE, ResidentId(who))


def request_of_town(given: Given, request: str = "q-1") -> HelpRequest:
    """Return a request's state."""
    state = given.read(request_at(request))
    assert isinstance(state, HelpRequest)
    return state


def leg_of(given: Given, leg: str, request: str = "q-1") -> Leg:
    """Return the state of a request's leg."""
    found = request_of_town(given, request).leg(leg)
    assert found is not None
    return found


def responder_of(given: Given, who: str) -> Responder:
    """Return a responder's state."""
    state = given.read(responder_at(who))
    assert isinstance(state, Responder)
    return state


def calls(request: str = "q-1", **fields: Any) -> ReceiveRequest:
    """Return a call for help; by default Li of the 12th floor needs medicine."""
    at = fields.get("at", T0)
    shape: dict[str, Any] = {
        "request": request,
        "beneficiary": "p-li",
        "reporter": "p-li",
        "channel": Channel.PHONE,
        "kind": "medicine",
        "occurred_at": at,
    }
    command: ReceiveRequest = said(ReceiveRequest, **(shape | fields))
    return command


def offer_of(ordinal: int, request: str = "q-1") -> OfferId:
    """Return the id of a request's n-th offer."""
    return offer_id(RequestId(request), ordinal)


def matches(given: Given, leg: str, *who: str, request: str = "q-1", at: datetime = T0, **fields: Any) -> RecordMatch:
    """Return a match that asks people for a leg, as a matcher would that saw the journal as it is."""
    state = request_of_town(given, request)
    run = given.read(match_stream(RIVERSIDE))
    asked_leg = state.leg(leg)
    named = asked_leg.open_positions if asked_leg is not None and "position" not in fields else ()
    places: Iterable[dict[str, Any]] = chain(({"position": position.name} for position in named), repeat({}))
    decided = tuple(
        _decided(given, state, leg, responder=name, request=request, ordinal=number, at=at, **where, **fields)
        for number, (name, where) in enumerate(zip(who, places, strict=False), start=state.asks_made + 1)
    )
    fence = run.version if isinstance(run, MatchRun) else 0
    command: RecordMatch = said(RecordMatch, by=SYSTEM, at=at, as_of=1, fence=fence, decided=decided, shortfalls=())
    return command


def _decided(
    given: Given,
    state: HelpRequest,
    name: str,
    *,
    responder: str,
    request: str,
    ordinal: int,
    at: datetime,
    **fields: Any,
) -> MatchDecided:
    leg = state.leg(name)
    assert leg is not None
    staff = responder_of(given, responder).role.is_staff
    shape: dict[str, Any] = {
        "as_of": 1,
        "at": at,
        "policy": EVERYDAY.digest(),
        "matcher": 1,
        "leg": full_leg_id(RequestId(request), leg),
        "offer": offer_id(RequestId(request), ordinal),
        "responder": responder,
        "staff": staff,
        "effort": leg.plan.effort,
        "answer_by": at + timedelta(minutes=15 if staff else 10),
        "solved_by": "flow" if leg.plan.crew == 1 else "crew",
        "vector": (0,),
        "candidates": (Candidate(responder=ResponderId(responder), vector=(0,)),),
        "eligible": 1,
        "explanation": "0" * 32,
    }
    return MatchDecided(**(shape | fields))


def asked(given: Given, leg: str, *who: str, **fields: Any) -> Given:
    """Return the journal after people were asked for a leg."""
    return given.and_then(matches(given, leg, *who, **fields))


def accepts(who: str, ordinal: int = 1, request: str = "q-1", **fields: Any) -> AcceptOffer:
    """Return somebody's yes."""
    shape: dict[str, Any] = {"by": actor(who), "offer": offer_of(ordinal, request), "responder": who}
    command: AcceptOffer = said(AcceptOffer, **(shape | fields))
    return command


def declines(who: str, ordinal: int = 1, request: str = "q-1", **fields: Any) -> DeclineOffer:
    """Return somebody's no."""
    shape: dict[str, Any] = {
        "by": actor(who),
        "offer": offer_of(ordinal, request),
        "responder": who,
        "reason": "busy",
    }
    command: DeclineOffer = said(DeclineOffer, **(shape | fields))
    return command


def lapses(ordinal: int = 1, request: str = "q-1", at: datetime | None = None) -> LapseOffer:
    """Return the machine's end of an offer, by default after an hour."""
    when = after(60) if at is None else at
    command: LapseOffer = said(LapseOffer, by=SYSTEM, at=when, offer=offer_of(ordinal, request), due=when)
    return command


def withdraws(ordinal: int = 1, request: str = "q-1", **fields: Any) -> WithdrawOffer:
    """Return the machine's withdrawal of an offer."""
    shape: dict[str, Any] = {"by": SYSTEM, "offer": offer_of(ordinal, request), "reason": "rule_fails"}
    command: WithdrawOffer = said(WithdrawOffer, **(shape | fields))
    return command


def _about_leg(
    kind: type[CompleteLeg | FailLeg | ReleaseLeg], who: str, leg: str, said_of_it: dict[str, Any], **fields: Any
) -> Any:
    shape: dict[str, Any] = {"by": actor(who), "request": "q-1", "leg": leg, "responder": who} | said_of_it
    return said(kind, **(shape | fields))


def completes(who: str, leg: str, **fields: Any) -> CompleteLeg:
    """Return the report that a leg is done."""
    command: CompleteLeg = _about_leg(CompleteLeg, who, leg, {"outcome": "success"}, **fields)
    return command


def fails(who: str, leg: str, **fields: Any) -> FailLeg:
    """Return the report that a leg could not be done."""
    command: FailLeg = _about_leg(FailLeg, who, leg, {"outcome": "not_home"}, **fields)
    return command


def releases(who: str, leg: str, **fields: Any) -> ReleaseLeg:
    """Return the report that somebody cannot do what they had taken."""
    command: ReleaseLeg = _about_leg(ReleaseLeg, who, leg, {"reason": "fell_ill"}, **fields)
    return command


def controls(
    level: ControlLevel,
    place: Place = EVERYWHERE,
    *,
    since: datetime = T0,
    until: datetime | None = None,
    **fields: Any,
) -> SetControlLevel:
    """Return an order of a control level."""
    control = Control(place=place, level=level, effective_from=since, until=until)
    command: SetControlLevel = said(SetControlLevel, control=control, reason="headquarters", **fields)
    return command


def lifts(place: Place = EVERYWHERE, *, since: datetime = T0, **fields: Any) -> LiftControlLevel:
    """Return the lifting of all controls of a place."""
    command: LiftControlLevel = said(LiftControlLevel, place=place, effective_from=since, **fields)
    return command


def done_by(given: Given, leg: str, *who: str, request: str = "q-1", at: datetime = T0) -> Given:
    """Return the journal after a leg was offered, accepted and done by these people."""
    first = request_of_town(given, request).asks_made + 1
    offered = asked(given, leg, *who, request=request, at=at)
    taken = offered.and_then(*(accepts(name, number, request, at=at) for number, name in enumerate(who, start=first)))
    return taken.and_then(completes(who[0], leg, request=request, at=at))
