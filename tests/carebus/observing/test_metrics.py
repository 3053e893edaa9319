"""Metrics are declared once; a trace follows a command through outbox and topic into the subscriber."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from carebus.observing.metrics import Metrics
from carebus.observing.tracing import Tracing
from carebus.settings import Settings
from carebus.testing import Bench, TestRecord, bench, set_clock
from tests.carebus import tally
from tests.carebus.wires import assessed, someone
from tests.databases import fresh_database

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOT_SAMPLED = PARENT[:-2] + "00"


def test_every_metric_has_one_name_a_meaning_and_no_id_among_its_labels() -> None:
    metrics = list(Metrics("tally").registry.collect())
    names = [metric.name for metric in metrics]
    assert len(names) == len(set(names)) > 20
    assert all(name.startswith("carebus_") for name in names)
    assert all(metric.documentation.endswith(".") for metric in metrics)


def test_two_services_in_one_process_do_not_share_metrics() -> None:
    one, other = Metrics("one"), Metrics("other")
    one.add(one.fenced, by=3)
    assert (one.total(one.fenced), other.total(other.fenced)) == (3, 0)


class Receiver(ThreadingHTTPServer):
    """Takes what is exported over OTLP."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Export)
        self.spans: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Export(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.server.spans.update({span.name: span.trace_id.hex() for span in scope.spans})
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of spans."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_without_an_exporter_the_context_is_handed_on_and_no_span_is_made() -> None:
    tracing = Tracing("tally", endpoint=None, ratio=1)
    assert tracing.child("x", PARENT) == PARENT
    assert tracing.child("x", None) is None
    tracing.close()


def test_with_an_exporter_a_span_joins_its_parents_trace(receiver: Receiver) -> None:
    tracing = Tracing("tally", endpoint=receiver.url, ratio=1)
    handed = tracing.child("joined", PARENT)
    assert handed is not None
    assert handed.split("-")[1] == PARENT.split("-")[1]
    assert handed != PARENT
    first = tracing.child("begun", None)
    assert first is not None
    tracing.child("unsampled", NOT_SAMPLED)
    tracing.close()
    assert receiver.spans == {"joined": PARENT.split("-")[1], "begun": first.split("-")[1]}


async def test_one_trace_goes_from_the_command_to_the_subscribers_decision(
    postgres_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    clock = tmp_path / "clock.json"
    async with fresh_database(postgres_url, "tally", tally.MIGRATIONS) as url:
        settings = Settings.model_validate(
            {
                "database_url": url,
                "kafka_bootstrap_servers": "127.0.0.1:1",
                "clock_file": clock,
                "otlp_endpoint": receiver.url,
                "trace_ratio": 1,
            }
        )
        async with bench(lambda: tally.make(settings), clock) as first:
            await command_heard_by(first)
            first.service.core.tracing.close()
    trace = PARENT.split("-")[1]
    assert receiver.spans == {"tally EligibilityAssessed": trace}
    assert receiver.spans.keys() == {"tally EligibilityAssessed"}


async def command_heard_by(first: Bench) -> None:
    """Send a command; deliver an event that carries the told event's trace, as another service's subscriber gets it."""
    patient = someone()
    await first.http.post(
        f"/api/{patient}/marks",
        json=assessed("a").model_dump(mode="json"),
        headers={"Idempotency-Key": "k", "traceparent": PARENT},
    )
    async with first.service.core.database.connection() as db:
        told = await db.fetchval("select headers::jsonb ->> 'traceparent' from outbox")
    assert told.split("-")[1] == PARENT.split("-")[1]
    record = first.record(assessed("b"), f"patient/{patient}")  # type: ignore[arg-type]
    await first.deliver(
        TestRecord(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value,
            (*record.headers, ("traceparent", told.encode())),
        )
    )
    async with first.service.core.database.connection() as db:
        rows = await db.fetch("select headers::jsonb ->> 'traceparent' as trace from outbox order by id")
    traces = [row["trace"] for row in rows]
    assert len(set(traces)) == 2, "the subscriber's decision has a span of its own"
    assert {trace.split("-")[1] for trace in traces} == {PARENT.split("-")[1]}
    set_clock(first.clock_file, first.now())
