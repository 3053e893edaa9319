"""What a handled batch says of itself: its metrics, and one line in the log."""

import time
from collections.abc import Sequence
from typing import Any

import structlog

from carebus.observing.logs import trace_ids
from carebus.observing.metrics import Metrics
from carebus.subscribing.arrivals import Arrival
from carebus.subscribing.handled import Handled

log = structlog.get_logger()

LOG_CORRELATIONS_UP_TO = 200
"""A batch of up to so many events logs their correlation ids; a catch-up logs its size only."""


def measure(metrics: Metrics, handled: Handled, seconds: float) -> None:
    """Count what became of a batch that took so many seconds."""
    now = time.time()
    metrics.observe(metrics.batch_seconds, seconds)
    if handled.decided:
        metrics.observe(metrics.handler_seconds, seconds / len(handled.decided))
    arrivals: dict[str, list[Arrival]] = {}
    for arrival in handled.decided:
        assert arrival.envelope is not None
        arrivals.setdefault(arrival.envelope.type.rpartition(".")[2], []).append(arrival)
    for kind, each in arrivals.items():
        metrics.add(metrics.handled, kind, by=len(each))
        hops = [max(0.0, now - one.timestamp / 1000) for one in each if one.timestamp]
        metrics.observe_all(metrics.hop_seconds, hops, kind)
    for counter, counts in (
        (metrics.passed_over, handled.passed_over),
        (metrics.ignored, handled.ignored),
        (metrics.parked_total, handled.parked),
    ):
        for label, number in counts.items():
            metrics.add(counter, str(label), by=number)
    if handled.repeats:
        metrics.add(metrics.duplicates, by=handled.repeats)
    if handled.uncompared:
        metrics.add(metrics.uncompared, by=handled.uncompared)


def log_batch(arrivals: Sequence[Arrival], handled: Handled, seconds: float) -> None:
    """One line for a whole batch, however many its records."""
    entry: dict[str, Any] = {
        "records": len(arrivals),
        "decided": len(handled.decided),
        "told": handled.told,
        "repeats": handled.repeats,
        "parked": sum(handled.parked.values()),
        "ms": round(seconds * 1000, 1),
    }
    if handled.decided and len(handled.decided) <= LOG_CORRELATIONS_UP_TO:
        entry["correlation_ids"] = sorted({str(a.envelope.correlation_id) for a in handled.decided if a.envelope})
        entry |= trace_ids(a.envelope.traceparent for a in handled.decided if a.envelope)
    (log.warning if handled.parked else log.info)("batch_handled", **entry)
