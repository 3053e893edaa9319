"""A stay, whatever order its messages come in and however often: it ends alike, and so does what was told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts import Event
from carebus.contracts.line import (
    AdmissionNotified,
    AdmissionWithdrawn,
    DeathReported,
    DeathReportWithdrawn,
    DischargedTo,
    DischargeNotified,
    DischargeWithdrawn,
    EdVisitNotified,
    EdVisitWithdrawn,
    HospitalSource,
    TransferNotified,
)
from services.line.domain.hospital.notice import Fact, PatientClass, Trigger
from services.line.domain.hospital.stay import Standing, Stay, news

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
STAY = Stay(stay_id=UUID(int=1), source=HospitalSource.HL7V2, hospital="General")


def fact(trigger: Trigger, hour: int, **said: Any) -> Fact:
    at = NINE + timedelta(hours=hour)
    return Fact(**{"trigger": trigger, "recorded_at": at, "happened_at": at, "patient_class": "inpatient", **said})


FACTS = st.builds(
    fact,
    st.sampled_from([one for one in Trigger if one is not Trigger.MERGE]),
    st.integers(0, 6),
    patient_class=st.sampled_from(PatientClass),
    unit=st.sampled_from(["", "3W", "ICU"]),
    planned=st.sampled_from([None, True, False]),
    discharged_to=st.sampled_from([DischargedTo.NOT_STATED, DischargedTo.HOME, DischargedTo.DIED]),
    died=st.sampled_from([None, None, None, True, False]),
)


def hear(facts: list[Fact]) -> tuple[Stay, list[Event]]:
    stay, told = STAY, list[Event]()
    for one in facts:
        stay = stay.with_fact(one)
        told += news(stay, NINE)
        stay = stay.model_copy(update={"told": stay.standing})
    return stay, told


SAID: dict[type[Event], tuple[str, ...]] = {
    EdVisitNotified: ("came_at",),
    AdmissionNotified: ("admitted_at", "planned", "unit"),
    TransferNotified: ("unit",),
    DischargeNotified: ("discharged_at", "discharged_to"),
    DeathReported: ("died_on",),
}
TAKEN_BACK: dict[type[Event], type[Event]] = {
    EdVisitWithdrawn: EdVisitNotified,
    AdmissionWithdrawn: AdmissionNotified,
    DischargeWithdrawn: DischargeNotified,
    DeathReportWithdrawn: DeathReported,
}


def as_told(events: list[Event]) -> dict[str, Any]:
    """What somebody knows at the end who has heard the events and nothing else."""
    known: dict[str, Any] = {}
    for event in events:
        if said := SAID.get(type(event)):
            known.update({name: getattr(event, name) for name in said})
        for name in SAID[TAKEN_BACK[type(event)]] if type(event) in TAKEN_BACK else ():
            del known[name]
    return known


@settings(deadline=None, max_examples=300)
@given(st.lists(FACTS, max_size=12), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_end_alike(facts: list[Fact], random: Any) -> None:
    again = [*facts, *facts[::2]]
    random.shuffle(again)
    one, told = hear(facts)
    other, told_again = hear(again)
    assert one.standing == other.standing
    assert one.facts == other.facts
    assert as_told(told) == as_told(told_again)


def test_what_is_said_again_is_told_once() -> None:
    came = fact(Trigger.ADMIT, 0)
    assert [type(one) for one in hear([came, came])[1]] == [AdmissionNotified]


def test_a_cancel_undoes_what_it_takes_back() -> None:
    admitted, left = fact(Trigger.ADMIT, 0, unit="3W"), fact(Trigger.DISCHARGE, 2)
    moved = fact(Trigger.TRANSFER, 1, unit="ICU")
    assert hear([admitted, fact(Trigger.CANCEL_ADMIT, 1)])[0].standing == Standing()
    assert hear([admitted, moved, fact(Trigger.CANCEL_TRANSFER, 3)])[0].standing.unit == "3W"
    still_there = hear([admitted, left, fact(Trigger.CANCEL_DISCHARGE, 3)])[0].standing
    assert still_there.current
    assert hear([admitted, fact(Trigger.CANCEL_ADMIT, 1), fact(Trigger.ADMIT, 4)])[0].standing.current


def test_somebody_admitted_from_the_emergency_department_was_there_and_is_here() -> None:
    came = fact(Trigger.REGISTER, 0, patient_class="emergency")
    _, told = hear([fact(Trigger.TO_INPATIENT, 1), came])
    assert {type(one) for one in told} == {AdmissionNotified, EdVisitNotified}


def test_a_visit_to_a_clinic_is_nobodys_news() -> None:
    assert hear([fact(Trigger.REGISTER, 0, patient_class="other")])[1] == []


def test_a_death_is_a_report_that_the_hospital_may_take_back() -> None:
    _, told = hear([fact(Trigger.UPDATE, 0, died=True), fact(Trigger.UPDATE, 1, died=False)])
    assert [type(one) for one in told] == [DeathReported, DeathReportWithdrawn]


def test_a_discharge_that_comes_alone_says_since_when_somebody_was_there() -> None:
    stay, told = hear([fact(Trigger.DISCHARGE, 5, admitted_at=NINE)])
    assert stay.standing.admitted_at == NINE
    assert [type(one) for one in told] == [AdmissionNotified, DischargeNotified]
