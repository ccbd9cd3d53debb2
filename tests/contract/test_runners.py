"""One contract for every runner: in the caller's thread, and by rq workers; each in processes of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
import redis

from dispatch import (
    WAKE_PREFIX,
    Dispatch,
    LocalRunner,
    MatchDecided,
    OfferMade,
    Recorded,
    Refused,
    RequestEscalated,
    RequestId,
    Role,
    RqWake,
    Runner,
    Settings,
)
from dispatch.domain.responder import OfferHeld
from tests.contract.saves import event
from tests.e2e.checks import at_rest, faults
from tests.e2e.crew import ROOT, crew, environment, until
from tests.e2e.places import RIVERSIDE, Community, register
from tests.subprocesses import looked_after
from workers.supervisor import Supervisor

PATIENCE_S = 60.0


class Running(Protocol):
    """A runner in a process of its own."""

    process: subprocess.Popen[bytes]


class Local:
    """The runner of an embedding application."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process


Start = Callable[[], AbstractContextManager[Running]]


@contextmanager
def local(store: str) -> Iterator[Running]:
    """Run the store by a `LocalRunner` in a process of its own."""
    words = [sys.executable, "-m", "tests.contract.runners", store]
    process = subprocess.Popen(words, cwd=ROOT, env=environment(), stdout=subprocess.PIPE)
    with looked_after(process):
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield Local(process)


@contextmanager
def by_workers(folder: Path, store: str, url: str, *, name: str) -> Iterator[Running]:
    """Run the store by rq workers."""
    words = ("--store", store, "--redis", url)
    with crew(folder, *words, settings={"DISPATCH_SWEEP_EVERY_S": "0.3"}, name=name) as running:
        until(lambda: running.lines("started"), "the crew takes orders")
        yield running


@pytest.fixture(params=["local", "rq"])
def kind(request: pytest.FixtureRequest) -> str:
    """Give the kind of runner."""
    return str(request.param)


@pytest.fixture
def ringing(kind: str, request: pytest.FixtureRequest) -> str | None:
    """Give the server that rings, if the runner has one."""
    return str(request.getfixturevalue("redis_database")) if kind == "rq" else None


@pytest.fixture
def start(kind: str, shared_url: str, ringing: str | None, tmp_path: Path) -> Start:
    """Give what starts one more runner on the store."""
    names = (f"workers-{n}" for n in range(100))

    def started() -> AbstractContextManager[Running]:
        if kind == "local":
            return local(shared_url)
        return by_workers(tmp_path, shared_url, str(ringing), name=next(names))

    return started


@pytest.fixture
def engine(shared_url: str, ringing: str | None) -> Iterator[Dispatch]:
    """Open the store as the application that gives the commands."""
    with Dispatch.open(shared_url, redis=ringing) as opened:
        yield opened


@pytest.fixture
def community(engine: Dispatch) -> Community:
    """Register a community."""
    return register(engine)


def ask(engine: Dispatch, community: Community, number: int = 0) -> RequestId:
    """Open a request of one leg that somebody can do at once."""
    residents = community.residents
    return engine.open_request(RIVERSIDE, "garbage", beneficiary=residents[number % len(residents)])


def ask_for_soon(engine: Dispatch, community: Community) -> datetime:
    """Open a request with a deadline shortly ahead; further ahead where the machine is too slow to be in time."""
    for seconds in (1.5, 6.0, 24.0):
        soon = datetime.now(UTC) + timedelta(seconds=seconds)
        try:
            engine.open_request(RIVERSIDE, "garbage", beneficiary=community.residents[0], needed_by=soon)
        except Refused as late:
            if late.code != "deadline_past":
                raise
        else:
            return soon
    raise AssertionError("24 seconds were not enough for one command")


def decided(engine: Dispatch) -> list[Recorded]:
    """Give every decision in the log."""
    return list(engine.journal.read(topics=[MatchDecided.TOPIC]))


def await_decisions(engine: Dispatch, number: int) -> None:
    """Wait until so many decisions are in the log."""
    until(lambda: len(decided(engine)) == number, f"{number} decisions")


def end(running: Running) -> int:
    """Ask a runner to end, and give its exit code."""
    running.process.send_signal(signal.SIGTERM)
    return running.process.wait(PATIENCE_S)


