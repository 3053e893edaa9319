"""A patient's referrals as they are kept: what was received, what was found, where each stands and what is due."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.people import Payer, Person
from carebus.contracts.phi import Phi
from carebus.contracts.referral import (
    AttemptOutcome,
    ContactChannel,
    DeclineReason,
    EligibilityAssessed,
    InformationItem,
    Party,
    Priority,
    ReferralReceived,
    RepeatBasis,
)
from carebus.decisions import State
from carebus.errors import CarebusError
from services.referral.domain.workflow.dues import Deadline
from services.referral.domain.workflow.statements import Came, Proposal, Statement
from services.referral.domain.workflow.statuses import TAKEN_ON, TERMINAL, Act, Status

QUEUES = {
    Status.IDENTITY_REVIEW: "identity_review",
    Status.ACTIVE: "care_team",
    Status.SUMMARY_SENT: "care_team",
}
"""Who looks after a referral that is assigned to nobody; everywhere else it is the intake office."""


class Outcome(Value):
    """What was decided."""

    status: Status
    decided_at: Annotated[datetime, Phi.DATE]
    decided_by: str
    decline_reason: DeclineReason | None = None
    reason_text: Annotated[str, Phi.TEXT] = ""


class Question(Value):
    """What is missing, and who owes it."""

    items: tuple[InformationItem, ...]
    owed_by: Party
    note: Annotated[str, Phi.TEXT] = ""
    asked_at: Annotated[datetime, Phi.DATE]
    due_at: Annotated[datetime, Phi.DATE]


class Attempt(Value):
    """One try to reach the person."""

    channel: ContactChannel
    outcome: AttemptOutcome
    at: Annotated[datetime, Phi.DATE]


class FirstVisit(Value):
    """The first visit, as far as it has come, and the document that sums it up."""

    visit_id: UUID
    starts_at: Annotated[datetime | None, Phi.DATE] = None
    completed_at: Annotated[datetime | None, Phi.DATE] = None
    summary_document_id: UUID | None = None


class Step(Value):
    """One thing that happened to a referral, for its page and for a reader who saw it before.

    `noted_at`: when it came to be known here, where that was later.
    """

    what: str
    at: Annotated[datetime, Phi.DATE]
    by: str
    status: Status
    codes: tuple[str, ...] = ()
    text: Annotated[str, Phi.TEXT] = ""
    noted_at: Annotated[datetime | None, Phi.DATE] = None


class Referral(Value):
    """One referral: as it was received and assessed, where it stands, what is due and what happened.

    statements: the newest of what senders stated.  stands: the one that counts.  came: what became of the newest.
    proposals: what waits for the office.  corrected: leaves that it corrected.  turned_down: digests it did not take.
    proven: its number was claimed by a proven sender.  other_service: what is ordered in place of palliative care.
    named: who the person was when it came or as the office last said, so that no small steps lead to somebody else.
    first_hash: of the document that it began with; `received.raw_hash` is of the one that it was last read from.
    """

    correlation_id: UUID
    received: ReferralReceived
    assessed: EligibilityAssessed
    outcome: Outcome | None = None
    standing: Status | None = None
    back_to: Status | None = None
    asked_back_at: Status | None = None
    steps: tuple[Step, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    assigned_to: str = ""
    triaged_as: Priority | None = None
    clinician: str = ""
    advice_only: bool = False
    question: Question | None = None
    attempts: tuple[Attempt, ...] = ()
    first_contact_at: Annotated[datetime | None, Phi.DATE] = None
    reached_at: Annotated[datetime | None, Phi.DATE] = None
    episode_id: UUID | None = None
    care_ended: bool = False
    first_visit: FirstVisit | None = None
    repeats: tuple[RepeatBasis, ...] = ()
    duplicate_of: tuple[UUID, ...] = ()
    replaced_by: UUID | None = None
    statements: tuple[Statement, ...] = ()
    stands: Statement | None = None
    proposals: tuple[Proposal, ...] = ()
    corrected: tuple[str, ...] = ()
    turned_down: tuple[str, ...] = ()
    proven: bool = False
    came: Came | None = None
    other_service: str = ""
    named: Person | None = None
    first_hash: str = ""

    @property
    def referral_id(self) -> UUID:
        """Its id, the same in every event about it."""
        return self.received.referral_id

    @property
    def status(self) -> Status:
        """Where it stands; a document of the first release says it by its outcome only."""
        return self.standing or (self.outcome.status if self.outcome else Status.TRIAGE)

    @property
    def place(self) -> Status:
        """Where it stands, or stood before its cancellation was asked for and will stand if that is turned down."""
        if self.status is not Status.CANCELLATION_REQUESTED:
            return self.status
        return self.asked_back_at or self._place_of_old()

    def _place_of_old(self) -> Status:
        """A document of an earlier release does not say where it stood: by what happened to it."""
        visit = self.first_visit
        if self.outcome is None or self.outcome.status is not Status.ACCEPTED:
            return Status.INFO_REQUESTED if self.question else Status.TRIAGE
        if visit is None or visit.completed_at is None:
            return Status.FIRST_VISIT_SCHEDULED if visit else Status.CONTACTING
        return Status.SUMMARY_SENT if visit.summary_document_id else Status.ACTIVE

    @property
    def ended(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in TERMINAL

    @property
    def taken_on(self) -> bool:
        """Whether the person is cared for because of it; once that care has ended, another may take them on again."""
        accepted = self.outcome is not None and self.outcome.status is Status.ACCEPTED
        asked_back = self.status is Status.CANCELLATION_REQUESTED and accepted
        return not self.care_ended and (self.status in TAKEN_ON | {Status.CLOSED} or asked_back)

    @property
    def urgency(self) -> Priority:
        """How fast it is to go: as triaged, else as the referrer wants it."""
        return self.triaged_as or self.received.priority

    @property
    def payer(self) -> Payer | None:
        """Who pays, as far as it is stated."""
        return self.received.payer

    @property
    def version(self) -> int:
        """How much has happened to it: a reader of an older one has not seen everything."""
        return len(self.steps)

    @property
    def owner(self) -> str:
        """Who looks after it: somebody, or the queue that it is in."""
        return self.assigned_to or QUEUES.get(self.status, "intake")

    @property
    def placer(self) -> tuple[str, str] | None:
        """The referrer's own number for it, with who gave it out."""
        return placer_of(self.received.placer_assigner, self.received.referrer.organization, self.received.placer_id)

    @property
    def stands_since(self) -> datetime:
        """As of when the statement was made that stands."""
        return self.stands.at if self.stands else self.received.received_at

    @property
    def documents(self) -> frozenset[str]:
        """The hashes by which it is known when one of its documents comes again: the first one's and the last one's."""
        return frozenset({self.first_hash, self.received.raw_hash} - {""})

    def read_from(self, raw_hash: str) -> "Referral":
        """The same, last read from this document."""
        first = self.first_hash or self.received.raw_hash
        return self.model_copy(
            update={"received": self.received.model_copy(update={"raw_hash": raw_hash}), "first_hash": first}
        )

    @property
    def due(self) -> tuple[Deadline, ...]:
        """Every deadline that is still to be met, the next one first; those that stand still come last."""
        waiting = [each for each in self.deadlines if each.open]
        return tuple(sorted(waiting, key=lambda each: (each.due_at is None, each.due_at or each.started_at)))


