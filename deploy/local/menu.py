"""The menu of a local run: a file with a link to each of its services, which all its pages show."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from carebus.access import CLINICAL, AccountRole
from carebus.web.links import FIND, PATIENT_ID, PERSON, Link, parsed, written

START = "Start"
OFFICE = frozenset({AccountRole.COORDINATOR, AccountRole.SUPERVISOR})
ANSWERING = frozenset(
    {AccountRole.NURSE, AccountRole.ADVANCED_PRACTICE_PROVIDER, AccountRole.DOCTOR, AccountRole.SUPERVISOR}
)
READERS = OFFICE | CLINICAL | {AccountRole.PRIVACY_OFFICER}
OPEN_TO: dict[str, frozenset[AccountRole]] = {
    "referral": OFFICE,
    "care_plan": OFFICE | CLINICAL | {AccountRole.HEALTH_PLAN, AccountRole.FAMILY_MEMBER},
    "notifications": READERS,
    "audit": frozenset({AccountRole.PRIVACY_OFFICER}),
    "line": OFFICE | ANSWERING,
    "wishes": OFFICE | CLINICAL,
    "equipment": OFFICE | CLINICAL,
    "outcomes": READERS | {AccountRole.ANALYST, AccountRole.HEALTH_PLAN},
}
"""Whose menu has a service: those who may open its first page; everybody's, where it is not named here."""


def label_of(service: str) -> str:
    """What the menu calls a service."""
    return service.replace("_", " ").capitalize()


def link_to(service: str, where: str) -> Link:
    """The menu's link to a service."""
    return Link(label_of(service), where, frozenset(OPEN_TO.get(service, ())))


def of_people(
    referral: str, care_plan: str, notifications: str, audit: str, line: str, wishes: str, equipment: str
) -> list[Link]:
    """Where people are found, and the pages about one; given is where each service is."""
    found = f"{referral}/find"
    return [
        Link("Find a person", found, READERS, FIND),
        Link("Referrals", f"{found}?patient_id={PATIENT_ID}", READERS, PERSON),
        Link("Care plan", f"{care_plan}/patients/{PATIENT_ID}", OPEN_TO["care_plan"], PERSON),
        Link("Wishes", f"{wishes}/patients/{PATIENT_ID}", OPEN_TO["wishes"], PERSON),
        Link("Equipment", f"{equipment}/patients/{PATIENT_ID}", OPEN_TO["equipment"], PERSON),
        Link("Line", f"{line}/patients/{PATIENT_ID}", ANSWERING, PERSON),
        Link("Messages", f"{notifications}/?patient_id={PATIENT_ID}", OPEN_TO["notifications"], PERSON),
        Link("Who saw this", f"{audit}/?patient={PATIENT_ID}", OPEN_TO["audit"], PERSON),
    ]


def keep_links(file: Path, links: Iterable[Link]) -> None:
    """Let the menu have these links and no others, at once for whoever reads it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(",".join(map(written, links)))
    new.replace(file)


def add_link(file: Path, link: Link) -> None:
    """Let the menu have this link too, in place of one with the same label."""
    others = [each for each in _kept(file) if each.use or each.label != link.label]
    keep_links(file, [*others, link])


def links_of(file: Path) -> dict[str, str]:
    """What the menu has, by label."""
    return {link.label: link.href for link in _kept(file) if not link.use}


def services_of(file: Path) -> dict[str, str]:
    """Where each service of the menu is, by name."""
    return {label.lower().replace(" ", "_"): where for label, where in links_of(file).items() if label != START}


def _kept(file: Path) -> tuple[Link, ...]:
    return parsed(file.read_text()) if file.exists() else ()
