"""A bounded stock of database connections, opened on demand, with no thread of its own."""

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import Any, Final, Generic, Protocol, TypeVar

from eventsourcing.persistence import InterfaceError, OperationalError


class Closable(Protocol):
    """What a pool asks of a connection."""

    def close(self) -> None:
        """Let go of the connection."""


CLOSED: Final = "This recorder is closed. Open the store again."

Connection = TypeVar("Connection", bound=Closable)

_pools: "weakref.WeakSet[Pool[Any]]" = weakref.WeakSet()
_inherited: list[object] = []


class Pool(Generic[Connection]):
    """
    Lend connections to threads, the one used last first.

    Parameters
    ----------
    connect
        Opens one connection.
    usable
        Says after a loan whether the connection can be lent again. When one comes back broken,
        the idle ones are dropped too: what broke it has mostly broken them.
    size
        Connections at most.
    wait_s
        Seconds that a thread waits for a connection before it gives up.

    Notes
    -----
    A forked child gets an empty pool: two processes must not speak through one connection, and
    even closing an inherited one could harm the parent's.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        usable: Callable[[Connection], bool],
        size: int,
        wait_s: float,
    ) -> None:
        self._connect = connect
        self._usable = usable
        self._size = size
        self._wait_s = wait_s
        self._closed = False
        self._idle: list[Connection] = []
        self._slots = Semaphore(size)
        _pools.add(self)

    @contextmanager
    def borrow(self) -> Iterator[Connection]:
        """
        Lend a connection for the time of a ``with`` block.

        Raises
        ------
        OperationalError
            No connection became free in time.
        InterfaceError
            The pool is closed.
        """
        slots = self._slots
        if not slots.acquire(timeout=self._wait_s):
            raise OperationalError(
                f"None of the {self._size} connections became free within {self._wait_s:g} s. "
                "Try again, or open the store with a larger pool."
            )
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._put_back(connection)
        finally:
            slots.release()

    def close(self) -> None:
        """Close the idle connections now and the lent ones when they come back."""
        self._closed = True
        self._drop_idle()

    def _take(self) -> Connection:
        if self._closed:
            raise InterfaceError(CLOSED)
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _put_back(self, connection: Connection) -> None:
        if not self._usable(connection):
            connection.close()
            self._drop_idle()
        elif self._closed:
            connection.close()
        else:
            self._idle.append(connection)

    def _drop_idle(self) -> None:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took the last one
                return
            connection.close()

    def _forget_parent(self) -> None:
        _inherited.extend(self._idle)
        self._idle = []
        self._slots = Semaphore(self._size)


def _forget_parents() -> None:
    for pool in _pools:
        pool._forget_parent()  # noqa: SLF001 - same file


os.register_at_fork(after_in_child=_forget_parents)
