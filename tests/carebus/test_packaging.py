"""The library can be built, installed and published by itself: wheel, sdist, and a workflow that keeps no secret."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "publish.yml"
READS = """
from importlib.metadata import files
from carebus.contracts import EVENTS, read_envelope
from carebus.contracts.examples import sampled
found = {kind: one for kind in EVENTS.values() if (one := sampled(kind))}
events = [kind.model_validate(one["body"]) for kind, one in found.items()]
print(*{kind.__name__ for kind in EVENTS.values()} - {type(one).__name__ for one in events})
print({read_envelope(one["headers"]).source for one in found.values()} >= {"referral", "care_plan"})
print(any(one.name == "LICENSE" for one in files("carebus")))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built in a copy: a build must leave nothing in the checkout."""
    folder = tmp_path_factory.mktemp("distribution")
    shutil.copytree(ROOT / "shared", folder / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "hatchling", "build", "--directory", str(folder / "dist"), folder=folder / "shared")
    return folder / "dist"


def run(*words: str, folder: Path = ROOT) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(words, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_wheel_and_sdist_hold_the_whole_package_and_nothing_else(built: Path) -> None:
    package = {
        str(file.relative_to(ROOT / "shared"))
        for file in (ROOT / "shared" / "carebus").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert in_wheel == package
    with tarfile.open(sdist) as opened:
        in_sdist = {name.partition("/")[2] for name in opened.getnames()}
    extra = {"README.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert package <= in_sdist <= package | extra


def test_the_sdist_alone_makes_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    with tarfile.open(sdist) as opened:
        opened.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path), folder=source)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_wheel_installs_into_a_fresh_environment_with_pydantic_alone(built: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", str(tmp_path / "fresh"))
    python = str(tmp_path / "fresh" / "bin" / "python")
    pip = [python, "-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.run([*pip, "pydantic"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no package index can be reached from here, so pydantic can't be installed")
    (wheel,) = built.glob("*.whl")
    run(*pip, str(wheel))
    unsampled, sources, licence = run(python, "-I", "-c", READS, folder=tmp_path).splitlines()
    assert unsampled == "AuditSealed", "what each service tells of itself is the one event without a sample"
    assert (sources, licence) == ("True", "True")
    there = run(python, "-I", "-m", "pip", "list", "--format", "freeze", "--exclude", "pip", "--exclude", "setuptools")
    own = {line.partition("==")[0].replace("_", "-") for line in there.splitlines()}
    assert own == {"annotated-types", "carebus", "pydantic", "pydantic-core", "typing-extensions", "typing-inspection"}


def test_the_licence_that_goes_with_the_library_is_that_of_the_repository() -> None:
    assert (ROOT / "shared" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_the_library_is_published_by_a_workflow_that_the_index_trusts_and_no_secret() -> None:
    text = WORKFLOW.read_text()
    jobs = yaml.safe_load(text)["jobs"]
    assert any(step.get("run") == "python -m build --outdir dist shared" for step in jobs["build"]["steps"])
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert any(step.get("uses", "").startswith("pypa/gh-action-pypi-publish@") for step in jobs["publish"]["steps"])
    assert "secrets." not in text
    assert "password" not in text
