"""An election: our episode ends on the day on which it takes effect, and its notice is asked after on day 6."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from carebus.contracts.care_plan import (
    EndReason,
    HospiceEnrolled,
    HospiceEnrolmentCorrected,
    HospiceNoticeAccepted,
    HospiceNoticeOverdue,
)
from carebus.decisions import Cause, Decision, Timer, changed, ignore
from services.care_plan.domain.care import Care, episode_of
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of, end_of
from services.care_plan.domain.episode.ending import ended
from services.care_plan.domain.hospice.asked import (
    BeforeTheElection,
    CorrectElection,
    Election,
    RecordElection,
    RecordNotice,
    require_election,
    require_past,
)
from services.care_plan.domain.hospice.benefits import BenefitRules, benefits_of
from services.care_plan.domain.hospice.state import AlreadyEnrolled, Enrolment, EntryUnknown, Hospice, Notice, way_in

BEGINS, NOTICE = OF_ELECTION = "hospice_begins", "hospice_notice"
"""Timers of an election that stands; one of an earlier episode may be left over."""
NOTICE_WITHIN = timedelta(days=5)
"""42 CFR 418.24: the notice of election is filed, and accepted, within five days of the effective date."""


class HospiceBegins(Timer):
    """The day has come on which an election takes effect."""

    enrolment_id: UUID


class NoticeAwaited(Timer):
    """The sixth day after an election's first has come."""

    enrolment_id: UUID


class Electing:
    """The decisions that name benefits, by these rules."""

    def __init__(self, rules: BenefitRules) -> None:
        self.rules = rules

    def record(self, care: Care, hospice: Hospice, asked: RecordElection, cause: Cause) -> Decision:
        """Hospice is elected. Raises AlreadyEnrolled, NotInCare, CareEnded, CareOnHold, GoesOnElsewhere, and for the
        days DayToCome, EffectiveBeforeSigned, BeforeOurCare."""
        care.require_going_on()
        way = way_in(care, hospice)
        if way.enrolled:
            raise AlreadyEnrolled
        require_election(care, asked, cause)
        elected = self._enrolment(care, asked, cause.derive("hospice_enrolment"), 1)
        after = way.but(enrolment=elected, left=None, decline=None, packages=(), to_reopen=None, taken_up_by=None)
        told = HospiceEnrolled(
            enrolment_id=elected.entry_id,
            episode_id=episode_of(care),
            referral_id=elected.referral_id,
            recorded_at=cause.now,
            **_said(elected),
        )
        return awaited(changed(after).tells(told).part_of(care.journey_id), care, after, cause)

    def correct(self, care: Care, hospice: Hospice, asked: CorrectElection, cause: Cause) -> Decision:
        """What was said was wrong. Where our care has ended by it, the day that `EpisodeEnded` names stays as told.

        Raises NotEnrolled, EntryUnknown, CareOnHold, and for the days what `record` raises.
        """
        was = hospice.require_enrolled()
        if was.entry_id != asked.enrolment_id:
            raise EntryUnknown(field="enrolment_id")
        if care.in_care:
            care.require_going_on()
        require_election(care, asked, cause)
        now = self._enrolment(care, asked, was.entry_id, was.version + 1).model_copy(
            update={"referral_id": was.referral_id, "began": was.began, "notice": _notice(was.notice, asked)}
        )
        told = HospiceEnrolmentCorrected(
            enrolment_id=now.entry_id,
            version=now.version,
            episode_id=hospice.episode_id or episode_of(care),
            because=asked.because,
            corrected_at=cause.now,
            **_said(now),
        )
        after = hospice.but(enrolment=now)
        return awaited(changed(after).tells(told).part_of(care.journey_id), care, after, cause)

    def _enrolment(self, care: Care, asked: Election, enrolment_id: UUID, version: int) -> Enrolment:
        return Enrolment(
            entry_id=enrolment_id,
            version=version,
            referral_id=care.referral_id,
            hospice=asked.hospice,
            signed_on=asked.signed_on,
            effective_on=asked.effective_on,
            attending=asked.attending,
            terminal_diagnosis=asked.terminal_diagnosis,
            source=asked.source,
            benefits=benefits_of(care, self.rules, asked.effective_on),
        )


