"""A receiver of OpenTelemetry traces over HTTP, which keeps every span it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """What is kept of a span."""

    service: str
    name: str
    trace_id: str
    span_id: str
    text: str


@dataclass
class Spans:
    """Every span received so far."""

    endpoint: str
    kept: list[Span] = field(default_factory=list)
    authorizations: set[str] = field(default_factory=set)


@contextmanager
def receiver() -> Iterator[Spans]:
    """A receiver on a free port while this lasts."""
    spans = Spans("")

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            spans.kept.extend(_spans(sent))
            spans.authorizations.add(self.headers.get("Authorization", ""))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receive) as server:
        spans.endpoint = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield spans
        finally:
            server.shutdown()


def _spans(sent: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in sent.resource_spans:
        names = {each.key: each.value.string_value for each in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(names.get("service.name", ""), span.name, span.trace_id.hex(), span.span_id.hex(), str(span))
