"""
What the contract tests run in processes of their own.

``python -m tests.contract.processes write URL NAME ROUNDS`` and so on. `start` starts one; it says
that it is ready, waits for a line, and prints what it found as one line of JSON.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from dispatch.store.journal import Journal
from dispatch.store.keys import open_keys
from dispatch.store.recorders import ClockBehind, OperationalError, Recorder, StaleStream, open_recorder
from dispatch.store.sqlite import SQLiteRecorder
from dispatch.views import Views
from tests.contract.saves import A, command, event

ROOT = Path(__file__).parents[2]
TRIES_MAX = 10_000
SAVES_PER_ROUND = 8


def start(*words: object) -> subprocess.Popen[str]:
    """Run one of this file's verbs in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__, *map(str, words)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _await_go() -> None:
    print("ready", flush=True)  # noqa: T201 - to the test
    sys.stdin.readline()


def write(url: str, name: str, rounds: str) -> dict[str, list[int]]:
    """Save to a stream of its own and to one that all share, again and again."""
    acknowledged: list[int] = []
    with open_recorder(url) as recorder:
        for n in range(int(rounds) * SAVES_PER_ROUND):
            if n % SAVES_PER_ROUND == 0:
                _await_go()
            acknowledged += _save(recorder, name, n + 1)
    return {"acknowledged": acknowledged}


def _save(recorder: Recorder, name: str, n: int) -> Sequence[int]:
    for _ in range(TRIES_MAX):
        shared = recorder.select_stream(A)
        events = [event(f"riverside/writer/{name}", n), event(A, len(shared) + 1)]
        at = (recorder.last_recorded_at() or 0) + 1
        try:
            return recorder.insert_events(events, command=command(f"{name}-{n}", at=at))
        except (StaleStream, ClockBehind):
            continue
    raise RuntimeError(f"{name} lost {TRIES_MAX} races in a row")


def open_only(url: str, rounds: str) -> dict[str, list[int]]:
    """Open new stores at the same moment as others, one after another, with keys and views; save once to each."""
    positions: list[int] = []
    for n in range(int(rounds)):
        _await_go()
        store = url.format(n=n)
        with open_recorder(store) as recorder, closing(open_keys(store)):
            Views(Journal(recorder)).follow()
            positions += recorder.insert_events([event(f"riverside/opener/{os.getpid()}", 1)])
    return {"positions": positions}


def fill_disk(url: str, limit: str) -> dict[str, list[int]]:
    """Save until no file may grow any more, make room, and go on in the same process."""
    _await_go()
    with open_recorder(url) as recorder:
        allowed, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), most))
        acknowledged: list[int] = []
        failures = 0
        for n in range(1, 2_000):
            try:
                acknowledged += recorder.insert_events(
                    [event(f"riverside/request/q-{n}", 1, state=bytes(4_000))], command=command(f"c-{n}", at=n)
                )
            except OperationalError:
                failures += 1
                if failures == 3:
                    break
        seen = [row.position for row in recorder.select_rows(limit=9_999)]
        resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, most))
        after = recorder.insert_events([event(A, 1)], command=command("c-after", at=9_999))
    return {"acknowledged": acknowledged, "failures": [failures], "seen": seen, "after": list(after)}


def fork(url: str) -> dict[str, list[int]]:
    """Save in a forked child and then in its parent, through a recorder that the parent has opened."""
    _await_go()
    with open_recorder(url) as recorder:
        recorder.insert_events([event(A, 1), event(A, 2)], command=command("c-1"))
        before = _connection(recorder)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                stored = recorder.insert_events([event(A, 3)], command=command("c-2"))
                own = _connection(recorder) != before
                os.write(writer, json.dumps([*stored, recorder.last_position(), own]).encode())
            finally:
                os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        *found, own = json.loads(os.read(reader, 1_000))
        stored = recorder.insert_events([event(A, 4)], command=command("c-3"))
        same = _connection(recorder) == before
        parent = [*stored, recorder.last_position()]
    return {"child": found, "child_has_its_own": [own], "parent": parent, "parent_keeps_its_own": [same]}


def _connection(recorder: Recorder) -> int:
    """Tell which connection the next reader gets."""
    pool = recorder._readers if isinstance(recorder, SQLiteRecorder) else recorder._pool  # type: ignore[attr-defined]
    with pool.borrow() as connection:
        return id(connection)


VERBS: dict[str, Callable[..., dict[str, list[int]]]] = {
    "write": write,
    "open": open_only,
    "fill_disk": fill_disk,
    "fork": fork,
}

if __name__ == "__main__":
    print(json.dumps(VERBS[sys.argv[1]](*sys.argv[2:])))  # noqa: T201 - its answer to the test
