"""What outcomes are made of: journeys, the statistics over them, and which counts may be shown."""

from services.outcomes.domain.journey import Journey

__all__ = ["Journey"]
