"""
Write `docs/events.md` from the event classes, and `docs/authority.md` from the table of commands.

``python docs/events_reference.py``; a test keeps both current.
"""

from __future__ import annotations

import inspect
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from dispatch.domain.aggregates import AGGREGATES
from dispatch.domain.values import Fact, Sealed

PAGE = Path(__file__).parent / "events.md"
HEAD = """# Events

Generated from the code by `python docs/events_reference.py`.

Every stored event is `[schema, meta, body]`. `meta` holds the command's id and the event's index in it,
the actor, role and channel, on whose behalf it was given, when it happened by the device's clock and
when it was recorded, and for the matcher's records the position they answer. The body's fields stand
below; *sealed* marks personal data, encrypted under the subject's key. Topics and fields are history:
they are added to, never renamed or reused.
"""


def name_of(annotation: Any) -> str:
    """Name a type as a reader would."""
    if isinstance(annotation, type) and not get_args(annotation):
        return "none" if annotation is type(None) else annotation.__name__
    if get_origin(annotation) is Annotated:
        return name_of(get_args(annotation)[0])
    parts = [name_of(part) for part in get_args(annotation) if part is not Ellipsis]
    origin = get_origin(annotation)
    if origin is tuple:
        return f"list of {parts[0]}"
    if origin in (dict, Mapping):
        return f"map of {parts[0]} to {parts[1]}"
    return " or ".join(parts) if parts else getattr(annotation, "__name__", str(annotation))


def field_line(name: str, field: FieldInfo) -> str:
    """Describe one field."""
    parts = (field.annotation, *get_args(field.annotation))
    sealed = ", *sealed*" if Sealed in parts else ""
    optional = "" if field.is_required() else ", optional"
    return f"`{name}` {name_of(field.annotation)}{sealed}{optional}"


def describe(fact: type[Fact]) -> str:
    """Describe one event class."""
    first = (inspect.getdoc(fact) or "").split("\n\n")[0].replace("\n", " ")
    fields = "; ".join(field_line(name, field) for name, field in fact.model_fields.items())
    return f"### `{fact.TOPIC}`\n\n`{fact.__name__}`, schema {fact.SCHEMA}. {first}\n\n{fields}\n"


def page() -> str:
    """Return the whole page."""
    sections = [HEAD]
    for aggregate in AGGREGATES.values():
        sections.append(f"## {aggregate.name}\n")
        sections.extend(describe(fact) for fact in aggregate.facts)
    return "\n".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    runpy.run_path(str(Path(__file__).parent / "authority_reference.py"), run_name="__main__")
