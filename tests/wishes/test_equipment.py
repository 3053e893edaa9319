"""Equipment that goes with one choice only stands against wishes: asked for, delivered, gone, and recorded wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import InterventionKind
from carebus.contracts.equipment import (
    DmeDelivered,
    DmeDeliveryCorrected,
    DmeLost,
    DmeRecordWithdrawn,
    DmeRequested,
    DmeRequestWithdrawn,
    DmeReturned,
)
from carebus.contracts.wishes import PreferenceConflictDetected, SideKind
from carebus.decisions import Cause
from carebus.testing import START, Bench, assert_published
from services.wishes.domain.conflicts.sides import all_sides
from services.wishes.domain.wishes import Wishes
from services.wishes.handlers import HANDLERS
from tests.examples import example
from tests.wishes.people import done, stands, taken_on
from tests.wishes.test_conflicts import opened, planned
from tests.wishes.test_conversations import held

NO_TUBE = [{"question": "nutrition", "choice": "no_feeding_tube"}]
PUMP, BED = "B9002", "E0260"
REQUEST, LOAN, DELIVERY, END = (UUID(int=n) for n in range(1, 5))


def asked(code: str = PUMP) -> Event:
    return example(DmeRequested, request_id=REQUEST, item_code=code, requested_at=START)


def delivered(code: str = PUMP, **more: Any) -> Event:
    said = {"request_id": REQUEST, "delivered_at": START + timedelta(days=1), **more}
    return example(DmeDelivered, loan_id=LOAN, record_id=DELIVERY, item_code=code, **said)


def returned() -> Event:
    return example(DmeReturned, loan_id=LOAN, record_id=END, item_code=PUMP)


def lost() -> Event:
    return example(DmeLost, loan_id=LOAN, record_id=END, item_code=PUMP)


def withdrawn(record: UUID) -> Event:
    return example(DmeRecordWithdrawn, corrects=record)


def corrected(code: str) -> Event:
    return example(DmeDeliveryCorrected, corrects=DELIVERY, loan_id=LOAN, item_code=code)


def request_withdrawn() -> Event:
    return example(DmeRequestWithdrawn, request_id=REQUEST)


def after(events: Sequence[Event]) -> Wishes:
    """What is known after these, none of which may be refused."""
    wishes = Wishes()
    for event in events:
        cause = Cause(UUID(int=9), patient_stream(UUID(int=7)), START, "test", UUID(int=8), START)
        for state in HANDLERS[type(event)].decide(wishes, event, cause).states:
            assert isinstance(state, Wishes)
            wishes = state
    return wishes


@pytest.mark.parametrize(
    ("events", "there"),
    [
        ([asked()], 1),
        ([asked(BED)], 0),
        ([asked(), request_withdrawn()], 0),
        ([asked(), delivered()], 1),
        ([asked(), delivered(), request_withdrawn()], 1),
        ([asked(), delivered(), returned()], 0),
        ([asked(), delivered(), lost()], 0),
        ([asked(), delivered(), returned(), withdrawn(END)], 1),
        ([delivered(request_id=None)], 1),
        ([delivered(request_id=None), withdrawn(DELIVERY)], 0),
        ([asked(), delivered(), withdrawn(DELIVERY)], 1),
        ([asked(), delivered(), corrected(BED)], 1),
        ([delivered(request_id=None), corrected(BED)], 0),
        ([delivered(BED, request_id=None), corrected(PUMP)], 1),
        ([delivered(request_id=None), withdrawn(UUID(int=99))], 1),
    ],
)
def test_a_thing_is_a_side_as_long_as_it_is_wanted_or_there(events: list[Event], there: int) -> None:
    sides = all_sides(after(events))
    assert len(sides) == there
    assert all(one.kind is SideKind.EQUIPMENT and one.words == "Pump for tube feeding" for one in sides)


@given(st.permutations([asked(), delivered(), returned()]))
def test_what_is_at_home_never_hides_behind_a_request(order: list[Event]) -> None:
    sides = all_sides(after(order))
    assert len({one.of for one in sides}) == len(sides) <= 1


async def test_a_pump_against_a_wish_is_told_once_from_request_to_delivery_and_gone_with_it(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await held(wishes, patient, answers=NO_TUBE)
    stream = patient_stream(patient)
    for event in (asked(), delivered()):
        await wishes.hears(event, stream=stream)
    (told,) = await assert_published(wishes, PreferenceConflictDetected, patient=patient)
    assert {told.first.kind, told.second.kind} == {SideKind.EQUIPMENT, SideKind.CONVERSATION}
    assert "Pump for tube feeding" in (await wishes.http.get(f"/patients/{patient}")).text
    await wishes.hears(returned(), stream=stream)
    assert await opened(wishes, patient) == []


async def test_what_a_clinician_settled_stays_settled_when_the_pump_comes_and_the_plan_is_revised(
    wishes: Bench,
) -> None:
    patient = await taken_on(wishes)
    await held(wishes, patient, answers=NO_TUBE)
    stream = patient_stream(patient)
    await wishes.hears(asked(), stream=stream)
    (conflict,) = await opened(wishes, patient)
    said = {"outcome": "both_stand", "asked": "The patient", "because": "For water only."}
    await done(wishes, patient, "settle", conflict_id=conflict["conflict_id"], **said)
    for event in (delivered(), planned(InterventionKind.VISIT)):
        await wishes.hears(event, stream=stream)
    assert await opened(wishes, patient) == []
    assert len((await stands(wishes, patient))["conflicts"]) == 1
