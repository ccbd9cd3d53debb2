"""The worker service as a subprocess, seen as an operator sees it: by its log lines and its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
POLL_S = 0.05

T = TypeVar("T")


def until(found: Callable[[], T], what: str, *, within_s: float = PATIENCE_S) -> T:
    """Return the first true answer; fail with `what` when there is none in time."""
    deadline = time.monotonic() + within_s
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {within_s:g} s in vain: {what}"
        time.sleep(POLL_S)


class Crew:
    """One `python -m workers` with its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def lines(self, fact: str = "") -> list[dict[str, Any]]:
        """Give the whole lines said so far, all of them JSON; those of one fact."""
        said = self._log.read_bytes().split(b"\n")[:-1]
        told: list[dict[str, Any]] = [json.loads(line) for line in said]
        return [line for line in told if not fact or line["fact"] == fact]

    def children(self, name: str = "") -> list[int]:
        """Give the processes at work now, oldest first; those of one place in the crew."""
        alive: dict[int, str] = {}
        for line in self.lines():
            if line["fact"] == "child_started":
                alive[line["pid"]] = line["worker"]
            elif line["fact"] == "child_ended":
                alive.pop(line["pid"], None)
        return [pid for pid, place in alive.items() if place.startswith(name)]

    def end(self) -> int:
        """Ask it to end, as an operator does, and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def environment(**more: str) -> dict[str, str]:
    """Give the environment without settings of ours, but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DISPATCH_")}
    return kept | more


@contextmanager
def crew(folder: Path, *words: str, settings: Mapping[str, str] | None = None, name: str = "workers") -> Iterator[Crew]:
    """
    Run a worker service for the time of a ``with`` block.

    Parameters
    ----------
    words
        Options of the command.
    settings
        ``DISPATCH_`` variables.
    """
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers", *words],
            cwd=ROOT,
            env=environment(**(settings or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
        )
    running = Crew(process, log)
    try:
        yield running
    finally:
        running.process.kill()  # children end by themselves: a test of its own
        running.process.wait()


def alive(pid: int) -> bool:
    """Tell whether a process lives; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_bytes().rpartition(b")")[2].split()[0] != b"Z"
