"""Reads the resources of a Bundle as one direct referral, or as its withdrawal: a translation, place by place."""

import hashlib
import re
from datetime import datetime

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from carebus.contracts.referral import Channel
from carebus.web.fhir.nodes import NOWHERE, Node
from carebus.web.fhir.refusing import Issue, NotReadable
from carebus.web.forms import errors_of
from services.referral.channels.fhir import clinical, contacts, coverage, people
from services.referral.channels.fhir.arriving import READ, Resources, is_unread, take_in
from services.referral.channels.fhir.codes import (
    IDENTIFIER_TYPES,
    NOT_A_REFERRAL,
    PALLIATIVE,
    SNOMED,
    STANDARD,
    TASK_CODES,
    URGENT,
)
from services.referral.channels.fhir.focus import Focus, focus_of, refused
from services.referral.channels.fhir.nodes import codings, known_codes, said, words
from services.referral.channels.fhir.stating import Stating
from services.referral.domain import DirectReferral
from services.referral.domain.referring.requests import MOST_SERVICES, Withdrawal

ORGANIZATION_NEEDED = (
    "Name the organization that refers: as the requester, as the organization of its PractitionerRole, or as the"
    " Patient's managingOrganization."
)
LONGEST_SERVICE = 100
LONGEST_ASSIGNER = 200

_ASKS_FOR_CARE = re.compile(r"palliat|hospice|comfort|supportive|end.of.life|home (care|health|visit)", re.IGNORECASE)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def read(raw: bytes, now: datetime) -> tuple[DirectReferral | Withdrawal, Resources]:
    """The referral that these bytes are, or its withdrawal, and what it was read from. Raises NotReadable."""
    found = take_in(raw)
    if focus_of(found).withdrawn:
        return withdrawal_of(found, raw, now), found
    return referral_of(found, now), found


def referral_of(found: Resources, now: datetime) -> DirectReferral:
    """The one referral of these resources. Raises NotReadable."""
    stating = stating_of(found, now)
    try:
        return DirectReferral.stated(stating.body, now)
    except ValidationError as why:
        raise _broken(stating, why) from None


def withdrawal_of(found: Resources, raw: bytes, now: datetime) -> Withdrawal:
    """What takes back the order of these resources. Raises NotReadable."""
    focus, stating = focus_of(found), Stating()
    if not focus.placer:
        rule = "Name the order that is taken back by its own number: its identifier of the type PLAC."
        raise refused("required", rule, focus.order.at("identifier"))
    stating.put("channel", Channel.FHIR, focus.order)
    stating.put("reason", focus.order.at("status").text, focus.order.at("status"))
    _state_identifiers(stating, found, focus)
    _state_time(stating, found)
    _state_whom(stating, found.referred(focus.order.at("subject") or focus.task.at("for")), now)
    named, at = people.organization_of(found, focus)
    stating.put("organization", named, at)
    stating.put("raw_hash", hashlib.sha256(raw).hexdigest() if raw else "", found.bundle)
    try:
        return Withdrawal.model_validate(stating.body)
    except ValidationError as why:
        raise _broken(stating, why) from None


def _state_whom(stating: Stating, patient: Node, now: datetime) -> None:
    """Whom a withdrawal names, if it does: to be held against the person of the order."""
    of = Stating()
    if patient.kind == "Patient":
        people.state_patient(of, patient, now)
    person = of.body.get("patient", {})
    stating.put("given_name", person.get("given_name", ""), patient.at("name"))
    stating.put("birth_date", person.get("birth_date", ""), patient.at("birthDate"))


def stating_of(found: Resources, now: datetime) -> Stating:
    """All that these resources state, with the places it was read at. Raises NotReadable."""
    focus = focus_of(found)
    task, order = focus.task, focus.order
    patient = _patient(found, focus)
    stating = Stating()
    stating.follow(order.at("subject"), task.at("for"), task.at("focus"))
    _state_order(stating, focus)
    _state_identifiers(stating, found, focus)
    _state_time(stating, found)
    people.state_patient(stating, patient, now)
    people.state_referrer(stating, found, focus, now)
    contacts.state_contact(stating, found, patient, now)
    clinical.state_diagnoses(stating, found, order, patient, now)
    coverage.state_payer(stating, found, order, patient, now)
    clinical.state_hospice(stating, found, patient)
    return stating


