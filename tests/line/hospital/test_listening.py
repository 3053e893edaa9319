"""A hospital's messages on a real connection: what is kept, and what each is answered."""

from __future__ import annotations

from carebus.contracts.line import AdmissionNotified
from carebus.testing import Bench, assert_published
from tests.line.hospital.messages import adt, code_of, port_of, sender_at, stated
from tests.line.people import taken_on


async def test_an_admission_is_answered_once_it_is_told_and_the_sheet_shows_it(line: Bench) -> None:
    patient = await stated(line, await taken_on(line))
    async with port_of(line) as port, sender_at(port) as hospital:
        answers = [await hospital.send(adt("A01")) for _ in range(2)]
    assert [code_of(one) for one in answers] == ["AA", "AA"]
    (told,) = await assert_published(line, AdmissionNotified, patient=patient)
    assert (told.hospital, told.planned, told.unit) == ("General Hospital", False, "3W 12")
    page = (await line.http.get(f"/patients/{patient}")).text
    assert "General Hospital" in page
