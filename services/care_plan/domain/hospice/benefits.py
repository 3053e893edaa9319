"""Which benefit ends when somebody elects hospice: dated rules per payer, as data, each with its source."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from carebus.contracts.care_plan import BenefitEnd
from carebus.contracts.people import Payer, PayerKind
from carebus.errors import BrokenRule
from carebus.reasoning.facts import Fact, FactValue, Vocabulary
from carebus.reasoning.findings import MET, UNKNOWN
from carebus.reasoning.language import Predicate, Situation
from carebus.reasoning.parts import Part
from services.care_plan.domain.care import Care
from services.care_plan.domain.team.states import state_code

ORIGINAL_MEDICARE = frozenset({"medicare", "original medicare"})
"""Names of a coverage that is no private plan's."""

VOCABULARY: Vocabulary = {
    "payer.kind": Fact(str, "kind of coverage", one_of=tuple(PayerKind)),
    "payer.medicare_advantage": Fact(bool, "the coverage is a Medicare Advantage plan", asked_by="payer.plan_id"),
    "patient.age": Fact(float, "age on the election's first day", asked_by="patient.birth_date", shown=False),
    "patient.state": Fact(str, "state", asked_by="patient.address.state"),
}
"""What a rule may ask for."""


class Ends(StrEnum):
    """When a benefit ends."""

    THE_DAY_BEFORE = "the_day_before"
    NEVER = "never"


class Resumes(StrEnum):
    """When it is there again after the patient revoked the election or was discharged."""

    THAT_DAY = "that_day"
    NEXT_MONTH = "next_month"
    NOT_ENDED = "not_ended"


class BenefitRule(Part):
    """What becomes of one benefit, for elections that take effect from a day until another, both included."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    benefit: str = Field(min_length=1)
    when: Predicate
    effective_from: date
    effective_until: date = date.max
    ends: Ends
    resumes: Resumes
    says: str = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.effective_until < self.effective_from:
            raise BrokenRule(f"{self.id} ends before it begins")
        if (self.ends is Ends.NEVER) is not (self.resumes is Resumes.NOT_ENDED):
            raise BrokenRule(f"{self.id}: what never ends is not resumed, and only that")
        return self

    def in_force(self, on: date) -> bool:
        """Whether it is the rule for an election that takes effect on this day."""
        return self.effective_from <= on <= self.effective_until

    def last_day(self, effective_on: date) -> date | None:
        """The benefit's last day; None where it stays."""
        return None if self.ends is Ends.NEVER else effective_on - timedelta(days=1)

    def again_from(self, left_on: date) -> date | None:
        """From when it is there again after hospice was left; None where it never ended."""
        if self.resumes is Resumes.NOT_ENDED:
            return None
        first = left_on.replace(day=1)
        return (first + timedelta(days=32)).replace(day=1) if self.resumes is Resumes.NEXT_MONTH else left_on


class BenefitRules(Part):
    """A version of the rules; of one id, no two are in force on one day."""

    id: str
    version: int = Field(ge=1)
    title: str
    benefits: tuple[BenefitRule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        for n, one in enumerate(self.benefits):
            later = (other for other in self.benefits[n + 1 :] if other.id == one.id)
            if any(
                other.effective_from <= one.effective_until and one.effective_from <= other.effective_until
                for other in later
            ):
                raise BrokenRule(f"{one.id} is in force twice on one day")
        return self

    @property
    def name(self) -> str:
        """Its id and version."""
        return f"{self.id}/{self.version}"


def facts_of(care: Care, on: date) -> Mapping[str, FactValue]:
    """What is known of somebody's coverage on a day."""
    assert care.patient is not None, "who is in care is known"
    born = care.patient.birth_date
    known: dict[str, FactValue | None] = {
        "payer.kind": care.payer.kind.value if care.payer else None,
        "payer.medicare_advantage": _advantage(care.payer),
        "patient.age": float(on.year - born.year - ((on.month, on.day) < (born.month, born.day))),
        "patient.state": state_code(care.patient.address.state, care.patient.address.postal_code) or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def benefits_of(care: Care, rules: BenefitRules, effective_on: date) -> tuple[BenefitEnd, ...]:
    """What becomes of each benefit that is or may be theirs, by the rules of that day."""
    return tuple(_ends(care, rules, effective_on))


def resumed(care: Care, rules: BenefitRules, effective_on: date, left_on: date) -> dict[str, date]:
    """From when benefits that ended are there again, by the rules that ended them."""
    situation = Situation(facts_of(care, effective_on), VOCABULARY)
    ended = [one for one in rules.benefits if one.in_force(effective_on) and one.when.find(situation).value is MET]
    return {one.benefit: day for one in ended if (day := one.again_from(left_on)) is not None}


def _ends(care: Care, rules: BenefitRules, effective_on: date) -> Iterator[BenefitEnd]:
    situation = Situation(facts_of(care, effective_on), VOCABULARY)
    for one in rules.benefits:
        judged = one.when.find(situation)
        if one.in_force(effective_on) and judged.value in (MET, UNKNOWN):
            known = judged.value is MET
            yield BenefitEnd(
                rule=f"{rules.name}:{one.id}",
                benefit=one.benefit,
                ends_on=one.last_day(effective_on) if known else None,
                says=one.says,
                source=one.source,
                known=known,
                missing=judged.missing,
            )


def _advantage(payer: Payer | None) -> bool | None:
    """A Medicare coverage with a plan's id is one; one that is called Medicare only is not; else nobody has said."""
    if payer is None:
        return None
    if payer.kind not in (PayerKind.MEDICARE, PayerKind.DUAL):
        return False
    if payer.plan_id:
        return True
    return False if payer.name.strip().casefold() in ORIGINAL_MEDICARE else None
