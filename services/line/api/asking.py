"""The questions of a protocol as a form shows them, in the caller's language, and its rules in plain words."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from carebus.contracts.care_plan import Phase
from carebus.reasoning.facts import FactValue
from carebus.reasoning.language import AllOf, AnyOf, Compare, NotSo, Predicate
from carebus.web import Form
from services.line.api import words
from services.line.domain.calls.advice import not_to_hospital
from services.line.domain.protocols.model import KnownFrom, Language, Protocol, Question, Said
from services.line.domain.protocols.telling import said
from services.line.domain.sheet import Sheet

ANSWERS = "answers"
NOT_ANSWERED = ("", "Not answered")
YES_NO = (("yes", "Yes"), ("no", "No"))
_BOUNDS = {"at_least": "{} or more", "above": "more than {}", "at_most": "{} or less", "below": "less than {}"}


class Shown(NamedTuple):
    """A question as a field: its name, the words to say, what the nurse reads beside, and options but for a scale."""

    name: str
    question: Question
    label: str
    hint: str
    options: Sequence[tuple[str, str]]


def questions_of(protocol: Protocol, language: Language, sheet: Sheet | None = None) -> list[Shown]:
    """Every question in the order in which it is asked."""
    known = known_from(sheet)
    return [_shown(one, language, told=one.known_from in known) for one in protocol.questions]


def labels_of(protocol: Protocol) -> dict[str, str]:
    """What the fields are called where something is wrong with them."""
    return {f"{ANSWERS}.{one.id}": one.ask.en for one in protocol.questions}


def form_of(
    protocol: Protocol, answers: Mapping[str, FactValue], labels: Mapping[str, str], sheet: Sheet | None = None
) -> Form:
    """The form with these answers; what the sheet says is offered where nothing is answered yet."""
    known = known_from(sheet)
    offered = {one.id: "yes" for one in protocol.questions if one.known_from in known}
    given = {**offered, **{name: said(value) for name, value in answers.items()}}
    values = {f"{ANSWERS}.{one.id}": (given.get(one.id, ""),) for one in protocol.questions}
    return Form(values, {}, {**labels, **labels_of(protocol)})


def known_from(sheet: Sheet | None) -> frozenset[KnownFrom]:
    """What the sheet says already. What it does not say is not known, and never no."""
    if sheet is None:
        return frozenset()
    goals = sheet.plan.says.goals if sheet.plan and sheet.plan.says else ()
    says = {
        KnownFrom.WANTS_TO_STAY_HOME: any(goal.at_home for goal in goals) or bool(not_to_hospital(sheet)),
        KnownFrom.IN_LAST_DAYS: sheet.phase is Phase.TERMINAL,
    }
    return frozenset(one for one, so in says.items() if so)


def in_language(text: Said, language: Language) -> str:
    """Words to say to the caller, marked as being of their language."""
    spoken = text.in_(language)
    return spoken if language is Language.ENGLISH else Markup('<span lang="{}">{}</span>').format(language, spoken)


def answered(protocol: Protocol, answers: Mapping[str, FactValue]) -> list[tuple[str, str]]:
    """What was asked and answered, for whoever reads it later."""
    asked = [one for one in protocol.questions if one.id in answers]
    return [(one.ask.en, _answer(one, answers[one.id])) for one in asked]


def phrase(protocol: Protocol, rule: Predicate) -> str:
    """A rule in plain words."""
    match rule:
        case Compare():
            return _compared(protocol, rule)
        case AllOf():
            return " and ".join(_inner(protocol, each) for each in rule.rules)
        case AnyOf():
            return " or ".join(_inner(protocol, each) for each in rule.rules)
        case NotSo():
            return f"not ({phrase(protocol, rule.rule)})"
        case _:
            raise AssertionError("a protocol rests on its questions alone")


def proposal(protocol: Protocol, step: str) -> str:
    """Why a step proposes what it does."""
    found = protocol.step(step)
    return getattr(found, "because", "Every question that could call for more is answered, and none does.")


def _inner(protocol: Protocol, rule: Predicate) -> str:
    text = phrase(protocol, rule)
    return f"({text})" if isinstance(rule, AllOf | AnyOf) else text


def _compared(protocol: Protocol, rule: Compare) -> str:
    question, ((how, bound),) = protocol.question(rule.fact), rule.said.items()
    assert question is not None, "its rules ask its questions"
    if how in _BOUNDS:
        return f"{rule.fact} is {_BOUNDS[how].format(format(bound, 'g'))}"
    values = bound if isinstance(bound, tuple) else (bound,)
    return f"{rule.fact} is {' or '.join(_answer(question, one).lower() for one in values)}"


def _answer(question: Question, value: FactValue) -> str:
    words_of = {one.id: one.en for one in question.choices}
    return words_of.get(str(value)) or said(value).capitalize()


def _choice(choice: Said, language: Language) -> str:
    """A choice in the caller's language, with English beside it for the nurse who writes the answer down."""
    spoken = in_language(choice, language)
    return (
        spoken if language is Language.ENGLISH else Markup('{} <span class="quiet">{}</span>').format(spoken, choice.en)
    )


def _shown(question: Question, language: Language, *, told: bool) -> Shown:
    english = question.ask.en if language is not Language.ENGLISH else ""
    hint = " ".join(filter(None, (english, question.hint, words.SHEET_SAYS_SO if told else "")))
    choices = [(one.id, _choice(one, language)) for one in question.choices]
    options = () if question.scale else (NOT_ANSWERED, *(choices or YES_NO))
    return Shown(f"{ANSWERS}.{question.id}", question, in_language(question.ask, language), hint, options)
