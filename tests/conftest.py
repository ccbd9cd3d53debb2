"""
Servers for every test that wants one, started at the first wish and once per test process.

A server that does not come up fails the test that wanted it: it never skips. Own servers
are named by ``DISPATCH_TEST_POSTGRES_URL`` and ``DISPATCH_TEST_REDIS_URL``. A test that
kills or freezes a server starts its own with `tests.servers`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import redis
from hypothesis import HealthCheck, settings

from tests.servers import fresh_database, start_postgres, start_valkey

# The same examples at every run, no deadline, and no complaint about slow making: a slow machine is not a failure.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("house", unhurried, derandomize=True)
# New examples at every run, and many: `make soak`.
settings.register_profile("soak", unhurried, max_examples=2_000)
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the address of a PostgreSQL server on which databases may be created."""
    given = os.environ.get("DISPATCH_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with start_postgres() as server:
        yield server.url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """Give the address of a database that no other test has seen; it is dropped afterwards."""
    with fresh_database(postgres_url, prefix="dispatch_test") as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> Iterator[str]:
    """
    Give the address of a Redis protocol server, empty at each test's `redis_database`.

    Of a server that was named from outside each parallel test process takes a database of
    its own, counted from the one in the address, so that none empties another's.
    """
    given = os.environ.get("DISPATCH_TEST_REDIS_URL")
    if given:
        parts = urlsplit(given)
        ours = 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))
        number = int(parts.path.strip("/") or "0") + ours
        yield parts._replace(path=f"/{number}").geturl()
        return
    with start_valkey() as server:
        yield server.url


@pytest.fixture
def redis_database(redis_url: str) -> Iterator[str]:
    """Give the address of an empty Redis database; it is emptied again afterwards."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        yield redis_url
        client.flushdb()
