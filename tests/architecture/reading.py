"""Reads a module's source into its tree, once a run."""

from __future__ import annotations

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def tree(file: Path) -> ast.Module:
    """Read with the collector off: CPython 3.11 loses count when a collected task writes its traceback meanwhile."""
    gc.disable()
    try:
        return ast.parse(file.read_text(), str(file))
    finally:
        gc.enable()
