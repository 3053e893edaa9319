"""Chance that is the same in every run of the same seed, whatever else was drawn before."""

from random import Random
from uuid import UUID, uuid5

CAREBUS = UUID("6ba0c5e3-4c1f-5d0a-9d1e-6f3c1a7be0d4")


def chance(seed: int, *about: object) -> Random:
    """The dice for one subject: `chance(seed, "contact", patient)`. Python seeds from text the same everywhere."""
    return Random(_name(seed, *about))


def known_id(seed: int, *about: object) -> UUID:
    """An id that is the same in every run of the same seed, for what the run itself brings in."""
    return uuid5(CAREBUS, _name(seed, *about))


def _name(seed: int, *about: object) -> str:
    return "/".join(str(each) for each in (seed, *about))
