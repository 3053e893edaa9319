"""How each event changes a sheet. Facts bring their own times, so a sheet is the same however late they are heard."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carebus.contracts.care_plan import (
    CareHeld,
    CarePlanApproved,
    CarePlanDrafted,
    CarePlanRevised,
    CareResumed,
    CareTeamAssigned,
    CareTeamMemberChanged,
    EpisodeEnded,
    EpisodeOpened,
    MedicinesReconciled,
    VisitCancelled,
    VisitCompleted,
    VisitConverted,
    VisitCorrected,
    VisitNoShow,
    VisitRescheduled,
    VisitScheduled,
)
from carebus.contracts.people import TeamMember
from carebus.contracts.referral import PatientMerged, PatientUnmerged, ReferralAccepted, ReferralAmended
from carebus.contracts.wishes import WishesSummarised
from carebus.decisions import Cause, Decision, changed
from services.line.domain.sheet.sheet import LastVisit, Medicines, NextVisit, Plan, Sheet


def note_acceptance(sheet: Sheet, event: ReferralAccepted, cause: Cause) -> Decision:
    """Somebody is taken on: who they are, and who is close to them."""
    return _heard(
        sheet, cause, person=event.patient, conditions=event.conditions, payer=event.payer, contact=event.contact
    )


def note_amendment(sheet: Sheet, event: ReferralAmended, cause: Cause) -> Decision:
    """What was stated of them changed; what waits for the office, or concerns nobody we look after, changes nothing."""
    if sheet.person is None or not event.applied:
        return _heard(sheet, cause)
    return _heard(
        sheet, cause, person=event.patient, conditions=event.conditions, payer=event.payer, contact=event.contact
    )


def note_opening(sheet: Sheet, event: EpisodeOpened, cause: Cause) -> Decision:
    """Care begins, or begins again."""
    return _heard(sheet, cause, in_care=True, opened_at=event.opened_at, ended_on=None, hand_over="")


def note_end(sheet: Sheet, event: EpisodeEnded, cause: Cause) -> Decision:
    """Care ends; who goes on caring is what a caller is told."""
    return _heard(
        sheet,
        cause,
        in_care=False,
        ended_on=event.ended_on,
        hand_over=event.hand_over,
        visits=(),
        holds=(),
        held_since=(),
    )


def note_hold(sheet: Sheet, event: CareHeld, cause: Cause) -> Decision:
    """A death was reported: whoever answers must know before a word is said."""
    if event.hold_id in sheet.holds:
        return _heard(sheet, cause)
    held = (*sheet.held_since, event.held_at)
    return _heard(sheet, cause, holds=(*sheet.holds, event.hold_id), held_since=held)


def note_resumption(sheet: Sheet, event: CareResumed, cause: Cause) -> Decision:
    """It was not true."""
    going_on = [(one, at) for one, at in zip(sheet.holds, sheet.held_since, strict=True) if one != event.hold_id]
    return _heard(sheet, cause, holds=tuple(one for one, _ in going_on), held_since=tuple(at for _, at in going_on))


def note_team(sheet: Sheet, event: CareTeamAssigned, cause: Cause) -> Decision:
    """Who looks after them."""
    return _heard(sheet, cause, team=event.members)


def note_team_change(sheet: Sheet, event: CareTeamMemberChanged, cause: Cause) -> Decision:
    """Somebody joined, left, or took another's place."""
    gone = {one.clinician_id for one in (event.left, event.joined) if one}
    stays = tuple(one for one in sheet.team if one.clinician_id not in gone)
    return _heard(sheet, cause, team=(*stays, event.joined) if event.joined else stays)


def note_draft(sheet: Sheet, event: CarePlanDrafted, cause: Cause) -> Decision:
    """A first plan, as codes."""
    return _heard(sheet, cause, plan=Plan(version=event.version, concerns=event.concerns, goals=event.goals))


def note_revision(sheet: Sheet, event: CarePlanRevised, cause: Cause) -> Decision:
    """The plan says something else from now on."""
    return _heard(sheet, cause, plan=Plan(version=event.version, says=event.plan, revised_at=event.revised_at))


def note_approval(sheet: Sheet, event: CarePlanApproved, cause: Cause) -> Decision:
    """Somebody stands for the plan."""
    if sheet.plan is None or sheet.plan.version != event.version:
        return _heard(sheet, cause)
    return _heard(sheet, cause, plan=sheet.plan.model_copy(update={"approved_at": event.approved_at}))


