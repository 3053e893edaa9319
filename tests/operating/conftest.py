"""What the operator's tests work on: the fixtures of the operators' commands."""

from __future__ import annotations

from tests.carebus.cli.conftest import carebus, clinic

__all__ = ["carebus", "clinic"]
