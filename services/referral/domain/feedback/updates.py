"""What referrers are told of their referrals: each change of status, a private link to look, and the visit summary.

`informing` puts this around every decision on a patient's referrals, so that nobody has to think of it.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from carebus.contracts.care_plan import VisitSummaryIssued
from carebus.contracts.event import Value
from carebus.contracts.people import ReferrerKind
from carebus.contracts.phi import Phi
from carebus.contracts.referral import (
    ReferrerLinkRevoked,
    ReferrerStatusChanged,
    ReferrerStatusViewed,
    ReferrerUpdateRequested,
    SeenBy,
    StatusLink,
)
from carebus.decisions import Cause, Command, Decision, Reaction, State, changed, event_id, ignore
from carebus.errors import CarebusError
from services.referral.domain.feedback.business_status import task_status
from services.referral.domain.feedback.cancellations import continued_because
from services.referral.domain.feedback.proving import is_proven
from services.referral.domain.identity.stating import identity_told
from services.referral.domain.workflow.reference import reference
from services.referral.domain.workflow.referrals import Intake, Referral

SOURCE = "referral"
RENEWED_AT_MOST = timedelta(hours=1)
SEEN_AGAIN_AFTER = timedelta(hours=12)

NEWS: dict[str, str] = {
    **dict.fromkeys(("received", "identity_review", "intake", "eligibility", "triage"), "received"),
    "accepted": "accepted",
    "contacting": "accepted",
    "closed": "summary_sent",
}
"""Statuses that are the same news to a person. Every other status is news of its own."""

OF_THE_FAMILY = frozenset({ReferrerKind.PERSON, ReferrerKind.FAMILY})
"""They get no letters of a referral: what relatives hear is for the person to say, and notifications asks for that."""


class NoAddressOnFile(CarebusError):
    """There is no e-mail address of the referrer on file. A new link goes to that address only; call the office."""


class RenewedJustNow(CarebusError):
    """A new link was sent within the last hour. It goes to the address on file; look there first."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class RenewedByTheOfficeOnly(CarebusError):
    """The office has ended this link. Only the office sends a new one; call them."""


class NoLink(CarebusError):
    """This referral has no private link."""

    status = HTTPStatus.NOT_FOUND


class RenewLink(Value, Command):
    """Send the referrer a new link; one that was revoked is renewed by the office only."""

    referral_id: UUID
    by_office: bool = False


class RevokeLink(Value, Command):
    """End the link."""

    referral_id: UUID


class NoteView(Value, Command):
    """Somebody has looked."""

    referral_id: UUID
    seen_by: SeenBy


class Update(Value):
    """A change of status and when it was told, however long ago it happened; the id is that of its event."""

    update_id: UUID
    referral_id: UUID
    at: Annotated[datetime, Phi.DATE]


class Followed(Value):
    """A referral as its referrer follows it."""

    referral_id: UUID
    organization: str
    received_at: Annotated[datetime, Phi.DATE]
    status: str
    changed_at: Annotated[datetime, Phi.DATE]
    link: StatusLink
    revoked: bool = False
    renewed_at: Annotated[datetime | None, Phi.DATE] = None
    seen: dict[SeenBy, datetime] = {}


class Feedback(State):
    """What the referrers of one patient were told: each referral, and the latest visit summaries.

    `updates` are the changes told in this transaction: webhooks of them are queued when this is saved, and they are
    dropped when it is loaded again.
    """

    followed: tuple[Followed, ...] = ()
    updates: tuple[Update, ...] = ()
    summaries: tuple[VisitSummaryIssued, ...] = ()

    def of(self, referral_id: UUID) -> Followed | None:
        """A referral, if its referrer was ever told of it."""
        return next((each for each in self.followed if each.referral_id == referral_id), None)

    def summary(self, referral_id: UUID) -> VisitSummaryIssued | None:
        """The latest visit summary for a referral."""
        return next((each for each in self.summaries if each.referral_id == referral_id), None)

    def as_history(self) -> "Feedback":
        """Webhooks of the past were sent in the past."""
        return self.but(updates=())

    def following(self, followed: Followed) -> "Feedback":
        """The same with this referral as it is followed now."""
        others = tuple(each for each in self.followed if each.referral_id != followed.referral_id)
        return self.but(followed=(*others, followed))


def informing(reaction: Reaction) -> Reaction:
    """The same reaction, which also tells referrers where their referrals stand, and anybody who the person is."""
    place = reaction.states.index(Intake)

    def decide(*given: object) -> Decision:
        *states, feedback, message, cause = given
        assert isinstance(feedback, Feedback)
        assert isinstance(cause, Cause)
        decision = reaction.decide(*states, message, cause)
        before, after = states[place], _intake_in(decision)
        assert isinstance(before, Intake)
        informed = _informed(decision, feedback, _moved(before, after) if after else [], message, cause)
        return identity_told(before, informed, cause)

    return Reaction((*reaction.states, Feedback), decide)


def keep_summary(feedback: Feedback, issued: VisitSummaryIssued, _: Cause) -> Decision:
    """Keep a visit summary for the status page."""
    return changed(_with_summary(feedback, issued))


