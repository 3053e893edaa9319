"""What may be asked about a referral that is here: the body of each command, and the command with its referral."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from carebus.contracts.phi import Phi
from carebus.contracts.referral import (
    AttemptOutcome,
    CancellationReason,
    ContactChannel,
    DeclineReason,
    InformationItem,
    Party,
    Priority,
    ReferralFailureReason,
    WaitReason,
)
from carebus.decisions import Command
from carebus.errors import BrokenRule
from services.referral.domain.referring import fields as f
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.referring.stated import Request

Who = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^([^\W_][\w .,'’-]*)?$")]
"""A person of the office by the name that they sign in with, or a short one, such as `Ann Osei` or `j.osei`."""

MOST_ITEMS = 12
"""Pieces of information that may be asked for at once."""

WORDS_MISSING = "Write why, because the reason is “other”."
WORDS_TOO_MANY = "Leave this empty: the reason you chose says it. A text belongs to “other” only."


class About(Request, Command):
    """About which referral; and which version of it was seen, if a change since then is to stop this."""

    referral_id: UUID
    seen: Annotated[int | None, Field(ge=0)] = None


class Nothing(Request):
    """An empty body."""


class Answer(Request):
    """An answer in words, if there are any."""

    note: f.Notes = ""


class Reasoned(Request):
    """A reason by its code, and a text for `other` only."""

    reason: DeclineReason | CancellationReason | ReferralFailureReason
    reason_text: Annotated[f.Why, Field(validate_default=True)] = ""

    @field_validator("reason_text")
    @classmethod
    def _for_other_only(cls, text: str, info: ValidationInfo) -> str:
        reason = info.data.get("reason")
        if reason is not None and reason == "other" and not text:
            raise BrokenRule(WORDS_MISSING)
        if reason is not None and reason != "other" and text:
            raise BrokenRule(WORDS_TOO_MANY)
        return text


class Acceptance(Request):
    """How somebody will be reached, where nothing that is stated says so; that an odd order is meant for us."""

    how_to_reach: f.Why = ""
    meant_for_us: bool = False


class Decline(Reasoned):
    """Why the person is not taken on: a code, and a text for `other` only."""

    reason: DeclineReason


class Cancellation(Reasoned):
    """Why the referral is taken back."""

    reason: CancellationReason


class Failure(Reasoned):
    """Why the person can't be cared for after all."""

    reason: ReferralFailureReason


class Proposed(Request):
    """Which of the changes that wait."""

    proposal_id: UUID


class Assignment(Request):
    """Who is to look after it; nobody in particular when empty."""

    assignee: Who = ""


class Triage(Request):
    """How urgent it is, who is to see it, and whether only advice is wanted."""

    urgency: Priority
    clinician: Who = ""
    advice_only: bool = False


class InformationRequest(Request):
    """What is missing, and who owes it."""

    items: Annotated[tuple[InformationItem, ...], Field(min_length=1, max_length=MOST_ITEMS)]
    owed_by: Party
    note: Annotated[f.Notes, Field(validate_default=True)] = ""

    @field_validator("note")
    @classmethod
    def _names_the_other(cls, note: str, info: ValidationInfo) -> str:
        if InformationItem.OTHER in info.data.get("items", ()) and not note:
            raise BrokenRule("Write what is missing, because you chose “other”.")
        return note


class Supply(Request):
    """What was missing has come; all of it when no item is named."""

    items: Annotated[tuple[InformationItem, ...], Field(max_length=MOST_ITEMS)] = ()
    supplied_by: Party = Party.REFERRER
    note: f.Notes = ""


class Advice(Request):
    """What the referrer is advised."""

    advice: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), Phi.TEXT]

    @field_validator("advice")
    @classmethod
    def _plain(cls, advice: str) -> str:
        return f.lines(advice)


class Wait(Request):
    """What the person waits for."""

    reason: WaitReason


class Redirection(Request):
    """Which organization fits better."""

    redirect_to: f.Organization


class ContactAttempt(Request):
    """A try to reach the person that did not."""

    channel: ContactChannel
    outcome: AttemptOutcome

    @model_validator(mode="after")
    def _a_letter_is_sent(self) -> Self:
        if (self.channel is ContactChannel.LETTER) is not (self.outcome is AttemptOutcome.LETTER_SENT):
            raise BrokenRule("A letter is sent by letter, and nothing else is.")
        return self


class Contact(Request):
    """The person was reached."""

    channel: ContactChannel = ContactChannel.PHONE


class Amendment(Request):
    """The whole referral as it is to be."""

    stated: DirectReferral

    @classmethod
    def read_again(cls, body: "Amendment", now: datetime) -> "Amendment":
        """The same, its dates compared with the day. Raises pydantic's ValidationError."""
        return cls(stated=DirectReferral.stated(body.stated.model_dump(), now))


class AcceptReferral(About, Acceptance):
    """The person is taken on."""


class AcknowledgeReferral(About, Nothing):
    """The referrer has been told that it is here."""


class DeclineReferral(About, Decline):
    """The person is not taken on."""


class AssignReferral(About, Assignment):
    """Somebody looks after it."""


class TriageReferral(About, Triage):
    """It has been read."""


class RequestInformation(About, InformationRequest):
    """Something is missing."""


class SupplyInformation(About, Supply):
    """What was missing has come."""


class ReturnWithAdvice(About, Advice):
    """The referrer gets advice."""


class WaitlistReferral(About, Wait):
    """The person waits."""


class RedirectReferral(About, Redirection):
    """The person is handed on."""


class RequestCancellation(About, Cancellation):
    """The referrer wants to take it back."""


class CancelReferral(About, Cancellation):
    """It is taken back."""


class MarkError(About, Nothing):
    """It should never have been made."""


class FailReferral(About, Failure):
    """The person can't be cared for after all."""


class AttemptContact(About, ContactAttempt):
    """Nobody was reached."""


class MakeContact(About, Contact):
    """The person was reached."""


class DeclareUnreachable(About, Nothing):
    """Nobody can reach the person."""


class PatientDeclines(About, Nothing):
    """The person does not want it."""


class CloseLoop(About, Nothing):
    """Visit and summary are there, and the referrer knows."""


class ReopenReferral(About, Nothing):
    """It is taken up again."""


class AmendReferral(About, Amendment):
    """What it states is changed."""


class TakeOverChange(About, Proposed):
    """What a sender proposed is taken over."""


class TurnDownChange(About, Proposed):
    """What a sender proposed is left as it is."""


class TurnDownCancellation(About, Answer):
    """A requested cancellation is turned down: the referral goes on."""


class WithdrawCancellation(About, Nothing):
    """Whoever asked for the cancellation takes that back."""


class HoldForIdentity(About, Nothing):
    """Who the person is has to be settled first."""


class SettleIdentity(About, Nothing):
    """Who the person is has been settled."""
