"""The service level objectives: what share of the time, events and commands must be well, and how fast it is used up.

Alerts look at two windows at once: the long one says that it matters, the short one that it still goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from deploy.observability.alerts import Alert

BY = "by (namespace, service)"
WINDOWS = ("5m", "30m", "1h", "6h", "3d")
LATE = "carebus:messages_late:now"
"""1 while a message to a family has waited for more than five minutes."""


@dataclass(frozen=True)
class Burn:
    """Too much of the month's budget gone: `factor` times as fast as the objective allows, in both windows."""

    factor: float
    long: str
    short: str
    held_for: str
    severity: str


BURNS = (
    Burn(14.4, "1h", "5m", "2m", "page"),
    Burn(6, "6h", "30m", "15m", "page"),
    Burn(1, "3d", "6h", "1h", "ticket"),
)
"""2 % of a month's budget in an hour, 5 % in six hours, 10 % in three days."""


@dataclass(frozen=True)
class Objective:
    """`bad` gives the share that was not well in the window WINDOW, from 0 to 1; `share` of a month must be well."""

    name: str
    alert: str
    share: float
    bad: str
    meaning: str
    summary: str

    def recorded(self, window: str) -> str:
        """The name of the recorded share that was not well in that window."""
        return f"carebus:{self.name}_bad:ratio_{window}"


OBJECTIVES = (
    Objective(
        "commands",
        "CarebusCommandsFailing",
        0.999,
        f'(sum {BY} (rate(carebus_commands_total{{outcome=~"error|database_away"}}[WINDOW]))'
        f" or 0 * sum {BY} (rate(carebus_commands_total[WINDOW])))"
        f" / sum {BY} (rate(carebus_commands_total[WINDOW]))",
        "99.9 % of commands are answered; a refusal by a rule is an answer, an error of ours is not",
        "{{ $labels.service }} fails commands faster than its month allows",
    ),
    Objective(
        "events",
        "CarebusEventsLate",
        0.99,
        f'1 - sum {BY} (rate(carebus_hop_seconds_bucket{{le="5.0"}}[WINDOW]))'
        f" / sum {BY} (rate(carebus_hop_seconds_count[WINDOW]))",
        "99 % of events have had their effect in the next service five seconds after they were told",
        "{{ $labels.service }} handles events later than its month allows",
    ),
    Objective(
        "messages",
        "CarebusMessagesLate",
        0.99,
        f"avg_over_time({LATE}[WINDOW])",
        "in 99 % of the time no message to a family waits longer than five minutes for the mail server",
        "families wait for their messages longer than a month allows",
    ),
)


def recording_rules() -> list[dict[str, str]]:
    """The shares that were not well, for each window."""
    late = {"record": LATE, "expr": f'max {BY} (carebus_waiting_age_seconds{{of="mail"}}) > bool 300'}
    return [late] + [
        {"record": objective.recorded(window), "expr": objective.bad.replace("WINDOW", window)}
        for objective in OBJECTIVES
        for window in WINDOWS
    ]


def burn_alerts() -> list[Alert]:
    """The alerts on each objective."""
    return [_alert(objective, burn) for objective in OBJECTIVES for burn in BURNS]


def _alert(objective: Objective, burn: Burn) -> Alert:
    limit = round(burn.factor * (1 - objective.share), 6)
    both = [f"{objective.recorded(window)} > {limit}" for window in (burn.long, burn.short)]
    return Alert(objective.alert, " and ".join(both), burn.held_for, burn.severity, objective.summary, burn.long)
