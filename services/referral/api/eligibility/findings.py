"""Rules and findings in plain words, made from the rule sets' own data: for the rules' page and a referral's page."""

from collections.abc import Iterable
from dataclasses import dataclass

from carebus.contracts.referral import CallTime, CriterionValue, EligibilityAssessed, ReferralReceived, Verdict
from carebus.reasoning.codes import CodeLists
from carebus.reasoning.facts import Fact, FactValue
from carebus.reasoning.language import AllOf, AnyOf, Compare, Diagnosed, NotSo, Predicate
from carebus.web.pages import moment
from services.referral.api import words
from services.referral.domain.eligibility import RuleBook, RuleSet, verdict_of
from services.referral.domain.eligibility.facts import FACTS, FIELDS

VERDICTS = {
    Verdict.ELIGIBLE: ("Eligible", "good"),
    Verdict.INELIGIBLE: ("Not eligible", "bad"),
    Verdict.UNDETERMINED: ("Not decided yet: something is missing", "wait"),
}
SUPPLIERS = {
    "referrer": "the referrer",
    "health_plan": "the health plan",
    "patient": "the person or the family",
    "office": "our own office",
}
_BOUNDS = {"at_least": "{} or more", "above": "above {}", "at_most": "{} or less", "below": "below {}"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A rule in words; `parts` are those of the rules in it."""

    text: str
    parts: tuple["Phrase", ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion as the page of a referral shows it."""

    title: str
    value: CriterionValue
    because: str
    missing: tuple[str, ...]


def phrase(rule: Predicate, lists: CodeLists) -> Phrase:
    """A rule in plain words."""
    match rule:
        case Compare():
            return Phrase(_compared(rule))
        case Diagnosed():
            return Phrase("a diagnosis names " + _or(lists[name].title for name in rule.diagnosed))
        case AllOf():
            return Phrase("all of these:", tuple(phrase(each, lists) for each in rule.rules))
        case AnyOf():
            return Phrase("at least one of these:", tuple(phrase(each, lists) for each in rule.rules))
        case NotSo():
            return Phrase("this is not true:", (phrase(rule.rule, lists),))


def follows(decline: str | None, when_unknown: str) -> str:
    """What follows from a criterion, in words."""
    if decline is None:
        return "Informs only, and never stands in the way."
    unknown = "we ask before we decide" if when_unknown == "ask" else "we go on, and find out later"
    reason = words.REASONS[decline].lower()  # type: ignore[index]
    return f"If not: suggested as a reason to decline ({reason}). If not known: {unknown}."


def lines(assessed: EligibilityAssessed, book: RuleBook) -> list[Line]:
    """Each criterion of an assessment, called as its own rule set calls it."""
    rules = book.named(assessed.ruleset)
    titles = {each.id: each.title for each in rules.criteria} if rules else {}
    return [
        Line(
            titles.get(each.id) or words.CRITERIA.get(each.id, each.id.replace("_", " ").capitalize()),
            each.value,
            ", ".join(evidence(code) for code in each.evidence),
            tuple(FIELDS[name].words if name in FIELDS else name for name in each.missing),
        )
        for each in assessed.criteria
    ]


def title_of(assessed: EligibilityAssessed, book: RuleBook) -> str:
    """What the rule set of an assessment is called, with its version."""
    rules: RuleSet | None = book.named(assessed.ruleset)
    name, _, version = assessed.ruleset.partition("/")
    return f"{rules.title if rules else name.replace('_', ' ')}, version {version}"


def verdict(assessed: EligibilityAssessed) -> tuple[str, str]:
    """The verdict in words, with its tone."""
    return VERDICTS[verdict_of(assessed)]


def told(received: ReferralReceived) -> list[tuple[str, str]]:
    """What a referral says of stage, function and hospital use, and what somebody said in their own words."""
    of = received.clinical
    facts = [(f"clinical.{name}", getattr(of, name)) for name in type(of).model_fields] if of else []
    found = [(_capital(FACTS[name].words), _answer(FACTS[name], value)) for name, value in facts if value is not None]
    call = {
        CallTime.MORNING: "in the morning",
        CallTime.AFTERNOON: "in the afternoon",
        CallTime.EVENING: "in the evening",
    }
    said = [
        ("In their own words", received.illness_in_own_words),
        ("Best time to call", call[received.best_call_time] if received.best_call_time else ""),
        ("Code of our letter", received.letter_code),
        ("Arrived", moment(received.arrived_at, words.ZONE) if received.arrived_at else ""),
    ]
    return [*found, *((term, text) for term, text in said if text)]


def _answer(fact: Fact, value: FactValue) -> str:
    return ("yes" if value else "no") if fact.kind is bool else f"{value:g}{_unit(fact)}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def missing(name: str) -> str:
    """What is missing and who can supply it, by the field that asks for it."""
    field = FIELDS.get(name)
    return f"{field.words} (from {SUPPLIERS[field.supplier]})" if field else name.rpartition(".")[2].replace("_", " ")


def evidence(code: str) -> str:
    """A piece of evidence in words: a code of old, a fact with its value, or a diagnosis code as it is."""
    name, equals, value = code.partition("=")
    if equals and name in FACTS:
        return _valued(FACTS[name], value)
    name, _, fits = code.partition(":")
    if name in FACTS:
        return f"{FACTS[name].words} {fits}"
    return words.evidence(code)


def _valued(fact: Fact, value: str) -> str:
    if fact.kind is bool:
        return fact.words if value == "yes" else f"it is not true that {fact.words}"
    return f"{fact.words} {value}{_unit(fact)}"


def _unit(fact: Fact) -> str:
    return fact.unit if fact.unit.startswith("%") else f" {fact.unit}".rstrip()


def _compared(rule: Compare) -> str:
    fact, ((how, bound),) = FACTS[rule.fact], rule.said.items()
    if fact.kind is bool:
        return fact.words if bound is True else f"it is not true that {fact.words}"
    unit = _unit(fact)
    if how in _BOUNDS:
        return f"{fact.words}: {_BOUNDS[how].format(_said(bound) + unit)}"
    values = bound if isinstance(bound, tuple) else (bound,)
    return f"{fact.words} is {_or(_named(rule.fact, each) for each in values)}"


def _named(name: str, value: FactValue) -> str:
    kinds = {kind.value: text for kind, text in words.PAYERS.items()}
    return kinds.get(str(value), str(value)) if name == "payer.kind" else _said(value)


def _said(value: FactValue) -> str:
    return value if isinstance(value, str) else format(value, "g")


def _or(names: Iterable[str]) -> str:
    *first, last = [*names] or ["nothing"]
    return f"{', '.join(first)} or {last}" if first else last
