"""The same bytes for any order of the input, any process, any Python and any machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest

from dispatch.domain.policies import SHIPPED
from dispatch.domain.policy import EVERYDAY
from dispatch.matching.board import Board
from dispatch.matching.match import MATCHER, MatchResult, match
from tests.matching.boards import AT, random_board

ROOT = Path(__file__).parents[2]
FROZEN = Path(__file__).with_name("frozen_answers.json")
BOARDS = range(4)

K = TypeVar("K")
V = TypeVar("V")


def shuffled(seen: Board, seed: int) -> Board:
    """Return the same board with every map in another order."""
    draw = Random(seed)

    def mixed(mapping: Mapping[K, V]) -> dict[K, V]:
        items = list(mapping.items())
        draw.shuffle(items)
        return dict(items)

    register = replace(seen.place_register, buildings=mixed(seen.place_register.buildings))
    people = {
        who: replace(state, met=mixed(state.met), burden=mixed(state.burden), loads=mixed(state.loads))
        for who, state in mixed(seen.responders).items()
    }
    return replace(
        seen, register=register, responders=people, requests=mixed(seen.requests), residents=mixed(seen.residents)
    )


def digest(result: MatchResult) -> str:
    """Return the digest of everything that a run decides."""
    said = [fact.model_dump_json() for fact in (*result.decided, *result.shortfalls)]
    return hashlib.sha256("\n".join([*said, *result.collapsed, str(result.unserved)]).encode()).hexdigest()


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_the_input_does_not_matter(seed: int) -> None:
    """However the maps are ordered, the same bytes."""
    seen = random_board(seed, people=25, requests=60, crews=0.15)
    expected = digest(match(seen, EVERYDAY, AT))
    assert {digest(match(shuffled(seen, mix), EVERYDAY, AT)) for mix in range(5)} == {expected}


def answers() -> dict[str, object]:
    """Return the digests of what is decided on the same boards by every policy that is shipped."""
    told: dict[str, object] = {"matcher": MATCHER}
    for policy in SHIPPED:
        seen = [random_board(seed, people=25, requests=60, crews=0.15, policy=policy) for seed in BOARDS]
        told[f"{policy.name} {policy.version}"] = [digest(match(one, policy, AT)) for one in seen]
    return told


@pytest.mark.parametrize("seed", ["0", "1", "2", "4242", "4294967295"])
def test_the_process_does_not_matter(seed: str) -> None:
    """Whatever the seed of Python's hashes, the same bytes in every process."""
    told = subprocess.run(
        [sys.executable, "-m", __name__],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout) == json.loads(FROZEN.read_text())


def test_the_answers_are_those_of_every_python_and_machine() -> None:
    """
    They are kept as they were once found; this holds on every Python and machine that the tests run on.

    A change that means to change them raises `MATCHER`, or changes a policy's version, and keeps the new
    ones: ``python -m tests.matching.test_determinism > tests/matching/frozen_answers.json``.
    """
    assert answers() == json.loads(FROZEN.read_text())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answers(), indent=1) + "\n")
