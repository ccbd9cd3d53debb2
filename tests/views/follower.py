"""
A process that follows a log, for tests that run several or kill one.

Says how many events it applied: ``python -m tests.views.follower STORE BATCH``. With a third word it is
killed, wherever it is then, when it has come so far.
"""

import os
import signal
import sys
from threading import Thread

from dispatch.store.recorders import Recorder, open_recorder
from dispatch.views.tables import NAME
from tests.views.tables import views_of


def die_at(goal: int, recorder: Recorder) -> None:
    """Kill this process when the views have come to a position, from beside: between batches or inside one."""
    while (recorder.max_tracking_id(NAME) or 0) < goal:
        pass
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    store, batch, *goals = sys.argv[1:]
    with open_recorder(store) as recorder:
        for goal in goals:
            Thread(target=die_at, args=(int(goal), recorder), daemon=True).start()
        sys.stdout.write(f"{views_of(recorder, batch=int(batch)).follow()}\n")
