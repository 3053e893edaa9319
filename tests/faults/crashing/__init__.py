"""Crash points: named moments on the way of a command, event or timer at which a process kills itself."""

from tests.faults.crashing.moments import passes
from tests.faults.crashing.plan import POINTS, Plan

__all__ = ["POINTS", "Plan", "passes"]
