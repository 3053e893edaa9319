"""What a family is told when two records turn out to be one person's: everything once, or all if that was wrong."""

from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.decisions import Cause, Decision, changed, ignore
from services.notifications.domain.family import Family


def hold_back(family: Family, event: PatientMerged, cause: Cause) -> Decision:
    """Where one person was cared for on two records, the family is told once: under the one that goes on."""
    if cause.subject_id != event.retired_id:
        return ignore("goes_on")
    return changed(family.but(merged_into=event.survivor_id, held=event.both_in_care))


def hold_no_longer(family: Family, event: PatientUnmerged, cause: Cause) -> Decision:
    """They are two people, and each family is told what concerns it."""
    if cause.subject_id != event.retired_id:
        return ignore("goes_on")
    return changed(family.but(merged_into=None, held=False))
