"""One person's records: whoever asks who saw somebody finds what was seen of all of them. Pure."""

from carebus.access.panels import follows
from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.decisions import Cause, Decision
from services.audit.domain.chains import Arrived


def note_records(_: Arrived, event: PatientMerged | PatientUnmerged, __: Cause) -> Decision:
    """Keep it where the kit keeps whose story goes on as whose."""
    return Decision().relates(follows(event))
