"""Protocols: what a nurse asks a caller, what follows from the answers, and the proof that it is safe."""

from services.line.domain.protocols.judging import Outcome, judge
from services.line.domain.protocols.model import Protocol, Question, Step

__all__ = ["Outcome", "Protocol", "Question", "Step", "judge"]
