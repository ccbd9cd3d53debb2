"""Finding a written address in the register: the register alone decides what exists."""

from __future__ import annotations

from typing import NamedTuple

from .address import Address, canonical_building, floor_candidates
from .building import Building
from .community import Registered
from .errors import Refused, Unknown
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
    Unknown
        The register has no such building or compound.
    Refused
        ``ambiguous_building``: more than one compound has it.
    """
    wanted = _compound(register, compound) if compound is not None else None
    found = [
        register.buildings[building]
        for (held_in, key), building in register.by_key.items()
        if key == name and (wanted is None or held_in == wanted)
    ]
    if not found:
        raise Unknown("building", name, now="Register the building first, or correct the address.")
    if len(found) > 1:
        raise Refused(
            "ambiguous_building",
            f"{len(found)} compounds have a building {name}. Name the compound too.",
            building=name,
            count=len(found),
        )
    return found[0]


def _compound(register: Registered, name: str) -> CompoundId:
    for compound, known in register.compounds.items():
        if name in (compound, known):
            return compound
    raise Unknown("compound", name, now="Register the compound first, or leave it out.")


def find_place(register: Registered, address: Address) -> Found:
    """
    Return the place an address means.

    Raises
    ------
    Unknown, Refused
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
