"""Every story comes to the figures it tells of, on both stores, and its log replays byte for byte."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def _stories() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stories", EXAMPLES / "stories.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STORIES = _stories()


@pytest.mark.parametrize("name", STORIES.names())
def test_a_story_on_a_file(name: str, tmp_path: Path) -> None:
    """Its figures are those of the sources; decisions and invariants hold."""
    _, problems = STORIES.tell(STORIES.load(name), f"sqlite:///{tmp_path}/story.db")
    assert not problems


@pytest.mark.parametrize("name", STORIES.names())
def test_a_story_on_postgresql(name: str, postgres_database: str) -> None:
    """The other store changes nothing."""
    _, problems = STORIES.tell(STORIES.load(name), postgres_database)
    assert not problems


@pytest.mark.parametrize("name", STORIES.names())
def test_a_story_by_itself(name: str, tmp_path: Path) -> None:
    """Each file runs alone, from anywhere, and prints what it came to."""
    ran = subprocess.run(
        [sys.executable, EXAMPLES / f"story_{name}.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert all(figure in ran.stdout for figure in STORIES.load(name).FIGURES)


def test_another_figure_is_noticed(tmp_path: Path) -> None:
    """A story that comes to something else is not told as if it had not."""
    told = STORIES.load("first_call")
    other = SimpleNamespace(START=told.START, FIGURES={**told.FIGURES, "legs done": 3}, play=told.play)
    _, problems = STORIES.tell(other, f"sqlite:///{tmp_path}/story.db")
    assert problems == ["legs done is 2, expected 3"]


def test_a_story_that_is_not_there() -> None:
    """The answer names those that are."""
    with pytest.raises(SystemExit, match="first_call"):
        STORIES.load("nothing")
