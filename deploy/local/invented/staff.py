"""Invents the clinic's staff: enough of every profession for the whole sample and some more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carebus.contracts.people import Role
from deploy.local.invented.chance import known_id


@dataclass(frozen=True, slots=True)
class Clinician:
    """One member of the staff, and how many patients they look after at most."""

    clinician_id: UUID
    name: str
    role: Role
    capacity: int
    town: str
    languages: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        """The body of `POST /api/roster`."""
        return {
            "clinician_id": str(self.clinician_id),
            "name": self.name,
            "role": self.role.value,
            "capacity": self.capacity,
            "licences": [{"state": "MA"}],
            "languages": list(self.languages),
            "area": {"town": self.town, "state": "MA"},
        }


STAFF: dict[Role, tuple[int, tuple[str, ...]]] = {
    Role.DOCTOR: (50, ("Dr. Amara Osei", "Dr. Helen Brandt", "Dr. Rafael Pinto", "Dr. Sunita Rao")),
    Role.ADVANCED_PRACTICE_PROVIDER: (
        40,
        ("Colleen Hart, NP", "Diego Fuentes, PA-C", "Grace Kim, NP", "Leila Haddad, NP", "Owen Burke, PA-C"),
    ),
    Role.NURSE: (
        25,
        (
            "Anita Joseph, RN",
            "Brendan Foley, RN",
            "Carmen Ortiz, RN",
            "Denise Wallace, RN",
            "Hoang Tran, RN",
            "Keisha Grant, RN",
            "Maureen Daly, RN",
            "Paulo Teixeira, RN",
        ),
    ),
    Role.SOCIAL_WORKER: (
        40,
        ("Elise Moreau, LICSW", "Jamal Edwards, LICSW", "Naomi Feld, LICSW", "Teresa Vaz, LCSW", "Will Archer, LICSW"),
    ),
}
"""How many patients each of a profession can look after, and who they are: room for 200 patients."""


TOWNS = ("Springfield", "Worcester", "Boston", "Lowell", "Brockton", "Pittsfield", "Fall River", "Barnstable")
"""Where they set out from: the sample's patients live all over Massachusetts."""
LANGUAGES = (("en",), ("en", "es"), ("en", "pt"))


def roster(seed: int) -> list[Clinician]:
    """The staff, the same people with the same ids in every run of the same seed."""
    return [
        Clinician(known_id(seed, "clinician", name), name, role, capacity, TOWNS[n % len(TOWNS)], LANGUAGES[n % 3])
        for role, (capacity, names) in STAFF.items()
        for n, name in enumerate(names)
    ]
