"""Commands that show one thing: a request, a responder, a resident; sealed fields; the log as lines."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from dispatch import HelpRequest, Place, RequestId, Resident, ResidentId, Responder, ResponderId

from .commands import command
from .failures import Failure
from .run import Run, until_of

FOLLOW_EVERY_S = 1.0


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, "show", panel="daily")(show)
    command(app, "reveal", panel="work")(reveal)
    command(app, "subscribe", panel="operation")(subscribe)


def show(run: Run, id: Annotated[str, typer.Argument()], *, as_of: str | None = None) -> None:  # noqa: A002 - the help's name
    """Show a request, a responder or a resident, now or as it was known."""
    at = until_of(as_of, "--as-of")
    state = _state(run, id.partition("#")[0].partition("/")[0], at)
    if run.json:
        run.emit(state)
        return
    table = Table.grid(padding=(0, 2))
    for key, value in _facts(run, id, state).items():
        table.add_row(Text(run.words(key), style="bold"), Text(value))
    run.show(table)


def _state(run: Run, id_: str, at: Any) -> HelpRequest | Responder | Resident:
    match id_[:2]:
        case "q-":
            return run.engine.request(run.community, RequestId(id_), as_of=at)
        case "r-":
            return run.engine.responder(run.community, ResponderId(id_), as_of=at)
        case "p-":
            return run.engine.resident(run.community, ResidentId(id_), as_of=at)
        case _:
            raise Failure("id")


def place_of(run: Run, place: Place | None) -> str:
    """Word a place by the names of the register."""
    if place is None:
        return run.words("format.nothing")
    return run.words.place(
        building=run.names.get(place.building, place.building) if place.building else None,
        compound=run.names.get(place.compound, place.compound) if place.compound and not place.building else None,
        building_unit=place.building_unit,
        floor=place.floor,
    )


def _facts(run: Run, id_: str, state: HelpRequest | Responder | Resident) -> Mapping[str, str]:
    match state:
        case HelpRequest():
            return {"board.request": id_} | _request(run, state)
        case Responder():
            return {"board.responder": id_} | _responder(run, state)
        case _:
            return {"term.resident": id_} | _resident(run, state)


def _request(run: Run, state: HelpRequest) -> dict[str, str]:
    words = run.words
    facts = {
        "board.state": words.code("state", type(state).__name__),
        "board.kind": words.code("kind", state.kind),
        "board.urgency": words.code("urgency", state.urgency),
        "board.place": place_of(run, state.place),
        "term.resident": state.beneficiary,
        "cli.received_at": run.moment(state.received_at),
        "board.due": run.moment(state.due_at),
    }
    if state.alarm is not None:
        facts["board.alarm"] = f"{state.alarm.to} · {state.alarm.acknowledged_by or words('cli.not_acknowledged')}"
    legs = [
        " ".join(
            [
                words.code("leg", leg.plan.name),
                words.code("leg_state", type(leg).__name__),
                *(f"{ask.responder} {ask.offer}" for ask in leg.asks),
            ]
        )
        for leg in state.legs
    ]
    return facts | ({"board.leg": "\n".join(legs)} if legs else {})


def _responder(run: Run, state: Responder) -> dict[str, str]:
    words = run.words
    return {
        "board.role": words.code("role", state.role),
        "cli.home": place_of(run, state.home),
        "cli.scopes": words.listed(place_of(run, scope) for scope in state.scopes),
        "cli.skills": words.listed(words.code("skill", skill) for skill in sorted(state.skills)) or "—",
        "board.load": f"{state.load} / {state.capacity}",
        "board.open_count": str(state.open_count),
        "term.isolated": run.yes_or_no(said=state.isolated),
        "cli.shifts": "\n".join(f"{run.moment(s.starts_at)} – {run.moment(s.ends_at)}" for s in state.shifts) or "—",
        "board.leg": "\n".join(work.leg for work in (*state.holds.values(), *state.loads.values())) or "—",
    }


def _resident(run: Run, state: Resident) -> dict[str, str]:
    return {
        "board.place": place_of(run, state.place),
        "term.household": state.household,
        "term.isolated": run.yes_or_no(said=state.isolated),
        "term.exclusion": run.words.listed(sorted(state.excluded)) or "—",
        "cli.neighbours_excluded": run.yes_or_no(said=state.neighbours_excluded),
    }


def reveal(run: Run, id: Annotated[str, typer.Argument()], *, purpose: Annotated[str, typer.Option()]) -> None:  # noqa: A002 - the help's name
    """Open sealed fields; who read what, and why, is recorded first."""
    found = run.engine.reveal(run.community, id, purpose=purpose, by=run.by)
    if run.json:
        run.emit(found)
        return
    if not found:
        run.say("cli.nothing_sealed")
    for name, text in found.items():
        shown = run.words("cli.key_erased") if text is None else text
        run.show(Text(run.words("format.field", name=run.words.code("field", name), value=shown)))


def subscribe(run: Run, *, after: int = 0, follow: Annotated[bool, typer.Option("--follow")] = False) -> None:
    """Write the events of the log as lines of JSON."""
    engine, community = run.engine, run.chosen_community
    position = after
    while True:
        for event in engine.subscribe(after=position, community=community):
            position = event.position
            run.emit(
                {
                    "position": event.position,
                    "stream": event.stream,
                    "version": event.version,
                    "topic": event.topic,
                    "meta": event.meta,
                    "fact": event.fact,
                },
                indent=None,
            )
        if not follow:
            return
        run.flush()
        time.sleep(FOLLOW_EVERY_S)
