"""Commands about going out for care: medical passes, rides, cars and quotas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from dispatch import PassId, RequestId, ResidentId, ResponderId, VehicleId

from .commands import command
from .failures import Failure
from .run import Run, instant_of, typed


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    groups: dict[str, dict[str, Any]] = {
        "pass": {
            "apply": apply,
            "review": review,
            "issue": issue,
            "refuse": refuse,
            "revoke": revoke,
            "list": passes,
        },
        "ride": {"book": book, "ready": ready, "redirect": redirect, "stays": stays, "list": rides},
        "car": {"register": register, "permit": permit, "take": take, "leave": leave, "list": cars},
        "quota": {"set": set_quota, "list": quotas},
    }
    for name, verbs in groups.items():
        group = typer.Typer(no_args_is_help=True)
        for verb, function in verbs.items():
            command(group, verb, panel="work")(function)
        app.add_typer(group, name=name, rich_help_panel="work")


def _needed(text: str, option: str) -> datetime:
    found = instant_of(text, option)
    if found is None:
        raise Failure("time", option=option)
    return found


def _made(run: Run, kind: str, made: str) -> None:
    if run.json:
        run.emit({kind: made})
    else:
        run.say("cli.made", id=made)


def apply(
    run: Run,
    resident: Annotated[str, typer.Argument()],
    *,
    purpose: Annotated[str, typer.Option()],
    need: str | None = None,
) -> None:
    """Apply for a medical pass."""
    passed = run.engine.apply_for_pass(
        run.community, ResidentId(resident), purpose=purpose, need=typed(need), by=run.by
    )
    _made(run, "medical_pass", passed)


def review(run: Run, medical_pass: Annotated[str, typer.Argument()]) -> None:
    """Take an application up."""
    run.answered(run.engine.review_pass(run.community, PassId(medical_pass), by=run.by))


def issue(
    run: Run,
    medical_pass: Annotated[str, typer.Argument()],
    *,
    since: Annotated[str, typer.Option()],
    until: Annotated[str, typer.Option()],
    rides: int = 1,
) -> None:
    """Issue a reviewed pass."""
    begins, ends = _needed(since, "--since"), _needed(until, "--until")
    passed = PassId(medical_pass)
    run.answered(
        run.engine.issue_pass(run.community, passed, valid_from=begins, valid_until=ends, rides=rides, by=run.by)
    )


def refuse(run: Run, medical_pass: Annotated[str, typer.Argument()], *, reason: Annotated[str, typer.Option()]) -> None:
    """Refuse a reviewed application."""
    run.answered(run.engine.refuse_pass(run.community, PassId(medical_pass), reason=reason, by=run.by))


def revoke(run: Run, medical_pass: Annotated[str, typer.Argument()], *, reason: Annotated[str, typer.Option()]) -> None:
    """Take a pass back."""
    run.answered(run.engine.revoke_pass(run.community, PassId(medical_pass), reason=reason, by=run.by))


def passes(run: Run) -> None:
    """Show the passes that are applied for or issued."""
    lines = run.engine.passes(run.community)
    rows = [
        (
            p.medical_pass,
            run.words.code("pass_state", p.state),
            p.resident,
            run.moment(p.valid_until),
            str(p.rides_left),
        )
        for p in lines
    ]
    _shown(run, lines, rows)


def book(
    run: Run,
    resident: Annotated[str, typer.Argument()],
    *,
    pickup: Annotated[str, typer.Option()],
    medical_pass: Annotated[str | None, typer.Option("--pass")] = None,
    request: str | None = None,
    needs: Annotated[list[str] | None, typer.Option()] = None,
    destination: str | None = None,
    urgent: str | None = None,
    urgency: str | None = None,
) -> None:
    """Agree a car for a time."""
    made = run.engine.book_ride(
        run.community,
        ResidentId(resident),
        pickup_at=_needed(pickup, "--pickup"),
        medical_pass=PassId(medical_pass) if medical_pass else None,
        request=RequestId(request) if request else None,
        needs=needs or (),
        destination=typed(destination),
        urgent=urgent,
        urgency=urgency,
        by=run.by,
    )
    _made(run, "request", made)
    state = run.engine.request(run.community, made)
    if state.alarm is not None and not run.json:
        run.say("cli.call_ambulance", to=state.alarm.to)


def ready(run: Run, request: Annotated[str, typer.Argument()]) -> None:
    """Say that the patient is ready to go home."""
    run.answered(run.engine.ready_for_return(run.community, RequestId(request), by=run.by))


def redirect(
    run: Run,
    request: Annotated[str, typer.Argument()],
    *,
    reason: Annotated[str, typer.Option()],
    ambulance: str = "120",
) -> None:
    """End a ride because an ambulance was called."""
    run.answered(run.engine.redirect_ride(run.community, RequestId(request), to=ambulance, reason=reason, by=run.by))


def stays(run: Run, request: Annotated[str, typer.Argument()]) -> None:
    """End a ride whose patient was admitted."""
    run.answered(run.engine.patient_stays(run.community, RequestId(request), by=run.by))


def rides(run: Run) -> None:
    """Show the rides that are agreed and not over."""
    lines = run.engine.rides(run.community)
    rows = [
        (r.request, run.words.code("ride_state", r.state), run.moment(r.pickup_at), r.area or "—", r.car or "—")
        for r in lines
    ]
    _shown(run, lines, rows)


def register(
    run: Run,
    *,
    area: str | None = None,
    features: Annotated[list[str] | None, typer.Option()] = None,
    lent_by: str | None = None,
    plate: str | None = None,
) -> None:
    """Register a car."""
    lender = ResponderId(lent_by) if lent_by else None
    car = run.engine.register_car(
        run.community, area=area, features=features or (), lent_by=lender, plate=typed(plate), by=run.by
    )
    _made(run, "car", car)


def permit(
    run: Run,
    car: Annotated[str, typer.Argument()],
    *,
    since: Annotated[str, typer.Option()],
    until: Annotated[str, typer.Option()],
) -> None:
    """Let a car pass the control points for a time."""
    begins, ends = _needed(since, "--since"), _needed(until, "--until")
    run.answered(
        run.engine.issue_car_permit(run.community, VehicleId(car), valid_from=begins, valid_until=ends, by=run.by)
    )


def take(run: Run, car: Annotated[str, typer.Argument()], driver: Annotated[str, typer.Argument()]) -> None:
    """Give a driver a car."""
    run.answered(run.engine.take_car(run.community, VehicleId(car), driver=ResponderId(driver), by=run.by))


def leave(run: Run, car: Annotated[str, typer.Argument()], driver: Annotated[str, typer.Argument()]) -> None:
    """Take a car back from its driver."""
    run.answered(run.engine.leave_car(run.community, VehicleId(car), driver=ResponderId(driver), by=run.by))


def cars(run: Run) -> None:
    """Show the cars in service."""
    lines = run.engine.cars(run.community)
    rows = [
        (
            c.car,
            run.words.code("car_state", c.state),
            c.driver or "—",
            run.moment(c.permit_until),
            run.yes_or_no(said=c.usable),
        )
        for c in lines
    ]
    _shown(run, lines, rows)


def set_quota(
    run: Run,
    area: Annotated[str, typer.Argument()],
    cars: Annotated[int, typer.Argument()],
    *,
    places: Annotated[list[str], typer.Option()],
    decides: str | None = None,
) -> None:
    """Say how many cars an area may send at a time."""
    run.answered(run.engine.set_quota(run.community, area, places=places, cars=cars, decides=decides, by=run.by))


def quotas(run: Run) -> None:
    """Show the areas of the fleet."""
    lines = run.engine.quotas(run.community)
    rows = [(q.area, str(q.cars_max), str(q.booked), str(q.over_quota), q.decides) for q in lines]
    _shown(run, lines, rows)


def _shown(run: Run, lines: tuple[object, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if run.json:
        run.emit(lines)
        return
    if not rows:
        run.say("cli.nothing_there")
        return
    table = Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row(*row)
    run.show(table)
