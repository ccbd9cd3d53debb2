"""
Subjects: the places that a command is about, found from what it names.

A command that names nothing with a place is about the whole community, so that who holds a part of it
may not give it (deny by default). A new command needs no line here if its fields are named as
everybody's: place, scope, scopes, control, request, offer, resident, beneficiary, responder, building,
custodies, or the name of an aggregate whose state has one of these.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from .aggregates import AGGREGATES
from .building import Building
from .community import Registered
from .control import Control
from .decider import Absent, Read
from .responder import Responder
from .values import (
    BuildingId,
    Command,
    CommunityId,
    Place,
    ResponderId,
    Role,
    community_stream,
    is_local_id,
    request_of,
    responder_stream,
    stream_of,
)

EVERYWHERE = Place()

Places = tuple[Place, ...]

_PLACE_FIELDS = frozenset({"control", "building", "place", "scope", "scopes"})
_FIRST = ("request", "resident")
_LAST = "responder"
_ALONE = ("community", "match")
_BY_ID = (*_FIRST, *(name for name in AGGREGATES if name not in (*_FIRST, _LAST, *_ALONE)), _LAST)
_ALIASES = {"beneficiary": "resident", "owner": "resident", "holder": "responder", "medical_pass": "pass"}


def places_of(command: Command, read: Read) -> Places:
    """
    Return the places a command is about; all of them must lie within what its actor holds.

    Nothing for an id that is not in the log: the command itself then says so.
    """
    request = command.request if _names_a_request(type(command)) else None  # type: ignore[attr-defined]
    if request is not None:
        return _of_id("request", request, command.community, read=read)
    return _places(command, command.community, read)


@cache
def _names_a_request(kind: type[Command]) -> bool:
    """Tell of a class of commands that they name a request and no place of their own: as most do."""
    return "request" in kind.model_fields and not _PLACE_FIELDS & set(kind.model_fields)


def _places(named: Any, community: CommunityId, read: Read) -> Places:
    places = _named_places(named)
    if not places:
        places = _of_building(getattr(named, "building", None), community, read)
    if places:
        changed = getattr(named, _LAST, None) if hasattr(named, "scopes") else None
        return (*places, *_of_id(_LAST, changed, community, read=read)) if changed else places
    several = getattr(named, "custodies", None)
    if isinstance(several, tuple):
        return tuple(place for item in several for place in _of_id("custody", item, community, read=read))
    offer = getattr(named, "offer", None)
    if isinstance(offer, str):
        return _of_id("request", request_of(offer), community, read=read)
    for field in (*_BY_ID[:-1], *_ALIASES, _LAST):
        value = getattr(named, field, None)
        if isinstance(value, str) and is_local_id(value):
            return _of_id(_ALIASES.get(field, field), value, community, read=read)
    return _of_account(named, community, read) or (EVERYWHERE,)


def _named_places(named: Any) -> Places:
    control, building = getattr(named, "control", None), getattr(named, "building", None)
    if isinstance(control, Control):
        return (control.place,)
    if isinstance(building, Building):
        return (Place(compound=building.compound),)
    for field in ("place", "scope"):
        value = getattr(named, field, None)
        if isinstance(value, Place):
            return (value,)
    scopes = getattr(named, "scopes", None)
    return tuple(scope for scope in scopes if isinstance(scope, Place)) if isinstance(scopes, tuple) else ()


def _of_building(named: object, community: CommunityId, read: Read) -> Places:
    """Return the place of a building that is named by its id; nothing for one that is not registered."""
    if not isinstance(named, str):
        return ()
    register = read(community_stream(community))
    building = register.buildings.get(BuildingId(named)) if isinstance(register, Registered) else None
    return (Place(compound=building.compound, building=building.building),) if building is not None else ()


def _of_id(aggregate: str, local: str, community: CommunityId, *, read: Read) -> Places:
    state = read(stream_of(community, aggregate, local))
    return () if isinstance(state, Absent) else _places(state, community, read)


def _of_account(named: Any, community: CommunityId, read: Read) -> Places:
    account, role = getattr(named, "account", None), getattr(named, "role", None)
    if not isinstance(account, str) or not isinstance(role, Role):
        return ()
    return scopes_of(account, role, community, read=read)


def scopes_of(account: str, role: Role, community: CommunityId, *, read: Read) -> Places:
    """Return the places over which an account holds a role, by grants and by its registration as a responder."""
    register = read(community_stream(community))
    if not isinstance(register, Registered):
        return ()
    granted = tuple(grant.scope for grant in register.grants.of(account, role))
    if not is_local_id(account) or (account, role) in register.grants.revoked:
        return granted
    person = read(responder_stream(community, ResponderId(account)))
    return (*granted, *person.scopes) if isinstance(person, Responder) and person.role is role else granted


def text_of(place: Place) -> str:
    """Return a place in ids, for a refusal: «the whole community», «b-1f», «b-1f floor 12»."""
    parts = [
        place.building or place.compound,
        f"building_unit {place.building_unit}" if place.building_unit is not None else None,
        f"floor {place.floor}" if place.floor is not None else None,
    ]
    return " ".join(part for part in parts if part is not None) or "the whole community"
