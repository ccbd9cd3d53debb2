"""Logs that were recorded once replay for ever, byte for byte, or say that they cannot be checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.audit import open_log, replay
from dispatch.matching.match import MATCHER
from dispatch.store.recorders import open_recorder
from tests.audit.golden import FOLDER, file_of, restore

WHAT_NOW = (
    "This version decides otherwise on a recorded board, or writes a decision otherwise (a field of Meta, Policy, "
    "MatchDecided, ShortfallFound or of an offer counts too). If that is meant, raise MATCHER and record a golden log "
    "of the new one: python -m tests.audit.golden"
)


def test_the_present_matcher_has_a_golden_log() -> None:
    """Whoever raises MATCHER records a log of it."""
    assert file_of(MATCHER).is_file()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.jsonl")), ids=lambda path: path.stem)
@pytest.mark.parametrize("store", ["file", "postgres"])
def test_a_golden_log(store: str, path: Path, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The present matcher's is reproduced; an older one's is not called altered."""
    url = f"sqlite:///{tmp_path}/golden.db" if store == "file" else request.getfixturevalue("postgres_database")
    with open_recorder(url) as recorder:
        events = restore(path, recorder)
    with open_log(url) as log:
        report = replay(log)
    assert report.findings == (), WHAT_NOW
    assert report.events == events > 100
    assert report.decisions > 5
    if path == file_of(MATCHER):
        assert report.unchecked == ()
        assert report.reproduced == report.decisions + report.shortfalls
    else:
        assert {finding.code for finding in report.unchecked} == {"unknown_matcher"}
