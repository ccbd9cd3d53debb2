"""Dispatchers side by side: the same day, the same seeds, the same fates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from ..domain.policies import SHIPPED
from ..domain.policy import EVERYDAY, Policy
from ..domain.values import CommunityId
from ..matching.match import MatchResult, match
from ..matching.memory import Memory
from .arrivals import Arrival, Scenario, generated
from .draws import Draws
from .fate import Fate
from .figures import Figures, figures_of
from .fitted import Fitted
from .play import Play
from .rivals import GREEDY, PULL, PULL_AGEING, Dispatcher, greedy, pull, pull_ageing, pulling, queueing
from .tally import Tally
from .town import HERE, Town
from .world import Listener, World

SETTLED_BEFORE = timedelta(hours=1)
EVENING = timedelta(hours=12)
"""How long after the last request everything may still be finished."""

RIVALS: Mapping[str, tuple[Callable[[Policy], Policy], Callable[..., MatchResult]]] = {
    GREEDY: (queueing, greedy),
    PULL: (pulling, pull),
    PULL_AGEING: (pulling, pull_ageing),
}
"""What the matcher is measured against, by name: how far ahead anybody is bound, and the function."""

VERSION = "@"
USUAL_RIVALS = (GREEDY, PULL)
"""Those that the goals name."""
POLICIES: Mapping[str, Policy] = {
    **{one.name: one for one in SHIPPED},
    **{f"{one.name}{VERSION}{one.version}": one for one in SHIPPED},
}
"""The policies that come with the program: the latest by name, the default first; each version by name@version."""


@dataclass(frozen=True, slots=True)
class Contender:
    """
    One way to dispatch.

    Attributes
    ----------
    name
        How it is shown: a policy's name, or that of a rival.
    policy
        What the community adopts.
    dispatcher
        Makes the function that decides; a new one for each day, so that whatever it remembers is of that day.
    """

    name: str
    policy: Policy
    dispatcher: Callable[[], Dispatcher]


def contender(policy: Policy, name: str | None = None) -> Contender:
    """Return the matcher under a policy, by another name if one is given; it remembers as a drain does."""
    return Contender(name or policy.name, policy, lambda: partial(match, memory=Memory()))


def rival(name: str, policy: Policy = EVERYDAY) -> Contender:
    """
    Return a rival that obeys the hard rules of a policy.

    Raises
    ------
    LookupError
        No rival has this name.
    """
    if name not in RIVALS:
        raise LookupError(f"no rival {name}; there are {', '.join(RIVALS)}")
    binding, dispatcher = RIVALS[name]
    return Contender(name, binding(policy), lambda: partial(dispatcher, memory=Memory()))


@dataclass(frozen=True)
class Setting:
    """
    One community and what happens in it.

    Attributes
    ----------
    settle
        Registers everything and everybody; it is given the policy to adopt.
    until
        When the simulation ends, whatever is open.
    """

    community: CommunityId
    settle: Callable[[World, Policy], None]
    arrivals: Sequence[Arrival]
    until: datetime


class Days(Protocol):
    """What may be simulated."""

    @property
    def fitted(self) -> Fitted:
        """How people answer."""

    @property
    def responders(self) -> int:
        """How many people there are."""

    @property
    def requests(self) -> int:
        """How many requests each seed has."""

    def settings(self, draws: Draws) -> Iterator[Setting]:
        """Yield the communities, each with its requests, of a seed."""


@dataclass(frozen=True)
class GeneratedDay:
    """
    A day that a seed makes up.

    Parameters
    ----------
    limit
        Only so many requests, the first ones of the day.
    """

    scenario: Scenario
    fitted: Fitted
    limit: int | None = None

    @property
    def responders(self) -> int:
        """How many people there are."""
        return self.scenario.responders

    @property
    def requests(self) -> int:
        """How many requests there are."""
        return self.scenario.requests if self.limit is None else min(self.limit, self.scenario.requests)

    def settings(self, draws: Draws) -> Iterator[Setting]:
        """Yield the one community of the day."""
        town, scenario = Town.of(self.scenario.responders), self.scenario
        arrivals = generated(scenario, self.fitted, draws, residents=town.residents)[: self.requests]

        def settle(world: World, policy: Policy) -> None:
            town.settle(world, policy, scenario.opens_at - SETTLED_BEFORE)

        yield Setting(HERE, settle, arrivals, scenario.closes_at + EVENING)


def simulated(
    days: Days,
    contender: Contender,
    seed: int,
    *,
    progress: Callable[[int], None] | None = None,
    listener: Listener | None = None,
) -> Tally:
    """
    Let one seed pass as one contender dispatches, and return what was written down.

    Parameters
    ----------
    progress
        Called with the number of requests that have arrived.
    listener
        Is told of every command that changed something.
    """
    draws, whole = Draws(seed), Tally()
    fate = Fate(draws, days.fitted)
    for setting in days.settings(draws):
        world = World(setting.community, listener)
        setting.settle(world, contender.policy)
        before = len(whole.courses)
        play = Play(world, contender.dispatcher(), fate)
        told = None if progress is None else _after(before, progress)
        whole.add(play.run(setting.arrivals, until=setting.until, progress=told))
    return whole


def _after(before: int, progress: Callable[[int], None]) -> Callable[[int], None]:
    return lambda arrived: progress(before + arrived)


def contest(
    days: Days,
    contenders: Sequence[Contender],
    seeds: Sequence[int],
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Figures]:
    """
    Let every contender dispatch the same days, and return the figures of each, the mean over the seeds.

    Parameters
    ----------
    progress
        Called with (name of the contender, seed, requests that have arrived).
    """
    found = []
    for one in contenders:
        tallies = []
        for seed in seeds:
            told = None if progress is None else _about(one.name, seed, progress)
            tallies.append(simulated(days, one, seed, progress=told))
        found.append(figures_of(one.name, tallies))
    return found


def _about(name: str, seed: int, progress: Callable[[str, int, int], None]) -> Callable[[int], None]:
    return lambda arrived: progress(name, seed, arrived)
