"""What instruments came to as FHIR Observations: every score with its rule, and what is missing as missing. Pure."""

from collections.abc import Iterator
from uuid import uuid5

from carebus.web.fhir.resources import Json, Resources, clean, coded, concept, instant
from services.care_plan.channels.fhir import codes as c
from services.care_plan.channels.fhir.people import answered_by
from services.care_plan.domain.care import VisitRecord
from services.care_plan.domain.instruments import INSTRUMENTS, Result, results


def observations(resources: Resources, record: VisitRecord, subject: Json, staff: Json, encounter: Json) -> list[Json]:
    """References to all that was assessed at a visit."""
    return list(_observed(resources, record, subject, staff, encounter))


def _observed(resources: Resources, record: VisitRecord, subject: Json, staff: Json, encounter: Json) -> Iterator[Json]:
    assert record.visit_id is not None, "a record is a visit's"
    assert record.stated is not None, "only what took place is told"
    status = "corrected" if record.version > 1 else "final"
    for result in results(record.stated.assessments):
        name = f"{result.instrument}/{result.scale}"
        told = {
            "resourceType": "Observation",
            "status": status,
            "category": [concept(c.OBSERVATION_CATEGORY, "survey")],
            "code": _code(result, name),
            "subject": subject,
            "encounter": encounter,
            "effectiveDateTime": instant(record.stated.ended_at),
            "performer": [answered_by(subject, staff, result.respondent)],
            **_value(result),
            "interpretation": [{"text": result.band.value.replace("_", " ")}] if result.band else [],
            "note": [{"text": result.rule}],
        }
        yield resources.add(uuid5(record.visit_id, f"{name}/{record.version}"), clean(told))


def _code(result: Result, name: str) -> Json:
    known = [(c.LOINC, c.IN_LOINC[name], "")] if name in c.IN_LOINC else []
    known += [(c.SNOMED, c.IN_SNOMED[name], "")] if name in c.IN_SNOMED else []
    text = INSTRUMENTS[result.instrument].name
    said = text if result.name in {text, text.removesuffix(" stage")} else f"{text}: {result.name.lower()}"
    return coded([*known, (c.SCALES, name, "")], text=f"{text}: {result.named}" if result.named else said)


def _value(result: Result) -> Json:
    if result.score is not None:
        return {"valueInteger": result.score}
    if result.answer is not None:
        answer = concept(c.ANSWERS, f"{result.instrument}/{result.answer}", text=result.answer)
        return {"valueCodeableConcept": answer}
    return {"dataAbsentReason": concept(c.ABSENT, "unknown", "Unknown")}
