"""Metrics, structured logs and traces: declared here once, each with what it means, and silent about patients."""

import logging
import sys
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from carebus.phi import redact

EXPORT_SECONDS = 3.0
"""A receiver of spans that does not answer in this time has lost them: it must not hold up the end of a process."""
_SPANS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Every metric of a service. Labels are services, types, reasons and partitions: never ids or values."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        # Subscriber
        self.handled = self._counter("handled", "Events decided upon.", "type")
        self.passed_over = self._counter("passed_over", "Events of types not heard here.", "type")
        self.ignored = self._counter("ignored", "Events that the rules say have no effect.", "reason")
        self.duplicates = self._counter("duplicates", "Repeated deliveries dropped by their sequence.")
        self.parked_total = self._counter("parked", "Events taken into custody.", "reason")
        self.fenced = self._counter("fenced", "Batches rolled back because another process had read on.")
        self.retries = self._counter("batch_retries", "Batches run again after a transient error.")
        self.repairs = self._counter("offset_repairs", "Stored offsets found beyond the log's end and set back.")
        self.log_losses = self._counter(
            "log_losses", "Times that the log had lost events which this service had published."
        )
        self.stopped = self._gauge("subscriber_stopped", "1 when the subscriber stopped because most events failed.")
        self.batch_seconds = self._histogram("batch_seconds", "Seconds from a batch's arrival to its commit.")
        self.handler_seconds = self._histogram("handler_seconds", "Seconds per event within its batch.")
        self.hop_seconds = self._histogram(
            "hop_seconds", "Real seconds from an event's commit to its effect's commit here.", "type"
        )
        self.lag_events = self._gauge("lag_events", "Records not handled yet.", "topic", "partition")
        self.lag_seconds = self._gauge("lag_seconds", "Age of the last handled record while others wait.")
        # Outbox and relay
        self.outbox_pending = self._gauge("outbox_pending", "Events told but not published yet.")
        self.outbox_age = self._gauge("outbox_age_seconds", "Age of the oldest event not published yet.")
        self.relayed = self._counter("relayed", "Events published and acknowledged.")
        self.relay_errors = self._counter("relay_errors", "Times the relay began anew after an error.")
        self.relay_active = self._gauge("relay_active", "1 in the process whose relay publishes.")
        # Parked and timers
        self.parked_events = self._gauge("parked_events", "Events in custody now.")
        self.parked_streams = self._gauge("parked_streams", "Streams with events in custody now.")
        self.timers_overdue = self._gauge("timers_overdue", "Timers that are due and not handled yet.")
        self.timers_held = self._gauge("timers_held", "Due timers of parked streams, held back.")
        self.timers_fired = self._counter("timers_fired", "Timers handled.", "type")
        self._declare_work()
        self._begin()

    def _declare_work(self) -> None:
        # Work that waits for somebody, see carebus.waiting
        self.waiting = self._gauge("waiting", "What waits for somebody outside, such as a mail server.", "of")
        self.waiting_age = self._gauge("waiting_age_seconds", "How long the first of it has waited.", "of")
        self.late = self._gauge("late", "Of what waits, how much is past its deadline.", "of")
        # The process
        self.loop_age = self._gauge("loop_age_seconds", "Seconds since a loop last made progress.", "loop")
        self.loop_within = self._gauge("loop_within_seconds", "Within so many it must; else it is stuck.", "loop")
        self.loop_failures = self._gauge("loop_failures", "How often in a row a loop has failed.", "loop")
        self.partitions = self._gauge("partitions", "Partitions that this process reads.")
        self.expires = self._gauge(
            "certificate_expires_timestamp_seconds", "When a certificate that it uses ends.", "certificate"
        )
        # Requests and commands
        self.requests = self._counter("requests", "Requests answered, whatever they asked.", "route", "status")
        self.request_seconds = self._histogram("request_seconds", "Seconds from a request to its answer.", "route")
        self.commands = self._counter("commands", "Commands answered.", "command", "outcome")
        self.command_seconds = self._histogram("command_seconds", "Seconds from a command to its commit.", "command")

    def _begin(self) -> None:
        """What has no labels of its own is there from the start: a rate needs a first value to rise from."""
        for metric in list(vars(self).values()):
            if isinstance(metric, Counter | Gauge | Histogram) and metric._labelnames == ("service",):  # noqa: SLF001
                metric.labels(self._service)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"carebus_{name}", meaning, ("service", *labels), registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"carebus_{name}", meaning, ("service", *labels), registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(f"carebus_{name}", meaning, ("service", *labels), registry=self.registry, buckets=_SPANS)

    def add(self, counter: Counter, *labels: str, by: float = 1) -> None:
        """Count something that happened."""
        counter.labels(self._service, *labels).inc(by)

    def put(self, gauge: Gauge, value: float, *labels: str) -> None:
        """Say how something stands."""
        gauge.labels(self._service, *labels).set(value)

    def forget(self, gauge: Gauge) -> None:
        """Say nothing more of how it stood, whatever its labels."""
        gauge.clear()

    def observe(self, histogram: Histogram, seconds: float, *labels: str) -> None:
        """Measure how long something took."""
        histogram.labels(self._service, *labels).observe(seconds)

    def observe_all(self, histogram: Histogram, many: Sequence[float], *labels: str) -> None:
        """The same of many at once."""
        child = histogram.labels(self._service, *labels)
        for seconds in many:
            child.observe(seconds)

    def total(self, counter: Counter) -> float:
        """The sum of a counter over all its labels."""
        return sum(
            sample.value for metric in counter.collect() for sample in metric.samples if sample.name.endswith("_total")
        )


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


def log_as_part_of(traceparent: str | None) -> None:
    """What this task logs from now on names the trace and span that it is part of."""
    if traceparent:
        _, trace_id, span_id, _ = traceparent.split("-")
        structlog.contextvars.bind_contextvars(trace_id=trace_id, span_id=span_id)


def trace_ids(traceparents: Iterable[str | None]) -> dict[str, list[str]]:
    """For a log line about many: which traces they are parts of, if any."""
    found = {traceparent.split("-")[1] for traceparent in traceparents if traceparent}
    return {"trace_ids": sorted(found)} if found else {}


def configure_logs(service: str, level: str = "INFO") -> None:
    """JSON lines on stdout, one format for our own and for libraries' logs, with protected fields redacted."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _named(service),
        _frames_only,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _first_line],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("aiokafka", "faststream", "httpx", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()  # FastStream brings its own, which writes coloured lines
        library.propagate = True
        library.setLevel(logging.WARNING)


def _named(service: str) -> Any:
    def add(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        entry["service"] = service
        return entry

    return add


def _first_line(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's further lines are text forms of what it worked on, such as asyncio's of a task and its exception."""
    entry["event"] = str(entry.get("event", "")).partition("\n")[0]
    return entry


def _frames_only(_: Any, __: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """An exception as its type and where it came from: its text may quote a patient's data."""
    info = entry.pop("exc_info", None)
    exc = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(exc, BaseException):
        entry["error"] = type(exc).__name__
        entry["frames"] = _frames(exc)
    return entry


def _frames(exc: BaseException) -> list[str]:
    frames, tb = [], exc.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{tb.tb_lineno} {code.co_name}")
        tb = tb.tb_next
    return frames[-12:]
