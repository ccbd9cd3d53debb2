"""Commands about the place register after its first day: what was counted, and who is responsible first (R19)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .building import COUNT_MAX, Building, BuildingSurveyed, StewardEnded, StewardNamed, Units
from .community import Registered, check_place, registered
from .decider import NOTHING, Changes, Decision, Read
from .errors import Refused, Unknown
from .responder import serving
from .values import Account, BuildingId, Command, Fact, Place, ResponderId, community_stream


class SurveyBuilding(Command):
    """Correct what is known of a building: what is given replaces what was known."""

    building: BuildingId
    lifts: Units | None = None
    doors: Annotated[int, Field(ge=1, le=COUNT_MAX)] | None = None
    households: Annotated[int, Field(ge=0, le=COUNT_MAX)] | None = None


class NameSteward(Command):
    """Name who is responsible for a place first (认领)."""

    place: Place
    responder: ResponderId


class EndSteward(Command):
    """
    End somebody's responsibility for a place.

    It names whom it is about, so that a late repeat cannot end that of who came after.
    """

    place: Place
    responder: ResponderId


def survey_building(command: SurveyBuilding, read: Read) -> Decision:
    """Record what was counted; work planned already keeps the effort it was planned with."""
    old = registered(read, command.community).buildings.get(command.building)
    if old is None:
        raise Unknown("building", command.building, now="Register the building first.")
    strange = sorted(set(command.lifts or ()) - set(old.building_units))
    if strange:
        known = ", ".join(old.building_units) or "none"
        raise Refused(
            "unknown_building_unit",
            f"Building {old.building} has no such building_unit; it has: {known}. Correct the survey or the register.",
            building=old.building,
            known=known,
        )
    counted = {"lifts": command.lifts, "doors": command.doors, "households": command.households}
    known_now = {name: value for name, value in counted.items() if value is not None}
    new = Building(**{name: getattr(old, name) for name in Building.model_fields} | known_now)
    return NOTHING if new == old else _one(command, BuildingSurveyed(building=new, surveyed_at=command.at))


def name_steward(command: NameSteward, read: Read) -> Decision:
    """Name a steward who serves here; the one before is relieved."""
    state = registered(read, command.community)
    check_place(state, command.place)
    serving(read, command.community, command.responder)
    if state.stewards.get(command.place) == command.responder:
        return NOTHING
    return _one(command, StewardNamed(place=command.place, responder=command.responder, named_at=command.at))


def end_steward(command: EndSteward, read: Read) -> Decision:
    """Relieve a steward; nobody follows until one is named."""
    state = registered(read, command.community)
    check_place(state, command.place)
    if state.stewards.get(command.place) != command.responder:
        return NOTHING
    return _one(command, StewardEnded(place=command.place, ended_at=command.at))


def responsible_for(state: Registered, place: Place) -> Account:
    """Return who is told first about a place: its innermost steward, else the duty contact (R19)."""
    found = [(named.depth, responder) for named, responder in state.stewards.items() if named.contains(place)]
    return max(found)[1] if found else state.duty


def _one(command: Command, fact: Fact) -> Decision:
    return (Changes(community_stream(command.community), (fact,)),)
