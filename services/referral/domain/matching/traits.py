"""What identifies a person, in one form: made once per statement, kept for search, compared with others'."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from carebus import folding
from carebus.contracts.people import Payer, PayerKind, Person
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
        number = folding.number(payer.member_id) if payer else ""
        is_mbi = payer is not None and payer.kind in _MEDICARE and folding.is_mbi(number)
        at = person.address
        return cls(
            given=folding.given_name(person.given_name),
            family=folding.name(person.family_name),
            suffix=folding.suffix(person.suffix, person.family_name, person.given_name),
            born=f"{person.birth_date:%Y%m%d}",
            phone=folding.phone(person.phone),
            email=folding.email(person.email),
            street=folding.street(at.street),
            postal_code=folding.postal_code(at.postal_code),
            city=" ".join(folding.words(at.city)),
            member="" if is_mbi else number,
            plan=" ".join(folding.words(payer.name)) if payer else "",
            mbi=number if is_mbi else "",
            former="/".join(sorted({known for stated in person.former_names if (known := folding.name(stated))})),
            deceased=died_on is not None,
        )
