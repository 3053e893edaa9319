"""What resources are made of: references, codes, narrative, a patient, and a bundle in which each is once. Pure."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carebus.contracts.people import Person

Json = dict[str, Any]
URIS = "urn:ietf:rfc:3986"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no place for, and so no narrative."""


GENDERS: Mapping[str, str] = {"female": "female", "male": "male", "other": "other"}
"""Administrative gender; whatever else a referrer states is not known to FHIR."""


class Resources:
    """Resources of one bundle by their ids, in the order in which they were first named."""

    def __init__(self) -> None:
        self._found: dict[UUID, Json] = {}

    def add(self, resource_id: UUID, resource: Json) -> Json:
        """Put it in, unless it is there; gives the reference to it."""
        kind = resource["resourceType"]
        self._found.setdefault(resource_id, {"resourceType": kind, "id": str(resource_id), **resource})
        return {"reference": urn(resource_id)}

    def entries(self) -> Iterator[Json]:
        """All of them as a bundle has them."""
        for resource_id, resource in self._found.items():
            yield {"fullUrl": urn(resource_id), "resource": resource}


def patient(resources: Resources, patient_id: UUID, person: Person) -> Json:
    """Who it is about: name, date of birth, gender."""
    name = {"use": "official", "family": person.family_name, "given": [person.given_name]}
    return resources.add(
        patient_id,
        clean(
            {
                "resourceType": "Patient",
                "name": [name | ({"suffix": [person.suffix]} if person.suffix else {})],
                "birthDate": person.birth_date.isoformat(),
                "gender": GENDERS.get((person.sex or "").lower()),
            }
        ),
    )


def bundle(kind: str, bundle_id: UUID, entries: Sequence[Json], made_at: datetime) -> Json:
    """A bundle, which is known by its id wherever it goes."""
    return {
        "resourceType": "Bundle",
        "id": str(bundle_id),
        "identifier": {"system": URIS, "value": urn(bundle_id)},
        "type": kind,
        "timestamp": instant(made_at),
        "entry": list(entries),
    }


def urn(resource_id: UUID) -> str:
    """The address of a resource inside its bundle."""
    return f"urn:uuid:{resource_id}"


def instant(at: datetime) -> str:
    """A moment, to the second."""
    return at.isoformat(timespec="seconds")


def concept(system: str, code: str, display: str = "", *, text: str = "") -> Json:
    """A CodeableConcept of one coding."""
    return coded([(system, code, display)], text=text)


def coded(codings: Sequence[tuple[str, str, str]], *, text: str = "") -> Json:
    """A CodeableConcept of several codings."""
    found = [
        {"system": system, "code": code} | ({"display": display} if display else {})
        for system, code, display in codings
    ]
    return {"coding": found} | ({"text": text} if text else {})


def narrative(lines: Sequence[str]) -> Json:
    """Words for people; whatever they hold, they are words."""
    told = "".join(f"<p>{html.escape(_NOT_XML.sub('', line))}</p>" for line in lines if line.strip())
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{told or "<p>–</p>"}</div>'
    return {"status": "generated", "div": div}


def clean(resource: Json) -> Json:
    """Without elements that hold nothing, which FHIR forbids."""
    return {name: value for name, value in resource.items() if value not in (None, "", [], {}, ())}