def other_service(order: Node) -> str:
    """What an order asks for in place of palliative care at home, in words; nothing where it asks for that.

    Wishes about resuscitation are known by their codes. Any other code of a system in which services have codes is
    another service too, unless its words speak of care at home: words alone and a sender's own codes are its own way
    to say the one thing that is ordered here.
    """
    concepts = [order.at("code"), *order.each("orderDetail")]
    coded = [(system, code) for concept in concepts for system, code, _ in codings(concept) if code]
    if wish := next((NOT_A_REFERRAL[each] for each in coded if each in NOT_A_REFERRAL), ""):
        return wish
    services = [(system, code) for system, code, _ in codings(order.at("code")) if system in STANDARD and code]
    spoken = " ".join(_all_words(concept) for concept in concepts)
    if not services or any(system == SNOMED and code in PALLIATIVE for system, code in services):
        return ""
    if _ASKS_FOR_CARE.search(spoken):
        return ""
    return (words(order.at("code")) or services[0][1])[:LONGEST_SERVICE]


def _all_words(concept: Node) -> str:
    return " ".join([concept.at("text").text, *(coding.at("display").text for _, _, coding in codings(concept))])


def _state_order(stating: Stating, focus: Focus) -> None:
    """What is asked for, how soon, and the words that go with it."""
    task, order = focus.task, focus.order
    stating.put("channel", Channel.FHIR, NOWHERE)
    stating.use(*(each.at(name) for each in (order, task) for name in ("status", "intent")))
    stating.use(*known_codes(task.at("code"), TASK_CODES))
    urgencies = [each.at("priority") for each in (order, task)]
    if any(urgencies):
        stating.put("priority", "urgent" if any(each.text in URGENT for each in urgencies) else "routine", NOWHERE)
    stating.place("priority", order.at("priority"))
    stating.use(*(each for each in urgencies if each.text == stating.body.get("priority")))
    services = [each for each in map(said, (order.at("code"), *order.each("orderDetail"))) if each.text]
    stating.use(*(each for each in services[:MOST_SERVICES] if len(each.text) <= LONGEST_SERVICE))
    stating.put("requested_services", [each.text[:LONGEST_SERVICE] for each in services][:MOST_SERVICES], NOWHERE)
    stating.place("requested_services", order.at("code"))
    notes = [each.at("text") for each in order.each("note") if each.at("text").text]
    stating.use(*notes)
    stating.put("referral_note", "\n\n".join(each.text for each in notes), NOWHERE)
    stating.place("referral_note", order.at("note"))
    if other := other_service(order):
        stating.put("other_service", other, NOWHERE)
        rule = "This asks for another service than palliative care: a person looks at it first."
        stating.warn(order.at("code"), rule)


def _patient(found: Resources, focus: Focus) -> Node:
    reference = focus.order.at("subject") or focus.task.at("for")
    patient = found.referred(reference)
    if patient.kind != "Patient":
        raise refused("not-found", "Include the Patient that this names.", focus.order.at("subject"))
    return patient


def _state_identifiers(stating: Stating, found: Resources, focus: Focus) -> None:
    placed = focus.placer
    if placed:
        stating.put("placer_id", placed.at("value").text, placed.at("value"))
        stating.put("placer_assigner", *_assigner(found, placed))
        stating.use(*known_codes(placed.at("type"), IDENTIFIER_TYPES), placed.at("use"))


def _assigner(found: Resources, placed: Node) -> tuple[str, Node]:
    assigner = placed.at("assigner")
    named = found.referred(assigner).at("name") if assigner else NOWHERE
    said_at = (placed.at("system"), assigner.at("identifier", "value"), named, assigner.at("display"))
    at = next((each for each in said_at if each.text), assigner)
    return at.text[:LONGEST_ASSIGNER], at


def _state_time(stating: Stating, found: Resources) -> None:
    """As of when this is stated: the Bundle's own time, else that of what changed last in it."""
    read_here = [each for each in found.of(*READ) if not is_unread(each)]
    changed = [each.at("meta", "lastUpdated") for each in read_here]
    changed += [each.at("lastModified") for each in found.entered("Task")]
    stamped = [found.bundle.at("timestamp")] if found.bundle.at("timestamp") else [each for each in changed if each]
    times = [(_instant(each), n, each) for n, each in enumerate(stamped)]
    if times:
        latest, _, at = max(times)
        stating.put("stated_at", latest, at)


def _instant(at: Node) -> datetime:
    try:
        return _INSTANT.validate_python(at.value if isinstance(at.value, str) else "")
    except ValidationError:
        raise refused("value", "Give a time with its zone, such as 2026-03-02T14:00:00Z.", at) from None


def _broken(stating: Stating, why: ValidationError) -> NotReadable:
    issues: dict[str, Issue] = {}
    organizations = {"organization", "referrer.organization"} - set(stating.stated)
    for field, broken in errors_of(why).items():
        rule = ORGANIZATION_NEEDED if field in organizations else broken
        issues[f"{stating.place_of(field)} {rule}"] = Issue("value", rule, stating.place_of(field))
    return NotReadable([*issues.values()])
