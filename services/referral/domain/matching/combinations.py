"""The combinations of fields that together make it certain that two statements are about one person.

Numbers and fields are those of the CMS Patient Matching framework (a draft of 27 combinations, as the documentation of
Medplum's `$match` lists them), as far as a referral holds the fields; those with SSN, ITIN, a legal id, a token of a
credential service or a record number can't come up. `OWN-1` is ours, after the pattern of 08. The framework's rules
hold: at most one field fuzzy, and only where its combination allows it (a Damerau-Levenshtein distance of 1 on values
of five characters or more; `comparing` says what else is a slip); conflicting generations (Jr, Sr) block; sex is not
used. Stricter than the framework: a date of birth that differs blocks even where a combination does not name it, and
11 and 12 ask for the family name too, of which a part is enough: neighbours and carers share a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.referral.domain.matching.comparing import Agreement
from services.referral.domain.matching.levels import Level


@dataclass(frozen=True, slots=True)
class Combination:
    """Fields that must agree; those in `may_slip` may do so but for one slip, one field at most.

    A family name that may slip may also be a former one; one in `may_be_part` also a part of the other.
    """

    id: str
    fields: tuple[str, ...]
    may_slip: frozenset[str] = frozenset()
    may_be_part: frozenset[str] = frozenset()

    def holds(self, agreed: Agreement) -> bool:
        """Whether two statements agree so."""
        slips = [field for field in self.fields if agreed[field] is not Level.EXACT]
        if len(slips) > 1 or not all(self._allows(field, agreed[field]) for field in slips):
            return False
        return agreed["born"] in {Level.EXACT, Level.UNKNOWN}

    def _allows(self, field: str, level: Level) -> bool:
        if level is Level.PART:
            return field in self.may_be_part
        return level in {Level.FUZZY, Level.FORMER} and field in self.may_slip


def _of(name: str, *fields: str) -> Combination:
    """`family*` may slip; `family+` may slip or be a part."""
    return Combination(
        name,
        tuple(field.rstrip("*+") for field in fields),
        frozenset(field.rstrip("*+") for field in fields if field.endswith(("*", "+"))),
        frozenset(field.rstrip("+") for field in fields if field.endswith("+")),
    )


COMBINATIONS: Sequence[Combination] = (
    _of("CMS-01", "given*", "family*", "born", "street*"),
    _of("CMS-02", "given", "family*", "born", "phone"),
    _of("CMS-03", "given*", "family*", "born", "email"),
    _of("CMS-08", "given", "born", "mbi"),
    _of("CMS-11", "given", "family+", "born", "phone"),
    _of("CMS-12", "given", "family+", "born", "email"),
    _of("CMS-21", "phone", "mbi"),
    _of("CMS-23", "email", "mbi"),
    _of("OWN-1", "given", "born", "member"),
)
"""In the order in which they are named when several hold."""

NUMBERS = frozenset(each.id for each in COMBINATIONS if "member" in each.fields)
"""Those that rest on a plan's number: not where it is known for others too."""


def combination(agreed: Agreement, *, apart_from: str = "") -> Combination | None:
    """The first combination that holds, of those that do not rest on the field `apart_from`."""
    return next((each for each in COMBINATIONS if apart_from not in each.fields and each.holds(agreed)), None)
