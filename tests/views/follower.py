"""
A process that follows a log, for tests that run several or kill one.

Says how many events it applied: ``python -m tests.views.follower STORE BATCH``.
"""

import sys

from dispatch.store.recorders import open_recorder
from tests.views.tables import views_of

if __name__ == "__main__":
    with open_recorder(sys.argv[1]) as recorder:
        sys.stdout.write(f"{views_of(recorder, batch=int(sys.argv[2])).follow()}\n")
