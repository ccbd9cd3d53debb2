"""
What the tests of the journal and of keys run in processes of their own.

``python -m tests.contract.journal_processes insist URL NAME COUNT`` and so on. Each says that it is
ready, waits for a line, and prints what it found as one line of JSON.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from dispatch.domain.errors import Refused, Unavailable
from dispatch.store.journal import Issued, Journal
from dispatch.store.keys import open_keys
from dispatch.store.recorders import open_recorder
from tests.contract.journals import exclude, settle

ROOT: Final = Path(__file__).parents[2]

Told = dict[str, Any]


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
    _say("ready")
    sys.stdin.readline()


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - to the test


def insist(url: str, name: str, count: str) -> Told:
    """Give the same commands as others do, in an order of its own, each twice; tell their positions."""
    order = [*range(int(count)), *range(int(count))]
    random.Random(name).shuffle(order)
    done: dict[str, list[int]] = {}
    with open_recorder(url) as recorder:
        journal = Journal(recorder, conflict_retries_max=1_000)
        _await_go()
        for n in order:
            answer = journal.execute(exclude(responder=f"r-{n}"), Issued(f"c-{n}", b"digest"))
            done.setdefault(f"c-{n}", []).append(answer.position)
    return done


def acknowledge(url: str, name: str, count: str) -> Told:
    """Give commands one after another and say each as soon as it is answered; somebody may kill this."""
    with open_recorder(url) as recorder:
        journal = Journal(recorder)
        _await_go()
        for n in range(int(count)):
            _say(str(journal.execute(exclude(responder=f"{name}-{n}"), Issued(f"c-{n}")).position))
    return {}


def fill_disk(url: str, limit: str) -> Told:
    """Give commands until no file may grow any more, make room, and give the same commands again."""
    done: list[int] = []
    failed: list[str] = []
    with open_recorder(url) as recorder:
        journal = Journal(recorder)
        _await_go()
        allowed, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), most))
        numbers = iter(range(2, 3_000))
        while len(failed) < 3:
            n = next(numbers)
            try:
                done.append(journal.execute(settle(n), Issued(f"c-{n}")).position)
            except Unavailable:
                failed.append(f"c-{n}")
        seen = [event.position for event in journal.read()]
        resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, most))
        after = [journal.execute(settle(n), Issued(f"c-{n}")).position for n in range(2, next(numbers))]
    return {"done": done, "failed": failed, "seen": seen, "after": after}


def mint(url: str, name: str, count: str) -> Told:
    """Ask for the keys of the same subjects as others do, in an order of its own; tell them in hexadecimal."""
    subjects = [f"riverside/p-{n}" for n in range(int(count))]
    random.Random(name).shuffle(subjects)
    found: dict[str, str | None] = {}
    keys = open_keys("sqlite:///unused.db", url)
    _await_go()
    for start_at in range(0, len(subjects), 7):
        for subject, key in keys.keys(subjects[start_at : start_at + 7], mint=True).items():
            found[subject] = key.hex() if key else None
    keys.close()
    return found


def erase(url: str, name: str, count: str) -> Told:
    """Erase every third of the subjects while others mint them; then ask for all keys."""
    keys = open_keys("sqlite:///unused.db", url)
    _await_go()
    order = list(range(0, int(count), 3))
    random.Random(name).shuffle(order)
    for n in order:
        keys.erase(f"riverside/p-{n}")
    keys.close()
    return {"erased": [f"riverside/p-{n}" for n in sorted(order)]}


VERBS: Final[dict[str, Callable[..., Told]]] = {
    "insist": insist,
    "acknowledge": acknowledge,
    "fill_disk": fill_disk,
    "mint": mint,
    "erase": erase,
}

if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    try:
        _say(json.dumps(VERBS[verb](*rest)))
    except Refused as refusal:
        sys.exit(f"refused: {refusal}")
