"""
What a match run leaves for the next one of the same community: so that only what has changed is worked out again.

A memory never changes an answer. What is kept is a function of what it is kept with, and the plan that is
repaired is the only optimum there is; replay knows no memory and gets the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from ..domain.values import LegId, RequestId, ResponderId
from .efforts import Efforts
from .eligible import Task
from .flow import Flow
from .groups import Groups
from .live import LivePlan
from .pairs import Pairs
from .roll import Attendance, Token
from .root import Root
from .scale import Levels, Scale
from .supplies import Slots, Supply
from .waits import Waits

K = TypeVar("K")
V = TypeVar("V")

LEGS_MIN = 64
ROOM = 16
"""A scale made for so many times the legs there are is given up for a narrower one."""
NUMBERS_MAX = 100_000
"""Keys that have numbers, at most: on a day in which more are met they are forgotten once."""


class Kept(Generic[K, V]):
    """Values by key, each with the parts that it was made of; what a run does not ask for is forgotten by the next."""

    def __init__(self) -> None:
        self._given: tuple[object, ...] = ()
        self._before: dict[K, tuple[tuple[object, ...], V]] = {}
        self._now: dict[K, tuple[tuple[object, ...], V]] = {}

    def __len__(self) -> int:
        """Return how many values this run has asked for."""
        return len(self._now)

    def turn(self, *given: object) -> None:
        """Begin a run; nothing is known any more if what all values depend on is not equal to what it was."""
        self._before = self._now if given == self._given else {}
        self._given, self._now = given, {}

    def get(self, key: K, parts: tuple[object, ...], make: Callable[[], V], *, anew: bool = False) -> V:
        """Return what the last run made of equal parts, or make it; `make` looks at nothing else but for `anew`."""
        known = self._before.get(key)
        if anew or known is None or known[0] != parts:
            known = (parts, make())
        self._now[key] = known
        return known[1]

    def forget(self, key: K) -> None:
        """Do not keep a value for the next run."""
        del self._now[key]


class Numbers:
    """Small numbers that stand for long keys, so that those are compared once and not at each look."""

    def __init__(self) -> None:
        self.age = 0
        self._given: object = None
        self._numbers: dict[Hashable, int] = {}
        self._lone = 0

    def turn(self, given: object) -> int:
        """Begin a run; return the age of the numbers, which begin anew when all keys have changed or are too many."""
        if given != self._given or len(self._numbers) > NUMBERS_MAX:
            self._given, self._numbers, self.age = given, {}, self.age + 1
        return self.age

    def of(self, key: Hashable) -> int:
        """Return the number that stands for a key."""
        return self._numbers.setdefault(key, len(self._numbers))

    def lone(self) -> int:
        """Return a number that stands for nothing else, ever."""
        self._lone -= 1
        return self._lone


class Joint:
    """What crews and one-person legs weighed together leave: what each leg costs, and the flow with no crew settled."""

    def __init__(self) -> None:
        self.supplies: Kept[LegId, Supply] = Kept()
        self.root = Root()
        self._given: tuple[object, ...] = ()

    def turn(self, *given: object) -> None:
        """Begin a run; nothing is known any more if what all costs depend on is not equal to what it was."""
        if given != self._given:
            self._given, self.root = given, Root()
        self.supplies.turn(*given)


class Memory:
    """
    What is known after a run: legs, judgements of pairs, costs, and the optimal plan.

    Attributes
    ----------
    attendance
        Everybody, as the last run saw them.
    tasks, waits, pairs, demands, supplies
        Legs that wait; what leaving them costs; who could go; all together; and the same as costs.
    queues
        What each candidate's queue costs each leg; see `queues.Known`.
    joint, joint_heaviest
        Of crews and one-person legs together, as the search sees them at first, and with the heaviest crews.
    efforts, shapes
        How many legs of which effort everybody could take; the free places of everybody's queue.
    numbers, groups, sorts
        Groups of people whom no rule tells apart, and sorts of legs that strangers cannot tell apart, by number.
    strangers, crowds, failures, relaxations
        What each group fails for a sort of leg, and how many; what each one fails whom a leg knows; what would help.
    """

    def __init__(self) -> None:
        self.attendance = Attendance()
        self.tasks: Kept[RequestId, tuple[tuple[LegId, Task], ...]] = Kept()
        self.waits = Waits()
        self.pairs = Pairs()
        self.demands: Kept[LegId, Any] = Kept()
        self.supplies: Kept[LegId, Supply] = Kept()
        self.queues: Kept[LegId, Any] = Kept()
        self.joint, self.joint_heaviest = Joint(), Joint()
        self.efforts = Efforts()
        self.shapes: dict[ResponderId, tuple[int, ...]] = {}
        self.numbers = Numbers()
        self.groups = Groups()
        self.sorts: Kept[LegId, int] = Kept()
        self.strangers: Kept[tuple[int, int], frozenset[str]] = Kept()
        self.crowds: Kept[int, Counter[frozenset[str]]] = Kept()
        self.failures: Kept[LegId, dict[ResponderId, tuple[Token, frozenset[str]]]] = Kept()
        self.relaxations: Kept[LegId, tuple[tuple[str, ...], int]] = Kept()
        self._levels: Levels | None = None
        self._scale: Scale | None = None
        self._room = 0
        self._plan: LivePlan | None = None

    @cached_property
    def beside(self) -> Memory:
        """Another memory, for the legs that are looked at as if their offers had not been made."""
        return Memory()

    def scale(self, levels: Levels, *, legs: int) -> Scale:
        """Return a scale that has room for so many legs; the last one as long as it fits, so that costs stay."""
        fits = legs <= self._room <= ROOM * max(legs, LEGS_MIN)
        if self._scale is None or not fits or levels != self._levels:
            self._levels, self._room, self._plan = levels, 2 * max(legs, LEGS_MIN), None
            self._scale = Scale.of(levels, legs=self._room)
        return self._scale

    def flow(self, supplies: Sequence[Supply], slots: Sequence[Slots]) -> Flow:
        """
        Return the optimum of a board, found by repairing the last one; it holds until the next is asked for.

        Raises
        ------
        BadBoard
            The board contradicts itself; the last plan is forgotten.
        """
        plan, self._plan = self._plan or LivePlan(), None
        plan.become(supplies, slots)
        self._plan = plan
        return plan.flow(supplies)
