"""One event of each class with every field filled, the same at every run."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, NewType, get_args, get_origin, get_type_hints

from dispatch.domain import goods, values
from dispatch.domain.building import Building
from dispatch.domain.control import STRICTNESS
from dispatch.domain.kinds import Catalogue, Kind, LegKind
from dispatch.domain.policy_levels import EVERYDAY_LEVELS, LevelName, LevelOrder, Measure, PolicyLevel, Weight
from dispatch.domain.policy_tiers import TierTimes
from dispatch.domain.positions import Position
from dispatch.domain.recurrence import RuleText
from dispatch.domain.regime import LevelRule, Regime
from dispatch.domain.shift import Shift
from dispatch.domain.values import (
    BuildingId,
    CallUpId,
    Channel,
    CompoundId,
    CustodyId,
    Fact,
    HouseholdId,
    LegId,
    OfferId,
    PassId,
    Place,
    Point,
    RequestId,
    ResidentId,
    ResponderId,
    Role,
    RoundId,
    Sealed,
    SeriesId,
    Side,
    Urgency,
    Value,
    VehicleId,
)
from dispatch.store.codec import TOPICS
from dispatch.store.recorded import Meta
from tests.codec.strategies import unwrapped

AT: Final = datetime(2026, 3, 1, 1, 30, 12, 345678, tzinfo=UTC)

META: Final = Meta(
    command="c-00000000000000a1",
    index=3,
    actor="r-00000000000000c1",
    role=Role.BUILDING_LEAD,
    via=Channel.PHONE,
    on_behalf_of="r-00000000000000c2",
    occurred_at=AT - timedelta(minutes=7),
    recorded_at=AT,
    cause=41,
)

_NAMED: Final[Mapping[Any, str]] = {
    RequestId: "q-00000000000000b1",
    LegId: "q-00000000000000b1/inside",
    OfferId: "q-00000000000000b1#2",
    ResponderId: "r-00000000000000c1",
    ResidentId: "p-00000000000000d1",
    CustodyId: "i-00000000000000a2",
    SeriesId: "s-00000000000000a3",
    BuildingId: "b-00000000000000e1",
    CompoundId: "k-00000000000000f1",
    HouseholdId: "h-00000000000000d2",
    RoundId: "l-00000000000000d3",
    PassId: "m-00000000000000a2",
    VehicleId: "v-00000000000000a3",
    CallUpId: "u-00000000000000a3",
}
_LEVELS: Final = (
    *EVERYDAY_LEVELS[:2],
    EVERYDAY_LEVELS[2].model_copy(update={"weights": (Weight(measure=Measure.HEALTH, weight=200),)}),
    PolicyLevel(name=LevelName.CHANGES, cap=3),
    PolicyLevel(name=LevelName.WAITING, cap=1_000_000),
    *EVERYDAY_LEVELS[3:],
)
_SHAPED: Final[tuple[tuple[Any, Any], ...]] = (
    (LevelOrder, _LEVELS),
    (values.Code, "sample_code"),
    (RuleText, "FREQ=DAILY;COUNT=7"),
    (values.Account, "desk.2"),
    (values.Digest, "0123456789abcdef0123456789abcdef"),
    (values.FloorLabel, "3A"),
    (values.CommandId, "c-00000000000000a1"),
    (goods.SealNumber, "A-0007"),
    (values.Label, '河畔 «东» "1" \\ /'),
)

_PLACE: Final = Place(
    compound=CompoundId("k-00000000000000f1"),
    building=BuildingId("b-00000000000000e1"),
    building_unit="3",
    floor="3A",
)
_LEG: Final = LegKind(
    name="inside",
    after=("outside",),
    side=Side.INSIDE,
    origin=Point.SHELF,
    destination=Point.DOOR,
    crew=3,
    effort=2,
    stairs=True,
    trips=2,
    skills=("stair_carry",),
    roles=(Role.FLOOR_CAPTAIN, Role.CADRE),
    isolated_roles=(Role.COMMUNITY_WORKER,),
    isolated_skills=("protective_gear",),
    minutes=20,
)
_OWN: Final[Mapping[type[Value], Value]] = {
    TierTimes: TierTimes(compound_s=(0, 60, 300, 600), community_s=(0, 120, 600, 900), reserve_s=(0, 180, 900, 900)),
    Place: _PLACE,
    Sealed: Sealed(
        subject="p-00000000000000d1",
        field="phone",
        command="c-00000000000000a1",
        nonce=base64.b64encode(bytes(range(12))).decode(),
        ciphertext=base64.b64encode(bytes(range(27))).decode(),
    ),
    Position: Position(name="behind", skills=("lift",), roles=(Role.VOLUNTEER, Role.CADRE)),
    Shift: Shift(starts_at=AT, ends_at=AT + timedelta(hours=8)),
    Building: Building(
        building=BuildingId("b-00000000000000e1"),
        name="11号楼",
        key="11",
        compound=CompoundId("k-00000000000000f1"),
        building_units=("1", "2"),
        floors=("B2", "B1", "1", "2", "3", "3A", "5"),
        entrance="1",
        lift=False,
    ),
    Catalogue: Catalogue(
        version=2,
        kinds=(
            Kind(
                key="food",
                urgency=Urgency.HARDSHIP,
                due_within_s=(3_600, 7_200, 14_400, 28_800),
                legs=(_LEG.model_copy(update={"name": "outside", "after": (), "side": None}), _LEG),
                same_person=True,
            ),
        ),
    ),
}
_REGIME: Final = Regime(
    version=2,
    rules=tuple(
        LevelRule(
            level=level,
            guarded=level is not values.ControlLevel.OPEN,
            points=(Point.GATE, Point.DOOR),
            carry=(Point.DOOR,),
            crossing=(Role.CADRE,),
            gear=("protective_suit",),
            gear_minutes=25,
            stay_minutes=600,
        )
        for level in STRICTNESS
    ),
)


def sample(kind: type[Fact]) -> Fact:
    """Give one event of a class; every field says something, and every instant is another one."""
    made: Fact = _model(kind)
    return made


def _model(kind: Any) -> Any:
    own = _REGIME if kind is Regime else _OWN.get(kind)
    if own is not None:
        return own
    hints = get_type_hints(kind, include_extras=True)
    return kind(**{name: _value(hints[name], n) for n, name in enumerate(kind.model_fields)})


def _value(annotation: Any, n: int) -> Any:
    for shape, text in _SHAPED:
        if annotation == shape:
            return text
    if isinstance(annotation, NewType):
        return _NAMED[annotation]
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple:
        return tuple(_value(argument, n) for argument in arguments if argument is not ...)
    base, limits = unwrapped(annotation)
    if base is int:
        return min(max(11 + n, limits.get("ge", 0)), limits.get("le", 99))
    if arguments:  # Annotated, or something that may be missing and is not
        return _value(arguments[0], n)
    if issubclass(annotation, Value):
        return _model(annotation)
    if issubclass(annotation, Enum):
        return list(annotation)[-1]
    plain: Mapping[type, Any] = {bool: True, datetime: AT + timedelta(minutes=n, microseconds=n)}
    return plain[annotation]


def samples() -> dict[str, Fact]:
    """Give one event of each topic."""
    return {topic: sample(fact) for topic, fact in TOPICS.topics.items()}
