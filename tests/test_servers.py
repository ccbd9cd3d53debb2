"""The servers of the tests: alone for each test, and gone with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from tests.servers import ServerDidNotStart, start_valkey
from tests.subprocesses import looked_after

ROOT = Path(__file__).parent.parent
GONE_WITHIN_S = 60.0

OWNER = """
import sys
from tests.servers import start_postgres, start_valkey

servers = start_postgres(), start_valkey()
for server in servers:
    print(server.pid, server.folder, flush=True)
sys.stdin.read()
"""


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be collected does not."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and not listed.stdout.startswith("Z")


@pytest.mark.parametrize("turn", [1, 2])
def test_a_postgres_database_is_fresh(postgres_database: str, turn: int) -> None:
    """What one test leaves in its database, the next does not find."""
    with psycopg.connect(postgres_database) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_stat_user_tables").fetchone()
        assert tables == (0,)
        connection.execute("CREATE TABLE left_behind ()")


@pytest.mark.parametrize("turn", [1, 2])
def test_a_redis_database_is_empty(redis_database: str, turn: int) -> None:
    """What one test leaves in Redis, the next does not find."""
    with redis.Redis.from_url(redis_database) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_servers_end_with_a_killed_owner() -> None:
    """SIGKILL of the process that started the servers ends them and removes their folders."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with looked_after(owner):
        assert owner.stdout is not None
        said = [owner.stdout.readline().split() for _ in range(2)]
        running = [(int(pid), Path(folder)) for pid, folder in said]
        assert all(alive(pid) and folder.is_dir() for pid, folder in running)
        owner.kill()
    deadline = time.monotonic() + GONE_WITHIN_S
    while any(alive(pid) or folder.exists() for pid, folder in running):
        assert time.monotonic() < deadline, f"still there: {running}"
        time.sleep(0.02)


def test_a_killed_valkey_comes_back_on_its_port() -> None:
    """A test may kill its own Valkey and start an empty one at the same address."""
    with start_valkey() as first, redis.Redis.from_url(first.url) as client:
        client.set("lost", "soon")
        os.kill(first.pid, signal.SIGKILL)
        first.stop()
        with start_valkey(port=first.port) as second:
            assert second.url == first.url
            assert client.dbsize() == 0


def test_a_server_that_cannot_start_says_why() -> None:
    """A taken port is an error with a reason, not a wait and not a skip."""
    with (
        start_valkey() as first,
        pytest.raises(ServerDidNotStart, match=rf"valkey did not start.*{first.port}"),
    ):
        start_valkey(port=first.port)