@unless_paused(HospiceBegins)
def begin(care: Care, hospice: Hospice, due: HospiceBegins, cause: Cause) -> Decision:
    """The day has come: our care ends, and somebody else's begins."""
    elected = hospice.enrolment
    if elected is None or elected.entry_id != due.enrolment_id or hospice.left is not None or elected.began:
        return ignore("not_elected_any_more")
    if not care.in_care or care.episode_id != hospice.episode_id:
        return ignore("already_ended")
    if day_of(care, cause.now) < elected.effective_on:
        return ignore("not_yet")
    return _over(care, hospice, elected, cause)


def record_notice(care: Care, hospice: Hospice, asked: RecordNotice, cause: Cause) -> Decision:
    """The notice was accepted. Raises NotEnrolled, EntryUnknown, DayToCome, BeforeTheElection."""
    elected = hospice.require_enrolled()
    if elected.entry_id != asked.enrolment_id:
        raise EntryUnknown(field="enrolment_id")
    require_past(care, asked.accepted_on, "accepted_on", cause)
    if asked.accepted_on < elected.signed_on:
        raise BeforeTheElection(field="accepted_on")
    if elected.notice is not None and elected.notice.accepted_on == asked.accepted_on:
        return ignore("notice_known")
    late = asked.accepted_on > elected.effective_on + NOTICE_WITHIN
    notice = Notice(entry_id=cause.derive("hospice_notice"), accepted_on=asked.accepted_on, late=late)
    told = HospiceNoticeAccepted(
        notice_id=notice.entry_id,
        enrolment_id=elected.entry_id,
        accepted_on=notice.accepted_on,
        late=late,
        recorded_at=cause.now,
    )
    after = hospice.but(enrolment=elected.model_copy(update={"notice": notice, "notice_overdue": False}))
    return changed(after).tells(told).cancels(NOTICE).part_of(care.journey_id)


@unless_paused(NoticeAwaited)
def note_no_notice(care: Care, hospice: Hospice, due: NoticeAwaited, cause: Cause) -> Decision:
    """Nobody has told us of an accepted notice: the hospice is asked. Our care may have ended; this goes on."""
    elected = hospice.enrolment
    if elected is None or elected.entry_id != due.enrolment_id or hospice.left is not None:
        return ignore("not_elected_any_more")
    if elected.notice is not None or elected.notice_overdue:
        return ignore("notice_known")
    if care.patient is not None and day_of(care, cause.now) <= elected.effective_on + NOTICE_WITHIN:
        return ignore("not_yet")
    told = HospiceNoticeOverdue(
        enrolment_id=elected.entry_id, due_on=elected.effective_on + NOTICE_WITHIN, overdue_at=cause.occurred_at
    )
    after = hospice.but(enrolment=elected.model_copy(update={"notice_overdue": True}))
    return changed(after).tells(told).part_of(care.journey_id)


def awaited(decision: Decision, care: Care, way: Hospice, cause: Cause) -> Decision:
    """The decision by which an election stands, with its timers; one that took effect ends our care at once."""
    elected = way.enrolment
    assert elected is not None, "only an election is awaited"
    if elected.notice is None:
        at = end_of(care, elected.effective_on + NOTICE_WITHIN)
        decision = decision.wakes(NOTICE, at, NoticeAwaited(enrolment_id=elected.entry_id))
    if elected.began or not care.in_care or care.episode_id != way.episode_id:
        return decision
    if elected.effective_on > day_of(care, cause.now):
        at = end_of(care, elected.effective_on - timedelta(days=1))
        return decision.wakes(BEGINS, at, HospiceBegins(enrolment_id=elected.entry_id))
    over = _over(care, way, elected, cause)
    return over._replace(
        events=(*decision.events, *over.events), wakes_at=(*decision.wakes_at, *over.wakes_at)
    ).cancels(BEGINS)


def _notice(notice: Notice | None, asked: Election) -> Notice | None:
    late = notice is not None and notice.accepted_on > asked.effective_on + NOTICE_WITHIN
    return notice.model_copy(update={"late": late}) if notice else None


def _over(care: Care, way: Hospice, elected: Enrolment, cause: Cause) -> Decision:
    words = f"{elected.hospice.name} cares for them from this day on."
    over = ended(care, EndReason.HOSPICE, elected.effective_on, "hospice", cause, hand_over=words)
    prompts = tuple(one for one in way.prompts if one not in way.open_prompts)
    after = way.but(enrolment=elected.model_copy(update={"began": True}), prompts=prompts)
    return over._replace(states=(*over.states, after))


def _said(elected: Enrolment) -> dict[str, Any]:
    names = (
        "hospice", "signed_on", "effective_on", "attending", "terminal_diagnosis", "source", "benefits",
    )  # fmt: skip
    return {name: getattr(elected, name) for name in names}
