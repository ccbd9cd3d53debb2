"""
Freeze the payloads that are missing: ``python -m tests.codec.freeze``.

A payload that is there is never touched. It is what some log may hold: when a test says that one
cannot be read any more, the code is wrong and not the payload.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dispatch.store.codec import TOPICS
from tests.codec.samples import META, sample

PAYLOADS: Final = Path(__file__).parent / "payloads"


def expected() -> dict[str, str]:
    """Give the file of each topic and version, with its topic."""
    return {
        f"{topic}.{schema}.json": topic for topic, fact in TOPICS.topics.items() for schema in range(1, fact.SCHEMA + 1)
    }


def freeze(folder: Path) -> list[str]:
    """Write what is missing; give the names of the new files."""
    made = []
    for name, topic in expected().items():
        path = folder / name
        if not path.exists():
            path.write_bytes(TOPICS.encode(META, sample(TOPICS.topics[topic])) + b"\n")
            made.append(name)
    return made


if __name__ == "__main__":
    for new in freeze(PAYLOADS):
        print(new)  # noqa: T201 - a script
