"""The board as staff see it: complete, in words as well as colours, and within 80 columns."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Command

WIDTH = 80


@pytest.fixture
def busy(town: Command) -> Command:
    """Give the command on a community with work of every urgency, some of it asked, some of it short of people."""
    town("open", "medicine", "--at", "11号楼501", "--urgency", "life")
    town("open", "food", "--at", "12号楼2单元601", "--urgency", "hardship")
    town("open", "garbage", "--at", "11号楼1901", "--urgency", "none")
    town("open", "stair_carry", "--at", "12号楼1单元601")
    town("match")
    return town


@pytest.mark.parametrize("language", ["zh", "en"])
def test_eighty_columns_are_enough(busy: Command, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """No line is wider, and no id is cut."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    ran = busy("board", "--language", language)
    assert ran.code == 0
    assert max(map(cell_len, ran.out.splitlines())) <= WIDTH
    ids = {line["request"] for line in busy("board", "--json").json}
    assert ids <= set(re.findall(r"q-[0-9a-f]{16}", ran.out))


def test_piped_it_is_plain_text(busy: Command) -> None:
    """Without a terminal nothing but text is written."""
    assert "\x1b" not in busy("board").out


def test_it_says_what_staff_need(busy: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Urgency, place by name, leg with its state, who is asked, until when, and who is missing."""
    monkeypatch.setenv("COLUMNS", "200")
    said = busy("board", "--language", "zh").out
    for word in ("危及生命", "生活困难", "11号楼", "5层", "12号楼1单元6层", "送药", "缺 3 人", "前答复", "告警"):
        assert word in said.replace("\n", ""), word
    assert re.search(r"r-[0-9a-f]{16} #1", said)


def test_the_most_urgent_is_first(busy: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A threat to life stands at the top, what is ordinary at the bottom."""
    urgencies = [line["urgency"] for line in busy("board", "--json").json]
    order = ["life", "health", "hardship", "none"]
    assert urgencies == sorted(urgencies, key=order.index)
    monkeypatch.setenv("COLUMNS", "200")
    said = busy("board").out
    assert said.index("threat to life") < said.index("hardship") < said.index("ordinary")


def test_an_empty_board_says_so(town: Command) -> None:
    """Nothing open is said in words."""
    assert "No request is open" in town("board").out


def test_markup_is_text(town: Command) -> None:
    """A note that looks like markup is shown as it is."""
    request = town("open", "food", "--at", "11号楼501", "--note", "[red]两袋[/red]", "--json").json["request"]
    assert "[red]两袋[/red]" in town("reveal", request, "--purpose", "contact").out
