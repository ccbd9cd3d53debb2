"""A community in a folder of its own, and the command as a person runs it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dispatch.cli import main

TIMEOUT_S = 120


@dataclass(frozen=True)
class Ran:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, read as a program would."""
        return json.loads(self.out)


Command = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of its own as the working folder, and an environment that says nothing else."""
    for name in [name for name in os.environ if name.startswith("DISPATCH_") or name == "COLUMNS"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DISPATCH_STORE", f"sqlite:///{tmp_path}/community.db")
    monkeypatch.setenv("DISPATCH_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dispatch(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Give the command, run in this process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(code, said.out, said.err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def shell(folder: Path) -> Command:
    """Give the command, run as a process of its own."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "dispatch", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_S,
            env={**os.environ, "PYTHONUTF8": "1", **environment},
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


REGISTER = '楼栋,单元,楼层,电梯\n11号楼,,19,有\n12号楼,"1单元,2单元",6,无\n'
PEOPLE = (
    "姓名,电话,角色,负责范围,工作量上限\n"
    "甲,13800000001,楼层长,11号楼5层,8\n"
    "乙,13800000002,社区工作者,全社区,30\n"
    "丙,13800000003,下沉干部,全社区,30\n"
)


@pytest.fixture(scope="session")
def made_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the community once, by the command."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "register.csv").write_text(REGISTER, encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    store = ("--store", f"sqlite:///{folder}/community.db")
    assert main(["init", "riverside", "--duty", "desk-1", "--title", "河畔社区", *store]) == 0
    assert main(["import", str(folder / "register.csv"), *store]) == 0
    assert main(["import", str(folder / "people.csv"), *store]) == 0
    return folder


@pytest.fixture
def town(made_town: Path, folder: Path, dispatch: Command) -> Command:
    """Give the command on a copy of a community with two buildings and people in them."""
    shutil.copytree(made_town, folder, dirs_exist_ok=True)
    return dispatch
