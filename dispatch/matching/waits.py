"""What leaving a leg unserved costs as time passes, and what opens to it: worked out again when an hour has come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ..domain.policy import Policy
from ..domain.values import LegId, Urgency
from .eligible import CAN_WAIT, Task
from .levels import Levels, unserved_vector
from .tiers import waits_since

NEVER = datetime.max.replace(tzinfo=UTC)


def anything_opens(policy: Policy) -> bool:
    """Tell whether a policy asks further people only of legs that have waited."""
    return policy.reserve.is_kept or any(any(tier) for tier in policy.tiers.by_tier)


def openings_of(task: Task, policy: Policy) -> list[int]:
    """Return after how many seconds of waiting each tier, and the reserve, opens to a leg."""
    rank = task.request.urgency.rank
    openings = [tier[rank] for tier in policy.tiers.by_tier]
    if policy.reserve.is_kept and task.request.urgency in CAN_WAIT:
        openings.append(policy.reserve.opens_after(task.request.urgency))
    return openings


def moment_of(task: Task, policy: Policy, at: datetime) -> int:
    """Return how many of the tiers and reserves that open as a leg waits are open."""
    return moment_until(task, policy, at)[0]


def moment_until(task: Task, policy: Policy, at: datetime) -> tuple[int, datetime]:
    """Return how many of the tiers and reserves that open as a leg waits are open, and until when it stays so."""
    openings = openings_of(task, policy)
    if not any(openings):
        return 0, NEVER
    since = waits_since(task.request, task.leg)
    waited = (at - since).total_seconds()
    to_come = [seconds for seconds in openings if waited < seconds]
    until = since + timedelta(seconds=min(to_come)) if to_come else NEVER
    return len(openings) - len(to_come), until


class _Wait(NamedTuple):
    task: Task
    since: datetime
    until: datetime
    costs: tuple[int, ...]


class Waits:
    """What leaving each leg unserved cost in the last run, and until when it costs the same."""

    def __init__(self) -> None:
        self._policy: Policy | None = None
        self._before: dict[LegId, _Wait] = {}
        self._now: dict[LegId, _Wait] = {}

    def turn(self, policy: Policy) -> None:
        """Begin a run; what it does not ask for is forgotten by the next."""
        self._before = self._now if policy == self._policy else {}
        self._policy, self._now = policy, {}

    def of(self, leg: LegId, task: Task, *, policy: Policy, at: datetime, levels: Levels) -> tuple[int, ...]:
        """Return what leaving a leg unserved costs at an instant; see `levels.unserved_vector`."""
        wait = self._before.get(leg)
        if wait is None or wait.task is not task or not wait.since <= at < wait.until:
            costs = unserved_vector(task, policy=policy, at=at, levels=levels)
            wait = _Wait(task, at, _costs_until(task, policy, at), costs)
        self._now[leg] = wait
        return wait.costs


def _costs_until(task: Task, policy: Policy, at: datetime) -> datetime:
    """Return until when a leg costs what it does at an instant: the next step of ageing, or no longer than now."""
    request, since = task.request, waits_since(task.request, task.leg)
    if request.urgency is Urgency.LIFE or at < since:
        return at
    due_at = request.due_at if request.urgency is Urgency.HEALTH else None
    if due_at is not None and due_at <= at:
        return at
    step = policy.ageing_s // 2 if task.beneficiary.green_lane else policy.ageing_s
    steps = int((at - since).total_seconds()) // step + 1
    older_at = since + timedelta(seconds=steps * step)
    return older_at if due_at is None else min(older_at, due_at)
