"""The envelope: what is written is read again, and whatever else comes is refused without repeating it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts import Envelope, MalformedEnvelope, Stream, read_envelope, read_headers

GOOD = Envelope(
    id=UUID(int=1),
    source="referral",
    type="org.carebus.ReferralAccepted",
    subject=Stream(f"patient/{UUID(int=2)}"),
    time=datetime(2026, 3, 2, 14, 0, tzinfo=UTC),
    sequence=7,
    correlation_id=UUID(int=3),
    causation_id=UUID(int=4),
    actor="nurse",
    dataschema="urn:carebus:schema:ReferralAccepted:1",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    follows=("care/plan", 12),
    signature="c2lnbmVk",
    key_id="2026-03",
)
REQUIRED = [
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_subject",
    "ce_time",
    "ce_sequence",
    "ce_correlationid",
    "ce_causationid",
]

words = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=40)
envelopes = st.builds(
    Envelope,
    id=st.uuids(),
    source=words,
    type=words,
    subject=st.builds(lambda a, b: Stream(f"{a}/{b}"), words, words),
    time=st.datetimes(timezones=st.just(UTC)),
    sequence=st.integers(1, 10**17),
    correlation_id=st.uuids(),
    causation_id=st.uuids(),
    actor=words,
    dataschema=words,
    signature=words | st.just(""),
    key_id=words | st.just(""),
    follows=st.none() | st.tuples(words | st.builds("{}/{}".format, words, words), st.integers(1, 10**17)),
    traceparent=st.none() | st.from_regex(r"\A00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\Z"),
)


def spoilt(name: str, value: str | None) -> dict[str, str]:
    headers = read_headers(GOOD.headers())
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    return headers


@given(envelopes)
def test_what_is_written_is_read_again(envelope: Envelope) -> None:
    assert read_envelope(read_headers(envelope.headers())) == envelope


@pytest.mark.parametrize("name", ["ce_specversion", *REQUIRED])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_required_header_is_named(name: str, value: str | None) -> None:
    with pytest.raises(MalformedEnvelope, match=name):
        read_envelope(spoilt(name, value))


@pytest.mark.parametrize("name", ["ce_actor", "ce_dataschema", "ce_follows", "traceparent", "content-type"])
def test_the_other_headers_may_be_missing(name: str) -> None:
    assert read_envelope(spoilt(name, None)).id == GOOD.id


BROKEN = [
    ("ce_specversion", "0.3"),
    ("ce_id", "Jane-Roe"),
    ("ce_correlationid", "Jane-Roe"),
    ("ce_causationid", "Jane-Roe"),
    ("ce_subject", "Jane-Roe"),
    ("ce_subject", "patient/"),
    ("ce_subject", "/Jane-Roe"),
    ("ce_subject", "patient/Jane\x00Roe"),
    ("ce_subject", "patient/" + "Jane" * 1000),
    ("ce_source", "Jane\x00Roe"),
    ("ce_source", "Jane" * 1000),
    ("ce_type", "Jane\x00Roe"),
    ("ce_type", "Jane" * 1000),
    ("ce_actor", "Jane\x00Roe"),
    ("ce_time", "Jane-Roe"),
    ("ce_time", "2026-03-02T14:00:00"),
    ("ce_sequence", "Jane-Roe"),
    ("ce_sequence", "0"),
    ("ce_sequence", "-1"),
    ("ce_sequence", "1.0"),
    ("ce_sequence", " 1"),
    ("ce_sequence", "1_000"),
    ("ce_sequence", "\u0661"),
    ("ce_sequence", "9" * 19),
    ("ce_follows", "Jane-Roe"),
    ("ce_follows", "Jane/Roe"),
    ("ce_follows", "/7"),
    ("ce_follows", "Jane/0"),
    ("ce_follows", "Jane\x00Roe/7"),
    ("ce_follows", "Jane/" + "9" * 19),
    ("ce_follows", "Jane" * 1000 + "/7"),
]


@pytest.mark.parametrize(("name", "value"), BROKEN)
def test_a_broken_header_is_named_and_its_value_is_not_repeated(name: str, value: str) -> None:
    with pytest.raises(MalformedEnvelope, match=name) as refused:
        read_envelope(spoilt(name, value))
    assert "Jane" not in f"{refused.value} {refused.value.rule} {refused.value!r}"


@pytest.mark.parametrize("name", ["ce_id", "ce_correlationid", "ce_causationid"])
def test_sixteen_bytes_are_no_uuid(name: str) -> None:
    with pytest.raises(MalformedEnvelope, match=name):
        read_envelope({**dict(GOOD.headers()), name: UUID(int=1).bytes})


def test_an_envelope_that_is_refused_says_so_by_its_docstring() -> None:
    assert (
        str(MalformedEnvelope("ce_id is missing"))
        == "The record's headers are not a Carebus envelope: ce_id is missing."
    )


def test_odd_headers_of_others_hide_nothing() -> None:
    odd = [("x-null", None), ("x-odd", b"\xff\x00"), *GOOD.headers()]
    assert read_envelope(read_headers(odd)) == GOOD
    assert read_envelope(spoilt("traceparent", "Jane\x00Roe")).traceparent is None


names = st.sampled_from(["ce_specversion", *REQUIRED, "ce_actor", "ce_dataschema", "ce_follows", "traceparent"])
raw = st.lists(st.tuples(names | st.text(max_size=8), st.none() | st.binary(max_size=40)), max_size=16)


@given(raw, st.booleans())
def test_any_bytes_at_all_are_read_or_refused_as_malformed(headers: list[tuple[str, bytes | None]], over: bool) -> None:
    found = read_headers([*(GOOD.headers() if over else []), *headers])
    envelope, said = outcome(found)
    assert not any(value in said for value in found.values() if len(value) > 12)
    if envelope is not None:
        assert read_envelope(read_headers(envelope.headers())) == envelope


def outcome(found: dict[str, str]) -> tuple[Envelope | None, str]:
    try:
        return read_envelope(found), ""
    except MalformedEnvelope as refused:
        return None, str(refused)
