"""Somebody in care in memory, on whose way to hospice each command and word of others is decided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import Assessments
from carebus.contracts.event import Stream
from carebus.contracts.line import AdmissionNotified
from carebus.contracts.wishes import (
    Choice,
    KnownWish,
    Statement,
    TopicSummary,
    WishesSummarised,
    WishSource,
    WishTopic,
)
from services.care_plan.api.bereavement.commands import ACTS as OF_BEREAVEMENT
from services.care_plan.api.episode.commands import ACTS as OF_CARE
from services.care_plan.api.hospice.commands import ACTS
from services.care_plan.api.visits.commands import COMPLETE
from services.care_plan.domain.bereavement.state import Bereavement
from services.care_plan.domain.care import Care
from services.care_plan.domain.hospice.state import Hospice
from services.care_plan.domain.visits.completing import CompleteVisit
from tests.care_plan.clinic import Clinic, full_clinic
from tests.examples import example

NPI = "1234567893"
"""Its last digit checks: the example of CMS's own description of the check digit."""
WHO: Stream = patient_stream(UUID(int=1))
ELECTION: dict[str, Any] = {
    "hospice_name": "Evergreen Hospice",
    "hospice_npi": NPI,
    "attending": "Dr. Ruth Adeyemi",
    "diagnosis_code": "C34.90",
    "source": "hospice",
}


class Way:
    """One patient of a clinic in memory, `opened` on the first day of the tests."""

    def __init__(self, clinic: Clinic | None = None) -> None:
        self.clinic = clinic or full_clinic()
        self.clinic.take_on(1)

    @property
    def hospice(self) -> Hospice:
        """The way as it stands."""
        found = self.clinic.states.get((Hospice, WHO), Hospice())
        assert isinstance(found, Hospice)
        return found

    @property
    def care(self) -> Care:
        """The care of the patient."""
        return self.clinic.cares[WHO]

    @property
    def bereavement(self) -> Bereavement:
        """Those who stay."""
        found = self.clinic.states.get((Bereavement, WHO), Bereavement())
        assert isinstance(found, Bereavement)
        return found

    @property
    def today(self) -> date:
        """The day that it is, in New York as everywhere near noon."""
        return self.clinic.now.date()

    def day(self, days: int) -> date:
        """So many days from today."""
        return self.today + timedelta(days=days)

    def does(self, act: str, **said: Any) -> str | None:
        """Do something about hospice; gives why it was ignored, if it was."""
        return self.clinic.decide(ACTS[act].reaction, WHO, ACTS[act].command.model_validate(said))

    def cares(self, act: str, **said: Any) -> str | None:
        """Do something about care as a whole."""
        return self.clinic.decide(OF_CARE[act].reaction, WHO, OF_CARE[act].command.model_validate(said))

    def mourns(self, act: str, **said: Any) -> str | None:
        """Do something about those who stay."""
        return self.clinic.decide(OF_BEREAVEMENT[act].reaction, WHO, OF_BEREAVEMENT[act].command.model_validate(said))

    def elects(self, *, signed: int = 0, effective: int = 0, **other: Any) -> None:
        """Hospice is elected, so many days from today."""
        self.does("elect", **{**ELECTION, "signed_on": self.day(signed), "effective_on": self.day(effective), **other})

    def finds(self, **found: Any) -> None:
        """The planned visit takes place now, and this is found."""
        planned = self.care.planned
        assert planned is not None
        said = CompleteVisit(
            visit_id=planned.visit_id,
            assessments=Assessments.model_validate(found),
            started_at=self.clinic.now - timedelta(minutes=1),
        )
        self.clinic.decide(COMPLETE, WHO, said)
        self.passes(minutes=1)

    def passes(self, **span: float) -> None:
        """Time passes, and what comes due then is decided."""
        self.clinic.passes(timedelta(**span))

    def told(self, kind: type[Event]) -> list[Any]:
        """Everything of this kind that was told of the patient."""
        return [event for stream, event in self.clinic.told if stream == WHO and isinstance(event, kind)]


def wishes(way: Way, choice: Choice, *, contested: bool = False, topic: WishTopic = WishTopic.TREATMENT) -> Any:
    """What the wishes service tells."""
    known = KnownWish(
        statement=Statement(topic=topic, choice=choice),
        source=WishSource.CONVERSATION,
        source_id=uuid4(),
        stated_on=way.today,
    )
    topics = (TopicSummary(topic=topic, known=(known,), contested=contested),)
    return WishesSummarised(topics=topics, summarised_at=way.clinic.now)


def admission(way: Way, **about: Any) -> AdmissionNotified:
    """A hospital says that the patient is there."""
    return example(AdmissionNotified, stay_id=uuid4(), admitted_at=way.clinic.now, **about)
