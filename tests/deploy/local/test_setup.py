"""Setting up says in one sentence what is missing and how to get it, and is instant when nothing is."""

from __future__ import annotations

import ast
import os
import queue
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import setup
from deploy.local.embedded import free_port

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What setting up reads of a checkout, and nothing installed."""
    shutil.copytree(ROOT / "deploy" / "locks", tmp_path / "deploy" / "locks")
    (tmp_path / "deploy" / "local").mkdir()
    shutil.copy(ROOT / "deploy" / "local" / "setup.py", tmp_path / "deploy" / "local")
    (tmp_path / "shared").mkdir()
    shutil.copy(ROOT / "shared" / "pyproject.toml", tmp_path / "shared")
    return tmp_path


def stamp(checkout: Path, lock: str) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
    (checkout / ".venv" / "bin" / "python").touch()
    (checkout / ".venv" / f"{lock}.stamp").write_text(setup.wanted(checkout, lock))


@pytest.fixture
def nothing_may_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started a program"))


@pytest.mark.parametrize("version", [(3, 10, 14), (2, 7, 18)])
def test_an_old_python_is_named_with_the_way_out(version: tuple[int, ...]) -> None:
    with pytest.raises(setup.PythonTooOld) as refused:
        setup.require_python(version)
    assert str(refused.value) == (
        f"Carebus needs Python 3.11 or newer and this is Python {'.'.join(map(str, version))}: install a newer one, "
        "or name one that is installed, as in `make setup PYTHON=python3.12`."
    )


def test_the_script_can_be_read_by_an_old_python_that_is_to_say_so() -> None:
    ast.parse((ROOT / "deploy" / "local" / "setup.py").read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_names_the_package_that_has_it(
    module: str, checkout: Path, monkeypatch: pytest.MonkeyPatch, nothing_may_run: None
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(setup.VenvMissing, match=rf"no `{module}` module.*`apt-get install python3\.\d+-venv` as root"):
        setup.set_up(checkout, "local", lambda _: None)


def test_an_unreachable_registry_is_one_sentence(checkout: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/simple"
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run(
        [sys.executable, "-I", str(checkout / "deploy" / "local" / "setup.py"), "local"],
        env={**environment, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": nobody, "PIP_RETRIES": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The Python package registry does not answer: check the network, or name a mirror")
    assert done.stderr.count("\n") == 1
    assert not (checkout / ".venv" / "local.stamp").exists()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n", "is full: free"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n", "its hash differs"),
        ("  ModuleNotFoundError: No module named 'x'\nhint: see above\n", "stopped at: ModuleNotFoundError: No module"),
        ("", "no word from pip"),
    ],
)
def test_what_pip_says_becomes_one_sentence(output: str, sentence: str, tmp_path: Path) -> None:
    refused = str(setup._reason(output, tmp_path / "setup.log"))
    assert sentence in refused
    assert "\n" not in refused


def test_a_mirror_that_says_nothing_is_told_while_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "SILENCE_S", 0.05)
    told: queue.Queue[str] = queue.Queue()
    packages = setup._Packages(2, told.put)
    packages("Collecting aiokafka==1.0")
    assert told.get(timeout=30) == "Python packages: 1 of 2, aiokafka"
    assert told.get(timeout=30).startswith("Nothing has come from the Python package registry for")
    packages("Installing collected packages: aiokafka")
    assert told.get(timeout=30) == "Python packages: all 2 are here, installing them"
    assert packages.silence._timer.finished.is_set(), "installing may take long without a word"


def test_a_mirror_that_is_away_is_told_at_the_first_try_and_once() -> None:
    told: list[str] = []
    packages = setup._Packages(2, told.append)
    for tries in (4, 3, 2):
        packages(f"WARNING: Retrying (Retry(total={tries})) after connection broken by 'NewConnectionError'")
    packages.silence.close()
    assert told == ["The Python package registry does not answer. It is tried again, for a minute or two."]


def test_what_new_service_needs_is_a_part_of_what_the_tests_need() -> None:
    def pins(lock: str) -> set[str]:
        text = (ROOT / "deploy" / "locks" / f"{lock}.txt").read_text()
        return set(re.findall(r"^[\w.\[\]-]+==\S+", text, re.MULTILINE))

    assert pins("new-service") < pins("dev")
    assert len(pins("new-service")) < len(pins("local")) / 2


def test_a_full_disk_is_noticed_before_anything_is_written(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, nothing_may_run: None
) -> None:
    monkeypatch.setattr(setup, "SPACE_NEEDED_BYTES", 1 << 60)
    with pytest.raises(setup.NoDiskSpace, match="is full: free about"):
        setup.set_up(checkout, "local", lambda _: None)
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("installed", ["local", "dev"])
def test_what_is_installed_is_not_looked_at_again(installed: str, checkout: Path, nothing_may_run: None) -> None:
    stamp(checkout, installed)
    setup.set_up(checkout, "local", pytest.fail)


def test_a_changed_lock_is_installed_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp(checkout, "local")
    with (checkout / "deploy" / "locks" / "local.txt").open("a") as lock:
        lock.write("one-more==1.0\n")
    installs: list[str] = []
    monkeypatch.setattr(setup, "_install", lambda _root, _venv, lock, _tell: installs.append(lock))
    setup.set_up(checkout, "local", lambda _: None)
    assert installs == ["local"]


def test_without_programs_and_without_rights_the_tests_that_need_them_are_announced_as_skipped(
    monkeypatch: pytest.MonkeyPatch, nothing_may_run: None
) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None if program in {"chromium", "ip"} else f"/bin/{program}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    told: list[str] = []
    setup.find_programs(told.append)
    assert told == [
        "No chromium here, so the browser tests will be skipped: `apt-get install chromium` as root adds it.",
        "No ip here, so the tests with hosts of their own will be skipped: `apt-get install iproute2` as root adds it.",
    ]


@pytest.mark.parametrize("lock", ["service", "local", "dev"])
def test_locks_are_exact_hashed_and_name_no_registry(lock: str) -> None:
    lines = (ROOT / "deploy" / "locks" / f"{lock}.txt").read_text().splitlines()
    assert [line for line in lines if "://" in line or line.startswith("-")] == []
    named = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert named
    assert all("==" in line and line.endswith("\\") for line in named)
