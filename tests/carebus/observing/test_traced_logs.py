"""A log line names the trace it is part of, and an OTLP receiver that is away costs spans and nothing else."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SpanExportResult

from carebus.observing.logs import trace_ids
from carebus.observing.tracing import EXPORT_SECONDS, Tracing, spans_to
from carebus.settings import Settings
from carebus.testing import Bench, bench
from deploy.local.embedded import free_port
from tests.carebus import tally
from tests.carebus.lines import Lines
from tests.carebus.wires import assessed, someone
from tests.databases import fresh_database
from tests.system.otlp import receiver

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE, SPAN = PARENT.split("-")[1:3]


async def marked(on: Bench, **headers: str) -> int:
    """Send a command; gives the status of its answer."""
    body = assessed("a").model_dump(mode="json")
    path = f"/api/{someone()}/marks"
    answer = await on.http.post(path, json=body, headers={"Idempotency-Key": "k" + path, **headers})
    return answer.status_code


async def test_the_lines_of_a_request_and_its_command_name_the_trace_that_it_came_with(
    tallying: Bench, lines: Lines
) -> None:
    await marked(tallying, traceparent=PARENT)
    told = {entry["event"]: entry for entry in lines.entries() if entry["event"] in {"request", "command_done"}}
    assert {name: (entry["trace_id"], entry["span_id"]) for name, entry in told.items()} == {
        "request": (TRACE, SPAN),
        "command_done": (TRACE, SPAN),
    }


async def test_a_request_without_a_trace_has_none_of_the_one_before(tallying: Bench, lines: Lines) -> None:
    await marked(tallying, traceparent=PARENT)
    before = len(lines.entries())
    await marked(tallying)
    assert not [entry for entry in lines.entries()[before:] if "trace_id" in entry]


async def test_the_line_of_a_command_names_the_span_that_the_receiver_gets(
    postgres_url: str, tmp_path: Path, lines: Lines
) -> None:
    with receiver() as spans:
        async with traced(postgres_url, tmp_path, spans.endpoint) as on:
            assert await marked(on) < 300
            on.service.core.tracing.close()
    done = next(entry for entry in lines.entries() if entry["event"] == "command_done")
    request = next(entry for entry in lines.entries() if entry["event"] == "request")
    (span,) = spans.kept
    assert (done["trace_id"], done["span_id"]) == (span.trace_id, span.span_id)
    assert request["trace_id"] == span.trace_id
    assert span.service == "carebus-tally"


async def test_a_receiver_that_is_away_costs_spans_and_no_command(postgres_url: str, tmp_path: Path) -> None:
    async with traced(postgres_url, tmp_path, f"http://127.0.0.1:{free_port()}") as on:
        assert await marked(on) < 300


def test_a_receiver_that_never_answers_is_given_up_after_so_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        exporter = spans_to(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert exporter._client._timeout == EXPORT_SECONDS
        assert exporter.export([]) is SpanExportResult.FAILURE


def test_a_line_about_many_events_names_the_traces_of_those_that_have_one() -> None:
    assert trace_ids([PARENT, None, PARENT]) == {"trace_ids": [TRACE]}
    assert trace_ids([None]) == {}


def test_the_secret_of_a_collector_is_sent_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc")
    with receiver() as spans:
        tracing = Tracing("tally", endpoint=spans.endpoint, ratio=1)
        tracing.child("one", None)
        tracing.close()
    assert spans.authorizations == {"Bearer abc"}


@asynccontextmanager
async def traced(postgres_url: str, folder: Path, endpoint: str) -> AsyncIterator[Bench]:
    """The tally service with every trace sent to this receiver."""
    clock = folder / "clock.json"
    async with fresh_database(postgres_url, "tally", tally.MIGRATIONS) as url:
        told = {"database_url": url, "kafka_bootstrap_servers": "127.0.0.1:1", "clock_file": clock}
        settings = Settings.model_validate({**told, "otlp_endpoint": endpoint, "trace_ratio": 1})
        async with bench(lambda: tally.make(settings), clock) as on:
            yield on
