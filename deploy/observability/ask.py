"""How panels ask: all processes of a service measure the same database, so a gauge is its highest value."""

from __future__ import annotations

from deploy.observability.alerts import BREACHES
from deploy.observability.panels import Panel, Query

OF = '{service=~"$service"}'
EACH = "$__rate_interval"
TOLD = "ReferralReceived|ReferralAccepted|ReferralDeclined|CareTeamAssigned|VisitScheduled|VisitCompleted"
MESSAGES = "Notification(Requested|Sent|Failed|Suppressed)"
LATE = BREACHES


def highest(metric: str, of: str = OF, by: str = "service") -> str:
    """The highest value of a gauge."""
    return f"max by ({by}) ({metric}{of})"


def rate(counter: str, of: str = OF, by: str = "service") -> str:
    """How fast a counter rises."""
    return f"sum by ({by}) (rate({counter}{of}[{EACH}]))"


def slowest(histogram: str, share: float = 0.99, of: str = OF, by: str = "service") -> str:
    """The time within which that share was done."""
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({histogram}_bucket{of}[{EACH}])))"


def heard(types: str) -> str:
    """The events of these types that the outcomes service, which hears them all, has handled."""
    return f'{{service="outcomes", type=~"{types}"}}'


def now(title: str, meaning: str, expr: str, bad_from: float, unit: str = "short") -> Panel:
    """A number that should be zero."""
    return Panel(title, meaning, (Query(expr),), unit, "stat", bad_from, width=4, height=4)


def over_time(title: str, meaning: str, unit: str, *queries: Query, bad_from: float | None = None) -> Panel:
    """Lines."""
    return Panel(title, meaning, queries, unit, bad_from=bad_from)
