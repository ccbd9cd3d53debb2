"""Commands about supplies: take in, set aside, hand out, distribute, count."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from dispatch import LotId, RequestId, ResidentId

from .commands import command
from .run import Run


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    stock = typer.Typer(no_args_is_help=True)
    command(stock, "receive", panel="office")(receive)
    command(stock, "reserve", panel="office")(reserve)
    command(stock, "issue", panel="office")(issue)
    command(stock, "distribute", panel="office")(distribute)
    command(stock, "count", panel="office")(count)
    command(stock, "show", panel="office")(show)
    app.add_typer(stock, name="stock", rich_help_panel="office")


def receive(
    run: Run,
    item: Annotated[str, typer.Argument()],
    quantity: Annotated[int, typer.Argument()],
    *,
    unit: str | None = None,
    source: str | None = None,
    where: str | None = None,
) -> None:
    """Take goods in."""
    lot = run.engine.receive_goods(
        run.community, item, quantity, unit=unit or "piece", source=source or "bought", where=where, by=run.by
    )
    if run.json:
        run.emit({"lot": lot})
    else:
        run.say("cli.lot_received", lot=lot, quantity=quantity)


def reserve(
    run: Run,
    lot: Annotated[str, typer.Argument()],
    request: Annotated[str, typer.Argument()],
    *,
    quantity: int = 1,
) -> None:
    """Set units aside for a request."""
    run.answered(
        run.engine.reserve_goods(run.community, LotId(lot), request=RequestId(request), quantity=quantity, by=run.by)
    )


def issue(
    run: Run,
    lot: Annotated[str, typer.Argument()],
    resident: Annotated[str, typer.Argument()],
    *,
    quantity: int = 1,
    request: str | None = None,
) -> None:
    """Hand units out to a resident."""
    answer = run.engine.issue_goods(
        run.community,
        LotId(lot),
        resident=ResidentId(resident),
        quantity=quantity,
        request=RequestId(request) if request else None,
        by=run.by,
    )
    run.answered(answer)


def distribute(run: Run, lot: Annotated[str, typer.Argument()], *, each: int = 1, where: str | None = None) -> None:
    """Owe every household the same."""
    run.answered(run.engine.distribute(run.community, LotId(lot), each=each, where=where, by=run.by))


def count(
    run: Run,
    lot: Annotated[str, typer.Argument()],
    counted: Annotated[int, typer.Argument()],
    *,
    reason: Annotated[str, typer.Option()],
) -> None:
    """Let the account follow the shelf."""
    run.answered(run.engine.count_goods(run.community, LotId(lot), counted, reason=reason, by=run.by))


def show(run: Run, lot: Annotated[str | None, typer.Argument()] = None) -> None:
    """Show the accounts, or who of a distribution is still to get theirs."""
    engine = run.engine
    if lot is not None:
        state = engine.distribution(run.community, LotId(lot))
        if run.json:
            run.emit(state)
            return
        served, total = state.coverage
        run.say("cli.distributed", served=served, total=total)
        for resident in state.owed:
            run.show(f"  {resident}")
        return
    lots = engine.lots(run.community)
    if run.json:
        run.emit(lots)
        return
    table = Table(*(run.words(f"cli.stock.{name}") for name in ("lot", "item", "on_hand", "free", "reserved", "owed")))
    for name, account in lots.items():
        reserved, owed = sum(account.reserved.values()), sum(account.due.values())
        table.add_row(name, account.item, str(account.on_hand), str(account.free), str(reserved), str(owed))
    run.show(table)