def placer_of(assigner: str, organization: str, number: str) -> tuple[str, str] | None:
    """A number with its assigner; a referrer who does not name one numbers on its own."""
    return ((assigner or organization).casefold(), number) if number else None


def number_of(received: ReferralReceived) -> tuple[str, str] | None:
    """The number that a referral is stated under, with its assigner."""
    return placer_of(received.placer_assigner, received.referrer.organization, received.placer_id)


class Intake(State):
    """All referrals of one patient, oldest first."""

    referrals: tuple[Referral, ...] = ()

    def referral(self, referral_id: UUID) -> Referral:
        """One of them. Raises ReferralUnknown."""
        for referral in self.referrals:
            if referral.referral_id == referral_id:
                return referral
        raise ReferralUnknown

    @property
    def enrolled(self) -> bool:
        """Whether the person is taken on already, by any of them."""
        return any(each.taken_on for each in self.referrals)

    def of_episode(self, episode_id: UUID) -> Referral | None:
        """The one that this episode of care goes on for: the newest, where one was taken up again."""
        return next((each for each in reversed(self.referrals) if each.episode_id == episode_id), None)

    def known_as(self, placer: tuple[str, str] | None, raw_hash: str) -> tuple[Referral, RepeatBasis] | None:
        """The newest referral with this number of its assigner, or read from the document with this hash."""
        for each in reversed(self.referrals):
            if placer is not None and each.placer == placer:
                return each, RepeatBasis.PLACER_ID
            if raw_hash in each.documents:
                return each, RepeatBasis.RAW_HASH
        return None

    def with_referral(self, referral: Referral) -> "Intake":
        """The same with this one as it is now."""
        same = referral.referral_id
        kept = tuple(referral if each.referral_id == same else each for each in self.referrals)
        known = any(each.referral_id == same for each in self.referrals)
        return self.but(referrals=kept if known else (*kept, referral))


class ReferralUnknown(CarebusError):
    """There is no referral with this id."""

    status = HTTPStatus.NOT_FOUND


class PatientUnknown(CarebusError):
    """There is no patient with this id. Leave the id out to refer a person for the first time."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "patient_id"


class AlreadyDecided(CarebusError):
    """This referral was {status} before; a decision is not taken twice."""


class ChangedMeanwhile(CarebusError):
    """This referral has changed since you saw it: {changes}. Look at it as it is now, then decide."""


DECISIONS = frozenset({Act.ACCEPT, Act.DECLINE, Act.RETURN_WITH_ADVICE, Act.WAITLIST, Act.REDIRECT})
"""What is not done twice."""
