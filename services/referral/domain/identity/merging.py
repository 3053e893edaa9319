"""Records of one person put together, and taken apart again.

A merge re-keys nothing. It closes the retired record in favour of the survivor's and is told on both streams, so
undoing it leaves everything as if it had never been. There are no chains: a survivor is never itself retired.
"""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.decisions import Cause, Decision, Reaction, changed, ignore
from services.referral.domain.identity.records import (
    CareChangedMeanwhile,
    Identity,
    Merge,
    MergedWithItself,
    NotMerged,
    RetiredAlready,
    SurvivesOthers,
    UnmergeWanted,
)
from services.referral.domain.workflow.referrals import Intake, PatientUnknown
from services.referral.domain.workflow.triage import AlreadyTakenOn


def retire(intake: Intake, identity: Identity, _: BaseModel, cause: Cause, *, merge: Merge) -> Decision:
    """Close this record in favour of the survivor's.

    Raises PatientUnknown, MergedWithItself, RetiredAlready, SurvivesOthers and CareChangedMeanwhile.
    """
    survivor_id = merge.wanted.survivor_id
    if not intake.referrals:
        raise PatientUnknown
    if survivor_id == merge.wanted.retired_id:
        raise MergedWithItself
    if identity.merged_into is not None:
        raise RetiredAlready
    if identity.absorbed:
        raise SurvivesOthers
    if intake.enrolled is not merge.retired_in_care:
        raise CareChangedMeanwhile
    return changed(identity.but(merged_into=survivor_id, merge_id=merge.merge_id)).tells(_merged(merge, cause))


def absorb(intake: Intake, identity: Identity, _: BaseModel, cause: Cause, *, merge: Merge) -> Decision:
    """Go on for the retired record too. Raises PatientUnknown, RetiredAlready and CareChangedMeanwhile."""
    if not intake.referrals:
        raise PatientUnknown
    if identity.merged_into is not None:
        raise RetiredAlready
    if intake.enrolled is not merge.survivor_in_care:
        raise CareChangedMeanwhile
    retired_id = merge.wanted.retired_id
    return changed(identity.but(absorbed=(*identity.absorbed, retired_id))).tells(_merged(merge, cause))


def restore(identity: Identity, asked: UnmergeWanted, cause: Cause) -> Decision:
    """Open the retired record again. Raises NotMerged."""
    if identity.merged_into != asked.survivor_id:
        raise NotMerged
    again = identity.but(merged_into=None, merge_id=None, others=_with(identity.others, asked.survivor_id))
    return changed(again).tells(_unmerged(asked, cause))


def release(identity: Identity, asked: UnmergeWanted, cause: Cause) -> Decision:
    """Go on without the retired record. Raises NotMerged."""
    if asked.retired_id not in identity.absorbed:
        raise NotMerged
    rest = tuple(each for each in identity.absorbed if each != asked.retired_id)
    again = identity.but(absorbed=rest, others=_with(identity.others, asked.retired_id))
    return changed(again).tells(_unmerged(asked, cause))


def nobody_taken_on(intake: Intake, _: BaseModel, __: Cause) -> Decision:
    """Another record of somebody who is to be taken on. Raises AlreadyTakenOn: one person is taken on once."""
    if intake.enrolled:
        raise AlreadyTakenOn
    return ignore("nobody_taken_on")


def of_the_same_records(reaction: Reaction, seen: Identity) -> Reaction:
    """The same reaction, if the person's records are those that were looked at. Raises CareChangedMeanwhile."""

    def decide(*given: Any) -> Decision:
        *states, identity, message, cause = given
        if (identity.merged_into, identity.absorbed) != (seen.merged_into, seen.absorbed):
            raise CareChangedMeanwhile
        return reaction.decide(*states, message, cause)

    return Reaction((*reaction.states, Identity), decide)


def _merged(merge: Merge, cause: Cause) -> PatientMerged:
    return PatientMerged(
        merge_id=merge.merge_id,
        survivor_id=merge.wanted.survivor_id,
        retired_id=merge.wanted.retired_id,
        reason=merge.wanted.reason,
        both_in_care=merge.retired_in_care and merge.survivor_in_care,
        merged_at=cause.now,
    )


def _unmerged(asked: UnmergeWanted, cause: Cause) -> PatientUnmerged:
    return PatientUnmerged(
        survivor_id=asked.survivor_id,
        retired_id=asked.retired_id,
        reason=asked.reason,
        unmerged_at=cause.now,
    )


def _with(known: tuple[UUID, ...], one: UUID) -> tuple[UUID, ...]:
    return known if one in known else (*known, one)
