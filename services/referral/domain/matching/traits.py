"""What identifies a person, in one form: made once per statement, kept for search, compared with others'."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from carebus.contracts.people import Payer, PayerKind, Person
from services.referral.domain.matching import normal
from services.referral.domain.referring.requests import PayerStated, PersonStated

_MEDICARE = {PayerKind.MEDICARE, PayerKind.DUAL}


@dataclass(frozen=True, slots=True)
class Traits:
    """One statement about a person, normalised; an empty text is unknown. Sex is left out: it tells nobody apart.

    `born` is eight digits, year first.  `member` is a plan's number, `plan` its name; `mbi` is Medicare's own number.
    `former` is the family names borne before, with a stroke between two.
    """

    given: str = ""
    family: str = ""
    suffix: str = ""
    born: str = ""
    phone: str = ""
    email: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    member: str = ""
    plan: str = ""
    mbi: str = ""
    former: str = ""
    deceased: bool = False

    @classmethod
    def of(
        cls, person: Person | PersonStated, payer: Payer | PayerStated | None = None, died_on: date | None = None
    ) -> Self:
        """The traits that a referral states."""
        number = normal.number(payer.member_id) if payer else ""
        is_mbi = payer is not None and payer.kind in _MEDICARE and normal.is_mbi(number)
        at = person.address
        return cls(
            given=normal.given_name(person.given_name),
            family=normal.name(person.family_name),
            suffix=normal.suffix(person.suffix, person.family_name, person.given_name),
            born=f"{person.birth_date:%Y%m%d}",
            phone=normal.phone(person.phone),
            email=normal.email(person.email),
            street=normal.street(at.street),
            postal_code=normal.postal_code(at.postal_code),
            city=" ".join(normal.words(at.city)),
            member="" if is_mbi else number,
            plan=" ".join(normal.words(payer.name)) if payer else "",
            mbi=number if is_mbi else "",
            former="/".join(sorted({known for stated in person.former_names if (known := normal.name(stated))})),
            deceased=died_on is not None,
        )
