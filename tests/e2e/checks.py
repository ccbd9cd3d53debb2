"""
What must hold in any log, whoever wrote it and however often they were killed.

A reading of the events of its own, beside the one that guards the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from dispatch import Dispatch, MatchDecided, Recorded
from dispatch.domain.leg import Answered, Ended, LegDone, LegFailed, LegReleased, Opened
from dispatch.domain.responder import HoldReleased, LoadReleased, LoadTaken, OfferHeld, ResponderRegistered
from dispatch.matching.match import match
from dispatch.reactions import due


def at_rest(engine: Dispatch, community: str) -> bool:
    """Tell whether nothing that can be offered waits, and nothing is due."""
    board = engine.board_of(community)
    now = engine.clock()
    return not due(board, now) and not match(board, board.place_register.policy, now).decided


def faults(events: Iterable[Recorded]) -> list[str]:
    """List everything that must not be: offers made twice, slots held twice, commands done twice."""
    events = list(events)
    ledger = _Ledger()
    found = list(_repeated(events))
    for command, save in groupby(events, key=lambda event: event.meta.command):
        found += [f"{command}: {fault}" for fault in _unequal(list(save))]
        found += [f"{command}: {fault}" for fault in ledger.after(command, events)]
    return found


def _repeated(events: list[Recorded]) -> Iterator[str]:
    positions = [event.position for event in events]
    if positions != list(range(1, len(events) + 1)):
        yield "positions are not 1…n"
    saves = Counter(command for command, _ in groupby(event.meta.command for event in events))
    yield from (f"command {command} was done {times} times" for command, times in saves.items() if times > 1)
    for kind in (MatchDecided, OfferHeld, Opened):
        times = Counter(event.fact.offer for event in events if isinstance(event.fact, kind))
        yield from (f"{kind}: offer {offer} {n} times" for offer, n in times.items() if n > 1)


def _unequal(save: list[Recorded]) -> Iterator[str]:
    """A decision, its offer and its hold are one save, or none of them is there."""
    decided = {(e.fact.offer, e.fact.responder) for e in save if isinstance(e.fact, MatchDecided)}
    made = {(e.fact.offer, e.fact.responder) for e in save if isinstance(e.fact, Opened)}
    held = {(e.fact.offer, e.stream.rsplit("/", 1)[1]) for e in save if isinstance(e.fact, OfferHeld)}
    if not decided == made == held:
        yield f"decided {sorted(decided)}, made {sorted(made)}, held {sorted(held)}"


@dataclass
class _Ledger:
    """Who is asked for which leg, on the request's side, and who holds what, on the responder's side."""

    read: int = 0
    asks: dict[str, tuple[str, str]] = field(default_factory=dict)
    taken: dict[str, tuple[str, str]] = field(default_factory=dict)
    holds: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    loads: dict[tuple[str, str], int] = field(default_factory=dict)
    capacity: dict[str, int] = field(default_factory=dict)

    def after(self, command: str, events: list[Recorded]) -> Iterator[str]:
        """Read on to the end of one save, and compare both sides there."""
        while self.read < len(events) and events[self.read].meta.command == command:
            self._request(events[self.read])
            self._responder(events[self.read])
            self.read += 1
        if self.asks != {offer: (leg, who) for offer, (leg, who, _) in self.holds.items()}:
            yield f"asked {self.asks}, held {self.holds}"
        legs = Counter(leg for leg, _ in [*self.asks.values(), *self.taken.values()])
        yield from (f"leg {leg} is held {n} times" for leg, n in legs.items() if n > 1)
        burden: Counter[str] = Counter()
        for _, who, effort in self.holds.values():
            burden[who] += effort
        for (who, _), effort in self.loads.items():
            burden[who] += effort
        yield from (f"{who} carries {n}" for who, n in burden.items() if n > self.capacity[who])

    def _request(self, event: Recorded) -> None:
        request, fact = event.stream.rsplit("/", 1)[1], event.fact
        if isinstance(fact, Opened):
            self.asks[fact.offer] = (f"{request}/{fact.leg}", fact.responder)
        elif isinstance(fact, Answered):
            self.taken[fact.offer] = self.asks.pop(fact.offer)
        elif isinstance(fact, Ended):
            (self.asks if fact.offer in self.asks else self.taken).pop(fact.offer)
        elif isinstance(fact, LegDone | LegFailed | LegReleased):
            leg = f"{request}/{fact.leg}"
            self.taken = {offer: held for offer, held in self.taken.items() if held[0] != leg}

    def _responder(self, event: Recorded) -> None:
        who, fact = event.stream.rsplit("/", 1)[1], event.fact
        match fact:
            case ResponderRegistered():
                self.capacity[who] = fact.capacity
            case OfferHeld():
                self.holds[fact.offer] = (fact.leg, who, fact.effort)
            case HoldReleased():
                del self.holds[fact.offer]
            case LoadTaken():
                self.loads[who, fact.leg] = self.holds.pop(fact.offer)[2]
            case LoadReleased():
                del self.loads[who, fact.leg]
            case _:
                pass
