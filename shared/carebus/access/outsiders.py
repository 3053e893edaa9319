"""Who may see something of a person from outside the team: their health plan, and the loved one they agreed to.

What the office took the person on with counts, and what it put right since; what only a sender states opens nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from carebus.access.callers import mailbox_of, organization_of
from carebus.contracts.people import FamilyContact, Payer
from carebus.relations import Ends, Holds, Relation, RelationChange


def outsiders(
    payer: Payer | None, contact: FamilyContact | None, patient_id: UUID, now: datetime
) -> tuple[RelationChange, ...]:
    """Whoever stood so before does so no more, unless it is the same again."""
    return (
        Ends(Relation.MEMBER, patient_id, now),
        Ends(Relation.RELATIVE, patient_id, now),
        *_plan(payer, patient_id, now),
        *_loved_one(contact, patient_id, now),
    )


def _plan(payer: Payer | None, patient_id: UUID, now: datetime) -> Iterator[Holds]:
    """A plan's people say by its id, or if none is stated by its name, for which plan they act."""
    if named := (payer.plan_id or payer.name) if payer else None:
        yield Holds(Relation.MEMBER, organization_of(named), patient_id, now)


def _loved_one(contact: FamilyContact | None, patient_id: UUID, now: datetime) -> Iterator[Holds]:
    """Relationship alone is no permission (45 CFR 164.510(b)); an end of the consent that is known is kept with it."""
    if contact and contact.consented and contact.email and not _over(contact.consent_ends, now):
        yield Holds(Relation.RELATIVE, mailbox_of(contact.email), patient_id, now, contact.consent_ends)


def _over(ends: datetime | None, now: datetime) -> bool:
    return ends is not None and ends <= now
