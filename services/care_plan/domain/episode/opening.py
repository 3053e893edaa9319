"""An episode of care begins, again if there was one before, and follows what the office puts right of the person."""

from datetime import date, datetime

from carebus.access.outsiders import outsiders
from carebus.contracts.care_plan import CarePlanDrafted, EpisodeOpened
from carebus.contracts.people import Person
from carebus.contracts.referral import ReferralAccepted, ReferralAmended
from carebus.decisions import Cause, Decision, changed, ignore
from services.care_plan.domain.care import Care, Found
from services.care_plan.domain.care.zones import zone_of
from services.care_plan.domain.plan.drafts import draft_plan

MOST_OTHERS = 10
"""So many referrals of somebody in care are remembered beside the one that opened the episode."""


def open_episode(care: Care, accepted: ReferralAccepted, cause: Cause) -> Decision:
    """Somebody is taken on: care began when that was decided. A plan is drafted; a team is wanted.

    Who was in care before comes back to the team they had, as far as it has room.
    """
    if care.in_care:
        return _also_referred(care, accepted)
    opened = EpisodeOpened(
        episode_id=cause.derive("episode"),
        referral_id=accepted.referral_id,
        conditions=accepted.conditions,
        payer=accepted.payer,
        ready_for_care_on=_day(accepted.patient, accepted.accepted_at),
        opened_at=accepted.accepted_at,
    )
    plan = draft_plan(cause.derive("plan"), accepted.conditions)
    drafted = CarePlanDrafted(episode_id=opened.episode_id, **plan.model_dump())
    fresh = care.but(
        patient=accepted.patient,
        referral_id=accepted.referral_id,
        journey_id=cause.correlation_id,
        episode_id=opened.episode_id,
        priority=accepted.priority,
        conditions=accepted.conditions,
        payer=accepted.payer,
        contact=accepted.contact,
        opened_at=accepted.accepted_at,
        plan=plan,
        **_of_an_episode(care),
    )
    return (
        changed(fresh)
        .tells(opened, drafted)
        .relates(*outsiders(accepted.payer, accepted.contact, cause.subject_id, cause.now))
    )


def _also_referred(care: Care, accepted: ReferralAccepted) -> Decision:
    """Somebody in care was referred once more: should the first referral be taken back, care goes on for this one."""
    if accepted.referral_id in (care.referral_id, *care.other_referrals):
        return ignore("episode_already_open")
    return changed(care.but(other_referrals=(*care.other_referrals, accepted.referral_id)[-MOST_OTHERS:]))


def follow_amendment(care: Care, amended: ReferralAmended, cause: Cause) -> Decision:
    """The office put right who the person is, who pays or whom they agreed to have told; the plan is the team's."""
    if not amended.applied or care.referral_id != amended.referral_id:
        return ignore("not_of_this_care")
    known = care.but(patient=amended.patient, payer=amended.payer, contact=amended.contact)
    return changed(known).relates(*outsiders(amended.payer, amended.contact, cause.subject_id, cause.now))


def _of_an_episode(care: Care) -> dict[str, object]:
    """What a new episode begins without; visits are numbered on, and the team of before is remembered."""
    return {
        "ended": None,
        "other_referrals": (),
        "awaited": (),
        "team": (),
        "former_team": care.team or care.former_team,
        "arranged": (),
        "wanted": (),
        "visits": (),
        "completed": 0,
        "last_visit_at": None,
        "last_ordinal": None,
        "found": Found(),
        "follow_ups": (),
        "safety_tasks": (),
        "unstable": None,
        "holds": (),
        "paused": (),
    }


def _day(patient: Person, at: datetime) -> date:
    """The day that it is for the patient."""
    return at.astimezone(zone_of(patient.time_zone)).date()
