"""Commands about the note that a post is handed over with (交接单)."""

from __future__ import annotations

from typing import Annotated

import typer

from dispatch import PostLeft, PostNoteId, ResponderId

from .commands import command
from .run import Run, spoken, typed


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    handover = typer.Typer(no_args_is_help=True)
    command(handover, "draft", panel="office")(draft)
    command(handover, "give", panel="office")(give)
    command(handover, "open", panel="office")(open_notes)
    command(handover, "take", panel="office")(take)
    app.add_typer(handover, name="handover", rich_help_panel="office")


def draft(run: Run, responder: Annotated[str, typer.Argument()], at_post: Annotated[str, typer.Argument()]) -> None:
    """Show what a note of somebody at a post would say now."""
    left = run.engine.post_note_draft(run.community, ResponderId(responder), at_post)
    if run.json:
        run.emit(left.model_dump(mode="json"))
        return
    tell(run, left)


def give(
    run: Run,
    responder: Annotated[str, typer.Argument()],
    at_post: Annotated[str, typer.Argument()],
    *,
    to: str | None = None,
    remark: str | None = None,
) -> None:
    """Leave a note at a post."""
    who, to_whom = ResponderId(responder), None if to is None else ResponderId(to)
    note = run.engine.give_post_note(run.community, who, at_post, to=to_whom, remark=typed(remark), **spoken(run, who))
    if run.json:
        run.emit({"note": note})
        return
    run.say("cli.note_given", note=note)
    tell(run, run.engine.post_note(run.community, note).left)


def open_notes(run: Run) -> None:
    """Show the notes that nobody has taken over."""
    notes = run.engine.post_notes(run.community)
    if run.json:
        run.emit({note: state.left.model_dump(mode="json") for note, state in notes.items()})
        return
    if not notes:
        run.say("cli.no_notes")
    for note, state in notes.items():
        to = state.receiver or run.words("format.nothing")
        time = run.moment(state.given_at)
        run.say("cli.note_line", note=note, post=state.post, giver=state.giver, to=to, time=time)
        tell(run, state.left)


def take(run: Run, post_note: Annotated[str, typer.Argument()], responder: Annotated[str, typer.Argument()]) -> None:
    """Take a note over."""
    who = ResponderId(responder)
    run.answered(
        run.engine.acknowledge_post_note(run.community, PostNoteId(post_note), responder=who, **spoken(run, who))
    )


def tell(run: Run, left: PostLeft) -> None:
    """Write what is left."""
    for name in ("legs", "shelf", "custody", "alarms", "rounds"):
        found = getattr(left, name)
        listed = run.words.listed(list(found)) if found else run.words("format.nothing")
        run.say("cli.note_left", what=run.words(f"cli.left.{name}"), count=str(len(found)), listed=listed)
    if left.more:
        run.say("cli.note_more", count=str(left.more))
