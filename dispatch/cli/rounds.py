"""Commands of calling rounds: start, ring, reach, visit, see, alarm, the caller's code, close (R14, R15)."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from dispatch import CallingRound, Ratio, ResidentId, ResponderId, RoundId, read_due_list

from .commands import command
from .exits import Exit
from .failures import Failure
from .run import Run, instant_of, typed

RoundArgument = Annotated[str, typer.Argument()]
PersonArgument = Annotated[str, typer.Argument()]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    rounds = typer.Typer(no_args_is_help=True)
    for name, function in (
        ("start", start),
        ("due", due),
        ("show", show),
        ("attempt", attempt),
        ("reached", reached),
        ("need", need),
        ("visit", visit),
        ("seen", seen),
        ("alarm", alarm),
        ("excuse", excuse),
        ("hand-over", hand_over),
        ("code", code),
        ("check", check),
        ("close", close),
    ):
        command(rounds, name, panel="daily")(function)
    app.add_typer(rounds, name="round", rich_help_panel="daily")
    command(app, "census", panel="office")(census)


def start(
    run: Run,
    people: Annotated[list[str], typer.Argument()],
    *,
    caller: Annotated[list[str], typer.Option("--caller")],
    attempts: int | None = None,
    visit_by: str | None = None,
    until: str | None = None,
) -> None:
    """Begin a calling round."""
    made = run.engine.start_round(
        run.community,
        [ResidentId(person) for person in people],
        callers=[ResponderId(who) for who in caller],
        attempts_max=attempts,
        visit_by=instant_of(visit_by, "--visit-by"),
        ends_at=instant_of(until, "--until"),
        by=run.by,
    )
    state = run.engine.calling_round(run.community, made)
    if run.json:
        run.emit({"round": made, "households": len(state.items), "ends_at": state.ends_at})
        return
    run.say("cli.round_started", round=made, count=len(state.items), until=run.moment(state.ends_at))


def due(
    run: Run,
    *,
    since: str | None = None,
    place: str | None = None,
    limit: int = 50,
    people_of: Annotated[str | None, typer.Option("--list")] = None,
) -> int:
    """List who is to be rung: who was not in contact, or the people of a sheet."""
    missing: tuple[int, ...] = ()
    if people_of is not None:
        named = read_due_list(run.engine, run.community, people_of)
        found, missing = named.residents, named.not_found
    elif since is not None:
        found = run.engine.due_for_round(run.community, since=_since(since), where=place, limit=limit)
    else:
        raise Failure("missing", name="--since")
    if run.json:
        run.emit(found)
    else:
        for person in found:
            run.show(Text(person))
    if missing:
        run.note("cli.not_in_register", rows=run.words.listed([str(row) for row in missing]))
    return Exit.NOT_IMPORTED if missing else Exit.DONE


def _since(text: str) -> Any:
    return instant_of(text, "--since")


def show(run: Run, calling_round: RoundArgument) -> None:
    """Show a round."""
    state = _round(run, calling_round)
    if run.json:
        run.emit({"round": state, "coverage": run.engine.round_coverage(run.community, RoundId(calling_round))})
        return
    table = Table.grid(padding=(0, 2))
    for resident, item in state.items.items():
        word = run.words.code("item", type(item).__name__)
        table.add_row(Text(resident), Text(word), Text(item.caller), Text(str(len(item.attempts))))
    run.show(table)
    _tell(run, run.engine.round_coverage(run.community, RoundId(calling_round)).covered)


def _tell(run: Run, ratio: Ratio) -> None:
    run.say(
        "cli.ratio",
        numerator=ratio.numerator,
        denominator=ratio.denominator,
        of=run.words.code("coverage", ratio.of),
        over=run.words.code("coverage", ratio.over),
    )


def _round(run: Run, calling_round: str) -> CallingRound:
    return run.engine.calling_round(run.community, RoundId(calling_round))


def _caller(run: Run, calling_round: str, person: str) -> dict[str, Any]:
    """Say it in the caller's name when somebody else types it; both names are stored."""
    item = _round(run, calling_round).items.get(ResidentId(person))
    other = item is not None and item.caller != run.by.id
    return {"by": run.by, "on_behalf_of": item.caller} if item is not None and other else {"by": run.by}


def attempt(run: Run, calling_round: RoundArgument, person: PersonArgument, *, outcome: str | None = None) -> None:
    """Record a call nobody answered."""
    said = _caller(run, calling_round, person)
    run.answered(
        run.engine.record_attempt(
            run.community, RoundId(calling_round), ResidentId(person), outcome=outcome or "no_answer", **said
        )
    )


