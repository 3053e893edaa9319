"""By what a person is known, folded so that case, accents, punctuation and habits of writing tell nobody apart."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from carebus import folding
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.contracts.referral import HospitalNumber, PatientIdentityStated
from services.line.domain.hospital.notice import StatedPerson


class Keys(Value):
    """What is compared. Everything may be missing; of names, phones and numbers each one counts."""

    families: tuple[Annotated[str, Phi.NAME], ...] = ()
    givens: tuple[Annotated[str, Phi.NAME], ...] = ()
    suffix: Annotated[str, Phi.NAME] = ""
    birth_date: Annotated[date | None, Phi.DATE] = None
    sex: str = ""
    phones: tuple[Annotated[str, Phi.PHONE], ...] = ()
    street: Annotated[str, Phi.PLACE] = ""
    postal_code: Annotated[str, Phi.PLACE] = ""
    member_numbers: tuple[Annotated[str, Phi.NUMBER], ...] = ()
    hospital_numbers: tuple[Annotated[str, Phi.NUMBER], ...] = ()


def keys_of_message(person: StatedPerson) -> Keys:
    """The keys of whom a hospital speaks of."""
    family, given = person.names[0] if person.names else ("", "")
    return Keys(
        families=_each(folding.name(one) for one, _ in person.names),
        givens=_each(folding.given_name(one) for _, one in person.names),
        suffix=folding.suffix(person.suffix, family, given),
        birth_date=person.birth_date,
        sex=_sex(person.sex),
        phones=_each(map(folding.phone, person.phones)),
        street=folding.street(person.street),
        postal_code=folding.postal_code(person.postal_code),
        member_numbers=_each(map(folding.number, person.member_numbers)),
        hospital_numbers=numbers_of(person.hospital_numbers),
    )


def keys_of_patient(event: PatientIdentityStated) -> Keys:
    """The keys of somebody we know."""
    person = event.person
    return Keys(
        families=_each(map(folding.name, (person.family_name, *person.former_names))),
        givens=_each([folding.given_name(person.given_name)]),
        suffix=folding.suffix(person.suffix, person.family_name, person.given_name),
        birth_date=person.birth_date,
        sex=_sex(person.sex or ""),
        phones=_each(map(folding.phone, (person.phone or "", *event.phones))),
        street=folding.street(person.address.street),
        postal_code=folding.postal_code(person.address.postal_code),
        member_numbers=_each(map(folding.number, event.member_numbers)),
        hospital_numbers=numbers_of(event.hospital_numbers),
    )


def numbers_of(numbers: tuple[HospitalNumber, ...]) -> tuple[str, ...]:
    """Hospital numbers as they are kept: with whoever gave them out, as one hospital's say nothing at another."""
    return _each(
        f"{' '.join(folding.words(one.assigner))}|{kept}" if (kept := folding.hospital_number(one.number)) else ""
        for one in numbers
    )


def _sex(stated: str) -> str:
    """What tells apart: what is not known or something else does not."""
    return {"m": "m", "male": "m", "f": "f", "female": "f"}.get(stated.strip().casefold(), "")


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in texts if one))
