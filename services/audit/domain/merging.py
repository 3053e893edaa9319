"""One person's records: whoever asks who saw somebody finds what was seen of all of them. Pure."""

from carebus.access import Follows
from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.decisions import Cause, Decision
from services.audit.domain.chains import Arrived


def note_records(_: Arrived, event: PatientMerged | PatientUnmerged, __: Cause) -> Decision:
    """Two records are one person's, or are no more."""
    goes_on_as = event.survivor_id if isinstance(event, PatientMerged) else None
    return Decision().relates(Follows(event.retired_id, goes_on_as))
