"""Whose word counts: how a statement came, and whether its sender has shown who they are."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from services.referral.domain.organizations.names import name_key


class Kind(StrEnum):
    """What a change is about: only what is clinical, or more urgent, is taken from everybody at once."""

    CLINICAL = "clinical"
    PERSON = "person"
    REACH = "reach"
    CONSENT = "consent"
    COVERAGE = "coverage"
    DEATH = "death"
    LOWER_URGENCY = "lower_urgency"
    WITHDRAWAL = "withdrawal"


class Way(StrEnum):
    """Where a statement comes in. OPEN: a form, the API, FHIR or a list, as long as programs don't sign in."""

    OFFICE = "office"
    ACCOUNT = "account"
    CLIENT = "client"
    LINK = "link"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Sending:
    """How a statement came.

    organizations: the names (as keys) of the organization whose account or client sent it.
    ticked: the kinds of changes to people known here that the office ticked when it confirmed a list.
    key: the sender's own key of this one statement (Idempotency-Key, MessageHeader.id), if it gave one.
    about: the referral that it is about where only the way in knows that: a row that came before, read otherwise.
    """

    way: Way = Way.OPEN
    organizations: frozenset[str] = frozenset()
    ticked: frozenset[Kind] = field(default_factory=frozenset)
    key: str = ""
    about: UUID | None = None


ANYBODY = Sending()
"""Somebody who has shown nothing."""


def is_proven(sending: Sending, organization: str) -> bool:
    """Whether a sender is proven for a referral of this organization: by its account or client, or as the office.

    A private link proves a mailbox and nothing more: it may supply what was asked, and ask for cancellation.
    """
    if sending.way in {Way.ACCOUNT, Way.CLIENT}:
        return name_key(organization) in sending.organizations
    return sending.way is Way.OFFICE


def taken_at_once(sending: Sending, organization: str) -> frozenset[Kind]:
    """The kinds of changes that are taken over at once; all others wait for the office."""
    return frozenset(Kind) if is_proven(sending, organization) else sending.ticked | {Kind.CLINICAL}
