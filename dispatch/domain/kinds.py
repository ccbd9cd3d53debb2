"""
The catalogue of request kinds: data, versioned, adopted into the log whole.

An embedding application adds a kind by adopting a catalogue that has it; the engine never names one.
"""

from __future__ import annotations

from .kind import CREW_MAX, KINDS_MAX, LEGS_MAX, Catalogue, Kind, LegKind, Permit, Proof
from .positions import Position
from .values import Point, Role, Side, Urgency

__all__ = ["CREW_MAX", "EVERYDAY_CATALOGUE", "KINDS_MAX", "LEGS_MAX", "Catalogue", "Kind", "LegKind", "Permit", "Proof"]

_HOUR = 3_600
_DAY = 24 * _HOUR
_HELPERS = (Role.FLOOR_CAPTAIN, Role.BUILDING_LEAD, Role.VOLUNTEER, Role.COMMUNITY_WORKER, Role.CADRE)
_OUTSIDE = (Role.COMMUNITY_WORKER, Role.CADRE, Role.VOLUNTEER, Role.DRIVER)
_TRAINED = (Role.COMMUNITY_WORKER, Role.CADRE)
_CARRIERS = (Role.COMMUNITY_WORKER, Role.CADRE, Role.VOLUNTEER)


def _outside(*, origin: Point, effort: int, minutes: int, after: tuple[str, ...] = ()) -> LegKind:
    """Return the leg that brings something to the shelf from beyond the control line."""
    return LegKind(
        name="outside",
        after=after,
        side=Side.OUTSIDE,
        origin=origin,
        destination=Point.SHELF,
        effort=effort,
        roles=_OUTSIDE,
        minutes=minutes,
    )


def _to_door(*, after: str = "outside") -> LegKind:
    """Return the leg from the shelf to the door, for who may move inside."""
    return LegKind(
        name="inside",
        after=(after,),
        side=Side.INSIDE,
        origin=Point.SHELF,
        destination=Point.DOOR,
        effort=1,
        stairs=True,
        roles=_HELPERS,
        minutes=10,
    )


def _visit(name: str, *, effort: int, minutes: int, roles: tuple[Role, ...]) -> LegKind:
    """Return a leg that is done at the door."""
    return LegKind(
        name=name,
        side=Side.INSIDE,
        origin=Point.DOWNSTAIRS,
        destination=Point.DOOR,
        effort=effort,
        stairs=True,
        roles=roles,
        minutes=minutes,
    )


