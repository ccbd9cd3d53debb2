"""What every verb stands on: build the command, seal before deciding, decide, ring."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from pydantic import ValidationError

from ..domain.address import Address, BadAddress, parse_address
from ..domain.community import Registered
from ..domain.errors import Refused, Unknown
from ..domain.finding import Found, find_place
from ..domain.text import BadText, clean_name, clean_note, clean_phone
from ..domain.values import Actor, Command, CommunityId, Place, check_community, community_stream
from ..settings import Settings
from ..store.journal import Answer, Issued, Journal
from ..store.keys import Sealer, body_digest, seal
from ..wake import Wake


class Call(TypedDict, total=False):
    """
    What any verb takes besides its own arguments.

    Attributes
    ----------
    by
        Who says it; the engine's own actor by default.
    on_behalf_of
        Whose answer it is, when somebody answers for another (代办): both names are stored.
    command_id
        Your id for this command; sent again with the same id and body, it is answered and not done again.
    occurred_at
        When it happened by the device's clock, if that was earlier; aware.
    """

    by: Actor
    on_behalf_of: str
    command_id: str
    occurred_at: datetime


COMMAND_ID_MAX = 60

_CLEAN: Mapping[str, Callable[[str], str]] = {"name": clean_name, "phone": clean_phone, "note": clean_note}


@dataclass(frozen=True, slots=True)
class Personal:
    """Fields about one person, to be sealed under that person's key before anything is decided."""

    subject: str
    fields: Mapping[str, str | None]

    def clean(self) -> dict[str, str]:
        """Return the fields that say something, cleaned."""
        given = {name: text for name, text in self.fields.items() if text is not None}
        cleaned = {name: _CLEAN.get(name, clean_note)(text) for name, text in given.items()}
        return {name: text for name, text in cleaned.items() if text}


@dataclass(frozen=True, slots=True)
class Plan:
    """
    One command before its personal fields are sealed.

    `said` is what the caller said, for the digest that tells a repeat from another command; ids that
    the engine made are not part of it.
    """

    kind: type[Command]
    fields: Mapping[str, Any]
    said: Mapping[str, Any]
    personal: Personal | None = None
    found_by: Mapping[str, str] = field(default_factory=dict)


