"""Commands about duty: dropping out, coming back."""

from __future__ import annotations

from typing import Annotated

import typer

from dispatch import ResponderId

from .commands import command
from .run import Run


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    duty = typer.Typer(no_args_is_help=True)
    command(duty, "drop-out", panel="office")(drop_out)
    command(duty, "return", panel="office")(return_to_duty)
    app.add_typer(duty, name="duty", rich_help_panel="office")


def drop_out(run: Run, responder: Annotated[str, typer.Argument()], *, reason: str = "ill") -> None:
    """Say that somebody cannot serve for now."""
    run.answered(run.engine.drop_out(run.community, ResponderId(responder), reason=reason, by=run.by))


def return_to_duty(run: Run, responder: Annotated[str, typer.Argument()]) -> None:
    """Say that somebody who had dropped out serves again."""
    run.answered(run.engine.return_to_duty(run.community, ResponderId(responder), by=run.by))
