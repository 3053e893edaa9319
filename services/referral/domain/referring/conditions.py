"""Which codes name one of the five serious illnesses.

Only the codes that are used here are listed, never a whole value set: SNOMED CT is used under its affiliate licence
(free of charge in the United States through the UMLS), ICD-10-CM is in the public domain.
"""

import re
from collections.abc import Sequence

from carebus.contracts.people import Condition, Diagnosis
from carebus.reasoning.codes import ICD_10_CM, SNOMED_CT

ICD_SHAPE = re.compile(r"[A-TV-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?", re.IGNORECASE)
SNOMED_SHAPE = re.compile(r"[0-9]{6,18}")
"""What typed codes of either system look like."""

SYSTEMS = {
    "snomed-ct": SNOMED_CT,
    "snomed": SNOMED_CT,
    "sct": SNOMED_CT,
    "http://snomed.info/sct": SNOMED_CT,
    "icd-10-cm": ICD_10_CM,
    "icd10cm": ICD_10_CM,
    "http://hl7.org/fhir/sid/icd-10-cm": ICD_10_CM,
}
"""What senders call the two code systems, in lower case."""

SNOMED_CODES: dict[str, tuple[Condition, str]] = {
    "88805009": (Condition.HEART_FAILURE, "Chronic congestive heart failure"),
    "84114007": (Condition.HEART_FAILURE, "Heart failure"),
    "42343007": (Condition.HEART_FAILURE, "Congestive heart failure"),
    "185086009": (Condition.COPD, "Chronic obstructive bronchitis"),
    "87433001": (Condition.COPD, "Pulmonary emphysema"),
    "13645005": (Condition.COPD, "Chronic obstructive lung disease"),
    "254837009": (Condition.CANCER, "Malignant neoplasm of breast"),
    "363406005": (Condition.CANCER, "Malignant tumor of colon"),
    "93761005": (Condition.CANCER, "Primary malignant neoplasm of colon"),
    "109838007": (Condition.CANCER, "Overlapping malignant neoplasm of colon"),
    "94260004": (Condition.CANCER, "Secondary malignant neoplasm of colon"),
    "314994000": (Condition.CANCER, "Metastasis from malignant tumor of prostate"),
    "254637007": (Condition.CANCER, "Non-small cell lung cancer"),
    "424132000": (Condition.CANCER, "Non-small cell carcinoma of lung, TNM stage 1"),
    "254632001": (Condition.CANCER, "Small cell carcinoma of lung"),
    "67811000119102": (Condition.CANCER, "Primary small cell malignant neoplasm of lung, TNM stage 1"),
    "93143009": (Condition.CANCER, "Leukemia"),
    "109989006": (Condition.CANCER, "Multiple myeloma"),
    "363346000": (Condition.CANCER, "Malignant neoplastic disease"),
    "26929004": (Condition.DEMENTIA, "Alzheimer's disease"),
    "230265002": (Condition.DEMENTIA, "Familial Alzheimer's disease of early onset"),
    "52448006": (Condition.DEMENTIA, "Dementia"),
    "49049000": (Condition.PARKINSONS, "Parkinson's disease"),
}
"""Left out on purpose: carcinoma in situ of prostate (92691004, not invasive), ischaemic heart disease and aortic
stenosis (414545008, 60573004, no heart failure), acute respiratory failure (65710008, no COPD)."""

GENERAL_CODES: dict[Condition, str] = {
    Condition.HEART_FAILURE: "42343007",
    Condition.COPD: "13645005",
    Condition.CANCER: "363346000",
    Condition.DEMENTIA: "52448006",
    Condition.PARKINSONS: "49049000",
}
"""The SNOMED CT code that stands for an illness named without a code of its own, as on the form."""

ICD_PREFIXES: dict[str, tuple[Condition, str]] = {
    "I50": (Condition.HEART_FAILURE, "Heart failure"),
    "I110": (Condition.HEART_FAILURE, "Hypertensive heart disease with heart failure; coded before I50 in the US"),
    "I130": (Condition.HEART_FAILURE, "Hypertensive heart and kidney disease with heart failure, stages 1 to 4"),
    "I132": (Condition.HEART_FAILURE, "Hypertensive heart and kidney disease with heart failure, stage 5"),
    "J43": (Condition.COPD, "Emphysema"),
    "J44": (Condition.COPD, "Chronic obstructive pulmonary disease"),
    "C": (Condition.CANCER, "Malignant neoplasms, C00 to C96; the chapter's letter C holds nothing else"),
    "F01": (Condition.DEMENTIA, "Vascular dementia"),
    "F02": (Condition.DEMENTIA, "Dementia in other diseases classified elsewhere"),
    "F03": (Condition.DEMENTIA, "Unspecified dementia"),
    "G30": (Condition.DEMENTIA, "Alzheimer's disease"),
    "G310": (Condition.DEMENTIA, "Frontotemporal dementia"),
    "G3183": (Condition.DEMENTIA, "Neurocognitive disorder with Lewy bodies"),
    "G20": (Condition.PARKINSONS, "Parkinson's disease"),
}
"""Prefixes of ICD-10-CM codes, without dots. D codes (in situ, benign, uncertain) are left out on purpose."""

ICD_EXCEPT = ("C44",)
"""Other malignant neoplasms of skin, such as basal cell carcinoma: Charlson's index leaves them out as well."""


def system_of(name: str) -> str:
    """The code system by the name used here, or as it was written if it is none of the two."""
    return SYSTEMS.get(name.strip().lower(), name)


def condition_of(diagnosis: Diagnosis) -> Condition | None:
    """The serious illness that this code names, if it names one."""
    if diagnosis.system == SNOMED_CT:
        found = SNOMED_CODES.get(diagnosis.code)
        return found[0] if found else None
    if diagnosis.system == ICD_10_CM:
        return _by_prefix(diagnosis.code.replace(".", "").upper())
    return None


def conditions_in(diagnoses: Sequence[Diagnosis]) -> tuple[Condition, ...]:
    """The serious illnesses among these diagnoses, each once, in the order of the diagnoses."""
    return tuple(dict.fromkeys(found for each in diagnoses if (found := condition_of(each))))


def _by_prefix(code: str) -> Condition | None:
    if code.startswith(ICD_EXCEPT):
        return None
    return next((condition for prefix, (condition, _) in ICD_PREFIXES.items() if code.startswith(prefix)), None)
