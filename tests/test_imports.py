"""
Imports run one way: the arrows of the house, checked on the syntax tree of every file.

The checker reads and imports nothing. It counts imports inside functions and those for
type checking too: an arrow is an arrow. Below it are the tests of the checker itself.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house import (
    ROOT,
    TOPS,
    Import,
    Module,
    declared,
    dotted_names,
    imports_of,
    read_house,
    room_of,
)

House = Mapping[str, Module]

LOWER = frozenset({"domain", "matching", "reactions", "store"})
ENGINE = LOWER | {"views", "wake", "settings", "logs", "words"}
# Room -> the rooms it may import. A room that is not here is refused: one adds it on purpose.
# "" is `dispatch/__init__.py`: to import from there is to use the public names.
ARROWS: Mapping[str, frozenset[str]] = {
    "domain": frozenset(),
    "matching": frozenset({"domain"}),
    "reactions": frozenset({"domain", "matching"}),
    "store": frozenset({"domain"}),
    "views": LOWER,
    "audit": LOWER | {"views", "words"},
    "settings": frozenset(),
    "logs": frozenset(),
    "words": frozenset(),
    "sheets": frozenset({"domain"}),
    "wake": frozenset({"settings", "logs"}),
    "engine": ENGINE,
    "rehearsal": frozenset({"domain", "engine"}),
    "simulation": frozenset({"domain", "matching", "reactions"}),
    "importing": frozenset({"domain", "engine", "sheets"}),
    "runner": frozenset({"domain", "engine", "logs", "settings", "wake"}),
    "": ENGINE | {"engine", "rehearsal", "importing", "runner"},
    "demo": frozenset({"", "audit", "words"}),
    "cli": frozenset({"", "audit", "demo", "sheets", "simulation", "words", "settings", "logs"}),
    "__main__": frozenset({"cli"}),
    "workers": frozenset({""}),
    "examples": frozenset({"", "audit", "simulation", "words"}),
}
# These take from `dispatch.audit` what its `__init__` offers, not what lies behind it.
OUTSIDE_AUDIT = frozenset({"cli", "demo", "examples"})

STORE_ONLY = frozenset({"eventsourcing"})
QUEUE = frozenset({"redis", "rq"})
PURE = frozenset({"domain", "matching", "reactions"})
PURE_MAY_IMPORT = frozenset({"annotated_types", "dateutil", "pydantic", "pydantic_core", "typing_extensions"})

# Wall clock and randomness; `hash` and `id` differ from one process to the next.
UNREPEATABLE_MODULES = frozenset({"random", "secrets", "time"})
UNREPEATABLE = frozenset(
    {
        *("datetime.date.today", "datetime.datetime.now", "datetime.datetime.today"),
        *("datetime.datetime.utcnow", "os.getrandom", "os.urandom", "uuid.uuid1", "uuid.uuid4"),
    }
)
UNREPEATABLE_BUILTINS = frozenset({"hash", "id"})
CLOCK_METHODS = frozenset({"now", "today", "utcnow"})

NO_NAMES = frozenset(
    {
        *("base", "bases", "common", "helper", "helpers", "manager", "managers"),
        *("process", "processes", "service", "services", "util", "utils"),
    }
)


def all_imports(house: House) -> Iterator[tuple[Module, Import, str]]:
    """Give each import of the house with its module and its place in words."""
    for module in house.values():
        for found in imports_of(module, house):
            yield module, found, f"{module.name}:{found.line}"


def wrong_arrows(house: House) -> Iterator[str]:
    """Find the rooms that the table does not know, and the imports it does not allow."""
    for module in house.values():
        if module.room not in ARROWS:
            yield f"{module.name}: `{module.room}` is no room of the house; see ARROWS"
    for module, found, where in all_imports(house):
        if found.top not in TOPS:
            continue
        target = room_of(found.target)
        if module.room == target == "examples":
            yield f"{where}: an example is one file and must not import {found.whole}"
        elif target != module.room and target not in ARROWS.get(module.room, ()):
            yield f"{where}: {module.room or 'dispatch'} must not import {found.whole}"


def hidden_names(house: House) -> Iterator[str]:
    """Find what is taken from `dispatch` or `dispatch.audit` without being public there."""
    public = {name: declared(house[name]) for name in ("dispatch", "dispatch.audit") if name in house}
    for module, found, where in all_imports(house):
        if module.room in OUTSIDE_AUDIT and found.target.startswith("dispatch.audit."):
            yield f"{where}: {found.target} lies behind dispatch.audit"
        if found.target not in public or room_of(found.target) == module.room:
            continue
        taken = [found.name] if found.name else attributes(module, found.target)
        for name in taken:
            if name not in public[found.target] and f"{found.target}.{name}" not in public:
                yield f"{where}: {name} is not in __all__ of {found.target}"


def attributes(module: Module, target: str) -> list[str]:
    """List what a file reads by attribute from a module that it imports whole."""
    names = [name for _, name in dotted_names(module.tree) if name.startswith(f"{target}.")]
    return sorted({name.removeprefix(f"{target}.").partition(".")[0] for name in names})


def circles(house: House) -> Iterator[str]:
    """Find a module that reaches itself by imports."""
    arrows: dict[str, set[str]] = {name: set() for name in house}
    for module, found, _ in all_imports(house):
        arrows[module.name] |= {found.target} & house.keys() - {module.name}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        yield "circle: " + " -> ".join(reversed(error.args[1]))


def foreign_imports(house: House) -> Iterator[str]:
    """Find libraries in rooms that must not know them."""
    for module, found, where in all_imports(house):
        wake = module.name == "dispatch.wake"
        if found.top in STORE_ONLY and module.room != "store":
            yield f"{where}: only dispatch/store imports {found.top}"
        if found.top in QUEUE and not wake and module.room != "workers":
            yield f"{where}: only dispatch/wake.py and workers/ import {found.top}"
        if found.top in QUEUE and wake and not found.lazy:
            yield f"{where}: {found.top} is imported in the function that needs it"
        known = sys.stdlib_module_names | PURE_MAY_IMPORT | set(TOPS)
        if module.room in PURE and found.top not in known:
            yield f"{where}: {module.room} is pure and must not import {found.top}"


def unrepeatable(house: House) -> Iterator[str]:
    """Find wall clock and randomness where a replay must give the same bytes."""
    for module, found, where in all_imports(house):
        bad = found.target in UNREPEATABLE_MODULES or found.whole in UNREPEATABLE
        if bad and module.room in PURE:
            yield f"{where}: {module.room} must not use {found.whole}"
    for module in house.values():
        for line, name in clocks_and_chances(module) if module.room in PURE else ():
            yield f"{module.name}:{line}: {module.room} must not use {name}"


def clocks_and_chances(module: Module) -> Iterator[tuple[int, str]]:
    """Find what a file reads or calls by name; an import alone is found elsewhere."""
    called = {id(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
    for node, name in dotted_names(module.tree):
        clock = isinstance(node, ast.Attribute) and node.attr in CLOCK_METHODS
        suspect = clock or name in UNREPEATABLE_BUILTINS
        if name in UNREPEATABLE or (suspect and id(node) in called):
            yield node.lineno, name


def empty_names(house: House) -> Iterator[str]:
    """Find modules and folders whose name says nothing about the domain."""
    for name in house:
        for part in NO_NAMES.intersection(name.split(".")):
            yield f"{name}: `{part}` names no thing of the domain"


RULES: list[Callable[[House], Iterator[str]]] = [
    wrong_arrows,
    hidden_names,
    circles,
    foreign_imports,
    unrepeatable,
    empty_names,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Callable[[House], Iterator[str]]) -> None:
    """No file of the house breaks the rule."""
    house = read_house(ROOT)
    assert {"dispatch", "workers"} <= house.keys()
    assert list(rule(house)) == []


def test_the_table_has_no_circle() -> None:
    """The allowed arrows between rooms run one way themselves."""
    assert "engine" in TopologicalSorter(ARROWS).static_order()


# ---- Tests of the checker: small trees with one fault planted ---------------------------


def build(root: Path, files: Mapping[str, str]) -> House:
    """Write a small house and read it."""
    whole = {"dispatch/__init__.py": "", "workers/__init__.py": "", **files}
    for name, text in whole.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_house(root)


def broken(house: House) -> list[str]:
    """Apply every rule."""
    return [finding for rule in RULES for finding in rule(house)]


def test_a_good_house_has_no_findings(tmp_path: Path) -> None:
    """The arrows that the house is built of are allowed."""
    house = build(
        tmp_path,
        {
            "dispatch/__init__.py": ("from dispatch.engine import Dispatch\n__all__: list[str] = ['Dispatch']\n"),
            "dispatch/domain/__init__.py": "",
            "dispatch/domain/values.py": "from datetime import datetime, time\nimport pydantic\n",
            "dispatch/domain/request.py": "from .values import Kind\nfrom . import values\n",
            "dispatch/matching/match.py": "from dispatch.domain.values import Kind\n",
            "dispatch/store/journal.py": "import eventsourcing.persistence\n",
            "dispatch/audit/__init__.py": "from .replay import replay\n__all__ = ['replay']\n",
            "dispatch/audit/replay.py": "from ..store import journal\nimport datetime\n",
            "dispatch/wake.py": "def ring():\n    import redis\n    from rq import Queue\n",
            "dispatch/engine.py": "from dispatch.matching.match import match\nimport time\n",
            "dispatch/cli.py": (
                "import dispatch\nfrom dispatch import Dispatch, demo\n"
                "from dispatch.audit import replay\ndispatch.Dispatch.open('x')\n"
            ),
            "dispatch/demo.py": "from dispatch import Dispatch, audit\naudit.replay()\n",
            "workers/jobs.py": "import rq\nfrom dispatch import Dispatch\nfrom . import queues\n",
            "workers/queues.py": "import redis\n",
            "examples/day.py": "import dispatch\ndispatch.Dispatch\n",
        },
    )
    assert broken(house) == []


@pytest.mark.parametrize(
    ("file", "text", "finding"),
    [
        ("domain/a.py", "from dispatch.store import journal", "domain must not import dispatch"),
        ("domain/a.py", "from ..matching import match", "domain must not import dispatch.matching"),
        ("domain/a.py", "from dispatch import Dispatch", "domain must not import dispatch"),
        ("matching/a.py", "import dispatch.reactions", "matching must not import"),
        ("store/a.py", "from dispatch.views import board", "store must not import"),
        ("store/a.py", "from dispatch import settings", "store must not import"),
        ("views/a.py", "def f():\n    from dispatch.engine import Dispatch", "views must not"),
        ("engine.py", "from dispatch.audit import replay", "engine must not import dispatch.audit"),
        ("engine.py", "import workers.jobs", "engine must not import workers.jobs"),
        ("engine.py", "from . import audit", "engine must not import dispatch.audit"),
        ("__init__.py", "from dispatch.cli import main", "dispatch must not import dispatch.cli"),
        ("settings.py", "from dispatch.logs import log", "settings must not import dispatch.logs"),
        ("wake.py", "from dispatch.store import journal", "wake must not import dispatch.store"),
        ("sheets/rows.py", "from dispatch.engine import x", "sheets must not import"),
        ("cli.py", "from dispatch.engine import Dispatch", "cli must not import dispatch.engine"),
        ("cli.py", "from dispatch.audit.replay import run", "dispatch.audit.replay lies behind"),
        ("cli.py", "from dispatch.audit import run", "run is not in __all__ of dispatch.audit"),
        ("cli.py", "from dispatch import fold", "fold is not in __all__ of dispatch"),
        ("cli.py", "import dispatch as d\nd.fold()", "fold is not in __all__ of dispatch"),
        ("attic.py", "import os", "`attic` is no room of the house"),
        ("../workers/a.py", "from dispatch.engine import x", "workers must not import dispatch."),
        ("../workers/a.py", "from dispatch import fold", "fold is not in __all__ of dispatch"),
        ("../examples/a.py", "from dispatch.domain import x", "examples must not import dispatch."),
        ("../examples/a.py", "import examples.b", "an example is one file"),
        ("domain/a.py", "from dispatch.domain import b", "circle: dispatch.domain.a -> "),
        ("engine.py", "import eventsourcing", "only dispatch/store imports eventsourcing"),
        ("../workers/a.py", "from eventsourcing import x", "only dispatch/store imports"),
        ("engine.py", "def f():\n    import redis", "only dispatch/wake.py and workers/ import"),
        ("wake.py", "from rq import Queue", "rq is imported in the function that needs it"),
        ("domain/a.py", "import structlog", "domain is pure and must not import structlog"),
        ("matching/a.py", "import numpy as np", "matching is pure and must not import numpy"),
        ("domain/a.py", "import random", "domain must not use random"),
        ("domain/a.py", "from time import monotonic", "domain must not use time.monotonic"),
        ("domain/a.py", "from uuid import uuid4", "domain must not use uuid.uuid4"),
        ("domain/a.py", "import uuid\nuuid.uuid4()", "domain must not use uuid.uuid4"),
        ("domain/a.py", "import os as o\no.urandom(1)", "domain must not use os.urandom"),
        ("matching/a.py", "from secrets import token_hex", "matching must not use secrets.token"),
        ("matching/a.py", "from datetime import datetime as d\nx = d.now", "datetime.datetime.now"),
        ("matching/a.py", "import datetime as d\nd.date.today()", "datetime.date.today"),
        ("matching/a.py", "def f(x):\n    return type(x).utcnow()", "must not use ?.utcnow"),
        ("matching/a.py", "x = hash('a')", "matching must not use hash"),
        ("domain/base.py", "", "`base` names no thing of the domain"),
        ("store/utils/x.py", "", "`utils` names no thing of the domain"),
        ("../workers/service.py", "", "`service` names no thing of the domain"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, file: str, text: str, finding: str) -> None:
    """Each kind of wrong import, clock or name is found, and by its own words."""
    planted = {
        "dispatch/domain/b.py": "from dispatch.domain import a\n",
        "dispatch/audit/__init__.py": "__all__ = ['replay']\n",
        "dispatch/audit/replay.py": "",
    }
    name = f"dispatch/{file}".replace("dispatch/../", "")
    findings = broken(build(tmp_path, {**planted, name: f"{text}\n"}))
    assert [found for found in findings if finding in found], findings


def test_a_long_circle_is_named_whole(tmp_path: Path) -> None:
    """A circle over several files is told in the order of its imports."""
    house = build(
        tmp_path,
        {
            "dispatch/store/a.py": "from . import b\n",
            "dispatch/store/b.py": "def f():\n    from .c import x\n",
            "dispatch/store/c.py": "from dispatch.store import a\n",
        },
    )
    (circle,) = circles(house)
    names = circle.removeprefix("circle: ").replace("dispatch.store.", "").split(" -> ")
    assert "".join(names) in {"abca", "bcab", "cabc"}
