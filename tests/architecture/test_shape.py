"""The shape that keeps every file readable: sizes, door signs and where an exception may be caught whole."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.reading import tree

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    file
    for folder in ("shared/carebus", "services", "deploy", "tests")
    for file in (ROOT / folder).rglob("*.py")
    if file.stat().st_size
)
LONGEST_MODULE = 300
LONGEST_FUNCTION = 50
LONGEST_TEMPLATE_LINE = 160
TEMPLATES = sorted(
    file
    for folder in ("shared/carebus", "services", "deploy", "templates", "tests")
    for file in (ROOT / folder).rglob("*.html")
)

EDGES = {
    "subscribing/batch.py": "saving fails per event",
    "deciding/commands.py": "an outcome is counted, a transaction is tried again",
    "storage/database.py": "what breaks a connection is told apart",
    "deciding/due_timers.py": "a failing timer is kept",
    "kafka/fetching.py": "a broker that does not close is left",
    "kafka/producing.py": "a producer that does not close is ended",
    "observing/loops.py": "a loop goes on",
    "storage/lease.py": "a lease that was lost is asked for again",
    "subscribing/redrive.py": "a retry that fails leaves its reason",
    "relaying/relay.py": "the relay begins again",
    "subscribing/subscriber.py": "FastStream loses what raises",
    "subscribing/batch_transaction.py": "decoding and deciding fail per event",
}
"""The kit's edges: the only modules of ours that may catch any exception at all, and why."""


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def too_long(file: Path) -> list[str]:
    """Functions beyond the limit, without their docstrings."""
    found = []
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
            lines = (node.end_lineno or 0) - first.lineno + 1
            if lines > LONGEST_FUNCTION:
                found.append(f"{node.name}: {lines}")
    return found


def too_wide(file: Path) -> list[str]:
    """Lines beyond the limit, by their numbers."""
    lines = file.read_text().splitlines()
    return [f"{n}: {len(line)}" for n, line in enumerate(lines, 1) if len(line) > LONGEST_TEMPLATE_LINE]


def catches_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
    return any(
        one is None or (isinstance(one, ast.Name) and one.id in {"Exception", "BaseException"}) for one in caught
    )


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_a_module_has_a_door_sign_and_a_size_that_a_reader_can_take_in(file: Path) -> None:
    assert ast.get_docstring(tree(file)), "the module's first line says what it is for"
    assert len(file.read_text().splitlines()) <= LONGEST_MODULE
    assert too_long(file) == []


@pytest.mark.parametrize("file", TEMPLATES, ids=named)
def test_a_line_of_a_template_can_be_read(file: Path) -> None:
    assert too_wide(file) == []


def test_any_exception_is_caught_only_at_the_kits_edges() -> None:
    caught = {
        named(file)
        for file in MODULES
        if not named(file).startswith(("tests/", "deploy/")) and any(map(catches_everything, ast.walk(tree(file))))
    }
    assert caught == {f"shared/carebus/{name}" for name in EDGES}


@pytest.mark.parametrize("name", ["Manager", "Helper", "Util", "Utils", "Processor"])
def test_no_class_is_named_after_nothing(name: str) -> None:
    found = [
        f"{named(file)}: {node.name}"
        for file in MODULES
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef) and node.name.endswith(name)
    ]
    assert found == []


def test_the_checks_would_see_what_they_look_for(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    lines = "\n".join(f"    x = {n}" for n in range(LONGEST_FUNCTION + 1))
    bad.write_text(f"def f():\n{lines}\ntry:\n    f()\nexcept (ValueError, Exception):\n    pass\n")
    assert too_long(bad) == [f"f: {LONGEST_FUNCTION + 1}"]
    assert any(map(catches_everything, ast.walk(tree(bad))))
    page = tmp_path / "page.html"
    page.write_text(f"<p>\n{'x' * (LONGEST_TEMPLATE_LINE + 1)}\n{'x' * LONGEST_TEMPLATE_LINE}\n</p>\n")
    assert too_wide(page) == [f"2: {LONGEST_TEMPLATE_LINE + 1}"]
