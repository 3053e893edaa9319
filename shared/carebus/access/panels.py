"""Who is on whose panel: the care team, as every service hears of it."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from carebus.contracts.care_plan import CareTeamAssigned, CareTeamMemberChanged
from carebus.contracts.event import Event, Stream, subject_id
from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.relations import Ends, Follows, Holds, Relation, RelationChange


def panels_of(event: Event, stream: Stream, now: datetime) -> tuple[RelationChange, ...]:
    """A team is the panel until the next one; where two records are one person, it stays with the one that goes on."""
    if isinstance(event, CareTeamAssigned):
        patient_id = UUID(subject_id(stream))
        accounts = dict.fromkeys(member.account for member in event.members if member.account)
        began = (Holds(Relation.PANEL, account, patient_id, now) for account in accounts)
        return (Ends(Relation.PANEL, patient_id, now), *began)
    if isinstance(event, CareTeamMemberChanged):
        return tuple(_changed(event, UUID(subject_id(stream)), now))
    return (follows(event),) if isinstance(event, PatientMerged | PatientUnmerged) else ()


def _changed(event: CareTeamMemberChanged, patient_id: UUID, now: datetime) -> Iterator[RelationChange]:
    if event.left and event.left.account:
        yield Ends(Relation.PANEL, patient_id, now, event.left.account)
    if event.joined and event.joined.account:
        yield Holds(Relation.PANEL, event.joined.account, patient_id, now)


def follows(event: PatientMerged | PatientUnmerged) -> Follows:
    """Two records are one person's, or are no more."""
    return Follows(event.retired_id, event.survivor_id if isinstance(event, PatientMerged) else None)
