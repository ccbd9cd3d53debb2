"""
What more urgent one-person legs claim of people who might join a crew.

Which legs can be served at all, the most urgent first, is a matching without costs: legs taken in
order of urgency, each kept if the ones before it can be moved to make room, are the best set for any
weights that fall with urgency (a transversal matroid; Edmonds 1971). Nobody is ever moved out of
service for a later leg, so the matching only grows, and one serves all crews of a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..domain.values import ResponderId
from .demand import Demand, Taken
from .eligible import Person
from .queues import efforts_of, slot_count

Step = tuple[ResponderId | None, Demand]
"""A leg that moves, and from whom."""

Came = dict[ResponderId, Step]


class Claims:
    """
    The one-person legs of a run, admitted in order of urgency, and the people who can serve them.

    Parameters
    ----------
    singles
        All one-person legs, most urgent first.
    people
        Everybody.

    Notes
    -----
    `_closed` holds people from whom no free slot can be reached by moving legs. While nobody's slots
    grow it stays so: what they hold cannot move, and nothing can move to them.
    """

    def __init__(self, singles: Sequence[Demand], people: Mapping[ResponderId, Person]) -> None:
        self._people = people
        self._waiting = list(reversed(singles))
        self._efforts = efforts_of(singles)
        self._slots = {r: slot_count(people[r], efforts, Taken()) for r, efforts in self._efforts.items()}
        self._held: dict[ResponderId, list[Demand]] = {r: [] for r in self._efforts}
        self._closed: set[ResponderId] = set()

    def admit_before(self, demand: Demand) -> None:
        """Admit the legs that are more urgent than a crew's."""
        while self._waiting and self._waiting[-1].rank < demand.rank:
            self._place(self._waiting.pop())

    def allow(self, responder: ResponderId, taken: Taken) -> bool:
        """
        Tell whether everything admitted is served as well when this run has given somebody so much; keep it so.

        Parameters
        ----------
        taken
            All that this run has given them, the crew's leg included.
        """
        efforts = self._efforts.get(responder)
        if efforts is None:
            return True
        left = slot_count(self._people[responder], efforts, taken)
        while len(self._held[responder]) > left:
            if not self._move_one(responder):
                return False
        self._slots[responder] = left
        return True

    def forget(self, taken: Mapping[ResponderId, Taken]) -> None:
        """Give back what a crew that could not be formed would have taken of these people."""
        for responder, had in taken.items():
            if responder in self._slots:
                self._slots[responder] = slot_count(self._people[responder], self._efforts[responder], had)
        self._closed.clear()

    def _move_one(self, responder: ResponderId) -> bool:
        """Move one leg of somebody to others; nothing is moved when nobody can make room."""
        if responder in self._closed:
            return False
        is_full = len(self._held[responder]) == self._slots[responder]
        came, end = self._search([(responder, leg) for leg in self._held[responder]], barred=responder)
        if end is not None:
            self._shift(end, came)
        elif is_full:
            self._closed.update(came, (responder,))
        return end is not None

    def _place(self, leg: Demand) -> None:
        """Place a leg with somebody, moving others on along the way, or leave it unserved."""
        came, end = self._search([(None, leg)])
        if end is not None:
            self._shift(end, came)
        else:
            self._closed.update(came)

    def _search(self, queue: list[Step], *, barred: ResponderId | None = None) -> tuple[Came, ResponderId | None]:
        """Look for a free slot, breadth first; return how everybody was reached, and where it is."""
        came: Came = {}
        for origin, moving in queue:
            for responder in moving.vectors:
                if responder in came or responder == barred or responder in self._closed:
                    continue
                came[responder] = (origin, moving)
                if len(self._held[responder]) < self._slots[responder]:
                    return came, responder
                queue.extend((responder, held) for held in self._held[responder])
        return came, None

    def _shift(self, end: ResponderId, came: Came) -> None:
        to: ResponderId | None = end
        while to is not None:
            origin, moving = came[to]
            self._held[to].append(moving)
            if origin is not None:
                self._held[origin].remove(moving)
            # The way began with a new leg, or with whoever gave one away, whom nobody came to.
            to = origin if origin in came else None
