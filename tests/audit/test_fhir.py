"""Rows as FHIR's AuditEvent, by IHE's profiles where they fit, and found by patient, date and agent."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from carebus.contracts.audit import AuditKind, AuditRow
from carebus.testing import Bench
from services.audit.domain import KeptRow
from services.audit.domain.fhir import BALP, audit_event
from tests.audit.sealing import ANNA, BENNO, NURSE, OTHER, batches, row, stream


def made(of: AuditRow) -> dict[str, Any]:
    return audit_event(KeptRow(service="care_plan", batch=1, number=1, row=of))


def codes(of: dict[str, Any]) -> tuple[str, str, str, str]:
    return of["type"]["code"], of["subtype"][0]["code"], of["action"], of["outcome"]


@pytest.mark.parametrize(
    ("of", "profile", "expected"),
    [
        (row(1), "PatientRead", ("rest", "read", "R", "0")),
        (row(1, name="GET /"), "PatientQuery", ("rest", "search", "E", "0")),
        (row(1, kind=AuditKind.DISCLOSURE), "PrivacyDisclosure.Source", ("110106", "disclose", "R", "0")),
        (row(1, kind=AuditKind.DENIAL, outcome="unseen"), "", ("rest", "operation", "E", "4")),
        (row(1, name="GET /", patients=(ANNA, BENNO)), "", ("rest", "search", "E", "0")),
        (row(1, kind=AuditKind.SIGN_IN, patients=()), "", ("110114", "110122", "E", "0")),
    ],
)
def test_each_kind_has_its_codes_and_its_profile(of: AuditRow, profile: str, expected: tuple[str, ...]) -> None:
    event = made(of)
    assert codes(event) == expected
    assert event.get("meta", {}).get("profile", []) == ([BALP + profile] if profile else [])


def test_a_read_names_one_patient_the_data_and_who_asked_from_where() -> None:
    event = made(row(1))
    people = [one["what"]["identifier"]["value"] for one in event["entity"] if one["type"]["code"] == "1"]
    assert (people, len([one for one in event["entity"] if one["type"]["code"] == "2"])) == ([str(ANNA)], 1)
    assert [one["type"]["coding"][0]["code"] for one in event["agent"]] == ["110153", "110152", "IRCP"]
    assert event["agent"][0]["network"]["address"] == "10.0.0.7"
    assert event["agent"][2]["who"]["identifier"]["value"] == NURSE


def test_a_query_says_what_was_asked_and_an_emergency_that_the_glass_was_broken() -> None:
    [query] = [one["query"] for one in made(row(1, name="GET /"))["entity"] if "query" in one]
    assert b64decode(query) == b"GET /"
    assert made(row(1, emergency_reason="x"))["purposeOfEvent"][0]["coding"][0]["code"] == "BTG"


async def test_events_are_found_by_patient_date_and_agent_page_by_page(audit: Bench) -> None:
    await audit.hears(*batches([row(1), row(2, who=OTHER), row(3, patients=(BENNO,))]), stream=stream())
    for asked, many in (
        ("", 3),
        (f"?patient={ANNA}", 2),
        (f"?agent={OTHER}", 1),
        ("?date=2026-03-02", 3),
        ("?date=ge2026-03-03", 0),
        ("?date=ge2026-03-02T14:02:00Z&date=lt2026-03-02T14:03:00Z", 1),
    ):
        answer = await audit.http.get(f"/fhir/AuditEvent{asked}")
        assert (answer.status_code, len(answer.json()["entry"])) == (200, many), asked
        assert answer.headers["content-type"].startswith("application/fhir+json")
    first = (await audit.http.get("/fhir/AuditEvent?_count=2")).json()
    [following] = [one["url"] for one in first["link"] if one["relation"] == "next"]
    assert len((await audit.http.get(following)).json()["entry"]) == 1
    assert (await audit.http.get("/fhir/AuditEvent?date=sa2026")).status_code == 422
    assert (await audit.http.get(f"/fhir/AuditEvent/{row(2).id}")).json()["id"] == str(row(2).id)
    assert (await audit.http.get(f"/fhir/AuditEvent/{ANNA}")).status_code == 404
