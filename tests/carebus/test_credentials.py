"""Brokers and databases that ask for TLS and a password: real ones, spoken to as in production."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.errors import KafkaError

from carebus import credentials
from carebus.credentials import Credentials, CredentialsNotWhole, CredentialUnreadable
from carebus.kafka import topics
from carebus.kafka.reading import Reading
from carebus.storage.database import Database, DatabaseAway
from carebus.storage.migrate import migrate
from deploy.kubernetes.certificates import Authority, Issued
from deploy.local.embedded import Kafka, cache_folder, free_port
from tests.carebus import tally
from tests.carebus.tls_door import Door, tls_door
from tests.carebus.wires import until, wire
from tests.servers import server_folder

PASSWORD = secrets.token_urlsafe(16)


@dataclass
class Guarded:
    """A Kafka whose front door asks for TLS and a password, and the certificates for a door to PostgreSQL."""

    kafka: Kafka
    front: str
    authority: Authority
    issued: Issued

    def url(self, plain: str, door: Door) -> str:
        """The address of a database through the door, its certificate and name checked."""
        parts = urlsplit(plain)
        place = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{door.port}"
        told = f"sslmode=verify-full&sslrootcert={self.authority.certificate}"
        return urlunsplit(parts._replace(netloc=place, query=told))


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with server_folder() as folder:
        authority = Authority(folder / "certificates")
        issued = authority.issue("server", "127.0.0.1")
        front = free_port()
        kafka = Kafka(
            folder / "kafka",
            free_port(),
            cache_folder(),
            users={"tally": PASSWORD},
            more={
                "listeners": f"FRONT://127.0.0.1:{front}",
                "advertised.listeners": f"FRONT://127.0.0.1:{front}",
                "listener.security.protocol.map": "FRONT:SASL_SSL",
                "listener.name.front.sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.front.scram-sha-512.sasl.jaas.config": (
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;"
                ),
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(issued.both),
            },
        )
        try:
            kafka.start()
            yield Guarded(kafka, f"127.0.0.1:{front}", authority, issued)
        finally:
            kafka.kill()


@pytest.fixture
def shown(guarded: Guarded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment shows the brokers what they ask for; gives the file with the password."""
    word = tmp_path / "password"
    word.write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "tally")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(word))
    monkeypatch.setenv("KAFKA_CA_FILE", str(guarded.authority.certificate))
    return word


async def test_a_service_hears_and_tells_through_tls_with_a_password(
    guarded: Guarded, postgres_url: str, topic_prefix: str, request: pytest.FixtureRequest
) -> None:
    port = urlsplit(postgres_url).port or 5432
    async with (
        wire(postgres_url, guarded.kafka.bootstrap, topic_prefix) as side,
        tls_door(port, guarded.issued) as door,
    ):
        request.getfixturevalue("shown")
        service = side.service(kafka_bootstrap_servers=guarded.front, database_url=guarded.url(side.url, door))
        patient = uuid4()
        async with service.running():
            await side.tell(patient, "a", "b")

            async def handled() -> bool:
                return await side.marks(service, patient) == ["a", "b"]

            await until(handled, "both events are handled")
            assert len(await side.published(wait_for=2)) == 2
        assert (door.encrypted > 1, door.shut_out) == (True, 0)


async def test_operators_commands_go_through_the_same_door(guarded: Guarded, topic_prefix: str, shown: Path) -> None:
    made = await topics.create([guarded.front], prefix=topic_prefix, partitions=2)
    assert made == sorted(topics.names(topic_prefix))
    assert await topics.drift([guarded.front], prefix=topic_prefix, partitions=2) == []
    async with Reading([guarded.front], topics.names(topic_prefix)) as reading:
        assert reading.size == 0


async def test_a_wrong_password_and_a_stranger_as_authority_are_refused(
    guarded: Guarded, topic_prefix: str, shown: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown.write_text("guessed")
    with pytest.raises(KafkaError):
        await topics.create([guarded.front], prefix=topic_prefix)
    shown.write_text(PASSWORD)
    monkeypatch.setenv("KAFKA_CA_FILE", str(Authority(tmp_path / "stranger").certificate))
    with pytest.raises(KafkaError):
        await topics.create([guarded.front], prefix=topic_prefix)


async def test_a_database_password_that_is_changed_needs_no_restart(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    admin = await asyncpg.connect(postgres_url)
    role = f"rotating_{secrets.token_hex(4)}"
    await admin.execute(f"create role {role} login password 'first'")
    await admin.execute(f"create database {role} owner {role}")
    word = tmp_path / "password"
    word.write_text("first")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(word))
    url = f"postgresql://{role}@127.0.0.1:{urlsplit(postgres_url).port}/{role}"
    assert await migrate(url, tally.MIGRATIONS)
    database = Database(url, name="rotating", size=2)
    await database.open()
    async with database.connection() as db:
        assert await db.fetchval("select current_user") == role
    await admin.execute(f"alter role {role} password 'second'")
    word.write_text("second")
    await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", role)

    async def there() -> bool:
        with suppress(DatabaseAway):
            async with database.connection() as db:
                return bool(await db.fetchval("select current_user") == role)
        return False

    await until(there, "the new password is shown")
    own = await database.connect()
    await own.close()
    await database.close()
    await admin.execute(f"drop database {role} with (force)")
    await admin.close()


async def test_a_database_with_another_name_than_its_certificate_is_not_trusted(
    guarded: Guarded, postgres_url: str
) -> None:
    port = urlsplit(postgres_url).port or 5432
    async with tls_door(port, guarded.authority.issue("other", "elsewhere.example")) as door:
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncpg.connect(guarded.url(postgres_url, door))


def test_a_password_in_the_address_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "absent"))
    assert credentials.password_of("postgresql://a:b@host/c") is None
    asked = credentials.password_of("postgresql://a@host/c")
    assert asked is not None
    with pytest.raises(CredentialUnreadable, match="DATABASE_PASSWORD_FILE"):
        asked()


def test_half_of_an_access_is_refused_by_the_name_of_what_is_missing() -> None:
    with pytest.raises(CredentialsNotWhole, match=r"SASL_SSL needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD_FILE"):
        Credentials.model_validate({"kafka_security_protocol": "SASL_SSL"})
    assert credentials.kafka() == {"security_protocol": "PLAINTEXT", "ssl_context": None}
