"""Write `docs/authority.md` from the table of commands; `events_reference.py` runs it, a test keeps it current."""

from __future__ import annotations

import inspect
from pathlib import Path

from dispatch.domain.commands import TABLE
from dispatch.domain.grants import MAY_GRANT
from dispatch.domain.values import Command, Role
from dispatch.words import Words

PAGE = Path(__file__).parent / "authority.md"
ROLES = tuple(Role)

HEAD = """\
# Who may do what

Generated from the code by `python docs/events_reference.py`.

An actor speaks in a role, over a place, for a time; the community's log says which. Nothing else is
allowed (deny by default).

- Who **founds** a community holds their role over all of it, for good.
- A **grant** (`dispatch grant`) gives an account a role over a place, from an instant, possibly until one.
- A **responder's** own id acts in the role it was registered with, over the places it serves; a
  **resident's** own id acts for that resident. A revocation takes either away (not a resident's).
- **About themselves and their own work** helpers need no place: the offer they were made is enough.
- **Everybody** who holds a role may write down that somebody needs help (R1).
- Who is **called** about a request, by an alarm or a step of the ladder, may take charge of it.
- **Timers** and the matcher act as the system, from inside only.
- A command that names nothing with a place is about the whole community: who holds a part may not give it.
- A refusal says which role over which place is missing, and who can grant it.

A log that holds no grant at all was written before there were grants. There, and only there, the
embedding application vouches for its actors; its first grant takes the granter's own role down with
it, and from then on the log says who may what.

## Who grants what

Nobody grants more than they have: no other place, no longer time.

|Role|grants|
|---|---|
"""


def said(kind: type[Command]) -> str:
    """Return what a command says, in the words of its first sentence."""
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ").rstrip(".").replace("|", "/")


def page() -> str:
    """Return the page."""
    words = Words("en")

    def name(role: Role) -> str:
        return words.code("role", role)

    grants = "".join(
        f"|{name(role)}|{', '.join(name(other) for other in ROLES if other in MAY_GRANT[role])}|\n"
        for role in ROLES
        if role in MAY_GRANT
    )
    heads = (
        "|What is said|"
        + "|".join(name(role) for role in ROLES)
        + "|\n"
        + "|---|"
        + "|".join(":-:" for _ in ROLES)
        + "|\n"
    )
    rows = "".join(
        f"|{said(kind)} (`{kind.__name__}`)|" + "|".join("✓" if role in roles else "" for role in ROLES) + "|\n"
        for kind, (_, roles) in sorted(TABLE.items(), key=lambda entry: entry[0].__name__)
    )
    return f"{HEAD}{grants}\n## Commands\n\n{heads}{rows}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
