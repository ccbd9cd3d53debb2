"""The whole command: its tree, its language, and what becomes of an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import typer
from rich.text import Text

from dispatch import configure, get_logger
from dispatch.words import FIRST_LANGUAGE, UnknownLanguage, Words

from . import (
    answers,
    auditing,
    authority,
    board,
    care,
    control,
    demo,
    doctor,
    duty,
    goods,
    handover,
    lines,
    notice,
    office,
    policy,
    reading,
    reports,
    requests,
    rides,
    rounds,
    series,
    simulate,
    standby,
    steering,
    stock,
)
from .commands import Commands
from .exits import Exit
from .failures import told
from .pages import SHARED_NAMES, worded
from .run import Output

NAME = "dispatch"
SHARED_OPTIONS = frozenset(f"--{name}" for name in SHARED_NAMES)

_log = get_logger(__name__)


def tree() -> Any:
    """Return every command of our own, not yet worded."""
    app = typer.Typer(name=NAME, cls=Commands, add_completion=False, no_args_is_help=True)
    for room in (
        office,
        authority,
        requests,
        answers,
        series,
        steering,
        lines,
        goods,
        control,
        policy,
        board,
        reading,
        auditing,
        doctor,
        demo,
        simulate,
        duty,
        standby,
        handover,
        notice,
        stock,
        reports,
        rounds,
        care,
        rides,
    ):
        room.add_to(app)
    return typer.main.get_command(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Parameters
    ----------
    arguments
        Without the name of the program; by default those of the process.

    Returns
    -------
    int
        The exit code, one of `Exit`.
    """
    given = arranged(list(sys.argv[1:] if arguments is None else arguments))
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    configure("console", "error")
    words = _words_for(given)
    if "--help" in given or not given:
        given = without_language(given)
    try:
        code = _run(given, words)
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed()
    return code


def _run(given: Sequence[str], words: Words) -> int:
    try:
        command = worded(tree(), words)
        code = command.main(args=list(given) or ["--help"], prog_name=NAME, standalone_mode=False, obj=words)
    except BrokenPipeError:
        raise
    except (KeyboardInterrupt, typer.Abort):  # between two commands, or at a question
        _say(words("cli.interrupted"))
        return Exit.INTERRUPTED
    except Exception as error:  # the last one who can tell a person
        exit_code, text = told(error, words)
        _say(words("cli.error", text=text))
        if exit_code is Exit.UNFORESEEN:
            _log.error("unforeseen", exc_info=error)
        if os.environ.get("DISPATCH_LOG_LEVEL", "").lower() == "debug":
            raise
        return exit_code
    if code == Exit.INTERRUPTED:  # Typer has caught Ctrl-C
        _say(words("cli.interrupted"))
    return int(code or 0)


def _say(text: str) -> None:
    with suppress(BrokenPipeError):
        Output(stderr=True).print(Text(text), soft_wrap=True)


def _pipe_closed() -> int:
    """Leave quietly: `dispatch board | head` is no error. The interpreter must find nothing left to flush."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.PIPE_CLOSED


def arranged(given: Sequence[str]) -> list[str]:
    """Put the options that every command has behind the command, when they stand before it."""
    at = 0
    while at < len(given) and given[at].partition("=")[0] in SHARED_OPTIONS:
        at += 1 if given[at] == "--json" or "=" in given[at] else 2
    return [*given[at:], *given[:at]]


def without_language(given: Sequence[str]) -> list[str]:
    """Leave the language out: a page of help is worded already, and a group of commands knows no options."""
    kept: list[str] = []
    skip = False
    for argument in given:
        if skip or argument.startswith("--language="):
            skip = False
        elif argument == "--language":
            skip = True
        else:
            kept.append(argument)
    return kept


def _words_for(given: Sequence[str]) -> Words:
    """Choose the language before anything is read: the help is worded too."""
    asked = None
    for index, argument in enumerate(given):
        if argument == "--language":
            asked = given[index + 1] if index + 1 < len(given) else None
        elif argument.startswith("--language="):
            asked = argument.partition("=")[2]
    for wish in (asked, None):
        with suppress(UnknownLanguage):
            return Words(wish)
    return Words(FIRST_LANGUAGE)
