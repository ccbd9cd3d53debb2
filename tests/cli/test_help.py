"""The pages of help: complete, in both languages, and the same as the how-to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

import pytest
import typer

from dispatch.cli.alike import ALIKE
from dispatch.cli.exits import Exit
from dispatch.cli.pages import SHARED_NAMES
from dispatch.cli.program import tree
from dispatch.words import catalogue
from tests.cli.conftest import Command
from tests.house import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "command-line.md"
STAFF_PAGE = ROOT / "docs" / "staff-zh.md"


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every command that does something, with the words that call it."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from leaves(child, (*path, name))


LEAVES = dict(leaves(tree()))
GROUPS = sorted({path[:-1] for path in LEAVES if len(path) > 1})
"""Commands that only hold others."""


def options_of(command: Any) -> set[str]:
    """Return the options of a command that others have not."""
    return {
        name
        for parameter in command.params
        if parameter.param_type_name == "option" and parameter.name not in SHARED_NAMES
        for name in (*parameter.opts, *parameter.secondary_opts)
    }


@pytest.mark.parametrize("path", [(), *GROUPS, *LEAVES], ids=" ".join)
def test_chinese_help_is_chinese(dispatch: Command, path: tuple[str, ...]) -> None:
    """Nothing but names that are typed stands in Latin letters."""
    ran = dispatch("--language", "zh", *path, "--help")
    assert ran.code == 0
    said = ran.out
    for name in sorted(ALIKE.values(), key=len, reverse=True):
        said = re.sub(rf"(?<![a-z_]){re.escape(name)}(?![a-z_])", "", said)
    said = re.sub(r"--?[a-z][a-z-]*", "", said)
    typed = {part for known in LEAVES for word in known for part in word.split("-")} | {"dispatch", "worker"}
    codes = set(re.findall(r"[A-Za-z_]+", " ".join(ALIKE.values())))
    left = set(re.findall(r"[A-Za-z_]{2,}", said)) - typed - codes - {"UTF", "GB", "CSV", "zh", "CN"}
    defaults = {"staff", "called_away", "confirmed", "not_needed", "not_now", "ordered", "success", "Asia", "Shanghai"}
    defaults |= {"agreed", "ill"}
    defaults |= {"in_hospital", "recovered"}
    defaults |= {"ill", "will_not_leave"}
    defaults |= {"agreed", "ill", "not_needed_first", "written_by_mistake", "goods"}
    assert left - defaults == set()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_command_and_option_is_worded(language: str) -> None:
    """No page of help has a gap."""
    words = catalogue(language)
    for path, command in LEAVES.items():
        here = "_".join(path).replace("-", "_")
        assert f"help.command.{here}" in words
        for parameter in command.params:
            keys = {f"help.option.{here}_{parameter.name}", f"help.option.{parameter.name}"}
            assert keys & set(words), (path, parameter.name)
            if not getattr(parameter, "is_flag", False):
                assert f"help.value.{parameter.name}" in words, (path, parameter.name)


def worker_command() -> Any:
    """Return the worker's own command, which is another package's and is worded here all the same."""
    (found,) = [point.load() for point in entry_points(group="dispatch.commands") if point.name == "worker"]
    return typer.main.get_command(found)


def test_no_help_is_about_nothing() -> None:
    """Every worded command and option is there."""
    commands = {"_".join(path).replace("-", "_") for path in (*LEAVES, *GROUPS)} | {"root", "worker"}
    worded = {key.removeprefix("help.command.") for key in catalogue("en") if key.startswith("help.command.")}
    assert worded == commands
    names = {parameter.name for command in LEAVES.values() for parameter in command.params} | {"help"}
    specific = {
        f"{'_'.join(path).replace('-', '_')}_{parameter.name}"
        for path, command in LEAVES.items()
        for parameter in command.params
    }
    specific |= {f"worker_{parameter.name}" for parameter in worker_command().params}
    options = {key.removeprefix("help.option.") for key in catalogue("en") if key.startswith("help.option.")}
    assert options <= names | specific


def test_the_root_tells_the_exit_codes(dispatch: Command) -> None:
    """The table of exit codes is on the first page."""
    said = dispatch("--help").out
    for code in Exit:
        assert re.search(rf"^\s+{code.value}\s", said, re.MULTILINE)


def test_no_arguments_is_the_help(dispatch: Command) -> None:
    """Whoever types nothing else is helped."""
    assert dispatch().out == dispatch("--help").out


def sections() -> dict[str, str]:
    """Return the sections of the how-to by their titles."""
    parts = re.split(r"^### `dispatch ([a-z -]+)`\n", HOW_TO.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_how_to_has_every_command() -> None:
    """The page has a section for each command and none for others."""
    assert set(sections()) == {" ".join(path) for path in LEAVES} | {"worker"}


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_the_how_to_has_every_option(path: tuple[str, ...]) -> None:
    """A section names each option of its command, and no other."""
    section = sections()[" ".join(path)].split("\n## ")[0]
    shared = {f"--{name}" for name in SHARED_NAMES}
    assert set(re.findall(r"--[a-z][a-z-]*", section)) - shared == options_of(LEAVES[path])


NOT_DAILY = {"demo", "simulate", "subscribe", "views rebuild", "init", "import", "audit what-if"}
"""What staff do not type on a working day; what begins with «policy» is for the office, once."""


def test_the_staff_page_has_every_daily_command() -> None:
    """Whoever reads Chinese finds each command beside the task it is for, and none that does not exist."""
    page = STAFF_PAGE.read_text(encoding="utf-8")
    tables = "\n".join(line for line in page.splitlines() if line.startswith("| "))
    named = {name.removeprefix("dispatch ").split(" --")[0] for name in re.findall(r"`(dispatch [^`]+)`", tables)}
    known = {" ".join(path) for path in LEAVES}
    assert named - known == set()
    assert {name for name in known - named if not name.startswith("policy ")} - NOT_DAILY == set()


def test_the_how_to_has_the_exit_codes() -> None:
    """Its table has each code with the words of the help."""
    page = HOW_TO.read_text(encoding="utf-8")
    for code in Exit:
        assert f"| {code.value} | {catalogue('en')[f'help.exit.{code.name.lower()}']} |" in page
