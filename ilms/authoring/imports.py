"""Which module imports which, read from the source: for the rules of the house and for its picture."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("schemas", "transforms", "expectations", "warehouse", "ilms", "dags")
"""Imports go from right to left."""

Imports = Mapping[str, frozenset[str]]


def read_imports(project: Path = PROJECT) -> Imports:
    """Module -> the modules of the house that it imports, those inside functions included.

    What is imported for type checking alone does not count: it is never imported when the code runs.
    """
    files = {
        module: file
        for room in ROOMS
        for file in sorted((project / room).rglob("*.py"))
        if (module := _module(file.relative_to(project)))
    }
    return {module: frozenset(_imported(file, module, files)) for module, file in files.items()}


def _module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(file: Path, module: str, known: Iterable[str]) -> Iterator[str]:
    known = set(known)
    for node in _run(ast.parse(file.read_text(encoding="utf-8"))):
        named: list[str] = []
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            named = [each if each in known else node.module for each in whole]
        yield from (name for name in named if name in known and name != module)


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below, but for what stands under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _run(child)
