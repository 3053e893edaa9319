"""Messages as is and broken, read without a database: what each says, or why it is not taken."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest

from carebus.contracts.line import DischargedTo
from services.line.channels.mllp.cutting import cut
from services.line.channels.mllp.decoding import message_in, require_counts
from services.line.channels.mllp.reading import Way, notice_of
from services.line.channels.mllp.refusing import (
    BadEncoding,
    BadTime,
    NoPerson,
    NothingThere,
    NotHl7,
    NotTaken,
    OtherProcessing,
    OtherType,
    WrongCount,
)
from services.line.domain.hospital.notice import MOST_KEPT, Notice, PatientClass, Trigger
from services.line.settings import Hospital
from tests.line.hospital.messages import HOSPITAL, adt

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
WAY = Way(Hospital.model_validate(HOSPITAL), "P", NOW)


def read(raw: str | bytes) -> Notice:
    parcel = cut(raw.encode() if isinstance(raw, str) else raw)
    notice = notice_of(message_in(parcel.messages[0]), WAY)
    assert notice is not None
    return notice


def test_an_admission_says_who_where_and_when_by_the_facilitys_clock() -> None:
    notice = read(adt("A01"))
    assert notice.person.names == (("Núñez", "José"),)
    assert (notice.person.birth_date, notice.person.phones) == (date(1941, 2, 3), ("(617) 555-0101",))
    assert (notice.fact.trigger, notice.fact.patient_class) == (Trigger.ADMIT, PatientClass.INPATIENT)
    assert notice.fact.admitted_at == datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    assert {one.assigner for one in notice.person.hospital_numbers} >= {"GENERAL", "General Hospital"}


def test_a_time_that_states_its_zone_is_of_that_zone() -> None:
    assert read(adt(admitted="202603020730-0800")).fact.admitted_at == NOW.replace(hour=15, minute=30)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r\r", "\r\n\r\n"])
def test_other_line_ends_and_a_mark_of_byte_order_change_nothing(ends: str) -> None:
    assert read(b"\xef\xbb\xbf" + adt().replace("\r", ends).encode()) == read(adt())


@pytest.mark.parametrize(
    ("named", "encoding"), [("8859/1", "latin-1"), ("UNICODE UTF-8", "utf-8"), ("", "utf-8"), ("8859/15", "iso8859-15")]
)
def test_msh_18_gives_the_encoding(named: str, encoding: str) -> None:
    assert read(adt(msh18=named).encode(encoding)).person.names == (("Núñez", "José"),)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (adt(pid=False), NoPerson),
        (adt(number=""), NothingThere),
        (adt(visit=""), NothingThere),
        (adt(at="2026"), None),
        (adt(at="yesterday"), BadTime),
        (adt(admitted="20261332"), BadTime),
        (adt(admitted="20270302"), BadTime),
        (adt(born="19411332"), BadTime),
        (adt(processing="T"), OtherProcessing),
        (adt().replace("ADT^A01", "ORU^R01"), OtherType),
        (adt(msh18="ASCII"), BadEncoding),
        (adt(msh18="KLINGON"), BadEncoding),
        (adt().encode("latin-1"), BadEncoding),
        ("hello", NotHl7),
        ("MSH", NotHl7),
        (b"\x00\xff\xfe", NotHl7),
    ],
)
def test_what_cannot_be_taken_says_why(raw: str | bytes, why: type[NotTaken] | None) -> None:
    if why is None:
        assert read(raw).fact.recorded_at.year == 2026
        return
    with pytest.raises(why):
        read(raw)


def test_other_kinds_of_adt_say_nothing_here() -> None:
    assert notice_of(message_in(cut(adt("A31").encode()).messages[0]), WAY) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("O\\T\\Brien", "O&Brien"),
        ("Mc\\E\\Coy", "Mc\\Coy"),
        ("Caf\\XC3A9\\", "Café"),
        ("Un\\Tclosed", "Un\\Tclosed"),
        ("K\\C1234\\K", "K\\C1234\\K"),
        ("A\\XZZ\\B", "A\\XZZ\\B"),
        ("\\H\\Bold\\N\\", "Bold"),
    ],
)
def test_an_escape_that_cannot_be_read_keeps_the_text(written: str, name: str) -> None:
    assert read(adt(name=f"{written}^Jo")).person.names[0][0] == name


def test_a_death_and_a_discharge_are_read() -> None:
    fact = read(adt("A03", left="20260302083000", to="20")).fact
    assert (fact.discharged_to, fact.happened_at) == (DischargedTo.DIED, NOW.replace(hour=13, minute=30))
    assert read(adt("A08", died="Y")).fact.died is True
    assert read(adt("A08", died="N")).fact.died is False
    assert read(adt("A08")).fact.died is None


def test_50_000_segments_and_20_000_repeats_cost_little_and_lose_nothing_that_is_needed() -> None:
    whole = read(adt())
    segments = adt() + "OBX|1|TX|||x\r" * 50_000
    repeats = adt(mrn="~".join(["777^^^GENERAL^MR"] * 20_000))
    began = time.process_time()
    assert read(segments) == whole
    assert len({one.number for one in read(repeats).person.hospital_numbers}) <= MOST_KEPT
    assert read(repeats).person.birth_date == whole.person.birth_date
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("around", "holds"),
    [
        ("BHS|^~\\&|A\r{}BTS|2\r", True),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r{}BTS|2\rFTS|1\r", True),
        ("BHS|^~\\&|A\r{}BTS\r", True),
        ("BHS|^~\\&|A\r{}BTS|3\r", False),
        ("BHS|^~\\&|A\r{}", False),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r{}BTS|2\rFTS|2\r", False),
        ("FHS|^~\\&|A\r{}", False),
    ],
)
def test_a_file_holds_what_it_says(around: str, holds: bool) -> None:
    parcel = cut(around.format(adt("A01") + adt("A03")).encode())
    assert len(parcel.messages) == 2
    if holds:
        require_counts(parcel)
        return
    with pytest.raises(WrongCount):
        require_counts(parcel)


def test_no_bytes_at_all_do_more_than_be_refused() -> None:
    for raw in (b"", b"\r\n", b"MSH|", b"MSH|^~\\&", b"MSH|^~\\&|||||||ADT^A01", b"MSH" + b"~" * 5000):
        parcel = cut(raw)
        for one in parcel.messages:
            with pytest.raises(NotTaken):
                notice_of(message_in(one), WAY)
