"""For each alert: series on which it fires, and series on which it must not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

S = 'service="referral"'


@dataclass(frozen=True)
class Case:
    """After `minutes` of these series (promtool's notation, a value for `each`) the alert fires, once per `fires`."""

    alert: str
    why: str
    series: Mapping[str, str]
    minutes: int
    fires: tuple[Mapping[str, str], ...] = ()
    severity: str = ""
    window: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    each: str = "1m"


def _gauge(alert: str, metric: str, well: str, ill: str, minutes: int, **labels: str) -> tuple[Case, Case]:
    """A case of a gauge that is well, and one that is ill; `labels` are those of the alert beside the service."""
    inside = ",".join([S, *(f'{name}="{value}"' for name, value in labels.items())])
    series = f"carebus_{metric}{{{inside}}}"
    fires = {"service": "referral", **labels}
    return (
        Case(alert, "well", {series: f"{well}x{minutes + 2}"}, minutes),
        Case(alert, "ill", {series: f"{ill}x{minutes + 2}"}, minutes, (fires,)),
    )


def _burn(alert: str, bad: Mapping[str, str], good: Mapping[str, str], **labels: str) -> tuple[Case, ...]:
    """All gone wrong for two hours calls somebody by each window; all well calls nobody."""
    return (
        Case(alert, "all well", good, 120),
        Case(alert, "all gone wrong, an hour's window", bad, 120, (labels,), "page", "1h"),
        Case(alert, "all gone wrong, six hours' window", bad, 120, (labels,), "page", "6h"),
        Case(alert, "all gone wrong, three days' window", bad, 120, (labels,), "ticket", "3d"),
    )


COMMANDS = 'carebus_commands_total{service="referral",command="Accept",outcome='
HOPS = 'carebus_hop_seconds_{part}{{service="referral",type="X"{le}}}'
OUTCOMES = 'carebus_handled_total{service="outcomes",type='
DISK = '{instance="pg1",mountpoint="/data",fstype="ext4"}'
VOLUME = '{namespace="kafka",persistentvolumeclaim="data-0"}'
POD = {"namespace": "carebus", "pod": "referral-1", "container": "service"}
IN_POD = ",".join(f'{name}="{value}"' for name, value in POD.items())
RESTARTS = f"kube_pod_container_status_restarts_total{{{IN_POD}}}"
OF_OURS = f'kube_pod_container_info{{{IN_POD},image_spec="registry.example/carebus/carebus-referral:0.2.0"}}'
NOT_OURS = f'kube_pod_container_info{{{IN_POD},image_spec="registry.example/other:1"}}'
DAY = 86_400

CASES: tuple[Case, ...] = (
    Case("CarebusServiceDown", "answers", {'up{job="carebus",instance="a"}': "1x10"}, 5),
    Case(
        "CarebusServiceDown",
        "does not answer",
        {'up{job="ns/carebus",instance="a"}': "0x10"},
        5,
        ({"job": "ns/carebus", "instance": "a"},),
    ),
    Case(
        "CarebusServiceDown",
        "is not there any more",
        {f"carebus_partitions{{{S}}}": "6x10 stale"},
        15,
        ({"service": "referral"},),
    ),
    *_gauge("CarebusSubscriberStopped", "subscriber_stopped", "0", "1", 1),
    *_gauge("CarebusEventsParked", "parked_streams", "0", "2", 7),
    *_gauge("CarebusLoopFailing", "loop_failures", "0", "4", 6, loop="lag"),
    Case("CarebusLoopFailing", "once in a while", {f'carebus_loop_failures{{{S},loop="lag"}}': "1 0 0 1 0 0 1 0 0"}, 8),
    Case(
        "CarebusLoopStuck",
        "ill",
        {
            f'carebus_loop_age_seconds{{{S},loop="batch"}}': "60x9",
            f'carebus_loop_within_seconds{{{S},loop="batch"}}': "60x9",
        },
        3,
        ({"service": "referral", "loop": "batch"},),
    ),
    Case(
        "CarebusLoopStuck",
        "well",
        {
            f'carebus_loop_age_seconds{{{S},loop="batch"}}': "5x9",
            f'carebus_loop_within_seconds{{{S},loop="batch"}}': "60x9",
        },
        3,
    ),
    Case(
        "CarebusLoopStuck",
        "stuck until liveness has the process restarted",
        {
            f'carebus_loop_age_seconds{{{S},loop="batch"}}': "0+5x29 0x60",
            f'carebus_loop_within_seconds{{{S},loop="batch"}}': "120x90",
        },
        2,
        ({"service": "referral", "loop": "batch"},),
        each="5s",
    ),
    Case("CarebusRestarting", "twice", {RESTARTS: "0 0 1 2x30", OF_OURS: "1x30"}, 20),
    Case("CarebusRestarting", "again and again", {RESTARTS: "0 0 1 2 3 4x30", OF_OURS: "1x30"}, 20, (POD,)),
    Case("CarebusRestarting", "somebody else's", {RESTARTS: "0 0 1 2 3 4x30", NOT_OURS: "1x30"}, 20),
    *_gauge("CarebusLagging", "lag_seconds", "5", "90", 7),
    Case(
        "CarebusLagging",
        "does not read at all",
        {f'carebus_lag_events{{{S},topic="t",partition="0"}}': "9x20", f"carebus_batch_seconds_count{{{S}}}": "7x20"},
        16,
        ({"service": "referral"},),
    ),
    Case(
        "CarebusLagging",
        "is behind and reads on",
        {f'carebus_lag_events{{{S},topic="t",partition="0"}}': "9x20", f"carebus_batch_seconds_count{{{S}}}": "0+5x20"},
        16,
    ),
    Case(
        "CarebusLagging",
        "nobody reads some partitions",
        {
            f'carebus_partitions{{{S},pod="a"}}': "6x20",
            f'carebus_partitions{{{S},pod="b"}}': "0x20",
            f'carebus_topic_partitions{{{S},pod="a"}}': "12x20",
            f'carebus_topic_partitions{{{S},pod="b"}}': "12x20",
        },
        7,
        ({"service": "referral"},),
    ),
    Case(
        "CarebusLagging",
        "a spare process, and one that does not read, hold none",
        {
            f'carebus_partitions{{{S},pod="a"}}': "12x20",
            f'carebus_partitions{{{S},pod="b"}}': "0x20",
            f'carebus_partitions{{{S},pod="api"}}': "0x20",
            f'carebus_topic_partitions{{{S},pod="a"}}': "12x20",
            f'carebus_topic_partitions{{{S},pod="b"}}': "12x20",
            f'carebus_topic_partitions{{{S},pod="api"}}': "0x20",
        },
        16,
    ),
    *_gauge("CarebusOutboxOld", "outbox_age_seconds", "3", "75", 3),
    *_gauge("CarebusRelayMissing", "relay_active", "1", "0", 4),
    Case(
        "CarebusRelayMissing",
        "one publishes, one stands by",
        {f'carebus_relay_active{{{S},pod="a"}}': "1x9", f'carebus_relay_active{{{S},pod="b"}}': "0x9"},
        5,
    ),
    *_gauge("CarebusTimersOverdue", "timers_overdue", "0", "3", 7),
    *_gauge("CarebusTimersHeld", "timers_held", "0", "1", 17),
    *_gauge("CarebusDeadlinesBreached", "late", "0", "4", 1, of="decision"),
    Case(
        "CarebusDeadlinesBreached",
        "a visit overdue",
        {OUTCOMES + '"VisitOverdue"}': "0 0 1x9"},
        5,
        ({"type": "VisitOverdue"},),
    ),
    Case(
        "CarebusDeadlinesBreached",
        "an event that outcomes does not hear",
        {'carebus_passed_over_total{service="outcomes",type="ReferralDeadlineBreached"}': "0 0 1x9"},
        5,
        ({"type": "ReferralDeadlineBreached"},),
    ),
    Case("CarebusDeadlinesBreached", "visits", {OUTCOMES + '"VisitCompleted"}': "0+5x9"}, 5),
    Case(
        "CarebusMessagesGivenUp",
        "many",
        {OUTCOMES + '"NotificationFailed"}': "0+1x30", OUTCOMES + '"NotificationSent"}': "0+3x30"},
        20,
        ({"service": "outcomes"},),
    ),
    Case(
        "CarebusMessagesGivenUp",
        "one wrong address",
        {OUTCOMES + '"NotificationFailed"}': "0 1x30", OUTCOMES + '"NotificationSent"}': "0+3x30"},
        20,
    ),
    *_gauge("CarebusEmergencyAccess", "waiting", "0", "1", 1, of="emergency_access"),
    *_gauge("CarebusMessagesWaiting", "waiting_age_seconds", "20", "700", 7, of="mail"),
    Case("CarebusWritersFenced", "one deploy", {f"carebus_fenced_total{{{S}}}": "0 2x30"}, 20),
    Case(
        "CarebusWritersFenced",
        "again and again",
        {f"carebus_fenced_total{{{S}}}": "0+1x30"},
        20,
        ({"service": "referral"},),
    ),
    Case(
        "CarebusLogLost",
        "never",
        {f"carebus_offset_repairs_total{{{S}}}": "2x30", f"carebus_log_losses_total{{{S}}}": "1x30"},
        9,
    ),
    Case(
        "CarebusLogLost",
        "by a reader",
        {f"carebus_offset_repairs_total{{{S}}}": "0 1x30"},
        9,
        ({"service": "referral"},),
    ),
    Case("CarebusLogLost", "by a relay", {f"carebus_log_losses_total{{{S}}}": "0 1x30"}, 9, ({"service": "referral"},)),
    *_gauge("CarebusRecordsUnread", "log_holes_open", "0", "1", 1),
    *_gauge("CarebusServiceWaits", "partitions_waiting", "0", "6", 1),
    *_gauge("CarebusDatabaseOlder", "database_older", "0", "94", 1),
    *_gauge("CarebusEventsForked", "parked_forked", "0", "2", 1),
    Case("CarebusRetrying", "a deadlock", {f"carebus_batch_retries_total{{{S}}}": "0 2x40"}, 30),
    Case(
        "CarebusRetrying", "the relay", {f"carebus_relay_errors_total{{{S}}}": "0+3x40"}, 30, ({"service": "referral"},)
    ),
    Case(
        "CarebusDiskFilling",
        "room",
        {f"node_filesystem_avail_bytes{DISK}": "50x30", f"node_filesystem_size_bytes{DISK}": "100x30"},
        20,
    ),
    Case(
        "CarebusDiskFilling",
        "a tenth is left",
        {f"node_filesystem_avail_bytes{DISK}": "10x30", f"node_filesystem_size_bytes{DISK}": "100x30"},
        20,
        ({"instance": "pg1", "mountpoint": "/data", "fstype": "ext4"},),
        "ticket",
    ),
    Case(
        "CarebusDiskFilling",
        "a volume of Kafka's is full",
        {
            f"kubelet_volume_stats_available_bytes{VOLUME}": "1x30",
            f"kubelet_volume_stats_capacity_bytes{VOLUME}": "100x30",
        },
        20,
        ({"namespace": "kafka", "persistentvolumeclaim": "data-0"},),
        "page",
    ),
    Case(
        "CarebusCertificateExpiring",
        "in a month",
        {f'carebus_certificate_expires_timestamp_seconds{{{S},certificate="kafka_ca"}}': f"{30 * DAY}x90"},
        80,
    ),
    Case(
        "CarebusCertificateExpiring",
        "in ten days",
        {f'carebus_certificate_expires_timestamp_seconds{{{S},certificate="kafka_ca"}}': f"{10 * DAY}x90"},
        80,
        ({"service": "referral", "certificate": "kafka_ca"},),
        "ticket",
    ),
    Case(
        "CarebusCertificateExpiring",
        "tomorrow, by cert-manager",
        {'certmanager_certificate_expiration_timestamp_seconds{namespace="carebus",name="pages"}': f"{DAY}x90"},
        80,
        ({"namespace": "carebus", "name": "pages"},),
        "page",
    ),
    *_burn(
        "CarebusCommandsFailing",
        {COMMANDS + '"error"}': "0+2x130", COMMANDS + '"done"}': "0+8x130"},
        {COMMANDS + '"done"}': "0+8x130", COMMANDS + '"not_eligible"}': "0+4x130"},
        service="referral",
    ),
    *_burn(
        "CarebusEventsLate",
        {HOPS.format(part="count", le=""): "0+9x130", HOPS.format(part="bucket", le=',le="5.0"'): "0+1x130"},
        {HOPS.format(part="count", le=""): "0+9x130", HOPS.format(part="bucket", le=',le="5.0"'): "0+9x130"},
        service="referral",
    ),
    *_burn(
        "CarebusMessagesLate",
        {'carebus_waiting_age_seconds{service="notifications",of="mail"}': "400x130"},
        {'carebus_waiting_age_seconds{service="notifications",of="mail"}': "200x130"},
        service="notifications",
    ),
)
