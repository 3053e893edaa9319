"""What was found last, instrument by instrument: all that later visits are compared with, however many there were."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import Assessments, Respondent
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from services.care_plan.domain.instruments import last_answers

INSTRUMENTS = tuple(name for name in Assessments.model_fields if name != "respondent")
"""The fields that hold an instrument's answers."""


class Met(Value):
    """At which visit something was found, when, and who answered."""

    visit_id: UUID
    ordinal: int
    at: Annotated[datetime, Phi.DATE]
    respondent: Respondent


class Found(Value):
    """The last answers to each instrument, and the visit of each by the instrument's code."""

    answers: Assessments = Assessments()
    met: dict[str, Met] = {}

    def and_now(self, assessed: Assessments, met: Met) -> "Found":
        """The same after a visit: what was asked then is the last, unless a later visit asked it before."""
        news = [name for name in INSTRUMENTS if getattr(assessed, name) is not None and not self._is_newer(name, met)]
        older = {name: None for name in INSTRUMENTS if name not in news}
        answers = last_answers(self.answers, assessed.model_copy(update=older))
        return Found(answers=answers, met={**self.met, **dict.fromkeys(news, met)})

    def back_to(self, before: "Found", visit_id: UUID) -> "Found":
        """The same without what one visit found: what was last before it stands again, unless a later visit asked."""
        gone = [name for name, met in self.met.items() if met.visit_id == visit_id]
        answers = self.answers.model_copy(update={name: getattr(before.answers, name) for name in gone})
        kept = {name: met for name, met in self.met.items() if name not in gone}
        return Found(answers=answers, met=kept | {name: before.met[name] for name in gone if name in before.met})

    def _is_newer(self, name: str, met: Met) -> bool:
        return name in self.met and self.met[name].at > met.at
