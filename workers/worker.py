"""One worker process: rq's `SimpleWorker`, made to believe little, to wait briefly and to end politely."""

from __future__ import annotations

import secrets
import signal
import time
from datetime import UTC, datetime
from types import FrameType, TracebackType

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.timeouts import BaseTimeoutException
from rq.worker import SimpleWorker, WorkerStatus
from structlog.contextvars import clear_contextvars

from dispatch import QUEUE, Settings, bound, get_logger

from .jobs import WakeJob, WakeQueue
from .station import Station

WORKER_TTL_S = 30
MAINTENANCE_EVERY_S = 15
JOB_MONITORING_EVERY_S = 5
DEQUEUE_S = 5
"""Seconds of one wait for a message; between two of them a worker does its maintenance."""
SOCKET_S = DEQUEUE_S + 2
"""Seconds after which a server that says nothing is taken for frozen."""
RECONNECT_MAX_S = 5.0
RECONNECT_FIRST_S = 0.2

_log = get_logger(__name__)


class WakeWorker(SimpleWorker):
    """
    Takes messages from the one queue and drains in its own process, with warm boards.

    Unlike rq's own it takes no orders by publish/subscribe, waits seconds and not minutes for a server
    that is away, and finishes the job at hand however often it is told to stop.

    Parameters
    ----------
    station
        Engine and bell of this process.
    connection
        Of this worker alone: rq sets its timeouts.
    """

    log_result_lifespan = False
    max_connection_wait_time = RECONNECT_MAX_S

    def __init__(self, station: Station, connection: Redis) -> None:
        queue = WakeQueue(QUEUE, connection=connection, job_class=WakeJob, serializer=JSONSerializer)
        super().__init__(
            [queue],  # one queue: with two, a worker killed at the wrong moment loses the message for good
            name=secrets.token_hex(8),
            connection=connection,
            job_class=WakeJob,
            queue_class=WakeQueue,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL_S,
            maintenance_interval=MAINTENANCE_EVERY_S,
            job_monitoring_interval=JOB_MONITORING_EVERY_S,
            default_result_ttl=0,
            log_job_description=False,
        )
        self._station = station

    @property
    def dequeue_timeout(self) -> int:
        """Seconds of one wait for a message."""
        return DEQUEUE_S

    @property
    def connection_timeout(self) -> int:
        """Seconds that one word with the server may take."""
        return SOCKET_S

    @property
    def is_stopping(self) -> bool:
        """Whether somebody told it to stop."""
        return self._shutdown_requested_date is not None

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run one job, with what it works with and our own time limit."""
        if isinstance(job, WakeJob):
            job.station = self._station
        job.timeout = self._station.settings.job_timeout_s
        super().execute_job(job, queue)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run one job with its ids on every line of the log."""
        clear_contextvars()
        with bound(job=job.id, execution=execution.id, worker=self.name, queue=queue.name):
            return super().perform_job(job, queue, execution)

    def handle_exception(
        self,
        job: Job,
        *exc_info: type[BaseException] | BaseException | TracebackType | None,
    ) -> None:
        """Say by type and place what went wrong; a drain cut short by the time limit leaves no engine behind."""
        error = next((part for part in exc_info if isinstance(part, BaseException)), None)
        _log.error("job_failed", exc_info=error)
        if isinstance(error, BaseTimeoutException):  # raised anywhere, so anything may be half done in memory
            self._station.drop()

    def run_maintenance_tasks(self) -> None:
        """Tidy up after dead workers; what somebody else has put there must not stop a living one."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except (NoConnection, NoAnswer, StopRequested):
            raise
        except Exception:  # noqa: BLE001 - nothing of ours waits for it; it is said and tried again
            _log.exception("maintenance_failed")
            for queue in self.queues:  # ids of messages at hand: rq's own notes, in which it stumbled
                self.connection.delete(queue.intermediate_queue_key)
            self.last_cleaned_at = datetime.now(UTC)  # type: ignore[assignment]  # rq infers None

    def subscribe(self) -> None:
        """Take no orders from whoever can write to Redis; the supervisor sends signals."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End now when idle, after the job at hand when busy; said again it changes nothing."""
        self._shutdown_requested_date = self._shutdown_requested_date or datetime.now(UTC)
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGTERM, self.request_stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the supervisor, which tells us


def serve(settings: Settings, *, burst: bool = False) -> None:
    """
    Work until told to stop by SIGTERM, through every absence of the server.

    Parameters
    ----------
    settings
        With the addresses of the store and of Redis.
    burst
        End when the queue is empty, or the server cannot be reached.
    """
    station = Station(settings)
    rest, worker = RECONNECT_FIRST_S, None
    try:
        while worker is None or not worker.is_stopping:
            began = time.monotonic()
            try:
                worker = WakeWorker(station, _connect(station.redis_url))
                worker.work(burst=burst)
            except RedisError as error:
                _log.warning("redis_unreachable", error=type(error).__name__)
            if burst or (worker is not None and worker.is_stopping):
                return
            if time.monotonic() - began > RECONNECT_MAX_S:
                rest = RECONNECT_FIRST_S
            time.sleep(rest)
            rest = min(2 * rest, RECONNECT_MAX_S)
    except StopRequested:
        return  # told to stop between two connections
    finally:
        station.close()


def _connect(url: str) -> Redis:
    # No retries here: the loop above has its own, and says so each time.
    return Redis.from_url(url, socket_timeout=SOCKET_S, socket_connect_timeout=SOCKET_S, retry=Retry(NoBackoff(), 0))