_MEDICINE = Kind(
    key="medicine",
    urgency=Urgency.HEALTH,
    due_within_s=(_HOUR, 4 * _HOUR, 8 * _HOUR, _DAY),
    legs=(_outside(origin=Point.SHOP, effort=3, minutes=50), _to_door()),
    contactless=True,
    no_payment=True,
)
_FOOD = Kind(
    key="food",
    urgency=Urgency.HARDSHIP,
    due_within_s=(_HOUR, 6 * _HOUR, 12 * _HOUR, _DAY),
    legs=(_outside(origin=Point.SHOP, effort=2, minutes=50), _to_door()),
    contactless=True,
    no_payment=True,
)
_GARBAGE = Kind(
    key="garbage",
    contactless=True,
    no_payment=True,
    urgency=Urgency.NONE,
    due_within_s=(_HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR),
    legs=(
        LegKind(
            name="inside",
            side=Side.INSIDE,
            origin=Point.DOOR,
            destination=Point.SHELF,
            effort=1,
            stairs=True,
            roles=_HELPERS,
            isolated_roles=_TRAINED,
            isolated_skills=("protective_gear",),
            minutes=10,
        ),
        LegKind(
            name="outside",
            after=("inside",),
            side=Side.OUTSIDE,
            origin=Point.SHELF,
            destination=Point.BINS,
            effort=1,
            roles=_OUTSIDE,
            isolated_roles=_TRAINED,
            isolated_skills=("protective_gear",),
            minutes=15,
        ),
    ),
)
_CARRY = LegKind(
    name="carry",
    side=None,
    origin=Point.DOOR,
    destination=Point.DOWNSTAIRS,
    crew=3,
    effort=3,
    stairs=True,
    skills=("stair_carry",),
    roles=_CARRIERS,
    minutes=40,
    positions=(Position(name="behind"), Position(name="arm"), Position(name="front")),
)
_STAIR_CARRY = Kind(
    key="stair_carry",
    no_payment=True,
    urgency=Urgency.HEALTH,
    due_within_s=(_HOUR, 2 * _HOUR, 6 * _HOUR, 24 * _HOUR),
    same_person=True,
    legs=(_CARRY,),
)
_STAIR_CARRY_RETURN = Kind(
    key="stair_carry_return",
    no_payment=True,
    urgency=Urgency.HEALTH,
    due_within_s=(_HOUR, 2 * _HOUR, 6 * _HOUR, _DAY),
    same_person=True,
    legs=(
        _CARRY.model_copy(update={"muster": True, "call_ahead": True}),
        _CARRY.model_copy(
            update={
                "name": "carry_back",
                "after": ("carry",),
                "origin": Point.DOWNSTAIRS,
                "destination": Point.DOOR,
                "muster": True,
                "call_ahead": True,
            }
        ),
    ),
)
_MEDICAL_RIDE = Kind(
    key="medical_ride",
    no_payment=True,
    urgency=Urgency.HEALTH,
    due_within_s=(_HOUR, 2 * _HOUR, 6 * _HOUR, 24 * _HOUR),
    same_person=True,
    legs=(
        LegKind(
            name="to_car",
            side=None,
            origin=Point.DOOR,
            destination=Point.CAR,
            effort=2,
            roles=_TRAINED,
            minutes=15,
            permit=Permit.MEDICAL_PASS,
            on_call=True,
        ),
        LegKind(
            name="to_hospital",
            after=("to_car",),
            side=Side.OUTSIDE,
            origin=Point.CAR,
            destination=Point.HOSPITAL,
            effort=4,
            skills=("daily_test", "drive"),
            roles=(Role.DRIVER,),
            minutes=45,
            permit=Permit.MEDICAL_PASS,
            drives=True,
        ),
        LegKind(
            name="back_home",
            after=("to_hospital",),
            side=Side.OUTSIDE,
            origin=Point.HOSPITAL,
            destination=Point.GATE,
            effort=4,
            skills=("daily_test", "drive"),
            roles=(Role.DRIVER,),
            minutes=60,
            permit=Permit.MEDICAL_PASS,
            drives=True,
            on_call=True,
        ),
        LegKind(
            name="to_door",
            after=("back_home",),
            side=None,
            origin=Point.GATE,
            destination=Point.DOOR,
            effort=2,
            roles=_TRAINED,
            minutes=15,
            permit=Permit.MEDICAL_PASS,
        ),
    ),
)
_PARCEL = Kind(
    key="parcel",
    urgency=Urgency.NONE,
    due_within_s=(_HOUR, 6 * _HOUR, 12 * _HOUR, _DAY),
    legs=(_outside(origin=Point.GATE, effort=1, minutes=15), _to_door()),
    contactless=True,
    no_payment=True,
)
_TAKEAWAY = Kind(
    key="takeaway",
    urgency=Urgency.NONE,
    due_within_s=(_HOUR, _HOUR, _HOUR, _HOUR),
    legs=(_outside(origin=Point.GATE, effort=1, minutes=10), _to_door()),
    contactless=True,
    no_payment=True,
    needs_confirmation=True,
)
_ERRAND = Kind(
    key="errand",
    urgency=Urgency.NONE,
    due_within_s=(_HOUR, _DAY, 2 * _DAY, 3 * _DAY),
    legs=(
        LegKind(
            name="collect",
            side=Side.INSIDE,
            origin=Point.DOOR,
            destination=Point.SHELF,
            effort=1,
            stairs=True,
            roles=_HELPERS,
            minutes=10,
        ),
        _outside(origin=Point.OFFICE, effort=4, minutes=120, after=("collect",)),
        _to_door(),
    ),
    proof=Proof.PHOTO,
    no_payment=True,
)
_CHECK_IN = Kind(
    key="check_in",
    urgency=Urgency.HARDSHIP,
    due_within_s=(_HOUR, 2 * _HOUR, 8 * _HOUR, _DAY),
    legs=(_visit("visit", effort=1, minutes=15, roles=_HELPERS),),
    same_person=True,
    contactless=True,
    no_payment=True,
)
_CHILDCARE = Kind(
    key="childcare",
    urgency=Urgency.HARDSHIP,
    due_within_s=(_HOUR, 2 * _HOUR, 4 * _HOUR, _DAY),
    legs=(_visit("care", effort=4, minutes=240, roles=(Role.COMMUNITY_WORKER, Role.BUILDING_LEAD, Role.VOLUNTEER)),),
    same_person=True,
    approvals=(Role.COMMUNITY_WORKER,),
    restricted=True,
    no_payment=True,
)
_COUNSELLING = Kind(
    key="counselling",
    urgency=Urgency.HEALTH,
    due_within_s=(_HOUR, 4 * _HOUR, _DAY, 3 * _DAY),
    legs=(
        LegKind(
            name="call",
            side=None,
            origin=Point.OFFICE,
            destination=Point.DOOR,
            effort=2,
            roles=(Role.COUNSELLOR,),
            minutes=45,
            remote=True,
        ),
    ),
    same_person=True,
    restricted=True,
    no_payment=True,
)
_MEDIATION = Kind(
    key="mediation",
    urgency=Urgency.NONE,
    due_within_s=(_HOUR, 4 * _HOUR, _DAY, 3 * _DAY),
    legs=(_visit("talk", effort=3, minutes=60, roles=(Role.COMMUNITY_WORKER, Role.BUILDING_LEAD)),),
    same_person=True,
    restricted=True,
    no_payment=True,
)
_HEALTH_CODE = Kind(
    key="health_code",
    urgency=Urgency.NONE,
    due_within_s=(_HOUR, 2 * _HOUR, 8 * _HOUR, _DAY),
    legs=(_visit("visit", effort=1, minutes=20, roles=_HELPERS),),
    contactless=True,
    no_payment=True,
)

