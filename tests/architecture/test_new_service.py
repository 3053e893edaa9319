"""A service made from the template passes every check and its own tests, and making it changes nothing that exists."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.new_service import EventUnknown, NameNotFit, NameTaken, SubjectsDiffer, new_service

ROOT = Path(__file__).parents[2]
MADE = {"bereavement": "ReferralAccepted, VisitCompleted", "who_joins_our_clinicians_today": "ClinicianJoined"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what a service is made in: everything but the services that are there already, and their tests."""
    for folder in ("shared", "deploy", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "sample"))
    for folder in ("services", "tests"):
        (tmp_path / folder).mkdir()
        for file in (ROOT / folder).glob("*.py"):
            shutil.copy(file, tmp_path / folder)
    (tmp_path / "pyproject.toml").write_text(without_rooms_of_one_service((ROOT / "pyproject.toml").read_text()))
    return tmp_path


def without_rooms_of_one_service(settings: str) -> str:
    """The settings without the rules about rooms of a service that is not in the copy."""
    mark = "[[tool.importlinter.contracts]]"
    parts = settings.split(mark)
    return mark.join(part for part in parts if not re.search(r'containers = \["services\.[a-z]', part))


def run(tree: Path, *words: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree}:{tree / 'shared'}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def contents(tree: Path) -> dict[str, str]:
    return {
        str(file.relative_to(tree)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in tree.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_a_service_from_the_template_passes_every_check_and_its_own_tests(tree: Path, postgres_url: str) -> None:
    before = contents(tree)
    for name, hears in MADE.items():
        said = run(tree, "-m", "deploy.new_service", name, hears)
        assert f"services/{name}/handlers.py" in said
    after = contents(tree)
    made = sorted(after.keys() - before.keys())
    assert {file: after.get(file) for file in before} == before
    assert made
    assert all(file.split("/")[:2] in [[at, name] for at in ("services", "tests") for name in MADE] for file in made)

    places = [f"{at}/{name}" for at in ("services", "tests") for name in MADE]
    run(tree, "-m", "ruff", "check", "--no-cache", *places)
    run(tree, "-m", "ruff", "format", "--no-cache", "--check", *places)
    run(tree, "-m", "mypy", "--cache-dir", str(ROOT / ".mypy_cache" / "made"), *places)
    run(tree, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache")
    told = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", DATABASE_URL=postgres_url)
    assert "12 passed" in told, told


@pytest.mark.parametrize(
    "name",
    ["Bereavement", "be-reavement", "_x", "x_", "x__y", "1st", "class", "", "../x", "x" * 31, "über", "event", "phi"],
)
def test_a_name_that_is_no_package_name_is_refused(tree: Path, name: str) -> None:
    before = contents(tree)
    with pytest.raises(NameNotFit, match="cannot be a service's name"):
        new_service(name, "ReferralAccepted", tree)
    assert contents(tree) == before


@pytest.mark.parametrize("taken", ["services/bereavement", "tests/bereavement"])
def test_a_name_that_is_taken_is_refused(tree: Path, taken: str) -> None:
    (tree / taken).mkdir()
    before = contents(tree)
    with pytest.raises(NameTaken, match=f"{taken} exists already"):
        new_service("bereavement", "ReferralAccepted", tree)
    assert contents(tree) == before


def test_an_event_that_does_not_exist_is_refused_with_those_that_do(tree: Path) -> None:
    with pytest.raises(EventUnknown, match=r"no event ReferralAcceptd .* did you mean ReferralAccepted\?"):
        new_service("bereavement", "ReferralAcceptd", tree)
    assert not (tree / "services" / "bereavement").exists()


def test_events_about_different_subjects_are_refused(tree: Path) -> None:
    with pytest.raises(SubjectsDiffer, match="about patient and roster"):
        new_service("bereavement", "ReferralAccepted ClinicianJoined", tree)
    assert not (tree / "services" / "bereavement").exists()
