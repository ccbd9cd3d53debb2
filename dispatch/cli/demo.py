"""The command that plays a day."""

from __future__ import annotations

import typer

from .commands import command
from .exits import Exit
from .run import Output, Run


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, "demo", panel="operation")(demo)


def demo(run: Run) -> int:
    """Play one day in two buildings, and audit it."""
    from dispatch.demo import run_demo  # noqa: PLC0415 - nobody else needs its town in memory

    given = run.settings.model_fields_set
    redis = run.settings.redis.get_secret_value() if run.settings.redis is not None else None
    console = Output(stderr=True) if run.json else run.out
    report = run_demo(
        run.store if "store" in given else None, redis=redis, language=run.words.language, console=console
    )
    if run.json:
        run.emit({"sound": report.is_sound, "report": report})
    return Exit.DONE if report.is_sound else Exit.FOUND
