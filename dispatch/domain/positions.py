"""Positions of a crew (R9: behind, at the arm, in front): who may stand where, and whether all can be filled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from .values import RESPONDING, Code, Role, Value


def responding(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    """Return roles of responders; `ValueError` names the first one that takes no legs."""
    idle = [role for role in roles if role not in RESPONDING]
    if idle:
        raise ValueError(f"role {idle[0]} takes no legs; name roles of responders")
    return roles


class Position(Value):
    """
    A named place in a crew (R9).

    Attributes
    ----------
    name
        Unique within the leg.
    skills
        What its holder needs besides what every member needs; gear that somebody is equipped with is a
        skill too, as protective_gear is.
    roles
        Who may hold it; the roles of the leg when there are none.
    """

    name: Code
    skills: tuple[Code, ...] = ()
    roles: Annotated[tuple[Role, ...], Field(max_length=len(RESPONDING)), AfterValidator(responding)] = ()


Member = TypeVar("Member", bound=str)
Fits = Callable[[Member, Position], bool]


def seated(members: Iterable[Member], positions: Sequence[Position], fits: Fits[Member]) -> dict[Member, Position]:
    """
    Return where everybody stands, as many as can be placed at once; one position each, one person each.

    Notes
    -----
    Members are placed in the order of their names and move on for those after them (augmenting paths),
    so the same people always stand in the same places, whatever order they were found in.
    """
    holder: dict[str, Member] = {}
    for member in sorted(members):
        _seat(member, positions, fits, holder=holder, tried=set())
    by_name = {position.name: position for position in positions}
    return {member: by_name[name] for name, member in holder.items()}


def _seat(
    member: Member, positions: Sequence[Position], fits: Fits[Member], *, holder: dict[str, Member], tried: set[str]
) -> bool:
    for position in positions:
        if position.name in tried or not fits(member, position):
            continue
        tried.add(position.name)
        held = holder.get(position.name)
        if held is None or _seat(held, positions, fits, holder=holder, tried=tried):
            holder[position.name] = member
            return True
    return False
