"""How what a caller gives becomes what a command takes, or a refusal that names the field and never the value."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from pydantic import ValidationError

from ..domain.errors import Refused
from ..domain.responder import Shift
from ..domain.text import BadText, clean_label, clean_phone
from ..domain.values import Command
from ..store.journal import Answer
from .core import Plan, bad_input


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
        raise Refused("bad_text", str(bad), what=bad.what, problem=str(bad.problem)) from None


Choice = TypeVar("Choice", bound=StrEnum)


def one_of(kind: type[Choice], value: str, what: str) -> Choice:
    """
    Return the member of an enumeration.

    Raises
    ------
    Refused
        ``bad_choice``; the message lists the choices.
    """
    try:
        return kind(str(value))
    except ValueError:
        choices = ", ".join(str(member) for member in kind)
        raise Refused("bad_choice", f"Not a {what}; choose one of: {choices}.", what=what, choices=choices) from None


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


def clean_phone_or_refuse(text: str) -> str:
    """Return a phone number in digits; refused as ``bad_text`` when it is none."""
    try:
        return clean_phone(text)
    except BadText as bad:
        raise Refused("bad_text", str(bad), what=bad.what, problem=str(bad.problem)) from None


def about(kind: type[Command], **fields: object) -> Plan:
    """Return the plan of a command that says just its fields."""
    return Plan(kind, fields, said=fields)


def local_id(answer: Answer, made: str) -> str:
    """Return the id in the first answer: a repeated command gives the id made the first time."""
    return answer.events[0].stream.rsplit("/", 1)[-1] if answer.events else made
