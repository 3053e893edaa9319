"""A hospital's messages on a real connection: what is kept, and what each is answered."""

from __future__ import annotations

import asyncio
import time

import pytest

from carebus.contracts.line import AdmissionNotified, DeathReported, DischargeNotified
from carebus.testing import Bench, assert_published
from services.line.channels.mllp.framing import END, START, framed
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


async def test_every_answer_is_as_documented(line: Bench) -> None:
    said = {
        adt("A08", visit=""): "AA",
        adt("A31"): "AA",
        adt("A01", pid=False): "AE",
        adt("A01", number=""): "AE",
        adt("A01", at="later"): "AE",
        adt("A01", msh18="ASCII"): "AE",
        adt("A01").replace("ADT^", "ORM^"): "AR",
        adt("A01", processing="T"): "AR",
        adt("A01").replace("EPIC|GENERAL", "X|Y"): "AR",
        adt("A01", accept="AL", application="NE"): "CA",
        adt("A01", accept="AL", application="NE", number="2", pid=False): "CE",
        adt("A01", accept="ER", application="NE", number="3", processing="T"): "CR",
        f"BHS|^~\\&|EPIC|GENERAL\r{adt()}BTS|7\r": "AE",
        "hello": "AE",
    }
    async with port_of(line) as port, sender_at(port) as hospital:
        answers = {message: await hospital.send(message) for message in said}
    assert {message: code_of(answer) for message, answer in answers.items()} == said
    for message, answer in answers.items():
        assert ("\rERR|" in answer) is (said[message] not in {"AA", "CA"})
        assert "Núñez" not in answer


async def test_in_enhanced_mode_both_answers_come_where_both_are_wanted(line: Bench) -> None:
    async with port_of(line) as port, sender_at(port) as hospital:
        first = await hospital.send(adt("A31", accept="AL", application="AL"))
        assert [code_of(first), code_of(await hospital.answer())] == ["CA", "AA"]


async def test_a_file_is_answered_message_by_message(line: Bench) -> None:
    async with port_of(line) as port, sender_at(port) as hospital:
        answer = await hospital.send(f"BHS|^~\\&|EPIC|GENERAL\r{adt('A31')}{adt('A01', pid=False)}BTS|2\r")
    assert [row.split("|")[1] for row in answer.split("\r") if row.startswith("MSA")] == ["AA", "AE"]


async def test_two_messages_in_one_frame_without_a_batch_are_both_kept_and_answered(line: Bench) -> None:
    patient = await stated(line, await taken_on(line))
    async with port_of(line) as port, sender_at(port) as hospital:
        answers = [await hospital.send(adt("A31", number="1") + adt("A01", number="2")), await hospital.answer()]
    assert [answer.split("MSA|")[1].rstrip() for answer in answers] == ["AA|1", "AA|2"]
    await assert_published(line, AdmissionNotified, patient=patient)


async def test_a_reused_number_with_other_bytes_is_a_new_message_and_counted(line: Bench) -> None:
    await stated(line)
    async with port_of(line) as port, sender_at(port) as hospital:
        for trigger in ("A01", "A03", "A03"):
            assert code_of(await hospital.send(adt(trigger, number="same"))) == "AA"
    await assert_published(line, DischargeNotified)
    metrics = line.service.core.metrics
    assert metrics.total(metrics.numbers_reused) >= 1


async def test_a_message_over_the_limit_is_rejected_and_the_connection_closed(line: Bench) -> None:
    async with port_of(line) as port, sender_at(port) as hospital:
        hospital.writer.write(START + adt().encode() + b"OBX|" + b"x" * (1024 * 1024))
        assert code_of(await hospital.answer()) == "AR"
        assert await hospital.answer() == ""


async def test_half_a_message_is_nobodys_and_unframed_bytes_close_the_connection(line: Bench) -> None:
    async with port_of(line) as port:
        async with sender_at(port) as hospital:
            hospital.writer.write(framed(adt().encode())[:100])
            hospital.writer.write_eof()
            assert await hospital.answer() == ""
        async with sender_at(port) as hospital:
            hospital.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert await hospital.answer() == ""
    await assert_published(line, AdmissionNotified, times=0)


async def test_messages_in_pieces_and_several_at_once_are_taken_one_by_one(line: Bench) -> None:
    async with port_of(line) as port, sender_at(port) as hospital:
        both = framed(adt("A31").encode()) + START + adt("A31", number="2").encode() + END
        for n in range(0, len(both), 97):
            hospital.writer.write(both[n : n + 97])
            await hospital.writer.drain()
        assert [code_of(await hospital.answer()) for _ in range(2)] == ["AA", "AA"]


async def test_nobody_is_answered_while_the_database_is_away(line: Bench) -> None:
    await line.service.core.database.close()
    async with port_of(line) as port, sender_at(port) as hospital:
        assert await hospital.send(adt()) == ""
    await line.service.core.database.open()


async def test_a_death_is_told_as_a_report(line: Bench) -> None:
    patient = await stated(line, await taken_on(line))
    async with port_of(line) as port, sender_at(port) as hospital:
        assert code_of(await hospital.send(adt("A08", died="Y"))) == "AA"
    (told,) = await assert_published(line, DeathReported, patient=patient)
    assert told.reported_by == "hospital"


@pytest.mark.parametrize("heavy", ["segments", "repeats"])
async def test_other_senders_do_not_wait_for_a_heavy_message(line: Bench, heavy: str) -> None:
    many = (
        adt("A31", extra="OBX|1|TX|||x\r" * 50_000) if heavy == "segments" else adt("A31", mrn="~".join(["7"] * 20_000))
    )
    waited = []
    async with port_of(line) as port, sender_at(port) as hospital, sender_at(port) as other:
        sending = asyncio.create_task(hospital.send(many))
        while not sending.done():
            began = time.perf_counter()
            assert code_of(await other.send(adt("A31", number=str(began)))) == "AA"
            waited.append(time.perf_counter() - began)
        assert code_of(await sending) == "AA"
    assert max(waited, default=0) < 1, "a generous bound for a busy machine; the bench measures the p99"
