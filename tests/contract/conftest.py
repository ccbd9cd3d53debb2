"""The stores that a contract test runs on, each fresh."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.store.recorders import Recorder, open_recorder


@pytest.fixture(params=["memory", "file", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty store: in memory, on a SQLite file, on PostgreSQL."""
    if request.param == "memory":
        return "sqlite:///:memory:"
    return _shared(request, tmp_path)


@pytest.fixture(params=["file", "postgres"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty store that several processes may open."""
    return _shared(request, tmp_path)


def _shared(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"sqlite:///{tmp_path}/log.db"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def recorder(store_url: str) -> Iterator[Recorder]:
    """Open an empty store."""
    with open_recorder(store_url) as opened:
        yield opened


@pytest.fixture
def shared(shared_url: str) -> Iterator[Recorder]:
    """Open an empty store that several connections may read and write at once."""
    with open_recorder(shared_url) as opened:
        yield opened
