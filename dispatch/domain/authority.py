"""
Authority (权限): may this actor give this command, over the place it is about, at this position of the log.

A pure function of the log. Every stream it reads is guarded when the decision is saved, so a command
that waited while its actor's role was revoked is refused (S11). Table of roles: `commands.TABLE`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from .climbing import TakeCharge
from .community import Registered, check_place, registered
from .decider import NOTHING, Changes, Decision, Read
from .errors import Refused
from .escalation import Escalation, escalation_stream
from .grants import (
    GRANTS_PER_ACCOUNT_MAX,
    MAY_GRANT,
    Grant,
    Grants,
    RoleGranted,
    RoleRevoked,
    after_revoking,
    founding_grant,
)
from .help_request import HelpRequest
from .intake import AcknowledgeAlarm, ReceiveRequest
from .resident import AccessPersonalData, Resident
from .responder import Departed, Departing, Responder
from .shopping import AddItem
from .subjects import places_of, scopes_of, text_of
from .values import (
    DESK,
    Account,
    Actor,
    Command,
    CommunityId,
    Fact,
    Instant,
    Place,
    ResidentId,
    ResponderId,
    Role,
    community_stream,
    is_local_id,
    request_stream,
    resident_stream,
    responder_stream,
)

NAMED_MAX = 3
"""Accounts named in a refusal as those who can help."""


class GrantRole(Command):
    """Let an account act in a role over a place; from now, unless it begins later."""

    account: Account
    role: Role
    scope: Place
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class RevokeRole(Command):
    """Take a role from an account, over every place."""

    account: Account
    role: Role


def standing(actor: Actor, community: CommunityId, read: Read, *, at: datetime) -> tuple[Grant, ...]:
    """
    Return what an actor holds of the role they speak in, now.

    Grants of the account; the registration, for a responder's own id (R18); the register, for a
    resident's.
    """
    register = registered(read, community)
    held = tuple(grant for grant in register.grants.of(actor.id, actor.role) if grant.is_active(at))
    if not is_local_id(actor.id):
        return held
    if actor.role is Role.RESIDENT:
        known = isinstance(read(resident_stream(community, ResidentId(actor.id))), Resident)
        return (_by_register(Role.RESIDENT, Place(), at),) if known else ()
    person = read(responder_stream(community, ResponderId(actor.id)))
    if not isinstance(person, Responder) or person.role is not actor.role:
        return held
    if (actor.id, actor.role) in register.grants.revoked:
        return held
    return (*held, *(_by_register(person.role, scope, at) for scope in person.scopes))


def who_holds(
    grants: Grants, responders: Mapping[ResponderId, Responder], *, roles: Collection[Role], place: Place, at: datetime
) -> tuple[str, ...]:
    """Return the accounts that hold one of some roles over a place at an instant, in order."""
    granted = {
        account
        for account, held in grants.held.items()
        if any(grant.role in roles and grant.is_active(at) and grant.scope.contains(place) for grant in held)
    }
    serving = {
        str(name)
        for name, person in responders.items()
        if person.role in roles
        and not isinstance(person, Departing | Departed)
        and (name, person.role) not in grants.revoked
        and any(scope.contains(place) for scope in person.scopes)
    }
    return tuple(sorted(granted | serving))


def _by_register(role: Role, scope: Place, at: datetime) -> Grant:
    return Grant(role=role, scope=scope, valid_from=at)


def check_standing(command: Command, read: Read, *, open_to_helpers: bool) -> None:
    """
    Refuse a command whose actor does not hold the role, or not over the place it is about.

    Parameters
    ----------
    open_to_helpers
        Whether every helper may give such a command: then about themselves and their own work they need no
        place, and the command's own rules say whose work it is.

    Raises
    ------
    Refused
        ``role_not_held`` or ``out_of_scope``; both name the role, the place and who can grant it.

    Notes
    -----
    A log without any grant was written before there were any; there, and only there, the embedding
    application vouches for its actors. Everybody may write down that somebody needs help (R1).
    """
    actor = command.actor
    if actor.role is Role.SYSTEM:
        return
    register = read(community_stream(command.community))
    if not isinstance(register, Registered) or not register.grants.governed:
        return
    if register.grants.holds_everywhere(actor.id, actor.role, command.at) or _was_called(command, read):
        return
    held = standing(actor, command.community, read, at=command.at)
    if not held:
        raise _role_not_held(command, register)
    if actor.role is Role.RESIDENT or (open_to_helpers and _needs_no_place(command)):
        return
    person = read(responder_stream(command.community, ResponderId(actor.id))) if is_local_id(actor.id) else None
    if isinstance(person, Departing | Departed):
        raise _role_not_held(command, register)
    for place in places_of(command, read):
        if not any(grant.scope.contains(place) for grant in held):
            raise _out_of_scope(command, register, place)


def _was_called(command: Command, read: Read) -> bool:
    """Who was called for something may take charge of it; the register names them, so no grant is needed."""
    if not isinstance(command, AcknowledgeAlarm | TakeCharge):
        return False
    state = read(request_stream(command.community, command.request))
    if isinstance(state, HelpRequest) and state.alarm is not None and state.alarm.to == command.actor.id:
        return True
    ladder = read(escalation_stream(command.community, command.request))
    return isinstance(ladder, Escalation) and ladder.was_called(command.actor.id)


def _needs_no_place(command: Command) -> bool:
    """Their own work, a need they found (R1), and data that are open to them with a taken leg only (P4)."""
    actor = command.actor
    if isinstance(command, ReceiveRequest | AddItem) or getattr(command, "responder", None) == actor.id:
        return True
    return isinstance(command, AccessPersonalData) and actor.role not in DESK


def _role_not_held(command: Command, register: Registered) -> Refused:
    actor = command.actor
    who = register.grants.who_may_grant(actor.role, Place(), command.at)
    return Refused(
        "role_not_held",
        f"{actor.id} does not hold the role {actor.role} now, so may not {type(command).__name__}. "
        f"{_ask(who)} to grant it.",
        actor=actor.id,
        role=str(actor.role),
        command=type(command).__name__,
        can_grant=who,
    )


def _out_of_scope(command: Command, register: Registered, place: Place) -> Refused:
    actor = command.actor
    who = register.grants.who_may_grant(actor.role, place, command.at)
    return Refused(
        "out_of_scope",
        f"{actor.id} does not hold the role {actor.role} over {text_of(place)}, so may not "
        f"{type(command).__name__} there. {_ask(who)} to grant it, or let whoever is responsible there do it.",
        actor=actor.id,
        role=str(actor.role),
        command=type(command).__name__,
        place=place.model_dump(exclude_none=True),
        can_grant=who,
    )


def _ask(who: Iterable[str]) -> str:
    return f"Ask {', '.join(list(who)[:NAMED_MAX]) or 'a community worker of the register'}"


def grant_role(command: GrantRole, read: Read) -> Decision:
    """
    Grant a role.

    The first grant of a log that has none takes the granter's own role down with it: from then on
    the log says who may what.
    """
    state = registered(read, command.community)
    begins = command.valid_from or command.at
    check_place(state, command.scope)
    if command.valid_until is not None and command.valid_until <= begins:
        raise Refused("ends_before_start", "The grant would end before it begins. Give an end after its beginning.")
    _check_appointment(command, [command.scope], until=command.valid_until, read=read)
    if _is_granted(state, command):
        return NOTHING
    if len(state.grants.held.get(command.account, ())) >= GRANTS_PER_ACCOUNT_MAX:
        raise Refused(
            "too_many_grants",
            f"Account {command.account} has {GRANTS_PER_ACCOUNT_MAX} grants already. "
            "Revoke some, or grant a larger place.",
            account=command.account,
        )
    granted = RoleGranted(
        account=command.account,
        role=command.role,
        scope=command.scope,
        valid_from=begins,
        valid_until=command.valid_until,
        granted_at=command.at,
    )
    return _with_own(command, state, granted)


def _is_granted(state: Registered, command: GrantRole) -> bool:
    if (command.account, command.role) in state.grants.revoked:
        return False
    return any(
        grant.scope == command.scope
        and grant.valid_until == command.valid_until
        and (grant.valid_from == command.valid_from or (command.valid_from is None and grant.valid_from <= command.at))
        for grant in state.grants.of(command.account, command.role)
    )


def revoke_role(command: RevokeRole, read: Read) -> Decision:
    """Revoke a role; said twice, nothing new happens. The last account that may grant everything keeps its role."""
    state = registered(read, command.community)
    scopes = scopes_of(command.account, command.role, command.community, read=read)
    if not scopes:
        return NOTHING
    _check_appointment(command, scopes, until=command.at, read=read)
    fact = RoleRevoked(account=command.account, role=command.role, revoked_at=command.at)
    if state.grants.can_be_kept and not after_revoking(state.grants, fact).can_be_kept:
        raise Refused(
            "last_grant",
            f"{command.account} is the last who may grant roles over the whole community for good. "
            "Grant that to somebody else first.",
            account=command.account,
        )
    return _with_own(command, state, fact)


def _with_own(command: GrantRole | RevokeRole, state: Registered, fact: Fact) -> Decision:
    facts = (fact,) if state.grants.governed else (founding_grant(command.actor, command.at), fact)
    return (Changes(community_stream(command.community), facts),)


def _check_appointment(
    command: GrantRole | RevokeRole, scopes: Iterable[Place], *, until: datetime | None, read: Read
) -> None:
    """Refuse to give or take a role that the actor may not give, or over more or for longer than the actor holds."""
    actor = command.actor
    if command.role not in MAY_GRANT.get(actor.role, ()):
        raise Refused(
            "may_not_grant",
            f"{actor.id} ({actor.role}) may not give or take the role {command.role}. Let a community worker do it.",
            actor=actor.id,
            role=str(actor.role),
            wanted_role=str(command.role),
        )
    if not registered(read, command.community).grants.governed:
        return
    held = standing(actor, command.community, read, at=command.at)
    for scope in scopes:
        if not any(grant.scope.contains(scope) and grant.outlasts(until) for grant in held):
            raise Refused(
                "beyond_own_grant",
                f"{actor.id} does not hold the role {actor.role} over {text_of(scope)} for that long, and nobody "
                "grants more than they have. Grant less, or let somebody who holds more do it.",
                actor=actor.id,
                role=str(actor.role),
                place=scope.model_dump(exclude_none=True),
            )
