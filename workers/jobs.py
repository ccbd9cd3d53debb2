"""
What a message of the queue may say: which community to drain. Nothing else in it is believed.

Whoever can write to Redis can write a message. rq itself would import and call whatever one names, as
the job, as a callback or by a webhook, with the JSON serializer too.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ResponseError
from rq.exceptions import NoSuchJobError
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job, JobStatus
from rq.queue import Queue
from rq.serializers import JSONSerializer

from dispatch import QUEUE, get_logger

from .queues import FUNCTIONS
from .station import Station

MESSAGE_BYTES_MAX = 1_024
COMMUNITY_LENGTH_MAX = 40

NOBODY = b"refused"
"""Stands for an id that cannot be one; there is no message under it."""

_log = get_logger(__name__)
_JOB_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")

_STATUSES = frozenset(status.value.encode() for status in JobStatus)


class WakeJob(Job):
    """
    A message of the queue, read by this program's rules.

    The name of the function must be one of `FUNCTIONS`, with one argument, a short text. Callbacks,
    webhooks, dependents, groups, repeats, retries, rate limits, time limits and stored results of a
    message are not read at all. A message that says anything else does not exist, so that it cannot
    stop a worker either.

    Attributes
    ----------
    station
        What the job works with; the worker puts it in, a message cannot.
    """

    station: Station | None = None

    @classmethod
    def fetch(  # the parameters are rq's
        cls,
        id: str,  # noqa: A002
        connection: Redis | None = None,
        serializer: Any = None,  # noqa: ARG003
    ) -> WakeJob:
        """
        Return the message under this id.

        Raises
        ------
        NoSuchJobError
            There is none, or it is none that we read; then it is deleted, and the log says so.
        """
        name = id.partition(":")[0]
        if not _JOB_ID.fullmatch(name.encode(errors="replace")):
            _log.warning("message_refused", problem="bad_id")
            raise NoSuchJobError("The message has no usable id. It was left unread.")
        job = cls(name, connection=connection, serializer=JSONSerializer)
        try:
            job.refresh()  # type: ignore[no-untyped-call]
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            raise job.refused("not_a_message") from None
        return job

    @classmethod
    def fetch_many(
        cls,
        job_ids: Iterable[str],
        connection: Redis,
        serializer: Any = None,  # noqa: ARG003
    ) -> list[Job | None]:
        """Return the messages under these ids, `None` for each that is not there or not ours."""
        found: list[Job | None] = []
        for job_id in job_ids:
            try:
                found.append(cls.fetch(job_id, connection=connection))
            except NoSuchJobError:
                found.append(None)
        return found

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Take the function's name, its argument and the status from a stored message, and nothing else."""
        said = _said(raw_data.get(b"data", b""))
        if said is None or said[0] not in FUNCTIONS:
            raise self.refused("foreign_message" if said else "unreadable_message")
        name, argument = said
        self.data = json.dumps((name, None, (argument,), {})).encode()
        status = raw_data.get(b"status", b"")
        self._status = JobStatus(status.decode()) if status in _STATUSES else JobStatus.CREATED
        self.origin = QUEUE
        self.description = name
        self.result_ttl = 0

    def refused(self, problem: str) -> NoSuchJobError:
        """Delete the message, say so in the log, and return the error that makes rq pass on."""
        _log.warning("message_refused", job=self.id, problem=problem)
        self.connection.delete(self.key)
        return NoSuchJobError(f"Message {self.id} is not one of ours ({problem}). It was deleted unread.")

    @property
    def func(self) -> Callable[[str], None]:
        """What the message asks for, out of `FUNCTIONS`; nothing is ever imported by name."""
        function = FUNCTIONS.get(self.func_name or "")
        if self.station is None or function is None:
            raise self.refused("foreign_message")
        return partial(function, self.station)

    @property
    def success_callback(self) -> None:
        """Messages have no callbacks."""

    @property
    def failure_callback(self) -> None:
        """Messages have no callbacks."""

    @property
    def stopped_callback(self) -> None:
        """Messages have no callbacks."""

    def send_webhooks(self, status: str | JobStatus, *, exc_string: str | None = None) -> None:
        """Messages have no webhooks: an address in one would be called from inside our network."""

    def delete(  # the parameters are rq's
        self,
        pipeline: Pipeline | None = None,
        remove_from_queue: bool = True,  # noqa: FBT001, FBT002
        delete_dependents: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Delete the message without asking the server about it first: the server may have been wiped meanwhile."""
        target = pipeline if pipeline is not None else self.connection
        target.delete(self.key, self.dependents_key, self.dependencies_key)

    def _handle_failure(self, exc_string: str, pipeline: Pipeline, *_: object, **__: object) -> None:
        """Forget a message that failed: its traceback may hold anything, and the sweeper asks the log."""
        self.delete(pipeline=pipeline, remove_from_queue=False)


class WakeQueue(Queue):
    """The queue, in which an id that cannot be one is thrown away before rq tries to read it."""

    job_class = WakeJob

    @classmethod
    def lmove(cls, connection: Redis, queue_key: str, timeout: int | None) -> tuple[str, bytes] | None:
        """Move the next id to the list of those at hand, and return it; `NOBODY` for one that cannot be one."""
        moved: tuple[str, bytes] | None = super().lmove(connection, queue_key, timeout)
        if moved is None or _JOB_ID.fullmatch(moved[1]):
            return moved
        _log.warning("message_refused", problem="bad_id")
        IntermediateQueue(queue_key, connection).remove(moved[1])  # type: ignore[arg-type]  # bytes do as well
        return queue_key, NOBODY


def _said(packed: bytes) -> tuple[str, str] | None:
    """Return the function's name and its one argument, `None` when the message says anything else."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, MESSAGE_BYTES_MAX)
        said = json.loads(text) if unpacker.eof and not unpacker.unused_data else None
    except (zlib.error, ValueError, RecursionError):
        return None
    match said:
        case [str(name), None, [str(argument)], dict(kwargs)] if not kwargs:
            short = 0 < len(argument) <= COMMUNITY_LENGTH_MAX
            return (name, argument) if short and argument.isascii() and argument.isprintable() else None
        case _:
            return None
