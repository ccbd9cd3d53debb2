"""No message of the queue runs foreign code, and none stops the workers (Q12)."""

from __future__ import annotations

import json
import pickle
import random
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from rq.queue import Queue

from dispatch import DRAIN_JOB, QUEUE, Dispatch, MatchDecided, RqWake
from tests.e2e import canary
from tests.e2e.canary import Singer
from tests.e2e.crew import PATIENCE_S, ROOT, crew, environment
from tests.e2e.places import RIVERSIDE, register

SING = "tests.e2e.canary.sing"
QUEUE_KEY = Queue.redis_queue_namespace_prefix + QUEUE
JOBS = "rq:job:"
FOREIGN = [SING, "os.system", "builtins.eval", "eval", "subprocess.call", "tests.e2e.canary.Singer", "workers.queues"]

Message = dict[bytes, bytes]


@pytest.fixture
def singing(tmp_path: Path) -> Path:
    """Give the file that the canary would leave."""
    return tmp_path / "song"


@pytest.fixture
def webhook() -> Iterator[socket.socket]:
    """Listen where a webhook would call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


def called(listening: socket.socket) -> bool:
    """Tell whether anybody has called."""
    try:
        listening.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def genuine(url: str) -> Message:
    """Give a message as the engine writes it, and leave an empty queue."""
    bell = RqWake(url, timeout_s=PATIENCE_S)
    bell.ring("riverside")
    bell.close()
    with redis.Redis.from_url(url) as client:
        job_id = client.lpop(QUEUE_KEY)
        message: Message = client.hgetall(JOBS + job_id.decode())
        client.flushdb()
    return message


def calls(song: Path) -> list[Any]:
    """Give what a message could say to be called."""
    touch = f"touch {song}"
    return [
        [SING, None, [], {}],
        [SING, None, ["riverside"], {}],
        ["os.system", None, [touch], {}],
        ["subprocess.call", None, [["touch", str(song)]], {}],
        ["builtins.eval", None, [f"open({str(song)!r}, 'w')"], {}],
        ["builtins.exec", None, [f"open({str(song)!r}, 'w')"], {}],
        ["eval", None, [f"open({str(song)!r}, 'w')"], {}],
        [DRAIN_JOB + ".__globals__", None, ["riverside"], {}],
        ["workers.queues.Station", None, ["riverside"], {}],
        [DRAIN_JOB, SING, ["riverside"], {}],
        [DRAIN_JOB, "riverside", ["riverside"], {}],
        [DRAIN_JOB, None, ["riverside"], {"station": SING}],
        [DRAIN_JOB, None, [SING, touch], {}],
        [DRAIN_JOB, None, ["x" * 10_000], {}],
        [DRAIN_JOB, None, [["riverside"]], {}],
        [DRAIN_JOB, None, [7], {}],
        [DRAIN_JOB],
        {"func": SING},
        None,
    ]


def packed(said: Any) -> bytes:
    """Pack a call as rq does."""
    return zlib.compress(json.dumps(said).encode())


def singer() -> bytes:
    """Give bytes that sing when they are unpickled."""
    return pickle.dumps((SING, Singer(), (), {}))


def hostile(base: Message, song: Path, *, port: int) -> Iterator[Message]:
    """Give one message for each thing that rq would do for whoever asks."""
    for said in calls(song):
        yield base | {b"data": packed(said)}
        yield base | {b"data": json.dumps(said).encode()}
    yield base | {b"data": singer()}
    yield base | {b"data": zlib.compress(singer())}
    yield base | {b"data": zlib.compress(b" " * 50_000_000)}
    yield base | {b"meta": singer(), b"result": singer(), b"exc_info": zlib.compress(b" " * 50_000_000)}
    for foreign in FOREIGN:
        for callback in (b"success_callback_name", b"failure_callback_name", b"stopped_callback_name"):
            yield base | {callback: foreign.encode()}
            yield base | {callback: foreign.encode(), b"data": packed([DRAIN_JOB, None, ["nobody"], {}])}
    for status in ("finished", "failed"):
        hook = {"url": f"http://127.0.0.1:{port}/", "job_status": status, "method": "POST", "timeout": 1}
        yield base | {b"webhooks": json.dumps([hook]).encode()}
        yield base | {b"webhooks": json.dumps([hook]).encode(), b"data": packed([DRAIN_JOB, None, ["nobody"], {}])}
    for name in (b"timeout", b"ttl", b"result_ttl", b"failure_ttl", b"retries_left", b"repeats_left", b"status"):
        for value in (b"-1", b"0", b"1e9", b"99999999999999999999", b"x", b"\xff", b""):
            yield base | {name: value}
    yield base | {b"rate_limit_key": b"x", b"rate_limit_concurrency": b"1", b"group_id": b"g", b"origin": b"elsewhere"}
    yield base | {
        b"dependency_ids": b'["x"]',
        b"dependency_id": b"x",
        b"repeat_intervals": b"[0]",
        b"repeats_left": b"9",
    }
    yield base | {b"created_at": b"yesterday", b"enqueued_at": b"\xff\xfe", b"started_at": b"", b"last_heartbeat": b"0"}
    yield {b"\xff\xfe": b"\xff"}
    yield {b"status": b"queued"}


def mutated(base: Message, seed: int, song: Path) -> Message:
    """Change some fields of a message at random: bytes, whole values, names, lengths."""
    chance = random.Random(seed)
    message = dict(base) | {b"success_callback_name": b"", b"webhooks": b"[]", b"meta": b"{}"}
    values = [*(name.encode() for name in FOREIGN), singer(), packed(chance.choice(calls(song))), b"", b"\x00", b"-1"]
    for _ in range(chance.randint(1, 4)):
        name = chance.choice(sorted(message))
        value = bytearray(message[name])
        match chance.randrange(5):
            case 0 if value:
                value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
            case 1:
                value = bytearray(chance.choice(values))
            case 2:
                value = value[: chance.randrange(len(value) + 1)]
            case 3:
                value += chance.randbytes(chance.randrange(1, 40))
            case _:
                del message[name]
                name = chance.choice([name, chance.randbytes(3), b"data"])
        message[name] = bytes(value)
    return message


def send(client: Any, message: Message, job_id: str | bytes) -> None:
    """Put a message into the queue as somebody would who can write to Redis."""
    client.hset(b"rq:job:" + (job_id.encode() if isinstance(job_id, str) else job_id), mapping=message)
    client.rpush(QUEUE_KEY, job_id)


def storm(url: str, messages: Iterator[Message], base: Message) -> int:
    """Send messages, ids and keys that are none, and behind them a genuine one with a foreign follower."""
    with redis.Redis.from_url(url) as client:
        for n, message in enumerate(messages):
            send(client, message, f"m{n}")
        for bad in (b"", b"\xff\xfe", b"../../x", b"a b", b"x" * 500, b"m1:m2", b"-", b"rq:job:m1"):
            client.rpush(QUEUE_KEY, bad)
            client.rpush(QUEUE_KEY + ":intermediate", bad)
        client.set(JOBS + "text", SING)
        client.rpush(QUEUE_KEY, "text", "nothing")
        client.sadd(JOBS + "genuine:dependents", "m1", b"\xff", SING)
        send(client, base, "genuine")
        return n + 1


def run_crew(folder: Path, store: str, url: str, *, song: Path) -> list[dict[str, Any]]:
    """Let our workers empty the queue, and give what they said."""
    settings = {canary.VARIABLE: str(song), "DISPATCH_LOG_LEVEL": "info"}
    with crew(folder, "--store", store, "--redis", url, "--burst", settings=settings) as running:
        assert running.process.wait(60) == 0
        return running.lines()


def prepared(store: str) -> Dispatch:
    """Open a store with a community in which one leg can be offered."""
    engine = Dispatch.open(store)
    community = register(engine)
    engine.open_request(RIVERSIDE, "food", beneficiary=community.residents[4])
    return engine


@pytest.mark.parametrize(
    "change",
    [{b"data": 0}, {b"data": 1}, {b"success_callback_name": SING.encode()}, {b"webhooks": b""}],
    ids=["function", "pickle", "callback", "webhook"],
)
def test_rq_itself_would_run_them(
    tmp_path: Path, redis_database: str, singing: Path, webhook: socket.socket, change: dict[bytes, Any]
) -> None:
    """The canary has a voice: rq's own worker, given the same messages, makes it sing or calls the webhook."""
    hook = {"url": f"http://127.0.0.1:{webhook.getsockname()[1]}/", "job_status": "finished", "timeout": 1}
    built: dict[Any, bytes] = {
        0: packed([SING, None, [], {}]),
        1: zlib.compress(singer()),
        b"": json.dumps([hook]).encode(),
    }
    base = genuine(redis_database) | {b"data": packed(["time.time", None, [], {}])}
    message = base | {name: built.get(value, value) for name, value in change.items()}
    serializer = "rq.serializers.DefaultSerializer" if change == {b"data": 1} else "rq.serializers.JSONSerializer"
    with redis.Redis.from_url(redis_database) as client:
        send(client, message, "m1")
    words = ["-m", "rq.cli", "worker", "--burst", "--url", redis_database, "--serializer", serializer, QUEUE]
    environ = environment(**{canary.VARIABLE: str(singing), "PYTHONPATH": str(ROOT)})
    subprocess.run([sys.executable, *words], cwd=ROOT, env=environ, check=True, capture_output=True, timeout=60)
    assert singing.exists() or called(webhook)


