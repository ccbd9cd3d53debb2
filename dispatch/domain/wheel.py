"""
Wheel: which car a responder drives now, under the responder's own id (R13).

It is told in one save with the car itself, so nobody has two cars and no car two drivers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .decider import Absent, Aggregate, Read
from .errors import impossible
from .values import CommunityId, Fact, Instant, ResponderId, Stream, VehicleId, stream_of


@dataclass(frozen=True, slots=True)
class AtTheWheel:
    """The responder has a car."""

    vehicle: VehicleId


@dataclass(frozen=True, slots=True)
class OnFoot:
    """The responder had a car and gave it back."""


class WheelTaken(Fact):
    """The responder took a car over."""

    TOPIC: ClassVar[str] = "wheel.taken"
    vehicle: VehicleId
    taken_at: Instant


class WheelLeft(Fact):
    """The responder gave the car back."""

    TOPIC: ClassVar[str] = "wheel.left"
    vehicle: VehicleId
    left_at: Instant


def evolve(state: Any, event: Fact) -> Any:
    """Return what a responder drives after one of these events."""
    match state, event:
        case Absent() | OnFoot(), WheelTaken():
            return AtTheWheel(event.vehicle)
        case AtTheWheel(), WheelLeft() if event.vehicle == state.vehicle:
            return OnFoot()
        case _:
            raise impossible(event, state)


WHEEL = Aggregate(
    name="wheel", evolve=evolve, is_over=lambda state: isinstance(state, OnFoot), facts=(WheelTaken, WheelLeft)
)


def wheel_stream(community: CommunityId, responder: ResponderId) -> Stream:
    """Return the stream of what one responder drives."""
    return stream_of(community, "wheel", responder)


def driven_by(read: Read, community: CommunityId, responder: ResponderId) -> VehicleId | None:
    """Return the car a responder is at the wheel of."""
    state = read(wheel_stream(community, responder))
    return state.vehicle if isinstance(state, AtTheWheel) else None
