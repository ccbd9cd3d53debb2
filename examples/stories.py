"""
Play the stories of the domain one after another, and audit each.

    python examples/stories.py [NAME …] [--store sqlite:///folder/{name}.db]

A story is a file ``story_<name>.py`` beside this one. Its docstring tells what happens and names the
requirement rows and the source of each figure. It has

- ``START``: the first instant of its virtual time, aware;
- ``FIGURES``: what the play must come to, by name;
- ``play(engine, clock)``: gives those figures, counted from what the engine recorded.

Each is played on an empty store; then every decision is replayed byte for byte and every invariant is
checked on the log. The exit code is 1 when a figure differs, a decision cannot be reproduced or an
invariant does not hold.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from dispatch import Dispatch, NumberedIds, VirtualClock
from dispatch.audit import open_log, replay, violations

HERE = Path(__file__).parent
PREFIX = "story_"

Figures = Mapping[str, int | str]


class Story(Protocol):
    """What the file of a story offers."""

    START: datetime
    FIGURES: Figures

    def play(self, engine: Dispatch, clock: VirtualClock) -> Figures:
        """Play it on an empty store."""


def names() -> tuple[str, ...]:
    """Return the names of all stories."""
    return tuple(sorted(path.stem.removeprefix(PREFIX) for path in HERE.glob(f"{PREFIX}*.py")))


def load(name: str) -> Story:
    """
    Return a story by name.

    Raises
    ------
    SystemExit
        There is no such story.
    """
    path = HERE / f"{PREFIX}{name}.py"
    spec = importlib.util.spec_from_file_location(f"{PREFIX}{name}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise SystemExit(f"There is no story {name}. There are: {', '.join(names())}.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Story, module)


def tell(story: Story, store: str) -> tuple[Figures, list[str]]:
    """
    Play a story on an empty store and audit it.

    Returns
    -------
    figures, problems
        What the play came to, and everything that is not as it must be.
    """
    clock = VirtualClock(story.START)
    with Dispatch.open(store, clock=clock, ids=NumberedIds()) as engine:
        figures = story.play(engine, clock)
    problems = [
        f"{name} is {figures.get(name)}, expected {story.FIGURES.get(name)}"
        for name in sorted({*figures, *story.FIGURES})
        if figures.get(name) != story.FIGURES.get(name)
    ]
    with open_log(store) as log:
        report = replay(log)
        problems += [f"{finding.code} at position {finding.position}" for finding in report.findings]
        problems += [f"{finding.code} at position {finding.position}, not checked" for finding in report.unchecked]
        problems += [f"{broken.rule} at position {broken.position}: {broken.detail}" for broken in violations(log)]
    return figures, problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the stories named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--store", help="where to keep each story; {name} is replaced")
    given = parser.parse_args(arguments)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in given.names or names():
            store = (given.store or f"sqlite:///{folder}/{{name}}.db").format(name=name)
            figures, problems = tell(load(name), store)
            print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
            for problem in problems:
                print(f"  ✗ {problem}")
            failed += bool(problems)
    print(f"{len(given.names or names()) - failed} stories as told, {failed} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
