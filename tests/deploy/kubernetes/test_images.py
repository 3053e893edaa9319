"""The images: what is in them, that they are the same twice, and that they run with everything taken away from them."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from carebus.kafka import topics
from carebus.storage.migrate import migrate
from deploy.kubernetes import images
from deploy.kubernetes.topics import services
from deploy.local.databases import create_databases
from deploy.local.embedded import free_port
from tests.databases import migrations_of
from tests.deploy.kubernetes.conftest import or_skipped

pytestmark = pytest.mark.images

ULIMITS = '[containers]\ndefault_ulimits=["nofile=20000:20000","nproc=4096:4096"]\n[engine]\nruntime="runc"\n'
OURS = {".py", ".pyc", ".sql", ".html", ".css", ".js", ".svg", ".typed", ".json", ".yaml", ".csv", ".txt", ".toml"}
HARDENED = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--tmpfs=/tmp:rw,size=64m")


@pytest.fixture(scope="module", params=services())
def image(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A service and its image."""
    with or_skipped():
        return request.param, images.build(request.param)


def test_only_its_own_folder_and_the_kit_are_inside(image: tuple[str, str]) -> None:
    service, name = image
    found = images.inside(name, "find", "/app", "-maxdepth", "2", "-name", "[a-z]*")
    assert set(found.split()) >= {"/app", "/app/main.py", "/app/carebus", "/app/services", f"/app/services/{service}"}
    others = {f"/app/services/{other}" for other in services()} - {f"/app/services/{service}"}
    assert not others & set(found.split())
    everything = images.inside(name, "find", "/app", "-type", "f").split()
    assert {Path(file).suffix for file in everything} <= OURS


def test_it_is_started_as_nobody_in_particular_and_as_the_first_process(image: tuple[str, str]) -> None:
    told = images.settings(image[1])
    assert told["User"] == "10001:10001"
    assert told["Entrypoint"] == ["/venv/bin/python", "/app/main.py"]
    assert "Cmd" not in told or not told["Cmd"]


def test_all_services_share_the_layer_of_libraries() -> None:
    with or_skipped():
        found = [images.layers(images.build(service)) for service in services()]
    assert len({tuple(layers[:-1]) for layers in found}) == 1
    assert len({layers[-1] for layers in found}) == len(found)


def test_two_builds_of_a_commit_have_the_same_layers(tmp_path: Path) -> None:
    clones = []
    for name in ("one", "another"):
        subprocess.run(["git", "clone", "-q", str(images.ROOT), str(tmp_path / name)], check=True)
        with or_skipped():
            built = images.build("outcomes", root=tmp_path / name, tag=f"localhost/carebus-{name}:dev", cached=False)
        clones.append(images.layers(built))
    assert clones[0] == clones[1]


def test_a_build_fails_without_the_compiled_part_of_aiokafka(tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", str(images.ROOT), str(tmp_path / "clone")], check=True)
    file = tmp_path / "clone/deploy/Dockerfile"
    check = next(line for line in file.read_text().splitlines() if "_crecords" in line)
    broken = "RUN rm /venv/lib/python3*/site-packages/aiokafka/record/_crecords/*.so\n" + check
    file.write_text(file.read_text().replace(check, broken))
    with pytest.raises(images.BuildFailed, match="_crecords"):
        images.build("outcomes", root=tmp_path / "clone", tag="localhost/carebus-broken:dev")


def test_its_libraries_are_listed(tmp_path: Path) -> None:
    with or_skipped():
        name = images.build("referral")
    images.bill_of_materials(name, tmp_path / "materials.json")
    parts = json.loads((tmp_path / "materials.json").read_text())["components"]
    listed = {f"{re.sub('[-_.]+', '-', part['name']).lower()}=={part['version']}" for part in parts}
    locked = (images.ROOT / "deploy/locks/service.txt").read_text().split()
    assert {line.partition("==")[0] for line in listed} >= {"aiokafka", "asyncpg", "fastapi", "pydantic"}
    assert listed <= set(locked)


@contextmanager
def running(name: str, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """A container of the image with everything taken away; gives its name."""
    (folder / "containers.conf").write_text(ULIMITS)
    container = f"carebus-test-{secrets.token_hex(4)}"
    told = [word for key, value in environment.items() for word in ("-e", f"{key}={value}")]
    command = ["podman", "run", "-d", "--rm", "--name", container, "--network=host", "--pids-limit=64", *HARDENED]
    podman = {"CONTAINERS_CONF": str(folder / "containers.conf"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.run([*command, *told, name], env=podman, check=True, capture_output=True)
    try:
        yield container
    finally:
        subprocess.run(["podman", "rm", "-f", "-t", "0", container], env=podman, check=False, capture_output=True)


async def test_it_runs_with_everything_taken_away_and_stops_when_asked(
    image: tuple[str, str], postgres_url: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    service, name = image
    await topics.create([kafka_bootstrap], prefix=topic_prefix, partitions=1)
    url = (await create_databases(postgres_url, [service], tmp_path / "passwords"))[service]
    await migrate(url, migrations_of(service))
    asked_at = free_port()
    told = {
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
        "CAREBUS_TOPIC_PREFIX": topic_prefix,
        "CAREBUS_PORT": str(free_port()),
        "CAREBUS_OPERATORS_PORT": str(asked_at),
        "CAREBUS_HOST": "127.0.0.1",
        "CAREBUS_MAIL_FROM": "care@carebus.example",
        "SMTP_URL": "smtp://127.0.0.1:1",
    }
    with running(name, told, tmp_path) as container:
        await answers(f"http://127.0.0.1:{asked_at}/health/ready")
        status = f"/proc/{podman('inspect', '-f', '{{.State.Pid}}', container)}/status"
        rights = dict(line.split(":", 1) for line in Path(status).read_text().splitlines())
        assert rights["Uid"].split()[0] == "10001"
        assert (int(rights["CapEff"], 16), rights["NoNewPrivs"].strip()) == (0, "1")
        refused = subprocess.run(["podman", "exec", container, "touch", "/app/x"], capture_output=True, check=False)
        assert refused.returncode != 0
        began = time.monotonic()
        podman("stop", "-t", "60", container)
        assert time.monotonic() - began < 60, "SIGTERM reached the service itself"


def podman(*words: str) -> str:
    return subprocess.run(["podman", *words], capture_output=True, text=True, check=True).stdout.strip()


async def answers(address: str) -> None:
    deadline = time.monotonic() + 60
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            try:
                if (await client.get(address)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.3)
    raise AssertionError(f"{address} did not answer")
