"""Links between requests: duplicates, requests that come after others, reopened ones. Nothing is ever dropped."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from .values import Account, Code, Fact, Instant, RequestId

AFTER_MAX = 8
Others = Annotated[tuple[RequestId, ...], Field(max_length=AFTER_MAX)]
"""Requests that must be delivered first, each named once."""


class RequestMerged(Fact):
    """
    A person found that the request asks for what another one already asks for.

    Both lines stay; the merged one ends when its original ends, with the original's outcome.
    """

    TOPIC: ClassVar[str] = "request.merged"
    original: RequestId
    reason: Code
    by: Account
    merged_at: Instant


class MergedRequestEnded(Fact):
    """The original ended, and with it its duplicate: this is what its reporter learns."""

    TOPIC: ClassVar[str] = "request.merged_ended"
    original: RequestId
    outcome: Code
    ended_at: Instant


class OthersAwaited(Fact):
    """The request waits until others are delivered (R4); what had been asked for it is taken back."""

    TOPIC: ClassVar[str] = "request.others_awaited"
    after: Annotated[tuple[RequestId, ...], Field(min_length=1, max_length=AFTER_MAX)]
    since: Instant


class DependencyDropped(Fact):
    """A person decided that the request need not wait for another one any more."""

    TOPIC: ClassVar[str] = "request.dependency_dropped"
    after: RequestId
    reason: Code
    dropped_at: Instant


class RequestReadied(Fact):
    """Nothing is in its way any more: approved, and what it comes after is delivered. It is shared out from now on."""

    TOPIC: ClassVar[str] = "request.readied"
    readied_at: Instant


class RequestReopened(Fact):
    """It was not what was needed, or not true: a new request takes it up. This one stays as it is."""

    TOPIC: ClassVar[str] = "request.reopened"
    reopened_as: RequestId
    reason: Code
    reopened_at: Instant
