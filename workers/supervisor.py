"""The supervisor: forks the workers and the sweeper, brings back whoever dies, and takes nobody along when it goes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from dispatch import Settings, get_logger

from .station import Station
from .sweeper import Sweeper
from .worker import serve

PROCESSES_MAX = 64
POLL_S = 0.05
SETTLED_S = 2.0
"""A child that lived so long was well, and is brought back at once."""
REST_FIRST_S = 0.1
REST_MAX_S = 2.0
QUICK_DEATHS_MAX = 100
"""Deaths in a row of one child before it was settled; then something is wrong that a restart does not mend."""
PATIENCE_S = 10.0
"""Beyond the time limit of a job: who has not ended by then is killed."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = get_logger(__name__)


class GaveUp(Exception):
    """A child died again and again as soon as it was started; its own lines in the log say why."""


@dataclass(slots=True)
class Child:
    """One place in the crew: what it does, and the process that does it now."""

    name: str
    work: Callable[[], None]
    once: bool = False
    pid: int | None = None
    began: float = 0.0
    rest_until: float = 0.0
    quick_deaths: int = 0
    done: bool = field(default=False)


class Supervisor:
    """
    Runs one store by rq workers: a `Runner` made of processes.

    Every child opens its own connections after the fork. A child that dies is started again at once,
    and with growing rests when it dies before it has settled.

    Parameters
    ----------
    settings
        With the addresses of the store and of Redis.
    processes
        Workers, 1 to 64; the sweeper is one more process.
    burst
        Ring whoever lags, work until the queue is empty, and end.
    deaths_max
        Deaths in a row of one child, each before it was settled, that are borne.

    Notes
    -----
    Run it in the main thread of a program without other threads: it forks.
    """

    def __init__(
        self, settings: Settings, *, processes: int = 2, burst: bool = False, deaths_max: int = QUICK_DEATHS_MAX
    ) -> None:
        if not 1 <= processes <= PROCESSES_MAX:
            raise ValueError(f"processes: expected 1 to {PROCESSES_MAX}")
        self._settings = settings
        self._burst = burst
        self._deaths_max = deaths_max
        workers = [Child(f"worker-{n}", self._serve, once=burst) for n in range(1, processes + 1)]
        self._sweeper = Child("sweeper", self._sweep, once=burst)
        self._children = [*workers, self._sweeper]
        self._alive, self._held = -1, -1

    def run(self, stop: Event) -> None:
        """
        Keep everybody at work until `stop` is set; then let each finish what is at hand, and end.

        Raises
        ------
        GaveUp
            A child died more than `deaths_max` times in a row as soon as it was started.
        """
        self._alive, self._held = os.pipe()
        try:
            if self._burst:
                self._tend([self._sweeper], stop)
            self._tend(self._children, stop)
        finally:
            self._end()
            os.close(self._alive)
            os.close(self._held)

    def _tend(self, children: list[Child], stop: Event) -> None:
        while not stop.is_set():
            for child in children:
                self._reap(child)
                if child.pid is None and not child.done and time.monotonic() >= child.rest_until:
                    self._start(child)
            if all(child.done for child in children):
                return
            stop.wait(POLL_S)

    def _start(self, child: Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # a signal between fork and handler must not be lost
        try:
            child.pid = os.fork()
            child.began = time.monotonic()
            if child.pid == 0:
                self._be(child)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        _log.info("child_started", role=child.name.partition("-")[0], worker=child.name, pid=child.pid)

    def _be(self, child: Child) -> None:
        """Be the child; never returns."""
        code = 1
        try:
            os.close(self._held)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            follow_parent(self._alive, patience_s=self._patience_s)
            child.work()
            code = 0
        except Exception:  # noqa: BLE001 - the last line of a process; the parent starts another
            _log.exception("child_failed", worker=child.name)
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(code)

    def _reap(self, child: Child) -> bool:
        """Take note of a death; True when the child is gone."""
        if child.pid is None:
            return True
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if pid == 0:
            return False
        code = os.waitstatus_to_exitcode(status)
        lived = time.monotonic() - child.began
        child.pid = None
        child.done = child.once and code == 0
        child.quick_deaths = 0 if child.done or lived >= SETTLED_S else child.quick_deaths + 1
        if code < 0:
            name = signal.Signals(-code).name
            _log.info("child_ended", worker=child.name, pid=pid, attempt=child.quick_deaths, signal=name)
        else:
            _log.info("child_ended", worker=child.name, pid=pid, attempt=child.quick_deaths, exit_code=code)
        if child.quick_deaths > self._deaths_max:
            raise GaveUp(f"{child.name} died {child.quick_deaths} times in a row within {SETTLED_S:g} s of its start")
        rests = child.quick_deaths - 1  # the first one is started again at once
        child.rest_until = time.monotonic() + (min(REST_FIRST_S * 2**rests, REST_MAX_S) if rests > 0 else 0.0)
        return True

    def _end(self) -> None:
        """Tell everybody to end, wait, and kill who does not."""
        for child in self._children:
            if child.pid is not None:
                os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + self._patience_s
        while remaining := [child for child in self._children if not self._is_gone(child)]:
            if time.monotonic() > deadline:
                deadline = float("inf")
                for child in remaining:
                    _log.error("child_killed", worker=child.name, pid=child.pid)
                    os.kill(child.pid or 0, signal.SIGKILL)
            time.sleep(POLL_S)

    def _is_gone(self, child: Child) -> bool:
        with contextlib.suppress(GaveUp):
            return self._reap(child)
        return True

    @property
    def _patience_s(self) -> float:
        return self._settings.job_timeout_s + PATIENCE_S

    def _serve(self) -> None:
        serve(self._settings, burst=self._burst)

    def _sweep(self) -> None:
        station = Station(self._settings)
        try:
            if self._burst:
                Sweeper(station).sweep()
            else:
                Sweeper(station).run(stop_on_signals())
        finally:
            station.close()


def follow_parent(alive: int, *, patience_s: float) -> None:
    """
    End this process when its parent is gone: politely, and by force when that takes too long.

    Parameters
    ----------
    alive
        Reading end of a pipe whose writing end only the parent holds.
    patience_s
        Seconds between being told and being killed.

    Notes
    -----
    A pipe works on every system and whatever kills the parent. A thread watches it, because nobody
    else wakes up for it; it is a process of our own, so nobody is surprised by the thread.
    """
    main = threading.get_ident()

    def watch() -> None:
        with contextlib.suppress(OSError):
            os.read(alive, 1)
        _log.warning("parent_gone", pid=os.getpid())
        signal.pthread_kill(main, signal.SIGTERM)  # to that thread: only there it ends a wait for the server
        time.sleep(patience_s)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()


def stop_on_signals() -> Event:
    """Return an event that SIGTERM sets, and SIGINT unless it is ignored."""
    stop = Event()

    def handle(_signum: int, _frame: object) -> None:
        # Not here: the signal may have come while this thread holds the event's own lock.
        threading.Thread(target=stop.set, name="stop").start()

    signal.signal(signal.SIGTERM, handle)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, handle)
    return stop
