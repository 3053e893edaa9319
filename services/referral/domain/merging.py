"""Records of one person put together, and taken apart again.

A merge re-keys nothing. It closes the retired record in favour of the survivor's and is told on both streams, so
undoing it leaves everything as if it had never been. There are no chains: a survivor is never itself retired.
"""

from uuid import UUID

from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.decisions import Cause, Decision, changed
from services.referral.domain.identity import (
    CareChangedMeanwhile,
    Identity,
    Merge,
    MergedWithItself,
    NotMerged,
    RetiredAlready,
    SurvivesOthers,
    Unmerge,
)
from services.referral.domain.intake import Intake


def retire(intake: Intake, identity: Identity, asked: Merge, cause: Cause) -> Decision:
    """Close this record in favour of the survivor's. Raises RetiredAlready, SurvivesOthers, CareChangedMeanwhile."""
    if asked.survivor_id == asked.retired_id:
        raise MergedWithItself
    if identity.merged_into is not None:
        raise RetiredAlready
    if identity.absorbed:
        raise SurvivesOthers
    if in_care(intake) is not asked.retired_in_care:
        raise CareChangedMeanwhile
    return changed(identity.but(merged_into=asked.survivor_id, merge_id=asked.merge_id)).tells(_merged(asked, cause))


def absorb(intake: Intake, identity: Identity, asked: Merge, cause: Cause) -> Decision:
    """Go on for the retired record too. Raises RetiredAlready, CareChangedMeanwhile."""
    if identity.merged_into is not None:
        raise RetiredAlready
    if in_care(intake) is not asked.survivor_in_care:
        raise CareChangedMeanwhile
    return changed(identity.but(absorbed=(*identity.absorbed, asked.retired_id))).tells(_merged(asked, cause))


def restore(_: Intake, identity: Identity, asked: Unmerge, cause: Cause) -> Decision:
    """Open the retired record again. Raises NotMerged."""
    if identity.merged_into != asked.survivor_id or identity.merge_id is None:
        raise NotMerged
    again = identity.but(merged_into=None, merge_id=None, others=_with(identity.others, asked.survivor_id))
    return changed(again).tells(_unmerged(asked, cause))


def release(_: Intake, identity: Identity, asked: Unmerge, cause: Cause) -> Decision:
    """Go on without the retired record. Raises NotMerged."""
    if asked.retired_id not in identity.absorbed:
        raise NotMerged
    rest = tuple(each for each in identity.absorbed if each != asked.retired_id)
    again = identity.but(absorbed=rest, others=_with(identity.others, asked.retired_id))
    return changed(again).tells(_unmerged(asked, cause))


def in_care(intake: Intake) -> bool:
    """Whether the person is cared for because of one of these referrals."""
    return any(each.taken_on and not each.ended for each in intake.referrals)


def _merged(asked: Merge, cause: Cause) -> PatientMerged:
    return PatientMerged(
        merge_id=asked.merge_id,
        survivor_id=asked.survivor_id,
        retired_id=asked.retired_id,
        reason=asked.reason,
        both_in_care=asked.retired_in_care and asked.survivor_in_care,
        merged_at=cause.now,
    )


def _unmerged(asked: Unmerge, cause: Cause) -> PatientUnmerged:
    return PatientUnmerged(
        survivor_id=asked.survivor_id,
        retired_id=asked.retired_id,
        reason=asked.reason,
        unmerged_at=cause.now,
    )


def _with(known: tuple[UUID, ...], one: UUID) -> tuple[UUID, ...]:
    return known if one in known else (*known, one)
