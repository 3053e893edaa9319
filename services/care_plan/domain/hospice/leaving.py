"""An election ends while the patient lives, or an entry never was; care opens again by a new referral only."""

from datetime import date
from uuid import UUID

from carebus.contracts.care_plan import HospiceDischarged, HospiceEntryWithdrawn, HospiceRevoked
from carebus.contracts.event import Event
from carebus.contracts.referral import ReferralReopened
from carebus.decisions import Cause, Decision, changed, ignore
from services.care_plan.domain.care import Care
from services.care_plan.domain.hospice.asked import (
    BeforeTheElection,
    RecordDischarge,
    RecordRevocation,
    WithdrawEntry,
    require_past,
)
from services.care_plan.domain.hospice.electing import BEGINS, NOTICE, awaited
from services.care_plan.domain.hospice.state import Enrolment, EntryUnknown, Hospice, Left, PromptStatus


def revoke(care: Care, hospice: Hospice, asked: RecordRevocation, cause: Cause) -> Decision:
    """The patient takes it back; before it took effect our care just goes on.

    Raises NotEnrolled, EntryUnknown, DayToCome, BeforeTheElection.
    """
    elected = _elected(care, hospice, asked.enrolment_id, asked.revoked_on, "revoked_on", cause)
    if asked.revoked_on < elected.signed_on:
        raise BeforeTheElection(field="revoked_on")
    left = Left(entry_id=cause.derive("hospice_left"), on=asked.revoked_on, source=asked.source)
    told = HospiceRevoked(
        revocation_id=left.entry_id,
        enrolment_id=elected.entry_id,
        referral_id=elected.referral_id,
        revoked_on=left.on,
        source=left.source,
        recorded_at=cause.now,
    )
    return _left(care, hospice, left, told)


def discharge(care: Care, hospice: Hospice, asked: RecordDischarge, cause: Cause) -> Decision:
    """The hospice discharged the patient. Raises NotEnrolled, EntryUnknown, DayToCome, BeforeTheElection."""
    elected = _elected(care, hospice, asked.enrolment_id, asked.discharged_on, "discharged_on", cause)
    if asked.discharged_on < elected.effective_on:
        raise BeforeTheElection(field="discharged_on")
    left = Left(
        entry_id=cause.derive("hospice_left"),
        on=asked.discharged_on,
        reason=asked.reason,
        source=asked.source,
    )
    told = HospiceDischarged(
        discharge_id=left.entry_id,
        enrolment_id=elected.entry_id,
        referral_id=elected.referral_id,
        reason=asked.reason,
        discharged_on=left.on,
        source=left.source,
        recorded_at=cause.now,
    )
    return _left(care, hospice, left, told)


def follow_reopening(hospice: Hospice, event: ReferralReopened, _: Cause) -> Decision:
    """A new referral replaces the one under which they elected hospice: nobody has to ask for it any more."""
    if hospice.to_reopen is None or hospice.to_reopen != event.replaces:
        return ignore("not_of_this_election")
    return changed(hospice.but(taken_up_by=event.referral_id))


def withdraw(care: Care, hospice: Hospice, asked: WithdrawEntry, cause: Cause) -> Decision:
    """An entry was wrong. An election by which our care has ended is gone as well, but care stays ended.

    Raises EntryUnknown.
    """
    what, after = _without(hospice, asked.entry_id)
    told = HospiceEntryWithdrawn(corrects=asked.entry_id, what=what, because=asked.because, withdrawn_at=cause.now)
    decision = changed(after).tells(told).part_of(care.journey_id)
    if what == "enrolment":
        return decision.cancels(BEGINS, NOTICE)
    return awaited(decision, care, after, cause) if after.enrolled else decision


def _without(hospice: Hospice, entry_id: UUID) -> tuple[str, Hospice]:
    """Of which kind the entry is, and the way without it. Raises EntryUnknown."""
    elected, left = hospice.enrolment, hospice.left
    if left is not None and left.entry_id == entry_id:
        return "discharge" if left.reason else "revocation", hospice.but(left=None, to_reopen=None, taken_up_by=None)
    if elected is not None and left is None:
        if elected.entry_id == entry_id:
            reopens = elected.referral_id if elected.began else None
            return "enrolment", hospice.but(enrolment=None, to_reopen=reopens)
        if elected.notice is not None and elected.notice.entry_id == entry_id:
            return "notice", hospice.but(enrolment=elected.model_copy(update={"notice": None}))
    if hospice.decline is not None and hospice.decline.entry_id == entry_id:
        return "decline", hospice.but(decline=None)
    if hospice.referral is not None and hospice.referral.entry_id == entry_id:
        return "referral", hospice.but(referral=None)
    return _without_answer(hospice, entry_id) or _without_talk(hospice, entry_id)


def _without_answer(hospice: Hospice, entry_id: UUID) -> tuple[str, Hospice] | None:
    """A package that did not go over, or a prompt that waits for an answer again."""
    packages = tuple(one for one in hospice.packages if one.package_id != entry_id)
    if packages != hospice.packages:
        return "package", hospice.but(packages=packages)
    settled = next((one for one in hospice.prompts if one.prompt_id == entry_id and one.settled_at), None)
    if settled is None:
        return None
    again = settled.model_copy(update={"status": PromptStatus.OPEN, "because": "", "settled_at": None})
    return "answer", hospice.but(prompts=tuple(again if one is settled else one for one in hospice.prompts))


def _without_talk(hospice: Hospice, entry_id: UUID) -> tuple[str, Hospice]:
    talks = tuple(one for one in hospice.discussions if one.entry_id != entry_id)
    if talks == hospice.discussions:
        raise EntryUnknown(field="entry_id")
    return "discussion", hospice.but(discussions=talks)


def _elected(care: Care, hospice: Hospice, enrolment_id: UUID, on: date, field: str, cause: Cause) -> Enrolment:
    elected = hospice.require_enrolled()
    if elected.entry_id != enrolment_id:
        raise EntryUnknown(field="enrolment_id")
    require_past(care, on, field, cause)
    return elected


def _left(care: Care, hospice: Hospice, left: Left, told: Event) -> Decision:
    elected = hospice.require_enrolled()
    after = hospice.but(left=left, to_reopen=elected.referral_id if elected.began else None)
    return changed(after).tells(told).cancels(BEGINS, NOTICE).part_of(care.journey_id)
