"""Every store the façade runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.town import Town, town_on


def _url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    match kind:
        case "memory":
            return "sqlite:///:memory:"
        case "file":
            return f"sqlite:///{tmp_path}/community.db"
        case _:
            database: str = request.getfixturevalue("postgres_database")
            return database


@pytest.fixture(params=["memory", "file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty store, of each kind in turn."""
    return _url(request.param, request, tmp_path)


@pytest.fixture(params=["file", "postgres"])
def lasting_store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty store that outlives its engine."""
    return _url(request.param, request, tmp_path)


@pytest.fixture
def file_store(tmp_path: Path) -> str:
    """Give the address of an empty SQLite file."""
    return f"sqlite:///{tmp_path}/community.db"


@pytest.fixture
def town(store: str) -> Iterator[Town]:
    """Give a settled community on each kind of store."""
    with town_on(store) as settled:
        yield settled


@pytest.fixture
def quick() -> Iterator[Town]:
    """Give a settled community in memory, where the store does not matter."""
    with town_on("sqlite:///:memory:") as settled:
        yield settled
