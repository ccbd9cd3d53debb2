"""Commands about goods on a leg, what is to be bought, and what is kept for people."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from dispatch import CustodyId, CustodyLine, Item, RequestId, ResidentId, ResponderId

from .answers import leg_named
from .commands import command
from .run import Run, spoken, typed

Leg = Annotated[str, typer.Argument()]
Seals = Annotated[list[str] | None, typer.Option("--seal")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    goods = typer.Typer(no_args_is_help=True)
    command(goods, "start", panel="work")(start)
    command(goods, "arrive", panel="work")(arrive)
    command(goods, "pick-up", panel="work")(pick_up)
    command(goods, "place", panel="work")(place)
    command(goods, "hand-over", panel="work")(hand_over)
    command(goods, "refuse", panel="work")(refuse)
    command(goods, "missing", panel="work")(missing)
    command(goods, "receive", panel="work")(receive)
    command(goods, "found", panel="work")(found)
    app.add_typer(goods, name="goods", rich_help_panel="work")
    item = typer.Typer(no_args_is_help=True)
    command(item, "add", panel="work")(add_item)
    command(item, "confirm", panel="work")(confirm_item)
    command(item, "found", panel="work")(item_found)
    command(item, "not-found", panel="work")(item_not_found)
    app.add_typer(item, name="item", rich_help_panel="work")
    custody = typer.Typer(no_args_is_help=True)
    command(custody, "list", panel="work")(custody_list)
    command(custody, "take", panel="work")(take_custody)
    command(custody, "transfer", panel="work")(transfer_custody)
    command(custody, "return", panel="work")(return_custody)
    app.add_typer(custody, name="custody", rich_help_panel="work")


def start(run: Run, leg: Leg, *, responder: str | None = None) -> None:
    """Set out for a leg."""
    request, name, who = leg_named(run, leg, responder)
    run.answered(run.engine.start_leg(run.community, request, name, responder=who, **spoken(run, who)))


def arrive(run: Run, leg: Leg, *, responder: str | None = None) -> None:
    """Be where a leg is done."""
    request, name, who = leg_named(run, leg, responder)
    run.answered(run.engine.arrive(run.community, request, name, responder=who, **spoken(run, who)))


def pick_up(run: Run, leg: Leg, *, seal: Seals = None, responder: str | None = None) -> None:
    """Take goods up."""
    request, name, who = leg_named(run, leg, responder)
    call = spoken(run, who)
    run.answered(run.engine.pick_up_goods(run.community, request, name, seals=seal or (), responder=who, **call))


def place(run: Run, leg: Leg, *, point: str | None = None, seal: Seals = None, responder: str | None = None) -> None:
    """Put goods down, which finishes the leg."""
    request, name, who = leg_named(run, leg, responder)
    answer = run.engine.place_goods(
        run.community, request, name, point=point, seals=seal or (), responder=who, **spoken(run, who)
    )
    run.answered(answer)


def hand_over(
    run: Run,
    leg: Leg,
    *,
    to: Annotated[str, typer.Option()],
    point: str | None = None,
    seal: Seals = None,
    responder: str | None = None,
) -> None:
    """Give goods from hand to hand, which finishes the leg."""
    request, name, who = leg_named(run, leg, responder)
    answer = run.engine.hand_over_goods(
        run.community, request, name, to=to, point=point, seals=seal or (), responder=who, **spoken(run, who)
    )
    run.answered(answer)


def refuse(run: Run, leg: Leg, *, reason: str = "not_needed", responder: str | None = None) -> None:
    """Say that the other side does not take goods."""
    request, name, who = leg_named(run, leg, responder)
    run.answered(
        run.engine.refuse_goods(run.community, request, name, reason=reason, responder=who, **spoken(run, who))
    )


def missing(run: Run, leg: Leg, *, responder: str | None = None) -> None:
    """Say that goods are not where they should be: at the beginning of a taken leg, or where they were left."""
    request = RequestId(leg.partition("/")[0])
    at_work = any(type(one).__name__ in ("Taken", "EnRoute", "OnScene") for one in _legs(run, request))
    if not at_work:
        run.answered(run.engine.miss_goods(run.community, request, by=run.by))
        return
    request, name, who = leg_named(run, leg, responder)
    run.answered(run.engine.report_missing(run.community, request, name, responder=who, **spoken(run, who)))


def _legs(run: Run, request: RequestId) -> tuple[Any, ...]:
    return run.engine.request(run.community, request).legs


def receive(
    run: Run, request: Annotated[str, typer.Argument()], *, seal: Seals = None, on_behalf_of: str | None = None
) -> None:
    """Confirm to have goods."""
    call: dict[str, Any] = {"on_behalf_of": on_behalf_of} if on_behalf_of else {}
    run.answered(run.engine.take_delivery(run.community, RequestId(request), seals=seal or (), by=run.by, **call))


def found(run: Run, request: Annotated[str, typer.Argument()], *, point: Annotated[str, typer.Option()]) -> None:
    """Say where missing goods lie now."""
    run.answered(run.engine.find_goods(run.community, RequestId(request), point=point, by=run.by))


def add_item(
    run: Run,
    request: Annotated[str, typer.Argument()],
    *,
    wanted: Annotated[str, typer.Option()],
    quantity: int = 1,
    no_substitution: Annotated[bool, typer.Option("--no-substitution")] = False,
    needs_doctor: Annotated[bool, typer.Option("--needs-doctor")] = False,
) -> None:
    """Write something to be bought down."""
    one = Item(typed(wanted) or "", quantity=quantity, no_substitution=no_substitution, needs_doctor=needs_doctor)
    number = run.engine.add_item(run.community, RequestId(request), one, by=run.by)
    if run.json:
        run.emit({"request": request, "item": number})
    else:
        run.say("cli.item_added", number=number)


def confirm_item(
    run: Run,
    request: Annotated[str, typer.Argument()],
    number: Annotated[int, typer.Argument()],
    *,
    doctor: str | None = None,
) -> None:
    """Say that a doctor agrees."""
    call: dict[str, Any] = {"on_behalf_of": doctor} if doctor else {}
    run.answered(run.engine.confirm_item(run.community, RequestId(request), number, by=run.by, **call))


def item_found(
    run: Run,
    leg: Leg,
    number: Annotated[int, typer.Argument()],
    *,
    shop: Annotated[str, typer.Option()],
    substituted: Annotated[bool, typer.Option("--substituted")] = False,
    responder: str | None = None,
) -> None:
    """Say where an item was bought."""
    request, name, who = leg_named(run, leg, responder)
    answer = run.engine.item_found(
        run.community,
        request,
        number,
        place=shop,
        leg=name,
        substituted=substituted,
        responder=who,
        **spoken(run, who),
    )
    run.answered(answer)


def item_not_found(
    run: Run,
    leg: Leg,
    number: Annotated[int, typer.Argument()],
    *,
    shop: Annotated[str, typer.Option()],
    nowhere_else: Annotated[bool, typer.Option("--nowhere-else")] = False,
    responder: str | None = None,
) -> None:
    """Say where an item is not to be had."""
    request, name, who = leg_named(run, leg, responder)
    answer = run.engine.item_not_found(
        run.community,
        request,
        number,
        place=shop,
        leg=name,
        nowhere_else=nowhere_else,
        responder=who,
        **spoken(run, who),
    )
    run.answered(answer)


def custody_list(run: Run, *, responder: str | None = None) -> None:
    """Show who keeps what."""
    engine = run.engine
    if responder is None:
        lines = engine.custody_lines(run.community)
    else:
        lines = engine.custody_of(run.community, ResponderId(responder))
    if run.json:
        run.emit(lines)
    elif not lines:
        run.say("cli.nothing_kept")
    else:
        run.show(_table(run, lines))


def _table(run: Run, lines: tuple[CustodyLine, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    for key in ("custody", "belonging", "state", "holder", "owner"):
        table.add_column(run.words(f"field.{key}"), overflow="fold")
    for line in lines:
        what = run.words.code("belonging", line.belonging)
        table.add_row(line.custody, what, run.words.code("custody_state", line.state), line.holder, line.owner)
    return table


def take_custody(
    run: Run,
    owner: Annotated[str, typer.Argument()],
    belonging: Annotated[str, typer.Argument()],
    *,
    responder: Annotated[str, typer.Option()],
    request: Annotated[str | None, typer.Option()] = None,
    fen: int | None = None,
    description: str | None = None,
) -> None:
    """Take something of a resident into custody."""
    who = ResponderId(responder)
    custody = run.engine.take_custody(
        run.community,
        who,
        owner=ResidentId(owner),
        what=belonging,
        request=RequestId(request) if request else None,
        amount_fen=fen,
        description=typed(description),
        **spoken(run, who),
    )
    if run.json:
        run.emit({"custody": custody})
    else:
        run.say("cli.custody_taken", custody=custody, holder=who)


def transfer_custody(
    run: Run, custodies: Annotated[list[str], typer.Argument()], *, to: Annotated[str, typer.Option()]
) -> None:
    """Hand things on to a named person."""
    things = [CustodyId(custody) for custody in custodies]
    run.answered(run.engine.transfer_custody(run.community, things, to=ResponderId(to), by=run.by))


def return_custody(run: Run, custody: Annotated[str, typer.Argument()], *, on_behalf_of: str | None = None) -> None:
    """Confirm that an owner has something again."""
    call: dict[str, Any] = {"on_behalf_of": on_behalf_of} if on_behalf_of else {}
    run.answered(run.engine.return_custody(run.community, CustodyId(custody), by=run.by, **call))
