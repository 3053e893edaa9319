"""Which organization a referrer speaks for: the name as typed, freed of what people type differently."""

import re
import unicodedata
from http import HTTPStatus
from uuid import UUID, uuid5

from carebus.errors import CarebusError

_ROOT = UUID("5b6f0e0a-2f43-4c0e-9f0c-6f2a8f4c7d11")
_APART = re.compile(r"[^\w]+")
_FORMS = frozenset({"inc", "llc", "llp", "pllc", "pc", "pa", "corp", "co", "ltd", "the"})
"""What a name is written with as well as without."""


class OrganizationUnknown(CarebusError):
    """There is no organization with this id."""

    status = HTTPStatus.NOT_FOUND


def name_key(name: str) -> str:
    """The same for all ways of writing a name that differ in case, accents, punctuation or legal form."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", name.replace("&", " and ")) if not unicodedata.combining(c)
    )
    words = _APART.sub(" ", plain.casefold().replace("'", "").replace("’", "")).split()
    return " ".join([word for word in words if word not in _FORMS] or words)


def organization_of(name: str) -> UUID | None:
    """The id of the organization of this name, until somebody says that two names are one; None for no name."""
    key = name_key(name)
    return uuid5(_ROOT, key) if key else None
