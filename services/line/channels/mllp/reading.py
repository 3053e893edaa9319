"""Reads an ADT message: what happened to whom, when and in which stay. What is not needed is not looked at."""

from datetime import date, datetime
from typing import NamedTuple

from carebus.contracts.line import DischargedTo, HospitalSource
from carebus.contracts.referral import HospitalNumber
from services.line.channels.mllp import times
from services.line.channels.mllp.parsing import Message, Repeat
from services.line.channels.mllp.refusing import NoPerson, NothingThere, OtherProcessing, OtherType
from services.line.domain.hospital.notice import MOST_KEPT, Fact, Notice, PatientClass, StatedPerson, Trigger
from services.line.settings import Hospital

_CLASSES = {"I": PatientClass.INPATIENT, "E": PatientClass.EMERGENCY}
_PLANNED = {"L": True, "E": False, "U": False, "A": False}
"""Of PV1-4: elective; emergency, urgent, accident. Others say neither."""
_LEFT = {
    "01": DischargedTo.HOME, "02": DischargedTo.HOSPITAL, "03": DischargedTo.FACILITY, "04": DischargedTo.FACILITY,
    "05": DischargedTo.HOSPITAL, "06": DischargedTo.HOME_CARE, "07": DischargedTo.LEFT_AGAINST_ADVICE,
    "20": DischargedTo.DIED, "40": DischargedTo.DIED, "41": DischargedTo.DIED, "42": DischargedTo.DIED,
    "50": DischargedTo.HOSPICE, "51": DischargedTo.HOSPICE, "61": DischargedTo.FACILITY, "62": DischargedTo.FACILITY,
    "63": DischargedTo.FACILITY, "65": DischargedTo.HOSPITAL, "66": DischargedTo.HOSPITAL,
}  # fmt: skip
"""Of PV1-36, as claims code it (UB-04); other codes are a hospital's own and say nothing here."""
_MEMBER = {"MB", "MA", "MC", "HC", "SN", "MCD", "MCR"}
"""Identifier types of PID-3 that are a payer's, and not a hospital's."""
_NOT_OURS = {"SS", "DL", "PPN", "AN", "VN"}
_YES, _NO = {"Y", "YES"}, {"N", "NO"}


class Way(NamedTuple):
    """What a message is read for: its hospital, which processing id is taken, and the time it came."""

    hospital: Hospital
    processing_id: str
    now: datetime


def trigger_of(message: Message) -> str:
    """What kind of ADT message it is. Raises OtherType."""
    if message.text("MSH", 9) != "ADT":
        raise OtherType("MSH-9")
    return message.text("MSH", 9, 2) or message.text("EVN", 1)


def notice_of(message: Message, way: Way) -> Notice | None:
    """What the message says; None where it is of a kind that says nothing here. Raises NotTaken."""
    trigger = trigger_of(message)
    if message.text("MSH", 11) != way.processing_id:
        raise OtherProcessing("MSH-11")
    if not message.text("MSH", 10):
        raise NothingThere("MSH-10")
    if trigger not in set(Trigger):
        return None
    if not message.has("PID"):
        raise NoPerson("PID")
    kind = Trigger(trigger)
    visit = message.text("PV1", 19) or message.text("PID", 18)
    if not visit and kind not in {Trigger.UPDATE, Trigger.MERGE}:
        raise NothingThere("PV1-19")
    return Notice(
        source=HospitalSource.HL7V2,
        hospital=way.hospital.name,
        visit_number=visit[:200],
        person=_person(message, way),
        fact=_fact(message, kind, way),
        retired_numbers=tuple(_numbers(message.repeats("MRG", 1), way)) if kind is Trigger.MERGE else (),
    )


