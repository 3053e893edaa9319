"""The office as the settings and its rule book have it."""

from carebus.web.http import Parts
from services.referral.api.eligibility.rules import book_of
from services.referral.domain import Office, office_of
from services.referral.settings import Settings


def office(parts: Parts) -> Office:
    """The calendar, the pledges and the rules that decisions are taken by."""
    assert isinstance(parts.settings, Settings)
    return office_of(parts.settings, book_of(parts))
