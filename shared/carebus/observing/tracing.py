"""W3C trace context through HTTP, outbox and topic, and the spans that are exported of it."""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

EXPORT_SECONDS = 3.0
"""A receiver of spans that does not answer in this time has lost them: it must not hold up the end of a process."""


def spans_to(endpoint: str) -> OTLPSpanExporter:
    """What sends spans by OTLP over HTTP, with `OTEL_EXPORTER_OTLP_HEADERS` and certificates as OpenTelemetry says."""
    return OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces", timeout=EXPORT_SECONDS)


class Tracing:
    """W3C trace context through HTTP, outbox and topic. Spans are made only when an exporter is configured and sampled.

    A span costs more than a decision, so a service without an exporter hands the context on and makes none.
    """

    def __init__(self, service: str, *, endpoint: str | None, ratio: float) -> None:
        self._propagator = TraceContextTextMapPropagator()
        self._provider: TracerProvider | None = None
        if endpoint:
            resource = Resource.create({"service.name": f"carebus-{service}"})
            self._provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(ratio)))
            self._provider.add_span_processor(BatchSpanProcessor(spans_to(endpoint), schedule_delay_millis=1000))

    def child(self, name: str, traceparent: str | None, **attributes: str) -> str | None:
        """Record a span below `traceparent` and give the context to hand on; without an exporter, the same context."""
        if self._provider is None:
            return traceparent
        parent: Context | None = self._propagator.extract({"traceparent": traceparent}) if traceparent else Context()
        span = self._provider.get_tracer("carebus").start_span(name, context=parent, attributes=attributes)
        span.end()
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, trace.set_span_in_context(span, Context()))
        return carrier.get("traceparent")

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()
