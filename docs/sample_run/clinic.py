"""The people of the sample run: the office, the care teams and the mail server, acting as the doors let them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel

from carebus.contracts import Subject
from carebus.contracts.event import subject_id
from carebus.contracts.notifications import FailureReason
from carebus.contracts.referral import IdentityDecision, MergeReason, SeenBy
from carebus.decisions import on
from deploy.local.clinic import SEED
from deploy.local.front_office import referral
from deploy.local.invented import assessments, roster, visit_note
from deploy.local.patient import Patient
from docs.sample_run.calling import CALLS
from docs.sample_run.care import stream_of
from docs.sample_run.company import ROOT
from docs.sample_run.equipping import Equipping
from services.care_plan.api.team.commands import JOIN
from services.care_plan.api.visits.commands import COMPLETE
from services.care_plan.domain.care import Care
from services.care_plan.domain.team.joining import JoinRoster
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.handlers import HANDLERS as CARE_PLAN
from services.equipment.handlers import HANDLERS as EQUIPMENT
from services.line.handlers import HANDLERS as LINE
from services.notifications.channels.dispatch import SETTLED_BY
from services.notifications.domain import Family, GivenUp, HandedOver, Referrers, SummaryLetters, TeamLetters
from services.notifications.domain.suppliers import SupplierLetters
from services.notifications.handlers import handlers as notifications_of
from services.outcomes.handlers import HANDLERS as OUTCOMES
from services.referral import store
from services.referral.api.feedback.links import NOTE_VIEW, RENEW, REVOKE
from services.referral.domain import DEEDS, Act, DirectReferral, Intake, Office, Referral
from services.referral.domain.feedback.updates import NoteView, RenewLink, RevokeLink, informing
from services.referral.domain.identity.merging import absorb, release, restore
from services.referral.domain.identity.records import DecideReview, Identity, Merge, MergeWanted, UnmergeWanted
from services.referral.domain.identity.reviewing import decide_review, decide_same, receive_person
from services.referral.domain.matching import Known, Placement, Traits, place
from services.referral.handlers import handlers
from services.wishes.handlers import HANDLERS as WISHES

T = TypeVar("T")
OFFICE = Office(rules=store.rule_book())
PRACTICE = {
    "organization": "Elm Street Cardiology",
    "kind": "provider",
    "name": "R. Osei",
    "phone": "(413) 555-0117",
    "email": "osei@elm.example",
}
"""Who refers: of the sample's own referrers there is no address, so nobody would write to them."""


def misspelt(patient: Patient) -> Patient:
    """The same person as somebody else writes them down: another name, day and month changed round."""
    born = patient.birth_date.replace(day=patient.birth_date.month, month=min(12, patient.birth_date.day))
    return replace(
        patient, source_id=f"{patient.source_id}/again", family_name=f"{patient.family_name}n", birth_date=born
    )


