"""Calls: how they come in, whose they are, whom they are about, what was promised and advised, and who was paged."""

from services.line.domain.calls.call import (
    Call,
    CallClosedAlready,
    CallUnknown,
    HasAnotherNurse,
    Page,
    PageStep,
    Promise,
)

__all__ = ["Call", "CallClosedAlready", "CallUnknown", "HasAnotherNurse", "Page", "PageStep", "Promise"]
