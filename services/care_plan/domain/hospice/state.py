"""What is known of one patient's way to hospice: the prompts, the entries that stand, and what rules ask for."""

from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import BenefitEnd, HospiceAgency, HospiceDischargeReason, HospiceSource
from carebus.contracts.event import Value
from carebus.contracts.people import Diagnosis
from carebus.contracts.phi import Phi
from carebus.contracts.wishes import TopicSummary
from carebus.decisions import State
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care

Day = Annotated[date, Phi.DATE]
Moment = Annotated[datetime, Phi.DATE]
Text = Annotated[str, Phi.TEXT]


class EntryUnknown(CarebusError):
    """There is no such entry, or it was withdrawn."""

    status = HTTPStatus.NOT_FOUND


class NotEnrolled(CarebusError):
    """No election of hospice stands here. Record the election first."""


class AlreadyEnrolled(CarebusError):
    """An election of hospice stands already. Correct it, or record that it was revoked or that it was wrong."""


class Stage(StrEnum):
    """Where somebody stands on the way."""

    NONE = "none"
    PROMPTED = "prompted"
    DISCUSSED = "discussed"
    REFERRED = "referred"
    ENROLLED = "enrolled"
    DECLINED = "declined"
    REVOKED = "revoked"
    DISCHARGED = "discharged"


class PromptStatus(StrEnum):
    """How a prompt stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class Prompt(Value):
    """A reason to talk about hospice, by a rule; `settled_at`: when a clinician confirmed or dismissed it."""

    prompt_id: UUID
    rule: str
    ruleset: str
    says: str
    evidence: tuple[str, ...] = ()
    status: PromptStatus = PromptStatus.OPEN
    because: Text = ""
    prompted_at: Moment
    settled_at: Annotated[datetime | None, Phi.DATE] = None


class Discussion(Value):
    """A talk about hospice."""

    entry_id: UUID
    on: Day
    said: Text = ""


class HospiceReferral(Value):
    """A referral to a hospice."""

    entry_id: UUID
    hospice: HospiceAgency
    on: Day


class Decline(Value):
    """Hospice is not wanted, and may be asked about again on a day."""

    entry_id: UUID
    on: Day
    because: Text = ""
    ask_again_on: Day


class Notice(Value):
    """The hospice's notice of election, as far as we know of it."""

    entry_id: UUID
    accepted_on: Day
    late: bool


class Enrolment(Value):
    """An election that stands. began: our episode has ended by it.  referral_id: under which we cared for them.

    notice_overdue: the day after the fifth came, and no accepted notice was known.
    """

    entry_id: UUID
    version: int = 1
    referral_id: UUID | None = None
    hospice: HospiceAgency
    signed_on: Day
    effective_on: Day
    attending: Annotated[str, Phi.NAME]
    terminal_diagnosis: Diagnosis
    source: HospiceSource
    benefits: tuple[BenefitEnd, ...] = ()
    began: bool = False
    notice: Notice | None = None
    notice_overdue: bool = False


class Left(Value):
    """How an election ended. reason: of a discharge; None where the patient revoked it."""

    entry_id: UUID
    on: Day
    reason: HospiceDischargeReason | None = None
    source: HospiceSource


class Package(Value):
    """Plan, wishes and medicines on their way to the hospice, with the receipt."""

    package_id: UUID
    enrolment_id: UUID
    to: Annotated[str, Phi.NAME]
    how: Text
    sent_at: Moment
    received_by: Annotated[str, Phi.NAME] = ""
    received_on: Annotated[date | None, Phi.DATE] = None


class Stay(Value):
    """A stay in hospital that a hospital told of."""

    stay_id: UUID
    on: Day


class DeathNews(Value):
    """Somebody says that the patient died in hospice; nobody has recorded it yet."""

    report_id: UUID
    on: Annotated[date | None, Phi.DATE] = None
    reported_at: Moment


class Hospice(State):
    """One patient's way to hospice in the episode `episode_id`; `stays` and `wishes` are the person's, of any episode.

    prompted: how many prompts there were, which numbers them.
    to_reopen: the referral that a new one is to replace, once they left hospice after our care had ended.
    taken_up_by: the new one.
    """

    episode_id: UUID | None = None
    prompts: tuple[Prompt, ...] = ()
    prompted: int = 0
    discussions: tuple[Discussion, ...] = ()
    referral: HospiceReferral | None = None
    decline: Decline | None = None
    enrolment: Enrolment | None = None
    left: Left | None = None
    packages: tuple[Package, ...] = ()
    to_reopen: UUID | None = None
    taken_up_by: UUID | None = None
    death_news: DeathNews | None = None
    stays: tuple[Stay, ...] = ()
    wishes: tuple[TopicSummary, ...] = ()
    wishes_as_of: Annotated[datetime | None, Phi.DATE] = None

    @property
    def enrolled(self) -> bool:
        """Whether an election stands."""
        return self.enrolment is not None and self.left is None

    @property
    def open_prompts(self) -> tuple[Prompt, ...]:
        """Those that nobody has confirmed or dismissed."""
        return tuple(one for one in self.prompts if one.status is PromptStatus.OPEN)

    @property
    def stage(self) -> Stage:
        """Where they stand: the furthest entry that stands."""
        if self.left is not None:
            return Stage.DISCHARGED if self.left.reason else Stage.REVOKED
        if self.enrolment is not None:
            return Stage.ENROLLED
        if self.decline is not None:
            return Stage.DECLINED
        if self.referral is not None:
            return Stage.REFERRED
        if self.discussions:
            return Stage.DISCUSSED
        return Stage.PROMPTED if self.open_prompts else Stage.NONE

    def require_enrolled(self) -> Enrolment:
        """The election that stands. Raises NotEnrolled."""
        if self.enrolment is None or self.left is not None:
            raise NotEnrolled
        return self.enrolment

    def waits_for_referral(self) -> bool:
        """Whether they left hospice after our care had ended, and nobody has referred them to us again."""
        return self.to_reopen is not None and self.taken_up_by is None


def way_in(care: Care, hospice: Hospice) -> Hospice:
    """The way in the episode that is open now: a new episode begins without entries, and keeps what the person is."""
    if care.episode_id is None or hospice.episode_id == care.episode_id:
        return hospice
    return Hospice(
        episode_id=care.episode_id, stays=hospice.stays, wishes=hospice.wishes, wishes_as_of=hospice.wishes_as_of
    )
