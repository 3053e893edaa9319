"""Answers and questions in words, for whoever writes a protocol."""

from collections.abc import Mapping

from carebus.reasoning.facts import FactValue
from services.line.domain.protocols.model import Protocol


def told_of(protocol: Protocol, name: str) -> str:
    """A question by its id and its words."""
    question = protocol.question(name)
    return f"{name} (“{question.ask.en}”)" if question else name


def told(protocol: Protocol, answers: Mapping[str, FactValue]) -> str:
    """A combination of answers in the order of the questions."""
    names = [one.id for one in protocol.questions if one.id in answers]
    others = [name for name in answers if name not in names]
    return ", ".join(f"{name} = {said(answers[name])}" for name in (*names, *others)) or "nothing is answered"


def said(value: FactValue) -> str:
    """An answer in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else format(value, "g")
