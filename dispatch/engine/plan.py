"""What a caller said, on its way to a command: checked, cleaned, told apart from a repeat."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypedDict

from pydantic import ValidationError

from ..domain.errors import Refused
from ..domain.text import BadText, clean_name, clean_note, clean_phone
from ..domain.values import Actor, Command, CommunityId, Role, check_community
from ..store.keys import body_digest


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
        Your id for this command, 1 to 60 printable ASCII characters without spaces; sent again with the
        same id and body, it is answered and not done again.
    occurred_at
        When it happened by the device's clock, if that was earlier; aware. Not part of the body.
    """

    by: Actor
    on_behalf_of: str
    command_id: str
    occurred_at: datetime


COMMAND_ID_MAX = 60
_COMMAND_ID = re.compile(rf"[!-~]{{1,{COMMAND_ID_MAX}}}")
OF_THE_ENGINE = (
    "match:",
    "series:",
    "alarm:",
    "escalate:",
    "ladder:",
    "release:",
    "withdraw:",
    "lapse:",
    "collapse:",
    "replan:",
    "erase:",
    "erased:",
    "orphan:",
    "round:",
    "plan:",
    "isolation:",
    "unreserve:",
    "control:",
    "goods:",
    "resume:",
    "merged:",
    "follow:",
    "ride_share:",
    "ride_end:",
    "pass_expire:",
    "pass_revoke:",
    "car_free:",
    "car_leave:",
    "duty_end:",
    "call_up:",
    "notice:",
)
"""How the ids of System's own commands begin; a caller's must not, or a timer would be taken for answered."""

_CLEAN: Mapping[str, Callable[[str], str]] = {
    "name": clean_name,
    "phone": clean_phone,
    "door": partial(clean_name, what="door"),
    "note": clean_note,
    "plate": partial(clean_name, what="plate"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """
    One command before its personal fields are sealed.

    Attributes
    ----------
    kind, fields
        The command's class, and what it takes.
    said
        What the caller said, personal texts too, for the digest that tells a repeat from another command.
        Ids and instants that the engine gave are not part of it.
    subject
        Whose personal data are in what was said; their key seals `personal` and keys the digest.
    personal
        Fields to be sealed, by name.
    found_by
        What the subject shall be found by afterwards.
    on_behalf_of
        Whose answer it is when the caller does not say.
    """

    kind: type[Command]
    fields: Mapping[str, Any]
    said: Mapping[str, Any]
    subject: str | None = None
    personal: Mapping[str, str | None] = field(default_factory=dict)
    found_by: Mapping[str, str] = field(default_factory=dict)
    on_behalf_of: str | None = None

    def saying(self, said: Mapping[str, Any]) -> Plan:
        """Return the plan of the same command that was said in these words."""
        return replace(self, said=said)

    def texts(self) -> dict[str, str]:
        """
        Return the personal fields cleaned, without empty ones.

        Raises
        ------
        Refused
            A field is not usable text; the message names the field and the problem, never the text.
        """
        given = {name: text for name, text in self.personal.items() if text is not None}
        try:
            cleaned = {name: _CLEAN.get(name, clean_note)(text) for name, text in given.items()}
        except BadText as bad:
            raise bad_text(bad) from None
        return {name: text for name, text in cleaned.items() if text}


def check_call(call: Call) -> None:
    """
    Refuse what no verb takes: a mistyped argument must not be silent.

    Raises
    ------
    TypeError
        As Python does for an unexpected keyword argument.
    Refused
        ``bad_input``: who speaks, or when it happened, is not what it must be.
    """
    strange = sorted(set(call) - set(Call.__annotations__))
    if strange:
        known = ", ".join(sorted(Call.__annotations__))
        raise TypeError(f"unexpected argument {strange[0]}; besides its own arguments a verb takes {known}")
    happened: object = call.get("occurred_at")
    if happened is not None:
        instant(happened, "occurred_at")


def speaker(call: Call, actor: Actor) -> Actor:
    """
    Return who speaks: whom the call names, or the engine's own actor.

    Raises
    ------
    Refused
        ``bad_input``: that is no `Actor`, or a copy of one with changes that nobody checked.
        ``not_permitted``: timers act as the system, from inside only.
    """
    given: object = call.get("by")
    if given is None:
        return actor
    if not isinstance(given, Actor):
        raise Refused("bad_input", "by: expected an Actor. Correct it and send it again.", field="by")
    if given.role is Role.SYSTEM:
        raise Refused("not_permitted", "Nobody speaks as the system from outside. Name who speaks.", actor=given.id)
    try:
        return Actor(id=given.id, role=given.role, via=given.via)
    except ValidationError as error:
        raise bad_input("Actor", error) from None


def instant(at: object, what: str) -> datetime:
    """Return an aware instant; refused as ``bad_input`` when it has no time zone or is none."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise Refused(
            "bad_input", f"{what}: an instant needs a time zone, as in 2026-03-01T09:30+08:00. Correct it.", field=what
        )
    return at


def community_id(text: str) -> CommunityId:
    """Return a checked community id; refused as ``bad_community_id`` when it is none."""
    try:
        return check_community(text)
    except (TypeError, ValueError):
        raise Refused(
            "bad_community_id",
            "A community id has 1 to 40 characters a-z, 0-9 or «-» and starts with a letter or digit. "
            "Choose a short name such as riverside.",
        ) from None


def checked_command_id(call: Call) -> str | None:
    """Return the caller's command id, if there is one; refused as ``bad_command_id`` when it is not usable."""
    given: object = call.get("command_id")
    if given is None:
        return None
    if not isinstance(given, str) or not _COMMAND_ID.fullmatch(given) or given.startswith(OF_THE_ENGINE):
        raise Refused(
            "bad_command_id",
            "A command id has 1 to 60 printable ASCII characters without spaces, and does not begin as the engine's "
            "own do (match:, lapse: …). Use for example a UUID.",
        )
    return given


def build(plan: Plan, *, community: CommunityId, at: datetime, actor: Actor, call: Call) -> Command:
    """
    Return the validated command of a plan, nothing sealed yet.

    Raises
    ------
    Refused
        ``bad_input``: a field is not what it must be; the message names the field, never the value.
    """
    given = {name: value for name, value in plan.fields.items() if value is not None}
    behalf = call.get("on_behalf_of") or plan.on_behalf_of
    try:
        return plan.kind(community=community, actor=actor, on_behalf_of=behalf, at=at, **given)
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


def bad_text(bad: BadText) -> Refused:
    """Return the refusal for a text that cannot be used; it never repeats the text."""
    return Refused("bad_text", str(bad), what=bad.what, problem=str(bad.problem))


def digest_of(said: Sequence[tuple[Plan, Call]], *, community: str, actor: Actor, key: bytes | None) -> bytes:
    """
    Return the digest of what somebody said, keyed with the subject's key where there is one.

    Parameters
    ----------
    said
        What belongs to one command id.
    actor
        Who said it, unless a call names somebody else.
    """
    body: list[object] = [community]
    for plan, call in said:
        by = speaker(call, actor).id
        body.append([plan.kind.__name__, by, call.get("on_behalf_of"), plan.said])
    return body_digest(json.dumps(body, sort_keys=True, default=_plain).encode(), key)


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
