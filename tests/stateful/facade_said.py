"""
What may be said to the verbs of the façade: for each verb one way to draw its arguments.

Most draws fit the community as it is, so that histories get somewhere; whatever does not fit any more
is refused, and that is checked too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from dispatch import Board, Dispatch, Role
from dispatch.domain.help_request import Delivered, HelpRequest
from dispatch.domain.leg import Failed
from tests.stateful.facade_model import Model
from tests.stateful.facade_town import HERE, PLACES, World

T = TypeVar("T")


class NothingToSayError(Exception):
    """There is nothing yet that this verb could be about."""


def _listed(options: Iterable[T]) -> list[T]:
    listed = list(options)
    if not listed:
        raise NothingToSayError
    return listed


class Pick:
    """
    Draws from what there is.

    Parameters
    ----------
    seed
        Drawn by Hypothesis; what is drawn from it is uniform, so that every verb has its turn.
    """

    def __init__(self, seed: str, engine: Dispatch, *, model: Model, world: World, now: datetime) -> None:
        self._random = Random(seed)
        self._engine = engine
        self.model, self.world, self.now = model, world, now
        self._board: Board | None = None

    @property
    def board(self) -> Board:
        """The community as it is, folded once."""
        if self._board is None:
            self._board = self._engine.board_of(HERE)
        return self._board

    def one(self, options: Iterable[T]) -> T:
        """Return one of some things, which come in the same order at every run."""
        return self._random.choice(_listed(options))

    def yes(self) -> bool:
        """Return whether."""
        return self.one((False, True))

    def rarely(self) -> bool:
        """Return whether, once in five times."""
        return self.one((True, False, False, False, False))

    def some(self, options: Iterable[T], *, most: int = 3) -> list[T]:
        """Return one to a few different things."""
        listed = _listed(options)
        return self._random.sample(listed, self._random.randint(1, min(most, len(listed))))

    def shuffled(self, options: Iterable[T]) -> list[T]:
        """Return all in another order."""
        listed = _listed(options)
        return self._random.sample(listed, len(listed))

    # -- nouns ---------------------------------------------------------------------------

    def request(self) -> str:
        """Return an open request; now and then one that is over."""
        return self.one([*self.board.requests, *self.world.requests[-2:]])

    def request_in(self, *states: type[HelpRequest]) -> str:
        """Return a request in one of these states."""
        return self.one(name for name, state in self.board.requests.items() if isinstance(state, states))

    def resident(self) -> str:
        """Return somebody who lives here; now and then somebody who is erased."""
        return self.one(self.world.gone if self.world.gone and self.rarely() else self.world.residents)

    def responder(self, *roles: Role) -> str:
        """Return somebody who helps."""
        return self.one(who for who, role in self.world.people.items() if not roles or role in roles)

    def made(self, noun: str) -> str:
        """Return something that a verb made, such as a custody; mostly the last ones."""
        return self.one(self.world.of(noun)[-4:])

    def place(self) -> str:
        """Return a place."""
        return self.one(PLACES)

    def work(self) -> dict[str, Any]:
        """Return somebody's work: the request, the leg and who has it; mostly named, sometimes left out."""
        request, leg, who = self.one(self.model.work())
        return {"request": request, "leg": leg} | ({"responder": who} if self.yes() else {})

    def failed(self) -> dict[str, Any]:
        """Return a leg that failed, or that nobody is left for."""
        legs = [
            (name, leg)
            for name, state in self.board.requests.items()
            for leg in state.legs
            if isinstance(leg, Failed) or leg.tried
        ]
        request, leg = self.one(legs)
        return {"request": request, "leg": leg.plan.name}

    def later(self, *, hours: int = 48) -> datetime:
        """Return an instant ahead."""
        return self.now + timedelta(minutes=self.one((30, 90, 6 * 60, hours * 60)))

    def item(self) -> dict[str, Any]:
        """Return a line of a shopping list."""
        lists = [(name, n) for name, state in self.board.requests.items() for n in range(1, len(state.items) + 1)]
        request, item = self.one(lists)
        return {"request": request, "item": item}

    def call(self) -> dict[str, Any]:
        """Return a household of a calling round."""
        rounds = self.board.all("round")
        name = self.one(sorted(rounds))
        return {"calling_round": name, "resident": self.one(sorted(rounds[name].items))}

    def occurrence(self) -> dict[str, Any]:
        """Return an occurrence of a series."""
        series = self.made("series")
        lines = self._engine.occurrences(HERE, series)  # type: ignore[arg-type]
        return {"series": series, "occurrence": self.one(line.occurrence for line in lines)}

    def delivered(self) -> str:
        """Return a delivered request."""
        return self.request_in(Delivered)


Draw = Callable[[Pick], dict[str, Any]]
