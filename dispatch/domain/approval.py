"""Approval (审批): what a person of a named role says before the work of a request is shared out (R2, R12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .values import Account, Code, Fact, Instant, Role


@dataclass(frozen=True, slots=True)
class Approval:
    """One role's yes, and whose it was."""

    role: Role
    by: str


class ApprovalGiven(Fact):
    """A person of a role that is asked approved; the legs are shared out when no role is missing."""

    TOPIC: ClassVar[str] = "request.approval_given"
    role: Role
    by: Account
    given_at: Instant


class ApprovalRefused(Fact):
    """A person of a role that is asked refused: the request ends."""

    TOPIC: ClassVar[str] = "request.approval_refused"
    role: Role
    by: Account
    reason: Code
    refused_at: Instant


def missing_roles(needed: tuple[Role, ...], given: tuple[Approval, ...]) -> tuple[Role, ...]:
    """Return the roles that have not approved yet, as the kind lists them."""
    have = {approval.role for approval in given}
    return tuple(role for role in needed if role not in have)
