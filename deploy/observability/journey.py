"""The dashboard of patients' journeys: what becomes of referrals, visits and messages, never of a patient."""

from __future__ import annotations

from deploy.observability.ask import LATE, MESSAGES, TOLD, heard, highest, over_time, rate, slowest
from deploy.observability.panels import Dashboard, Panel, Query, Row

JOURNEY = Dashboard(
    "carebus-journey",
    "Carebus: journeys",
    "What becomes of referrals, visits and messages: events as the outcomes service hears them.",
    (
        Row(
            "From referral to visit",
            (
                Panel(
                    "Funnel",
                    "Events in the time shown above.",
                    (Query(f"sum by (type) (increase(carebus_handled_total{heard(TOLD)}[$__range]))", "{{type}}"),),
                    kind="bargauge",
                    width=12,
                    height=9,
                ),
                Panel(
                    "Events",
                    "Per minute.",
                    (Query(f"60 * {rate('carebus_handled_total', heard(TOLD), 'type')}", "{{type}}"),),
                    "cpm",
                    width=12,
                    height=9,
                ),
            ),
        ),
        Row(
            "Deadlines",
            (
                over_time(
                    "Deadlines not kept",
                    "Visits overdue and teams assigned late, per hour.",
                    "short",
                    Query(f"sum by (type) (increase(carebus_handled_total{heard(LATE)}[1h]))", "{{type}}"),
                ),
                over_time(
                    "Past its deadline now",
                    "Of what waits for somebody.",
                    "short",
                    Query(highest("carebus_late", "", "service, of"), "{{service}} {{of}}"),
                    bad_from=1,
                ),
                over_time(
                    "Timers fired",
                    "What was done because its time had come, per minute.",
                    "cpm",
                    Query(f"60 * {rate('carebus_timers_fired_total', '', 'type')}", "{{type}}"),
                ),
            ),
        ),
        Row(
            "Messages to families",
            (
                over_time(
                    "Messages",
                    "Asked for, sent, failed and withheld, per minute.",
                    "cpm",
                    Query(f"60 * {rate('carebus_handled_total', heard(MESSAGES), 'type')}", "{{type}}"),
                ),
                over_time(
                    "Waiting", "For a server outside.", "short", Query(highest("carebus_waiting", "", "of"), "{{of}}")
                ),
                over_time(
                    "Longest wait",
                    "Of what waits for a server outside.",
                    "s",
                    Query(highest("carebus_waiting_age_seconds", "", "of"), "{{of}}"),
                    bad_from=300,
                ),
                over_time(
                    "Handed over",
                    "To the mail server, per minute; GivenUp is a message that will not go out.",
                    "cpm",
                    Query(
                        "60 * " + rate("carebus_commands_total", '{command=~"HandedOver|GivenUp"}', "command"),
                        "{{command}}",
                    ),
                ),
            ),
        ),
        Row(
            "What people did",
            (
                over_time(
                    "Commands",
                    "By name, per minute.",
                    "cpm",
                    Query(f"60 * {rate('carebus_commands_total', '', 'command')}", "{{command}}"),
                ),
                over_time(
                    "From one service to the next",
                    "99 % of events of a type took effect in this time.",
                    "s",
                    Query(slowest("carebus_hop_seconds", of="", by="type"), "{{type}}"),
                ),
            ),
        ),
    ),
    services=False,
)
