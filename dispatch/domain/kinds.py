"""
The catalogue of request kinds: data, versioned, adopted into the log whole.

An embedding application adds a kind by adopting a catalogue that has it; the engine never names one.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from .values import RESPONDING, Code, Point, Role, Side, Urgency, Value

CREW_MAX = 6
LEGS_MAX = 6
KINDS_MAX = 100


def _responding(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    idle = [role for role in roles if role not in RESPONDING]
    if idle:
        raise ValueError(f"role {idle[0]} takes no legs; name roles of responders")
    return roles


Seconds = Annotated[int, Field(ge=1, le=31 * 86_400)]
Roles = Annotated[tuple[Role, ...], Field(min_length=1, max_length=len(RESPONDING)), AfterValidator(_responding)]
Units = Annotated[int, Field(ge=0, le=1_000)]


class LegKind(Value):
    """
    One leg of a kind: the unit that is offered (A2).

    Attributes
    ----------
    name
        Unique within the kind.
    after
        Legs that must be done before this one is offered.
    side
        The side of the control line on which it is done; `None` means that it crosses the line.
    origin, destination
        Where it begins and ends.
    crew
        People bound together, all or nothing (R9).
    effort
        Effort units for one person before stairs are counted.
    stairs
        Whether each storey without a lift adds one unit per trip (R10).
    trips
        Times the stairs are climbed.
    skills
        Each member needs all of them.
    roles
        Who may be asked.
    isolated_roles, isolated_skills
        Replace `roles` and are added to `skills` when the beneficiary is isolated (A2: garbage of
        isolated persons needs trained, equipped staff).
    minutes
        Planned duration.
    """

    name: Code
    after: tuple[Code, ...] = ()
    side: Side | None
    origin: Point
    destination: Point
    crew: Annotated[int, Field(ge=1, le=CREW_MAX)] = 1
    effort: Units
    stairs: bool = False
    trips: Annotated[int, Field(ge=1, le=10)] = 1
    skills: tuple[Code, ...] = ()
    roles: Roles
    isolated_roles: Roles | None = None
    isolated_skills: tuple[Code, ...] = ()
    minutes: Annotated[int, Field(ge=1, le=1_440)]


class Kind(Value):
    """
    One kind of help.

    Attributes
    ----------
    key
        Stable name. Kinds never name an illness.
    urgency
        Used when the caller states none.
    due_within_s
        Seconds from receipt to delivery for each urgency, worst first: life, health, hardship, none.
    legs
        In order of definition; `after` gives the order of work.
    same_person
        Continuity is asked before the building tier (calling rounds, stair-carry series).
    """

    key: Code
    urgency: Urgency
    due_within_s: tuple[Seconds, Seconds, Seconds, Seconds]
    legs: Annotated[tuple[LegKind, ...], Field(min_length=1, max_length=LEGS_MAX)]
    same_person: bool = False

    @model_validator(mode="after")
    def _legs_are_ordered(self) -> Self:
        known: set[str] = set()
        for leg in self.legs:
            if leg.name in known:
                raise ValueError(f"kind {self.key}: leg {leg.name} is declared twice; leg names are unique")
            missing = [name for name in leg.after if name not in known]
            if missing:
                raise ValueError(
                    f"kind {self.key}: leg {leg.name} comes after {missing[0]}, which is not declared before it; "
                    "declare legs in the order of work (this also rules out circles)"
                )
            known.add(leg.name)
        return self

    def due_within(self, urgency: Urgency) -> int:
        """Return the seconds from receipt to delivery at `urgency`."""
        return self.due_within_s[urgency.rank]


class Catalogue(Value):
    """All kinds that a community accepts, under one version."""

    version: Annotated[int, Field(ge=1)]
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1, max_length=KINDS_MAX)]

    @model_validator(mode="after")
    def _keys_are_unique(self) -> Self:
        keys = [kind.key for kind in self.kinds]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"kind {key} is declared twice in the catalogue; keys are unique")
        return self

    def find(self, key: str) -> Kind | None:
        """Return the kind with this key, if the catalogue has it."""
        return next((kind for kind in self.kinds if kind.key == key), None)


_HELPERS = (Role.FLOOR_CAPTAIN, Role.BUILDING_LEAD, Role.VOLUNTEER, Role.COMMUNITY_WORKER, Role.CADRE)
_OUTSIDE = (Role.COMMUNITY_WORKER, Role.CADRE, Role.VOLUNTEER, Role.DRIVER)
_TRAINED = (Role.COMMUNITY_WORKER, Role.CADRE)
_CARRIERS = (Role.COMMUNITY_WORKER, Role.CADRE, Role.VOLUNTEER)


def _fetch(key: str, *, urgency: Urgency, due_within_s: tuple[int, int, int, int], shop_effort: int) -> Kind:
    outside = LegKind(
        name="outside",
        side=Side.OUTSIDE,
        origin=Point.SHOP,
        destination=Point.SHELF,
        effort=shop_effort,
        roles=_OUTSIDE,
        minutes=50,
    )
    inside = LegKind(
        name="inside",
        after=("outside",),
        side=Side.INSIDE,
        origin=Point.SHELF,
        destination=Point.DOOR,
        effort=1,
        stairs=True,
        roles=_HELPERS,
        minutes=10,
    )
    return Kind(key=key, urgency=urgency, due_within_s=due_within_s, legs=(outside, inside))


_HOUR = 3_600

EVERYDAY_CATALOGUE = Catalogue(
    version=1,
    kinds=(
        _fetch(
            "medicine", urgency=Urgency.HEALTH, due_within_s=(_HOUR, 4 * _HOUR, 8 * _HOUR, 24 * _HOUR), shop_effort=3
        ),
        _fetch(
            "food", urgency=Urgency.HARDSHIP, due_within_s=(_HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR), shop_effort=2
        ),
        Kind(
            key="garbage",
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
        ),
        Kind(
            key="stair_carry",
            urgency=Urgency.HEALTH,
            due_within_s=(_HOUR, 2 * _HOUR, 6 * _HOUR, 24 * _HOUR),
            same_person=True,
            legs=(
                LegKind(
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
                ),
            ),
        ),
        Kind(
            key="medical_ride",
            urgency=Urgency.HEALTH,
            due_within_s=(_HOUR, 2 * _HOUR, 6 * _HOUR, 24 * _HOUR),
            legs=(
                LegKind(
                    name="to_car",
                    side=None,
                    origin=Point.DOOR,
                    destination=Point.CAR,
                    effort=2,
                    roles=_TRAINED,
                    minutes=15,
                ),
                LegKind(
                    name="to_hospital",
                    after=("to_car",),
                    side=Side.OUTSIDE,
                    origin=Point.CAR,
                    destination=Point.HOSPITAL,
                    effort=4,
                    skills=("drive",),
                    roles=(Role.DRIVER,),
                    minutes=45,
                ),
                LegKind(
                    name="back_home",
                    after=("to_hospital",),
                    side=Side.OUTSIDE,
                    origin=Point.HOSPITAL,
                    destination=Point.GATE,
                    effort=4,
                    skills=("drive",),
                    roles=(Role.DRIVER,),
                    minutes=60,
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
                ),
            ),
        ),
    ),
)
"""The five kinds that every community starts with (requirements, first paragraph; R3, R5, R9, R12)."""
