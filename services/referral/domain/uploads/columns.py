"""The columns of a plan's list: what each is for, how it is read, and by which names it is known."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from carebus.errors import CarebusError
from services.referral.domain.uploads import values as v
from services.referral.domain.uploads.cells import cleaned

Reads = Callable[[str], Any]


class HeaderUnreadable(CarebusError):
    """One of the first rows must name the columns; {what}. The template has all of them."""

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
    Column("referral_status", "withdrawn", v.withdrawn, "status orderstatus requeststatus",
           "withdrawn, cancelled or entered in error takes back the referral with your number; empty otherwise."),
    Column("member_id", "payer.member_id", v.number,
           "memberid membernumber memberno subscriberid medicaidid cardid insuranceid id mbi medicareid",
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
           "mobile mobilephone cell cellphone phone phonenumber primaryphone telephone tel homephone",
           "The person's; a mobile phone before one at home."),
    Column("email", "patient.email", v.text, "emailaddress mail", "The person's."),
    Column("street", "patient.address.street", v.text, "address address1 addressline1 streetaddress addr1"),
    Column("city", "patient.address.city", v.text, "town cityname"),
    Column("state", "patient.address.state", v.text, "statecode province st", "Two letters or the name."),
    Column("postal_code", "patient.address.postal_code", v.number, "zip zipcode postalcode zip5"),
    Column("language", "patient.language", v.language, "preferredlanguage primarylanguage lang",
           "A name or a tag: Spanish or es."),
    Column("time_zone", "patient.time_zone", v.text, "timezone tz", "America/Chicago; else that of the state."),
    Column("diagnosis_codes", "diagnoses", v.diagnoses,
           "dxcode dxcodes icd10 icd10code icd10codes icd diagnosiscode diagnosiscodes dx primarydx secondarydx"
           " diagnosis diagnoses primarydiagnosis principaldiagnosis secondarydiagnosis",
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
           "referringprovider referringprovidername referrername casemanager caremanager pcp pcpname",
           "Whom we may ask; who refers before the PCP."),
    Column("referrer_npi", "referrer.npi", v.number, "referringnpi referringprovidernpi npi providernpi pcpnpi",
           "That person's."),
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

NEEDED = {
    "given_name": "the first name",
    "family_name": "the last name",
    "birth_date": "the date of birth",
    "diagnosis_codes": "a diagnosis code such as I50.22",
}
"""What no row may leave out, in words."""

MOST_COLUMNS = 1000
"""So many columns a list may have, used or not."""
_PREFIXES = ("member", "patient", "mbr", "pt", "enrollee", "beneficiary", "subscriber")
_DX = re.compile(r"(dx|diagnosis|diagnosiscode|dxcode|icd10|icd10code|icd)\d{1,2}")
_IN_WORDS = re.compile(r"(primary|principal|secondary)?diagnos[ie]s\d{0,2}")
"""Columns of diagnoses that hold words in some files and codes in others."""
_ONLY_PLAIN = "referral_status"
"""The state of a member is not that of a referral."""
_LONGEST_HEADING = 60


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

    def places(self) -> dict[str, tuple[int, ...]]:
        """Where each column stands; of several of one kind the one that counts most comes first."""
        return _places(self)


BY_NAME = {column.name: column for column in COLUMNS}
_KNOWN = {known: each.name for each in COLUMNS for known in (each.name.replace("_", ""), *each.also.split())}
_RANK = {
    known: n
    for each in COLUMNS
    for n, known in reversed([*enumerate((*each.also.split(), each.name.replace("_", "")))])
}
"""Which of several columns of one kind counts: the names that others give it are written in that order."""


def columns_of(header: Sequence[str]) -> Columns:
    """Which column stands where. Raises HeaderUnreadable."""
    if len(header) > MOST_COLUMNS:
        raise HeaderUnreadable(what=f"it has more than {MOST_COLUMNS:,} columns")
    said = [cleaned(each)[0] for each in header]
    names = [_name(each) for each in said]
    _refuse_twice(said, names)
    missing = [each.name for each in COLUMNS if each.needed and each.name not in names]
    if missing:
        raise HeaderUnreadable(what=f"there is none for {', '.join(missing)}")
    return Columns(tuple(each[:_LONGEST_HEADING] for each in said), tuple(names))


def known_in(cells: Sequence[str]) -> int:
    """How many of these cells name a column: what tells a header from a title."""
    return len({name for name in map(_name, cells[:MOST_COLUMNS]) if name})


def _refuse_twice(said: Sequence[str], names: Sequence[str | None]) -> None:
    """Two columns of one name: nobody can know which counts; of diagnoses all do."""
    first: dict[str, int] = {}
    for n, (heading, name) in enumerate(zip(said, names, strict=True)):
        before = first.setdefault(_plain(heading), n)
        if name and name != "diagnosis_codes" and before != n:
            both = f"“{said[before]}” (column {before + 1}) and “{heading}” (column {n + 1})"
            raise HeaderUnreadable(what=f"{both} have one name: say which counts by renaming the other")


@lru_cache(maxsize=64)
def _places(columns: Columns) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for n, name in enumerate(columns.read):
        if name:
            found.setdefault(name, []).append(n)
    return {name: tuple(sorted(at, key=lambda n: _rank(columns.header[n]))) for name, at in found.items()}


def is_in_words(heading: str) -> bool:
    """Whether a column of diagnoses may hold words, where another one holds the codes."""
    return bool(_IN_WORDS.fullmatch(_bare(_plain(heading))))


def _rank(heading: str) -> int:
    return _RANK.get(_bare(_plain(heading)), 0)


def _plain(said: str) -> str:
    return re.sub(r"[^a-z0-9]", "", said.lower())


def _bare(plain: str) -> str:
    """A heading without whom it is about, where that makes it one that is known."""
    without = (plain.removeprefix(prefix) for prefix in _PREFIXES if plain.startswith(prefix))
    return (
        plain if plain in _KNOWN else next((rest for rest in without if rest in _KNOWN or _DX.fullmatch(rest)), plain)
    )


def _name(said: str) -> str | None:
    plain = _plain(said)
    rest = _bare(plain)
    if _DX.fullmatch(rest):
        return "diagnosis_codes"
    name = _KNOWN.get(rest)
    return None if name == _ONLY_PLAIN and rest != plain else name
