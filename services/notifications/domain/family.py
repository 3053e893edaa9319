"""Decides which loved one is told what, what is withheld and why, and what became of each message.

Nothing is sent without the patient's consent to this person (45 CFR 164.510(b)): relationship alone is no permission.
A reason to withhold is told once per topic, not per event: the family's situation is the news, not its repetition.
What was told before this service began is kept and sent to nobody: they know it by then.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from carebus.contracts.care_plan import (
    CareTeamAssigned,
    VisitCancelled,
    VisitCompleted,
    VisitConverted,
    VisitRescheduled,
    VisitScheduled,
)
from carebus.contracts.notifications import (
    MessageChannel,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
    NotificationSuppressed,
    SuppressedReason,
    Topic,
)
from carebus.contracts.people import FamilyContact, Person, TeamMember
from carebus.contracts.referral import ReferralAccepted, ReferralAmended
from carebus.decisions import Cause, Decision, State, changed, ignore
from carebus.errors import CarebusError
from services.notifications.domain.addresses import is_address
from services.notifications.domain.messages import (
    Companion,
    GivenUp,
    HandedOver,
    Lapsed,
    Message,
    News,
    Recipient,
    Status,
    Withheld,
)

TEMPLATES = {Topic.CARE_TEAM: "care_team/1", Topic.VISIT_PLANNED: "visit_planned/1", Topic.VISIT_DONE: "visit_done/1"}
"""Which text a topic is told in, with its version: a changed text gets the next number."""
MOVED, CANCELLED = "visit_moved/1", "visit_cancelled/1"
"""What a planned visit became, when that is told."""

_OTHERWISE = "America/New_York"


class PatientNotAccepted(CarebusError):
    """No accepted referral of this patient is known here, so nobody knows whom to tell."""


class Family(State):
    """Whom one patient's family wants told.

    `patient` stands at the head of pages about them; it is not known of whom an earlier release was told.
    `messages` holds those that wait, and those settled since the last one was asked for; older ones are rows only.
    While `held`, nothing goes out: the record was merged into another's, under which the family is told.
    While `on_hold`, nothing goes out either: a death was reported. After care `ended`, nothing is told of visits.
    """

    patient_name: str = ""
    patient_zone: str = _OTHERWISE
    patient: Person | None = None
    contact: FamilyContact | None = None
    referral_id: UUID | None = None
    messages: tuple[Message, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    merged_into: UUID | None = None
    held: bool = False
    on_hold: bool = False
    ended: bool = False

    def as_history(self) -> "Family":
        """What was to be sent was sent at its time, or is not to be sent so late."""
        past = {"status": Status.WITHDRAWN}
        return self.but(messages=tuple(m.model_copy(update=past) if _waits(m) else m for m in self.messages))


def keep_contact(family: Family, event: ReferralAccepted | ReferralAmended, cause: Cause) -> Decision:
    """Remember whom to tell. Messages that still wait go to the person who may be told now, or to nobody."""
    known = family.but(
        patient_name=event.patient.given_name,
        patient_zone=_zone(event.patient.time_zone),
        patient=event.patient,
        contact=event.contact,
        referral_id=event.referral_id,
    )
    waiting = [m for m in known.messages if m.status is Status.QUEUED]
    reason = _reason_to_withhold(event.contact, cause.now)
    if event.contact is None or reason is not None:
        withdrawn = {m.notification_id: _settled(m, cause, Status.WITHDRAWN, m.attempts) for m in waiting}
        topics = [m.topic for m in waiting]
        return _withhold(_with(known, withdrawn), topics, reason or SuppressedReason.NO_CONTACT, cause)
    to = _recipient(event.contact, known.patient_zone)
    return changed(_with(known, {m.notification_id: m.model_copy(update={"recipient": to}) for m in waiting}))


def follow_amendment(family: Family, event: ReferralAmended, cause: Cause) -> Decision:
    """The office put right whom to tell, or the consent to it, after the person was taken on."""
    if not event.applied or event.referral_id != family.referral_id:
        return ignore("not_of_this_care")
    return keep_contact(family, event, cause)


def tell_team(family: Family, event: CareTeamAssigned, cause: Cause) -> Decision:
    """The family learns who looks after the patient, the one to turn to first."""
    first_to_ask = sorted(event.members, key=lambda member: not member.primary)
    return _tell(family, Topic.CARE_TEAM, News(people=tuple(map(_companion, first_to_ask))), cause)


def tell_visit_planned(family: Family, event: VisitScheduled, cause: Cause) -> Decision:
    """The family learns who comes and when."""
    return _tell(family, Topic.VISIT_PLANNED, _visit(event), cause)


def tell_visit_moved(family: Family, event: VisitRescheduled | VisitConverted, cause: Cause) -> Decision:
    """The family learns when or how a visit takes place instead; what still waits to be said of it is out of date."""
    return _tell(_without_news_of(family, event.visit_id, cause), Topic.VISIT_PLANNED, _visit(event), cause, MOVED)


def tell_visit_cancelled(family: Family, event: VisitCancelled, cause: Cause) -> Decision:
    """The family learns that nobody comes; if they have not been told of the visit yet, there is nothing to say."""
    after = _without_news_of(family, event.visit_id, cause)
    if after is not family:
        return changed(after)
    return _tell(family, Topic.VISIT_PLANNED, _visit(event), cause, CANCELLED)


def tell_visit_done(family: Family, event: VisitCompleted, cause: Cause) -> Decision:
    """The family learns that a visit took place, and nothing of what was found."""
    news = News(people=(_companion(event.clinician),), mode=event.mode, at=event.started_at)
    return _tell(family, Topic.VISIT_DONE, news, cause)


def record_sent(family: Family, result: HandedOver, cause: Cause) -> Decision:
    """A message went out, even if it was withdrawn while on its way; a repeated result changes nothing."""
    message = _message(family, result.notification_id)
    if message is None or message.status in {Status.SENT, Status.FAILED}:
        return ignore("already_settled")
    settled = _settled(message, cause, Status.SENT, result.attempts)
    sent = NotificationSent(
        notification_id=message.notification_id,
        contact_id=message.recipient.contact_id,
        topic=message.topic,
        channel=MessageChannel.EMAIL,
        message_id=result.message_id,
        attempts=result.attempts,
        sent_at=cause.now,
    )
    return changed(_with(family, {message.notification_id: settled})).tells(sent)


def record_failed(family: Family, result: GivenUp, cause: Cause) -> Decision:
    """A message will not go out: a person has to call instead."""
    message = _message(family, result.notification_id)
    if message is None or message.status is not Status.QUEUED:
        return ignore("already_settled")
    settled = _settled(message, cause, Status.FAILED, result.attempts).model_copy(update={"failure": result.reason})
    failed = NotificationFailed(
        notification_id=message.notification_id,
        contact_id=message.recipient.contact_id,
        topic=message.topic,
        channel=MessageChannel.EMAIL,
        reason=result.reason,
        attempts=result.attempts,
    )
    return changed(_with(family, {message.notification_id: settled})).tells(failed)


def record_lapsed(family: Family, result: Lapsed, cause: Cause) -> Decision:
    """A message waited until the consent had ended: it goes to nobody."""
    message = _message(family, result.notification_id)
    if message is None or message.status is not Status.QUEUED:
        return ignore("already_settled")
    withdrawn = _settled(message, cause, Status.WITHDRAWN, message.attempts)
    return _withhold(
        _with(family, {message.notification_id: withdrawn}), [message.topic], SuppressedReason.NO_CONSENT, cause
    )


def _visit(event: VisitScheduled | VisitRescheduled | VisitConverted | VisitCancelled) -> News:
    return News(
        people=(_companion(event.clinician),),
        mode=event.mode,
        at=event.starts_at,
        minutes=None if isinstance(event, VisitCancelled) else event.minutes,
        arrives_from=event.arrives_from,
        arrives_until=event.arrives_until,
        visit_id=event.visit_id,
    )


def _without_news_of(family: Family, visit_id: UUID, cause: Cause) -> Family:
    old = {
        m.notification_id: _settled(m, cause, Status.WITHDRAWN, m.attempts)
        for m in family.messages
        if m.status is Status.QUEUED and m.news.visit_id == visit_id
    }
    return _with(family, old) if old else family


def _tell(family: Family, topic: Topic, news: News, cause: Cause, template: str = "") -> Decision:
    if not family.patient_name:
        raise PatientNotAccepted
    if family.ended:
        return ignore("care_has_ended")
    contact, reason = family.contact, _reason_to_withhold(family.contact, cause.now)
    if contact is None or reason is not None:
        decision = _withhold(family, [topic], reason or SuppressedReason.NO_CONTACT, cause)
        return decision if decision.events else ignore("already_withheld")
    message = _addressed(family, contact, topic, news, cause).model_copy(
        update={"template": template or TEMPLATES[topic]}
    )
    withdrawn_now = Status.WITHDRAWN, cause.now  # perhaps in this transaction: then its row is still to be saved
    kept = tuple(m for m in family.messages if _waits(m) or (m.status, m.settled_at) == withdrawn_now)
    if cause.of_the_past:
        return changed(family.but(messages=(*kept, _settled(message, cause, Status.WITHDRAWN, 0))))
    requested = NotificationRequested(
        notification_id=message.notification_id,
        contact_id=contact.contact_id,
        topic=topic,
        channel=MessageChannel.EMAIL,
        template=message.template,
    )
    return changed(family.but(messages=(*kept, message))).tells(requested)


def _addressed(family: Family, contact: FamilyContact, topic: Topic, news: News, cause: Cause) -> Message:
    return Message(
        notification_id=cause.derive("notification", topic),
        topic=topic,
        template=TEMPLATES[topic],
        recipient=_recipient(contact, family.patient_zone),
        patient_name=family.patient_name,
        patient_zone=family.patient_zone,
        news=news,
        correlation_id=cause.correlation_id,
        traceparent=cause.traceparent,
        requested_at=cause.occurred_at if cause.of_the_past else cause.now,
    )


def _recipient(contact: FamilyContact, otherwise: str) -> Recipient:
    return Recipient(
        contact_id=contact.contact_id,
        name=contact.full_name,
        relationship=contact.relationship,
        address=(contact.email or "").strip(),
        zone=_zone(contact.time_zone, otherwise),
        until=contact.consent_ends,
    )


def _reason_to_withhold(contact: FamilyContact | None, now: datetime) -> SuppressedReason | None:
    if contact is None:
        return SuppressedReason.NO_CONTACT
    if not contact.consented or (contact.consent_ends is not None and contact.consent_ends <= now):
        return SuppressedReason.NO_CONSENT
    return None if is_address((contact.email or "").strip()) else SuppressedReason.NO_ADDRESS


def _withhold(family: Family, topics: list[Topic], reason: SuppressedReason, cause: Cause) -> Decision:
    known = {(w.topic, w.reason) for w in family.withheld}
    new = [topic for topic in dict.fromkeys(topics) if (topic, reason) not in known]
    withheld = tuple(Withheld(topic=topic, reason=reason, decided_at=cause.now) for topic in new)
    told = [NotificationSuppressed(topic=topic, reason=reason) for topic in new]
    return changed(family.but(withheld=family.withheld + withheld)).tells(*told)


def _waits(message: Message) -> bool:
    return message.status is Status.QUEUED


def _message(family: Family, notification_id: UUID) -> Message | None:
    return next((m for m in family.messages if m.notification_id == notification_id), None)


def _settled(message: Message, cause: Cause, status: Status, attempts: int) -> Message:
    return message.model_copy(update={"status": status, "settled_at": cause.now, "attempts": attempts})


def _with(family: Family, settled: dict[UUID, Message]) -> Family:
    return family.but(messages=tuple(settled.get(m.notification_id, m) for m in family.messages))


def _companion(member: TeamMember) -> Companion:
    return Companion(name=member.name, role=member.role)


def _zone(name: str, otherwise: str = _OTHERWISE) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        return otherwise
