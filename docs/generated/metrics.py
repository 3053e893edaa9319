"""The page of every metric that a service has."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from carebus.observing.metrics import Metrics
from docs.generated.markdown import code, table

INTRO = """# Metrics

Every process has these at `/metrics` on its operators' port (`CAREBUS_OPERATORS_PORT`), in Prometheus' text format;
each has the label `service` beside those named here. Labels are types, reasons and partitions, never ids or values.
Times are real time, not clinic time. What to raise an alarm on is in [operating](../operating.md).
"""
KINDS: dict[type, tuple[str, str]] = {
    Counter: ("counter", "_total"),
    Gauge: ("gauge", ""),
    Histogram: ("histogram", ""),
}


def page() -> str:
    """The page."""
    found = [metric for metric in vars(Metrics("any")).values() if type(metric) in KINDS]
    return INTRO + "\n" + table(("Metric", "Kind", "Labels", "Meaning"), [_row(metric) for metric in found])


def _row(metric: Counter | Gauge | Histogram) -> tuple[str, str, str, str]:
    kind, suffix = KINDS[type(metric)]
    described = next(iter(metric.describe()))
    labels = [label for label in metric._labelnames if label != "service"]  # noqa: SLF001 - it has no other way to tell
    return code(described.name + suffix), kind, ", ".join(map(code, labels)), described.documentation
