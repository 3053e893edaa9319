"""The alert rules: what is wrong, for how long it may be, and whether somebody is woken or finds it in the morning.

Every alert has a page of its own name in docs/runbooks/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BY = "by (namespace, service)"
DAY_S = 86_400
BREACHES = ".*(Overdue|Delayed|Missed|Breached)"
"""The events that tell of a deadline that was not kept, by the ends of their names."""
REAL_DISK = 'fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660|nsfs"'


@dataclass(frozen=True)
class Alert:
    """One rule. `page` wakes somebody, `ticket` waits for the morning; `window` tells burn rates apart."""

    name: str
    expr: str
    held_for: str
    severity: str
    summary: str
    window: str = ""

    @property
    def runbook(self) -> str:
        """The name of its page: CarebusOutboxOld has outbox-old.md."""
        words = re.findall(r"[A-Z][a-z]+", self.name.removeprefix("Carebus"))
        return "-".join(words).lower() + ".md"

    @property
    def labels(self) -> dict[str, str]:
        """What the alert has beside the labels of its series."""
        return {"severity": self.severity, **({"window": self.window} if self.window else {})}

    @property
    def annotations(self) -> dict[str, str]:
        """What the person on call is told."""
        return {"summary": self.summary, "runbook_url": f"docs/runbooks/{self.runbook}"}

    def rule(self) -> dict[str, object]:
        """The rule as Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.held_for,
            "labels": self.labels,
            "annotations": self.annotations,
        }


def _highest(metric: str, *more: str) -> str:
    """Each process of a service measures the same, so the highest counts."""
    return f"max by ({', '.join(('namespace', 'service', *more))}) ({metric})"


def _rise(counter: str, window: str) -> str:
    return f"sum {BY} (increase({counter}[{window}]))"


def _ends_within(days: int) -> str:
    left = (
        "min by (namespace, service, certificate) (carebus_certificate_expires_timestamp_seconds)",
        "min by (namespace, name) (certmanager_certificate_expiration_timestamp_seconds)",
        "min by (instance) (probe_ssl_earliest_cert_expiry)",
    )
    return " or ".join(f"({ends} - time() < {days * DAY_S})" for ends in left)


def _free_below(share: float) -> str:
    node = f"node_filesystem_avail_bytes{{{REAL_DISK}}} / node_filesystem_size_bytes{{{REAL_DISK}}}"
    volume = "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes"
    return f"({node} < {share}) or ({volume} < {share})"


_GONE = f"(count {BY} (carebus_partitions offset 10m) unless count {BY} (carebus_partitions))"
_UNREAD = f"(sum {BY} (carebus_lag_events) > 0 unless {_rise('carebus_batch_seconds_count', '10m')} > 0)"
_NOT_HELD = f"(sum {BY} (carebus_partitions) < max {BY} (carebus_topic_partitions))"
_FAILED = _rise('carebus_handled_total{service="outcomes", type="NotificationFailed"}', "1h")
_SETTLED = _rise('carebus_handled_total{service="outcomes", type=~"NotificationFailed|NotificationSent"}', "1h")
_BREACHED = [
    f'(sum by (namespace, type) (increase(carebus_{how}_total{{service="outcomes", type=~"{BREACHES}"}}[15m])) > 0)'
    for how in ("handled", "passed_over")
]
_LOST = [f"({_rise(counter, '1h')} > 0)" for counter in ("carebus_offset_repairs_total", "carebus_log_losses_total")]
_AGAIN = [
    f"({_rise(counter, '10m')} > 10)" for counter in ("carebus_batch_retries_total", "carebus_relay_errors_total")
]
_RESTARTS = "kube_pod_container_status_restarts_total"
_CONTAINER = "namespace, pod, container"
_OURS = 'kube_pod_container_info{image_spec=~".*carebus-.*"}'
_EXPIRES = "a certificate ({{ $labels.certificate }}{{ $labels.name }}{{ $labels.instance }}) ends soon"
_FULL = "the disk {{ $labels.mountpoint }}{{ $labels.persistentvolumeclaim }} is nearly full"