def _fact(message: Message, trigger: Trigger, way: Way) -> Fact:
    def at(segment: str, field: int) -> datetime | None:
        return times.moment(message.text(segment, field), f"{segment}-{field}", way.hospital.zone, way.now)

    recorded_at = at("EVN", 2) or at("MSH", 7)
    if recorded_at is None:
        raise NothingThere("EVN-2")
    happened_at = at("EVN", 6) or recorded_at
    admitted_at, left_at = at("PV1", 44), at("PV1", 45)
    if trigger is Trigger.DISCHARGE and left_at:
        happened_at = left_at
    died, died_on = _death(message, way)
    return Fact(
        trigger=trigger,
        recorded_at=recorded_at,
        happened_at=happened_at,
        patient_class=_CLASSES.get(message.text("PV1", 2), _otherwise(message, trigger)),
        unit=" ".join(filter(None, (message.text("PV1", 3), message.text("PV1", 3, 2))))[:100],
        planned=_PLANNED.get(message.text("PV1", 4)),
        admitted_at=admitted_at,
        discharged_to=_left(message, trigger),
        died=died,
        died_on=died_on,
    )


def _otherwise(message: Message, trigger: Trigger) -> PatientClass:
    """An admission is an inpatient's where the message does not say how somebody is there."""
    admits = trigger in {Trigger.ADMIT, Trigger.TRANSFER, Trigger.TO_INPATIENT}
    return PatientClass.INPATIENT if admits and not message.text("PV1", 2) else PatientClass.OTHER


def _left(message: Message, trigger: Trigger) -> DischargedTo:
    if trigger is not Trigger.DISCHARGE:
        return DischargedTo.NOT_STATED
    code = message.text("PV1", 36)
    return _LEFT.get(code.zfill(2), DischargedTo.OTHER) if code else DischargedTo.NOT_STATED


def _death(message: Message, way: Way) -> tuple[bool | None, date | None]:
    """Whether the message says that the person has died, and when."""
    said = message.text("PID", 30).upper()
    died_at = times.moment(message.text("PID", 29), "PID-29", way.hospital.zone, way.now)
    if said in _NO:
        return False, None
    if died_at or said in _YES:
        return True, times.day(message.text("PID", 29), "PID-29", way.now)
    return None, None


def _person(message: Message, way: Way) -> StatedPerson:
    given_out = message.repeats("PID", 3) or message.repeats("PID", 2)
    names, home = message.repeats("PID", 5), message.repeats("PID", 11)
    phones = [*message.repeats("PID", 13), *message.repeats("PID", 14)]
    return StatedPerson(
        hospital_numbers=tuple(_numbers(given_out, way)),
        names=tuple((one.text(1)[:200], one.text(2)[:200]) for one in names[:MOST_KEPT]),
        suffix=names[0].text(4)[:40] if names else "",
        birth_date=times.day(message.text("PID", 7), "PID-7", way.now),
        sex=message.text("PID", 8)[:20],
        phones=tuple(found for one in phones[:MOST_KEPT] if (found := _phone(one))),
        street=home[0].text(1)[:200] if home else "",
        postal_code=home[0].text(5)[:20] if home else "",
        member_numbers=tuple(one.text(1)[:60] for one in given_out[:MOST_KEPT] if one.text(5) in _MEMBER),
    )


def _phone(one: Repeat) -> str:
    """The whole number in one part, as it was; or area code and number in two, as it is since."""
    return (one.text(1) or one.text(12) or f"{one.text(6)}{one.text(7)}")[:40]


def _numbers(repeats: list[Repeat], way: Way) -> list[HospitalNumber]:
    """The hospital's numbers of a person. Its own it may call by several names; each of them finds the person."""
    own = (way.hospital.name, way.hospital.facility, *way.hospital.assigners)
    found = []
    for one in repeats[:MOST_KEPT]:
        number, kind = one.text(1)[:60], one.text(5)
        if not number or kind in _MEMBER | _NOT_OURS:
            continue
        named = [name for name in (one.text(4), one.text(4, 2)) if name]
        if not named or not {name.casefold() for name in named}.isdisjoint(name.casefold() for name in own):
            named = [*named, *own]
        found += [HospitalNumber(assigner=name, number=number) for name in dict.fromkeys(filter(None, named))]
    return found
