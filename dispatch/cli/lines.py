"""Commands about the record of a request: its lines, what is added to them, and wrong ones voided."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from dispatch import RequestId, ResponderId

from .commands import command
from .run import Run, typed

Request = Annotated[str, typer.Argument()]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    lines = typer.Typer(no_args_is_help=True)
    command(lines, "list", panel="work")(show)
    command(lines, "note", panel="work")(note)
    command(lines, "word", panel="work")(word)
    command(lines, "proof", panel="work")(proof)
    command(lines, "spent", panel="work")(spent)
    command(lines, "gift", panel="work")(gift)
    command(lines, "outcome", panel="work")(outcome)
    command(lines, "void", panel="work")(void)
    app.add_typer(lines, name="line", rich_help_panel="work")


def show(run: Run, request: Request) -> None:
    """Show the lines of a request, voided ones among them."""
    record = run.engine.request(run.community, RequestId(request)).record
    if run.json:
        run.emit(record)
        return
    words = run.words
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("line", "what", "time", "said", "by", "void"):
        table.add_column(words(f"line.{heading}"))
    for line in record:
        vocabulary = {"outcome": "outcome", "proof": "proof", "gift": "gift"}.get(line.kind, "outcome")
        said = [words.code("leg", line.leg)] if line.leg else []
        said += [words.code(vocabulary, line.code)] if line.code else []
        said += [words("line.fen", fen=line.amount_fen)] if line.amount_fen else []
        void = f"{words.code('reason', line.void.reason)} · {line.void.by}" if line.void else ""
        table.add_row(
            str(line.number),
            words.code("line_kind", line.kind),
            run.moment(line.at),
            " · ".join(said),
            line.by or "",
            void,
        )
    run.show(table)


def note(run: Run, request: Request, text: Annotated[str, typer.Argument()]) -> None:
    """Add a note."""
    run.answered(run.engine.add_note(run.community, RequestId(request), typed(text) or "", by=run.by))


def word(run: Run, request: Request) -> None:
    """Issue the word that the beneficiary gives to whoever brings the help."""
    issued = run.engine.issue_token(run.community, RequestId(request), by=run.by)
    if run.json:
        run.emit({"request": request, "word": issued})
        return
    run.say("cli.word", word=issued)


def proof(
    run: Run,
    request: Request,
    *,
    photo: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    word: str | None = None,
    leg: str | None = None,
) -> None:
    """Record a photo, or the word that was said."""
    picture = photo.read_bytes() if photo is not None else None
    run.answered(
        run.engine.record_proof(run.community, RequestId(request), photo=picture, word=typed(word), leg=leg, by=run.by)
    )


def spent(
    run: Run,
    request: Request,
    fen: Annotated[int, typer.Argument()],
    *,
    spender: Annotated[str, typer.Option()],
    receipt: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
) -> None:
    """Record what somebody spent on the goods."""
    picture = receipt.read_bytes() if receipt is not None else None
    run.answered(
        run.engine.note_reimbursement(
            run.community, RequestId(request), fen, spent_by=spender, receipt=picture, by=run.by
        )
    )


def gift(
    run: Run,
    request: Request,
    *,
    responder: Annotated[str, typer.Option()],
    gift: Annotated[str, typer.Option()] = "goods",
    taken: Annotated[bool, typer.Option("--taken")] = False,
) -> None:
    """Report that a gift was offered."""
    who = ResponderId(responder)
    run.answered(run.engine.report_gift(run.community, RequestId(request), who, gift=gift, taken=taken, by=run.by))


def outcome(  # noqa: PLR0917 - three arguments of the command, after the run
    run: Run, request: Request, leg: Annotated[str, typer.Argument()], outcome: Annotated[str, typer.Argument()]
) -> None:
    """Record what truly became of a leg whose outcome was voided."""
    run.answered(run.engine.record_outcome(run.community, RequestId(request), leg, outcome=outcome, by=run.by))


def void(
    run: Run,
    request: Request,
    line: Annotated[int, typer.Argument()],
    *,
    reason: str = "written_by_mistake",
) -> None:
    """Void a wrong line; it stays, and the void beside it."""
    run.answered(run.engine.void(run.community, RequestId(request), line, reason=reason, by=run.by))
