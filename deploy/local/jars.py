"""Apache Kafka's files, fetched once into the cache and checked against `deploy/locks/kafka.txt`.

`python -m deploy.local.jars fetch` fetches them now; `lock` resolves the wanted versions again and writes that lock.
"""

from __future__ import annotations

import fcntl
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext, PythonResolver
from jgo.parse import Coordinate

from deploy.local.failures import JarAltered, LocalServerError, NoDiskSpace, RegistryUnreachable, is_disk_full
from deploy.local.folders import cache_folder

KAFKA_VERSION = "4.3.1"
LOG4J_VERSION = "2.25.4"
WANTED = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    # Kafka names only the logging interface; without a binding its log is silently dropped.
    f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J_VERSION}",
)
LOCK = Path(__file__).parents[1] / "locks" / "kafka.txt"
TITLE = f"Apache Kafka {KAFKA_VERSION}"
PARALLEL = 4
TIMEOUT_S = 60


@dataclass(frozen=True)
class Jar:
    """One locked file: its coordinates and what it must hash to; `kind` is how its name ends."""

    group: str
    artifact: str
    version: str
    digest: str
    kind: str = "jar"

    @classmethod
    def parse(cls, line: str) -> Jar:
        """Read one line of a lock: `group:artifact:version digest`, or `group:artifact:zip:version digest`."""
        coordinates, digest = line.split()
        group, artifact, *kind, version = coordinates.split(":")
        return cls(group, artifact, version, digest, *kind)

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.artifact}-{self.version}.{self.kind}"


def fetch_kafka_jars(cache: Path, progress: Callable[[str], None]) -> Path:
    """Return the folder in `cache` that holds Kafka's jars; needs the network only the first time.

    `progress` hears one sentence per file fetched. Raises `RegistryUnreachable`, `JarAltered` or `NoDiskSpace`.
    """
    jars = [Jar.parse(line) for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    lock_digest = sha256(LOCK.read_bytes()).hexdigest()[:8]
    folder = cache / f"kafka-{KAFKA_VERSION}-{lock_digest}"
    if not folder.exists():
        with _failing_plainly(TITLE, cache):
            _fetch(jars, cache, folder, progress)
    return folder


def fetch_jar(jar: Jar, cache: Path) -> Path:
    """One file that is not among Kafka's own, from the cache or fetched into it. Raises as `fetch_kafka_jars` does."""
    with _failing_plainly(jar.name, cache), alone(cache):
        return _download(jar, _registry(cache))


@contextmanager
def _failing_plainly(title: str, cache: Path) -> Iterator[None]:
    try:
        yield
    except requests.RequestException as unreachable:
        raise RegistryUnreachable(title) from unreachable
    except OSError as failed:
        if is_disk_full(failed):
            raise NoDiskSpace(cache, shutil.disk_usage(cache).free >> 20, 100) from failed
        raise


def _fetch(jars: list[Jar], cache: Path, folder: Path, progress: Callable[[str], None]) -> None:
    with alone(cache):
        if folder.exists():
            return
        context = _registry(cache)
        draft = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        with ThreadPoolExecutor(PARALLEL) as pool:
            fetched = [pool.submit(_download, jar, context) for jar in jars]
            try:
                for count, each in enumerate(as_completed(fetched), start=1):
                    each.result()
                    progress(f"Fetching {TITLE}: {count} of {len(jars)} files")
            finally:
                pool.shutdown(cancel_futures=True)
        for jar, each in zip(jars, fetched, strict=True):
            shutil.copyfile(each.result(), draft / jar.name)
        draft.rename(folder)


def _download(jar: Jar, context: MavenContext) -> Path:
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact(packaging=jar.kind)
    # A file cut off by an earlier interruption is fetched again, once.
    for _ in range(2):
        path = _resolve(artifact)
        if _digest(path) == jar.digest:
            return path
        path.unlink()
    raise JarAltered(jar.name)


def _resolve(artifact: Artifact) -> Path:
    try:
        return Path(artifact.resolve())
    except RuntimeError as missing:
        raise RegistryUnreachable(artifact.filename) from missing


def _registry(cache: Path) -> MavenContext:
    repositories = GlobalSettings.load().repositories or {"central": MAVEN_CENTRAL_URL}
    return MavenContext(
        resolver=PythonResolver(), repo_cache=cache / "java", remote_repos=repositories, timeout=TIMEOUT_S
    )


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Be the only one on this machine who brings something into the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "fetching.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def lock_lines(cache: Path) -> list[str]:
    """Resolve what is wanted with everything it needs, and return the lock's lines, sorted."""
    context = _registry(cache)
    chosen: dict[tuple[str, str], Artifact] = {}
    # One at a time, Kafka first: resolved together, one's managed versions would overrule the other's.
    for name in WANTED:
        wanted = context.create_dependency(replace(Coordinate.parse(name), scope="compile"))
        for dependency in (found for part in context.resolver.resolve([wanted]) for found in part):
            if dependency.scope in ("compile", "runtime"):
                chosen.setdefault((dependency.groupId, dependency.artifactId), dependency.artifact)
    return sorted(f"{a.groupId}:{a.artifactId}:{a.version} {_digest(_resolve(a))}" for a in chosen.values())


def locked(jar: Jar, cache: Path) -> str:
    """The line of a lock for this file as the registry has it now, whatever it hashed to."""
    artifact = _registry(cache).project(jar.group, jar.artifact).at_version(jar.version).artifact(packaging=jar.kind)
    return f"{jar.group}:{jar.artifact}:{jar.kind}:{jar.version} {_digest(_resolve(artifact))}"


def write_lock(cache: Path) -> None:
    """Replace the lock by what resolves now."""
    lines = ["# Made by `make lock`: Apache Kafka, all it needs, and their SHA-256.", *lock_lines(cache)]
    LOCK.write_text("\n".join(lines) + "\n")


def fetch_or_lock(
    words: list[str],
    module: str,
    fetch: Callable[[Path, Callable[[str], None]], Path],
    lock: Callable[[Path], None],
) -> int:
    """Do what the one word says, with the cache's folder; returns the exit code."""
    try:
        if words == ["lock"]:
            lock(cache_folder())
        elif words == ["fetch"]:
            fetch(cache_folder(), lambda line: print(line, flush=True))
        else:
            raise SystemExit(f"usage: python -m {module} fetch|lock")
    except LocalServerError as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(fetch_or_lock(sys.argv[1:], "deploy.local.jars", fetch_kafka_jars, write_lock))
