"""Releases side by side: whatever one of them tells, each other one reads with the same meaning, or passes over."""

from __future__ import annotations

import itertools
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts import Envelope, Event
from carebus.contracts.event import topic_of
from carebus.decisions import State, ignore, on
from carebus.errors import InvalidBody
from carebus.observing.compatibility import compare
from carebus.observing.schemas import schema
from carebus.subscribing.arrivals import Arrival, read_record
from carebus.subscribing.hearing import Hearing
from carebus.testing import START, TestRecord
from tests.contracts.events import KINDS, any_of, example
from tests.contracts.neighbours import RELEASES, Release, later
from tests.contracts.test_released import GOLDEN, held, named

NAMES = sorted({name for release in RELEASES.values() for name in release})

foreign_names = st.text(min_size=1, max_size=12).map("\u00fc_".__add__)  # no field of ours begins so
foreign_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(foreign_names, inner, max_size=2),
    max_leaves=5,
)


def hearing(release: Release) -> Hearing:
    """A service of this release that hears all its types."""
    return Hearing({kind: on(State, lambda *_: ignore("nothing")) for kind in release.values()})


def arrival(kind: type[Event], body: Any, *, type_name: str = "", dataschema: str = "") -> Arrival:
    """A record with this body, as the relay publishes it."""
    stream = kind.SUBJECT.stream(UUID(int=2))
    envelope = Envelope(
        id=UUID(int=1),
        source="someone",
        type=type_name or kind.type_name(),
        subject=stream,
        time=START,
        sequence=1,
        correlation_id=UUID(int=3),
        causation_id=UUID(int=4),
        actor="someone",
        dataschema=dataschema or kind.schema_name(),
    )
    value = json.dumps(body).encode()
    return read_record(TestRecord(topic_of(stream), 0, 0, 0, b"", value, tuple(envelope.headers())))


def widened(value: Any, unknown: st.DataObject) -> Any:
    """The same JSON with fields that no release knows in any object."""
    if isinstance(value, dict):
        more = unknown.draw(st.dictionaries(foreign_names, foreign_values, max_size=2))
        return {**more, **{name: widened(inner, unknown) for name, inner in value.items()}}
    return [widened(inner, unknown) for inner in value] if isinstance(value, list) else value


def agree(one: Any, other: Any) -> bool:
    """Whether whatever both say is the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(agree(one[name], other[name]) for name in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(agree, one, other))
    return bool(one == other)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12)
@given(data=st.data())
def test_whatever_one_release_tells_each_other_reads_or_passes_over(name: str, data: st.DataObject) -> None:
    for teller, reader in itertools.product(RELEASES.values(), repeat=2):
        if name not in teller:
            continue
        told = json.loads(data.draw(any_of(teller[name])).model_dump_json())
        record, hears = arrival(teller[name], widened(told, data)), hearing(reader)
        assert record.envelope is not None
        if name not in reader:
            assert hears.reaction(record.envelope) is None
        else:
            read = json.loads(hears.decode(record).model_dump_json())
            assert agree(read, told)
            assert set(teller[name].model_fields) & set(reader[name].model_fields) <= told.keys() & read.keys()


@given(st.from_regex(r"[!-~]{1,60}", fullmatch=True).filter(lambda name: name not in NAMES), foreign_values)
def test_whatever_type_nobody_knows_is_passed_over_undecoded(name: str, body: Any) -> None:
    record = arrival(KINDS[0], body, type_name=name)
    assert record.envelope is not None
    assert [hearing(release).reaction(record.envelope) for release in RELEASES.values()] == [None, None, None]


@pytest.mark.parametrize("older", ["the one before", "this one"])
def test_by_our_own_check_none_of_these_releases_harms_another(older: str) -> None:
    newer = {"the one before": "this one", "this one": "the one after"}[older]
    old, new = ({kind.__name__: schema(kind) for kind in RELEASES[release].values()} for release in (older, newer))
    assert compare(old, new) == []


@pytest.mark.parametrize("file", GOLDEN, ids=named)
def test_a_released_event_keeps_its_meaning_for_the_release_after_this_one(file: Any) -> None:
    record = json.loads(file.read_text())
    kind = RELEASES["the one after"][record["headers"]["ce_type"]]
    assert held(json.loads(kind.model_validate(record["body"], strict=False).model_dump_json()), record["body"])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_another_version_of_a_type_is_refused_though_its_body_looks_the_same(kind: type[Event]) -> None:
    body = json.loads(example(kind).model_dump_json())
    other = arrival(kind, body, dataschema=kind.schema_name().removesuffix("1") + "2")
    for release in RELEASES.values():
        if kind.type_name() in release:
            hearing(release).decode(arrival(kind, body))
            with pytest.raises(InvalidBody, match="another version"):
                hearing(release).decode(other)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_body_without_a_required_field_is_refused_by_every_release(kind: type[Event]) -> None:
    for release in RELEASES.values():
        known = release.get(kind.type_name())
        for field in (name for name, info in kind.model_fields.items() if info.is_required()):
            body = json.loads(example(later(kind)).model_dump_json())
            del body[field]
            if known:
                with pytest.raises(InvalidBody, match=f"{field}: missing"):
                    hearing(release).decode(arrival(kind, body))
