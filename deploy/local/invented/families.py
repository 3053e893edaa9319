"""Invents a patient's family: one contact, or none, with an address that cannot be anybody's."""

from __future__ import annotations

from random import Random
from typing import Any

from deploy.local.invented.chance import chance
from deploy.local.patient import Patient

MAIL_DOMAIN = "families.example"
AREA_CODES = ("413", "508", "617", "781", "978")

HAS_CONTACT = 0.85
CONSENTED = 0.85
HAS_EMAIL = 0.93
LIVES_ELSEWHERE = 0.12
SAME_FAMILY_NAME = 0.6
FRIEND_IS_A_WOMAN = 0.5

LANGUAGES = {"en": 82, "es": 8, "pt": 4, "zh": 2, "ht": 2, "vi": 2}
ZONES = ("America/Chicago", "America/Denver", "America/Los_Angeles", "America/Puerto_Rico")

CHILDREN = {"daughter": 38, "son": 30}
PARTNERS = {"wife": 14, "husband": 14}
OTHERS = {"sister": 5, "brother": 4, "niece": 4, "nephew": 2, "granddaughter": 4, "grandson": 2, "friend": 4}
OWN_GENERATION = PARTNERS.keys() | {"sister", "brother", "friend"}

WOMEN = {"daughter", "wife", "sister", "niece", "granddaughter"}
ELDER_WOMEN = ("Barbara", "Carol", "Dolores", "Gloria", "Irene", "Joan", "Lucille", "Norma", "Rosa", "Shirley")
ELDER_MEN = ("Arthur", "Donald", "Eugene", "Frank", "Harold", "Leonard", "Manuel", "Ralph", "Stanley", "Walter")
YOUNG_WOMEN = ("Alicia", "Beth", "Dana", "Elena", "Grace", "Jill", "Karen", "Laura", "Mei", "Nadine", "Renee", "Tara")
YOUNG_MEN = ("Adam", "Brian", "Carlos", "David", "Eric", "Greg", "James", "Luis", "Mark", "Paul", "Steven", "Tom")
FAMILY_NAMES = ("Almeida", "Barros", "Chen", "Costa", "Doyle", "Fitzgerald", "Gagnon", "Lima", "Murphy", "Nguyen",
                "Pierre", "Reed", "Rivera", "Silva", "Sullivan", "Walsh")  # fmt: skip


def referral_note(family: dict[str, Any] | None) -> str:
    """The note in every sample referral: that the patient is synthetic, and what was invented."""
    invented = " The family contact is invented." if family else ""
    return f"Sample data: a synthetic patient made by Synthea.{invented}"


def contact(seed: int, patient: Patient) -> dict[str, Any] | None:
    """The `contact` of this patient's referral, or None for those who have nobody.

    About 85 % have one, about 85 % of these may be told, a few have no e-mail address.
    """
    dice = chance(seed, "contact", patient.source_id)
    if dice.random() >= HAS_CONTACT:
        return None
    relationship = _relationship(dice, patient)
    given, family = _name(dice, relationship, patient)
    consented, has_email = dice.random() < CONSENTED, dice.random() < HAS_EMAIL
    return {
        "full_name": f"{given} {family}",
        "relationship": relationship,
        "email": _email(dice, given, family) if has_email else None,
        "phone": f"({dice.choice(AREA_CODES)}) 555-01{dice.randrange(100):02d}",
        "language": _weighted(dice, LANGUAGES),
        "time_zone": dice.choice(ZONES) if dice.random() < LIVES_ELSEWHERE else "America/New_York",
        "consented": consented,
    }


def _relationship(dice: Random, patient: Patient) -> str:
    partner = "husband" if patient.sex == "female" else "wife"
    return _weighted(dice, CHILDREN | {partner: PARTNERS[partner] * 2} | OTHERS)


def _name(dice: Random, relationship: str, patient: Patient) -> tuple[str, str]:
    woman = relationship in WOMEN or (relationship == "friend" and dice.random() < FRIEND_IS_A_WOMAN)
    if relationship in OWN_GENERATION:
        given = dice.choice(ELDER_WOMEN if woman else ELDER_MEN)
    else:
        given = dice.choice(YOUNG_WOMEN if woman else YOUNG_MEN)
    same = relationship in PARTNERS or (relationship != "friend" and dice.random() < SAME_FAMILY_NAME)
    return given, patient.family_name if same else dice.choice(FAMILY_NAMES)


def _email(dice: Random, given: str, family: str) -> str:
    letters = "".join(each for each in family.lower() if each.isascii() and each.isalpha())
    return f"{given.lower()}.{letters}{dice.randrange(10, 100)}@{MAIL_DOMAIN}"


def _weighted(dice: Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]
