"""The dashboard of the services: whether anybody is needed, and how fast each answers, hears and tells."""

from __future__ import annotations

from deploy.observability.ask import OF, highest, now, over_time, rate, slowest
from deploy.observability.panels import Dashboard, Query, Row

OVERVIEW = Dashboard(
    "carebus-overview",
    "Carebus: services",
    "Whether anybody is needed, and how fast each service answers, hears and tells.",
    (
        Row(
            "Is anybody needed?",
            (
                now("Patients stopped", "Streams with parked events.", highest("carebus_parked_streams"), 1),
                now("Behind", "Age of the last event handled.", highest("carebus_lag_seconds"), 60, "s"),
                now("Outbox", "Age of the oldest event not told yet.", highest("carebus_outbox_age_seconds"), 60, "s"),
                now("Timers overdue", "Due and not handled.", highest("carebus_timers_overdue"), 1),
                now("Stopped", "1: most events failed.", highest("carebus_subscriber_stopped"), 1),
                now("Relays", "Processes that publish: one.", f"sum by (service) (carebus_relay_active{OF})", 2),
            ),
        ),
        Row(
            "Commands and requests",
            (
                over_time(
                    "Commands",
                    "Answered per second, by outcome.",
                    "reqps",
                    Query(rate("carebus_commands_total", by="service, outcome"), "{{service}} {{outcome}}"),
                ),
                over_time(
                    "Time of commands",
                    "From a command to its commit.",
                    "s",
                    Query(slowest("carebus_command_seconds", 0.5), "{{service}} half"),
                    Query(slowest("carebus_command_seconds"), "{{service}} 99 %"),
                ),
                over_time(
                    "Requests",
                    "All requests by kind of answer; 5xx are errors of ours.",
                    "reqps",
                    Query(rate("carebus_requests_total", by="service, status"), "{{service}} {{status}}"),
                ),
            ),
        ),
        Row(
            "Events heard",
            (
                over_time("Handled", "Events decided upon per second.", "cps", Query(rate("carebus_handled_total"))),
                over_time(
                    "Time of a hop",
                    "From an event's commit to its effect's commit here.",
                    "s",
                    Query(slowest("carebus_hop_seconds", 0.5), "{{service}} half"),
                    Query(slowest("carebus_hop_seconds"), "{{service}} 99 %"),
                    bad_from=5,
                ),
                over_time("Behind", "Seconds.", "s", Query(highest("carebus_lag_seconds")), bad_from=60),
                over_time("Not handled yet", "Records.", "short", Query(f"sum by (service) (carebus_lag_events{OF})")),
                over_time(
                    "Time of a batch",
                    "To its commit.",
                    "s",
                    Query(slowest("carebus_batch_seconds"), "{{service}} 99 %"),
                ),
                over_time(
                    "Not twice",
                    "Repeats dropped, batches run again or fenced off: what was kept from happening twice.",
                    "cps",
                    Query(rate("carebus_duplicates_total"), "{{service}} repeats"),
                    Query(rate("carebus_batch_retries_total"), "{{service}} run again"),
                    Query(rate("carebus_fenced_total"), "{{service}} fenced"),
                ),
            ),
        ),
        Row(
            "Events told",
            (
                over_time("Published", "Events acknowledged per second.", "cps", Query(rate("carebus_relayed_total"))),
                over_time("In the outbox", "Not told yet.", "short", Query(highest("carebus_outbox_pending"))),
                over_time(
                    "Age of the outbox",
                    "Of its oldest.",
                    "s",
                    Query(highest("carebus_outbox_age_seconds")),
                    bad_from=60,
                ),
            ),
        ),
        Row(
            "Custody, timers, loops",
            (
                over_time("Parked", "Events in custody.", "short", Query(highest("carebus_parked_events")), bad_from=1),
                over_time(
                    "Timers",
                    "Overdue, and held back with their patients.",
                    "short",
                    Query(highest("carebus_timers_overdue"), "{{service}} overdue"),
                    Query(highest("carebus_timers_held"), "{{service}} held"),
                    bad_from=1,
                ),
                over_time(
                    "Progress of loops",
                    "Age of a loop's progress as a share of what it may be: at 1 the process is restarted.",
                    "percentunit",
                    Query(
                        f"max by (service, loop) (carebus_loop_age_seconds{OF} / carebus_loop_within_seconds{OF})",
                        "{{service}} {{loop}}",
                    ),
                    bad_from=0.8,
                ),
                over_time(
                    "Loops that fail",
                    "Failures in a row.",
                    "short",
                    Query(highest("carebus_loop_failures", by="service, loop"), "{{service}} {{loop}}"),
                    bad_from=1,
                ),
            ),
        ),
        Row(
            "Objectives",
            (
                over_time(
                    "Commands not answered",
                    "Share in an hour; a month may have 0.1 %.",
                    "percentunit",
                    Query(f"carebus:commands_bad:ratio_1h{OF}"),
                    bad_from=0.001,
                ),
                over_time(
                    "Events late",
                    "Share in an hour that took more than five seconds; a month may have 1 %.",
                    "percentunit",
                    Query(f"carebus:events_bad:ratio_1h{OF}"),
                    bad_from=0.01,
                ),
                over_time(
                    "Messages late",
                    "Share of an hour in which a message waited for more than five minutes; a month may have 1 %.",
                    "percentunit",
                    Query("carebus:messages_bad:ratio_1h"),
                    bad_from=0.01,
                ),
            ),
        ),
    ),
)
