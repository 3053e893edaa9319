"""Changes that wait for the office, as its page shows them: leaf by leaf, what is known beside what is proposed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from carebus.contracts.people import Address
from carebus.contracts.referral import HeldBecause
from carebus.web.pages import day
from services.referral.api import words
from services.referral.domain import Referral
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.statements import Proposal

BECAUSE = {
    HeldBecause.UNPROVEN: "The sender has not shown who they are.",
    HeldBecause.ANOTHER_PERSON: "The first name or the date of birth is another one: is this still the same person?",
    HeldBecause.COULD_BE_EITHER: "It was stated before, and nobody says as of when: a late copy, or a step back.",
    HeldBecause.CORRECTED: "The office has corrected this by hand.",
    HeldBecause.ANOTHER_SERVICE: "The order asks for another service.",
    HeldBecause.DECIDED: "The referral is decided already.",
}
OF = {"patient": "", "referrer": "Who refers: ", "contact": "Loved one: ", "payer": "Coverage: ", "clinical": ""}
LABELS = {
    "given_name": "First name",
    "family_name": "Family name",
    "full_name": "name",
    "birth_date": "Date of birth",
    "sex": "Sex",
    "email": "E-mail",
    "npi": "NPI",
    "member_id": "member number",
    "plan_id": "plan number",
    "consented": "may be told",
    "consent_ends": "may be told until",
    "died_on": "Date of death",
    "on_hospice": "On hospice",
    "referral_note": "Notes",
    "requested_services": "What is asked for",
    "illness_in_own_words": "Illness in their own words",
    "letter_code": "Code of our letter",
    "best_call_time": "Best time to call",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One leaf: what it is called, what is known and what is proposed."""

    label: str
    known: str
    proposed: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one sender proposes."""

    proposal_id: UUID
    sender: str
    channel: str
    because: str
    stated_at: datetime | None
    came_at: datetime
    lines: tuple[Line, ...]


def waiting(referral: Referral) -> list[Waiting]:
    """Every change that waits, the newest first."""
    return [_waiting(referral, each) for each in reversed(referral.proposals)]


def _waiting(referral: Referral, proposal: Proposal) -> Waiting:
    known, stated = changes.leaves(referral.received), changes.leaves(proposal.stated)
    return Waiting(
        proposal.proposal_id,
        proposal.stated.referrer.organization,
        words.CHANNELS[proposal.channel],
        BECAUSE[proposal.because],
        proposal.statement.at if proposal.statement.dated else None,
        proposal.came_at,
        tuple(Line(label(path), _said(known.get(path)), _said(stated.get(path))) for path in proposal.paths),
    )


def label(path: str) -> str:
    """What a leaf is called on a page."""
    part, _, name = path.rpartition(".")
    text = OF.get(part, "") + LABELS.get(name, name.replace("_", " "))
    return text[:1].upper() + text[1:]


def _said(value: Any) -> str:
    if isinstance(value, Address):
        return words.address(value)
    return day(value) if isinstance(value, date) else changes.said_of(value)
