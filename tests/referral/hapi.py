"""HAPI's validator of FHIR R4, for whatever service tells in FHIR."""

from __future__ import annotations

from pathlib import Path

from tests.java_tools import lines_of

FOLDER = Path(__file__).parent / "fhir" / "hapi"


def errors_in(files: list[Path]) -> list[str]:
    """What the validator has against these files, one line each."""
    return lines_of(FOLDER, files, "HAPI's validator")
