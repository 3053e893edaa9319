"""A real Prometheus that scrapes what it is told to, and what it answers."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deploy.observability.__main__ import FOLDER
from tests.servers import server_folder

START_TIMEOUT_S = 60.0


def program(name: str, package: str) -> str:
    """The path of a program; without it the test is skipped, saying how to get it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} here: `apt-get install {package}` as root adds it")
    return found


@contextmanager
def process(argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """A program that runs while this lasts."""
    with log.open("wb") as output:
        started = subprocess.Popen(argv, stdout=output, stderr=output, env=environment, cwd=log.parent)
        try:
            yield
        finally:
            started.terminate()
            started.wait(30)


@dataclass
class Prometheus:
    """A Prometheus that answers."""

    url: str

    def ask(self, expr: str) -> list[dict[str, Any]]:
        """The series that this gives now. Raises what Prometheus says of a wrong query."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expr}, trust_env=False, timeout=30).json()
        assert answer["status"] == "success", f"{expr}: {answer}"
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result


@contextmanager
def prometheus(port: int, targets: Mapping[str, Sequence[str]]) -> Iterator[Prometheus]:
    """Scrape these addresses, by job, each second, with our rules."""
    binary = program("prometheus", "prometheus")
    jobs = [{"job_name": job, "static_configs": [{"targets": list(where)}]} for job, where in targets.items()]
    told = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "2s"},
        "rule_files": [str(FOLDER / "rules" / "*.yaml")],
        "scrape_configs": jobs,
    }
    with server_folder() as folder:
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(told))
        argv = [binary, f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data"]
        with process([*argv, f"--web.listen-address=127.0.0.1:{port}"], folder / "log"):
            made = Prometheus(f"http://127.0.0.1:{port}")
            _until_ready(made, folder / "log")
            yield made


def _until_ready(made: Prometheus, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            if httpx.get(f"{made.url}/-/ready", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
