"""The main job on real input: 153 synthetic patients through four services, and nothing told that must not be."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from carebus.contracts import EVENTS
from deploy.local.acting import Acting
from deploy.local.duty import MAILS_TO
from deploy.local.equipping import SUPPLIERS
from deploy.local.inbox import Header, Inbox
from deploy.local.invented import contact
from deploy.local.options import SERVICES, operators_of
from deploy.local.patient import Patient
from deploy.local.synthea import Sample
from tests.deploy.local.expected import Expected, expected
from tests.runner import Runner
from tests.servers import server_folder
from tests.system.otlp import Spans, receiver

SEED = 2026


HIDDEN = ("hidden", "1–10")
"""What stands where a count is so small that it could name somebody."""
ON_THE_WAY = tuple(service for service in SERVICES if service != "audit")
"""Whom a referral passes on its way to the family and into the counts."""


@dataclass
class Played:
    """A run that has played the whole sample and still stands."""

    runner: Runner
    summary: dict[str, Any]
    spans: Spans

    @property
    def logs(self) -> dict[str, str]:
        """Every log of the run, whoever wrote it."""
        return {log.name: log.read_text(errors="replace") for log in (self.runner.data / "logs").iterdir()}

    @property
    def mail(self) -> list[Header]:
        """Everything that arrived in the inbox."""
        return Inbox(self.runner.data / "inbox").headers()

    def get(self, service: str, path: str) -> httpx.Response:
        """What a service answers."""
        url = f"http://127.0.0.1:{self.runner.ports[service]}{path}"
        return httpx.get(url, trust_env=False, timeout=20, headers=self.bearer).raise_for_status()

    def metrics(self, service: str) -> str:
        """What a service tells operators in numbers."""
        url = f"http://127.0.0.1:{self.runner.ports[operators_of(service)]}/metrics"
        return httpx.get(url, trust_env=False, timeout=20).raise_for_status().text

    @cached_property
    def bearer(self) -> dict[str, str]:
        """Who asks: the coordinator, by a token of the run's own provider."""
        return {"Authorization": f"Bearer {asyncio.run(self._token())}"}

    async def _token(self) -> str:
        provider = Acting(f"http://127.0.0.1:{self.runner.ports['provider']}", self.runner.data / "provider")
        async with provider.http:
            return await provider.token("coordinator")

    def records(self) -> list[Any]:
        """Every record of every topic."""
        return asyncio.run(_records(f"127.0.0.1:{self.runner.ports['kafka']}"))


