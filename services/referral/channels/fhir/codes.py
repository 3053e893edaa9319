"""The code systems, extensions and codes that FHIR Bundles and referrals are translated by."""

from carebus.contracts.people import PayerKind, ReferrerKind
from carebus.reasoning.codes import ICD_10_CM, SNOMED_CT

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

SYSTEM_NAMES = {
    "urn:oid:2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.4.6": NPI,
    "2.16.840.1.113883.4.6": NPI,
}
"""Other names of code systems: HL7 v2 and CDA know them by OID."""
VERSIONED = (SNOMED, "http://hl7.org/fhir/sid/icd-10-cm", LOINC)
"""Systems whose address may be followed by an edition and version, as SNOMED CT's is."""


def system_url(system: str) -> str:
    """The one address of a code system, whatever it was called by; a version is no part of it."""
    name = system.partition("|")[0]
    name = SYSTEM_NAMES.get(name, name)
    return next((known for known in VERSIONED if name == known or name.startswith(known + "/")), name)


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

FORMER = {"maiden", "old"}
"""Uses of a name by which somebody was known once."""

PALLIATIVE = {
    "103735009": "Palliative care",
    "105402000": "Visit of patient by palliative care service",
    "305284002": "Admission by palliative care physician",
    "306205009": "Referral to hospice",
    "306237005": "Referral to palliative care service",
    "306288008": "Referral to palliative care physician",
    "385763009": "Hospice care",
    "385783004": "Hospice care management",
    "1841000124106": "Palliative care education",
    "3457005": "Patient referral",
    "306206005": "Referral to service",
    "308292007": "Transfer of care",
    "60568005": "Home care",
    "370863005": "Home nursing",
}
"""SNOMED CT: what an order for palliative care at home may be coded as, also in general words."""
NOT_A_REFERRAL = {
    (SNOMED, "304253006"): "Not for resuscitation",
    (SNOMED, "304252001"): "For resuscitation",
    (SNOMED, "450475007"): "For attempted cardiopulmonary resuscitation",
    (SNOMED, "450476008"): "Not for attempted cardiopulmonary resuscitation",
    (SNOMED, "89666000"): "Cardiopulmonary resuscitation",
    (LOINC, "84095-9"): "Do not resuscitate, do not intubate order",
    (LOINC, "78823-2"): "Life sustaining treatment order",
    (LOINC, "81351-9"): "Initial portable medical order for life-sustaining treatment",
    (LOINC, "100822-6"): "Cardiopulmonary resuscitation orders",
}
"""Orders that concern somebody in serious illness and ask for no care team: wishes about resuscitation."""
STANDARD = {SNOMED, LOINC, "http://www.ama-assn.org/go/cpt"}
"""Systems in which a service has a code of its own: another one was meant when it is none of ours."""
