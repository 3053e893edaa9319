"""How statuses are told to other systems: every one of ours has a FHIR status and a BSeR code."""

from __future__ import annotations

import pytest

from services.referral.domain import Status
from services.referral.domain.feedback.business_status import DISPLAYS, task_status

FHIR_R4 = {
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed",
    "completed", "entered-in-error",
}  # fmt: skip


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_told_in_words_that_fhir_and_bser_know(status: Status) -> None:
    told = task_status(status)
    assert told.fhir in FHIR_R4 - {"received", "ready"}  # Gravity's value set leaves these two out
    assert DISPLAYS[told.bser_code] == told.bser_display


@pytest.mark.parametrize(
    ("status", "fhir", "code"),
    [
        ("received", "requested", "2.0"),
        ("info_requested", "on-hold", "2.0"),
        ("accepted", "accepted", "3.0"),
        ("declined", "rejected", "4.0"),
        ("first_visit_scheduled", "in-progress", "5.1.1"),
        ("no_show", "in-progress", "5.1.2"),
        ("visit_cancelled", "in-progress", "5.1.3"),
        ("active", "in-progress", "5.1.4"),
        ("closed", "completed", "7.0"),
        ("cancellation_requested", "in-progress", "5.2"),
        ("cancelled", "cancelled", "6.0"),
    ],
)
def test_a_status_has_the_code_that_bser_gives_it(status: str, fhir: str, code: str) -> None:
    assert (task_status(status).fhir, task_status(status).bser_code) == (fhir, code)
