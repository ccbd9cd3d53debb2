"""
What the README and the tutorial show is run.

Every python block runs, all those of one page in one namespace, in the order of the page
and in a folder of its own. A bash or console block runs there too when the line above it
says ``<!-- run -->``; of a console block the lines after ``$`` are commands, and ``>``
carries one on. Warnings are errors here as everywhere.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from tests.house import ROOT

FENCE = re.compile(r"(?P<ticks>`{3,})\s*(?P<language>[\w-]*).*")
MARK = "<!-- run -->"
SHELL = frozenset({"bash", "console", "sh"})
SHELL_TIMEOUT_S = 600


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and the page's line before its first."""

    language: str
    text: str
    line: int
    marked: bool

    @property
    def runs(self) -> bool:
        """Whether this block is run."""
        return self.language == "python" or (self.language in SHELL and self.marked)


def blocks_of(page: str) -> Iterator[Block]:
    """Give the fenced blocks of a page in order."""
    lines = page.splitlines()
    at = 0
    while at < len(lines):
        fence = FENCE.fullmatch(lines[at].strip())
        at += 1
        if fence:
            first = at
            while lines[at].strip() != fence["ticks"]:
                at += 1
            above = [line.strip() for line in lines[: first - 1] if line.strip()]
            marked = bool(above) and above[-1] == MARK
            indent = len(lines[first - 1]) - len(lines[first - 1].lstrip())
            text = "".join(line[indent:] + "\n" for line in lines[first:at])
            yield Block(fence["language"], text, first, marked)
            at += 1


def commands_of(block: Block) -> str:
    """Give what a shell is to run of a block."""
    if block.language != "console":
        return block.text
    lines = (line for line in block.text.splitlines() if line.startswith(("$ ", "> ")))
    return "".join(line[2:] + "\n" for line in lines)


def runnable_pages() -> list[Path]:
    """List the README and every page that has something to run; the README and the tutorial must have."""
    required = [ROOT / "README.md", ROOT / "docs" / "tutorial.md"]
    others = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "how-to").glob("*.md")]
    running = [page for page in others if any(block.runs for block in blocks_of(page.read_text(encoding="utf-8")))]
    return [*required, *sorted(set(running) - set(required))]


def run_page(page: Path, folder: Path) -> int:
    """Run a page in a folder and tell how many blocks ran; the first failure raises."""
    module = ModuleType("__page__")  # known by name: a dataclass or a model looks itself up there
    sys.modules[module.__name__] = module
    ran = 0
    try:
        for block in blocks_of(page.read_text(encoding="utf-8")):
            if block.language == "python":
                # Empty lines in front make a traceback name the page's own line.
                code = compile("\n" * block.line + block.text, str(page), "exec")
                exec(code, module.__dict__)  # noqa: S102 (this is what the test is for)
            elif block.runs:
                run_shell(commands_of(block), folder, where=f"{page.name}:{block.line}")
            ran += block.runs
    finally:
        del sys.modules[module.__name__]
        module.__dict__.clear()
        gc.collect()  # what a page leaves open is reported here, and not in another test
    return ran


def run_shell(commands: str, folder: Path, *, where: str) -> None:
    """Run commands as one bash script that stops at the first failure."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env={**os.environ, "PATH": path, "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SHELL_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, f"{where} ended with {done.returncode}:\n{done.stdout}"


@pytest.mark.parametrize("page", runnable_pages(), ids=lambda page: page.name)
def test_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a page tells a newcomer to run does run, on an empty folder."""
    monkeypatch.chdir(tmp_path)
    assert run_page(page, tmp_path) > 0


def test_blocks_share_names_and_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python blocks see earlier ones, a marked shell block sees their files, others rest."""
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n```python\nfrom pathlib import Path\nword = 'x'\n```\n\nThen:\n\n"
        "1. first\n\n   ```python\n   _ = Path('made').write_text(word)\n   ```\n\n"
        "<!-- run -->\n```console\n$ test -s made && \\\n> cat made > copied\nx\n```\n\n"
        "```bash\nexit 1\n```\n\n```text\nnot code\n```\n",
        encoding="utf-8",
    )
    assert run_page(page, tmp_path) == 3
    assert (tmp_path / "copied").read_text(encoding="utf-8") == "x"


def test_a_failing_python_block_is_found_on_its_line(tmp_path: Path) -> None:
    """The traceback of a block names the page and the page's line."""
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```python\nok = 1\nraise LookupError(ok)\n```\n", encoding="utf-8")
    with pytest.raises(LookupError) as failure:
        run_page(page, tmp_path)
    last = failure.traceback[-1]
    assert (Path(str(last.path)), last.lineno + 1) == (page, 5)


def test_a_failing_command_is_found(tmp_path: Path) -> None:
    """A command that fails in the middle of a block fails the page, with its output."""
    page = tmp_path / "page.md"
    page.write_text("<!-- run -->\n\n```bash\necho before\nfalse\ntrue\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"page.md:3 ended with 1:\s+before"):
        run_page(page, tmp_path)
