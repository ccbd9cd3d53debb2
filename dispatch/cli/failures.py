"""What went wrong, told in a line or two, and the exit code that goes with it."""

from __future__ import annotations

import typer

from dispatch import BadSetting, Conflict, CorruptHistory, DispatchError, Refused, Unavailable
from dispatch.settings import PREFIX
from dispatch.sheets import SheetError
from dispatch.words import MissingWord, UnknownLanguage, Words

from .alike import ALIKE
from .exits import Exit

DETAIL_MAX = 240


class Failure(Exception):
    """
    The command line cannot do what is asked.

    Parameters
    ----------
    key
        Of the message, under `cli.wrong`.
    exit_code
        What the process says.
    **params
        Of the message.
    """

    def __init__(self, key: str, exit_code: Exit = Exit.USAGE, **params: str) -> None:
        super().__init__(key)
        self.key = key
        self.exit_code = exit_code
        self.params = params


def told(error: BaseException, words: Words) -> tuple[Exit, str]:
    """Return the exit code and the words for an error."""
    match error:
        case Failure():
            return error.exit_code, words(f"cli.wrong.{error.key}", **(ALIKE | error.params))
        case typer.TyperException():
            return Exit.USAGE, _usage(error, words)
        case UnknownLanguage():
            return Exit.USAGE, words("cli.wrong.language", **ALIKE)
        case BadSetting():
            return Exit.USAGE, _setting(error, words)
        case SheetError():
            return Exit.NOT_IMPORTED, words.problem(error.problem, error.params)
        case DispatchError():
            return _exit_of(error), _dispatch(error, words)
        case _ if _is_of_the_store(error):
            return Exit.UNAVAILABLE, words("cli.wrong.store", detail=_detail(error))
        case _:
            return Exit.UNFORESEEN, words("cli.wrong.unforeseen", error=type(error).__name__)


def _exit_of(error: DispatchError) -> Exit:
    match error:
        case Refused():
            return Exit.REFUSED
        case Unavailable() | Conflict():
            return Exit.UNAVAILABLE
        case CorruptHistory():
            return Exit.DAMAGED
        case _:
            return Exit.UNFORESEEN


def _dispatch(error: DispatchError, words: Words) -> str:
    if isinstance(error, Unavailable):
        return words("cli.wrong.store", detail=_detail(error))
    facts = {name: value for name, value in error.fields.items() if name not in ("event", "topic")}
    try:
        return words.refusal(error.code, facts)
    except MissingWord:
        return words("cli.wrong.unworded", code=error.code)


def _setting(error: BadSetting, words: Words) -> str:
    setting = error.name.removeprefix(PREFIX).lower()
    expected = words(f"cli.expected.{setting}", **ALIKE) if f"cli.expected.{setting}" in words else error.expected
    option = error.name if error.name.startswith(PREFIX) else f"--{error.name}"
    return words("cli.wrong.setting", setting=option, expected=expected)


def _usage(error: typer.TyperException, words: Words) -> str:
    """Word a mistake in the command line itself; Typer's own classes of them are not public, their names are."""
    param = getattr(error, "param", None)
    name = getattr(error, "option_name", None) or (param.get_error_hint().strip("'") if param is not None else None)
    kind = type(error).__name__
    if kind == "MissingParameter" and name:
        return words("cli.wrong.missing", name=name)
    if kind == "NoSuchOption" and name:
        near = ", ".join(getattr(error, "possibilities", None) or ())
        return words("cli.wrong.option_near" if near else "cli.wrong.option", name=name, near=near)
    if name:
        return words("cli.wrong.value", name=name)
    context = getattr(error, "ctx", None)
    known = getattr(context.command, "commands", None) if context is not None else None
    if context is not None and known:
        if context.parent is None:
            return words("cli.wrong.command")
        return words("cli.wrong.command_of", command=context.command_path, known=", ".join(known))
    return words("cli.wrong.arguments")


def _is_of_the_store(error: BaseException) -> bool:
    """Tell whether the storage library says that it cannot: only `dispatch.store` may import its classes."""
    return any(kind.__name__ == "PersistenceError" for kind in type(error).__mro__)


def _detail(error: BaseException) -> str:
    """Return what the store says: about paths, servers and settings, never about what is in it."""
    return " ".join(str(error).split())[:DETAIL_MAX]
