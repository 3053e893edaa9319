"""The combinations of fields that together make it certain that two statements are about one person.

Numbers and fields are those of the CMS Patient Matching framework (a draft of 27 combinations, as the documentation of
Medplum's `$match` lists them), as far as a referral holds the fields; those with SSN, ITIN, a legal id, a token of a
credential service or a record number can't come up. `OWN-1` is ours, after the pattern of 08. The framework's rules
hold: at most one field fuzzy, and only where its combination allows it (a Damerau-Levenshtein distance of 1 on values
of five characters or more; `comparing` says what else is a slip); conflicting generations (Jr, Sr) block; sex is not
used. Stricter than the framework: a date of birth that differs blocks even where a combination does not name it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.referral.domain.matching.comparing import Agreement, Level


@dataclass(frozen=True, slots=True)
class Combination:
    """Fields that must agree; those in `may_slip` may do so but for one slip, one field at most."""

    id: str
    fields: tuple[str, ...]
    may_slip: frozenset[str] = frozenset()

    def holds(self, agreed: Agreement) -> bool:
        """Whether two statements agree so."""
        slips = [field for field in self.fields if agreed[field] is not Level.EXACT]
        if len(slips) > 1 or any(agreed[field] is not Level.FUZZY or field not in self.may_slip for field in slips):
            return False
        return agreed["born"] in {Level.EXACT, Level.UNKNOWN}


def _of(name: str, *fields: str) -> Combination:
    """`family*` may slip."""
    return Combination(
        name,
        tuple(field.rstrip("*") for field in fields),
        frozenset(field.rstrip("*") for field in fields if field.endswith("*")),
    )


COMBINATIONS: Sequence[Combination] = (
    _of("CMS-01", "given*", "family*", "born", "street*"),
    _of("CMS-02", "given", "family*", "born", "phone"),
    _of("CMS-03", "given*", "family*", "born", "email"),
    _of("CMS-08", "given", "born", "mbi"),
    _of("CMS-11", "given", "born", "phone"),
    _of("CMS-12", "given", "born", "email"),
    _of("CMS-21", "phone", "mbi"),
    _of("CMS-23", "email", "mbi"),
    _of("OWN-1", "given", "born", "member"),
)
"""In the order in which they are named when several hold."""


def combination(agreed: Agreement) -> Combination | None:
    """The first combination that holds."""
    return next((each for each in COMBINATIONS if each.holds(agreed)), None)
