"""`python -m tests.contract.runners URL` runs a store in a process of its own, without a server, until SIGTERM."""

from __future__ import annotations

import signal
import sys
import threading

from dispatch import Dispatch, LocalRunner, configure


def main(url: str) -> None:
    """Run until told to stop."""
    configure("json")
    stop = threading.Event()
    # From a thread of its own: the signal may come while this one holds the event's lock.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop.set).start())
    with Dispatch.open(url) as engine:
        print("ready", flush=True)  # noqa: T201 - to the test
        LocalRunner(engine).run(stop)


if __name__ == "__main__":
    main(sys.argv[1])
