"""Make `.venv` with what one of deploy/locks names, such as `local` or `dev`; by the standard library alone."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Callable  # noqa: UP035 (an old Python must reach the sentence that says so)

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 11)
SPACE_NEEDED_BYTES = 1 << 30
PIP = ("-m", "pip", "--no-input", "--disable-pip-version-check", "--no-color")
PROGRAMS = {
    "chromium": (("chromium", "fonts-dejavu-core"), "browser tests"),
    "ip": (("iproute2",), "tests with hosts of their own"),
    "iptables": (("iptables",), "tests that break the network"),
    "faketime": (("faketime",), "tests with wrong clocks"),
    "pgbouncer": (("pgbouncer",), "tests of a pooler before the database"),
    "promtool": (("prometheus",), "tests of dashboards and alert rules"),
    "prometheus-postgres-exporter": (("prometheus-postgres-exporter",), "the tests of PostgreSQL's panels"),
    "prometheus-node-exporter": (("prometheus-node-exporter",), "the tests of the machines' panels"),
}
"""What the tests need beside Python: program -> Debian's packages, and what is skipped without it."""
SILENCE_S = 10.0
"""Nothing heard for so long is told: pip alone would wait a minute and a half before it says a word."""
WITH_KAFKA = ("local", "dev")
"""The locks of what starts a broker."""
UNREACHABLE = re.compile(
    r"Retrying \(|NewConnectionError|ConnectTimeoutError|ProxyError|Max retries|SSLError|timed out"
)
FULL = re.compile(r"No space left on device|Errno 28|Disk quota exceeded")
ALTERED = re.compile(r"DO NOT MATCH THE HASHES")


class SetupError(Exception):
    """Carebus could not be set up."""

    def __str__(self) -> str:
        return " ".join((type(self).__doc__ or "").format(*self.args).split())


class PythonTooOld(SetupError):
    """Carebus needs Python {0} or newer and this is Python {1}: install a newer one, or name one that is installed, as
    in `make setup PYTHON=python3.12`."""


class VenvMissing(SetupError):
    """The Python used has no `{0}` module, which Debian and Ubuntu keep in a package of its own: run
    `apt-get install python{1}-venv` as root, then start again."""


class RegistryUnreachable(SetupError):
    """The Python package registry does not answer: check the network, or name a mirror in pip's own configuration
    (`pip config set global.index-url ...`), then start again. The details are in {0}."""


class NoDiskSpace(SetupError):
    """The disk that holds {0} is full: free about {1} MB, then start again."""


class PackageAltered(SetupError):
    """A downloaded package is not the one this release was tested with (its hash differs): if the registry is a mirror,
    it may be at fault. The details are in {0}."""


class InstallFailed(SetupError):
    """Installing stopped at: {0} The details are in {1}."""


class KafkaMissing(SetupError):
    """{0}"""


class VenvFailed(SetupError):
    """The environment in {0} could not be made: {1}"""


