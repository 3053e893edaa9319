"""The clinical facts that a referrer may state: all optional, each within the bounds of its own scale."""

from typing import Annotated, NamedTuple, get_args

from pydantic import Field

from services.referral.domain.referring.stated import Request

_LIMITS = ("ge", "le", "multiple_of")

Share = Annotated[int | None, Field(ge=0, le=100)]
Performance = Annotated[int | None, Field(ge=0, le=100, multiple_of=10)]
Count = Annotated[int | None, Field(ge=0, le=99)]


class Bounds(NamedTuple):
    """Within which a number may be stated, and in which steps."""

    least: float | None
    most: float | None
    step: float | str | None


class ClinicalFactsStated(Request):
    """Stage, function and recent hospital use, as far as the referrer knows them."""

    nyha_class: Annotated[int | None, Field(ge=1, le=4)] = None
    ejection_fraction: Share = None
    heart_failure_admission: bool | None = None
    significant_comorbidity: bool | None = None
    oxygen_litres: Annotated[float | None, Field(ge=0, le=60)] = None
    oxygen_hours: Annotated[int | None, Field(ge=0, le=24)] = None
    fev1: Annotated[int | None, Field(ge=0, le=150)] = None
    cancer_stage: Annotated[int | None, Field(ge=0, le=4)] = None
    therapies_failed: Count = None
    akps: Performance = None
    kps: Performance = None
    albumin: Annotated[float | None, Field(ge=0.5, le=7)] = None
    inr: Annotated[float | None, Field(ge=0.5, le=20)] = None
    meld: Annotated[int | None, Field(ge=6, le=40)] = None
    irreversible_liver_damage: bool | None = None
    liver_complication: bool | None = None
    hospital_stays_12m: Count = None
    ed_visits_12m: Count = None
    declining: bool | None = None
    death_within_a_year_unsurprising: bool | None = None
    therapy_received_or_futile: bool | None = None
    accepts_care_at_home: bool | None = None


def bounds(fact: str) -> Bounds:
    """Those of a fact's scale."""
    field = ClinicalFactsStated.model_fields[fact]
    limits = {
        name: getattr(one, name) for one in field.metadata for name in ("ge", "le", "multiple_of") if hasattr(one, name)
    }
    step = "any" if float in get_args(field.annotation) else limits.get("multiple_of")
    return Bounds(limits.get("ge"), limits.get("le"), step)
