"""The pages that are generated are current, and the glossary has every term of the code."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from dispatch.domain.values import Channel, ControlLevel, Role, Side, Urgency

DOCS = Path(__file__).parent.parent / "docs"


def generator(name: str) -> ModuleType:
    """Load a generator, which is a script and no package."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_events_reference_is_what_the_code_says() -> None:
    """Whoever changes an event runs the generator."""
    assert (DOCS / "events.md").read_text(encoding="utf-8") == generator("events_reference").page()


def test_who_may_do_what_is_what_the_code_says() -> None:
    """The table of roles lists every command with exactly the roles that may give it."""
    assert (DOCS / "authority.md").read_text(encoding="utf-8") == generator("authority_reference").page()


def test_every_role_level_and_urgency_stands_in_the_glossary() -> None:
    """A word of the code without a line in the glossary is a word nobody agreed on."""
    words = set(re.findall(r"`([a-z_]+)`", (DOCS / "glossary.md").read_text(encoding="utf-8")))
    members = {str(member) for kind in (Role, ControlLevel, Urgency, Side, Channel) for member in kind}
    assert members <= words
