"""A supplier's private link, serial numbers at two patients, orders for paper, and lists by what is due."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from carebus.access import AccountRole
from carebus.contracts.care_plan import CareHeld
from carebus.contracts.equipment import DmeDelivered, DmeOrdered
from carebus.contracts.event import patient_stream
from carebus.contracts.referral import PatientMerged
from carebus.testing import START, Bench
from carebus.web.private_links import PrivateLinks
from tests.equipment.homes import BED, SECRET, at_home, done, ordered, stands, taken_on
from tests.examples import example

STREET = "12 Elm Street"
LINKS = PrivateLinks(SECRET, "/orders")


async def linked(equipment: Bench, patient: UUID) -> str:
    """The address of an order's link."""
    await ordered(equipment, patient)
    return LINKS.address((await equipment.published(DmeOrdered, patient=patient))[-1].link_id)


async def test_a_supplier_sees_where_to_deliver_confirms_once_and_sees_it_no_more(equipment: Bench) -> None:
    patient = await taken_on(equipment, address={"street": STREET, "city": "Springfield"})
    page = await linked(equipment, patient)
    async with equipment.as_() as outside:
        shown = await outside.get(page)
        assert STREET in shown.text
        assert "noindex" in shown.headers["x-robots-tag"]
        said = {"serial": "B 12", "at": "", "idempotency_key": "one"}
        for _ in range(2):
            assert (await outside.post(page, data=said)).status_code == 303
        after = await outside.get(page)
        assert "all of it is delivered" in after.text
        assert STREET not in after.text
    (told,) = await equipment.published(DmeDelivered, patient=patient)
    assert (told.serial, told.recorded_by, told.delivered_at) == ("B 12", "supplier", START)


async def test_wrong_input_of_a_supplier_is_named_and_kept(equipment: Bench) -> None:
    page = await linked(equipment, await taken_on(equipment))
    for said, status in (
        ({"serial": "B<12>"}, 422),
        ({"serial": "7", "at": "2126-01-01T10:00"}, 422),
        ({"serial": "7", "at": "yesterday"}, 422),
        ({"serial": "7", "at": "0001-01-01T00:00"}, 422),
    ):
        answer = await equipment.http.post(page, data=said)
        assert answer.status_code == status, said
        assert "Please look at these again" in answer.text


async def test_on_a_hold_and_after_a_cancellation_the_link_shows_no_address(equipment: Bench) -> None:
    patient = await taken_on(equipment, address={"street": STREET})
    page = await linked(equipment, patient)
    await equipment.hears(example(CareHeld), stream=patient_stream(patient))
    shown = (await equipment.http.get(page)).text
    assert STREET not in shown
    assert "Please wait" in shown
    assert "death" not in shown
    other = await taken_on(equipment, address={"street": STREET})
    gone = await linked(equipment, other)
    order = (await stands(equipment, other))["orders"][0]["order_id"]
    await done(equipment, other, "cancel-order", order_id=order, because="Not needed.")
    assert STREET not in (await equipment.http.get(gone)).text
    assert (await equipment.http.post(gone, data={"serial": "1"})).status_code == 404


@pytest.mark.parametrize(
    "token",
    ["x", LINKS.token(uuid4()), PrivateLinks("y" * 32, "").token(uuid4())],
    ids=["none of ours", "of no order", "made with another secret"],
)
async def test_a_link_that_was_never_given_opens_nothing(equipment: Bench, token: str) -> None:
    assert (await equipment.http.get(f"/orders/{token}")).status_code == 404


async def test_an_order_is_printed_with_what_and_where_to(equipment: Bench) -> None:
    patient = await taken_on(equipment, address={"street": STREET})
    order = await ordered(equipment, patient)
    page = (await equipment.http.get(f"/patients/{patient}/orders/{order}")).text
    assert STREET in page
    assert "E0260" in page
    assert "800-555-0101" in page
    assert (await equipment.http.get(f"/patients/{patient}/orders/{uuid4()}")).status_code == 404


