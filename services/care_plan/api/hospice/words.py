"""What the way to hospice is called on pages."""

from carebus.contracts.care_plan import HospiceDischargeReason, HospiceSource
from services.care_plan.domain.hospice.state import Stage

STAGES: dict[Stage, tuple[str, str]] = {
    Stage.NONE: ("Not spoken of", "neutral"),
    Stage.PROMPTED: ("A reason to talk about it", "warn"),
    Stage.DISCUSSED: ("Discussed", "info"),
    Stage.REFERRED: ("Referred", "info"),
    Stage.ENROLLED: ("Elected", "good"),
    Stage.DECLINED: ("Not wanted now", "neutral"),
    Stage.REVOKED: ("Revoked", "warn"),
    Stage.DISCHARGED: ("Discharged from hospice", "warn"),
}
SOURCES = {
    HospiceSource.HOSPICE: "The hospice",
    HospiceSource.PATIENT: "The patient",
    HospiceSource.FAMILY: "The family",
    HospiceSource.DOCTOR: "A doctor",
    HospiceSource.HEALTH_PLAN: "The health plan",
}
REASONS = {
    HospiceDischargeReason.NOT_TERMINALLY_ILL: "No longer terminally ill",
    HospiceDischargeReason.MOVED: "Moved out of its area",
    HospiceDischargeReason.TRANSFERRED: "Transferred to another hospice",
    HospiceDischargeReason.CAUSE: "For cause",
}
FACTS = {
    "payer.plan_id": "whether the coverage is a Medicare Advantage plan",
    "payer.kind": "the kind of coverage",
    "patient.address.state": "the state in which they live",
}
"""What a rule about benefits may lack."""


def of_evidence(code: str) -> str:
    """A code of evidence in words: `akps=40` is `AKPS 40`."""
    name, _, value = code.partition("=")
    called = {
        "akps": "AKPS",
        "phase": "Phase",
        "hospital_stays_6m": "Stays in hospital in six months",
    }.get(name, name.removeprefix("wish.").replace("_", " ").capitalize())
    return f"{called}: {value.replace('_', ' ')}"
