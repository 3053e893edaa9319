"""Decides what a care team is written when a hospital tells of their patient: that there is news, never whose.

What was told before this service began is kept and sent to nobody.
"""

from enum import StrEnum
from uuid import UUID

from carebus.contracts.line import AdmissionNotified, DeathReported, DischargeNotified, EdVisitNotified
from carebus.contracts.notifications import TeamLetterFailed, TeamLetterSent
from carebus.decisions import Cause, Decision, changed, ignore
from services.notifications.domain.addresses import is_address
from services.notifications.domain.family import Family
from services.notifications.domain.letters import Correspondent, Letter, Letters
from services.notifications.domain.messages import GivenUp, HandedOver, Status

HospitalNews = AdmissionNotified | EdVisitNotified | DischargeNotified | DeathReported


class TeamTopic(StrEnum):
    """What a letter to a care team is about."""

    ADMITTED = "admitted"
    EMERGENCY = "emergency"
    DISCHARGED = "discharged"
    DEATH_REPORTED = "death_reported"


TOPICS: dict[type[HospitalNews], TeamTopic] = {
    AdmissionNotified: TeamTopic.ADMITTED,
    EdVisitNotified: TeamTopic.EMERGENCY,
    DischargeNotified: TeamTopic.DISCHARGED,
    DeathReported: TeamTopic.DEATH_REPORTED,
}


class TeamLetter(Letter):
    """A letter to a care team. It names no patient: what kind of news, and where to look."""

    patient_id: UUID
    topic: TeamTopic
    about: UUID


class TeamLetters(Letters[TeamLetter]):
    """The letters to the care team of one patient. told: of which stays, so that one told again is no news."""

    told: tuple[str, ...] = ()


def write_to_team(family: Family, letters: TeamLetters, event: HospitalNews, cause: Cause, *, mailbox: str) -> Decision:
    """The team hears at once, if the patient is in its care and it has a mailbox."""
    if not is_address(mailbox):
        return ignore("no_team_mailbox")
    if not family.patient_name or family.ended:
        return ignore("not_in_care")
    about = event.report_id if isinstance(event, DeathReported) else event.stay_id
    news = f"{TOPICS[type(event)]} {about}"
    if news in letters.told:
        return ignore("told_before")
    letter = TeamLetter(
        notification_id=cause.derive("team letter"),
        patient_id=cause.subject_id,
        topic=TOPICS[type(event)],
        about=about,
        recipient=Correspondent(name="Care team", address=mailbox),
        correlation_id=cause.correlation_id,
        traceparent=cause.traceparent,
        requested_at=cause.occurred_at if cause.of_the_past else cause.now,
    )
    if cause.of_the_past:
        letter = letter.model_copy(update={"status": Status.WITHDRAWN, "settled_at": cause.now})
    told = (*letters.told, news)[-50:]
    return changed(letters.but(letters=(*letters.unsettled(cause.now), letter), told=told))


def record_team_letter_sent(letters: TeamLetters, result: HandedOver, cause: Cause) -> Decision:
    """The letter went out; a repeated result changes nothing."""
    letter = letters.unsent(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    told = TeamLetterSent(
        letter_id=letter.notification_id,
        topic=letter.topic,
        message_id=result.message_id,
        attempts=result.attempts,
        sent_at=cause.now,
    )
    return changed(letters.settled(letter, cause, Status.SENT, attempts=result.attempts)).tells(told)


def record_team_letter_failed(letters: TeamLetters, result: GivenUp, cause: Cause) -> Decision:
    """The letter will not go out: the sheet and the board show the news all the same."""
    letter = letters.queued(result.notification_id)
    if letter is None:
        return ignore("already_settled")
    failed = TeamLetterFailed(
        letter_id=letter.notification_id, topic=letter.topic, reason=result.reason, attempts=result.attempts
    )
    kept = letters.settled(letter, cause, Status.FAILED, attempts=result.attempts, failure=result.reason)
    return changed(kept).tells(failed)
