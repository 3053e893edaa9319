"""Changes that wait for the office, as its page shows them: leaf by leaf, what is known beside what is proposed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup

from carebus.contracts.people import Address, Diagnosis
from carebus.contracts.referral import HeldBecause
from carebus.web.pages import born
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
CHOICES: dict[str, Mapping[Any, str]] = {
    "sex": words.SEXES,
    "language": words.LANGUAGES,
    "time_zone": words.ZONES,
    "priority": {priority: told[0] for priority, told in words.PRIORITIES.items()},
}
"""Codes of which the page says the words."""


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
    if proposal.instead and proposal.because is HeldBecause.COULD_BE_EITHER:
        known["priority"] = proposal.instead
    return Waiting(
        proposal.proposal_id,
        proposal.stated.referrer.organization,
        words.CHANNELS[proposal.channel],
        BECAUSE[proposal.because],
        proposal.statement.at if proposal.statement.dated else None,
        proposal.came_at,
        tuple(
            Line(label(path), _said(path, known.get(path)), _said(path, stated.get(path))) for path in proposal.paths
        ),
    )


def label(path: str) -> str:
    """What a leaf is called on a page."""
    part, _, name = path.rpartition(".")
    text = OF.get(part, "") + LABELS.get(name, name.replace("_", " "))
    return text[:1].upper() + text[1:]


def _said(path: str, value: Any) -> str:
    """A leaf as the rest of the page says it."""
    if isinstance(value, Address):
        return words.address(value)
    if isinstance(value, tuple) and any(isinstance(each, Diagnosis) for each in value):
        return Markup("; ").join(map(_diagnosis, value))
    if isinstance(value, date):
        return born(value)
    return CHOICES.get(path.rpartition(".")[2], {}).get(value) or changes.said_of(value)


def _diagnosis(one: Diagnosis) -> Markup:
    since = Markup(", since {}").format(born(one.onset)) if one.onset else ""
    return Markup("{} {} ({}){}").format(one.description, one.code.upper(), one.system, since).strip()
