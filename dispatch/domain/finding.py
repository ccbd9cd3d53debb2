"""Finding a written address in the register: the register alone decides what exists."""

from __future__ import annotations

from typing import NamedTuple

from .address import Address, canonical_building, canonical_compound, floor_candidates
from .building import Building
from .community import Registered
from .errors import Refused
from .values import CompoundId, Place


class Found(NamedTuple):
    """A place of the register, and the door number beside it, which is personal."""

    place: Place
    door: str | None


def find_building(register: Registered, name: str, *, compound: str | None = None) -> Building:
    """
    Return the building that a canonical name stands for.

    Parameters
    ----------
    name
        As `canonical_building` gives it.
    compound
        Name or id of the compound; needed when two compounds have a building of this name.

    Raises
    ------
    Refused
        ``unknown_building`` or ``unknown_compound``: the register has none of this name;
        ``ambiguous_building``: more than one compound has it. What was written is not repeated.
    """
    wanted = _compound(register, compound) if compound is not None else None
    found = [
        register.buildings[building]
        for (held_in, key), building in register.by_key.items()
        if key == name and (wanted is None or held_in == wanted)
    ]
    if not found:
        raise Refused(
            "unknown_building",
            "No building of this name in this community. Register the building first, or correct the address.",
            count=len(register.buildings),
        )
    if len(found) > 1:
        raise Refused(
            "ambiguous_building",
            f"{len(found)} compounds have a building of this name. Name the compound too.",
            count=len(found),
        )
    return found[0]


def _compound(register: Registered, name: str) -> CompoundId:
    for compound, known in register.compounds.items():
        if name == compound or canonical_compound(name) == canonical_compound(known):
            return compound
    # Anything may have been typed before a building, a person's name included: it is not repeated.
    raise Refused(
        "unknown_compound",
        "No compound of this name in this community. Register the compound first, or leave it out.",
        count=len(register.compounds),
    )


def find_place(register: Registered, address: Address) -> Found:
    """
    Return the place an address means.

    Raises
    ------
    Refused
        The register has no such building, building_unit or floor.
    """
    building = find_building(register, address.building, compound=address.compound)
    floor = address.floor
    if floor is None and address.door is not None:
        floor = next((label for label in floor_candidates(address.door) if label in building.floors), None)
        if floor is None and floor_candidates(address.door):
            floor = floor_candidates(address.door)[0]
    return Found(building.place(building_unit=address.building_unit, floor=floor), address.door)


def building_key(name: str) -> str:
    """Return the canonical key under which the register holds a building's name."""
    return canonical_building(name)
