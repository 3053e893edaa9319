"""Which pages for families fit a patient, in the language that is spoken there."""

from carebus.contracts.care_plan import Zbi12
from services.line.domain.resources.resource import Resource, Spoken, Text, suggest
from services.line.domain.sheet import Sheet
from services.line.store.resources import resources

STRAINED_FROM = 13
"""A sum of the ZBI-12 from which a caregiver is burdened (Dement Neuropsychol 2019;13(1), PMC6497029)."""
MOST = 6


def helps(sheet: Sheet) -> list[tuple[Resource, Text, Spoken]]:
    """The pages to tell of, those that are needed most first."""
    spoken = Spoken.SPANISH if sheet.person and sheet.person.language.startswith("es") else Spoken.ENGLISH
    fitting = suggest(resources().values(), sheet.conditions, sheet.phase, strained=_strained(sheet))
    return [(one, one.texts[spoken], spoken) for one in fitting[:MOST]]


def _strained(sheet: Sheet) -> bool:
    """Whether the caregiver's answers come to a burden; missing answers count for nothing."""
    answers = sheet.last_visit.assessments.zbi_12 if sheet.last_visit else None
    if answers is None:
        return False
    given = [getattr(answers, item) for item in Zbi12.model_fields]
    return sum(score for score in given if isinstance(score, int)) >= STRAINED_FROM
