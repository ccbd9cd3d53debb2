"""How a function becomes a command: the options that all have, the run it works with, its words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dispatch.words import Words

from .exits import Exit
from .failures import Failure
from .pages import worded
from .run import Run

PLUGINS = "dispatch.commands"
"""Entry-point group of further commands: each is a `typer.Typer`, imported when it is asked for."""


def _shared(
    *,
    store: str | None = None,
    community: str | None = None,
    actor: str | None = None,
    keys: str | None = None,
    redis: str | None = None,
    language: str | None = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Options that every command has."""


SHARED = inspect.signature(_shared, eval_str=True).parameters


class Commands(TyperGroup):
    """The commands, with those of other distributions after our own."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name every command."""
        ours = super().list_commands(ctx)
        return [*ours, *sorted(set(plugins()) - set(ours))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command; one of another distribution is imported now."""
        command = super().get_command(ctx, cmd_name)
        if command is None and cmd_name in plugins():
            command = loaded(plugins()[cmd_name])
            command.name = cmd_name
            if isinstance(ctx.obj, Words):
                worded(command, ctx.obj, path=(cmd_name,))
            self.add_command(command, cmd_name)
        return command


def plugins() -> dict[str, EntryPoint]:
    """Return the commands that other distributions bring, none of them imported."""
    return {point.name: point for point in entry_points(group=PLUGINS)}


def loaded(point: EntryPoint) -> Any:
    """Import a command; one that cannot be imported becomes a command that says so."""
    try:
        return typer.main.get_command(point.load())
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises must not take the other commands with it
        broken = typer.Typer(add_completion=False)
        kind = type(error).__name__

        @broken.command(name=point.name, help="help.broken", context_settings={"ignore_unknown_options": True})
        def say(words: Annotated[list[str] | None, typer.Argument(hidden=True)] = None) -> None:  # noqa: ARG001
            raise Failure("plugin", Exit.UNFORESEEN, command=point.name, plugin=point.value, error=kind)

        return typer.main.get_command(broken)


def command(app: typer.Typer, name: str, *, panel: str) -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """
    Make a command of a function ``f(run, …) -> exit code or None``.

    Parameters
    ----------
    panel
        Key of the heading under which the help lists it.
    """

    def register(function: Callable[..., int | None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        own = [parameter for parameter in signature.parameters.values() if parameter.name != "run"]

        def invoke(**given: Any) -> None:
            shared = {name: given.pop(name) for name in SHARED}
            with closing(Run(shared)) as run:
                code = function(run, **given)
            if code:
                raise typer.Exit(int(code))

        parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in (*own, *SHARED.values())]
        invoke.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        invoke.__annotations__ = {p.name: p.annotation for p in parameters}
        invoke.__doc__ = None
        app.command(name, rich_help_panel=panel)(invoke)
        return invoke

    return register
