"""The two bundles that leave: a visit's summary as a document, and somebody's care as a collection. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from carebus.contracts.care_plan import SummaryPart
from carebus.web.fhir.resources import URIS, Json, Resources, bundle, clean, concept, instant, narrative, patient, urn
from services.care_plan.channels.documents.summary import Section, Summary
from services.care_plan.channels.fhir import codes as c
from services.care_plan.channels.fhir.observations import observations
from services.care_plan.channels.fhir.people import practitioner
from services.care_plan.channels.fhir.plan import care_plan
from services.care_plan.channels.fhir.visits import encounter
from services.care_plan.domain.care import Care, Outcome, VisitRecord
from services.care_plan.domain.summaries.summary import summary_id

MEDIA_TYPE = "application/fhir+json"


def document(patient_id: UUID, care: Care, record: VisitRecord, summary: Summary) -> Json:
    """A visit's summary as a document: the composition first, then all it refers to and nothing else."""
    assert care.patient is not None, "who is in care is known"
    assert record.planned is not None, "only what took place is summed up"
    about, resources = Resources(), Resources()
    subject = patient(resources, patient_id, care.patient)
    author = practitioner(resources, record.planned.clinician)
    visit = encounter(resources, record, subject)
    found = observations(resources, record, subject, author, visit) if _tells(summary, SummaryPart.FOUND) else []
    about.add(
        uuid5(summary.summary_id, "composition"),
        clean(
            {
                "resourceType": "Composition",
                "status": "amended" if summary.version > 1 else "final",
                "type": concept(c.LOINC, *c.SUMMARY),
                "subject": subject,
                "encounter": visit,
                "date": instant(summary.issued_at),
                "author": [author],
                "title": summary.title,
                "attester": [_attester(summary)],
                "relatesTo": _replaces(record),
                "section": [_section(each, found) for each in summary.sections],
            }
        ),
    )
    return bundle("document", summary.summary_id, [*about.entries(), *resources.entries()], summary.issued_at)


def collection(patient_id: UUID, care: Care, records: Sequence[VisitRecord], now: datetime) -> Json:
    """Somebody's care as it stands: the plan with all it refers to, the visits that took place and what was found."""
    assert care.patient is not None, "who is in care is known"
    resources = Resources()
    subject = patient(resources, patient_id, care.patient)
    took_place = [record for record in records if record.outcome is Outcome.COMPLETED and record.stated is not None]
    visits = [encounter(resources, record, subject) for record in took_place]
    care_plan(resources, care, subject, visits)
    for record, visit in zip(took_place, visits, strict=True):
        assert record.planned is not None, "what took place was planned"
        observations(resources, record, subject, practitioner(resources, record.planned.clinician), visit)
    made_id = uuid5(patient_id, f"collection/{now.isoformat()}")
    return bundle("collection", made_id, list(resources.entries()), now)


def _tells(summary: Summary, part: SummaryPart) -> bool:
    return any(section.part == part for section in summary.sections)


def _attester(summary: Summary) -> Json:
    return {"mode": "professional", "time": instant(summary.issued_at), "party": {"display": summary.signed_by}}


def _section(section: Section, found: Sequence[Json]) -> Json:
    entries = list(found) if section.part == SummaryPart.FOUND else []
    told = {
        "title": section.heading,
        "code": concept(c.SECTIONS, section.part),
        "text": narrative(section.lines),
        "entry": entries,
    }
    return clean(told)


def _replaces(record: VisitRecord) -> list[Json]:
    """The version before, which this one takes the place of."""
    if record.version == 1:
        return []
    before = urn(summary_id(record, record.version - 1))
    return [{"code": "replaces", "targetIdentifier": {"system": URIS, "value": before}}]
