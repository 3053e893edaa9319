"""Decides what a referrer is written: that a referral stands elsewhere, and where to look; never who it is about.

What was told before this service began is kept and sent to nobody.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.notifications import (
    FailureReason,
    ReferrerLetterFailed,
    ReferrerLetterRequested,
    ReferrerLetterSent,
)
from carebus.contracts.people import Referrer
from carebus.contracts.phi import Phi
from carebus.contracts.referral import ReferrerStatusChanged, ReferrerUpdateRequested, StatusLink
from carebus.decisions import Cause, Decision, State, changed, ignore
from services.notifications.domain.addresses import is_address
from services.notifications.domain.messages import GivenUp, HandedOver, Status

TEMPLATE = "referrer/1"
TOO_MANY = "too_many_to_an_unproven_address"


class Correspondent(Value):
    """The referrer, as a letter is addressed to them."""

    name: str
    address: Annotated[str, Phi.EMAIL]


class ReferrerLetter(Value):
    """One letter to a referrer, and its result. It names no patient: a reference number, a status and a link."""

    notification_id: UUID
    referral_id: UUID
    reference: str
    recipient: Correspondent
    referral_status: str
    asked_for: bool
    continued: str = ""
    link: StatusLink
    correlation_id: UUID
    address_proven: bool = True
    traceparent: str | None = None
    requested_at: Annotated[datetime, Phi.DATE]
    status: Status = Status.QUEUED
    settled_at: Annotated[datetime | None, Phi.DATE] = None
    attempts: int = 0
    failure: FailureReason | None = None
    withheld: str | None = None


class Withheld(Value):
    """A letter does not go out: its address, which nobody has proven, had its letters of the day."""

    notification_id: UUID


class Referrers(State):
    """The letters to the referrers of one patient: those that wait, and those settled since the last was asked for."""

    letters: tuple[ReferrerLetter, ...] = ()

    def as_history(self) -> "Referrers":
        """What was to be sent was sent at its time, or is not to be sent so late."""
        past = {"status": Status.WITHDRAWN}
        return self.but(
            letters=tuple(one.model_copy(update=past) if one.status is Status.QUEUED else one for one in self.letters)
        )


def write_to_referrer(referrers: Referrers, event: ReferrerStatusChanged, cause: Cause) -> Decision:
    """The referrer learns where the referral stands, if it is news to a person and there is an address."""
    if not event.newsworthy:
        return ignore("no_news_to_a_person")
    return _write(referrers, event, cause, asked_for=False)


def write_with_new_link(referrers: Referrers, event: ReferrerUpdateRequested, cause: Cause) -> Decision:
    """The referrer has asked for a new link. What waits with the old one is not sent any more."""
    others = tuple(
        one.model_copy(update={"status": Status.WITHDRAWN, "settled_at": cause.now})
        if one.status is Status.QUEUED and one.referral_id == event.referral_id
        else one
        for one in referrers.letters
    )
    return _write(referrers.but(letters=others), event, cause, asked_for=True)


def record_letter_sent(referrers: Referrers, result: HandedOver, cause: Cause) -> Decision:
    """A letter went out, even if it was withdrawn while on its way; a repeated result changes nothing."""
    letter = _letter(referrers, result.notification_id)
    if letter is None or letter.status in {Status.SENT, Status.FAILED}:
        return ignore("already_settled")
    sent = ReferrerLetterSent(
        letter_id=letter.notification_id,
        referral_id=letter.referral_id,
        status=letter.referral_status,
        message_id=result.message_id,
        attempts=result.attempts,
        sent_at=cause.now,
    )
    return changed(_settled(referrers, letter, cause, Status.SENT, result.attempts, None)).tells(sent)


def record_letter_failed(referrers: Referrers, result: GivenUp, cause: Cause) -> Decision:
    """A letter will not go out: the office has to call instead."""
    letter = _letter(referrers, result.notification_id)
    if letter is None or letter.status is not Status.QUEUED:
        return ignore("already_settled")
    failed = ReferrerLetterFailed(
        letter_id=letter.notification_id,
        referral_id=letter.referral_id,
        reason=result.reason,
        attempts=result.attempts,
    )
    return changed(_settled(referrers, letter, cause, Status.FAILED, result.attempts, result.reason)).tells(failed)


def withhold_letter(referrers: Referrers, result: Withheld, cause: Cause) -> Decision:
    """An outsider may have others written to three times a day, and no more; the page says so."""
    letter = _letter(referrers, result.notification_id)
    if letter is None or letter.status is not Status.QUEUED:
        return ignore("already_settled")
    told = {"status": Status.WITHDRAWN, "settled_at": cause.now, "withheld": TOO_MANY}
    others = (each.model_copy(update=told) if each == letter else each for each in referrers.letters)
    return changed(referrers.but(letters=tuple(others)))


def _write(
    referrers: Referrers, event: ReferrerStatusChanged | ReferrerUpdateRequested, cause: Cause, *, asked_for: bool
) -> Decision:
    address = (event.referrer.email or "").strip()
    if not is_address(address):
        return ignore("no_address")
    letter = ReferrerLetter(
        notification_id=cause.derive("referrer letter"),
        referral_id=event.referral_id,
        reference=event.reference,
        recipient=Correspondent(name=_called(event.referrer), address=address),
        referral_status=event.status,
        asked_for=asked_for,
        continued=getattr(event, "continued", None) or "",
        link=event.link,
        correlation_id=cause.correlation_id,
        address_proven=event.address_proven,
        traceparent=cause.traceparent,
        requested_at=cause.occurred_at if cause.of_the_past else cause.now,
    )
    requested = ReferrerLetterRequested(
        letter_id=letter.notification_id, referral_id=letter.referral_id, status=event.status, template=TEMPLATE
    )
    unsettled = tuple(one for one in referrers.letters if one.settled_at is None or one.settled_at == cause.now)
    if cause.of_the_past:
        past = letter.model_copy(update={"status": Status.WITHDRAWN, "settled_at": cause.now})
        return changed(referrers.but(letters=(*unsettled, past)))
    return changed(referrers.but(letters=(*unsettled, letter))).tells(requested)


def _called(referrer: Referrer) -> str:
    return referrer.name.strip() or referrer.organization.strip() or "Referrer"


def _letter(referrers: Referrers, notification_id: UUID) -> ReferrerLetter | None:
    return next((one for one in referrers.letters if one.notification_id == notification_id), None)


def _settled(
    referrers: Referrers,
    letter: ReferrerLetter,
    cause: Cause,
    status: Status,
    attempts: int,
    failure: FailureReason | None,
) -> Referrers:
    done = letter.model_copy(
        update={"status": status, "settled_at": cause.now, "attempts": attempts, "failure": failure}
    )
    same = letter.notification_id
    return referrers.but(letters=tuple(done if one.notification_id == same else one for one in referrers.letters))
