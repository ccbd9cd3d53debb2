"""Verbs about authority: who may act in which role, over which place, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from ..domain import authority
from ..domain.authority import who_holds
from ..domain.commands import TABLE
from ..domain.errors import Refused
from ..domain.grants import Grant
from ..domain.values import Place, Role
from ..store.journal import Answer
from .given import about, one_of
from .plan import Call
from .registers import Where
from .running import Running


@dataclass(frozen=True, slots=True)
class Held:
    """An account with one of the grants it has."""

    account: str
    grant: Grant


class Authority(Running):
    """One method per verb about grants (授权)."""

    def grant(
        self,
        community: str,
        account: str,
        role: Role | str,
        *,
        scope: Where | None = None,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        **call: Unpack[Call],
    ) -> Answer:
        """
        Let an account act in a role (授权); a responder has its own role by registration and needs no grant.

        Parameters
        ----------
        account
            Id of a staff account, a responder or a resident; never a name.
        role
            Staff may grant any role of a responder, and auditor; a building lead floor_captain and volunteer.
        scope
            The place it is for; the whole community by default.
        valid_from, valid_until
            From now and for ever by default.

        Raises
        ------
        Refused
            ``may_not_grant``, ``beyond_own_grant`` (nobody grants more than they have), ``out_of_scope``.
        """
        place = Place() if scope is None else self.locate(community, scope).place
        fields = {
            "account": account,
            "role": one_of(Role, role, "role"),
            "scope": place,
            "valid_from": valid_from,
            "valid_until": valid_until,
        }
        return self._say(community, about(authority.GrantRole, **fields), call)

    def revoke(self, community: str, account: str, role: Role | str, **call: Unpack[Call]) -> Answer:
        """
        Take a role from an account, over every place.

        Its queued commands are refused from here on; a responder is asked for nothing more in it, and the
        next drain takes back what they hold.

        Raises
        ------
        Refused
            ``last_grant``: nobody else could grant roles over the whole community for good.
        """
        fields = {"account": account, "role": one_of(Role, role, "role")}
        return self._say(community, about(authority.RevokeRole, **fields), call)

    def grants(self, community: str, *, account: str | None = None) -> tuple[Held, ...]:
        """Return who holds which grants now or later, in order of account; those of one account if it is named."""
        held = self.register_of(community).grants.held
        names = sorted(held) if account is None else [account]
        return tuple(Held(name, grant) for name in names for grant in held.get(name, ()))

    def who_may(self, community: str, command: str, *, where: Where | None = None) -> tuple[str, ...]:
        """
        Return who may give a command at a place now: accounts by their grants, responders by their registration.

        Parameters
        ----------
        command
            Its name, such as SetControlLevel.
        where
            The place; by default the whole community.

        Raises
        ------
        Refused
            ``unknown_command``: there is none of this name.
        """
        roles = next((roles for kind, (_, roles) in TABLE.items() if kind.__name__ == command), None)
        if roles is None:
            raise Refused("unknown_command", "There is no command of this name. See the list of commands in the docs.")
        place = Place() if where is None else self.locate(community, where).place
        board = self.board_of(community)
        return who_holds(board.place_register.grants, board.responders, roles=roles, place=place, at=self.clock())