def reached(
    run: Run,
    calling_round: RoundArgument,
    person: PersonArgument,
    *,
    short: Annotated[bool, typer.Option("--short")] = False,
    unwell: Annotated[bool, typer.Option("--unwell")] = False,
    note: str | None = None,
) -> None:
    """Record an answered call."""
    run.answered(
        run.engine.record_reached(
            run.community,
            RoundId(calling_round),
            ResidentId(person),
            supplies_enough=not short,
            condition_ok=not unwell,
            note=typed(note),
            **_caller(run, calling_round, person),
        )
    )


def need(
    run: Run,
    calling_round: RoundArgument,
    person: PersonArgument,
    *,
    kind: Annotated[str, typer.Argument()],
    note: str | None = None,
    urgency: str | None = None,
) -> None:
    """Make a need a request."""
    request = run.engine.find_need(
        run.community,
        RoundId(calling_round),
        ResidentId(person),
        kind=kind,
        note=typed(note),
        urgency=urgency,
        by=run.by,
    )
    _tell_request(run, request)


def _tell_request(run: Run, request: str) -> None:
    if run.json:
        run.emit({"request": request})
    else:
        run.say("cli.request_made", request=request)


def visit(run: Run, calling_round: RoundArgument, person: PersonArgument, *, reason: str | None = None) -> None:
    """Send somebody to the door."""
    where = (run.community, RoundId(calling_round), ResidentId(person))
    _tell_request(run, run.engine.order_visit(*where, reason=reason or "asked", by=run.by))


def seen(
    run: Run,
    calling_round: RoundArgument,
    person: PersonArgument,
    *,
    short: Annotated[bool, typer.Option("--short")] = False,
    unwell: Annotated[bool, typer.Option("--unwell")] = False,
    note: str | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Record what a visitor saw."""
    call: dict[str, Any] = {"by": run.by} | ({"on_behalf_of": on_behalf_of} if on_behalf_of else {})
    run.answered(
        run.engine.record_seen(
            run.community,
            RoundId(calling_round),
            ResidentId(person),
            supplies_enough=not short,
            condition_ok=not unwell,
            note=typed(note),
            **call,
        )
    )


def alarm(run: Run, calling_round: RoundArgument, person: PersonArgument, *, note: str | None = None) -> None:
    """Raise a welfare alarm."""
    where = (run.community, RoundId(calling_round), ResidentId(person))
    run.answered(run.engine.raise_welfare_alarm(*where, note=typed(note), by=run.by))


def excuse(
    run: Run, calling_round: RoundArgument, person: PersonArgument, *, reason: Annotated[str, typer.Option()]
) -> None:
    """Take a household off the round."""
    where = (run.community, RoundId(calling_round), ResidentId(person))
    run.answered(run.engine.excuse_household(*where, reason=reason, by=run.by))


def hand_over(
    run: Run,
    calling_round: RoundArgument,
    *,
    caller: Annotated[str, typer.Option()],
    to: Annotated[str, typer.Option()],
    reason: str | None = None,
) -> None:
    """Give a caller's open calls to another."""
    where = (run.community, RoundId(calling_round), ResponderId(caller))
    run.answered(run.engine.hand_over_calls(*where, to=ResponderId(to), reason=reason or "called_away", by=run.by))


def code(run: Run, calling_round: RoundArgument, person: PersonArgument) -> None:
    """Show the caller's code."""
    where = (run.community, RoundId(calling_round), ResidentId(person))
    shown = run.engine.caller_code(*where, by=run.by)
    if run.json:
        run.emit({"code": shown})
    else:
        run.show(Text(shown))


def check(
    run: Run, calling_round: RoundArgument, person: PersonArgument, *, said: Annotated[str, typer.Argument()]
) -> None:
    """Check what a caller said."""
    where = (run.community, RoundId(calling_round), ResidentId(person))
    matched = run.engine.check_caller_code(*where, code=typed(said) or "", by=run.by)
    if run.json:
        run.emit({"matched": matched})
    else:
        run.say("cli.code_right" if matched else "cli.code_wrong")


def close(run: Run, calling_round: RoundArgument) -> None:
    """Close a round."""
    run.answered(run.engine.close_round(run.community, RoundId(calling_round), by=run.by))


def census(run: Run, *, since: Annotated[str, typer.Option()], place: str | None = None) -> None:
    """Tell which households were in contact."""
    found = run.engine.census(run.community, since=_since(since), where=place)
    if run.json:
        run.emit(found)
        return
    _tell(run, found.covered)
    for household in found.missed:
        run.show(Text(household))
