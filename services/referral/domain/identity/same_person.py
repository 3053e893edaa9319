"""Whether a statement still speaks of the same person: by the given name and the date of birth."""

from carebus.contracts.people import Person
from services.referral.domain.matching.comparing import Level, compare_born, compare_given
from services.referral.domain.matching.traits import Traits


def another_given_name(known: Person, stated: Person) -> bool:
    """Whether the given names are two: neither a spelling nor a short form of each other."""
    a, b = Traits.of(known), Traits.of(stated)
    return compare_given(f"{a.given}/{a.family}", f"{b.given}/{b.family}") is Level.DIFFERENT


def another_birth_date(known: Person, stated: Person) -> bool:
    """Whether the dates of birth are two, beyond a slip."""
    return compare_born(Traits.of(known).born, Traits.of(stated).born) is Level.DIFFERENT
