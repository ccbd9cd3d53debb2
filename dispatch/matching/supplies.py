"""What a flow places: units of work, people with slots of rising cost; and what a board must hold to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class BadBoard(ValueError):
    """
    The board contradicts itself; nothing was solved.

    Attributes
    ----------
    rule
        What is broken, as a sentence: `supply_is_named_once`, `cost_is_not_negative`, …
    supply, responder
        Where; None where the rule is not about one.
    """

    def __init__(self, message: str, *, rule: str, supply: str | None = None, responder: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.supply = supply
        self.responder = responder


class NotOnBoard(LookupError):
    """A question names a supply, or a choice of a supply, that the solved board does not have."""

    def __init__(self, message: str, *, supply: str, responder: str | None = None) -> None:
        super().__init__(message)
        self.supply = supply
        self.responder = responder


@dataclass(frozen=True, slots=True)
class Supply:
    """
    One unit of work to place: one leg that needs one person.

    Attributes
    ----------
    id
        Not on the board twice.
    unserved
        Cost of leaving it unserved, >= 0.
    arcs
        (responder id, cost >= 0) of everybody who may take it; each responder at most once.
    """

    id: str
    unserved: int
    arcs: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Slots:
    """
    What one responder can still take.

    Attributes
    ----------
    id
        Not empty: "" stands for «left unserved».
    costs
        Cost of the first, second, … slot, >= 0 and never falling (convex load). As many as the
        responder has capacity; none means that nothing can be placed there.
    """

    id: str
    costs: tuple[int, ...]


def checked_costs(slots: Slots) -> tuple[int, ...]:
    """
    Return what a responder's slots cost.

    Raises
    ------
    BadBoard
        An empty id, a negative cost, falling costs.
    """
    who = slots.id
    if not who:
        message = "A responder has the empty id, which stands for «left unserved»; give every responder an id."
        raise BadBoard(message, rule="responder_has_an_id", responder=who)
    last = 0
    for place, cost in enumerate(slots.costs, 1):
        if cost < 0:
            message = f"Slot {place} of responder {who} costs {cost}; costs are >= 0."
            raise BadBoard(message, rule="cost_is_not_negative", responder=who)
        if cost < last:
            message = f"Slot {place} of responder {who} costs {cost} after {last}; a further slot never costs less."
            raise BadBoard(message, rule="slot_costs_never_fall", responder=who)
        last = cost
    return slots.costs


def checked_unserved(supply: str, cost: int) -> None:
    """
    Check what it costs to leave a supply unserved.

    Raises
    ------
    BadBoard
        It is negative.
    """
    if cost < 0:
        message = f"Leaving supply {supply} unserved costs {cost}; costs are >= 0."
        raise BadBoard(message, rule="cost_is_not_negative", supply=supply)


def checked_arcs(supply: Supply, index: Mapping[str, int]) -> dict[int, int]:
    """
    Return node -> cost of everybody who may take a supply, in the order of nodes.

    Raises
    ------
    BadBoard
        A negative cost, an unknown responder, one named twice.
    """
    name = supply.id
    checked_unserved(name, supply.unserved)
    arcs: dict[int, int] = {}
    for responder, cost in supply.arcs:
        r = index.get(responder)
        if r is None:
            message = f"Supply {name} names responder {responder}, who is not on the board; add slots or drop the arc."
            raise BadBoard(message, rule="arc_names_a_known_responder", supply=name, responder=responder)
        if r in arcs:
            message = f"Supply {name} names responder {responder} twice; keep one arc."
            raise BadBoard(message, rule="arc_is_named_once", supply=name, responder=responder)
        if cost < 0:
            message = f"Supply {name} costs {cost} at responder {responder}; costs are >= 0."
            raise BadBoard(message, rule="cost_is_not_negative", supply=name, responder=responder)
        arcs[r] = cost
    order = sorted(arcs)
    return arcs if order == list(arcs) else {r: arcs[r] for r in order}
