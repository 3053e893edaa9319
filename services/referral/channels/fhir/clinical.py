"""Reads what is the matter and who pays: conditions, coverage, and whether hospice care is given now."""

import re
from collections.abc import Iterator

from carebus.contracts.people import PayerKind
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.codes import (
    HOSPICE,
    IDENTIFIER_TYPES,
    LOINC,
    MEMBER,
    NO,
    PAYERS,
    SNOMED,
    SOURCES_OF_PAYMENT,
    TEXT_ONLY,
    UNREADABLE,
    YES,
)
from services.referral.channels.fhir.nodes import NOWHERE, Node, code_in, codings, first, words
from services.referral.channels.fhir.stating import Stating
from services.referral.domain.referring.conditions import ICD_10_CM, SNOMED_CT, system_of
from services.referral.domain.referring.requests import MOST_DIAGNOSES

_PAST = {"inactive", "remission", "resolved"}
_WRONG = {"refuted", "entered-in-error"}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,39}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST = 300


def state_diagnoses(stating: Stating, found: Resources, order: Node, patient: Node) -> None:
    """The order's reasons first, then the other conditions of the patient, each once."""
    said: list[dict[str, str]] = []
    for concept, onset in _concepts(found, order, patient):
        diagnosis = _diagnosis(concept, onset)
        if diagnosis and diagnosis not in said:
            where = f"diagnoses.{len(said)}"
            for field, at in (("system", concept), ("code", concept), ("description", concept), ("onset", onset)):
                stating.put(f"{where}.{field}", None, at)
            said.append(diagnosis)
            if len(said) > MOST_DIAGNOSES:  # one more than may be says that there are too many
                break
    stating.put("diagnoses", said, order.at("reasonReference"))
    stating.body.setdefault("diagnoses", [])


def _concepts(found: Resources, order: Node, patient: Node) -> Iterator[tuple[Node, Node]]:
    """What is the matter, with its onset."""
    reasons = [found.referred(each) for each in order.each("reasonReference")]
    others = [each for each in found.of("Condition") if found.referred(each.at("subject")) == patient]
    seen: set[str] = set()
    for condition in [*reasons, *others]:
        if condition.kind == "Condition" and condition.path not in seen and not _is_past(condition):
            seen.add(condition.path)
            yield condition.at("code"), condition.at("onsetDateTime")
    for reason in order.each("reasonCode"):
        yield reason, NOWHERE


def _is_past(condition: Node) -> bool:
    clinical = {code for _, code, _ in codings(condition.at("clinicalStatus"))}
    verified = {code for _, code, _ in codings(condition.at("verificationStatus"))}
    return bool(clinical & _PAST or verified & _WRONG)


def _diagnosis(concept: Node, onset: Node) -> dict[str, str] | None:
    """The coding that can be read here, else the first, else the words alone."""
    coded = [(system_of(system), code, coding) for system, code, coding in codings(concept) if code]
    known = [each for each in coded if each[0] in {ICD_10_CM, SNOMED_CT}]
    system, code, coding = (known or coded or [(*TEXT_ONLY, NOWHERE)])[0]
    description = coding.at("display").text or words(concept)
    if not coded and not description:
        return None
    if not _CODE.fullmatch(code):
        code, description = UNREADABLE, f"{code}: {description}" if description else code
    stated = {
        "system": (system or TEXT_ONLY[0])[:100],
        "code": code,
        "description": " ".join(description.split())[:_LONGEST],
    }
    day = onset.text[:10]
    return stated | ({"onset": day} if _DAY.fullmatch(day) else {})


def state_payer(stating: Stating, found: Resources, order: Node, patient: Node) -> None:
    """The coverage that the order names, else the patient's first one."""
    named = [found.referred(each) for each in order.each("insurance")]
    others = [each for each in found.of("Coverage") if found.referred(each.at("beneficiary")) == patient]
    coverage = next((each for each in (*named, *others) if each.kind == "Coverage"), NOWHERE)
    if not coverage or coverage.at("status").text in {"cancelled", "entered-in-error"}:
        return
    stating.begin("payer", coverage)
    payor, plans = first(coverage.each("payor")), _plans(coverage)
    name = first([found.referred(payor).at("name"), payor.at("display"), *(each.at("name") for each in plans)])
    kind = _kind(coverage, name.text)
    stating.put("payer.name", name.text or ("No coverage" if kind is PayerKind.NONE else "Not named"), payor)
    stating.put("payer.kind", kind, coverage.at("type"))
    members = [
        each.at("value") for each in coverage.each("identifier") if code_in(each.at("type"), IDENTIFIER_TYPES) == MEMBER
    ]
    plan = first(each.at("value") for each in plans)
    stating.put("payer.plan_id", plan.text, plan)
    member = first([*members, coverage.at("subscriberId")])
    stating.put("payer.member_id", member.text, member)


def _plans(coverage: Node) -> list[Node]:
    classes = coverage.each("class")
    return [each for each in classes if any(code == "plan" for _, code, _ in codings(each.at("type")))]


def _kind(coverage: Node, name: str) -> PayerKind:
    """By the source of payment, else by what the plan is called, else a commercial one."""
    code = code_in(coverage.at("type"), SOURCES_OF_PAYMENT)
    for length in range(len(code), 0, -1):
        if code[:length] in PAYERS:
            return PAYERS[code[:length]]
    if any(code == "pay" for _, code, _ in codings(coverage.at("type"))):
        return PayerKind.NONE
    said = f"{name} {words(coverage.at('type'))}".lower()
    if "medicare" in said:
        return PayerKind.DUAL if "medicaid" in said or "dual" in said else PayerKind.MEDICARE
    return PayerKind.MEDICAID if "medicaid" in said or "medi-cal" in said else PayerKind.COMMERCIAL


def state_hospice(stating: Stating, found: Resources, patient: Node) -> None:
    """Whether hospice care is given now, where an Observation of the patient says so."""
    for observation in found.of("Observation"):
        if code_in(observation.at("code"), LOINC) != HOSPICE or found.referred(observation.at("subject")) != patient:
            continue
        answer = code_in(observation.at("valueCodeableConcept"), SNOMED)
        if answer in {YES, NO}:
            stating.put("on_hospice", answer == YES, observation)
