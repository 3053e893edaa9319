"""A Bundle made to be slow is read in one walk through what it holds, and never where everybody waits for it."""

from __future__ import annotations

import threading
from typing import Any

import orjson
import pytest

from carebus.testing import Bench
from carebus.web.fhir.nodes import Node
from carebus.web.fhir.refusing import NotReadable
from services.referral.channels.fhir import clinical, reading
from services.referral.channels.fhir.reading import read
from services.referral.domain import DirectReferral
from services.referral.domain.referring.requests import MOST_DIAGNOSES, DiagnosisStated
from tests.referral import bundles as b
from tests.referral.samples import NOW

MANY = 2000


def referring(many: int) -> bytes:
    """An order whose reasons name the one condition by each of its numbers, and others that nobody has."""
    numbers = [{"system": "urn:n", "value": str(n)} for n in range(many)]
    reasons = [{"identifier": {"system": "urn:n", "value": str(n)}} for n in range(-many // 2, many // 2)]
    return orjson.dumps(
        b.transaction(
            condition={"identifier": numbers},
            order={"reasonReference": reasons, "subject": {"type": "Patient", "identifier": {"value": "77"}}},
            patient={"identifier": [{"system": "urn:mrn", "value": "77"}]},
        )
    )


def told(raw: bytes) -> list[DiagnosisStated]:
    found, _ = read(raw, NOW)
    assert isinstance(found, DirectReferral)
    return [*found.diagnoses]


def test_many_references_by_many_numbers_are_looked_up_in_one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    walks, each = [], Node.each

    def counted(node: Node, name: str) -> list[Node]:
        if name == "identifier":
            walks.append(node.path)
        return each(node, name)

    monkeypatch.setattr(Node, "each", counted)
    few = told(referring(2))
    walked = len(walks)
    found = told(referring(MANY))
    assert len(walks) == 2 * walked
    assert found == few
    assert [each.code for each in found] == ["I50.22"]


@pytest.mark.parametrize(
    ("wanted", "given", "leads"),
    [
        ({"identifier": {"value": "7"}}, [{"system": "urn:a", "value": "7"}], True),
        ({"identifier": {"system": "urn:a", "value": "7"}}, [{"value": "7"}, {"system": "urn:a", "value": "7"}], True),
        ({"identifier": {"system": "urn:a", "value": "7"}}, [{"value": "7"}], False),
        ({"identifier": {"system": "urn:a", "value": "7"}}, [{"system": "urn:b", "value": "7"}], False),
        ({"type": "Coverage", "identifier": {"value": "7"}}, [{"value": "7"}], False),
        ({"reference": "Condition?identifier=7"}, [], False),
        ({"reference": "Condition?identifier=|7"}, [{"system": "urn:b", "value": "7"}], True),
        ({"reference": "Patient?identifier=|7"}, [{"system": "urn:b", "value": "7"}], False),
    ],
)
def test_a_number_leads_where_system_and_type_agree(wanted: Any, given: Any, leads: bool) -> None:
    changes = {"subject": None, "identifier": given, "code": {"text": "Named"}}
    bundle = b.transaction(
        order={"reasonReference": [wanted], "reasonCode": [{"text": "Words"}]},
        condition={**changes, "subject": {"display": "nobody"}},
    )
    assert [each.description for each in told(orjson.dumps(bundle))] == (["Named", "Words"] if leads else ["Words"])


def test_diagnoses_beyond_the_limit_are_not_even_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    made, diagnosis = [], clinical._diagnosis

    def counted(concept: Node, onset: Node) -> Any:
        made.append(concept.path)
        return diagnosis(concept, onset)

    monkeypatch.setattr(clinical, "_diagnosis", counted)
    reasons = [{"text": f"Reason {n}"} for n in range(MANY)]
    with pytest.raises(NotReadable) as why:
        read(orjson.dumps(b.transaction(order={"reasonCode": reasons})), NOW)
    assert [issue.rule for issue in why.value.issues] == [f"Give at most {MOST_DIAGNOSES}."]
    assert len(made) == MOST_DIAGNOSES + 1


async def test_a_bundle_is_read_beside_the_event_loop(clinic: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    threads, plain = [], reading.read

    def noted(raw: bytes, now: Any) -> Any:
        threads.append(threading.current_thread())
        return plain(raw, now)

    monkeypatch.setattr(reading, "read", noted)
    answer = await clinic.http.post("/fhir", json=b.transaction())
    assert answer.status_code == 201
    assert threads[0] is not threading.current_thread()
