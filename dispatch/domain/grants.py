"""
Grants (授权): who holds which role over which place and for how long, as the community's log says.

An account acts in a role only while the log holds a grant of it (deny by default). A responder's
own id acts in the role it was registered with, a resident's id as a resident; no grant is needed
for these two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from .decider import with_item, without
from .values import OFFICE, RESPONDING, Account, Actor, Fact, Instant, Place, Role, Value

GRANTS_PER_ACCOUNT_MAX = 64

GRANTABLE = RESPONDING | {Role.AUDITOR}
"""A resident is on the register and the machine is inside: neither is anybody's to grant."""

MAY_GRANT: Mapping[Role, frozenset[Role]] = {
    Role.COMMUNITY_WORKER: GRANTABLE,
    Role.CADRE: GRANTABLE,
    Role.BUILDING_LEAD: frozenset({Role.FLOOR_CAPTAIN, Role.VOLUNTEER}),
}
"""Which roles a role may grant (ours): staff any, a building lead those of the building's own volunteers (R18)."""


class Grant(Value):
    """A role over a place, from an instant and possibly until before another."""

    role: Role
    scope: Place
    valid_from: Instant
    valid_until: Instant | None = None

    def is_active(self, at: datetime) -> bool:
        """Tell whether it holds at an instant."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    def outlasts(self, until: datetime | None) -> bool:
        """Tell whether it holds at least until an instant, `None` being for ever."""
        return self.valid_until is None or (until is not None and until <= self.valid_until)


class RoleGranted(Fact):
    """An account may act in a role over a place."""

    TOPIC: ClassVar[str] = "community.role_granted"
    account: Account
    role: Role
    scope: Place
    valid_from: Instant
    valid_until: Instant | None = None
    granted_at: Instant


class RoleRevoked(Fact):
    """An account may not act in a role any more, over any place; what it still had to do in it ends (S10)."""

    TOPIC: ClassVar[str] = "community.role_revoked"
    account: Account
    role: Role
    revoked_at: Instant


@dataclass(frozen=True, slots=True)
class Grants:
    """
    The grants of one community.

    `governed` is False only for a log that never held a grant, founded before there were any: there
    the embedding application vouches for who speaks. `revoked` takes a role from a responder
    who has it by registration. `everywhere` says since when who holds a role over the whole community for good.
    """

    governed: bool = False
    held: Mapping[str, tuple[Grant, ...]] = field(default_factory=dict)
    revoked: frozenset[tuple[str, Role]] = frozenset()
    everywhere: Mapping[tuple[str, Role], datetime] = field(default_factory=dict)

    def holds_everywhere(self, account: str, role: Role, at: datetime) -> bool:
        """Tell whether an account holds a role over the whole community, now and for good: as desks mostly do."""
        since = self.everywhere.get((account, role))
        return since is not None and since <= at

    def of(self, account: str, role: Role) -> tuple[Grant, ...]:
        """Return the grants of a role that an account has, begun or not."""
        return tuple(grant for grant in self.held.get(account, ()) if grant.role is role)

    def who_may_grant(self, role: Role, place: Place, at: datetime) -> tuple[str, ...]:
        """Return the accounts that may grant a role over a place now, in order."""
        return tuple(
            sorted(
                account
                for account, grants in self.held.items()
                if any(
                    role in MAY_GRANT.get(grant.role, ()) and grant.is_active(at) and grant.scope.contains(place)
                    for grant in grants
                )
            )
        )

    @property
    def can_be_kept(self) -> bool:
        """Tell whether somebody may grant everything everywhere for ever: otherwise the community locks itself out."""
        return any(role in OFFICE for _, role in self.everywhere)


def after_granting(grants: Grants, event: RoleGranted) -> Grants:
    """Return the grants after one more; what has run out is forgotten."""
    new = Grant(role=event.role, scope=event.scope, valid_from=event.valid_from, valid_until=event.valid_until)
    kept = [
        grant
        for grant in grants.held.get(event.account, ())
        if grant.valid_until is None or grant.valid_until > event.granted_at
    ]
    held = with_item(grants.held, event.account, (*(grant for grant in kept if grant != new), new))
    key = (event.account, event.role)
    everywhere = grants.everywhere
    if new.valid_until is None and new.scope == Place():
        everywhere = with_item(everywhere, key, min(new.valid_from, everywhere.get(key, new.valid_from)))
    return Grants(governed=True, held=held, revoked=grants.revoked - {key}, everywhere=everywhere)


def after_revoking(grants: Grants, event: RoleRevoked) -> Grants:
    """Return the grants after a role was taken from an account."""
    kept = tuple(grant for grant in grants.held.get(event.account, ()) if grant.role is not event.role)
    held = with_item(grants.held, event.account, kept) if kept else without(grants.held, event.account)
    key = (event.account, event.role)
    return replace(grants, held=held, revoked=grants.revoked | {key}, everywhere=without(grants.everywhere, key))


def founding_grant(actor: Actor, at: datetime) -> RoleGranted:
    """Return the grant of their own role over the whole community to who founds it."""
    return RoleGranted(account=actor.id, role=actor.role, scope=Place(), valid_from=at, granted_at=at)
