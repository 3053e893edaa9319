"""The code systems and codes that care is told in as FHIR R4."""

from collections.abc import Mapping

from carebus.contracts.care_plan import GoalAchievement, GoalStatus, VisitMode

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
ENCOUNTER_CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CLINICAL_STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
PLAN_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"

SCALES = "urn:carebus:instrument"
"""Our own system of scores, `instrument/scale`: most instruments of palliative care have no LOINC code that we could
confirm (ESAS-r, IPOS, AKPS, SAS, PCOC phase, problem severity, RUG-ADL, PAINAD, ZBI-12, FAST)."""
ANSWERS = "urn:carebus:answer"
"""Our own system of answers that are codes, such as a phase."""
SECTIONS = "urn:carebus:summary-part"
PROBLEMS, ILLNESSES, ACTIVITIES = "urn:carebus:problem", "urn:carebus:illness", "urn:carebus:activity"
VISITS = "urn:carebus:visit"

IN_LOINC: Mapping[str, str] = {
    "phq_9/phq_9": "44261-6",
    "phq_9/phq_2": "55758-7",
    "nyha/functional_class": "88020-3",
}
"""Scores that have a LOINC code (as read in value sets for telehealth and quality measures)."""
IN_SNOMED: Mapping[str, str] = {"esas_r/total": "451021004"}
"""Scores that have a SNOMED CT code (the same)."""
SUMMARY = ("34133-9", "Summary of episode note")
"""LOINC, as US Core and C-CDA call a summary."""

CLASSES: Mapping[VisitMode, tuple[str, str]] = {
    VisitMode.HOME: ("HH", "home health"),
    VisitMode.PHONE: ("VR", "virtual"),
    VisitMode.VIDEO: ("VR", "virtual"),
}


def as_fhir(status: GoalStatus | GoalAchievement) -> str:
    """FHIR has hyphens where contracts have underscores."""
    return status.value.replace("_", "-")
