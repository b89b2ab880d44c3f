"""The source as the rules about it see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PURE = (
    "oms_core/kernel/",
    "oms_core/domain/",
    "oms_core/policies/",
    "oms_core/processes/",
    "projections/",
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def place(path: Path) -> str:
    """Return where a module stands under `src`."""
    return path.relative_to(SOURCE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Return the parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    """Yield every function and method of a module, inner ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def named(node: ast.AST) -> str:
    """Return the last name of what is called or caught: `b` of `a.b`."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


MODULES = sorted(SOURCE.rglob("*.py"))
every_module = pytest.mark.parametrize("path", MODULES, ids=place)
every_pure_module = pytest.mark.parametrize(
    "path", [path for path in MODULES if place(path).startswith(PURE)], ids=place
)
