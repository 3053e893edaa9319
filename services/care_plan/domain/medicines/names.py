"""Reads ingredients out of a medicine's name as RxNorm writes it: `Acetaminophen 325 MG / Oxycodone 5 MG Oral Tablet`.

Such a name has, in this order: hours or a number of doses, then each ingredient with its strength, divided by a slash
between spaces, then the dose form, and a brand in square brackets. All 100 names in the sample data are read so.
No list of codes is used. A name without a strength is read only if the rules know it.
"""

import re
from collections.abc import Iterable

from services.care_plan.domain.medicines.rules import MedicineRules

BRAND = re.compile(r"\[([^\]]*)\]")
STRENGTH = re.compile(
    r"\s\d[\d.,]*\s*(?:MG|MCG|UG|G|GM|ML|UNT|UNITS?|MEQ|MMOL|%|IU|BILLION|ACTUAT|HR|CELLS)(?=[\s/]|$).*", re.IGNORECASE
)
BEFORE = re.compile(r"^(?:NDA\d+|\d[\d.]*\s*(?:HR|ACTUAT|ML))\s+", re.IGNORECASE)
BETWEEN = " / "


def ingredients_of(name: str, rules: MedicineRules) -> tuple[str, ...]:
    """The ingredients of a medicine, in small letters and without salts, by the alphabet; none if it can't be read."""
    parts = [_without_what_stands_before(part, rules) for part in " ".join(BRAND.sub(" ", name).split()).split(BETWEEN)]
    if all(STRENGTH.search(part) for part in parts):
        return _each((STRENGTH.sub("", part) for part in parts), rules)
    bare = _each((name for part in parts for name in part.split("/")), rules)
    return bare if all(map(rules.knows, bare)) else ()


def substances_of(name: str, rules: MedicineRules) -> tuple[str, ...]:
    """The ingredients that an allergy names. It has no strength, so its words are taken as they stand."""
    return _each(name.split("/"), rules)


def _each(names: Iterable[str], rules: MedicineRules) -> tuple[str, ...]:
    return tuple(sorted({ingredient for name in names for ingredient in _ingredient(name, rules)}))


def _ingredient(name: str, rules: MedicineRules) -> tuple[str, ...]:
    """Without its salt, and by the name that the rules have for it: usually one, of a brand all that are in it."""
    words = name.casefold().split()
    while len(words) > 1 and words[-1] in rules.salts and " ".join(words[:-1]) not in rules.only_with_salt:
        words.pop()
    plain = " ".join(words)
    return rules.same_as.get(plain, (plain,) if plain else ())


def _without_what_stands_before(text: str, rules: MedicineRules) -> str:
    """`24 HR metoprolol` and `Abuse-Deterrent 12 HR Oxycodone` lose what is no part of the name."""
    while True:
        shorter = BEFORE.sub("", text)
        first, _, rest = shorter.partition(" ")
        shorter = rest if rest and first.casefold() in rules.before else shorter
        if shorter == text:
            return text
        text = shorter
