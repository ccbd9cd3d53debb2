"""Sizes of files and functions, and what no file of the house may hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import ROOT, read_house

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Made by tools and by runs, not by us.
MADE = frozenset({".git", "__pycache__", "_build", "build", "dist"})
MADE_FOLDERS = re.compile(r"\.(venv|cache|hypothesis|.+_cache)|.+\.egg-info")
MADE_FILES = re.compile(r".+\.(pyc|db|db-shm|db-wal|keys)")

MACHINE_PATHS = re.compile(r"(?<![\w.~*-])/(home/\w|root/|Users/\w|work/|opt/)")
REGISTRIES = re.compile(
    "|".join(
        rf"{name}\.{top}"
        for name, top in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("anaconda", "org"),
            ("npmjs", "(org|com)"),
            ("yarnpkg", "com"),
            ("crates", "io"),
            ("rubygems", "org"),
            ("golang", "org"),
            ("docker", "io"),
            ("ghcr", "io"),
        ]
    )
    + r"|(extra-)?index-url\s*=|find-links\s*="
)


def files_of(root: Path) -> Iterator[Path]:
    """Give every file that belongs to the house."""
    for path in sorted(root.iterdir()):
        if path.is_dir():
            if path.name not in MADE and not MADE_FOLDERS.fullmatch(path.name):
                yield from files_of(path)
        elif not MADE_FILES.fullmatch(path.name):
            yield path


def found_in(root: Path, pattern: re.Pattern[str]) -> list[str]:
    """List where a pattern stands in the files of a house, as file, line and text."""
    return [
        f"{path.relative_to(root)}:{number}: {match[0]}"
        for path in files_of(root)
        for number, line in enumerate(path.read_bytes().decode(errors="replace").splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def long_files(root: Path) -> list[str]:
    """List the files of more lines than allowed."""
    sizes = {
        name: len(module.path.read_text(encoding="utf-8").splitlines()) for name, module in read_house(root).items()
    }
    return [f"{name}: {lines} lines" for name, lines in sizes.items() if lines > FILE_LINES_MAX]


def long_functions(root: Path) -> list[str]:
    """List the functions of more lines than allowed, docstring and decorators left out."""
    found = []
    for module in read_house(root).values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if ast.get_docstring(node, clean=False) is not None:
                    lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    found.append(f"{module.name}.{node.name}: {lines} lines")
    return found


def test_no_file_is_too_long() -> None:
    """A file that outgrows the measure is two nouns."""
    assert long_files(ROOT) == []


def test_no_function_is_too_long() -> None:
    """A function fits on a page."""
    assert long_functions(ROOT) == []


def test_no_path_of_a_machine() -> None:
    """Nothing in the house depends on where one of us keeps it."""
    here = re.compile(rf"(?<![\w.]){re.escape(str(ROOT))}(?!\w)")
    assert found_in(ROOT, MACHINE_PATHS) + found_in(ROOT, here) == []


def test_no_address_of_a_registry() -> None:
    """Where packages come from is a setting of the machine, not of the house."""
    assert found_in(ROOT, REGISTRIES) == []


def test_the_lock_pins_every_package_by_hash() -> None:
    """Each line of the lock names one version, and at least one hash follows it."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", lock.strip())
    assert len(entries) > 50
    assert [e for e in entries if not re.match(r"[\w.-]+==\S+ .*\\\n +--hash=sha256:", e)] == []


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("see " + "/ho" + "me/li/notes", MACHINE_PATHS),
        ("'" + "/wo" + "rk/x'", MACHINE_PATHS),
        ("pip install -i https://" + "pypi" + ".org/simple", REGISTRIES),
        ("--extra-index" + "-url = x", REGISTRIES),
    ],
)
def test_a_planted_address_is_found(tmp_path: Path, text: str, pattern: re.Pattern[str]) -> None:
    """The search finds what it is there for, and names file and line."""
    (tmp_path / "notes.md").write_text(f"first line\n{text}\n", encoding="utf-8")
    (found,) = found_in(tmp_path, pattern)
    assert found.startswith("notes.md:2: ")


def test_a_planted_giant_is_found(tmp_path: Path) -> None:
    """One line over the measure is found, the docstring does not count."""
    body = "\n".join(["    x = 1"] * FUNCTION_LINES_MAX)
    text = f'def fits():\n    """One.\n\n    Two.\n    """\n{body[10:]}\n\n\ndef giant():\n{body}\n'
    rest = "y = 1\n" * (FILE_LINES_MAX + 1 - len(text.splitlines()))
    (tmp_path / "dispatch").mkdir()
    (tmp_path / "dispatch" / "big.py").write_text(text + rest, encoding="utf-8")
    assert long_functions(tmp_path) == [f"dispatch.big.giant: {FUNCTION_LINES_MAX + 1} lines"]
    assert long_files(tmp_path) == [f"dispatch.big: {FILE_LINES_MAX + 1} lines"]


def test_no_room_of_the_facade_hides_another() -> None:
    """The façade is made of many classes; a private name that two of them define would silently replace one."""
    from dispatch import Dispatch  # noqa: PLC0415 - the rest of this file only reads

    owners: dict[str, set[str]] = {}
    for part in Dispatch.__mro__[1:-1]:
        for name in vars(part):
            if name.startswith("_") and not name.startswith("__"):
                owners.setdefault(name, set()).add(part.__name__)
    assert {name: parts for name, parts in owners.items() if len(parts) > 1} == {}
