"""Whatever is put anywhere into a Bundle, it is a referral or it is refused: nothing else ever comes out."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referral.channels.fhir.reading import read
from services.referral.channels.fhir.refusing import NotReadable
from tests.referral import bundles as b
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


@settings(max_examples=300)
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
    with suppress(NotReadable):
        read(orjson.dumps(bundle), NOW)


@given(raw=st.binary(max_size=200) | st.recursive(scalars, st.lists, max_leaves=9).map(orjson.dumps))
def test_bytes_of_any_kind_are_refused(raw: bytes) -> None:
    with pytest.raises(NotReadable):
        read(raw, NOW)
