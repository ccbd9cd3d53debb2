"""Commands about what people are called about although it is no request (提醒)."""

from __future__ import annotations

from typing import Annotated

import typer

from dispatch import NoticeId

from .commands import command
from .reading import place_of
from .run import Run


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    notice = typer.Typer(no_args_is_help=True)
    command(notice, "open", panel="office")(open_notices)
    command(notice, "note", panel="office")(note)
    app.add_typer(notice, name="notice", rich_help_panel="office")


def open_notices(run: Run) -> None:
    """Show the matters that stand."""
    found = run.engine.notices(run.community)
    if run.json:
        run.emit(found)
        return
    if not found:
        run.say("cli.no_notices")
    for name, state in found.items():
        run.say(
            "cli.notice_line",
            notice=name,
            matter=run.words.code("matter", state.matter.value),
            place=place_of(run, state.place),
            about=run.words.listed(list(state.about)) if state.about else run.words("format.nothing"),
            stage=run.words.code("notice_state", type(state).__name__.lower()),
            who=state.by or (state.called[-1][1] if state.called else run.words("format.nothing")),
        )


def note(run: Run, notice: Annotated[str, typer.Argument()]) -> None:
    """Take note of a matter."""
    run.answered(run.engine.note_notice(run.community, NoticeId(notice), by=run.by))