class Clinic(Equipping):
    """What can be done in the clinic, by the words that its people use for it."""

    def __init__(self, patients: Sequence[Patient], opens_at: datetime) -> None:
        hears = {
            "referral": handlers(OFFICE),
            "care_plan": CARE_PLAN,
            "notifications": notifications_of("team@carebus.example"),
            "outcomes": OUTCOMES,
            "line": LINE,
            "wishes": WISHES,
            "equipment": EQUIPMENT,
        }
        twins = [misspelt(patient) for patient in patients]
        calls = [Subject.CALL.stream(one) for one in CALLS]
        super().__init__(hears, [*map(stream_of, [*patients, *twins]), *calls], opens_at)

    def knows(self, patient: Patient) -> bool:
        """Whether a patient was ever referred."""
        return bool(self.known("referral", Intake, patient).referrals)

    def newest(self, patient: Patient) -> Referral:
        """The newest referral of a patient."""
        found: Referral = self.known("referral", Intake, patient).referrals[-1]
        return found

    def refers(self, patient: Patient, placement: Placement | None = None, **otherwise: Any) -> None:
        """A practice refers a patient."""
        body = {**referral(SEED, patient), "referrer": PRACTICE, **otherwise}
        how = informing(on(Intake, Identity, partial(receive_person, placement=placement, office=OFFICE)))
        stated = DirectReferral.stated(body, self.company.now)
        self.company.asks("referral", "referrer:elm", (how, stream_of(patient), stated))

    def does(self, act: Act, patient: Patient, actor: str = "coordinator:ann", **said: Any) -> None:
        """Somebody does this to the patient's newest referral."""
        deed = DEEDS[act]
        command = deed.command(referral_id=self.newest(patient).referral_id, **said)
        self.company.asks("referral", actor, (informing(deed.reaction(OFFICE)), stream_of(patient), command))
        self.plans()

    def refers_misspelt(self, patient: Patient) -> Patient:
        """Another practice refers the same person, with slips; gives the person as it wrote them."""
        twin = misspelt(patient)
        before, now = (self._traits(one) for one in (patient, twin))
        found = place(now, [Known(_id_of(patient), before)], 100)
        self.refers(twin, found)
        return twin

    def settles(self, patient: Patient, decision: IdentityDecision, of: Patient | None = None, note: str = "") -> None:
        """Somebody has looked whether this is a person who was known before."""
        review = self.known("referral", Identity, patient).reviews[-1]
        said = DecideReview(
            review_id=review.review_id, decision=decision, patient_id=_id_of(of) if of else None, note=note
        )
        if of is None:
            how = informing(on(Intake, Identity, partial(decide_review, office=OFFICE)))
            return self.company.asks("referral", "coordinator:ann", (how, stream_of(patient), said))
        wanted = MergeWanted(survivor_id=_id_of(of), retired_id=_id_of(patient), reason=MergeReason.REVIEWED)
        merge = Merge(uuid5(ROOT, "merge"), wanted)
        ends = informing(on(Intake, Identity, partial(decide_same, merge=merge, office=OFFICE)))
        goes_on = informing(on(Intake, Identity, partial(absorb, merge=merge)))
        steps = (ends, stream_of(patient), said), (goes_on, stream_of(of), wanted)
        return self.company.asks("referral", "coordinator:ann", *steps)

    def takes_apart(self, retired: Patient, survivor: Patient) -> None:
        """They are two people after all."""
        wanted = UnmergeWanted(survivor_id=_id_of(survivor), retired_id=_id_of(retired))
        opens = on(Identity, restore), stream_of(retired), wanted
        lets_go = on(Identity, release), stream_of(survivor), wanted
        self.company.asks("referral", "coordinator:ann", opens, lets_go)

    def staff_joins(self, each: int = 1) -> None:
        """So many of every profession can be assigned from now on."""
        seen: dict[str, int] = {}
        for one in roster(SEED):
            seen[one.role] = seen.get(one.role, 0) + 1
            if seen[one.role] <= each:
                joins = JoinRoster.model_validate(one.body())
                stream = Subject.ROSTER.stream(one.clinician_id)
                self.company.asks("care_plan", "supervisor:ines", (JOIN, stream, joins))
                self.plans()

    def visits(self, patient: Patient, *, sign: bool = True) -> UUID:
        """The visit that is planned takes place at its time; gives which it was."""
        visit = self.known("care_plan", Care, patient).planned
        self.passes(seconds=max(0.0, (visit.starts_at - self.company.now).total_seconds()) + 60 * visit.minutes)
        done = CompleteVisit(
            visit_id=visit.visit_id,
            assessments=assessments(SEED, patient, visit.ordinal),
            visit_note=visit_note(SEED, patient, visit.ordinal),
            started_at=visit.starts_at,
            ended_at=self.company.now,
            sign=sign,
        )
        actor = f"clinician:{visit.clinician.clinician_id}"
        self.company.asks("care_plan", actor, (COMPLETE, stream_of(patient), done))
        self.plans()
        visit_id: UUID = visit.visit_id
        return visit_id

    def mail_goes_out(self, patient: Patient) -> None:
        """The mail server takes every letter that waits."""
        for letter, kind in self._waiting(patient):
            sent = HandedOver(notification_id=letter, message_id=f"<{letter}@carebus.example>", attempts=1)
            self._settles(patient, kind, sent, 0)

    def mail_comes_back(self, patient: Patient) -> None:
        """The mail server refuses every letter that waits."""
        for letter, kind in self._waiting(patient):
            refused = GivenUp(notification_id=letter, reason=FailureReason.REJECTED, attempts=1)
            self._settles(patient, kind, refused, 1)

    def looks(self, patient: Patient) -> None:
        """The referrer opens the private page."""
        self._of_links(patient, NOTE_VIEW, NoteView(referral_id=self.newest(patient).referral_id, seen_by=SeenBy.LINK))

    def asks_for_a_new_link(self, patient: Patient) -> None:
        """The referrer wants another link."""
        self._of_links(patient, RENEW, RenewLink(referral_id=self.newest(patient).referral_id))

    def ends_the_link(self, patient: Patient) -> None:
        """The office ends the referrer's link."""
        self._of_links(patient, REVOKE, RevokeLink(referral_id=self.newest(patient).referral_id))

    def _traits(self, patient: Patient) -> Traits:
        stated = DirectReferral.stated(referral(SEED, patient), self.company.now)
        return Traits.of(stated.patient, stated.payer)

    def _of_links(self, patient: Patient, reaction: Any, command: BaseModel) -> None:
        self.company.asks("referral", "referrer:elm", (reaction, stream_of(patient), command))

    def _waiting(self, patient: Patient) -> list[tuple[UUID, Any]]:
        family, *letters = (
            self.known("notifications", kind, patient)
            for kind in (Family, Referrers, SummaryLetters, TeamLetters, SupplierLetters)
        )
        waiting = [*family.messages, *(one for each in letters for one in each.letters)]
        return [(one.notification_id, type(one)) for one in waiting if one.status == "queued"]

    def _settles(self, patient: Patient, letter: Any, result: HandedOver | GivenUp, which: int) -> None:
        self.company.asks("notifications", "mail", (SETTLED_BY[letter][which], stream_of(patient), result))


def _id_of(patient: Patient) -> UUID:
    return UUID(subject_id(stream_of(patient)))
