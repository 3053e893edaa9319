"""How many made-up requests an operation is sent: the same ones in every run, and nothing kept of them."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings


def the_same_each_time(examples: int) -> settings:
    """So many, however long each takes."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