def test_no_message_runs_foreign_code(
    tmp_path: Path, redis_database: str, singing: Path, webhook: socket.socket
) -> None:
    """Hostile and mutated messages are deleted unread; a genuine one behind them is worked on by the same worker."""
    store = f"sqlite:///{tmp_path}/c.db"
    base = genuine(redis_database)
    with prepared(store) as engine:
        port = webhook.getsockname()[1]
        mutants = (mutated(base, seed, singing) for seed in range(150))
        sent = storm(redis_database, (m for some in (hostile(base, singing, port=port), mutants) for m in some), base)
        lines = run_crew(tmp_path, store, redis_database, song=singing)
        decided = [event.fact for event in engine.subscribe() if isinstance(event.fact, MatchDecided)]
    assert not singing.exists()
    assert not called(webhook)
    assert len(decided) == 1
    refused = [line for line in lines if line["fact"] == "message_refused"]
    assert {line["problem"] for line in refused} == {"bad_id", "foreign_message", "unreadable_message", "not_a_message"}
    assert sent > len(refused) > 60
    assert [line for line in lines if line["fact"] == "child_failed"] == []
    assert len([line for line in lines if line["fact"] == "maintenance_failed"]) <= 1
    assert {line["exit_code"] for line in lines if line["fact"] == "child_ended"} == {0}
    with redis.Redis.from_url(redis_database) as client:
        assert client.keys(JOBS + "*") == []
        assert client.llen(QUEUE_KEY) == 0


@pytest.mark.slow
def test_ten_thousand_mutants(tmp_path: Path, redis_database: str, singing: Path) -> None:
    """Ten thousand mutated messages run nothing (Q12)."""
    store = f"sqlite:///{tmp_path}/c.db"
    base = genuine(redis_database)
    with prepared(store):
        storm(redis_database, (mutated(base, seed, singing) for seed in range(10_000)), base)
        run_crew(tmp_path, store, redis_database, song=singing)
    assert not singing.exists()
    with redis.Redis.from_url(redis_database) as client:
        assert client.llen(QUEUE_KEY) == 0
