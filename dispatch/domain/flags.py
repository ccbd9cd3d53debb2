"""Commands about the care a person needs: vulnerability flags (R34), and an isolation that ends by itself."""

from __future__ import annotations

from .care import FlagsSet
from .decider import NOTHING, Changes, Decision, Read
from .resident import Erased, IsolationEnded, Leaving, ResidentCommand, known, present
from .values import Instant, Sealed, resident_stream


class SetFlags(ResidentCommand):
    """Record a person's vulnerability anew, whole; the façade has sealed the list."""

    flags: Sealed | None = None
    green_lane: bool
    no_phone: bool


class LapseIsolation(ResidentCommand):
    """End an isolation whose end has come; `until` names that end, so that a moved one is not touched."""

    until: Instant


def set_flags(command: SetFlags, read: Read) -> Decision:
    """Record the list, sealed, and the two bits that decisions may use (R34; P3)."""
    state = present(read, command.community, command.resident)
    if (state.flags, state.green_lane, state.no_phone) == (command.flags, command.green_lane, command.no_phone):
        return NOTHING
    fact = FlagsSet(flags=command.flags, green_lane=command.green_lane, no_phone=command.no_phone, set_at=command.at)
    return (Changes(resident_stream(command.community, command.resident), (fact,)),)


def lapse_isolation(command: LapseIsolation, read: Read) -> Decision:
    """End the isolation at the end it was given, once."""
    state = known(read, command.community, command.resident)
    is_due = state.isolated_until == command.until and command.until <= command.at
    if isinstance(state, Leaving | Erased) or not state.isolated or not is_due:
        return NOTHING
    fact = IsolationEnded(ended_at=command.at)
    return (Changes(resident_stream(command.community, command.resident), (fact,)),)