ALERTS = (
    Alert(
        "CarebusServiceDown",
        f'(up{{job=~".*carebus.*"}} == 0) or {_GONE}',
        "2m",
        "page",
        "{{ $labels.service }}{{ $labels.instance }} does not answer",
    ),
    Alert(
        "CarebusLoopStuck",
        _highest("carebus_loop_age_seconds / carebus_loop_within_seconds", "loop") + " > 0.6",
        "0m",
        "page",
        "the loop {{ $labels.loop }} of {{ $labels.service }} makes no progress",
    ),
    Alert(
        "CarebusRestarting",
        f"max by ({_CONTAINER}) (increase({_RESTARTS}[30m])) > 2 and on ({_CONTAINER}) {_OURS}",
        "0m",
        "ticket",
        "{{ $labels.pod }} was restarted more than twice within half an hour",
    ),
    Alert(
        "CarebusLoopFailing",
        _highest("min_over_time(carebus_loop_failures[2m])", "loop") + " > 0",
        "3m",
        "page",
        "the loop {{ $labels.loop }} of {{ $labels.service }} fails again and again: is database or broker away?",
    ),
    Alert(
        "CarebusSubscriberStopped",
        _highest("carebus_subscriber_stopped") + " == 1",
        "0m",
        "page",
        "{{ $labels.service }} stopped reading because most events failed",
    ),
    Alert(
        "CarebusEventsParked",
        _highest("carebus_parked_streams") + " > 0",
        "5m",
        "ticket",
        "{{ $labels.service }} has parked events: nothing goes on for those patients",
    ),
    Alert(
        "CarebusLagging",
        f"({_highest('carebus_lag_seconds')} > 60) or {_UNREAD} or {_NOT_HELD}",
        "5m",
        "page",
        "{{ $labels.service }} is behind, or does not read all there is",
    ),
    Alert(
        "CarebusOutboxOld",
        _highest("carebus_outbox_age_seconds") + " > 60",
        "1m",
        "page",
        "{{ $labels.service }} has decided what it could not publish for a minute",
    ),
    Alert(
        "CarebusRelayMissing",
        f"sum {BY} (carebus_relay_active) != 1",
        "2m",
        "page",
        "not one process of {{ $labels.service }} publishes, but {{ $value }}",
    ),
    Alert(
        "CarebusTimersOverdue",
        _highest("carebus_timers_overdue") + " > 0",
        "5m",
        "page",
        "{{ $labels.service }} does not do what was to be done at its time",
    ),
    Alert(
        "CarebusTimersHeld",
        _highest("carebus_timers_held") + " > 0",
        "15m",
        "ticket",
        "{{ $labels.service }} holds timers back: they failed, or their patient has parked events",
    ),
    Alert(
        "CarebusDeadlinesBreached",
        " or ".join([f"({_highest('carebus_late', 'of')} > 0)", *_BREACHED]),
        "0m",
        "ticket",
        "past a deadline: {{ $labels.of }}{{ $labels.type }}",
    ),
    Alert(
        "CarebusEmergencyAccess",
        _highest('carebus_waiting{of="emergency_access"}', "of") + " > 0",
        "0m",
        "ticket",
        "somebody opened a patient's record in an emergency, and nobody has reviewed it yet",
    ),
    Alert(
        "CarebusMessagesGivenUp",
        f"{_FAILED} >= 3 and {_FAILED} / {_SETTLED} > 0.05",
        "0m",
        "ticket",
        "messages to families were given up: the mail server refuses them",
    ),
    Alert(
        "CarebusMessagesWaiting",
        _highest('carebus_waiting_age_seconds{of=~"mail|webhooks"}', "of") + " > 600",
        "5m",
        "page",
        "{{ $labels.of }} has waited for more than ten minutes: the server there does not take it",
    ),
    Alert(
        "CarebusWritersFenced",
        _rise("carebus_fenced_total", "30m") + " > 5",
        "0m",
        "ticket",
        "processes of {{ $labels.service }} lose their partitions while they work: they stall",
    ),
    Alert(
        "CarebusLogLost",
        " or ".join(_LOST),
        "0m",
        "page",
        "Kafka lost acknowledged records; {{ $labels.service }} put back what it could",
    ),
    Alert(
        "CarebusRecordsUnread",
        _highest("carebus_log_holes_open") + " > 0",
        "0m",
        "page",
        "records were deleted before {{ $labels.service }} had read them",
    ),
    Alert(
        "CarebusServiceWaits",
        _highest("carebus_partitions_waiting") + " > 0",
        "0m",
        "page",
        "{{ $labels.service }} is new and reads nothing: the log's first events are gone",
    ),
    Alert(
        "CarebusDatabaseOlder",
        _highest("carebus_database_older") + " > 0",
        "0m",
        "page",
        "the database of {{ $labels.service }} is older than what it published: it takes no commands",
    ),
    Alert(
        "CarebusEventsForked",
        _highest("carebus_parked_forked") + " > 0",
        "0m",
        "page",
        "{{ $labels.service }} was sent two events with one sequence: a producer's database went back in time",
    ),
    Alert(
        "CarebusRetrying",
        " or ".join(_AGAIN),
        "10m",
        "ticket",
        "{{ $labels.service }} does its work again and again: database or broker trouble",
    ),
    Alert("CarebusDiskFilling", _free_below(0.15), "15m", "ticket", _FULL),
    Alert("CarebusDiskFilling", _free_below(0.05), "2m", "page", _FULL),
    Alert("CarebusCertificateExpiring", _ends_within(14), "1h", "ticket", _EXPIRES),
    Alert("CarebusCertificateExpiring", _ends_within(2), "5m", "page", _EXPIRES),
)
