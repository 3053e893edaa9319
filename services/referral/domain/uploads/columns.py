"""The columns of a plan's list: what each is for, how it is read, and by which names it is known."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from carebus.errors import CarebusError
from services.referral.domain.uploads import values as v

Reads = Callable[[str], Any]


class HeaderUnreadable(CarebusError):
    """The first row must name the columns; {what}. The template has all of them."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the template, the field of a referral it fills, and the names others give it."""

    name: str
    field: str
    reads: Reads = v.text
    also: str = ""
    about: str = ""
    needed: bool = False


PEOPLE = (
    Column("reference", "placer_id", v.number, "referralid referralnumber casenumber caseid ordernumber",
           "Your own number for this referral, told back in the result."),
    Column("member_id", "payer.member_id", v.number,
           "memberid membernumber memberno subscriberid mbi medicareid medicaidid cardid insuranceid id",
           "The member's number with the plan."),
    Column("given_name", "patient.given_name", v.text, "firstname first fname givenname forename firstnm",
           "Needed.", needed=True),
    Column("family_name", "patient.family_name", v.text, "lastname last lname familyname surname lastnm",
           "Needed.", needed=True),
    Column("suffix", "patient.suffix", v.text, "namesuffix generation", "Jr., Sr., III."),
    Column("birth_date", "patient.birth_date", v.day, "dob dateofbirth birthdate birthday birthdt",
           "Needed: 1941-05-06 or 5/6/1941.", needed=True),
    Column("sex", "patient.sex", v.sex, "gender administrativegender gendercode sexcode",
           "female, male, other or unknown."),
    Column("phone", "patient.phone", v.number,
           "phonenumber telephone homephone mobile cell cellphone primaryphone tel", "The person's."),
    Column("email", "patient.email", v.text, "emailaddress mail", "The person's."),
    Column("street", "patient.address.street", v.text, "address address1 addressline1 streetaddress addr1"),
    Column("city", "patient.address.city", v.text, "town cityname"),
    Column("state", "patient.address.state", v.text, "statecode province st", "Two letters or the name."),
    Column("postal_code", "patient.address.postal_code", v.postal_code, "zip zipcode postalcode zip5"),
    Column("language", "patient.language", v.language, "preferredlanguage primarylanguage lang",
           "A name or a tag: Spanish or es."),
    Column("time_zone", "patient.time_zone", v.text, "timezone tz", "America/Chicago; else that of the state."),
    Column("diagnosis_codes", "diagnoses", v.diagnoses,
           "diagnosis diagnoses dx dxcode dxcodes icd10 icd10code icd10codes icd diagnosiscode diagnosiscodes"
           " primarydiagnosis primarydx principaldiagnosis secondarydiagnosis secondarydx",
           "Needed: I50.22; J44.9. Further columns such as dx2 are read too.", needed=True),
    Column("priority", "priority", v.priority, "urgency prioritylevel", "routine or urgent; routine if empty."),
    Column("payer_name", "payer.name", v.text, "planname plan healthplan payer insurance insurancename",
           "The plan's name, if not the one of the upload."),
    Column("plan_id", "payer.plan_id", v.number, "productid planproductid contractpbp",
           "The id of the plan's product, where it has rules of its own."),
    Column("payer_kind", "payer.kind", v.payer, "lineofbusiness lob payertype plantype producttype",
           "medicare, medicaid, dual, commercial or none, if not the one of the upload."),
    Column("on_hospice", "on_hospice", v.yes_or_no, "hospice hospiceflag inhospice", "yes or no."),
    Column("died_on", "died_on", v.day, "dateofdeath deathdate dod deceaseddate", "If the person has died."),
    Column("contact_name", "contact.full_name", v.text, "caregivername caregiver emergencycontact contact nextofkin",
           "A loved one."),
    Column("contact_relationship", "contact.relationship", v.text,
           "relationship caregiverrelationship relation contactrelation", "daughter, husband, friend."),
    Column("contact_phone", "contact.phone", v.number, "caregiverphone emergencycontactphone"),
    Column("contact_email", "contact.email", v.text, "caregiveremail"),
    Column("contact_consented", "contact.consented", v.yes_or_no, "consent consented contactconsent",
           "yes only if the person has agreed that this loved one is told."),
    Column("pcp_or_case_manager", "referrer.name", v.text,
           "referrername casemanager caremanager pcp pcpname referringprovider", "Whom we may ask."),
    Column("referrer_npi", "referrer.npi", v.number, "npi pcpnpi providernpi", "That person's."),
    Column("note", "referral_note", v.text, "notes comment comments reason reasonforreferral", "In words."),
)  # fmt: skip
"""The columns of who and what; after them come those of stage and function."""

