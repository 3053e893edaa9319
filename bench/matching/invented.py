"""Invented people and their homes, for households: every value is made up by a seeded chance."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.referral.domain.matching import Traits

_GIVEN_NAMES = """
agnes alice anna beatrice carmen clara doris edith elena emma esther fay flora gloria grace hazel helga ida irene iris
joan judith laura lena lois lucy mabel marta mildred nadia nora olga opal paula pearl ruth selma sofia stella sylvia
thelma vera viola wanda arthur boris carl cesar clarence dmitri earl edgar ernest felix floyd george glen hans herman
hugo ivan jorge julius karl leon louis luis marvin milton nathan norman oscar otto pablo paul ralph ramon roy russell
sergei stanley tomas vernon victor wayne wesley marian marion donald ronald frances francis
"""
_FAMILY_NAMES = """
adams baker brown carter chen cohen davis diaz evans fischer flores garcia green gruber hall hansen hughes ivanov jensen
jones kaplan keller kim kowalski larsen lopez martin meyer miller moreno murphy nguyen novak olsen ortiz parker patel
perez quinn reyes rivera romano russo santos schmidt silva singh smith stone tanaka thomas torres turner varga wagner
walker weber white wilson wright young zimmer
"""
_SECOND_NAMES = "ann jo lee kay lynn beth sue ellen grace paul luis"
_STREETS = "elm st|oak ave|maple dr|cedar ln|pine st|lake rd|hill st|church st|mill rd|park ave|river rd|main st"

GIVEN, FAMILY = _GIVEN_NAMES.split(), _FAMILY_NAMES.split()
FIRST, SECOND = ("mary", "anna", "rose", "john", "juan", "maria"), _SECOND_NAMES.split()
FORMS = (("mary", "maria"), ("rose", "rosemary"))
"""Two sisters' names, of which one is also a form of the other."""
SHORT = (("william", "bill"), ("robert", "bob"), ("margaret", "peggy"), ("elizabeth", "betty"), ("richard", "dick"))
STREETS = _STREETS.split("|")
CITIES = ("akron", "dover", "salem", "bristol", "clinton", "franklin", "georgetown", "madison", "oxford", "milton")
ZIP_CODES_OF_A_CITY = 100
_FIRST_DAY, _DAYS = date(1922, 1, 1), 20_000
_PLANS = 5
_SLIPS = "aeiorstn"


class People:
    """Makes people, the same ones for the same seed."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)

    def person(self, **stated: Any) -> Traits:
        """Somebody with a home and a phone; no number that would settle everything."""
        city = self.chance.randrange(len(CITIES))
        made = Traits(
            given=self.chance.choice(GIVEN),
            family=self.chance.choice(FAMILY),
            born=f"{_FIRST_DAY + timedelta(days=self.chance.randrange(_DAYS)):%Y%m%d}",
            phone=f"{self.chance.randrange(2 * 10**9, 10**10)}",
            street=f"{self.chance.randrange(1, 3000)} {self.chance.choice(STREETS)}",
            postal_code=f"{10_000 + city * ZIP_CODES_OF_A_CITY + self.chance.randrange(ZIP_CODES_OF_A_CITY)}",
            city=CITIES[city],
        )
        return replace(made, **stated)

    def number(self) -> dict[str, str]:
        """A plan's number."""
        return {"member": f"{self.chance.randrange(10**8, 10**9)}", "plan": f"plan {self.chance.randrange(_PLANS)}"}

    def at_times(self) -> bool:
        """So in half of the cases."""
        return self.chance.random() < 1 / 2

    def relative(self, of: Traits) -> Traits:
        """Somebody else of this home, with its phone, family name and number."""
        other = self.person()
        while other.given == of.given or other.born == of.born:
            other = self.person()
        return replace(at_home(other, of), family=of.family, member=of.member, plan=of.plan)

    def moved(self, one: Traits) -> Traits:
        """The same person with another home and phone."""
        return at_home(one, self.person())

    def another_family(self, than: Traits) -> str:
        """Another family name."""
        return self.chance.choice([family for family in FAMILY if family != than.family])

    def double(self) -> tuple[str, str]:
        """Two double names that begin alike."""
        first = self.chance.choice(FIRST)
        one, other = self.chance.sample(SECOND, 2)
        return f"{first} {one}", f"{first} {other}"

    def slip(self, text: str) -> str:
        """A letter mistyped."""
        at = self.chance.randrange(1, len(text))
        return text[:at] + self.chance.choice([c for c in _SLIPS if c != text[at]]) + text[at + 1 :]

    def another_digit(self, text: str, at: int) -> str:
        """A digit mistyped."""
        return text[:at] + self.chance.choice([c for c in "0123456789" if c != text[at]]) + text[at + 1 :]


def at_home(one: Traits, of: Traits) -> Traits:
    """Somebody in the home of another, with its phone."""
    return replace(one, phone=of.phone, street=of.street, postal_code=of.postal_code, city=of.city)
