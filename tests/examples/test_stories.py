"""Every story comes to the figures it tells of, on both stores, and its log replays byte for byte."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from dispatch.audit import open_log
from dispatch.audit.boards import DECISION_TOPICS

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def _stories() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stories", EXAMPLES / "stories.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STORIES = _stories()


def decisions(store: str) -> list[tuple[int, str, bytes]]:
    """Return what the matcher has recorded, as it is stored."""
    with open_log(store) as log:
        return [(row.position, row.topic, row.state) for row in log.rows(topics=DECISION_TOPICS)]


@pytest.mark.parametrize("name", STORIES.names())
def test_a_story_on_both_stores(name: str, tmp_path: Path, postgres_database: str) -> None:
    """Its figures are those of the sources; decisions and invariants hold; the stores hold the same bytes of them."""
    file = f"sqlite:///{tmp_path}/story.db"
    for store in (file, postgres_database):
        _, problems = STORIES.tell(STORIES.load(name), store)
        assert not problems
    assert decisions(file) == decisions(postgres_database)


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
