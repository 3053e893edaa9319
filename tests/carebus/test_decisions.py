"""What a decision is made of: ids that a replay makes again, and fields that no further step loses."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.event import patient_stream
from carebus.contracts.referral import EligibilityAssessed
from carebus.decisions import Cause, Decision, event_id
from carebus.testing import START


def cause(id_: UUID) -> Cause:
    return Cause(id_, patient_stream(UUID(int=2)), START, "test", UUID(int=3), START)


@given(st.text(max_size=20), st.uuids(), st.integers(0, 50))
def test_the_id_of_an_event_is_named_by_its_source_its_cause_and_its_ordinal(source: str, id_: UUID, n: int) -> None:
    root = uuid5(NAMESPACE_OID, "org.carebus")
    assert event_id(source, cause(id_), n) == uuid5(root, f"{source}/{id_}/{n}")


def test_telling_something_more_loses_nothing_of_a_decision() -> None:
    kept: dict[str, Any] = {name: object() for name in Decision._fields if name != "events"}
    whole = Decision(**kept)
    event: Any = EligibilityAssessed(referral_id=UUID(int=4), ruleset="r", criteria=(), eligible=True)
    told = whole.tells(event)
    assert told.events == (event,)
    assert {name: getattr(told, name) for name in kept} == kept
