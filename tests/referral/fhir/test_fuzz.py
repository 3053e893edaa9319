"""Whatever is put anywhere into a Bundle, it is a referral or it is refused: nothing else ever comes out."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts import patient_stream
from carebus.decisions import Cause
from carebus.web.fhir.refusing import NotReadable
from services.referral.channels.fhir.also_stated import also_stated
from services.referral.channels.fhir.answering import answer_to
from services.referral.channels.fhir.reading import read
from services.referral.channels.fhir.standing import Standing, standing_of
from services.referral.domain import DirectReferral, Intake, receive
from tests.referral import bundles as b
from tests.referral.deciding import OFFICE
from tests.referral.samples import NOW

WHOLE = [b.transaction(), b.bser(), b.gravity()]
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(
        [
            "",
            "urn:uuid:",
            "#",
            "#c1",
            "Patient/p1",
            "Patient/",
            "?identifier=",
            "Patient?identifier=|",
            "1941-05-06T24:00:00Z",
            "9999-12-31",
            "\0",
        ]
    )
)
NAMES = ["reference", "coding", "code", "value", "resourceType", "id", "contained", "_given", "extension", "x"]
odd = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in inside for place in ((*at, key), *places(inner, (*at, key)))]


PLACES = [places(bundle) for bundle in WHOLE]


@settings(max_examples=1000)
@given(data=st.data())
def test_a_bundle_with_anything_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(WHOLE) - 1))
    bundle = deepcopy(WHOLE[which])
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(PLACES[which]))
        part: Any = bundle
        try:
            for key in path:
                part = part[key]
            if isinstance(part, dict) is not isinstance(last, str):  # it was replaced by the other kind before
                continue
            if data.draw(st.booleans()):
                part[last] = data.draw(odd)
            else:
                del part[last]
        except (KeyError, IndexError, TypeError):  # what was put there before has no such place
            continue
    raw = orjson.dumps(bundle)
    with suppress(NotReadable):
        stated, found = read(raw, NOW)
        if isinstance(stated, DirectReferral):
            also_stated(raw, NOW)
            answer = answer_to(found, standing(stated), again=False, base="http://here/fhir", now=NOW)
            get_fhir_model_class("Bundle").model_validate(answer)


def standing(stated: DirectReferral) -> Standing:
    """The referral as it stands once it was received."""
    cause = Cause(uuid4(), patient_stream(UUID(int=9)), NOW, "test", uuid4(), NOW)
    decision = receive(Intake(), stated, cause, OFFICE)
    (intake,) = decision.states
    assert isinstance(intake, Intake)
    return standing_of(UUID(int=9), intake.referrals[0])


@given(raw=st.binary(max_size=200) | st.recursive(scalars, st.lists, max_leaves=9).map(orjson.dumps))
def test_bytes_of_any_kind_are_refused(raw: bytes) -> None:
    with pytest.raises(NotReadable):
        read(raw, NOW)
