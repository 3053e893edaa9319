"""Decides whether a loved one may be told: by every Consent of the person referred, on a day. In doubt it is no.

A Consent is a tree of rules. A nested rule is an exception within its parent: it counts only where the parent
applies, and then in place of it; among several that apply deny wins, also among several Consents. R4 has no type in
the root rule, yet many write one: a typed root is read as the one rule.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from services.referral.channels.fhir.periods import ALWAYS, Span

MOST_RULES = 500
MOST_BOUNDS = 50
"""Of moments at which something in the Consents begins or ends, that are tried; with more, the first one ends all."""


class Effect(Enum):
    """What a rule or a Consent says about one person."""

    PERMIT = auto()
    DENY = auto()
    DOUBT = auto()
    NOTHING = auto()


class Covers(Enum):
    """Whether a rule is about being told: surely, surely not, or nobody knows."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()


class Policy(Enum):
    """What a Consent says before its rules."""

    OPT_IN = auto()
    OPT_OUT = auto()
    BY_DOCUMENT = auto()
    UNKNOWN = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """A provision: its type, when it holds, whom it names, and how far it goes.

    `named` are the people it is about, `receiving` those of them who are named as recipients; `anybody` is true for
    one that names nobody; `somebody` for one that names a person who can't be made out.
    """

    type: str = ""
    span: Span = ALWAYS
    anybody: bool = True
    named: frozenset[str] = frozenset()
    receiving: frozenset[str] = frozenset()
    somebody: bool = False
    action: Covers = Covers.YES
    purpose: Covers = Covers.YES
    limited: bool = False
    nested: tuple["Rule", ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """A Consent of the person who is referred, as far as it matters here. Without rules its root is empty."""

    active: bool
    privacy: bool
    policy: Policy
    span: Span
    verified: bool
    root: Rule = field(default_factory=Rule)

    def says(self, person: str, at: datetime) -> Effect:
        """What this Consent says about telling this person."""
        if not (self.active and self.privacy and self.span.holds(at)):
            return Effect.NOTHING
        said = self._decided(person, at)
        if said is Effect.PERMIT and (self.policy in {Policy.NONE, Policy.UNKNOWN} or not self.verified):
            return Effect.NOTHING
        return said

    def _decided(self, person: str, at: datetime) -> Effect:
        root = self.root
        if self.policy is Policy.OPT_OUT and root.type == "permit":  # it contradicts itself: in doubt it is no
            return Effect.DENY if root.span.holds(at) else Effect.NOTHING
        if not _applies(root, person, at):
            return Effect.NOTHING
        if self.policy is Policy.OPT_OUT:
            return _with_exceptions(root, person, at, Effect.DENY)
        own = Effect.NOTHING if not root.type else _own(root, person)
        return _with_exceptions(root, person, at, own)


def permits(consents: Sequence[Consent], person: str, at: datetime) -> bool:
    """Whether this person may be told at this moment."""
    said = {each.says(person, at) for each in consents}
    return Effect.PERMIT in said and Effect.DENY not in said


def ends(consents: Sequence[Consent], person: str, now: datetime) -> datetime | None:
    """The moment from which a person who may be told now may be told no longer; none if nothing ends it."""
    bounds = sorted({at for each in consents for at in _bounds(each) if at > now})
    if len(bounds) > MOST_BOUNDS:
        return bounds[0]
    return next((at for at in bounds if not permits(consents, person, at)), None)


def rules_in(rule: Rule) -> int:
    """How many rules a rule is, with those nested in it."""
    return 1 + sum(rules_in(each) for each in rule.nested)


def _effect(rule: Rule, person: str, at: datetime) -> Effect:
    """What a nested rule says; nothing where it does not apply."""
    if not _applies(rule, person, at):
        return Effect.NOTHING
    return _with_exceptions(rule, person, at, _own(rule, person))


def _own(rule: Rule, person: str) -> Effect:
    """What a rule that applies says by itself. One without a type could be either."""
    if rule.type == "deny":
        return Effect.DENY
    if rule.type != "permit":
        return Effect.DOUBT
    return Effect.PERMIT if person in rule.receiving and _is_clear(rule) else Effect.NOTHING


def _with_exceptions(rule: Rule, person: str, at: datetime, own: Effect) -> Effect:
    """What stands when a rule's exceptions are looked at: those that apply, in its place."""
    said = {_effect(each, person, at) for each in rule.nested}
    if Effect.DENY in said or (own is Effect.DENY and Effect.DOUBT in said):
        return Effect.DENY
    if Effect.DOUBT in said:
        return Effect.DOUBT
    return Effect.PERMIT if Effect.PERMIT in said and _lets_through(rule, person) else own


def _applies(rule: Rule, person: str, at: datetime) -> bool:
    """Whether a rule is about this person, this moment and being told, as far as anybody can say."""
    about = rule.anybody or rule.somebody or person in rule.named
    return about and rule.span.holds(at) and Covers.NO not in {rule.action, rule.purpose}


def _lets_through(rule: Rule, person: str) -> bool:
    """Whether a permit within this rule is about all that matters here, and not a part of it."""
    about = rule.anybody or person in (rule.named if rule.type != "permit" else rule.receiving)
    return about and _is_clear(rule)


def _is_clear(rule: Rule) -> bool:
    return not rule.limited and Covers.UNKNOWN not in {rule.action, rule.purpose}


def _bounds(consent: Consent) -> Iterator[datetime]:
    waiting, spans = [consent.root], [consent.span]
    while waiting:
        rule = waiting.pop()
        spans.append(rule.span)
        waiting.extend(rule.nested)
    for each in spans:
        yield from (at for at in (each.starts, each.ends) if at is not None)
