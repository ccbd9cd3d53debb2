"""Ringing: coalesced, counted when it fails, and never a burden on a command."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import redis
from rq.queue import Queue

from dispatch.wake import QUEUE, WAKE_PREFIX, LocalWake, RqWake

PATIENCE_S = 60.0
PAUSE_S = 3_600.0
"""Longer than any test, however slow the machine is."""
QUEUE_KEY = Queue.redis_queue_namespace_prefix + QUEUE


@contextmanager
def bell_of(url: str, *, ttl_s: int = 30) -> Iterator[RqWake]:
    """Give a bell that waits for its server, and rests longer than any test when it failed."""
    with closing(RqWake(url, ttl_s=ttl_s, timeout_s=PATIENCE_S, pause_s=PAUSE_S)) as bell:
        yield bell


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Give a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


def callers(listening: socket.socket) -> int:
    """Count who has called since, and hang up."""
    count = 0
    while True:
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def waiting(client: redis.Redis) -> int:
    """Count the messages in the queue."""
    return int(client.llen(QUEUE_KEY))


def test_many_rings_are_one_message(redis_database: str) -> None:
    """Until somebody answers, a community is in the queue once; others have their own message."""
    with (
        bell_of(redis_database) as bell,
        redis.Redis.from_url(redis_database) as client,
    ):
        for _ in range(5):
            bell.ring("riverside")
        bell.ring("hillside")
        assert waiting(client) == 2
        bell.answer("riverside")
        bell.ring("riverside")
        assert waiting(client) == 3
        assert bell.failures == 0


def test_the_flag_and_the_message_do_not_stay_for_ever(redis_database: str) -> None:
    """What nobody takes is forgotten by the server itself."""
    with (
        bell_of(redis_database, ttl_s=700) as bell,
        redis.Redis.from_url(redis_database) as client,
    ):
        bell.ring("riverside")
        (job,) = client.keys("rq:job:*")
        assert 0 < client.ttl(WAKE_PREFIX + "riverside") <= 700
        assert 0 < client.ttl(job) <= 7_000


def test_ringing_again_does_not_mind_the_flag(redis_database: str) -> None:
    """A flag whose message was lost silences nobody."""
    with (
        bell_of(redis_database) as bell,
        redis.Redis.from_url(redis_database) as client,
    ):
        client.set(WAKE_PREFIX + "riverside", "1")
        bell.ring("riverside")
        assert waiting(client) == 0
        assert bell.ring_again(["riverside", "hillside"]) == ()
        assert waiting(client) == 2


def test_a_silent_server_is_asked_once(silent: socket.socket) -> None:
    """After the first failure nobody waits for the server again for a while; every ring is counted."""
    port = silent.getsockname()[1]
    with closing(RqWake(f"redis://127.0.0.1:{port}/0", timeout_s=0.05, pause_s=PAUSE_S)) as bell:
        for _ in range(200):
            bell.ring("riverside")
        assert bell.failures == 200
        assert callers(silent) == 1
        assert bell.ring_again(["riverside", "hillside"]) == ("riverside", "hillside")
        assert callers(silent) == 1


def test_a_bell_rings_again_when_the_server_is_back(redis_database: str) -> None:
    """The sweeper's ring ends the pause of its bell."""
    with (
        bell_of(redis_database) as bell,
        redis.Redis.from_url(redis_database) as client,
    ):
        client.set(QUEUE_KEY, "not a list")
        assert bell.ring_again(["riverside"]) == ("riverside",)
        client.flushdb()
        bell.ring("hillside")
        assert waiting(client) == 0
        assert bell.ring_again(["riverside"]) == ()
        bell.ring("hillside")
        assert waiting(client) == 2


def test_an_answer_never_fails(silent: socket.socket) -> None:
    """A drain goes on though the flag cannot be dropped."""
    with closing(RqWake(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout_s=0.05, pause_s=PAUSE_S)) as bell:
        bell.answer("riverside")
        assert bell.failures == 1


def test_a_local_wake_remembers_until_it_is_taken() -> None:
    """Each community once, in order."""
    wake = LocalWake()
    for name in ("riverside", "hillside", "riverside"):
        wake.ring(name)
    assert wake.take() == ("hillside", "riverside")
    assert wake.take() == ()
