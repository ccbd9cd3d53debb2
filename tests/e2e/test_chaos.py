"""Workers killed, the server wiped and restarted under load: every offer is made exactly once (Q4, Q5)."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from dispatch import (
    AssignmentMade,
    Dispatch,
    MatchDecided,
    OfferMade,
    Recorded,
    RequestId,
    Settings,
)
from tests.e2e.checks import at_rest, faults
from tests.e2e.crew import PATIENCE_S, Crew, crew, until
from tests.e2e.places import Community, register
from tests.servers import Server, start_valkey

SWEEP_EVERY_S = "0.5"
PLACES = ("riverside", "hillside", "station")


@pytest.fixture(params=["file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty store that several processes may open."""
    if request.param == "file":
        return f"sqlite:///{tmp_path}/c.db"
    return str(request.getfixturevalue("postgres_database"))


class Wreck:
    """Kills what the offers do not depend on: children of the crew, whatever is in the server, the server."""

    def __init__(self, running: Crew, server: Server, *, seed: int) -> None:
        self._running = running
        self._server = server
        self._chance = random.Random(seed)
        self.killed = 0

    def kill_child(self) -> None:
        """Kill a child that is at work now, and wait until another has its place."""
        children = until(self._running.children, "a child at work")
        victim = self._chance.choice(children)
        os.kill(victim, signal.SIGKILL)
        self.killed += 1
        until(lambda: victim not in self._running.children(), "the death is noticed")

    def wipe(self) -> None:
        """Empty the server."""
        with redis.Redis.from_url(self._server.url) as client:
            client.flushall()

    def restart_server(self) -> None:
        """Kill the server and start an empty one at the same address."""
        port = self._server.port
        os.kill(self._server.pid, signal.SIGKILL)
        self._server.stop()
        self._server = start_valkey(port=port)

    def end(self) -> None:
        """End the server."""
        self._server.stop()


@dataclass
class Life:
    """Neighbours and helpers: they ask, accept, decline, finish, and say things twice."""

    engine: Dispatch
    communities: list[Community]
    chance: random.Random
    requests: list[RequestId] = field(default_factory=list)
    seen: int = 0
    open: list[Recorded] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)

    def ask(self) -> None:
        """Open one request, and say it twice as a caller does who had no answer."""
        community = self.chance.choice(self.communities)
        kind = self.chance.choice(["garbage", "food", "medicine"])
        number = len(self.requests)
        for _ in range(2):
            request = self.engine.open_request(
                community.name,
                kind,
                beneficiary=community.residents[number % len(community.residents)],
                command_id=f"ask-{number}",
            )
        self.requests.append(request)

    def answer(self, most: int) -> None:
        """Answer some of the offers that have come in, and go on with some of the work that was begun."""
        for event in self.engine.subscribe(after=self.seen):
            self.seen = event.position
            if isinstance(event.fact, OfferMade | AssignmentMade):
                self.open.append(event)
        for _ in range(min(most, len(self.open))):
            event = self.open.pop(self.chance.randrange(len(self.open)))
            self._answer(event)

    def all_asked(self) -> bool:
        """Go on answering; tell whether somebody was asked about every request."""
        self.answer(10)
        decisions = self.engine.journal.read(topics=[MatchDecided.TOPIC])
        asked = {event.fact.leg.partition("/")[0] for event in decisions if isinstance(event.fact, MatchDecided)}
        return asked >= set(self.requests)

    def _answer(self, event: Recorded) -> None:
        fact, mood = event.fact, self.chance.random()
        assert isinstance(fact, OfferMade | AssignmentMade)
        if fact.offer in self.begun:
            request = RequestId(event.stream.rsplit("/", 1)[1])
            self.engine.complete(event.community, request, fact.leg, responder=fact.responder)
        elif mood < 0.1:
            self.open.append(event)  # not now
        elif mood < 0.25:
            self.engine.decline(event.community, fact.offer)
        else:
            self.engine.accept(event.community, fact.offer)
            self.begun.add(fact.offer)
            self.open.append(event)


def run(life: Life, wreck: Wreck, *, requests: int, kill_every: int) -> None:
    """Live through some requests while things break."""
    for number in range(1, requests + 1):
        life.ask()
        life.answer(6)
        if number % kill_every == 0:
            wreck.kill_child()
        if number % 40 == 0:
            wreck.wipe()
        if number == requests // 2:
            wreck.restart_server()


@pytest.fixture
def stage(store: str, tmp_path: Path) -> Iterator[tuple[Life, Wreck, Crew]]:
    """Give a store with three communities, at work by a crew on a server of its own."""
    with ExitStack() as stack:
        server = start_valkey()
        stack.callback(server.stop)
        engine = stack.enter_context(Dispatch.open(settings=Settings(store=store, redis=server.url, wake_ttl_s=5)))
        communities = [register(engine, name) for name in PLACES]
        settings = {"DISPATCH_SWEEP_EVERY_S": SWEEP_EVERY_S, "DISPATCH_WAKE_TTL_S": "5"}
        words = ("--store", store, "--redis", server.url, "--processes", "2")
        running = stack.enter_context(crew(tmp_path, *words, settings=settings))
        wreck = Wreck(running, server, seed=7)
        stack.callback(wreck.end)
        yield Life(engine, communities, random.Random(11)), wreck, running


def check(life: Life, wreck: Wreck, running: Crew, *, within_s: float = PATIENCE_S) -> None:
    """Wait until somebody was asked about each request and nothing more can be offered; then check the whole log."""
    engine = life.engine
    until(life.all_asked, "an offer for each request", within_s=within_s)
    until(lambda: all(at_rest(engine, name) for name in PLACES), "everything that can be offered is offered")
    assert running.end() == 0
    assert engine.tick().offers == ()
    events = list(engine.subscribe())
    assert faults(events) == []
    assert len(set(life.requests)) == len(life.requests)
    ended = [line for line in running.lines("child_ended") if line.get("signal") == "SIGKILL"]
    assert len(ended) == wreck.killed


def test_every_offer_is_made_exactly_once(stage: tuple[Life, Wreck, Crew]) -> None:
    """200 requests; a child killed at every tenth, the server wiped at every fortieth and restarted once."""
    life, wreck, running = stage
    run(life, wreck, requests=200, kill_every=10)
    check(life, wreck, running)
    assert wreck.killed == 20


@pytest.mark.slow
def test_every_offer_is_made_exactly_once_in_a_long_run(stage: tuple[Life, Wreck, Crew]) -> None:
    """1,000 requests in the same manner, and 200 kills (Q5)."""
    life, wreck, running = stage
    run(life, wreck, requests=1_000, kill_every=5)
    check(life, wreck, running, within_s=300)
    assert wreck.killed == 200
