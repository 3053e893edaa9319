"""Is this service for this person? Fixed rules that name what they found and what they rest on."""

from collections.abc import Sequence
from datetime import date

from carebus.contracts.event import Value
from carebus.contracts.people import Condition, Diagnosis, Payer, PayerKind
from carebus.contracts.referral import Criterion, CriterionValue, DeclineReason
from services.referral.domain.conditions import condition_of, is_readable

RULESET = "home_palliative/1"
"""The id and the version of the rules below. Raise the version whenever one of them changes."""

SERIOUS_ILLNESS = "serious_illness"
LIVING = "living"
NOT_ON_HOSPICE = "not_on_hospice"
COVERAGE = "coverage_stated"

BARS: tuple[tuple[str, CriterionValue, DeclineReason], ...] = (
    (LIVING, CriterionValue.NOT_MET, DeclineReason.DECEASED),
    (NOT_ON_HOSPICE, CriterionValue.NOT_MET, DeclineReason.ON_HOSPICE),
    (SERIOUS_ILLNESS, CriterionValue.NOT_MET, DeclineReason.NOT_CLINICALLY_ELIGIBLE),
    (SERIOUS_ILLNESS, CriterionValue.UNKNOWN, DeclineReason.NOT_CLINICALLY_ELIGIBLE),
)
"""What stands in the way, weightiest first: the first one found is the reason suggested. Coverage never does."""


class Assessment(Value):
    """What the rules found, and what follows."""

    ruleset: str = RULESET
    criteria: tuple[Criterion, ...]
    eligible: bool
    decline_reason: DeclineReason | None = None


def conditions_in(diagnoses: Sequence[Diagnosis]) -> tuple[Condition, ...]:
    """The serious illnesses among these diagnoses, each once, in the order of the diagnoses."""
    return tuple(dict.fromkeys(found for each in diagnoses if (found := condition_of(each))))


def assess(
    diagnoses: Sequence[Diagnosis], *, died_on: date | None, on_hospice: bool | None, payer: Payer | None
) -> Assessment:
    """Apply every rule. A rule whose data is missing is unknown, which is neither met nor unmet."""
    criteria = (_serious_illness(diagnoses), _living(died_on), _not_on_hospice(stated=on_hospice), _coverage(payer))
    found = {criterion.id: criterion.value for criterion in criteria}
    reason = next((reason for rule, value, reason in BARS if found[rule] is value), None)
    return Assessment(criteria=criteria, eligible=reason is None, decline_reason=reason)


def _serious_illness(diagnoses: Sequence[Diagnosis]) -> Criterion:
    named = tuple(f"{each.system}:{each.code}" for each in diagnoses if condition_of(each))
    if named:
        return Criterion(id=SERIOUS_ILLNESS, value=CriterionValue.MET, evidence=named)
    if all(is_readable(each) for each in diagnoses):
        return Criterion(id=SERIOUS_ILLNESS, value=CriterionValue.NOT_MET, evidence=("no_code_of_a_serious_illness",))
    return Criterion(id=SERIOUS_ILLNESS, value=CriterionValue.UNKNOWN, evidence=("code_system_not_known",))


def _living(died_on: date | None) -> Criterion:
    if died_on is None:
        return Criterion(id=LIVING, value=CriterionValue.MET, evidence=("no_death_stated",))
    return Criterion(id=LIVING, value=CriterionValue.NOT_MET, evidence=("death_stated",))


def _not_on_hospice(*, stated: bool | None) -> Criterion:
    if stated is None:
        return Criterion(id=NOT_ON_HOSPICE, value=CriterionValue.UNKNOWN)
    if stated:
        return Criterion(id=NOT_ON_HOSPICE, value=CriterionValue.NOT_MET, evidence=("hospice_stated",))
    return Criterion(id=NOT_ON_HOSPICE, value=CriterionValue.MET, evidence=("no_hospice_stated",))


def _coverage(payer: Payer | None) -> Criterion:
    if payer is None:
        return Criterion(id=COVERAGE, value=CriterionValue.UNKNOWN)
    value = CriterionValue.NOT_MET if payer.kind is PayerKind.NONE else CriterionValue.MET
    return Criterion(id=COVERAGE, value=value, evidence=(f"payer_{payer.kind.value}",))
