"""Decides what a referrer is written: that a referral stands elsewhere, and where to look; never who it is about.

What was told before this service began is kept and sent to nobody.
"""

from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.notifications import (
    ReferrerLetterFailed,
    ReferrerLetterRequested,
    ReferrerLetterSent,
)
from carebus.contracts.people import Referrer
from carebus.contracts.referral import ReferrerStatusChanged, ReferrerUpdateRequested, StatusLink
from carebus.decisions import Cause, Decision, changed, ignore
from services.notifications.domain.addresses import is_address
from services.notifications.domain.letters import Correspondent, Letter, Letters
from services.notifications.domain.messages import GivenUp, HandedOver, Status

TEMPLATE = "referrer/1"
TOO_MANY = "too_many_to_an_unproven_address"


class ReferrerLetter(Letter):
    """A letter to a referrer. It names no patient: a reference number, a status and a link."""

    referral_id: UUID
    reference: str
    referral_status: str
    asked_for: bool
    continued: str = ""
    link: StatusLink
    address_proven: bool = True
    withheld: str | None = None


class Withheld(Value):
    """A letter does not go out: its address, which nobody has proven, had its letters of the day."""

    notification_id: UUID


class Referrers(Letters[ReferrerLetter]):
    """The letters to the referrers of one patient."""


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
    letter = referrers.unsent(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    sent = ReferrerLetterSent(
        letter_id=letter.notification_id,
        referral_id=letter.referral_id,
        status=letter.referral_status,
        message_id=result.message_id,
        attempts=result.attempts,
        sent_at=cause.now,
    )
    return changed(referrers.settled(letter, cause, Status.SENT, attempts=result.attempts)).tells(sent)


def record_letter_failed(referrers: Referrers, result: GivenUp, cause: Cause) -> Decision:
    """A letter will not go out: the office has to call instead."""
    letter = referrers.queued(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    failed = ReferrerLetterFailed(
        letter_id=letter.notification_id,
        referral_id=letter.referral_id,
        reason=result.reason,
        attempts=result.attempts,
    )
    return changed(
        referrers.settled(letter, cause, Status.FAILED, attempts=result.attempts, failure=result.reason)
    ).tells(failed)


def withhold_letter(referrers: Referrers, result: Withheld, cause: Cause) -> Decision:
    """An outsider may have others written to three times a day, and no more; the page says so."""
    letter = referrers.queued(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    return changed(referrers.settled(letter, cause, Status.WITHDRAWN, withheld=TOO_MANY))


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
    unsettled = referrers.unsettled(cause.now)
    if cause.of_the_past:
        past = letter.model_copy(update={"status": Status.WITHDRAWN, "settled_at": cause.now})
        return changed(referrers.but(letters=(*unsettled, past)))
    return changed(referrers.but(letters=(*unsettled, letter))).tells(requested)


def _called(referrer: Referrer) -> str:
    return referrer.name.strip() or referrer.organization.strip() or "Referrer"
