"""Commands of other distributions: imported when they are asked for, and harmless when broken."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from dispatch.cli import commands
from tests.cli.conftest import Command

GOOD = "import typer\napp = typer.Typer()\n\n@app.command()\ndef wave() -> None:\n    typer.echo('waving')\n"
BROKEN = "raise RuntimeError('half installed')\n"


@pytest.fixture
def visitors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Install a good and a broken distribution, as far as the command can tell."""
    (tmp_path / "visiting_good.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "visiting_broken.py").write_text(BROKEN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("visiting_good", "visiting_broken"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    points = {
        name: EntryPoint(name, f"visiting_{module}:app", commands.PLUGINS)
        for name, module in (("wave", "good"), ("limp", "broken"))
    }
    monkeypatch.setattr(commands, "plugins", lambda: points)


@pytest.mark.usefixtures("visitors")
def test_a_good_one_runs(dispatch: Command) -> None:
    """A command of another distribution runs as ours do."""
    ran = dispatch("wave")
    assert (ran.code, ran.out) == (0, "waving\n")


@pytest.mark.usefixtures("visitors")
def test_a_broken_one_is_reported_and_stops_nobody(dispatch: Command) -> None:
    """It says what is broken; the help lists everything, and other commands work."""
    ran = dispatch("limp", "--fast")
    assert ran.code == 70
    assert "RuntimeError" in ran.err
    assert "visiting_broken" in ran.err
    helped = dispatch("--help")
    assert helped.code == 0
    assert {"wave", "limp"} <= set(helped.out.split())
    assert dispatch("wave").code == 0


@pytest.mark.usefixtures("visitors")
def test_nothing_is_imported_unasked(dispatch: Command) -> None:
    """Our own commands import no plugin."""
    dispatch("init", "riverside", "--duty", "desk-1")
    assert "visiting_good" not in sys.modules


def test_the_worker_is_one_of_them() -> None:
    """The workers' command is found by its entry point."""
    assert commands.plugins()["worker"].value.startswith("workers")
