"""What a request needs is at hand in the loop that serves it: a plain function would be run in a thread by FastAPI."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.reading import tree
from tests.architecture.test_shape import ROOT

METHODS = {"get", "post", "put", "patch", "delete"}


def dependencies(file: Path) -> Iterator[object]:
    """Every dependency that this module names."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Depends":
            parts = file.relative_to(ROOT / "shared" if "shared" in file.parts else ROOT).with_suffix("").parts
            module = importlib.import_module(".".join(parts))
            yield getattr(module, ast.unparse(node.args[0]))


def answers(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function that answers requests in this module."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            named = [d.func.attr for d in node.decorator_list if isinstance(d, ast.Call) and hasattr(d.func, "attr")]
            if METHODS & set(named):
                yield node


def sources() -> list[Path]:
    return [file for folder in ("shared/carebus", "services") for file in sorted((ROOT / folder).rglob("*.py"))]


def waits_in_the_loop(dependency: object) -> bool:
    call = dependency if inspect.isfunction(dependency) else type(dependency).__call__
    return inspect.iscoroutinefunction(call)


def test_no_dependency_of_a_request_runs_in_a_thread() -> None:
    found = [dependency for file in sources() for dependency in dependencies(file)]
    assert len(found) >= 8
    assert [dependency for dependency in found if not waits_in_the_loop(dependency)] == []


def test_no_request_is_answered_in_a_thread() -> None:
    found = [(file, node) for file in sources() for node in answers(file)]
    assert len(found) >= 50
    assert [f"{file.name}: {node.name}" for file, node in found if isinstance(node, ast.FunctionDef)] == []


def test_the_check_would_see_a_plain_function() -> None:
    assert not waits_in_the_loop(named_plainly)


def named_plainly() -> None: ...
