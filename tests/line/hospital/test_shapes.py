"""Messages in the shapes that public test suites hold (HAPI, LinuxForHealth), in our own words: what each comes to."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from services.line.channels.mllp.answering import Header, answers
from services.line.channels.mllp.cutting import cut
from services.line.channels.mllp.decoding import message_in
from services.line.channels.mllp.reading import Way, notice_of
from services.line.channels.mllp.refusing import NotTaken
from services.line.domain.hospital.keys import keys_of_message
from services.line.domain.hospital.notice import Notice
from services.line.settings import Hospital

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
WAY = Way(Hospital(name="General Hospital", zone="America/New_York"), "P", NOW)
PID = "PID|1||777^^^GENERAL^MR||Quimby^Ottoline||19410506|F"
PV1 = "PV1|1|I|3W^12||||||||||||||||1001|||||||||||||||||||||||||20260302073000"
EVN = "EVN|A01|20260302080000"
MSH = "MSH|^~\\&|EPIC|GENERAL|CAREBUS|LINE|20260302080000||ADT^A01|1|P|2.5.1"
WHOLE = f"{MSH}\r{EVN}\r{PID}\r{PV1}"
NOTHING = "nothing here"
"""An ADT message of a kind that says nothing here: AA."""

SHAPES = {
    "whole": (WHOLE, "AA"),
    "nobody names themselves as the sender": (WHOLE.replace("EPIC|GENERAL", "|"), "AA"),
    "nothing between the marks and the type": (WHOLE.replace("EPIC|GENERAL|CAREBUS|LINE|20260302080000", "||||"), "AA"),
    "nothing between the marks and a type of no use": ("MSH|^~\\&|||||||ADT^A31|2|P|2.5\rEVN||20260302", NOTHING),
    "two marks": (WHOLE.replace("^~\\&", "^~"), "AA"),
    "a fifth mark, since 2.7": (WHOLE.replace("^~\\&", "^~\\&#"), "AA"),
    "other marks": (WHOLE.replace("|", "#").replace("^", "@").replace("~\\&", "%?!"), "AA"),
    "other marks and no sender": ("MSH#@%?!#######ADT@A31#1#P#2.5\rEVN##20260302", NOTHING),
    "marks that are one another": (WHOLE.replace("^~\\&", "^^\\&"), "AE not_hl7"),
    "marks that are the separator": (WHOLE.replace("^~\\&", "|~\\&"), "AE not_hl7"),
    "a separator that is a mark left out": (WHOLE.replace("|", "&").replace("^~\\&", "^~\\"), "AE not_hl7"),
    "no marks": (WHOLE.replace("^~\\&", ""), "AE not_hl7"),
    "a profile, and no message": ("MSH MSH:9,12\rPID PID:3\rPV1 PV1:7-9", "AE not_hl7"),
    "segments in small letters": (WHOLE.replace("PID", "pid"), "AE no_person"),
    "a type in small letters": (WHOLE.replace("ADT^A01", "adt^a01"), "AR other_type"),
    "PID misspelt": (WHOLE.replace("PID", "PI"), "AE no_person"),
    "an empty PID": (WHOLE.replace(PID, "PID"), "AA"),
    "a PID of separators": (WHOLE.replace(PID, "PID" + "|" * 400), "AA"),
    "PID twice": (WHOLE.replace(PID, f"{PID}\rPID|2||9^^^GENERAL^MR||Other^Person"), "AA"),
    "no EVN": (WHOLE.replace(EVN + "\r", ""), "AA"),
    "EVN twice": (WHOLE.replace(EVN, f"{EVN}\rEVN|A02|20260302"), "AA"),
    "no time at all": (WHOLE.replace("20260302080000", ""), "AE nothing_there"),
    "the event in EVN only": (WHOLE.replace("ADT^A01", "ADT"), "AA"),
    "a structure beside the event": (WHOLE.replace("ADT^A01", "ADT^A01^ADT_A01"), "AA"),
    "no type": (WHOLE.replace("ADT^A01", ""), "AR other_type"),
    "no number": (WHOLE.replace("|1|P|", "||P|"), "AE nothing_there"),
    "no processing id": (WHOLE.replace("|P|2.5.1", "||2.5.1"), "AR other_processing"),
    "a processing id with its mode": (WHOLE.replace("|P|2.5.1", "|P^T|2.5.1"), "AA"),
    "no version": (WHOLE.replace("|2.5.1", ""), "AA"),
    "a version with parts": (WHOLE.replace("|2.5.1", "|2.5^AUS&Australia&ISO3166_1"), "AA"),
    "no PV1": (WHOLE.replace(PV1, "ZPV|1"), "AE nothing_there"),
    "the account in place of the visit": (WHOLE.replace(PV1, "PV1|1|I").replace(PID, PID + "|" * 10 + "88^^^G"), "AA"),
    "segments of their own": (WHOLE + "\rZPI|1|x\rZZZ|^^^|~~~", "AA"),
    "segments in another order": (f"{MSH}\r{PV1}\r{PID}\r{EVN}", "AA"),
    "parts, repeats and blanks after": (WHOLE.replace("^MR||", "^MR^^^^~~~^^^||").replace("|F", "|F |||^^"), "AA"),
    "parts of parts": (WHOLE.replace("777^^^GENERAL^MR", "777&1^5^M11^GENERAL&1.2.3&ISO^MR^H&I"), "AA"),
    "a null where something may be": (WHOLE.replace("19410506", '""').replace("|F", '|""'), "AA"),
    "a number of nobody": (WHOLE.replace("777^^^GENERAL^MR", "^^^GENERAL^MR~^^^SSN"), "AA"),
    "a birth date with its time and zone": (WHOLE.replace("19410506", "19410506000000+0100"), "AA"),
    "a birth date of a year": (WHOLE.replace("19410506", "1941"), "AA"),
    "a birth date of naughts": (WHOLE.replace("19410506", "00000000"), "AE bad_time"),
    "a birth date as people write it": (WHOLE.replace("19410506", "05/06/1941"), "AE bad_time"),
    "a time with its precision as a part": (WHOLE.replace("EVN|A01|20260302080000", "EVN|A01|20260302080000^S"), "AA"),
    "a time of 18 digits": (WHOLE.replace("EVN|A01|20260302080000", "EVN|A01|202603020800001234"), "AE bad_time"),
    "a time of three digits": (WHOLE.replace("EVN|A01|20260302080000", "EVN|A01|202"), "AE bad_time"),
    "a zone of two digits": (WHOLE.replace("EVN|A01|20260302080000", "EVN|A01|2026030208+01"), "AE bad_time"),
    "a cancel of an update": (WHOLE.replace("A01", "A60"), NOTHING),
    "an event that does not exist": (WHOLE.replace("A01", "A99"), NOTHING),
    "the encoding twice": (WHOLE + "|" * 6 + "UNICODE UTF-8~8859/1", "AA"),
    "an encoding in small letters": (WHOLE.replace("2.5.1", "2.5.1||||||8859/1".lower()), "AA"),
}  # fmt: skip


def decided(raw: bytes) -> tuple[str, Notice | None]:
    """How one message is answered without a database, and what it says."""
    (message,) = cut(raw).messages
    header = Header.of(message.lines[0] if message.lines else b"")
    try:
        notice = notice_of(message_in(message), WAY)
        why = None
    except NotTaken as refused:
        notice, why = None, refused
    assert answers(header, NOW, why) or header.enhanced
    if why is not None:
        return f"{why.answer} {why.code}", None
    return ("AA" if notice else NOTHING), notice


@pytest.mark.parametrize(("message", "answer"), SHAPES.values(), ids=list(SHAPES))
def test_each_shape_has_its_documented_answer(message: str, answer: str) -> None:
    assert decided(message.encode())[0] == answer


@pytest.mark.parametrize("shape", SHAPES)
def test_line_ends_blank_lines_and_a_mark_of_byte_order_change_no_answer(shape: str) -> None:
    message, answer = SHAPES[shape]
    for ends in ("\n", "\r\n", "\r\r", "\r\n\r\n", "\r\0"):
        found, notice = decided(b"\xef\xbb\xbf" + message.replace("\r", ends).encode())
        assert (found, notice) == (answer, decided(message.encode())[1])


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026", datetime(2026, 1, 1, 5, tzinfo=UTC)),
        ("202602", datetime(2026, 2, 1, 5, tzinfo=UTC)),
        ("20260302", datetime(2026, 3, 2, 5, tzinfo=UTC)),
        ("2026030207", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("202603020730", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("202603020730-0800", datetime(2026, 3, 2, 15, 30, tzinfo=UTC)),
        ("20260302073005.1234", datetime(2026, 3, 2, 12, 30, 5, tzinfo=UTC)),
        ("20260302073005.1234+0000", datetime(2026, 3, 2, 7, 30, 5, tzinfo=UTC)),
        ("20260302+0100", datetime(2026, 3, 1, 23, tzinfo=UTC)),
    ],
)
def test_a_time_may_be_written_with_four_to_24_characters(written: str, at: datetime) -> None:
    _, notice = decided(WHOLE.replace("20260302073000", written).encode())
    assert notice is not None
    assert notice.fact.admitted_at == at


def test_nothing_is_lost_between_repeats_parts_and_marks_of_their_own() -> None:
    own = WHOLE.replace("|", "#").replace("^", "@").replace("~\\&", "%?!")
    assert decided(own.encode())[1] == decided(WHOLE.encode())[1]
    _, notice = decided(WHOLE.replace("777^^^GENERAL^MR", "^^^A^MR~888^^^B^MR~1^^^SSA^SS~M1^^^PLAN^MB").encode())
    assert notice is not None
    assert {(one.assigner, one.number) for one in notice.person.hospital_numbers} == {("B", "888")}
    assert notice.person.member_numbers == ("M1",)


def test_a_field_that_is_cut_within_a_letter_is_no_other_encoding() -> None:
    for before in range(3):
        long = WHOLE.replace("Quimby", "x" * before + "ñ" * 900)
        assert decided(long.encode())[0] == "AA"


@pytest.mark.parametrize("how", range(4))
def test_whatever_is_broken_is_read_or_refused_and_nothing_else(how: int) -> None:
    chance = random.Random(how)
    for n in range(1000):
        whole = list(SHAPES.values())[n % len(SHAPES)][0].encode()
        for message in cut(broken(whole, how, chance)).messages:
            with suppress(NotTaken):
                notice = notice_of(message_in(message), WAY)
                assert notice is None or keys_of_message(notice.person) is not None


def broken(whole: bytes, how: int, chance: random.Random) -> bytes:
    """A message with other bytes, without some, with some many times, or half of it."""
    raw, at, length = bytearray(whole), chance.randrange(9, len(whole)), chance.randrange(1, 40)
    match how:
        case 0:
            for _ in range(4):
                raw[chance.randrange(len(raw))] = chance.choice(b'|^~\\&\r\x00\xff\xc3"0')
        case 1:
            del raw[at : at + length]
        case 2:
            raw[at:at] = raw[at : at + length] * length
        case _:
            del raw[at:]
    return bytes(raw)
