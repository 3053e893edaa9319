"""Answers as a form or a program sends them, read by the questions they answer."""

from collections.abc import Mapping

from carebus.errors import CarebusError
from carebus.reasoning.facts import FactValue
from services.line.domain.protocols.model import Protocol, Question

TypedValue = bool | int | float | str
Typed = Mapping[str, TypedValue]
_YES_NO = {"yes": True, "no": False, "true": True, "false": False}


class AnswerUnfit(CarebusError):
    """{question} {rule}"""

    status = 422


def answers_of(protocol: Protocol, typed: Typed) -> dict[str, FactValue]:
    """What was answered; an empty text is no answer. Raises AnswerUnfit, at the field of the question."""
    found = {name: _read(protocol, name, value) for name, value in typed.items() if value != ""}
    return {one.id: found[one.id] for one in protocol.questions if one.id in found}


def _read(protocol: Protocol, name: str, value: TypedValue) -> FactValue:
    question = protocol.question(name)
    if question is None:
        raise AnswerUnfit(question="This protocol", rule="asks no such question.", field="answers")
    read = _value(question, value)
    if read is None or read not in question.answers:
        raise AnswerUnfit(question="This question", rule=_rule(question), field=f"answers.{name}")
    return read


def _value(question: Question, value: TypedValue) -> FactValue | None:
    """The value as the question's kind; None if it is none of that kind."""
    if question.choices:
        return value if isinstance(value, str) else None
    if question.scale:
        return _number(value)
    return value if isinstance(value, bool) else _YES_NO.get(value) if isinstance(value, str) else None


def _number(value: TypedValue) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _rule(question: Question) -> str:
    if question.choices:
        return f"is answered with one of {', '.join(one.id for one in question.choices)}."
    if question.scale:
        return f"is answered with a whole number from {question.scale.lowest} to {question.scale.highest}."
    return "is answered with yes or no."
