"""Every event says when it happened by a field named after it, or happened as it was told."""

from __future__ import annotations

from datetime import datetime

import pytest

from carebus.contracts import EVENTS, Event
from carebus.contracts.care_plan import EpisodeOpened, VisitCompleted, VisitScheduled
from carebus.contracts.referral import PatientUnreachable, ReferralDeadlineMet, ReferralEnteredInError, ReferralReceived
from tests.contracts.events import KINDS

AS_TOLD = {
    "AuditSealed",
    "CarePlanDrafted",
    "CareTeamAssignmentDelayed",
    "ClinicianChanged",
    "ClinicianJoined",
    "ClinicianLeaveCancelled",
    "ClinicianLeaveTaken",
    "ClinicianLeft",
    "EligibilityAssessed",
    "NotificationFailed",
    "NotificationRequested",
    "NotificationSuppressed",
    "ReferrerLetterFailed",
    "ReferrerLetterRequested",
    "SupplierLetterFailed",
    "TeamLetterFailed",
    "VisitOverdue",
    "VisitScheduled",
}
"""What a service decides, and tells as it does."""


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (VisitCompleted, "completed_at"),
        (VisitScheduled, None),
        (EpisodeOpened, "opened_at"),
        (ReferralReceived, "received_at"),
        (ReferralDeadlineMet, "met_at"),
        (ReferralEnteredInError, "marked_at"),
        (PatientUnreachable, "declared_at"),
    ],
)
def test_an_event_names_the_field_that_says_when_it_happened(kind: type[Event], field: str | None) -> None:
    assert kind.own_time() == field


def test_an_event_has_its_own_time_unless_it_happened_as_it_was_told() -> None:
    assert {kind.__name__ for kind in EVENTS.values() if kind.own_time() is None} == AS_TOLD


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.own_time()], ids=lambda kind: kind.__name__)
def test_an_own_time_is_a_time_that_every_such_event_has(kind: type[Event]) -> None:
    field = kind.model_fields[kind.own_time() or ""]
    assert (field.annotation, field.is_required()) == (datetime, True)