FACTS = tuple(
    Column(name, f"clinical.{name}", v.text, also, "Stage, function or hospital use, if it is known.")
    for name, also in {
        "nyha_class": "nyha",
        "ejection_fraction": "ef lvef",
        "heart_failure_admission": "chfadmission hfadmission",
        "oxygen_litres": "oxygenliters o2liters",
        "oxygen_hours": "o2hours",
        "fev1": "fev1percent",
        "cancer_stage": "tumorstage",
        "akps": "",
        "kps": "karnofsky",
        "albumin": "",
        "inr": "",
        "meld": "meldscore",
        "hospital_stays_12m": "inpatientadmits inpatientstays admissions12m ipadmits",
        "ed_visits_12m": "edvisits ervisits edvisits12m",
    }.items()
)
COLUMNS = (*PEOPLE, *FACTS)
"""Every column that is read, in the order of the template."""

MOST_COLUMNS = 1000
"""So many columns a list may have, used or not."""
_PREFIXES = ("member", "patient", "mbr", "pt", "enrollee", "beneficiary", "subscriber")
_DX = re.compile(r"(dx|diagnosis|diagnosiscode|dxcode|icd10|icd10code|icd)\d{1,2}")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file: for each place the column read there, or none; and the header as it was written."""

    header: tuple[str, ...]
    read: tuple[str | None, ...]

    @property
    def unread(self) -> list[str]:
        """The headings of what is not used."""
        return [said for said, name in zip(self.header, self.read, strict=True) if name is None]

    def heading(self, name: str) -> str:
        """What the file calls a column; its name in the template if the file has none."""
        return next((said for said, read in zip(self.header, self.read, strict=True) if read == name), name)


BY_NAME = {column.name: column for column in COLUMNS}
_KNOWN = {known: each.name for each in COLUMNS for known in (each.name.replace("_", ""), *each.also.split())}


def columns_of(header: Sequence[str]) -> Columns:
    """Which column stands where. Raises HeaderUnreadable."""
    if len(header) > MOST_COLUMNS:
        raise HeaderUnreadable(what=f"it has more than {MOST_COLUMNS:,} columns")
    names = [_name(said) for said in header]
    twice = {name for name, times in Counter(names).items() if name and times > 1 and name != "diagnosis_codes"}
    if twice:
        raise HeaderUnreadable(what=f"two of them are read as {', '.join(sorted(twice))}")
    missing = [each.name for each in COLUMNS if each.needed and each.name not in names]
    if missing:
        raise HeaderUnreadable(what=f"there is none for {', '.join(missing)}")
    return Columns(tuple(said.strip()[:60] for said in header), tuple(names))


def _name(said: str) -> str | None:
    plain = re.sub(r"[^a-z0-9]", "", said.lower())
    for prefix in ("", *_PREFIXES):
        rest = plain.removeprefix(prefix) if prefix and plain.startswith(prefix) else plain
        if rest in _KNOWN:
            return _KNOWN[rest]
        if _DX.fullmatch(rest):
            return "diagnosis_codes"
    return None
