"""Processes of a test's own: whatever becomes of the test, they end with it, and nobody waits for one for ever."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import Timer
from typing import Any, Final

PATIENCE_S: Final = 120.0


@contextmanager
def looked_after(*processes: subprocess.Popen[Any], within_s: float = PATIENCE_S) -> Iterator[None]:
    """
    Kill processes at the end of a ``with`` block, however it ends, and close their pipes.

    Parameters
    ----------
    within_s
        Seconds after which they are killed all the same, so that whoever still reads from one reads its end.
    """

    def kill() -> None:
        for process in processes:
            process.kill()

    with ExitStack() as ended:
        for process in processes:
            ended.enter_context(process)
        ended.callback(kill)
        watch = Timer(within_s, kill)
        watch.daemon = True
        watch.start()
        ended.callback(watch.cancel)
        yield


def begin_at_once(processes: Sequence[subprocess.Popen[str]]) -> None:
    """Let processes that say when they are ready begin together."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def answers(processes: Sequence[subprocess.Popen[str]], *, rounds: int = 1) -> list[dict[str, Any]]:
    """Let processes begin each round at once, when all of them are ready, and give what they print: JSON."""
    with looked_after(*processes):
        for _ in range(rounds):
            begin_at_once(processes)
        told = []
        for process in processes:
            said, _ = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0, f"ended with {process.returncode}"
            told.append(json.loads(said))
        return told
