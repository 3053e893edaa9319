"""The files of real kinds of trouble, as they came; every name and number in them is invented."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "cases"


def case(name: str) -> bytes:
    """The bytes of a file by its name."""
    return (_FOLDER / name).read_bytes()