def test_what_another_process_records_is_shared_out(engine: Dispatch, community: Community, start: Start) -> None:
    """A command of any process on the store leads to an offer, and the runner ends as asked."""
    with start() as running:
        requests = {ask(engine, community, n) for n in range(3)}
        await_decisions(engine, len(requests))
        assert end(running) == 0
    assert faults(engine.subscribe()) == []


def test_what_time_alone_brings_is_fired(engine: Dispatch, community: Community, start: Start) -> None:
    """A deadline that passes calls a person without any command."""
    with start():
        soon = ask_for_soon(engine, community)
        called = until(
            lambda: [event for event in engine.subscribe() if isinstance(event.fact, RequestEscalated)], "a call"
        )
    assert [event.fact.reason for event in called if isinstance(event.fact, RequestEscalated)] == ["overdue"]
    assert called[0].meta.recorded_at >= soon


def test_a_runner_started_again_goes_on(engine: Dispatch, community: Community, start: Start) -> None:
    """What was recorded while nobody ran is shared out by the next one, however the last one ended."""
    for number, how in enumerate([signal.SIGKILL, signal.SIGTERM], 1):
        with start() as running:
            await_decisions(engine, number - 1)
            running.process.send_signal(how)
            running.process.wait(PATIENCE_S)
        ask(engine, community, number)
    with start():
        await_decisions(engine, 2)
    assert faults(engine.subscribe()) == []


def test_a_wake_may_be_lost(
    engine: Dispatch, community: Community, start: Start, shared_url: str, ringing: str | None
) -> None:
    """Nobody rings, or the flag is up and its message is gone: the offer goes out all the same."""
    if ringing is not None:
        with redis.Redis.from_url(ringing) as client:
            client.set(WAKE_PREFIX + RIVERSIDE, "1")
    with start(), Dispatch.open(shared_url) as silent:
        ask(silent, community)
        await_decisions(engine, 1)


def test_a_wake_may_come_twice_and_late(
    engine: Dispatch, community: Community, start: Start, ringing: str | None
) -> None:
    """Many wakes for one piece of news, and wakes for no news at all, change nothing."""
    with start() as running:
        ask(engine, community)
        await_decisions(engine, 1)
        position = engine.position()
        bell = RqWake(ringing, timeout_s=PATIENCE_S) if ringing is not None else engine.wake
        for _ in range(30):
            if isinstance(bell, RqWake):
                assert bell.ring_again([RIVERSIDE]) == ()
            bell.ring(RIVERSIDE)
        ask(engine, community, 1)
        await_decisions(engine, 2)
        assert end(running) == 0
    assert at_rest(engine, RIVERSIDE)
    by_system = [type(event.fact) for event in engine.subscribe(after=position) if event.meta.role == Role.SYSTEM]
    assert len(by_system) == 3
    assert set(by_system) == {MatchDecided, OfferMade, OfferHeld}
    assert faults(engine.subscribe()) == []


def test_two_runners_make_every_offer_once(engine: Dispatch, community: Community, start: Start) -> None:
    """Two at the same time decide together what one would."""
    with start() as one, start() as other:
        for n in range(40):
            ask(engine, community, n)
        until(lambda: at_rest(engine, RIVERSIDE), "everything that can be offered is offered")
        assert (end(one), end(other)) == (0, 0)
    assert decided(engine)
    assert faults(engine.subscribe()) == []


def test_damage_stops_its_own_community_only(engine: Dispatch, community: Community, start: Start) -> None:
    """A row that is no event of ours parks its community; the others are served."""
    engine.register_community("hillside", name="山坡社区", duty="desk")
    engine.journal.recorder.insert_events([event("hillside/request/q-1", 1, topic="os:system")])
    with start() as running:
        ask(engine, community)
        await_decisions(engine, 1)
        until(engine.journal.recorder.parked, "the community is parked")
        ask(engine, community, 1)
        await_decisions(engine, 2)
        assert end(running) == 0
    assert [parked.community for parked in engine.journal.recorder.parked()] == ["hillside"]


def test_both_are_runners(shared_url: str) -> None:
    """An application may take either for a `Runner`."""
    with Dispatch.open(shared_url) as engine:
        settings = Settings(store=shared_url, redis="redis://127.0.0.1:1/0")
        runners: list[Runner] = [LocalRunner(engine), Supervisor(settings)]
    assert len(runners) == 2