def main(words: list[str]) -> int:
    """Set up what the one word, one of deploy/locks, names; returns the exit code, and says why in one sentence."""
    try:
        require_python(tuple(sys.version_info[:3]))
        set_up(ROOT, words[0] if words else "local", say)
    except SetupError as failed:
        print(f"\n{failed}" if sys.stdout.isatty() else str(failed), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Starting again goes on from here.", file=sys.stderr)
        return 130
    return 0


def set_up(root: Path, lock: str, tell: Callable[[str], None]) -> None:
    """Bring `root`/.venv in line with the lock of that name; at once when it is already."""
    venv = root / ".venv"
    if not any(_stamp(venv, name) == wanted(root, name) for name in {lock, "dev"}):
        try:
            _install(root, venv, lock, tell)
        except OSError as failed:
            if failed.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoDiskSpace(venv, SPACE_NEEDED_BYTES >> 20) from failed
            raise
    if lock == "dev":
        find_programs(tell)


def require_python(version: tuple[int, ...]) -> None:
    """Raise `PythonTooOld` for a Python that cannot run Carebus."""
    if version < OLDEST:
        raise PythonTooOld(".".join(map(str, OLDEST)), ".".join(map(str, version)))


def require_venv() -> None:
    """Raise `VenvMissing` when this Python cannot make environments."""
    for module in ("venv", "ensurepip"):
        if find_spec(module) is None:
            raise VenvMissing(module, f"{sys.version_info[0]}.{sys.version_info[1]}")


def wanted(root: Path, lock: str) -> str:
    """What the stamp says when everything of `lock` is installed."""
    content = b"".join((root / path).read_bytes() for path in (f"deploy/locks/{lock}.txt", "shared/pyproject.toml"))
    return hashlib.sha256(content + bytes(root)).hexdigest()


def _stamp(venv: Path, lock: str) -> str:
    stamp = venv / f"{lock}.stamp"
    return stamp.read_text() if stamp.exists() and (venv / "bin" / "python").exists() else ""


def _install(root: Path, venv: Path, lock: str, tell: Callable[[str], None]) -> None:
    require_venv()
    if shutil.disk_usage(root).free < SPACE_NEEDED_BYTES:
        raise NoDiskSpace(root, SPACE_NEEDED_BYTES >> 20)
    _make_venv(venv, tell)
    log = venv / "setup.log"
    log.write_text("")
    requirements = root / "deploy" / "locks" / f"{lock}.txt"
    count = len(re.findall(r"^[\w.\[\]-]+==", requirements.read_text(), re.MULTILINE))
    install = [str(venv / "bin" / "python"), *PIP, "install", "--progress-bar", "off"]
    packages = _Packages(count, tell)
    with closing(packages.silence):
        _pip([*install, "--require-hashes", "-r", str(requirements)], log, packages, root)
    _pip([*install, "--no-deps", "--no-build-isolation", "-e", "shared"], log, lambda _: None, root)
    tell(f"Python packages: all {count} are ready.")
    if lock in WITH_KAFKA:
        _fetch_kafka(root, venv, log, tell)
    (venv / f"{lock}.stamp").write_text(wanted(root, lock))


def _fetch_kafka(root: Path, venv: Path, log: Path, tell: Callable[[str], None]) -> None:
    fetch = [str(venv / "bin" / "python"), "-m", "deploy.local.jars", "fetch"]
    with closing(_Silence("the registry of Kafka's jars", tell)) as silence:

        def hear(line: str) -> None:
            silence.listen()
            tell(line.strip())

        code, output = _run(fetch, log, hear, root)
    if code != 0:
        raise KafkaMissing(output.strip().splitlines()[-1])
    tell("Apache Kafka is ready.")


def _make_venv(venv: Path, tell: Callable[[str], None]) -> None:
    python = venv / "bin" / "python"
    if python.exists() and _ask([str(python), "-m", "pip", "--version"])[0] == 0:
        return
    tell(f"Making an environment in {venv.name}.")
    code, output = _ask([sys.executable, "-m", "venv", "--clear", str(venv)])
    if FULL.search(output):
        raise NoDiskSpace(venv, SPACE_NEEDED_BYTES >> 20)
    if code != 0:
        raise VenvFailed(venv, output.strip())


def _ask(command: list[str], **environment: str) -> tuple[int, str]:
    """Run `command` quietly; returns its exit code and all it said."""
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


class _Silence:
    """Says that nothing has come for a while, each time that is so, until it is closed."""

    def __init__(self, what: str, tell: Callable[[str], None]) -> None:
        self._what, self._tell, self._timer = what, tell, threading.Timer(0, lambda: None)
        self.listen()

    def listen(self) -> None:
        """From now on; what came before was heard."""
        self.close()
        self._timer = threading.Timer(SILENCE_S, self._say)
        self._timer.daemon = True
        self._timer.start()

    def close(self) -> None:
        """No more is awaited."""
        self._timer.cancel()

    def _say(self) -> None:
        self._tell(f"Nothing has come from {self._what} for {SILENCE_S:.0f} seconds: it is slow, or away.")


class _Packages:
    """Turns pip's lines into how far it is."""

    def __init__(self, count: int, tell: Callable[[str], None]) -> None:
        self._count, self._tell, self._seen = count, tell, 0
        self._refused = False
        self.silence = _Silence("the Python package registry", tell)

    def __call__(self, line: str) -> None:
        """Hear one line."""
        self.silence.listen()
        if UNREACHABLE.search(line) and not self._refused:
            self._refused = True
            self._tell("The Python package registry does not answer. It is tried again, for a minute or two.")
        found = re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line)
        if found:
            self._seen = min(self._seen + 1, self._count)
            self._tell(f"Python packages: {self._seen} of {self._count}, {found.group(1)}")
        elif line.startswith("Installing collected packages"):
            self._tell(f"Python packages: all {self._count} are here, installing them")
            self.silence.close()


def _pip(command: list[str], log: Path, hear: Callable[[str], None], folder: Path) -> None:
    code, output = _run(command, log, hear, folder)
    if code != 0:
        raise _reason(output, log)


def _run(command: list[str], log: Path, hear: Callable[[str], None], folder: Path) -> tuple[int, str]:
    """Run `command` in `folder`, its output into `log` and line by line to `hear`; returns exit code and output."""
    output = []
    run = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with run, log.open("a") as file:
        assert run.stdout is not None
        for line in run.stdout:
            file.write(line)
            output.append(line)
            hear(line)
    return run.returncode, "".join(output)


def _reason(output: str, log: Path) -> SetupError:
    if FULL.search(output):
        return NoDiskSpace(log.parent, SPACE_NEEDED_BYTES >> 20)
    if ALTERED.search(output):
        return PackageAltered(log)
    if UNREACHABLE.search(output):
        return RegistryUnreachable(log)
    errors = re.findall(r"^.*(?:Error: |ERROR: ).*$", output, re.MULTILINE)
    return InstallFailed(errors[-1].strip() if errors else "no word from pip.", log)


def find_programs(tell: Callable[[str], None]) -> None:
    """Have the programs that tests need: install Debian's when we may, else say which tests will be skipped."""
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        tell(f"Installing {', '.join(missing)} for the tests.")
        _ask(["apt-get", "update"])
        packages = [package for program in missing for package in PROGRAMS[program][0]]
        _ask(["apt-get", "install", "-y", "--no-install-recommends", *packages], DEBIAN_FRONTEND="noninteractive")
    for program in missing:
        (name, *_), skipped = PROGRAMS[program]
        if not shutil.which(program):
            tell(f"No {program} here, so the {skipped} will be skipped: `apt-get install {name}` as root adds it.")


def say(line: str) -> None:
    """Show how far it is: in place on a terminal, else one line each."""
    if not sys.stdout.isatty():
        print(line, flush=True)
        return
    width = shutil.get_terminal_size().columns - 1
    print(f"\r\033[2K{line[:width]}", end="\n" if line.endswith(".") else "", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
