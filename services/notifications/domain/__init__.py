"""The rules of notifications: who is written to, what is withheld, and what became of each letter."""

from services.notifications.domain.addresses import is_address
from services.notifications.domain.family import (
    TEMPLATES,
    Family,
    PatientNotAccepted,
    follow_amendment,
    keep_contact,
    record_failed,
    record_lapsed,
    record_sent,
    tell_team,
    tell_visit_cancelled,
    tell_visit_done,
    tell_visit_moved,
    tell_visit_planned,
)
from services.notifications.domain.merging import hold_back, hold_no_longer
from services.notifications.domain.messages import GivenUp, HandedOver, Lapsed, Message, News, Recipient, Status
from services.notifications.domain.referrers import (
    ReferrerLetter,
    Referrers,
    Withheld,
    record_letter_failed,
    record_letter_sent,
    withhold_letter,
    write_to_referrer,
    write_with_new_link,
)
from services.notifications.domain.standing import begin, end, go_on, hold_for_death

__all__ = [
    "TEMPLATES",
    "Family",
    "GivenUp",
    "HandedOver",
    "Lapsed",
    "Message",
    "News",
    "PatientNotAccepted",
    "Recipient",
    "ReferrerLetter",
    "Referrers",
    "Status",
    "Withheld",
    "begin",
    "end",
    "follow_amendment",
    "go_on",
    "hold_back",
    "hold_for_death",
    "hold_no_longer",
    "is_address",
    "keep_contact",
    "record_failed",
    "record_lapsed",
    "record_letter_failed",
    "record_letter_sent",
    "record_sent",
    "tell_team",
    "tell_visit_cancelled",
    "tell_visit_done",
    "tell_visit_moved",
    "tell_visit_planned",
    "withhold_letter",
    "write_to_referrer",
    "write_with_new_link",
]
