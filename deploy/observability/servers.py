"""The dashboard of what the services stand on: Kafka as they see it, PostgreSQL and the machines."""

from __future__ import annotations

from deploy.observability.ask import EACH, OF, highest, over_time, rate
from deploy.observability.panels import Dashboard, Query, Row

SERVERS = Dashboard(
    "carebus-servers",
    "Carebus: Kafka and PostgreSQL",
    "Kafka as the services see it; PostgreSQL by postgres_exporter and machines by node_exporter, where they run.",
    (
        Row(
            "Kafka, as the services see it",
            (
                over_time(
                    "Not handled yet",
                    "Records per partition: one high line is one busy or stuck partition.",
                    "short",
                    Query(
                        f"sum by (service, topic, partition) (carebus_lag_events{OF})",
                        "{{service}} {{topic}} {{partition}}",
                    ),
                ),
                over_time(
                    "Partitions read",
                    "Per service, over all its processes: as many as the topics have.",
                    "short",
                    Query(f"sum by (service) (carebus_partitions{OF})", "{{service}}"),
                    Query(highest("carebus_topic_partitions"), "{{service}}: there are"),
                ),
                over_time(
                    "Trouble",
                    "The relay began anew; the log had lost its end, seen by readers and by relays.",
                    "cps",
                    Query(rate("carebus_relay_errors_total"), "{{service}} relay began anew"),
                    Query(rate("carebus_offset_repairs_total"), "{{service}} offsets set back"),
                    Query(rate("carebus_log_losses_total"), "{{service}} published again"),
                ),
            ),
        ),
        Row(
            "PostgreSQL",
            (
                over_time("Up", "1 when it answers.", "short", Query("pg_up", "{{instance}}")),
                over_time(
                    "Connections",
                    "In use and allowed.",
                    "short",
                    Query("sum by (instance) (pg_stat_activity_count)", "{{instance}} in use"),
                    Query("pg_settings_max_connections", "{{instance}} allowed"),
                ),
                over_time(
                    "Transactions",
                    "Per second and database.",
                    "ops",
                    Query(f'rate(pg_stat_database_xact_commit{{datname=~"carebus.*"}}[{EACH}])', "{{datname}}"),
                    Query(
                        f'rate(pg_stat_database_xact_rollback{{datname=~"carebus.*"}}[{EACH}])',
                        "{{datname}} rolled back",
                    ),
                ),
                over_time(
                    "Size",
                    "Per database.",
                    "bytes",
                    Query('pg_database_size_bytes{datname=~"carebus.*"}', "{{datname}}"),
                ),
                over_time(
                    "Longest transaction",
                    "Per database: a long one keeps old rows from being cleaned up.",
                    "s",
                    Query('max by (datname) (pg_stat_activity_max_tx_duration{datname=~"carebus.*"})', "{{datname}}"),
                    bad_from=300,
                ),
                over_time(
                    "Deadlocks",
                    "Per second and database.",
                    "ops",
                    Query(f'rate(pg_stat_database_deadlocks{{datname=~"carebus.*"}}[{EACH}])', "{{datname}}"),
                ),
            ),
        ),
        Row(
            "Machines",
            (
                over_time(
                    "Processors",
                    "Share in use.",
                    "percentunit",
                    Query(
                        f'1 - avg by (instance) (rate(node_cpu_seconds_total{{mode="idle"}}[{EACH}]))', "{{instance}}"
                    ),
                ),
                over_time("Memory", "Available.", "bytes", Query("node_memory_MemAvailable_bytes", "{{instance}}")),
                over_time(
                    "Disks",
                    "Share that is free.",
                    "percentunit",
                    Query(
                        'node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660|nsfs"}'
                        " / node_filesystem_size_bytes",
                        "{{instance}} {{mountpoint}}",
                    ),
                ),
            ),
        ),
    ),
)
