"""What a process tells of itself when asked: how old its loops' progress is, what fails, when its certificates end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from carebus.observing.loops import Heartbeats, keep
from carebus.settings import Settings
from carebus.testing import Bench
from carebus.web.process_metrics import certificates
from tests.carebus.wires import assessed, someone

ENDS = datetime(2031, 5, 6, tzinfo=UTC)


def certificate(ends: datetime) -> bytes:
    """A certificate that signs itself."""
    key, name = generate_private_key(SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), ends - timedelta(1), ends)
    ).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM)


def settings(**more: object) -> Settings:
    return Settings.model_validate({"database_url": "postgresql://x", "kafka_bootstrap_servers": "x", **more})


async def told(on: Bench) -> list[str]:
    return (await on.operators.get("/metrics")).text.splitlines()


async def test_each_loop_tells_how_old_its_progress_is_and_what_it_may_be(tallying: Bench) -> None:
    tallying.service.core.beats.expect("relay", within=120)
    lines = await told(tallying)
    assert 'carebus_loop_within_seconds{loop="relay",service="tally"} 120.0' in lines
    assert any(line.startswith('carebus_loop_age_seconds{loop="relay",service="tally"} ') for line in lines)
    tallying.service.core.beats.forget("relay")
    assert not any('loop="relay"' in line for line in await told(tallying)), "it has nothing to do now"


async def test_a_loop_counts_its_failures_in_a_row_and_forgets_them_when_it_succeeds() -> None:
    beats, stop = Heartbeats(), asyncio.Event()
    results: list[OSError | float] = [OSError("away"), 0.0]
    seen: list[dict[str, int]] = []

    async def step() -> float:
        seen.append(dict(beats.failures))
        if not results:
            stop.set()
            return 0.0
        if isinstance(result := results.pop(0), OSError):
            raise result
        return result

    await keep("measures", step, stop=stop, beats=beats)
    assert seen == [{}, {"measures": 1}, {"measures": 0}]


def test_a_certificate_that_a_setting_or_the_databases_address_names_tells_its_end(tmp_path: Path) -> None:
    chain, other = tmp_path / "chain.pem", tmp_path / "root.pem"
    chain.write_bytes(certificate(ENDS + timedelta(9)) + certificate(ENDS))
    other.write_bytes(certificate(ENDS + timedelta(1)))
    address = f"postgresql://r:p@db/referral?sslmode=verify-full&sslrootcert={other}"
    found = dict(certificates(settings(database_url=address, clock_file=chain)))
    assert found == {
        "clock_file": ENDS.timestamp(),
        "database_sslrootcert": (ENDS + timedelta(1)).timestamp(),
    }


def test_a_file_that_is_no_certificate_or_not_there_says_nothing(tmp_path: Path) -> None:
    broken, key = tmp_path / "broken.pem", tmp_path / "key.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n")
    key.write_text("-----BEGIN PRIVATE KEY-----\n")
    for file in (broken, key, tmp_path / "none"):
        assert dict(certificates(settings(clock_file=file))) == {}


async def test_a_count_without_labels_is_there_before_anything_happened(tallying: Bench) -> None:
    lines = await told(tallying)
    for name in ("fenced_total", "offset_repairs_total", "outbox_age_seconds", "subscriber_stopped", "relay_active"):
        assert f'carebus_{name}{{service="tally"}} 0.0' in lines


async def test_requests_are_counted_by_route_and_kind_of_answer_never_by_address(tallying: Bench) -> None:
    patient = someone()
    await tallying.command(f"/api/{patient}/marks", assessed("a").model_dump(mode="json"))
    await tallying.http.get("/no/such/page")
    lines = await told(tallying)
    routes = [line for line in lines if line.startswith("carebus_requests_total{")]
    assert any('status="2xx"' in line and "{" in line.partition("{")[2] for line in routes)
    assert 'carebus_requests_total{route="none",service="tally",status="4xx"} 1.0' in routes
    assert str(patient) not in "\n".join(lines)
