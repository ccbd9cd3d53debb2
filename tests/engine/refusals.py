"""Refusals by their code."""

from __future__ import annotations

from collections.abc import Callable

from dispatch import Refused
from tests.engine.town import refusal_of


def refused(code: str, say: Callable[[], object]) -> Refused:
    """Return the refusal of what is said; it is an error if it is not refused for this very reason."""
    found = refusal_of(say)
    assert found.code == code, found
    return found