async def _records(bootstrap: str) -> list[Any]:
    consumer = AIOKafkaConsumer(
        "patient.events", "roster.events", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: list[Any] = []
    try:
        parts = consumer.assignment()
        ends = await consumer.end_offsets(list(parts))
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
    finally:
        await consumer.stop()
    return found


ORDERS_TO = {one["email"] for one in SUPPLIERS}


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """The run is played once for all tests here."""
    with server_folder() as data, receiver() as spans:
        runner = Runner(data)
        summary = data / "summary.json"
        runner.start(
            DAY="0.5",
            SUMMARY=str(summary),
            OTEL_EXPORTER_OTLP_ENDPOINT=spans.endpoint,
            CAREBUS_TRACE_RATIO="1",
        )
        try:
            runner.until_told("Logs ")
            told = json.loads(summary.read_text())
            assert told["ok"], f"{told['reasons']}\n{''.join(runner.lines[-40:])}"
            yield Played(runner, told, spans)
        finally:
            runner.process.terminate()
            runner.ended()
            assert runner.left() == []


@pytest.fixture(scope="module")
def patients() -> list[Patient]:
    return Sample().patients()


@pytest.fixture(scope="module")
def by_the_files() -> Expected:
    return expected()


def test_every_patient_is_received_and_decided_as_the_files_say(played: Played, by_the_files: Expected) -> None:
    counts = played.summary["counts"]
    assert counts["received"] == by_the_files.received == 153
    assert counts["accepted"] == by_the_files.accepted
    assert counts["declined_in_all"] == sum(by_the_files.declined.values())
    assert counts["declined"].keys() == by_the_files.declined.keys()
    for reason, exact in by_the_files.declined.items():
        assert counts["declined"][reason] in (exact, *HIDDEN)
    assert counts["parked"] == 0


def test_every_accepted_patient_has_a_team_and_was_visited(played: Played, by_the_files: Expected) -> None:
    counts = played.summary["counts"]
    assert counts["teams"] == counts["patients_visited"] == by_the_files.accepted
    assert counts["visits"] >= 2 * by_the_files.accepted
    assert 0 < counts["notified"] <= played.summary["mail"]["distinct"]
    assert played.summary["slowest_hop"]["p99_ms"] > 0


def test_every_consented_family_gets_each_message_once(
    played: Played, patients: list[Patient], by_the_files: Expected
) -> None:
    told = [each for each in played.records() if dict(each.headers)["ce_type"] == b"org.carebus.NotificationSent"]
    due = Counter(
        found["email"]
        for patient in patients
        if patient.source_id in by_the_files.source_ids_accepted
        and (found := contact(SEED, patient))
        and found["consented"]
        and found["email"]
    )
    headers = [one for one in played.mail if MAILS_TO not in one.to and _address(one.to) not in ORDERS_TO]
    assert len({header.message_id for header in headers}) == len(headers) == len(told)
    assert {_address(header.to) for header in headers} == set(due)


def test_every_order_reaches_its_supplier_once(played: Played) -> None:
    told = [each for each in played.records() if dict(each.headers)["ce_type"] == b"org.carebus.SupplierLetterSent"]
    letters = [header for header in played.mail if _address(header.to) in ORDERS_TO]
    assert len({header.message_id for header in letters}) == len(letters) == len(told) > 0


def test_the_nights_have_a_telephone_a_hospital_and_pages_that_leave_as_mail(played: Played) -> None:
    told = {dict(record.headers)["ce_type"].decode().rpartition(".")[2] for record in played.records()}
    assert {"CallTriaged", "AdmissionNotified", "DischargeNotified"} <= told
    pages = [header for header in played.mail if MAILS_TO in header.to]
    assert len({header.message_id for header in pages}) == len(pages) > 0
    assert '"command": "ReportTelephone"' in played.logs["line.log"]
    assert '"command": "AnswerPage"' in played.logs["line.log"]


def test_the_outcome_pages_counts_are_what_was_fed(played: Played, by_the_files: Expected) -> None:
    counted = played.get("outcomes", "/api/outcomes").json()
    assert counted["received"] == by_the_files.received
    assert counted["declined_in_all"] == sum(by_the_files.declined.values())
    assert counted["declined"].keys() == by_the_files.declined.keys()
    for told, exact in (
        *((counted["declined"][reason], many) for reason, many in by_the_files.declined.items()),
        *(
            (counted["by_condition"][name]["accepted"], many)
            for name, many in by_the_files.accepted_by_condition.items()
        ),
    ):
        assert told in (exact, *HIDDEN)
    page = played.get("outcomes", "/").text
    assert f">{by_the_files.received}<" in re.sub(r"\s", "", page)


def test_each_patients_events_are_in_one_order_without_gaps(played: Played) -> None:
    seen: dict[tuple[str, str], int] = {}
    places: dict[str, int] = {}
    for record in played.records():
        headers = {name: value.decode() for name, value in record.headers}
        stream = (headers["ce_source"], headers["ce_subject"])
        assert int(headers["ce_sequence"]) == seen.get(stream, 0) + 1, stream
        seen[stream] = int(headers["ce_sequence"])
        assert places.setdefault(headers["ce_subject"], record.partition) == record.partition
        assert headers["ce_type"] in EVENTS


def test_no_effect_is_published_before_its_cause(played: Played) -> None:
    offsets: dict[str, tuple[int, int]] = {}
    for record in played.records():
        headers = {name: value.decode() for name, value in record.headers}
        if cause := offsets.get(headers["ce_causationid"]):
            assert cause < (record.partition, record.offset)
        offsets[headers["ce_id"]] = (record.partition, record.offset)
    causes = {dict(record.headers)["ce_causationid"].decode() for record in played.records()}
    assert len(causes & offsets.keys()) > 100


def test_one_referral_is_followed_by_its_correlation_id_through_all_four_logs(played: Played) -> None:
    sent = next(r for r in played.records() if dict(r.headers)["ce_type"] == b"org.carebus.NotificationSent")
    correlation_id = dict(sent.headers)["ce_correlationid"].decode()
    logs = played.logs
    for service in ON_THE_WAY:
        assert correlation_id in logs[f"{service}.log"], f"{service} does not speak of it"
    referral = [json.loads(line) for line in logs["referral.log"].splitlines() if correlation_id in line]
    assert {"DirectReferral", "AcceptReferral"} <= {line.get("command") for line in referral}
    assert any(line["event"] == "request" and line["route"] == "/api/referrals" for line in referral)


def test_one_trace_leads_through_the_services(played: Played) -> None:
    services: dict[str, set[str]] = {}
    for span in played.spans.kept:
        services.setdefault(span.trace_id, set()).add(span.service.removeprefix("carebus-"))
    assert max(services.values(), key=len) == set(ON_THE_WAY)


def test_every_trace_of_a_log_line_is_one_that_the_receiver_knows(played: Played) -> None:
    known = {span.trace_id for span in played.spans.kept}
    for service in ON_THE_WAY:
        told = [json.loads(line) for line in played.logs[f"{service}.log"].splitlines()]
        named = {trace for line in told for trace in (*line.get("trace_ids", ()), line.get("trace_id")) if trace}
        assert named, f"{service} names no trace"
        assert named <= known


def markers(patients: list[Patient]) -> set[str]:
    """What identifies the patients and their families, as it was sent."""
    found: set[str] = set()
    for patient in patients:
        found |= {patient.given_name, patient.family_name, patient.street, patient.birth_date.isoformat()}
        if patient.payer and patient.payer.member_id:
            found.add(patient.payer.member_id)
        if family := contact(SEED, patient):
            found |= {value for value in (family["email"], family["phone"], family["full_name"]) if value}
    return {marker for marker in found if len(marker) >= 8}


def test_nothing_that_identifies_a_patient_is_in_any_log_metric_key_header_or_span(
    played: Played, patients: list[Patient]
) -> None:
    places = dict(played.logs)
    places |= {f"{service} metrics": played.metrics(service) for service in SERVICES}
    records = played.records()
    places["keys"] = "\n".join((record.key or b"").decode() for record in records)
    places["headers"] = "\n".join(str(record.headers) for record in records)
    places["spans"] = "\n".join(span.text for span in played.spans.kept)
    wanted = markers(patients)
    bodies = "\n".join(record.value.decode() for record in records)
    assert sum(marker in bodies for marker in wanted) > len(wanted) // 2, (
        "the markers would be found if they were there"
    )
    for place, text in places.items():
        assert text or place in {"portal.log", "mail.log", "provider.log"}, f"{place} is empty"
        leaked = [marker for marker in wanted if marker in text]
        assert not leaked, f"{place} tells of {len(leaked)} marked values"


def _address(to: str) -> str:
    found = re.search(r"[^<\s]+@[^>\s]+", to)
    assert found, to
    return found[0]


def test_the_log_folder_is_named_in_the_summary(played: Played) -> None:
    assert Path(played.summary["logs"]) == played.runner.data / "logs"
