"""Who a notification is about, from its Patient."""

from datetime import datetime

from carebus.contracts.referral import HospitalNumber
from carebus.web.fhir.nodes import Node, first
from services.line.channels.fhir.stated import code_of, day_at
from services.line.domain.hospital.notice import MOST_KEPT, StatedPerson
from services.line.settings import Hospital

_MEMBER = {"MB", "MA", "MC", "HC", "SN"}
_NOT_OURS = {"SS", "DL", "PPN", "AN", "VN"}


def person_of(patient: Node, hospital: Hospital, now: datetime) -> StatedPerson:
    """Everything by which a person may be known."""
    names, home = patient.each("name")[:MOST_KEPT], first(patient.each("address"))
    identifiers = patient.each("identifier")[:MOST_KEPT]
    phones = [one for one in patient.each("telecom")[:MOST_KEPT] if one.at("system").text in {"phone", "sms"}]
    return StatedPerson(
        hospital_numbers=tuple(found for one in identifiers for found in _numbers(one, hospital)),
        names=tuple((one.at("family").text[:200], _joined(one, "given")[:200]) for one in names),
        suffix=_joined(first(names), "suffix")[:40],
        birth_date=day_at(patient.at("birthDate"), now),
        sex=patient.at("gender").text[:20],
        phones=tuple(number for one in phones if (number := one.at("value").text[:40])),
        street=_joined(home, "line")[:200],
        postal_code=home.at("postalCode").text[:20],
        member_numbers=tuple(one.at("value").text[:60] for one in identifiers if code_of(one.at("type")) in _MEMBER),
    )


def _numbers(identifier: Node, hospital: Hospital) -> list[HospitalNumber]:
    number, system = identifier.at("value").text[:60], identifier.at("system").text
    if not number or code_of(identifier.at("type")) in _MEMBER | _NOT_OURS:
        return []
    own = (hospital.name, hospital.facility, *hospital.assigners)
    named = [system, *own] if not system or system in hospital.assigners else [system]
    return [HospitalNumber(assigner=name, number=number) for name in dict.fromkeys(filter(None, named))]


def _joined(node: Node, name: str) -> str:
    return " ".join(one.text for one in node.each(name) if one.text)
