"""Contracts packages: ours are found by their modules, other teams' by entry points, and a clash is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVENTS = """
from carebus.contracts.event import {base}, Subject
class {name}({base}):
    \"\"\"A made-up fact.\"\"\"
    TYPE_PREFIX = "{prefix}"
    {subject}
    thing: str
"""
ASKED = "from carebus.contracts import EVENTS, PUBLISHED_BY, PACKAGES, SUBJECTS; print({})"
Installed = Callable[..., None]
Asks = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def install(tmp_path: Path) -> Installed:
    """Lays a distribution beside the library, as an installer does: a module of events and its entry point."""

    def lay(
        source: str,
        name: str,
        *,
        prefix: str = "com.example.",
        base: str = "PatientEvent",
        subject: str = "",
    ) -> None:
        module = f"{source}_contracts"
        text = EVENTS.format(base=base, name=name, prefix=prefix, subject=subject)
        (tmp_path / f"{module}.py").write_text(text)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[carebus.contracts]\n{source} = {module}\n")

    return lay


@pytest.fixture
def asks(tmp_path: Path) -> Asks:
    """What a process answers that finds the library and what was installed beside it."""

    def ask(expression: str) -> subprocess.CompletedProcess[str]:
        path = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT / 'shared')!r}]\n"
        asked = [sys.executable, "-c", path + ASKED.format(expression)]
        return subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path, check=False)

    return ask


def test_every_service_that_tells_is_found_by_its_module(asks: Asks) -> None:
    assert (
        asks("sorted(PUBLISHED_BY)").stdout.strip()
        == "['audit', 'care_plan', 'equipment', 'line', 'notifications', 'referral', 'wishes']"
    )


def test_another_teams_package_is_found_with_its_source_type_subject_and_topic(install: Installed, asks: Asks) -> None:
    install("pharmacy", "MedicineDispensed")
    install("courier", "VanLoaded", base="Event", subject='SUBJECT = Subject("van", "van.events")')
    told = asks(
        "PUBLISHED_BY['pharmacy'][0].type_name(), EVENTS['com.example.VanLoaded'].schema_name(),"
        " [one.name for one in PACKAGES], [one.topic for one in SUBJECTS]"
    )
    assert told.stdout.strip() == (
        "com.example.MedicineDispensed urn:com.example:schema:VanLoaded:1"
        " ['carebus', 'courier_contracts', 'pharmacy_contracts']"
        " ['patient.events', 'roster.events', 'audit.events', 'call.events', 'van.events']"
    ), told.stderr


CLASHES: dict[str, tuple[dict[str, str], str]] = {
    "a source of ours": ({"source": "referral", "name": "MedicineDispensed"}, "the source referral"),
    "a type of another team": (
        {"source": "second", "name": "MedicineDispensed"},
        "the type com.example.MedicineDispensed",
    ),
    "a subject on another topic": (
        {"source": "second", "name": "X", "base": "Event", "subject": 'SUBJECT = Subject("patient", "other.events")'},
        "the subject patient",
    ),
    "a topic of another subject": (
        {"source": "second", "name": "X", "base": "Event", "subject": 'SUBJECT = Subject("van", "patient.events")'},
        "the topic patient.events",
    ),
}


@pytest.mark.parametrize("what", CLASHES)
def test_a_clash_is_refused_and_names_both(what: str, install: Installed, asks: Asks) -> None:
    second, said = CLASHES[what]
    install("pharmacy", "MedicineDispensed")
    install(**second)
    refused = asks("EVENTS")
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "can't be used together with" in refused.stderr


@pytest.mark.parametrize("prefix", ["org.carebus.", "com.example"])
def test_a_prefix_that_is_not_the_teams_own_is_refused(prefix: str, install: Installed, asks: Asks) -> None:
    install("pharmacy", "MedicineDispensed", prefix=prefix)
    refused = asks("EVENTS")
    assert (refused.returncode, "give its events a TYPE_PREFIX" in " ".join(refused.stderr.split())) == (1, True)
