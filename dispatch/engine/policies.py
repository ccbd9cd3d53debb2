"""Verbs about policies: which one is in force, now or then, and adopting one that comes with the engine."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from ..domain.community import registered
from ..domain.errors import Refused
from ..domain.policies import SHIPPED, shipped
from ..domain.policy import Policy
from ..store.journal import Answer
from .plan import Call, community_id
from .reading import Reading


class Policies(Reading):
    """How work is shared out; the policy itself is data and goes into the log whole."""

    def policy(self, community: str, *, as_of: int | datetime | None = None) -> Policy:
        """
        Return the policy in force, now or as of a position or an instant.

        Raises
        ------
        Unknown
            Nobody had registered this community.
        """
        return registered(self._reader(as_of), community_id(community)).policy

    def adopt_shipped_policy(
        self, community: str, name: str, *, version: int | None = None, **call: Unpack[Call]
    ) -> Answer:
        """
        Share work out under a policy that comes with the engine, by default its latest version.

        Raises
        ------
        Refused
            ``unknown_policy``: there is none of this name and version;
            ``policy_version``: another content is in force under this name and version.
        """
        return self.adopt_policy(community, shipped_policy(name, version), **call)


def shipped_policy(name: str, version: int | None = None) -> Policy:
    """
    Return a policy that comes with the engine, by default its latest version.

    Raises
    ------
    Refused
        ``unknown_policy``: there is none of this name and version.
    """
    found = shipped(name, version)
    if found is None:
        known = ", ".join(f"{policy.name} {policy.version}" for policy in SHIPPED)
        which = "of that name" if version is None else f"of that name and version {version}"
        raise Refused("unknown_policy", f"No policy {which} comes with the engine. There are {known}.")
    return found
