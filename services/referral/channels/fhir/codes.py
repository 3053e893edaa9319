"""The code systems, extensions and codes that FHIR Bundles and referrals are translated by."""

from carebus.contracts.people import PayerKind, ReferrerKind
from services.referral.domain.referring.conditions import ICD_10_CM, SNOMED_CT

IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
PLACER, FILLER, MEMBER, NPI_TYPE = "PLAC", "FILL", "MB", "NPI"
NPI = "http://hl7.org/fhir/sid/us-npi"
MESSAGE_EVENTS = "http://terminology.hl7.org/CodeSystem/v2-0003"
REFERRAL_EVENT = ("I12", "REF/RRI - Patient referral")
TASK_CODES = "http://hl7.org/fhir/CodeSystem/task-code"
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
LANGUAGES = "urn:ietf:bcp:47"
TIME_ZONE = "http://hl7.org/fhir/StructureDefinition/timezone"

OURS = "urn:carebus:referral"
"""The system of a referral's own id, which is its filler number."""
REFERENCE = "urn:carebus:reference"
"""The system of the number that people read out over the telephone."""

SYSTEM_URLS = {SNOMED_CT: SNOMED, ICD_10_CM: "http://hl7.org/fhir/sid/icd-10-cm"}
TEXT_ONLY = ("text", "none")
"""System and code of a diagnosis that came in words only: no rule can read it."""
UNREADABLE = "other"
"""The code of a diagnosis whose own code is none that could be kept; it stands in the words then."""

HOSPICE = "45755-6"
"""LOINC: whether hospice care is given now, as CMS's measures ask for it."""
YES, NO = "373066001", "373067005"

ORGANIZATION_TYPES = "http://terminology.hl7.org/CodeSystem/organization-type"
REFERRERS = {
    "prov": ReferrerKind.PROVIDER,
    "dept": ReferrerKind.PROVIDER,
    "team": ReferrerKind.PROVIDER,
    "ins": ReferrerKind.HEALTH_PLAN,
    "pay": ReferrerKind.HEALTH_PLAN,
}
REFERRER_CODES = {ReferrerKind.PROVIDER: ("prov", "Healthcare Provider"), ReferrerKind.HEALTH_PLAN: ("pay", "Payer")}

SOURCES_OF_PAYMENT = "https://nahdo.org/sopt"
PAYERS = {
    "1": PayerKind.MEDICARE,
    "2": PayerKind.MEDICAID,
    "14": PayerKind.DUAL,
    "5": PayerKind.COMMERCIAL,
    "6": PayerKind.COMMERCIAL,
    "7": PayerKind.COMMERCIAL,
    "8": PayerKind.NONE,
}
"""The source of payment typology: a longer code is a kind of the shorter one that it begins with."""
PAYER_CODES = {
    PayerKind.MEDICARE: ("1", "MEDICARE"),
    PayerKind.MEDICAID: ("2", "MEDICAID"),
    PayerKind.DUAL: ("14", "Dual Eligibility Medicare/Medicaid Organization"),
    PayerKind.COMMERCIAL: ("5", "PRIVATE HEALTH INSURANCE"),
    PayerKind.NONE: ("81", "Self-pay"),
}

URGENT = {"urgent", "asap", "stat"}
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
RELATIONSHIPS = {
    "WIFE": "wife",
    "HUSB": "husband",
    "SPS": "partner",
    "DOMPART": "partner",
    "DAUC": "daughter",
    "DAU": "daughter",
    "SONC": "son",
    "SON": "son",
    "CHILD": "child",
    "SIS": "sister",
    "BRO": "brother",
    "MTH": "mother",
    "FTH": "father",
    "PRN": "parent",
    "GRNDDAU": "granddaughter",
    "GRNDSON": "grandson",
    "NIECE": "niece",
    "NEPH": "nephew",
    "FRND": "friend",
    "NBOR": "neighbor",
    "GUARD": "guardian",
}
