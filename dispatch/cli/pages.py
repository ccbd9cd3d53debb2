"""Pages of the help, in the words of the catalogue alone."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from functools import partial
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dispatch.words import MissingWord, Words

from .alike import ALIKE
from .exits import Exit

SHARED_NAMES = ("store", "community", "actor", "keys", "redis", "language", "json")
"""Parameters of the options that every command has."""

PANELS = ("daily", "work", "office", "audit", "operation")
"""Headings of the list of commands, in their order; the last one takes those of other distributions."""

WIDTH_MAX = 100
INDENT = (0, 0, 0, 2)


def worded(command: Any, words: Words, *, path: tuple[str, ...] = ()) -> Any:
    """Give a tree of commands its help in one language; what nobody has worded keeps its own text."""
    here = "_".join(path).replace("-", "_") or "root"
    command.help = spoken(words, f"help.command.{here}") or command.help
    for parameter in command.params:
        specific, general = f"help.option.{here}_{parameter.name}", f"help.option.{parameter.name}"
        parameter.help = spoken(words, specific) or spoken(words, general) or getattr(parameter, "help", None)
        if not getattr(parameter, "is_flag", False):
            parameter.metavar = spoken(words, f"help.value.{parameter.name}") or parameter.name.upper()
    command.format_help = partial(page, command, words)
    for name, child in getattr(command, "commands", {}).items():
        worded(child, words, path=(*path, name))
    return command


def spoken(words: Words, key: str) -> str | None:
    """Return a message of the help, or `None` when there is none."""
    try:
        return words(key, **ALIKE)
    except MissingWord as missing:
        if missing.parameter is not None:
            raise
        return None


def page(command: Any, words: Words, /, ctx: Any, formatter: Any) -> None:  # noqa: PLR0917 - the last two are Click's
    """Write the help of one command, as Click asks for it."""
    text, context = io.StringIO(), ctx
    terminal = sys.stdout.isatty()
    width = min(WIDTH_MAX, Console(stderr=not terminal).width) if terminal else WIDTH_MAX
    out = Console(file=text, width=width, force_terminal=terminal, markup=False, highlight=False, emoji=False)
    parameters = command.get_params(context)
    arguments = [p for p in parameters if p.param_type_name == "argument" and not getattr(p, "hidden", False)]
    options = [p for p in parameters if p.param_type_name == "option"]
    out.print(Text(words("help.usage", line=_usage(command, words, context, arguments=arguments)), style="bold"))
    out.print()
    out.print(Padding(Text(command.help or ""), INDENT))
    _section(out, words("help.arguments"), ((p.metavar or p.name, p.help) for p in arguments))
    _commands(out, words, command, context=context)
    own = [p for p in options if p.name not in SHARED_NAMES]
    shared = [p for p in options if p.name in SHARED_NAMES]
    _section(out, words("help.options"), (_option(p, words) for p in own))
    _section(out, words("help.shared"), (_option(p, words) for p in shared))
    if context.parent is None:
        _section(out, words("help.exit.title"), ((str(e.value), words(f"help.exit.{e.name.lower()}")) for e in Exit))
    else:
        out.print()
        out.print(Text(words("help.see_exits", command=f"{context.find_root().info_name} --help"), style="dim"))
    formatter.write("".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines()))


def _usage(command: Any, words: Words, context: Any, *, arguments: Iterable[Any]) -> str:
    parts = [context.command_path]
    for argument in arguments:
        name = argument.metavar or argument.name
        parts.append(name if argument.required else f"[{name}]")
    if hasattr(command, "commands"):
        parts.append(words("help.value.command"))
    return " ".join([*parts, words("help.value.options")])


def _option(parameter: Any, words: Words) -> tuple[str, str]:
    name = ", ".join((*parameter.opts, *parameter.secondary_opts))
    if not parameter.is_flag:
        name = f"{name} {parameter.metavar}"
    told = [words("help.option.help") if parameter.name == "help" else parameter.help or ""]
    if parameter.required:
        told.append(words("help.required"))
    elif not parameter.is_flag and parameter.default not in (None, "", ()):
        told.append(words("help.default", value=str(parameter.default)))
    return name, " ".join(told)


def _commands(out: Console, words: Words, command: Any, *, context: Any) -> None:
    if not hasattr(command, "commands"):
        return
    listed: dict[str, list[tuple[str, str]]] = {panel: [] for panel in PANELS}
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        panel = getattr(child, "rich_help_panel", None)
        first = (child.help or "").split("\n")[0]
        listed[panel if panel in listed else PANELS[-1]].append((name, first))
    for panel, rows in listed.items():
        title = words(f"help.panel.{panel}") if context.parent is None else words("help.commands")
        _section(out, title, rows)


def _section(out: Console, title: str, rows: Iterable[tuple[str, str | None]]) -> None:
    found = list(rows)
    if not found:
        return
    out.print()
    out.print(Text(title, style="bold"))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, told in found:
        table.add_row(Text(name), Text(told or ""))
    out.print(Padding(table, INDENT))
