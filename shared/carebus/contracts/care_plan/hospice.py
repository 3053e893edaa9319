"""The way to hospice: asked about, talked about, referred, elected or declined, left again, and what goes over.

We are not the hospice: what it tells its payer is its own, and is only noted here. Every entry has an id; one that was
wrong is named by `HospiceEntryWithdrawn`, and an election's details are put right by `HospiceEnrolmentCorrected`.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan.plan import Text
from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.people import Diagnosis, Name
from carebus.contracts.phi import Phi

StatedDay = Annotated[date, Phi.DATE]
ToldAt = Annotated[datetime, Phi.DATE]


class HospiceAgency(Value):
    """A hospice. npi: its National Provider Identifier, ten digits with a check digit."""

    name: str
    npi: str = ""
    phone: str = ""


class HospiceSource(StrEnum):
    """Who told us of it."""

    HOSPICE = "hospice"
    PATIENT = "patient"
    FAMILY = "family"
    DOCTOR = "doctor"
    HEALTH_PLAN = "health_plan"


class BenefitEnd(Value):
    """What becomes of one benefit of the patient's because hospice was elected.

    rule: which dated rule says so, and in which version.  ends_on: its last day; None where it stays.
    known: False where too little is known of the coverage; `missing` then names what to ask.
    """

    rule: str
    benefit: str
    ends_on: Annotated[date | None, Phi.DATE] = None
    says: str
    source: str
    known: bool = True
    missing: tuple[str, ...] = ()


class HospicePrompted(PatientEvent):
    """Rules find a reason to talk about hospice. It suggests only: a clinician confirms or dismisses it.

    rule, ruleset: which, of which version.  says: the rule in a sentence.  evidence: what it rests on, as codes.
    """

    prompt_id: UUID
    episode_id: UUID
    rule: str
    ruleset: str
    says: str
    evidence: tuple[str, ...]
    prompted_at: ToldAt


class HospicePromptConfirmed(PatientEvent):
    """A clinician finds it right: hospice is to be talked about."""

    prompt_id: UUID
    episode_id: UUID
    confirmed_at: ToldAt


class HospicePromptDismissed(PatientEvent):
    """A clinician finds that it is not the time, and says why."""

    prompt_id: UUID
    episode_id: UUID
    because: Text
    dismissed_at: ToldAt


class HospicePromptWithdrawn(PatientEvent):
    """What a prompt rested on was corrected: it no longer holds, and nobody has to look at it."""

    prompt_id: UUID
    episode_id: UUID
    withdrawn_at: ToldAt


class HospiceDiscussed(PatientEvent):
    """Somebody talked with the patient or family about hospice."""

    OWN_TIME = "recorded_at"
    discussion_id: UUID
    episode_id: UUID
    discussed_on: StatedDay
    said: Text = ""
    recorded_at: ToldAt


class HospiceReferred(PatientEvent):
    """The patient was referred to a hospice."""

    OWN_TIME = "recorded_at"
    hospice_referral_id: UUID
    episode_id: UUID
    hospice: HospiceAgency
    referred_on: StatedDay
    recorded_at: ToldAt


class HospiceEnrolled(PatientEvent):
    """The patient elected hospice, from `effective_on`, which is not before the signature.

    referral_id: the referral under which we cared for them; a new one that replaces it opens our care again.
    attending: the doctor whom they chose.  benefits: what becomes of their benefits, by dated rules.
    """

    OWN_TIME = "recorded_at"
    enrolment_id: UUID
    episode_id: UUID
    referral_id: UUID | None = None
    hospice: HospiceAgency
    signed_on: StatedDay
    effective_on: StatedDay
    attending: Annotated[str, Phi.NAME]
    terminal_diagnosis: Diagnosis
    source: HospiceSource
    benefits: tuple[BenefitEnd, ...] = ()
    recorded_at: ToldAt


class HospiceEnrolmentCorrected(PatientEvent):
    """What was said of an election was wrong; all of it is told again. version: 2 at the first correction."""

    enrolment_id: UUID
    version: int
    episode_id: UUID
    hospice: HospiceAgency
    signed_on: StatedDay
    effective_on: StatedDay
    attending: Annotated[str, Phi.NAME]
    terminal_diagnosis: Diagnosis
    source: HospiceSource
    benefits: tuple[BenefitEnd, ...] = ()
    because: Text
    corrected_at: ToldAt


class HospiceDeclined(PatientEvent):
    """The patient does not want hospice now; it may be asked again on `ask_again_on`."""

    OWN_TIME = "recorded_at"
    decline_id: UUID
    episode_id: UUID
    declined_on: StatedDay
    because: Text = ""
    ask_again_on: StatedDay
    recorded_at: ToldAt


class HospiceNoticeAccepted(PatientEvent):
    """The hospice's notice of election was accepted. late: after the fifth day (42 CFR 418.24)."""

    OWN_TIME = "recorded_at"
    notice_id: UUID
    enrolment_id: UUID
    accepted_on: StatedDay
    late: bool
    recorded_at: ToldAt


class HospiceNoticeOverdue(PatientEvent):
    """Five days after the election's effective date nobody has told us of an accepted notice: the hospice is asked."""

    enrolment_id: UUID
    due_on: StatedDay
    overdue_at: ToldAt


class HospiceRevoked(PatientEvent):
    """The patient takes the election back. referral_id: what a new referral to us is to replace."""

    OWN_TIME = "recorded_at"
    revocation_id: UUID
    enrolment_id: UUID
    referral_id: UUID | None = None
    revoked_on: StatedDay
    source: HospiceSource
    recorded_at: ToldAt


class HospiceDischargeReason(StrEnum):
    """Why a hospice discharged somebody (42 CFR 418.26)."""

    NOT_TERMINALLY_ILL = "not_terminally_ill"
    MOVED = "moved"
    TRANSFERRED = "transferred"
    CAUSE = "cause"


class HospiceDischarged(PatientEvent):
    """The hospice discharged the patient, alive. referral_id: what a new referral to us is to replace."""

    OWN_TIME = "recorded_at"
    discharge_id: UUID
    enrolment_id: UUID
    referral_id: UUID | None = None
    reason: HospiceDischargeReason
    discharged_on: StatedDay
    source: HospiceSource
    recorded_at: ToldAt


class HospiceEntryWithdrawn(PatientEvent):
    """An entry was wrong, and never was. corrects: its id.  what: of which kind it is, such as `referral`.

    An `answer` is a clinician's to a prompt, by the prompt's id: it waits for one again.
    """

    corrects: UUID
    what: str
    because: Text
    withdrawn_at: ToldAt


class HospicePackageSent(PatientEvent):
    """Plan, wishes and medicines went to the hospice as one document.

    plan_version, medicines_version, wishes_as_of: what it held.  to: to whom there.  how: in words.
    """

    package_id: UUID
    enrolment_id: UUID
    plan_version: int | None = None
    medicines_version: int | None = None
    wishes_as_of: Annotated[datetime | None, Phi.DATE] = None
    to: Name
    how: Text
    sent_at: ToldAt


class HospicePackageReceived(PatientEvent):
    """Somebody of the hospice says that they have it."""

    OWN_TIME = "recorded_at"
    package_id: UUID
    enrolment_id: UUID
    received_by: Name
    received_on: StatedDay
    recorded_at: ToldAt
