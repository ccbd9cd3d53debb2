"""The files of the house as syntax trees, and their imports, for the tests of its rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOPS = ("dispatch", "workers", "examples")


@dataclass(frozen=True)
class Module:
    """One file: its dotted name, its path, its tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room it is in; see `room_of`."""
        return room_of(self.name)


@dataclass(frozen=True)
class Import:
    """One imported thing: the module it comes from, and the name taken there, if any."""

    target: str
    name: str | None
    line: int
    lazy: bool

    @property
    def top(self) -> str:
        """The top package, ours or a library."""
        return self.target.partition(".")[0]

    @property
    def whole(self) -> str:
        """The dotted name of what is imported."""
        return f"{self.target}.{self.name}" if self.name else self.target


def room_of(module: str) -> str:
    """Name a module's room: the part after `dispatch` ("" for its `__init__`), or its top."""
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] if top == "dispatch" else top


def read_house(root: Path) -> dict[str, Module]:
    """Read every file of `dispatch`, `workers` and `examples` under `root`, by dotted name."""
    house = {}
    for path in sorted(path for top in TOPS for path in (root / top).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        house[name] = Module(name, path, tree)
    return house


def imports_of(module: Module, house: Mapping[str, Module]) -> Iterator[Import]:
    """Give every import of a file; what is a module of the house is named as a module."""
    lazy = {
        id(node)
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno, lazy=id(node) in lazy)
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, module)
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                # A package may offer a function under the name of the file behind it.
                public = source in house and alias.name in declared(house[source])
                if whole in house and not public:
                    yield Import(whole, None, node.lineno, lazy=id(node) in lazy)
                else:
                    yield Import(source, alias.name, node.lineno, lazy=id(node) in lazy)


def declared(module: Module) -> frozenset[str]:
    """Read `__all__`; a module without one has no public names."""
    for node in module.tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=names)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as names)
            ):
                return frozenset(ast.literal_eval(names))
    return frozenset()


def _source(node: ast.ImportFrom, module: Module) -> str:
    """Resolve the dots of a relative import."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    up = node.level - (module.path.name == "__init__.py")
    return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])


def dotted_names(tree: ast.Module) -> Iterator[tuple[ast.Name | ast.Attribute, str]]:
    """Give every name and attribute that a file reads, with its imports spelled out."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            aliases |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node, _dotted(node, aliases)


def _dotted(node: ast.expr, aliases: Mapping[str, str]) -> str:
    """Spell an expression as a dotted name; what is not a name becomes `?`."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, aliases)}.{node.attr}"
    return aliases.get(node.id, node.id) if isinstance(node, ast.Name) else "?"