_NIGHT_ESCORT = Kind(
    key="night_escort",
    urgency=Urgency.HEALTH,
    due_within_s=(_HOUR, 4 * _HOUR, 8 * _HOUR, _DAY),
    legs=(
        LegKind(
            name="escort",
            side=None,
            origin=Point.DOOR,
            destination=Point.CAR,
            crew=2,
            effort=6,
            skills=("protective_gear",),
            roles=_TRAINED,
            minutes=180,
            gear=True,
        ),
    ),
    restricted=True,
    no_payment=True,
    staff_only=True,
)

EVERYDAY_CATALOGUE = Catalogue(
    version=2,
    kinds=(
        _MEDICINE,
        _FOOD,
        _GARBAGE,
        _STAIR_CARRY,
        _MEDICAL_RIDE,
        _PARCEL,
        _TAKEAWAY,
        _ERRAND,
        _CHECK_IN,
        _CHILDCARE,
        _COUNSELLING,
        _MEDIATION,
        _HEALTH_CODE,
        _STAIR_CARRY_RETURN,
        _NIGHT_ESCORT,
    ),
)
"""
The kinds that every community starts with (requirements, first paragraph; R2).

Goods come in by an outside and an inside leg (R3, R5, R7); a card goes down, to the office and back
(R4); a carry is one crew, and with a return it is a kind of its own, so that nobody is bound for a way
back that no household asked for (R9); a ride has its legs (R12); counselling is a call that few may see
(R17); a night escort is a duty of two in gear that staff are ordered to (R28). Version 1 had the first five.
"""
