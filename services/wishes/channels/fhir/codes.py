"""The codes that wishes are told in: LOINC where PACIO's guide names one, else a system of our own."""

from collections.abc import Mapping
from typing import NamedTuple

from carebus.contracts.wishes import Choice, DocumentKind, DocumentStatus, WishTopic

LOINC = "http://loinc.org"
TOPICS_OF_OURS, CHOICES_OF_OURS, POWERS = "urn:carebus:wish", "urn:carebus:wish-choice", "urn:carebus:agent-power"
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
ROLE_CLASS = "http://terminology.hl7.org/CodeSystem/v3-RoleClass"
EMPTY_REASON = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
POLICY = "https://www.ecfr.gov/current/title-42/section-489.102"
"""What a consent stands under: the patient's right to direct their care in advance (42 CFR 489.102)."""
AGENT = ("81335-2", "Patient Healthcare agent")
AGENT_CONSENT = ("81377-4", "Goals, preferences, and priorities under certain health conditions")
ADDITIONAL = ("77599-9", "Additional documentation")
CARE_EXPERIENCE = ("81338-6", "Patient goals, preferences and priorities for care experience")
ADVANCE_DIRECTIVES = ("42348-3", "Advance healthcare directives")
PLAN = ("81334-5", "Patient Personal advance care plan")
NOTICE = "This material contains content from LOINC (http://loinc.org), copyright Regenstrief Institute, Inc."


class Code(NamedTuple):
    """A code in its system, and what it is called."""

    system: str
    code: str
    display: str = ""


_OURS = (WishTopic.HOSPITAL, WishTopic.PLACE_OF_CARE, WishTopic.PLACE_OF_DEATH)
TOPICS: Mapping[WishTopic, Code] = {
    WishTopic.CPR: Code(LOINC, "100822-6"),
    WishTopic.TREATMENT: Code(LOINC, "100823-4"),
    WishTopic.NUTRITION: Code(LOINC, "100825-9"),
    **{
        one: Code(TOPICS_OF_OURS, one.value)
        for one in (WishTopic.HOSPITAL, WishTopic.PLACE_OF_CARE, WishTopic.PLACE_OF_DEATH)
    },
}
"""The questions of portable medical orders; of the others we could confirm no code."""
_ANSWERS = {
    Choice.ATTEMPT_CPR: "LA33470-8",
    Choice.NO_CPR: "LA33471-6",
    Choice.FULL_TREATMENT: "LA33473-2",
    Choice.SELECTIVE_TREATMENT: "LA33474-0",
    Choice.COMFORT_ONLY: "LA33475-7",
}
CHOICES: Mapping[Choice, Code] = {
    one: Code(LOINC, _ANSWERS[one]) if one in _ANSWERS else Code(CHOICES_OF_OURS, one.value) for one in Choice
}
KINDS: Mapping[DocumentKind, Code] = {
    DocumentKind.PORTABLE_ORDER: Code(LOINC, "93037-0"),
    DocumentKind.DNR_ORDER: Code(LOINC, "81351-9"),
    DocumentKind.LIVING_WILL: Code(LOINC, "92664-2"),
    DocumentKind.POWER_OF_ATTORNEY: Code(LOINC, "64298-3"),
    DocumentKind.POWER_OF_ATTORNEY_AND_WILL: Code(LOINC, "92664-2"),
    DocumentKind.PERSONAL_PLAN: Code(LOINC, "81334-5"),
    DocumentKind.OTHER_DIRECTIVE: Code(LOINC, "42348-3"),
}
DOC_STATUS: Mapping[DocumentStatus, str] = {
    DocumentStatus.PRELIMINARY: "preliminary",
    DocumentStatus.FINAL: "final",
    DocumentStatus.AMENDED: "amended",
}
