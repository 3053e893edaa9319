"""Whether a statement still speaks of the same person: by the given name and the date of birth."""

from datetime import UTC, datetime

from carebus.contracts.people import Person
from carebus.errors import CarebusError
from carebus.folding import is_unnamed
from services.referral.domain.matching.comparing import compare_born
from services.referral.domain.matching.levels import Level, one_edit
from services.referral.domain.matching.names import is_another_name
from services.referral.domain.matching.traits import Traits


class AnotherPerson(CarebusError):
    """This number belongs to a referral of somebody with another name and another date of birth. Check the number."""

    field = "placer_id"

    def __init__(self, *, stands_since: datetime | None = None, field: str | None = None) -> None:
        """`stands_since`: as of when the statement was made that stands, and goes on standing."""
        super().__init__(field=field)
        since = stands_since.astimezone(UTC).isoformat().replace("+00:00", "Z") if stands_since else None
        self.more = {"became": "conflict", "stands_since": since, "waits": [], "settled_by": SETTLED_BY}


SETTLED_BY = (
    "Nothing of it was kept. Send the person's referral under its own number, or with the name or the date of birth put"
    " right."
)
"""What would settle a conflict."""


def another_given_name(known: Person, stated: Person) -> bool:
    """Whether the given names are two, neither a spelling nor a short form of each other; or one is known no more."""
    one, other = Traits.of(known).given, Traits.of(stated).given
    if is_unnamed(other) and not is_unnamed(one):
        return True
    return is_another_name(one, other) and not _spelled_otherwise(one.split(), other.split())


SPELLED_FROM = 7
"""Letters from which one that differs is a spelling; Maria and Marta are two names, and so are Mary A and Mary B."""


def _spelled_otherwise(one: list[str], other: list[str]) -> bool:
    differ = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    alike = len(one) == len(other) and len(differ) == 1
    return alike and min(map(len, differ[0])) >= SPELLED_FROM and one_edit(*differ[0])


def another_birth_date(known: Person, stated: Person) -> bool:
    """Whether the dates of birth are two, beyond a slip."""
    return compare_born(Traits.of(known).born, Traits.of(stated).born) is Level.DIFFERENT