def renew_link(intake: Intake, feedback: Feedback, asked: RenewLink, cause: Cause) -> Decision:
    """Write to the referrer with a new link, at the address on file and nowhere else. Raises what stands against it."""
    referral, known = intake.referral(asked.referral_id), feedback.of(asked.referral_id)
    if not may_be_written(referral):
        raise NoAddressOnFile
    if known and known.revoked and not asked.by_office:
        raise RenewedByTheOfficeOnly
    if known and known.renewed_at and cause.now - known.renewed_at < RENEWED_AT_MOST:
        raise RenewedJustNow
    link = _new_link(referral, cause)
    renewed = (known or _followed(referral, link, cause)).model_copy(
        update={"link": link, "revoked": False, "renewed_at": cause.now, "seen": {}}
    )
    told = ReferrerUpdateRequested(
        referral_id=referral.referral_id,
        reference=reference(referral.referral_id),
        referrer=referral.received.referrer,
        status=referral.status,
        link=link,
        requested_at=cause.now,
        address_proven=is_proven(referral, known.seen if known else {}),
    )
    return changed(feedback.following(renewed)).tells(told).part_of(referral.correlation_id)


def revoke_link(feedback: Feedback, asked: RevokeLink, cause: Cause) -> Decision:
    """The link opens nothing from now on. Raises NoLink."""
    known = feedback.of(asked.referral_id)
    if known is None:
        raise NoLink
    if known.revoked:
        return ignore("revoked_before")
    told = ReferrerLinkRevoked(referral_id=known.referral_id, link_id=known.link.link_id, revoked_at=cause.now)
    ended = known.model_copy(update={"revoked": True})
    return changed(feedback.following(ended)).tells(told)


def note_view(feedback: Feedback, seen: NoteView, cause: Cause) -> Decision:
    """Somebody looked; told once for a while, since a page is looked at many times in an hour. Raises NoLink."""
    known = feedback.of(seen.referral_id)
    if known is None:
        raise NoLink
    last = known.seen.get(seen.seen_by)
    if last and cause.now - last < SEEN_AGAIN_AFTER:
        return ignore("seen_before")
    told = ReferrerStatusViewed(
        referral_id=known.referral_id, seen_by=seen.seen_by, status=known.status, viewed_at=cause.now
    )
    noted = known.model_copy(update={"seen": {**known.seen, seen.seen_by: cause.now}})
    return changed(feedback.following(noted)).tells(told)


def _informed(
    decision: Decision, feedback: Feedback, moved: list[Referral], message: BaseModel | object, cause: Cause
) -> Decision:
    if isinstance(message, VisitSummaryIssued):
        feedback = _with_summary(feedback, message)
        decision = _and(decision, feedback)
    for referral in moved:
        feedback, told = _told(feedback, referral, len(decision.events), cause)
        decision = _and(decision, feedback).tells(told)
    return decision


def _told(feedback: Feedback, referral: Referral, ordinal: int, cause: Cause) -> tuple[Feedback, ReferrerStatusChanged]:
    known, words = feedback.of(referral.referral_id), task_status(referral.status)
    at = referral.steps[-1].at if referral.steps else cause.now  # it may be heard of later than it happened
    stood = known or _followed(referral, _new_link(referral, cause), cause)
    followed = stood.model_copy(update={"status": referral.status, "changed_at": at})
    event = ReferrerStatusChanged(
        referral_id=referral.referral_id,
        reference=reference(referral.referral_id),
        referrer=referral.received.referrer,
        status=referral.status,
        task_status=words.fhir,
        business_status=words.bser_code,
        newsworthy=_is_news(referral, known.status if known else None),
        link=followed.link,
        changed_at=at,
        continued=continued_because(referral),
        address_proven=is_proven(referral, known.seen if known else {}),
    )
    update = Update(update_id=event_id(SOURCE, cause, ordinal), referral_id=referral.referral_id, at=cause.now)
    return feedback.following(followed).but(updates=(*feedback.updates, update)), event


def may_be_written(referral: Referral) -> bool:
    """Whether there is an address that letters of this referral may go to."""
    referrer = referral.received.referrer
    return bool(referrer.email) and referrer.kind not in OF_THE_FAMILY


def _is_news(referral: Referral, before: str | None) -> bool:
    """Whether a letter is due. A health plan's batch is answered by its result file, its page and its webhook."""
    received = referral.received
    if received.channel == "plan_batch" or received.referrer.kind in OF_THE_FAMILY:
        return False
    return before is None or NEWS.get(before, before) != NEWS.get(referral.status, referral.status)


def _followed(referral: Referral, link: StatusLink, cause: Cause) -> Followed:
    received = referral.received
    return Followed(
        referral_id=referral.referral_id,
        organization=received.referrer.organization,
        received_at=received.received_at,
        status=referral.status,
        changed_at=cause.now,
        link=link,
    )


def _new_link(referral: Referral, cause: Cause) -> StatusLink:
    return StatusLink(link_id=cause.derive("status link", referral.referral_id), issued_at=cause.now)


def _with_summary(feedback: Feedback, issued: VisitSummaryIssued) -> Feedback:
    """Keep the latest: of a later visit, or the corrected version of the same."""
    before = feedback.summary(issued.referral_id)
    if before and before.summary_id == issued.summary_id and before.version > issued.version:
        return feedback
    others = tuple(each for each in feedback.summaries if each.referral_id != issued.referral_id)
    return feedback.but(summaries=(*others, issued))


def _moved(before: Intake, after: Intake) -> list[Referral]:
    """The referrals that stand elsewhere than before, or are new."""
    stood = {each.referral_id: each.status for each in before.referrals}
    return [each for each in after.referrals if stood.get(each.referral_id) != each.status]


def _intake_in(decision: Decision) -> Intake | None:
    return next((state for state in decision.states if isinstance(state, Intake)), None)


def _and(decision: Decision, feedback: Feedback) -> Decision:
    others = tuple(state for state in decision.states if not isinstance(state, Feedback))
    return decision._replace(states=(*others, feedback))
