"""Reads a Da Vinci notification: what happened by its MessageHeader, where by its Encounter, to whom by its Patient."""

from datetime import date, datetime
from http import HTTPStatus
from typing import NamedTuple

from carebus.contracts.line import DischargedTo, HospitalSource
from carebus.contracts.referral import HospitalNumber
from carebus.web.fhir.nodes import NOWHERE, Node, first
from carebus.web.fhir.parsing import parsed
from carebus.web.fhir.refusing import NotReadable
from services.line.channels.fhir import people
from services.line.channels.fhir.stated import code_of, day_at, moment_at
from services.line.domain.hospital.notice import Fact, Notice, PatientClass, Trigger
from services.line.settings import Hospital

_EVENTS = {
    "notification-admit": Trigger.ADMIT,
    "notification-discharge": Trigger.DISCHARGE,
    "notification-transfer": Trigger.TRANSFER,
    "notification-update": Trigger.UPDATE,
}
_TAKEN_BACK = {"entered-in-error", "cancelled"}
_CLASSES = {
    **dict.fromkeys(("IMP", "ACUTE", "NONAC"), PatientClass.INPATIENT),
    "EMER": PatientClass.EMERGENCY,
}
_LEFT = {
    "home": DischargedTo.HOME,
    "other-hcf": DischargedTo.HOSPITAL,
    "hosp": DischargedTo.HOSPICE,
    "long": DischargedTo.FACILITY,
    "rehab": DischargedTo.FACILITY,
    "snf": DischargedTo.FACILITY,
    "aadvice": DischargedTo.LEFT_AGAINST_ADVICE,
    "exp": DischargedTo.DIED,
}


class Told(NamedTuple):
    """What a notification says. number: of the message.  notice: None where it is of a kind that says nothing here."""

    hospital: Hospital
    number: str
    notice: Notice | None


def told_by(raw: bytes, hospitals: tuple[Hospital, ...], now: datetime) -> Told:
    """What a Bundle tells, and which hospital it is. Raises NotReadable."""
    bundle = Node(parsed(raw), "Bundle")
    if bundle.kind != "Bundle" or bundle.at("type").text != "message":
        raise NotReadable.because("structure", "Send a Bundle of type message.", "Bundle.type", HTTPStatus.BAD_REQUEST)
    resources = {node.at("fullUrl").text: node.at("resource") for node in bundle.each("entry")}
    header = _only([each.at("resource") for each in bundle.each("entry")][:1], "MessageHeader")
    hospital = _hospital(header, hospitals)
    number = header.at("id").text or bundle.at("id").text
    if not number:
        raise NotReadable.because("required", "Give the message an id.", f"{header.path}.id")
    event = header.at("eventCoding", "code").text
    if event not in _EVENTS:
        return Told(hospital, number, None)
    encounter = _only(list(resources.values()), "Encounter")
    patient = _only(list(resources.values()), "Patient")
    return Told(hospital, number, _notice(bundle, encounter, patient, _EVENTS[event], hospital, now))


def _notice(
    bundle: Node, encounter: Node, patient: Node, trigger: Trigger, hospital: Hospital, now: datetime
) -> Notice:
    numbers = [one.at("value").text for one in encounter.each("identifier")]
    visit = next(filter(None, (*numbers, encounter.at("id").text)), "")
    if not visit:
        raise NotReadable.because("required", "Give the encounter an identifier.", f"{encounter.path}.identifier")
    return Notice(
        source=HospitalSource.FHIR,
        hospital=hospital.name,
        visit_number=visit[:200],
        person=people.person_of(patient, hospital, now),
        fact=_fact(bundle, encounter, patient, trigger, now),
        retired_numbers=tuple[HospitalNumber, ...](),
    )


def _fact(bundle: Node, encounter: Node, patient: Node, trigger: Trigger, now: datetime) -> Fact:
    recorded_at = moment_at(bundle.at("timestamp"), now)
    if recorded_at is None:
        raise NotReadable.because("required", "Say when the message was made.", "Bundle.timestamp")
    began, ended = (moment_at(encounter.at("period", name), now) for name in ("start", "end"))
    patient_class = _CLASSES.get(encounter.at("class", "code").text, PatientClass.OTHER)
    if encounter.at("status").text in _TAKEN_BACK:
        trigger = Trigger.CANCEL_ADMIT
    elif trigger is Trigger.ADMIT and patient_class is not PatientClass.INPATIENT:
        trigger = Trigger.REGISTER
    leaves = trigger is Trigger.DISCHARGE
    died, died_on = _death(patient, now)
    return Fact(
        trigger=trigger,
        recorded_at=recorded_at,
        happened_at=(ended if leaves else began) or recorded_at,
        patient_class=patient_class,
        unit=first(encounter.each("location")).at("location", "display").text[:100],
        planned={"EL": True, "EM": False, "UR": False}.get(code_of(encounter.at("priority"))),
        admitted_at=began,
        discharged_to=_left(encounter) if leaves else DischargedTo.NOT_STATED,
        died=died,
        died_on=died_on,
    )


def _left(encounter: Node) -> DischargedTo:
    code = code_of(encounter.at("hospitalization", "dischargeDisposition"))
    return _LEFT.get(code, DischargedTo.OTHER) if code else DischargedTo.NOT_STATED


def _death(patient: Node, now: datetime) -> tuple[bool | None, date | None]:
    if at := patient.at("deceasedDateTime"):
        return True, day_at(at, now)
    said = patient.at("deceasedBoolean").value
    return (said, None) if isinstance(said, bool) else (None, None)


def _only(nodes: list[Node], kind: str) -> Node:
    """The one resource of this type that is read."""
    found = first((node for node in nodes if node.kind == kind), NOWHERE)
    if not found:
        raise NotReadable.because("required", f"A notification has a {kind}.", "Bundle.entry")
    return found


def _hospital(header: Node, hospitals: tuple[Hospital, ...]) -> Hospital:
    endpoint = header.at("source", "endpoint")
    for one in hospitals:
        if one.endpoint and one.endpoint == endpoint.text:
            return one
    raise NotReadable.because(
        "not-supported", "No hospital that may send has this endpoint.", endpoint.path, HTTPStatus.FORBIDDEN
    )
