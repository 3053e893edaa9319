"""Applies a rule set to a referral: at receipt, and again whenever something about it becomes known or is corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from carebus.contracts.referral import (
    Criterion,
    CriterionValue,
    EligibilityAssessed,
    ReferralReceived,
    Verdict,
)
from carebus.errors import CarebusError
from carebus.reasoning.findings import NOT_MET, UNKNOWN, Judgement
from services.referral.domain.eligibility.facts import Facts, facts_of, situation
from services.referral.domain.eligibility.rulesets import RuleBook, RuleSet, Stated


class NotEligible(CarebusError):
    """This referral can't be accepted, by the rule {rule}: {sentence}"""


class EligibilityUndetermined(CarebusError):
    """Too little is known to accept this referral. Ask for what is missing: {missing}."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion with what was found."""

    stated: Stated
    found: Judgement

    @property
    def stands_in_the_way(self) -> bool:
        """Whether it is a reason to decline."""
        return self.stated.decides and self.found.value is NOT_MET

    @property
    def holds_the_decision(self) -> bool:
        """Whether somebody has to be asked first."""
        return self.stated.when_unknown == "ask" and self.found.value is UNKNOWN


def assess(
    received: ReferralReceived, book: RuleBook, now: datetime, *, enrolled: bool | None = False
) -> EligibilityAssessed:
    """What the rules in force say of a referral as it is known now."""
    facts = facts_of(received, now, enrolled=enrolled)
    rules = book.choose(facts, now.date())
    judged = judge(rules, facts)
    bars = [each for each in judged if each.stands_in_the_way]
    verdict = verdict_on(judged)
    return EligibilityAssessed(
        referral_id=received.referral_id,
        ruleset=rules.name,
        criteria=tuple(_criterion(each) for each in judged),
        eligible=verdict is Verdict.ELIGIBLE,
        decline_reason=bars[0].stated.when_not_met if bars else None,
        verdict=verdict,
        missing=_missing(judged),
        barred_by=bars[0].stated.id if bars else "",
        says=bars[0].stated.says if bars else "",
        ruleset_digest=rules.digest,
    )


def judge(rules: RuleSet, facts: Facts) -> list[Judged]:
    """Each criterion with what is found, in the order of the rule set."""
    known = situation(facts, rules.lists)
    return [Judged(stated, stated.rule.find(known)) for stated in rules.criteria]


def verdict_on(judged: Sequence[Judged]) -> Verdict:
    """One reason to decline is enough; without one, whatever has to be asked first leaves it undetermined."""
    if any(each.stands_in_the_way for each in judged):
        return Verdict.INELIGIBLE
    return Verdict.UNDETERMINED if any(each.holds_the_decision for each in judged) else Verdict.ELIGIBLE


def verdict_of(assessed: EligibilityAssessed) -> Verdict:
    """The verdict of an assessment; those of the first release said it by their reason only."""
    if assessed.verdict is not None:
        return assessed.verdict
    return Verdict.ELIGIBLE if assessed.eligible else Verdict.INELIGIBLE


def refuse_unless_eligible(assessed: EligibilityAssessed) -> None:
    """Raises NotEligible or EligibilityUndetermined, each with what the rules say."""
    match verdict_of(assessed):
        case Verdict.INELIGIBLE:
            rule = assessed.barred_by or _first_not_met(assessed.criteria)
            sentence = assessed.says or "it does not hold for this person."
            raise NotEligible(rule=rule, sentence=sentence)
        case Verdict.UNDETERMINED:
            raise EligibilityUndetermined(missing=", ".join(assessed.missing))
        case Verdict.ELIGIBLE:
            return


def _first_not_met(criteria: Sequence[Criterion]) -> str:
    return next((each.id for each in criteria if each.value is not CriterionValue.MET), "")


def _criterion(judged: Judged) -> Criterion:
    found = judged.found
    return Criterion(id=judged.stated.id, value=found.value, evidence=found.evidence, missing=found.missing)


def _missing(judged: Sequence[Judged]) -> tuple[str, ...]:
    """What to ask for: first what holds the decision, then whatever else a rule that decides would like to know."""
    first = sorted((each for each in judged if each.stated.decides), key=lambda each: not each.holds_the_decision)
    return tuple(dict.fromkeys(name for each in first for name in each.found.missing))
