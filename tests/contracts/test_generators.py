"""Other teams' generators read the contract whole: as many models as it has types, and all of them compile."""

from __future__ import annotations

import json
import shutil
import subprocess
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from carebus.contracts import EVENTS
from deploy.local.folders import cache_folder
from docs.generated.types import named_in

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "generators"
TOOLS = cache_folder() / "generators"
pytestmark = pytest.mark.skipif(
    not (TOOLS / "node_modules").exists() or shutil.which("javac") is None,
    reason="needs node, javac and what `make test-generators` fetches",
)


def types() -> set[str]:
    """The names of all events and of all parts of them."""
    found: set[type[BaseModel | Enum]] = set()
    todo: list[Any] = list(EVENTS.values())
    while todo:
        kind = todo.pop()
        if kind not in found:
            found.add(kind)
            fields = kind.model_fields.values() if issubclass(kind, BaseModel) else ()
            todo += [part for field in fields for part in named_in(field.annotation)]
    return {kind.__name__ for kind in found}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@pytest.fixture(scope="module")
def told(out: Path) -> dict[str, list[str]]:
    """What the tools said; the models are in `out`."""
    shutil.copy(HERE / "generate.mjs", TOOLS)
    asked = ["node", str(TOOLS / "generate.mjs"), str(ROOT / "shared/schemas/asyncapi.yaml"), str(out)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=TOOLS)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_official_parser_reports_nothing_but_that_a_newer_version_exists(told: dict[str, list[str]]) -> None:
    assert told["diagnostics"] == ["asyncapi-latest-version"]


def test_a_strict_validator_takes_every_schema(told: dict[str, list[str]]) -> None:
    assert told["refused"] == []


@pytest.mark.parametrize("language", ["typescript", "java"])
def test_there_are_as_many_models_as_the_contract_has_types(language: str, told: dict[str, list[str]]) -> None:
    assert set(told[language]) == types()


def test_the_models_compile(told: dict[str, list[str]], out: Path) -> None:
    java = [str(file) for file in (out / "java").rglob("*.java")]
    made = subprocess.run(["javac", "-d", str(out / "classes"), *java], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    typescript = [str(file) for file in (out / "ts").glob("*.ts")]
    checks = ("--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler")
    tsc = [str(TOOLS / "node_modules" / ".bin" / "tsc"), *checks, *typescript]
    made = subprocess.run(tsc, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout
