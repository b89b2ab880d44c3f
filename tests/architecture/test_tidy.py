"""What no type checker and no import contract can say about the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import (
    ROOT,
    SOURCE,
    every_module,
    every_pure_module,
    functions,
    named,
    place,
    tree,
)

FUNCTION_LINES_MAX = 40
MODULE_LINES_MAX = 300
DECLARATIONS = {"commands.py", "events.py"}
"""Flat lists of records: one thing, however many there are."""

IMPURE_CALLS = {
    "now",
    "today",
    "utcnow",
    "uuid4",
    "uuid1",
    "random",
    "open",
    "print",
    "input",
    "sleep",
    "getenv",
}
CATCH_ALL = {"Exception", "BaseException"}
EDGES = (
    "oms_core/engine/application.py",
    "oms_core/engine/follower.py",
    "adapters/http/",
    "adapters/cli/",
    "adapters/postgres/folding.py",
    "adapters/postgres/taking_up.py",
    "adapters/webhooks/errands.py",
)
"""Where a fault of one message must not stop the others, or the last line of defence stands."""

UNFINISHED = {"NotImplementedError", "NotImplemented"}


@every_module
def test_a_module_says_what_it_is_for_and_stays_short(path: Path):
    assert ast.get_docstring(tree(path)), "missing module docstring"
    lines = path.read_text(encoding="utf-8").count("\n")
    assert path.name in DECLARATIONS or lines <= MODULE_LINES_MAX, f"{lines} lines"


@every_module
def test_a_function_fits_on_a_screen(path: Path):
    too_long = {
        node.name: length
        for node in functions(path)
        if (length := code_lines(node)) > FUNCTION_LINES_MAX
    }
    assert too_long == {}


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines, but not those in which it says what it is for."""
    lines = (node.end_lineno or 0) - node.lineno + 1
    if ast.get_docstring(node):
        lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
    return lines


@every_module
def test_what_is_public_says_what_it_is_for(path: Path):
    silent = [
        node.name
        for parent in (tree(path), *(n for n in tree(path).body if isinstance(n, ast.ClassDef)))
        for node in parent.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


@every_module
def test_nothing_is_left_unfinished(path: Path):
    assert [n.lineno for n in ast.walk(tree(path)) if named(n) in UNFINISHED] == []


@every_pure_module
def test_pure_code_asks_nothing_of_the_world(path: Path):
    asked = {
        f"{named(node.func)}() on line {node.lineno}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and named(node.func) in IMPURE_CALLS
    }
    assert asked == set()


@every_pure_module
def test_pure_code_keeps_nothing_between_two_calls(path: Path):
    kept = [
        node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Global | ast.Nonlocal)
    ]
    assert kept == []


@every_module
def test_only_the_edges_catch_everything(path: Path):
    if place(path).startswith(EDGES):
        return
    caught = [
        handler.lineno
        for handler in ast.walk(tree(path))
        if isinstance(handler, ast.ExceptHandler) and catches_everything(handler)
    ]
    assert caught == []


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler ends any fault; one that raises in the end only takes note of it."""
    if isinstance(handler.body[-1], ast.Raise):
        return False
    caught = handler.type
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or named(name) in CATCH_ALL for name in names)


@every_module
def test_others_see_commands_and_events_of_a_boundary_only(path: Path):
    assert [name for name in _imported(path) if not _may_see(place(path), name)] == []


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _may_see(reader: str, name: str) -> bool:
    if not name.startswith("oms_core.domain."):
        return True
    _, _, boundary, *rest = name.split(".")
    if reader.startswith(f"oms_core/domain/{boundary}/"):
        return True
    seen = {"commands", "events"}
    if reader == "oms_core/engine/catalog.py":
        seen.add("decider")
    return bool(rest) and rest[0] in seen


def test_there_are_no_empty_rooms():
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    empty = [
        place(folder)
        for folder in folders
        if all(len(tree(path).body) <= 1 for path in folder.rglob("*.py"))
    ]
    assert empty == []


def test_every_promise_of_the_changelog_is_for_users():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "src/" not in text
