"""Programs of other teams' tools read one journal: two patients of one condition, one event twice, one unknown type."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer

from carebus.contracts import Envelope, patient_stream
from carebus.contracts.referral import ReferralAccepted
from carebus.ids import new_id
from carebus.kafka import topics
from carebus.testing import START
from deploy.local.folders import cache_folder
from deploy.local.jars import fetch_kafka_jars
from tests.examples import example
from tests.readers.tools import EXAMPLES, ROOT, kafka_tools, node_modules, program

PATIENCE_S = 60.0
COUNTED = ("heart_failure 2", "1 repeated")
TYPES = [ReferralAccepted.type_name()] * 3 + ["org.carebus.OfALaterRelease"]


@dataclass(frozen=True)
class Journal:
    """A topic with four records in it, and how the programs are told of it."""

    topic: str
    environment: dict[str, str]

    def asks(self, *words: str, folder: Path = ROOT) -> str:
        """What this program says, which ends by itself."""
        done = subprocess.run(words, cwd=folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def listens(self, wanted: Sequence[str], *words: str, folder: Path = ROOT) -> str:
        """What this program says until it has said all that is wanted; then it is told to end."""
        log = folder / "said.txt"
        with log.open("w") as said:
            started = subprocess.Popen(words, cwd=folder, env=self.environment, stdout=said, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not all(text in log.read_text() for text in wanted) and time.monotonic() < deadline:
                assert started.poll() is None, log.read_text()
                time.sleep(0.1)
        finally:
            started.send_signal(signal.SIGINT)
            try:
                started.wait(20)
            except subprocess.TimeoutExpired:
                started.kill()
        return log.read_text()


@pytest.fixture
async def journal(kafka_bootstrap: str, topic_prefix: str) -> Journal:
    await topics.create([kafka_bootstrap], prefix=topic_prefix)
    topic = f"{topic_prefix}patient.events"
    await publish(kafka_bootstrap, topic)
    told = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
        "TOPIC": topic,
        "GROUP": f"{topic_prefix}readers",
        "PYTHONPATH": str(ROOT / "shared"),
    }
    return Journal(topic, {**os.environ, **told})


async def publish(bootstrap: str, topic: str) -> None:
    first, second = new_id(), new_id()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for patient, sequence, type_name in ((first, 1, 0), (second, 1, 0), (first, 1, 0), (second, 2, 3)):
            body = example(ReferralAccepted).model_dump_json().encode()
            headers = envelope(patient, sequence, TYPES[type_name]).headers()
            await producer.send_and_wait(topic, body, key=str(patient).encode(), headers=headers)
    finally:
        await producer.stop()


def envelope(patient: UUID, sequence: int, type_name: str) -> Envelope:
    return Envelope(
        id=new_id(),
        source="referral",
        type=type_name,
        subject=patient_stream(patient),
        time=START,
        sequence=sequence,
        correlation_id=new_id(),
        causation_id=new_id(),
        actor="test",
        dataschema=ReferralAccepted.schema_name(),
    )


@pytest.fixture
def kafka_jars(tmp_path: Path) -> Path:
    """A folder with Kafka's jars and its tools, as a download of Kafka has it."""
    folder = tmp_path / "libs"
    folder.mkdir()
    for jar in [*fetch_kafka_jars(cache_folder(), print).glob("*.jar"), kafka_tools()]:
        (folder / jar.name).symlink_to(jar)
    return folder


@pytest.mark.parametrize("reader", ["with_aiokafka.py", "with_duckdb.py", "java/ReadEvents.java"])
def test_a_reader_counts_each_event_once(reader: str, journal: Journal, request: pytest.FixtureRequest) -> None:
    words = [sys.executable]
    if reader.endswith(".java"):
        program("javac", "default-jdk-headless")
        words = [program("java", "default-jdk-headless"), "-cp", f"{request.getfixturevalue('kafka_jars')}/*"]
    if "duckdb" in reader:
        pytest.importorskip("duckdb", reason="duckdb is not installed here: pip install duckdb")
    said = journal.asks(*words, str(EXAMPLES / reader))
    assert said.splitlines() == list(COUNTED)


@pytest.mark.parametrize("reader", ["with_faststream.py", "kafkajs/read.mjs"])
def test_a_reader_that_goes_on_hears_each_event_once(reader: str, journal: Journal, tmp_path: Path) -> None:
    words = [sys.executable]
    if reader.endswith(".mjs"):
        words = [program("node", "nodejs"), "--preserve-symlinks", "--preserve-symlinks-main"]
        (tmp_path / "node_modules").symlink_to(node_modules())
    copy = tmp_path / Path(reader).name
    copy.write_text((EXAMPLES / reader).read_text())
    said = journal.listens(COUNTED, *words, str(copy), folder=tmp_path)
    lines = said.splitlines()
    assert [lines.count(wanted) for wanted in ("heart_failure 1", *COUNTED)] == [1, 1, 1], said
    assert "heart_failure 3" not in said


def test_kcat_shows_the_envelope_of_every_record(journal: Journal) -> None:
    program("kcat", "kcat")
    said = journal.asks("sh", str(EXAMPLES / "with_kcat.sh")).splitlines()
    assert sorted(line.split()[-1] for line in said) == sorted(TYPES)
    assert {line.split()[0] for line in said} == {"referral"}


def test_the_console_consumer_shows_the_headers_of_every_record(journal: Journal, kafka_jars: Path) -> None:
    program("java", "default-jdk-headless")
    journal.environment["KAFKA_JARS"] = str(kafka_jars)
    said = journal.asks("sh", str(EXAMPLES / "with_console_consumer.sh"))
    shown = [kind for line in said.splitlines() for kind in set(TYPES) if f"ce_type:{kind}," in line]
    assert sorted(shown) == sorted(TYPES)
    assert example(ReferralAccepted).patient.family_name not in said
