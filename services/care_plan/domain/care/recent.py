"""The last visits of an episode in the order in which they took place, so that the order of recording does not matter.

Whatever a visit is recorded or corrected, these are gone through again from what was known before the first of them.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import Assessments
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from services.care_plan.domain.care.found import Found, Met

MOST = 6
"""Visits that are kept to be gone through again: what is recorded late or corrected is nearly always one of them."""


class Answered(Value):
    """What was found at a visit, when it ended, and whether somebody was there in person."""

    visit_id: UUID
    ordinal: int
    at: Annotated[datetime, Phi.DATE]
    in_person: bool
    assessments: Assessments = Assessments()

    @property
    def met(self) -> Met:
        """At which visit it was found."""
        respondent = self.assessments.respondent
        return Met(visit_id=self.visit_id, ordinal=self.ordinal, at=self.at, respondent=respondent)


class Recent(Value):
    """The last visits, the first of them first. before, before_at, before_ordinal: what was known until then.

    What cannot be known: of visits before these only the last answers to each instrument are kept. When one of them is
    corrected, what it had met stays met, and an answer it never had gives way to the one that its record names as
    before it, as that was when it was recorded.
    """

    episode_id: UUID | None = None
    before: Found = Found()
    before_at: Annotated[datetime | None, Phi.DATE] = None
    before_ordinal: int | None = None
    visits: tuple[Answered, ...] = ()

    def found(self) -> Found:
        """What was found last by each instrument."""
        found = self.before
        for visit in self.visits:
            found = found.and_now(visit.assessments, visit.met)
        return found

    def last(self) -> tuple[datetime | None, int | None]:
        """When the last visit ended, and its number."""
        ends = [(self.before_at, self.before_ordinal), *((visit.at, visit.ordinal) for visit in self.visits)]
        known = [(at, -1 if ordinal is None else ordinal) for at, ordinal in ends if at is not None]
        at, ordinal = max(known, default=(None, None))
        return at, None if ordinal == -1 else ordinal

    def knows(self, visit_id: UUID) -> bool:
        """Whether this visit is one of those gone through."""
        return any(visit.visit_id == visit_id for visit in self.visits)

    def with_visit(self, answered: Answered, before: Found) -> "Recent":
        """The same with a visit as it is stated now. before: what its record names as known before it."""
        known = self if self.knows(answered.visit_id) else self._forgetting(answered, before)
        others = (visit for visit in known.visits if visit.visit_id != answered.visit_id)
        return known.model_copy(update={"visits": tuple(sorted((*others, answered), key=_when))})

    def known_before(self, answered: Answered, instead: Found) -> tuple[Found, int | None]:
        """What was known before a visit, and the number of the one before; `instead` where only later is known."""
        earlier = tuple(visit for visit in self.visits if _when(visit) < _when(answered))
        then = self.model_copy(update={"before": self.before.until(answered.met, instead), "visits": earlier})
        if self.before_at is not None and self.before_at > answered.at:
            then = then.model_copy(update={"before_at": None, "before_ordinal": None})
        return then.found(), then.last()[1]

    def trimmed(self) -> "Recent":
        """The same with no more visits than are kept: the first ones become what was known before."""
        kept = self
        while len(kept.visits) > MOST:
            kept = kept._without_first()
        return kept

    def _without_first(self) -> "Recent":
        first, *rest = self.visits
        known = self.model_copy(update={"visits": (first,)})
        at, ordinal = known.last()
        update = {"before": known.found(), "before_at": at, "before_ordinal": ordinal, "visits": tuple(rest)}
        return self.model_copy(update=update)

    def _forgetting(self, answered: Answered, before: Found) -> "Recent":
        """Without what this visit had left in what was known before the recent ones."""
        known = self.before.back_to(before, answered.visit_id)
        if self.before_ordinal != answered.ordinal:
            return self.model_copy(update={"before": known})
        last = max(known.met.values(), key=lambda met: met.at, default=None)
        at, ordinal = (last.at, last.ordinal) if last else (None, None)
        return self.model_copy(update={"before": known, "before_at": at, "before_ordinal": ordinal})


def _when(visit: Answered) -> tuple[datetime, int]:
    return visit.at, visit.ordinal
