"""The table of requirements names stories, tests and verbs that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from dispatch import Dispatch

ROOT = Path(__file__).parent.parent
NOT_YET = "—"


class Row(NamedTuple):
    """One row of the table; each cell lists names in back quotes."""

    number: str
    practice: str
    stories: str
    tests: str
    verbs: str


def _rows() -> list[Row]:
    page = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    return [Row(*line.strip("|").split("|")) for line in page.splitlines() if re.match(r"\|[RC]\d+\|", line)]


ROWS = _rows()


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_row_is_there_once() -> None:
    """R1 to R34, in order, and how work is shared out."""
    numbers = [*(f"R{number}" for number in range(1, 35)), *(f"C{number}" for number in range(1, 5))]
    assert [row.number for row in ROWS] == numbers


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_what_a_row_names_exists(row: Row) -> None:
    """A story is a file, a test is a function in a file, a verb is a method of the façade."""
    for story in _names(row.stories):
        assert (ROOT / "examples" / f"story_{story}.py").is_file(), story
    for named in _names(row.tests):
        file, _, function = named.partition("::")
        assert f"def {function}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), named
    for verb in _names(row.verbs):
        assert callable(getattr(Dispatch, verb, None)), verb


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_a_row_that_is_done_names_its_test_and_its_verbs(row: Row) -> None:
    """A row is empty as a whole, or it says how it is held and done."""
    done = row.tests != NOT_YET
    assert bool(_names(row.tests)) is done
    assert bool(_names(row.verbs)) is done
