"""What outcomes are made of: journeys and calls, the statistics over them, and which counts may be shown."""

from services.outcomes.domain.advised import Advice
from services.outcomes.domain.calls import Call
from services.outcomes.domain.journey import Journey

__all__ = ["Advice", "Call", "Journey"]
