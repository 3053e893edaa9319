"""How a referral's status is told to other systems: as the status of a FHIR Task, and as a BSeR business status."""

from carebus.contracts.event import Value

BSER = "http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS"
"""The code system of the business status (HL7 BSeR)."""

DISPLAYS = {
    "2.0": "Service Request Created",
    "3.0": "Service Request Accepted",
    "4.0": "Service Request Declined",
    "5.1.1": "Service Request Event Scheduled",
    "5.1.2": "Scheduled Service Request Event Unattended",
    "5.1.3": "Scheduled Service Request Event Cancelled",
    "5.1.4": "Service Request Event Completed",
    "5.2": "Service Request Cancellation Requested",
    "6.0": "Service Request Fulfillment Cancelled",
    "7.0": "Service Request Fulfillment Completed",
}
"""All codes of the system, in its own words (it misspells that of 5.1.1)."""

_TOLD_AS: dict[str, tuple[str, str]] = {
    "received": ("requested", "2.0"),
    "identity_review": ("on-hold", "2.0"),
    "intake": ("requested", "2.0"),
    "info_requested": ("on-hold", "2.0"),
    "eligibility": ("requested", "2.0"),
    "triage": ("requested", "2.0"),
    "waitlisted": ("on-hold", "2.0"),
    "accepted": ("accepted", "3.0"),
    "declined": ("rejected", "4.0"),
    "advice_returned": ("rejected", "4.0"),
    "redirected": ("rejected", "4.0"),
    "contacting": ("in-progress", "3.0"),
    "unreachable": ("on-hold", "3.0"),
    "first_visit_scheduled": ("in-progress", "5.1.1"),
    "no_show": ("in-progress", "5.1.2"),
    "visit_cancelled": ("in-progress", "5.1.3"),
    "active": ("in-progress", "5.1.4"),
    "summary_sent": ("in-progress", "5.1.4"),
    "closed": ("completed", "7.0"),
    "cancellation_requested": ("in-progress", "5.2"),
    "cancelled": ("cancelled", "6.0"),
    "failed": ("failed", "6.0"),
    "entered_in_error": ("entered-in-error", "6.0"),
}
"""BSeR has no code for waiting, for advice or for an error: those are told by the code of the step they are part of."""


ENDED = tuple(
    status
    for status, (fhir, _) in _TOLD_AS.items()
    if fhir in {"rejected", "completed", "cancelled", "failed", "entered-in-error"}
)
"""Statuses after which nothing more is to come."""


class TaskStatus(Value):
    """A status in the words of others: FHIR's `Task.status` and BSeR's `Task.businessStatus`."""

    fhir: str
    bser_code: str
    bser_display: str


def task_status(status: str) -> TaskStatus:
    """How this status is told."""
    fhir, code = _TOLD_AS[status]
    return TaskStatus(fhir=fhir, bser_code=code, bser_display=DISPLAYS[code])
