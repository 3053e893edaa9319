"""Who is known: what referral states of a person becomes keys, and a merged record leads to the one that goes on."""

from carebus.contracts.referral import PatientIdentityStated, PatientMerged, PatientUnmerged
from carebus.decisions import Cause, Decision, changed, ignore
from services.line.domain.hospital.keys import keys_of_patient
from services.line.domain.hospital.record import Identity
from services.line.domain.sheet import Sheet, hearing


def keep_keys(identity: Identity, event: PatientIdentityStated, _: Cause) -> Decision:
    """By these they are known from now on."""
    keys = keys_of_patient(event)
    return ignore("the_same") if keys == identity.keys else changed(identity.but(keys=keys))


def follow_merge(sheet: Sheet, identity: Identity, event: PatientMerged, cause: Cause) -> Decision:
    """Whoever asks for the retired record, and messages about it, are led to the one that goes on."""
    goes_on = None if cause.subject_id == event.survivor_id else event.survivor_id
    return _with_identity(hearing.note_merge(sheet, event, cause), identity.but(merged_into=goes_on))


def follow_unmerge(sheet: Sheet, identity: Identity, event: PatientUnmerged, cause: Cause) -> Decision:
    """They are two people after all."""
    return _with_identity(
        hearing.note_unmerge(sheet, event, cause),
        identity.but(merged_into=None),
    )


def _with_identity(decision: Decision, identity: Identity) -> Decision:
    return decision._replace(states=(*decision.states, identity))
