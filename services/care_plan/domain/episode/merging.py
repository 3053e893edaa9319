"""What becomes of care when two records are found to be one person's, and when that was wrong.

Nothing is moved: the retired record only says where the person's record goes on, so undoing it leaves no trace.
"""

from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.decisions import Cause, Decision, changed, ignore
from services.care_plan.domain.care import Care


def follow_merge(care: Care, event: PatientMerged, cause: Cause) -> Decision:
    """The retired record says where the person's goes on. Where both are cared for, the survivor's care goes on."""
    if cause.subject_id != event.retired_id:
        return ignore("goes_on")
    return changed(care.but(merged_into=event.survivor_id, held=event.both_in_care))


def follow_unmerge(care: Care, event: PatientUnmerged, cause: Cause) -> Decision:
    """They are two people: both records stand by themselves again."""
    if cause.subject_id != event.retired_id:
        return ignore("goes_on")
    return changed(care.but(merged_into=None, held=False))
