"""Where the tools are that the examples need, and what is said where one is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy.local.folders import cache_folder

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
FOLDER = cache_folder() / "readers"
FETCH = "run `make test-readers` once, which fetches it"
KAFKA_TOOLS = "kafka-tools-4.3.1.jar"


def program(name: str, package: str) -> str:
    """Where this program is; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here: apt-get install {package}")
    return found


def node_modules() -> Path:
    """The packages of the JavaScript example; skips where they were not fetched."""
    found = FOLDER / "node_modules"
    if not found.exists():
        pytest.skip(f"kafkajs and the CloudEvents SDK are not here: {FETCH}")
    return found


def kafka_tools() -> Path:
    """The jar with Kafka's command line tools; skips where it was not fetched."""
    found = FOLDER / KAFKA_TOOLS
    if not found.exists():
        pytest.skip(f"Kafka's tools are not here: {FETCH}")
    return found
