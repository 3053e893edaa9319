"""An episode ends: a person says so, the referral is taken back, or a death is confirmed."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import EndReason, EpisodeEnded
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.contracts.referral import (
    CancellationReason,
    ReferralCancelled,
    ReferralEnteredInError,
    ReferralFailed,
    ReferralFailureReason,
)
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, NotInCare
from services.care_plan.domain.care.care import Ended
from services.care_plan.domain.care.pausing import set_again
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.episode.holding import ConfirmDeath, confirmed_day, hold
from services.care_plan.domain.symptoms.follow_ups import drop_all
from services.care_plan.domain.symptoms.unstable import drop_unstable
from services.care_plan.domain.visits.changing import dropped

OF_CANCELLATION = {
    CancellationReason.PATIENT_DECLINED: EndReason.WITHDRAWN,
    CancellationReason.NO_LONGER_NEEDED: EndReason.WITHDRAWN,
    CancellationReason.REFERRED_ELSEWHERE: EndReason.TRANSFERRED,
    CancellationReason.OTHER: EndReason.WITHDRAWN,
}
OF_FAILURE = {
    ReferralFailureReason.MOVED_AWAY: EndReason.MOVED,
    ReferralFailureReason.ON_HOSPICE: EndReason.HOSPICE,
    ReferralFailureReason.PATIENT_DECLINED: EndReason.WITHDRAWN,
    ReferralFailureReason.COULD_NOT_CONTACT: EndReason.NOT_REACHED,
    ReferralFailureReason.DESTINATION_REJECTED: EndReason.TRANSFERRED,
    ReferralFailureReason.OTHER: EndReason.DISCHARGED,
}
"""What the end of a referral means for the episode; a death only holds it (`hold`)."""


class EndsInTheFuture(CarebusError):
    """An episode ends today or ended before. Give that day."""

    status = 422
    field = "ended_on"


class EndsBeforeItBegan(CarebusError):
    """Care had not begun then. Give a day after it began."""

    status = 422
    field = "ended_on"


class DeathIsConfirmed(CarebusError):
    """Report a death, and confirm it there: news of a death holds care first."""

    status = 422
    field = "reason"


class ErrorIsOfTheReferral(CarebusError):
    """Mark the referral as entered in error: the episode ends with it."""

    status = 422
    field = "reason"


class EndEpisode(Value, Command):
    """Care ends, on this day, for this reason; `hand_over`: who goes on, and what they need to know."""

    reason: EndReason
    ended_on: Annotated[date | None, Phi.DATE] = None
    hand_over: Annotated[str, Phi.TEXT, Field(max_length=4000)] = ""


def end_episode(care: Care, asked: EndEpisode, cause: Cause) -> Decision:
    """A person ends care.

    Raises NotInCare, CareEnded, CareOnHold, DeathIsConfirmed, ErrorIsOfTheReferral, EndsInTheFuture,
    EndsBeforeItBegan.
    """
    care.require_open()
    if asked.reason is EndReason.DIED:
        raise DeathIsConfirmed
    if asked.reason is EndReason.ENTERED_IN_ERROR:
        raise ErrorIsOfTheReferral
    on = ending_day(care, asked.ended_on, cause)
    return ended(care, asked.reason, on, "care_team", cause, hand_over=asked.hand_over)


def confirm_death(care: Care, confirms: ConfirmDeath, cause: Cause) -> Decision:
    """The person has died: the episode ended on that day. Raises NotOnHold, DiesInTheFuture, DiedBeforeCareBegan."""
    on = confirmed_day(care, confirms, cause)
    return ended(care, EndReason.DIED, on, care.holds[0].source, cause)


def ending_day(care: Care, stated: date | None, cause: Cause) -> date:
    """The day that is stated, or today. Raises EndsInTheFuture, EndsBeforeItBegan."""
    today = day_of(care, cause.now)
    if stated is not None and stated > today:
        raise EndsInTheFuture
    if stated is not None and care.opened_at is not None and stated < day_of(care, care.opened_at):
        raise EndsBeforeItBegan
    return stated or today


def ended(care: Care, reason: EndReason, on: date, source: str, cause: Cause, *, hand_over: str = "") -> Decision:
    """The episode is over: what is planned is cancelled, hours are free; a record still unsigned is asked after."""
    if care.episode_id is None:
        raise NotInCare
    end = Ended(reason=reason, on=on, source=source, hand_over=hand_over, ended_at=cause.now)
    told = EpisodeEnded(
        episode_id=care.episode_id, reason=reason, ended_on=on, source=source, hand_over=hand_over, ended_at=cause.now
    )
    drops = drop_unstable(drop_all(dropped(care, cause), cause))
    after, *records = drops.states
    assert isinstance(after, Care), "its own state comes first"
    over = after.but(ended=end, holds=(), paused=(), awaited=(), safety_tasks=(), arranged=())
    over_and_told = drops._replace(states=(over, *records), events=(told, *drops.events)).part_of(care.journey_id)
    return set_again(over_and_told, care)


def follow_cancellation(care: Care, event: ReferralCancelled, cause: Cause) -> Decision:
    """The referral is taken back: so is care, unless the person is said to have died, which holds it.

    That somebody has died is true whichever of their referrals says so.
    """
    if event.reason is CancellationReason.DECEASED:
        return hold(care, "referral", None, event.cancelled_at, cause)
    return _taken_back(care, event.referral_id, OF_CANCELLATION[event.reason], event.cancelled_at, cause)


def follow_failure(care: Care, event: ReferralFailed, cause: Cause) -> Decision:
    """The office found that the person can't be cared for after all."""
    if event.reason is ReferralFailureReason.DECEASED:
        return hold(care, "referral", None, event.failed_at, cause)
    return _taken_back(care, event.referral_id, OF_FAILURE[event.reason], event.failed_at, cause)


def follow_error(care: Care, event: ReferralEnteredInError, cause: Cause) -> Decision:
    """The referral should never have been made, and so neither the episode."""
    return _taken_back(care, event.referral_id, EndReason.ENTERED_IN_ERROR, event.marked_at, cause)


def _taken_back(care: Care, referral_id: UUID, reason: EndReason, at: datetime, cause: Cause) -> Decision:
    """Care ends with its referral, unless it was referred for once more: then it goes on for that."""
    others = tuple(one for one in care.other_referrals if one != referral_id)
    if care.in_care and others != care.other_referrals:
        return changed(care.but(other_referrals=others))
    if not care.in_care or care.referral_id != referral_id:
        return ignore("not_of_this_care")
    if others:
        return changed(care.but(referral_id=others[0], other_referrals=others[1:]))
    return ended(care, reason, day_of(care, at), "referral", cause)
