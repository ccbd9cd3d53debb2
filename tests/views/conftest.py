"""Finished days for the views to follow, on each store."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.store.recorders import CommandRow, Recorder, StoredEvent, open_recorder
from tests.audit.day import Day


@pytest.fixture(scope="session")
def lived_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a finished day that no view has followed; nobody may write to it."""
    path = tmp_path_factory.mktemp("lived") / "day.db"
    Day(f"sqlite:///{path}").run()
    return path


@pytest.fixture
def lived_url(lived_file: Path, tmp_path: Path) -> str:
    """Give the address of a copy of it."""
    shutil.copy(lived_file, tmp_path / "day.db")
    return f"sqlite:///{tmp_path}/day.db"


@pytest.fixture(params=["file", "postgres"])
def either_url(request: pytest.FixtureRequest, lived_url: str) -> str:
    """Give the address of a copy of it on each store."""
    if request.param == "file":
        return lived_url
    url: str = request.getfixturevalue("postgres_database")
    with open_recorder(lived_url) as source, open_recorder(url) as target:
        copy_log(source, target)
    return url


@pytest.fixture
def either(either_url: str) -> Iterator[Recorder]:
    """Open it."""
    with open_recorder(either_url) as recorder:
        yield recorder


def copy_log(source: Recorder, target: Recorder, *, last: int | None = None) -> None:
    """Append the saves of one store to another, up to a position."""
    rows = source.select_rows(limit=1_000_000, lte=last)
    for command in source.select_commands(limit=1_000_000):
        first = command.first_position or 0
        if last is not None and first > last:
            return
        events = [StoredEvent(*row[1:]) for row in rows[first - 1 : command.last_position]]
        target.insert_events(events, command=CommandRow(*_unplaced(command)))


def _unplaced(command: CommandRow) -> tuple[str, bytes, str, int, str, str | None]:
    return (
        command.command_id,
        command.digest,
        command.actor,
        command.recorded_at,
        command.outcome,
        command.stream,
    )
