"""
Who and what is on the wrong side of a control line after a change, and who took note of it (A2, R20).

Every change of a level lists them once, at the instant at which it takes effect: a list with somebody or
something on it stays open until a person acknowledges it. Listed → Acknowledged; an empty one is settled at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .community import Registered, registered
from .control import Control, strictness
from .decider import NOTHING, Absent, Aggregate, Changes, Decision, Read
from .errors import Refused, Unknown, impossible
from .place_register import responsible_for
from .values import (
    Account,
    Code,
    Command,
    CommunityId,
    ControlLevel,
    CustodyId,
    Fact,
    Instant,
    LegId,
    Place,
    ResponderId,
    Side,
    Stream,
    Value,
    WrongSideId,
    stream_of,
)

SHOWN_MAX = 100
"""Entries of each list that are stored; the counts are whole, and `as_of` tells the board they come from."""


class StrayPerson(Value):
    """A responder on the wrong side: inside without clearance, or outside of the home that was closed."""

    responder: ResponderId
    line: Place
    side: Side
    reason: Code


class StrayWork(Value):
    """Somebody asked for a leg, or under way with it, whom a line bars now; the reason is the rule."""

    leg: LegId
    responder: ResponderId
    reason: Code


class StrayGoods(Value):
    """Goods of a leg at a point out of use, or a belonging on the other side of a line than its owner."""

    leg: LegId | None = None
    custody: CustodyId | None = None
    reason: Code


class WrongSide(Value):
    """People, work and goods on the wrong side at one instant, in order of their ids."""

    people: tuple[StrayPerson, ...] = ()
    work: tuple[StrayWork, ...] = ()
    goods: tuple[StrayGoods, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether everybody and everything is where it should be."""
        return not (self.people or self.work or self.goods)


@dataclass(frozen=True, slots=True)
class Change:
    """A level of a place that took effect; `level` is «open» when the control ended."""

    place: Place
    level: ControlLevel
    changed_at: datetime

    @property
    def id(self) -> WrongSideId:
        """The id of its list: the same change has the same one, whoever finds it."""
        text = f"{self.place.model_dump_json()}\x1f{self.level}\x1f{self.changed_at.isoformat()}"
        return WrongSideId(f"w-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}")


def changes_in_force(register: Registered, at: datetime) -> Iterator[Change]:
    """Yield the last change of each place that ever had a control, in order of place: what it brought holds now."""
    by_place: dict[Place, list[Control]] = {}
    for control in register.controls:
        by_place.setdefault(control.place, []).append(control)
    for place in sorted(by_place, key=lambda p: p.model_dump_json()):
        controls = by_place[place]
        times = [t for c in controls for t in (c.effective_from, c.until) if t is not None and t <= at]
        if times:
            active = [c.level for c in controls if c.is_active(at)]
            yield Change(place, max(active, key=strictness, default=ControlLevel.OPEN), max(times))


@dataclass(frozen=True, slots=True)
class WrongSideList:
    """What one change listed. `to` is who was told."""

    place: Place
    level: ControlLevel
    changed_at: datetime
    to: str
    found: WrongSide
    people: int
    work: int
    goods: int
    acknowledged_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether a person has yet to take note."""
        return bool(self.people or self.work or self.goods) and self.acknowledged_by is None


Count = Annotated[int, Field(ge=0)]


class WrongSideListed(Fact):
    """A change of a control level took effect; these were on the wrong side of it."""

    TOPIC: ClassVar[str] = "strays.listed"
    place: Place
    level: ControlLevel
    changed_at: Instant
    to: Account
    found: WrongSide
    people: Count
    work: Count
    goods: Count
    as_of: Annotated[int, Field(ge=0)]
    listed_at: Instant


class WrongSideAcknowledged(Fact):
    """A person took note of who and what is on the wrong side, and sees to it."""

    TOPIC: ClassVar[str] = "strays.acknowledged"
    by: Account
    acknowledged_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return the list after one of its events."""
    match state, event:
        case Absent(), WrongSideListed():
            return WrongSideList(
                place=event.place,
                level=event.level,
                changed_at=event.changed_at,
                to=event.to,
                found=event.found,
                people=event.people,
                work=event.work,
                goods=event.goods,
            )
        case WrongSideList(acknowledged_by=None), WrongSideAcknowledged() if state.is_open:
            return replace(state, acknowledged_by=event.by)
        case _:
            raise impossible(event, state)


WRONG_SIDE = Aggregate(name="strays", evolve=evolve, facts=(WrongSideListed, WrongSideAcknowledged))


class ListWrongSide(Command):
    """List who and what a change left on the wrong side; the drain reads it off its board."""

    place: Place
    level: ControlLevel
    changed_at: Instant
    found: WrongSide
    as_of: Annotated[int, Field(ge=0)]


class AcknowledgeWrongSide(Command):
    """Take note of a list."""

    strays: WrongSideId


def wrong_side_stream(community: CommunityId, which: WrongSideId) -> Stream:
    """Return the stream of one list."""
    return stream_of(community, "strays", which)


def list_wrong_side(command: ListWrongSide, read: Read) -> Decision:
    """List once for each change that is still in force; the place's steward, else the duty contact, is told."""
    register = registered(read, command.community)
    change = Change(command.place, command.level, command.changed_at)
    stream = wrong_side_stream(command.community, change.id)
    if not isinstance(read(stream), Absent) or change not in changes_in_force(register, command.at):
        return NOTHING
    found = command.found
    fact = WrongSideListed(
        place=command.place,
        level=command.level,
        changed_at=command.changed_at,
        to=responsible_for(register, command.place),
        found=WrongSide(people=found.people[:SHOWN_MAX], work=found.work[:SHOWN_MAX], goods=found.goods[:SHOWN_MAX]),
        people=len(found.people),
        work=len(found.work),
        goods=len(found.goods),
        as_of=command.as_of,
        listed_at=command.at,
    )
    return (Changes(stream, (fact,)),)


def known(read: Read, community: CommunityId, which: WrongSideId) -> WrongSideList:
    """
    Return a list.

    Raises
    ------
    Unknown
        No change made such a list.
    """
    state = read(wrong_side_stream(community, which))
    if not isinstance(state, WrongSideList):
        raise Unknown("wrong_side", which, now="Correct the id.")
    return state


def acknowledge_wrong_side(command: AcknowledgeWrongSide, read: Read) -> Decision:
    """Take note; the first one does, who comes later is told who it was."""
    state = known(read, command.community, command.strays)
    if state.acknowledged_by not in (None, command.actor.id):
        raise Refused(
            "already_acknowledged",
            f"{state.acknowledged_by} took note of list {command.strays} already. Ask them.",
            actor=state.acknowledged_by,
        )
    if not state.is_open:
        return NOTHING
    fact = WrongSideAcknowledged(by=command.actor.id, acknowledged_at=command.at)
    return (Changes(wrong_side_stream(command.community, command.strays), (fact,)),)
