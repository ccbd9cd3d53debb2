"""How what a caller gives becomes what a command takes, or a refusal that names the field and never the value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from ..domain.duty import Secondment, Term
from ..domain.errors import Refused
from ..domain.shift import Shift
from ..domain.text import BadText, clean_label, clean_phone
from ..domain.values import Command, CommunityId, OfferId, Stream, Value
from .plan import Plan, bad_input, bad_text

_OFFER: Final[TypeAdapter[OfferId]] = TypeAdapter(OfferId)


def label(text: str, what: str) -> str:
    """
    Return a public name, cleaned.

    Raises
    ------
    Refused
        ``bad_text``.
    """
    try:
        return clean_label(text, what)
    except BadText as bad:
        raise bad_text(bad) from None


Choice = TypeVar("Choice", bound=StrEnum)


def one_of(kind: type[Choice], value: str, what: str) -> Choice:
    """
    Return the member of an enumeration.

    Raises
    ------
    Refused
        ``bad_choice``; the message lists the choices.
    """
    if value in tuple(kind):
        return kind(value)
    choices = ", ".join(kind)
    raise Refused("bad_choice", f"Not a {what}; choose one of: {choices}.", what=what, choices=choices)


def shift(starts_at: datetime, ends_at: datetime) -> Shift:
    """
    Return a stretch of duty.

    Raises
    ------
    Refused
        ``bad_input``: naive instants, or it ends before it starts.
    """
    try:
        return Shift(starts_at=starts_at, ends_at=ends_at)
    except ValidationError as error:
        raise bad_input("Shift", error) from None


def term(valid_from: datetime, valid_until: datetime | None) -> Term:
    """Return a time of validity; refused as ``bad_input`` when an instant has no zone."""
    try:
        return Term(valid_from=valid_from, valid_until=valid_until)
    except ValidationError as error:
        raise bad_input("Term", error) from None


def secondment(unit: str, lent: Term) -> Secondment:
    """Return what a unit lends; refused as ``bad_input`` when its name is no code."""
    try:
        return Secondment(unit=unit, term=lent)
    except ValidationError as error:
        raise bad_input("Secondment", error) from None


def clean_phone_or_refuse(text: str) -> str:
    """Return a phone number in digits; refused as ``bad_text`` when it is none."""
    try:
        return clean_phone(text)
    except BadText as bad:
        raise bad_text(bad) from None


def about(kind: type[Command], **fields: object) -> Plan:
    """Return the plan of a command that says just its fields."""
    return Plan(kind, fields, said=fields)


Local = TypeVar("Local", bound=str)


def local_id(stream_of: Callable[[CommunityId, Local], Stream], community: CommunityId, local: Local) -> Local:
    """Return a request's, responder's or resident's id; refused as ``malformed_id`` when it cannot be one."""
    try:
        stream_of(community, local)
    except (TypeError, ValueError):
        raise Refused(
            "malformed_id", "Malformed id; expected a letter, «-» and letters or digits, as in q-1f."
        ) from None
    return local


def offer_id(offer: str) -> OfferId:
    """Return an offer's id; refused as ``malformed_id`` when it cannot be one."""
    try:
        return _OFFER.validate_python(offer, strict=True)
    except ValidationError:
        raise Refused(
            "malformed_id", "Malformed offer id; expected a request's id and a number, as in q-1f#3."
        ) from None


def several(given: Iterable[Any], what: str) -> tuple[Any, ...]:
    """
    Return what was given as a tuple.

    Raises
    ------
    Refused
        ``bad_input``: it is one text, which Python would take letter by letter, or not a list at all.
    """
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise Refused("bad_input", f"{what}: give a list, also of one. Correct it and send it again.", field=what)
    return tuple(given)


def texts(given: Iterable[str], what: str) -> tuple[str, ...]:
    """Return a list of texts as a tuple; refused as ``bad_input`` when it is none."""
    found = several(given, what)
    if not all(isinstance(text, str) for text in found):
        raise Refused("bad_input", f"{what}: give texts. Correct it and send it again.", field=what)
    return found


def codes(given: Iterable[str], what: str) -> tuple[str, ...]:
    """Return machine-readable names in order, each once; refused as ``bad_input`` when they are not texts."""
    return tuple(sorted(set(texts(given, what))))


Adopted = TypeVar("Adopted", bound=Value)


def checked(value: Adopted, kind: type[Adopted]) -> Adopted:
    """
    Return a value read anew, because a copy with changes (`model_copy`) is not checked by anybody.

    Raises
    ------
    Refused
        ``bad_input``: it is of another type, or could not be read back from the log.
    """
    if not isinstance(value, kind):
        raise Refused("bad_input", f"{kind.__name__}: expected an instance of it. Correct it and send it again.")
    try:
        return kind.model_validate_json(value.model_dump_json(warnings=False))
    except ValidationError as error:
        raise bad_input(kind.__name__, error) from None
    except ValueError:
        raise Refused("bad_input", f"{kind.__name__}: a field is of no known type. Correct it.") from None
