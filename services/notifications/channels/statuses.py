"""Where a referral stands, as a referrer is written: one line and one sentence, and nothing of the person."""

from typing import NamedTuple


class Said(NamedTuple):
    """What a letter says of a status."""

    stands: str
    means: str


_READING = Said("Received", "We have it and are looking at it. You need to do nothing now.")
_REACHING = Said("Accepted", "We take this person on and get in touch with them now.")

CONTINUED = {
    "turned_down": (
        "Our office has turned down your wish to cancel. The referral goes on. The status page says when and why."
    ),
    "withdrawn": "You have taken back your wish to cancel. The referral goes on.",
}
"""Why a referral goes on that was to be cancelled."""

STATUSES: dict[str, Said] = {
    "received": _READING,
    "identity_review": _READING,
    "intake": _READING,
    "eligibility": _READING,
    "triage": _READING,
    "info_requested": Said(
        "We need something more", "Something is missing. The status page says what, and who has it."
    ),
    "waitlisted": Said("On the waiting list", "We want to take this person on and can't do so yet."),
    "accepted": _REACHING,
    "contacting": _REACHING,
    "declined": Said("Declined", "We can't take this person on. The status page says why."),
    "advice_returned": Said("Returned with advice", "We have advice for you. It is on the status page."),
    "redirected": Said("Handed on", "Another service fits better. The status page says which."),
    "first_visit_scheduled": Said("First visit planned", "The first visit has a date."),
    "no_show": Said("First visit missed", "The first visit did not take place. We plan another."),
    "visit_cancelled": Said("First visit called off", "The first visit was called off. We plan another."),
    "unreachable": Said("We can't reach the person", "We have tried several times. Please call us if you can help."),
    "active": Said("In care", "The first visit took place."),
    "summary_sent": Said("Visit summary is there", "The summary of the visit is on the status page."),
    "closed": Said("Complete", "The person is in our care, and the summary of the visit is on the status page."),
    "cancellation_requested": Said("You asked to cancel", "We have your wish to cancel and will confirm it."),
    "cancelled": Said("Cancelled", "This referral was cancelled."),
    "failed": Said("Ended", "We could not care for this person after all. The status page says why."),
    "entered_in_error": Said("Entered in error", "This referral was marked as a mistake and counts nowhere."),
    "": Said("Changed", "Something has changed. The status page says what."),
}
"""The last one stands for a status that a later release has and this one does not know."""
