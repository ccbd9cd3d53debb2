"""Any event that its class allows, made from the annotations of its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from itertools import accumulate
from typing import Annotated, Any, Final, NewType, TypeVar, get_args, get_origin, get_type_hints

import annotated_types as at
from hypothesis import strategies as st
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from dispatch.domain.building import Building
from dispatch.domain.control import STRICTNESS
from dispatch.domain.kind import APPROVING
from dispatch.domain.kinds import CREW_MAX, Catalogue, Kind, LegKind
from dispatch.domain.policy import Policy
from dispatch.domain.policy_levels import LevelName
from dispatch.domain.policy_tiers import TierTimes
from dispatch.domain.positions import Position
from dispatch.domain.regime import POINTS, LevelRule, Regime
from dispatch.domain.shift import Shift
from dispatch.domain.values import RESPONDING, Value
from dispatch.store.recorded import Meta
from tests.orders import level_orders

Some = TypeVar("Some", bound=Value)

ITEMS_MAX: Final = 4
SHANGHAI: Final = timezone(timedelta(hours=8))

# A day from either end, so that every time zone's instant has a year in UTC.
_FIRST, _LAST = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - hypothesis adds the zone
_INSTANTS = st.datetimes(_FIRST, _LAST, timezones=st.sampled_from([UTC, SHANGHAI]))


def model(kind: type[Some]) -> st.SearchStrategy[Some]:
    """Give instances of a model: by its own strategy where its fields depend on one another."""
    own = _OWN.get(kind)
    return own() if own else _built(kind)


def _built(kind: type[Some], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Some]:
    hints = get_type_hints(kind, include_extras=True)
    fields = {name: of(hints[name]) for name in kind.model_fields}
    return st.fixed_dictionaries(fields | given).map(lambda values: kind(**values))


def of(annotation: Any) -> st.SearchStrategy[Any]:
    """Give values of an annotation."""
    base, limits = unwrapped(annotation)
    arguments = get_args(base)
    if get_origin(base) is tuple:
        sizes = {"min_size": limits.get("min_length", 0), "max_size": min(limits.get("max_length", 99), ITEMS_MAX)}
        return st.lists(of(arguments[0]), **sizes).map(tuple) if arguments[1:] == (...,) else _pair(arguments)
    if arguments:
        return st.one_of(*map(of, arguments))
    if base is type(None):
        return st.none()
    if issubclass(base, Value):
        return model(base)
    if issubclass(base, Enum):
        return st.sampled_from(list(base))
    return _plain(base, limits)


def _pair(arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.tuples(*map(of, arguments))


def _plain(base: type, limits: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if base is bool:
        return st.booleans()
    if base is int:
        return st.integers(limits.get("ge"), limits.get("le"))
    if base is datetime:
        return _INSTANTS
    if base is str and limits.get("pattern"):
        # Python's «$» also matches before a line break at the end; pydantic's does not.
        shape = limits["pattern"].removeprefix("^").removesuffix("$")
        longest = limits.get("max_length") or 10_000
        return st.from_regex(shape, fullmatch=True).filter(lambda text: len(text) <= longest)
    if base is str:
        return st.text(min_size=limits.get("min_length") or 0, max_size=limits.get("max_length") or 100)
    raise TypeError(f"no strategy for {base}; add one")


def unwrapped(annotation: Any) -> tuple[Any, dict[str, Any]]:
    """Take names and limits off an annotation: what is left, and its limits by name."""
    if isinstance(annotation, NewType):
        return unwrapped(annotation.__supertype__)
    if get_origin(annotation) is not Annotated:
        return annotation, {}
    inner, *marks = get_args(annotation)
    base, limits = unwrapped(inner)
    for mark in marks:
        for part in mark.metadata if isinstance(mark, FieldInfo) else [mark]:
            limits |= _limits(part)
    return base, limits


def _limits(mark: Any) -> dict[str, Any]:
    match mark:
        case StringConstraints():
            named = {"pattern": mark.pattern, "min_length": mark.min_length, "max_length": mark.max_length}
            return {name: value for name, value in named.items() if value is not None}
        case at.Ge():
            return {"ge": mark.ge}
        case at.Le():
            return {"le": mark.le}
        case at.MinLen():
            return {"min_length": mark.min_length}
        case at.MaxLen():
            return {"max_length": mark.max_length}
        case _:
            return {}


def _shifts() -> st.SearchStrategy[Shift]:
    ends = st.lists(_INSTANTS, min_size=2, max_size=2, unique=True).map(sorted)
    return ends.map(lambda both: Shift(starts_at=both[0], ends_at=both[1]))


@st.composite
def _buildings(draw: st.DrawFn) -> Building:
    hints = get_type_hints(Building, include_extras=True)
    floors = draw(st.lists(of(get_args(unwrapped(hints["floors"])[0])[0]), min_size=1, max_size=5, unique=True))
    units = draw(st.lists(of(get_args(unwrapped(hints["building_units"])[0])[0]), max_size=3, unique=True))
    return draw(
        _built(
            Building,
            floors=st.just(tuple(floors)),
            entrance=st.sampled_from(floors),
            building_units=st.just(tuple(units)),
            lifts=st.none() | st.lists(st.sampled_from(units), unique=True).map(tuple) if units else st.none(),
        )
    )


def _positions(crew: int) -> st.SearchStrategy[tuple[Position, ...]]:
    roles = st.lists(st.sampled_from(sorted(RESPONDING)), max_size=2).map(tuple)
    one = _built(Position, roles=roles)
    return st.lists(one, min_size=crew, max_size=crew, unique_by=lambda position: position.name).map(tuple)


@st.composite
def _kinds(draw: st.DrawFn) -> Kind:
    legs: list[LegKind] = []
    for n in range(draw(st.integers(1, 3))):
        after = draw(st.lists(st.sampled_from(legs), unique=True)) if legs else []
        names = tuple(leg.name for leg in after)
        roles = st.lists(st.sampled_from(sorted(RESPONDING)), min_size=1, max_size=3).map(tuple)
        own = {"name": st.just(f"leg_{n}"), "after": st.just(names), "roles": roles}
        crew = draw(st.integers(1, CREW_MAX))
        positions = draw(st.just(()) | _positions(crew))
        drives = st.booleans() if crew == 1 else st.just(value=False)
        places = {"crew": st.just(crew), "positions": st.just(positions), "drives": drives}
        legs.append(draw(_built(LegKind, isolated_roles=st.none() | roles, **own, **places)))
    approvals = st.lists(st.sampled_from(sorted(APPROVING)), max_size=3, unique=True).map(tuple)
    return draw(_built(Kind, legs=st.just(tuple(legs)), approvals=approvals))


@st.composite
def _regimes(draw: st.DrawFn) -> Regime:
    rules: list[LevelRule] = []
    for level in STRICTNESS:
        points = draw(st.lists(st.sampled_from(POINTS), unique=True))
        carry = draw(st.lists(st.sampled_from(points), unique=True)) if points else []
        own = {"points": st.just(tuple(points)), "carry": st.just(tuple(carry)), "gear": st.just(("mask",))}
        guarded = st.booleans() if rules else st.just(False)
        rules.append(draw(_built(LevelRule, level=st.just(level), guarded=guarded, **own)))
    return draw(_built(Regime, rules=st.just(tuple(rules))))


def _catalogues() -> st.SearchStrategy[Catalogue]:
    some = st.lists(_kinds(), min_size=1, max_size=2, unique_by=lambda kind: kind.key)
    return _built(Catalogue, kinds=some.map(tuple))


@st.composite
def _tier_times(draw: st.DrawFn) -> TierTimes:
    steps = st.lists(st.integers(0, 5_000), min_size=3, max_size=3)
    tier, tiers = (0, 0, 0, 0), []
    for _ in range(3):
        later = accumulate((0, *draw(steps)))
        tier = tuple(before + more for before, more in zip(tier, later, strict=True))  # type: ignore[assignment]
        tiers.append(tier)
    return TierTimes(compound_s=tiers[0], community_s=tiers[1], reserve_s=tiers[2])


@st.composite
def _policies(draw: st.DrawFn) -> Policy:
    levels, offered = draw(level_orders()), draw(st.integers(1, 19))
    plans = any(level.name is LevelName.WAITING for level in levels)
    planned = draw(st.sampled_from([0, offered + 1, 20])) if plans else 0
    given = {"levels": levels, "offers_ahead_max": offered, "plan_ahead_max": planned}
    return draw(_built(Policy, **{name: st.just(value) for name, value in given.items()}))


def _metas() -> st.SearchStrategy[Meta]:
    in_utc = st.datetimes(timezones=st.just(UTC))
    return _built(Meta, occurred_at=in_utc, recorded_at=in_utc)


_OWN: Final[Mapping[type[Value], Callable[[], st.SearchStrategy[Any]]]] = {
    Shift: _shifts,
    Building: _buildings,
    Kind: _kinds,
    Position: lambda: _positions(1).map(lambda positions: positions[0]),
    Catalogue: _catalogues,
    Regime: _regimes,
    Meta: _metas,
    TierTimes: _tier_times,
    Policy: _policies,
}