async def test_one_serial_at_two_patients_goes_to_a_person_who_puts_it_right(equipment: Bench) -> None:
    first, second, third = [await taken_on(equipment) for _ in range(3)]
    await at_home(equipment, first, serial="sn-77 a")
    bed = await at_home(equipment, second, serial="SN77A")
    await at_home(equipment, third, "E1390", serial="SN77A")
    page = (await equipment.http.get("/serials")).text
    assert str(first) in page
    assert str(second) in page
    assert str(third) not in page, "another item may have the same number"
    await done(equipment, second, "correct", loan_id=bed, serial="SN78A", because="Read wrongly.")
    assert "Every serial number is at one patient only" in (await equipment.http.get("/serials")).text


async def test_one_serial_on_two_records_of_one_person_is_no_finding(equipment: Bench) -> None:
    retired, survivor = await taken_on(equipment), await taken_on(equipment)
    for patient in (retired, survivor):
        await at_home(equipment, patient, serial="SN1")
    assert str(retired) in (await equipment.http.get("/serials")).text
    merged = example(PatientMerged, survivor_id=survivor, retired_id=retired)
    await equipment.hears(merged, stream=patient_stream(retired))
    assert "Every serial number" in (await equipment.http.get("/serials")).text


async def test_what_is_due_is_listed_by_day_and_group(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient)
    await ordered(equipment, patient, "E1390")
    later = (equipment.now().date() + timedelta(days=3)).isoformat()
    await done(equipment, patient, "pickup", loan_id=bed, reason="faulty", due_on=later)
    rows = (await equipment.http.get("/api/due")).json()
    assert [one["due_on"] for one in rows] == sorted(one["due_on"] for one in rows)
    assert {"delivery", "pickup"} <= {one["kind"] for one in rows}
    pickups = (await equipment.http.get("/?show=pickups")).text
    assert "To be fetched" in pickups
    assert "To be delivered" not in pickups
    assert (await equipment.http.get("/?show=nothing")).status_code == 200
    assert "Hospital bed" in (await equipment.http.get("/balances")).text


async def test_somebody_is_found_by_the_beginning_of_a_name(equipment: Bench) -> None:
    await taken_on(equipment, given_name="Ágnes", family_name="Szabó")
    assert "Ágnes Szabó" in (await equipment.http.post("/find", data={"name": "szab"})).text
    assert "Nobody of this name" in (await equipment.http.post("/find", data={"name": "zzz"})).text


async def test_every_acts_form_opens_and_asks_for_what_the_act_needs(equipment: Bench) -> None:
    from services.equipment.api.acts import ACTS
    from services.equipment.api.fields import FIELDS, LABELS

    patient = await taken_on(equipment)
    bed = await at_home(equipment, patient, BED)
    assert ACTS.keys() == FIELDS.keys()
    for act, one in ACTS.items():
        page = await equipment.http.get(f"/patients/{patient}/{act}?about={bed}")
        assert page.status_code == 200, act
        needed = {name for name, field in one.body.model_fields.items() if field.is_required()} - {one.about}
        asked = {field.name for field in FIELDS[act].fields}
        assert needed <= asked <= one.body.model_fields.keys(), act
        assert asked <= LABELS.keys()


async def test_whoever_is_outside_sees_nothing(equipment: Bench) -> None:
    patient = await taken_on(equipment)
    async with equipment.as_(AccountRole.FAMILY_MEMBER) as family:
        assert (await family.get(f"/api/patients/{patient}")).status_code in (403, 404)
    async with equipment.as_(AccountRole.COORDINATOR) as office:
        body = {"item_code": BED, "justification": "?"}
        asked = await office.post(f"/api/patients/{patient}/request", json=body, headers={"Idempotency-Key": "k"})
        assert asked.status_code == 403, "a clinician asks"
