"""Reads what is the matter: conditions, and whether hospice care is given now."""

import re
from collections.abc import Iterator
from datetime import datetime

from carebus.reasoning.codes import ICD_10_CM, SNOMED_CT
from carebus.web.fhir.nodes import NOWHERE, Node
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.codes import (
    HOSPICE,
    LOINC,
    NO,
    SNOMED,
    TEXT_ONLY,
    UNREADABLE,
    YES,
)
from services.referral.channels.fhir.nodes import code_in, codings, known_codes, said
from services.referral.channels.fhir.periods import moment, zone_of
from services.referral.channels.fhir.stating import Stating
from services.referral.domain.referring.conditions import system_of
from services.referral.domain.referring.requests import MOST_DIAGNOSES

_PAST = {"inactive", "remission", "resolved"}
_UNSURE = {"unconfirmed", "provisional", "differential", "refuted", "entered-in-error"}
_ABATED = ("abatementDateTime", "abatementAge", "abatementPeriod", "abatementRange", "abatementString")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,39}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST = 300


def state_diagnoses(stating: Stating, found: Resources, order: Node, patient: Node, now: datetime) -> None:
    """The order's reasons first, then the other conditions of the patient, each once."""
    diagnoses: list[dict[str, str]] = []
    for concept, onset in _concepts(stating, found, order, patient, now):
        diagnosis, read = _diagnosis(concept, onset)
        if diagnosis and diagnosis in diagnoses:
            stating.use(*read)
        elif diagnosis:
            where = f"diagnoses.{len(diagnoses)}"
            for field, at in (("system", concept), ("code", concept), ("description", concept), ("onset", onset)):
                stating.place(f"{where}.{field}", at)
            diagnoses.append(diagnosis)
            if len(diagnoses) > MOST_DIAGNOSES:  # one more than may be says that there are too many
                break
            stating.use(*read)
    stating.put("diagnoses", diagnoses, NOWHERE)
    stating.place("diagnoses", order.at("reasonReference"))
    stating.body.setdefault("diagnoses", [])


def _concepts(
    stating: Stating, found: Resources, order: Node, patient: Node, now: datetime
) -> Iterator[tuple[Node, Node]]:
    """What is the matter, with its onset."""
    stating.follow(*order.each("reasonReference"))
    reasons = [found.referred(each) for each in order.each("reasonReference")]
    others = [each for each in found.of("Condition") if found.referred(each.at("subject")) == patient]
    stating.follow(*(each.at("subject") for each in others))
    seen: set[str] = set()
    for condition in [*reasons, *others]:
        if condition.kind == "Condition" and condition.path not in seen and is_diagnosis(condition, now, patient):
            seen.add(condition.path)
            stating.use(*(at for name in ("clinicalStatus", "verificationStatus") for at in _plain(condition.at(name))))
            yield condition.at("code"), condition.at("onsetDateTime")
    for reason in order.each("reasonCode"):
        yield reason, NOWHERE


def is_diagnosis(condition: Node, now: datetime, patient: Node) -> bool:
    """Whether somebody is sure of it, and it goes on."""
    clinical = {code for _, code, _ in codings(condition.at("clinicalStatus"))}
    verified = {code for _, code, _ in codings(condition.at("verificationStatus"))}
    return not (clinical & _PAST or verified & _UNSURE or _abated(condition, now, patient))


def _abated(condition: Node, now: datetime, patient: Node) -> bool:
    """Whether it has ended; an end that is still to come is none."""
    zone = zone_of(patient)
    day = condition.at("abatementDateTime") or condition.at("abatementPeriod", "start")
    ends = moment(day, zone)
    return any(condition.at(name) for name in _ABATED) and (ends is None or ends <= now)


def _plain(status: Node) -> list[Node]:
    """A status that says nothing but what a diagnosis is anyway."""
    codes = {code for _, code, _ in codings(status)}
    return known_codes(status) if codes <= {"active", "confirmed"} else []


def _diagnosis(concept: Node, onset: Node) -> tuple[dict[str, str] | None, list[Node]]:
    """The coding that can be read here, else the first, else the words alone; and the places that it was read at."""
    coded = [(system_of(system), code, coding) for system, code, coding in codings(concept) if code]
    known = [each for each in coded if each[0] in {ICD_10_CM, SNOMED_CT}]
    system, code, coding = (known or coded or [(*TEXT_ONLY, NOWHERE)])[0]
    spoken = coding.at("display") if coding.at("display").text else said(concept)
    description = spoken.text
    if not coded and not description:
        return None, []
    read = [coding.at("system"), coding.at("code"), *([spoken] if len(description) <= _LONGEST else [])]
    if not _CODE.fullmatch(code):
        code, description = UNREADABLE, f"{code}: {description}" if description else code
    stated = {
        "system": (system or TEXT_ONLY[0])[:100],
        "code": code,
        "description": " ".join(description.split())[:_LONGEST],
    }
    day = onset.text[:10]
    if not _DAY.fullmatch(day):
        return stated, read
    return stated | {"onset": day}, [*read, *([onset] if onset.text == day else [])]


def state_hospice(stating: Stating, found: Resources, patient: Node) -> None:
    """Whether hospice care is given now, where an Observation of the patient says so."""
    for observation in found.of("Observation"):
        if code_in(observation.at("code"), LOINC) != HOSPICE or found.referred(observation.at("subject")) != patient:
            continue
        answer = code_in(observation.at("valueCodeableConcept"), SNOMED)
        if answer in {YES, NO}:
            stating.put("on_hospice", answer == YES, NOWHERE)
            stating.place("on_hospice", observation)
            stating.use(observation.at("status"), *known_codes(observation.at("code"), LOINC))
            stating.use(*known_codes(observation.at("valueCodeableConcept"), SNOMED))
            stating.follow(observation.at("subject"))
