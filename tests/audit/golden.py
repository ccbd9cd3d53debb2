"""
Golden logs: small days that were recorded once and must replay for ever.

``python -m tests.audit.golden`` records the log of the present matcher anew. Once a version is
released that is never done again for its matcher: raise `MATCHER` and record another file beside it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from dispatch.matching.match import MATCHER
from dispatch.store.recorders import CommandRow, Recorder, StoredEvent, open_recorder
from tests.audit.day import Day

FOLDER = Path(__file__).parent / "golden"
STEPS = 4
ROWS_MAX = 10_000


def file_of(matcher: int) -> Path:
    """Return the file of a matcher's golden log."""
    return FOLDER / f"matcher-{matcher}.jsonl"


def record(path: Path) -> None:
    """Live a short day and write its log: one save a line, the command's row and the rows of its events."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/day.db"
        Day(url, seed=5, steps=STEPS).run()
        with open_recorder(url) as recorder:
            rows = recorder.select_rows(limit=ROWS_MAX)
            lines = []
            for command in recorder.select_commands(limit=ROWS_MAX):
                first, last = command.first_position or 0, command.last_position or 0
                events = [[*row[1:4], row.state.decode()] for row in rows[first - 1 : last]]
                said = [command.command_id, command.actor, command.recorded_at, command.outcome, command.stream]
                lines.append(json.dumps([said, events], ensure_ascii=False))
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def restore(path: Path, recorder: Recorder) -> int:
    """Put a golden log into an empty store; return how many events it has."""
    count = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        (command_id, actor, recorded_at, outcome, stream), events = json.loads(line)
        command = CommandRow(command_id, b"", actor, recorded_at, outcome, stream)
        stored = [StoredEvent(name, version, topic, state.encode()) for name, version, topic, state in events]
        count += len(recorder.insert_events(stored, command=command))
    return count


if __name__ == "__main__":
    record(file_of(MATCHER))
    sys.stdout.write(f"{file_of(MATCHER).name} recorded\n")
