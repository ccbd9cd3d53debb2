"""
What the tests of the façade run in processes of their own.

``python -m tests.engine.processes serve URL NAME`` and so on; each says that it is ready, waits for a
line, works, and prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from dispatch import Dispatch, ResidentId, Unavailable
from dispatch.domain.leg import Taken
from tests.engine.town import HERE

ROOT = Path(__file__).parents[2]
ROUNDS = 6
SPARE_BYTES = 60_000


def start(*words: object) -> subprocess.Popen[str]:
    """Run one of this file's verbs in a process of its own."""
    command = [sys.executable, "-m", __name__, *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def serve(url: str, name: str) -> dict[str, Any]:
    """Open requests, tick, accept and finish what comes, beside others who do the same."""
    told: dict[str, Any] = {"opened": [], "offers": []}
    with Dispatch.open(url) as engine:
        residents = sorted(engine.board_of(HERE).residents)
        _ready()
        for number in range(ROUNDS):
            who = ResidentId(residents[(number + len(name)) % len(residents)])
            told["opened"].append(engine.open_request(HERE, "garbage", beneficiary=who, command_id=f"{name}-{number}"))
            told["offers"] += [offer.offer for offer in engine.tick().offers]
            _finish_some(engine, name)
        told["offers"] += [offer.offer for offer in engine.tick().offers]
    return told


def _finish_some(engine: Dispatch, name: str) -> None:
    """Accept an offer and finish a leg, of those whose request begins with this process's share of ids."""
    for request, state in engine.board_of(HERE).requests.items():
        if hash_of(request) % 4 != int(name) or not state.is_matchable:
            continue
        for leg in state.legs:
            for ask in leg.asks:
                if isinstance(leg, Taken):
                    engine.complete(HERE, request, leg.plan.name, responder=ask.responder)
                elif not ask.accepted:
                    engine.accept(HERE, ask.offer, responder=ask.responder)
                return


def hash_of(request: str) -> int:
    """Return a number that every process gives to a request."""
    return int(request[-4:], 16)


def fill(url: str) -> dict[str, Any]:
    """Open requests until the disk is full, then go on when there is room again; tell what was acknowledged."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    acknowledged: list[str] = []
    with Dispatch.open(url) as engine:
        (who, *_) = sorted(engine.board_of(HERE).residents)
        _ready()
        size = max(path.stat().st_size for path in Path(url.removeprefix("sqlite:///")).parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + SPARE_BYTES, resource.RLIM_INFINITY))
        for number in count():
            try:
                acknowledged.append(
                    engine.open_request(HERE, "food", beneficiary=who, note="x" * 900, command_id=f"n{number}")
                )
            except Unavailable as full:
                code, failed = full.code, f"n{number}"
                break
        for say in (engine.tick, lambda: engine.open_request(HERE, "food", beneficiary=who)):
            try:
                say()
            except Unavailable:
                continue
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        acknowledged.append(engine.open_request(HERE, "food", beneficiary=who, note="x" * 900, command_id=failed))
        offers = len(engine.tick().offers)
    return {"acknowledged": acknowledged, "code": code, "offers": offers}


def _ready() -> None:
    print("ready", flush=True)  # noqa: T201 - to the test
    sys.stdin.readline()


VERBS: dict[str, Callable[..., dict[str, Any]]] = {"serve": serve, "fill": fill}

if __name__ == "__main__":
    print(json.dumps(VERBS[sys.argv[1]](*sys.argv[2:])), flush=True)  # noqa: T201 - to the test