class Core:
    """
    The parts an engine is made of.

    Parameters
    ----------
    journal
        The log.
    sealer
        Seals and opens personal fields.
    clock
        Gives the instant of now, aware; the only clock of the engine.
    ids
        Gives 16 random lower-case letters and digits at each call.
    actor
        Who speaks when a call names nobody.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        sealer: Sealer,
        settings: Settings,
        wake: Wake,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        actor: Actor,
    ) -> None:
        self.journal = journal
        self.sealer = sealer
        self.settings = settings
        self.wake = wake
        self.clock = clock
        self.ids = ids
        self.actor = actor

    def _new(self, letter: str) -> str:
        return f"{letter}-{self.ids()}"

    def _say(self, community: str, plan: Plan, call: Call) -> Answer:
        here = community_id(community)
        command_id = command_id_of(call.get("command_id"), self.ids)
        key, sealed = self._sealed(here, plan, command_id)
        command = build(
            plan, community=here, at=self.clock(), actor=call.get("by", self.actor), call=call, sealed=sealed
        )
        issued = Issued(command_id, digest_of([plan], key), call.get("occurred_at"))
        answer = self.journal.execute(command, issued)
        self._after(here, answer, [plan])
        return answer

    def _say_together(self, community: str, plans: list[Plan], call: Call) -> Answer:
        """Give several commands in one save; when one is refused, none is done."""
        here = community_id(community)
        command_id = command_id_of(call.get("command_id"), self.ids)
        commands, key = [], None
        for plan in plans:
            found, sealed = self._sealed(here, plan, command_id)
            key = key or found
            actor = call.get("by", self.actor)
            commands.append(build(plan, community=here, at=self.clock(), actor=actor, call=call, sealed=sealed))
        issued = Issued(command_id, digest_of(plans, key), call.get("occurred_at"))
        answer = self.journal.execute_together(commands, issued)
        self._after(here, answer, plans)
        return answer

    def _sealed(self, community: CommunityId, plan: Plan, command_id: str) -> tuple[bytes | None, dict[str, Any]]:
        if plan.personal is None or not (texts := clean_personal(plan.personal)):
            return None, {}
        subject = plan.personal.subject
        key = self.sealer.sealing_keys(community, [subject])[subject]
        return key, {
            name: seal(text, community=community, subject=subject, command=command_id, field=name, key=key)
            for name, text in texts.items()
        }

    def _after(self, community: CommunityId, answer: Answer, plans: list[Plan]) -> None:
        if not answer.events or answer.repeated:
            return
        for plan in plans:
            if plan.personal is not None and plan.found_by:
                self.sealer.remember(community, plan.personal.subject, **plan.found_by)
        self.wake.ring(community)

    def register_of(self, community: str) -> Registered:
        """
        Return the place register, catalogue and policy of a community.

        Raises
        ------
        Unknown
            Nobody registered this community.
        """
        here = community_id(community)
        state, _ = self.journal.state(community_stream(here))
        if not isinstance(state, Registered):
            raise Unknown("community", here, now="Register it first (`dispatch init`).")
        return state

    def locate(self, community: str, where: str | Place | Address) -> Found:
        """
        Return the place that a written address means, with the door number beside it.

        Parameters
        ----------
        where
            «11号楼3单元501», «12A-05-123», or a `Place`.

        Raises
        ------
        Refused
            The address cannot be read, or the register has no such place.
        """
        if isinstance(where, Place):
            return Found(where, None)
        try:
            address = where if isinstance(where, Address) else parse_address(where)
        except BadAddress as bad:
            raise Refused(str(bad.problem), str(bad), expected=bad.expected) from None
        return find_place(self.register_of(community), address)


def community_id(text: str) -> CommunityId:
    """Return a checked community id; refused as ``bad_community_id`` when it is none."""
    try:
        return check_community(text)
    except ValueError as bad:
        raise Refused("bad_community_id", f"The community id is not usable: {bad}.") from None


def command_id_of(given: str | None, ids: Callable[[], str]) -> str:
    """Return the caller's command id, checked, or a new one; refused as ``bad_command_id``."""
    if given is None:
        return f"c-{ids()}"
    if not 1 <= len(given) <= COMMAND_ID_MAX or not given.isascii() or not given.isprintable():
        raise Refused("bad_command_id", "A command id has 1 to 60 printable ASCII characters. Use for example a UUID.")
    return given


def clean_personal(personal: Personal) -> dict[str, str]:
    """
    Return the personal fields cleaned, without empty ones.

    Raises
    ------
    Refused
        A field is not usable text; the message names the field and the problem, never the text.
    """
    try:
        return personal.clean()
    except BadText as bad:
        raise Refused("bad_text", str(bad), what=bad.what, problem=str(bad.problem)) from None


def build(
    plan: Plan, *, community: CommunityId, at: datetime, actor: Actor, call: Call, sealed: Mapping[str, Any]
) -> Command:
    """
    Return the validated command of a plan.

    Raises
    ------
    Refused
        ``bad_input``: a field is not what it must be; the message names the field, never the value.
    """
    try:
        return plan.kind(
            community=community,
            actor=actor,
            on_behalf_of=call.get("on_behalf_of"),
            at=at,
            **{name: value for name, value in plan.fields.items() if value is not None},
            **sealed,
        )
    except ValidationError as error:
        raise bad_input(plan.kind.__name__, error) from None


def bad_input(what: str, error: ValidationError) -> Refused:
    """Return the refusal for values that are not what they must be; it names fields and expectations only."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    first = found[0]
    where = ".".join(str(part) for part in first["loc"]) or "its fields together"
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return Refused(
        "bad_input",
        f"{what}: {where}: {first['msg']}{more}. Correct it and send it again.",
        what=what,
        field=where,
        problem=first["type"],
    )


def digest_of(plans: list[Plan], key: bytes | None) -> bytes:
    """Return the digest of what the caller said, keyed with the subject's key where there is one."""
    said = [[plan.kind.__name__, plan.said, plan.personal.fields if plan.personal else {}] for plan in plans]
    return body_digest(json.dumps(said, sort_keys=True, default=_plain).encode(), key)


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
