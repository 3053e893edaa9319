"""What was found last, instrument by instrument: all that later visits are compared with, however many there were."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import Assessments, Respondent
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from services.care_plan.domain.instruments import given, last_answers

INSTRUMENTS = tuple(name for name in Assessments.model_fields if name != "respondent")
"""The fields that hold an instrument's answers."""
ESAS, OTHER = "esas_r", "esas_r_other"
"""They belong together: an ESAS-r without an other symptom takes the place of both."""


class Met(Value):
    """At which visit something was found, when, and who answered."""

    visit_id: UUID
    ordinal: int
    at: Annotated[datetime, Phi.DATE]
    respondent: Respondent

    def is_after(self, other: "Met") -> bool:
        """Whether this visit took place after the other; of two that ended together, the one planned later."""
        return (self.at, self.ordinal) > (other.at, other.ordinal)


class Found(Value):
    """The last answers to each instrument, and the visit of each by the instrument's code."""

    answers: Assessments = Assessments()
    met: dict[str, Met] = {}

    def and_now(self, assessed: Assessments, met: Met) -> "Found":
        """The same after a visit: what was asked then is the last, unless a later visit asked it before."""
        news = [name for name in given(assessed) if not (name in self.met and self.met[name].is_after(met))]
        older = {name: None for name in INSTRUMENTS if name not in news}
        answers = last_answers(self.answers, assessed.model_copy(update=older))
        kept = {name: each for name, each in self.met.items() if name != OTHER or ESAS not in news}
        return Found(answers=answers, met={**kept, **dict.fromkeys(news, met)})

    def back_to(self, before: "Found", visit_id: UUID) -> "Found":
        """The same without what one visit found: what was last before it stands again, unless a later visit asked."""
        return self._instead([name for name, met in self.met.items() if met.visit_id == visit_id], before)

    def until(self, met: Met, instead: "Found") -> "Found":
        """The same without what was found after a visit, or at it: there stands what `instead` knows."""
        return self._instead([name for name, each in self.met.items() if not met.is_after(each)], instead)

    def only_after(self, met: Met) -> Assessments:
        """Those answers alone that were given after this visit."""
        earlier = {name: None for name in INSTRUMENTS if name not in self.met or not self.met[name].is_after(met)}
        return self.answers.model_copy(update=earlier)

    def _instead(self, gone: list[str], before: "Found") -> "Found":
        with_it = ["respondent", *([] if OTHER in self.met else [OTHER])] if ESAS in gone else []
        names = [*gone, *with_it]
        answers = self.answers.model_copy(update={name: getattr(before.answers, name) for name in names})
        kept = {name: met for name, met in self.met.items() if name not in names}
        return Found(answers=answers, met=kept | {name: before.met[name] for name in names if name in before.met})