def note_medicines(sheet: Sheet, event: MedicinesReconciled, cause: Cause) -> Decision:
    """The whole list as it stands now."""
    listed = Medicines(
        lines=event.medicines,
        allergies=event.allergies,
        no_known_allergies=event.no_known_allergies,
        findings=tuple(f"{each.says} ({each.about})" for each in event.findings),
        disagreements=sum(not each.settled for each in event.disagreements),
        reconciled_at=event.reconciled_at,
    )
    return _heard(sheet, cause, medicines=listed)


def note_wishes(sheet: Sheet, event: WishesSummarised, cause: Cause) -> Decision:
    """What they want, who decides when they can't, and which papers say so, as it stands now."""
    if sheet.wishes is not None and sheet.wishes.summarised_at > event.summarised_at:
        return _heard(sheet, cause)
    return _heard(sheet, cause, wishes=event)


def note_visit_planned(
    sheet: Sheet, event: VisitScheduled | VisitRescheduled | VisitConverted, cause: Cause
) -> Decision:
    """A visit has a time, another time, or takes place in another way."""
    ordinal = next((one.ordinal for one in sheet.visits if one.visit_id == event.visit_id), 0)
    planned = NextVisit(
        visit_id=event.visit_id,
        ordinal=ordinal if isinstance(event, VisitConverted) else event.ordinal,
        mode=event.mode,
        clinician=event.clinician,
        starts_at=event.starts_at,
    )
    visits = sorted([*_without(sheet.visits, event.visit_id), planned], key=lambda one: (one.starts_at, one.ordinal))
    return _heard(sheet, cause, visits=tuple(visits))


def note_visit_gone(sheet: Sheet, event: VisitCancelled | VisitNoShow, cause: Cause) -> Decision:
    """A visit does not take place."""
    return _heard(sheet, cause, visits=_without(sheet.visits, event.visit_id))


def note_visit(sheet: Sheet, event: VisitCompleted, cause: Cause) -> Decision:
    """A visit took place."""
    made = LastVisit(
        visit_id=event.visit_id,
        ordinal=event.ordinal,
        mode=event.mode,
        clinician=event.clinician,
        ended_at=event.completed_at,
        assessments=event.assessments,
        visit_note=event.visit_note,
    )
    return _visited(sheet.but(visits=_without(sheet.visits, event.visit_id)), made, cause)


def note_correction(sheet: Sheet, event: VisitCorrected, cause: Cause) -> Decision:
    """What was recorded of a visit was wrong: this stands in its place."""
    put_right = LastVisit(
        visit_id=event.visit_id,
        ordinal=event.ordinal,
        mode=event.mode,
        clinician=event.clinician,
        ended_at=event.ended_at,
        assessments=event.assessments,
        visit_note=event.visit_note,
        version=event.version,
    )
    return _visited(sheet, put_right, cause)


def note_merge(sheet: Sheet, event: PatientMerged, cause: Cause) -> Decision:
    """This record is one person's with another: who asks for it is led to the one that goes on."""
    return _heard(sheet, cause, merged_into=None if cause.subject_id == event.survivor_id else event.survivor_id)


def note_unmerge(sheet: Sheet, _: PatientUnmerged, cause: Cause) -> Decision:
    """They are two people after all."""
    return _heard(sheet, cause, merged_into=None)


def _visited(sheet: Sheet, made: LastVisit, cause: Cause) -> Decision:
    """The latest visit is shown; what it did not assess is known from earlier ones."""
    last = sheet.last_visit
    if last is not None and made.visit_id != last.visit_id and made.ended_at < last.ended_at:
        return _heard(sheet, cause)
    found = made.assessments
    akps = sheet.akps if found.akps is None else found.akps
    return _heard(sheet, cause, last_visit=made, phase=found.phase or sheet.phase, akps=akps)


def _without(visits: Sequence[NextVisit], visit_id: UUID) -> tuple[NextVisit, ...]:
    return tuple(one for one in visits if one.visit_id != visit_id)


def _heard(sheet: Sheet, cause: Cause, **changes: Any) -> Decision:
    return changed(sheet.but(**changes, heard_at=_later(sheet.heard_at, cause.occurred_at)))


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def members_by_role(team: Sequence[TeamMember]) -> list[TeamMember]:
    """The team with whoever looks after the patient first of all at its head."""
    return sorted(team, key=lambda one: (not one.primary, one.role, one.name))
