"""Who is told what, and what is withheld."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts import patient_stream
from carebus.contracts.event import Event
from carebus.contracts.notifications import (
    FailureReason,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
    NotificationSuppressed,
    SuppressedReason,
    Topic,
)
from carebus.decisions import Cause, Decision
from carebus.testing import START
from services.notifications import domain
from services.notifications.domain import Family, GivenUp, HandedOver, PatientNotAccepted, Status
from services.notifications.handlers import HANDLERS
from tests.told import accepted, completed, contact, scheduled, team

NEWS: list[Event] = [team(), scheduled(), completed()]


def cause(now: datetime = START) -> Cause:
    return Cause(uuid4(), patient_stream(UUID(int=9)), now, "test", uuid4(), now)


def after(*events: Event, family: Family | None = None) -> tuple[Family, list[Event]]:
    """The family after these events, and all that was told."""
    known, told = family or Family(), list[Event]()
    for event in events:
        decision = HANDLERS[type(event)].decide(known, event, cause())
        known, told = state_of(decision, known), [*told, *decision.events]
    return known, told


def state_of(decision: Decision, otherwise: Family) -> Family:
    (state,) = decision.states or (otherwise,)
    assert isinstance(state, Family)
    return state


def test_an_acceptance_alone_says_nothing_to_anybody() -> None:
    family, told = after(accepted(told=contact()))
    assert told == []
    assert family.contact == contact()


@pytest.mark.parametrize("event", NEWS, ids=lambda event: type(event).__name__)
def test_each_piece_of_news_asks_for_one_message(event: Event) -> None:
    family, told = after(accepted(told=contact()), event)
    (requested,) = told
    assert isinstance(requested, NotificationRequested)
    assert requested.contact_id == contact().contact_id
    assert requested.template == domain.TEMPLATES[requested.topic]
    assert [m.notification_id for m in family.messages] == [requested.notification_id]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (None, SuppressedReason.NO_CONTACT),
        (contact(consented=False), SuppressedReason.NO_CONSENT),
        (contact(consented=False, email=None), SuppressedReason.NO_CONSENT),
        (contact(consent_ends=START), SuppressedReason.NO_CONSENT),
        (contact(consent_ends=START - timedelta(days=1)), SuppressedReason.NO_CONSENT),
        (contact(email=None), SuppressedReason.NO_ADDRESS),
        (contact(email="  "), SuppressedReason.NO_ADDRESS),
        (contact(email="karen@x.example\r\nBcc: all@x.example"), SuppressedReason.NO_ADDRESS),
        (contact(email="karen@x.example, eve@x.example"), SuppressedReason.NO_ADDRESS),
        (contact(email="karen"), SuppressedReason.NO_ADDRESS),
    ],
)
def test_nobody_is_told_without_contact_consent_and_one_address(told: object, reason: SuppressedReason) -> None:
    _, events = after(accepted(told=told), scheduled(1), scheduled(2), completed(1))  # type: ignore[arg-type]
    expected = [
        NotificationSuppressed(topic=Topic.VISIT_PLANNED, reason=reason),
        NotificationSuppressed(topic=Topic.VISIT_DONE, reason=reason),
    ]
    assert events == expected


@settings(deadline=None)
@given(st.booleans(), st.booleans(), st.booleans(), st.lists(st.sampled_from(NEWS), max_size=12))
def test_a_message_is_asked_for_exactly_when_the_rules_allow_it(
    named: bool, consented: bool, reachable: bool, news: list[Event]
) -> None:
    told = contact(consented=consented, email="k@families.example" if reachable else None) if named else None
    _, events = after(accepted(told=told), *news)
    allowed = named and consented and reachable
    assert sum(isinstance(e, NotificationRequested) for e in events) == (len(news) if allowed else 0)
    topics = {type(e) for e in news}
    assert sum(isinstance(e, NotificationSuppressed) for e in events) == (0 if allowed else len(topics))


def test_news_of_a_patient_nobody_accepted_is_set_aside() -> None:
    with pytest.raises(PatientNotAccepted):
        domain.tell_team(Family(), team(), cause())


def test_a_message_is_settled_once() -> None:
    family, (requested,) = after(accepted(told=contact()), team())
    assert isinstance(requested, NotificationRequested)
    result = HandedOver(notification_id=requested.notification_id, message_id="<1@x>", attempts=2)
    first = domain.record_sent(family, result, cause())
    (sent,) = first.events
    assert isinstance(sent, NotificationSent)
    assert (sent.message_id, sent.attempts) == ("<1@x>", 2)
    settled = state_of(first, family)
    assert domain.record_sent(settled, result, cause()).ignored == "already_settled"
    given_up = GivenUp(notification_id=requested.notification_id, reason=FailureReason.UNREACHABLE, attempts=3)
    assert domain.record_failed(settled, given_up, cause()).ignored == "already_settled"


def test_a_message_that_is_given_up_is_told_as_failed() -> None:
    family, (requested,) = after(accepted(told=contact()), team())
    assert isinstance(requested, NotificationRequested)
    given_up = GivenUp(notification_id=requested.notification_id, reason=FailureReason.REJECTED, attempts=1)
    decision = domain.record_failed(family, given_up, cause())
    (failed,) = decision.events
    assert isinstance(failed, NotificationFailed)
    assert failed.reason is FailureReason.REJECTED
    assert state_of(decision, family).messages[0].failure is FailureReason.REJECTED


def test_what_waits_is_withdrawn_when_consent_is_gone() -> None:
    family, _ = after(accepted(told=contact()), team(), scheduled())
    family, told = after(accepted(told=contact(consented=False)), family=family)
    assert [m.status for m in family.messages] == [Status.WITHDRAWN] * 2
    assert [type(e) for e in told] == [NotificationSuppressed] * 2


def test_what_waits_goes_to_the_address_that_is_right_now() -> None:
    family, _ = after(accepted(told=contact()), team())
    family, told = after(accepted(told=contact(email="new@families.example")), family=family)
    assert told == []
    assert family.messages[0].recipient.address == "new@families.example"


def test_a_withdrawn_message_that_went_out_all_the_same_is_told_as_sent() -> None:
    family, (requested,) = after(accepted(told=contact()), team())
    assert isinstance(requested, NotificationRequested)
    family, _ = after(accepted(), family=family)
    result = HandedOver(notification_id=requested.notification_id, message_id="<1@x>", attempts=1)
    (sent,) = domain.record_sent(family, result, cause()).events
    assert isinstance(sent, NotificationSent)


def test_the_state_keeps_what_waits_and_forgets_what_was_settled_before() -> None:
    family, (requested,) = after(accepted(told=contact()), team())
    assert isinstance(requested, NotificationRequested)
    result = HandedOver(notification_id=requested.notification_id, message_id="<1@x>", attempts=1)
    family = state_of(domain.record_sent(family, result, cause()), family)
    family, _ = after(scheduled(1), scheduled(2, at=START + timedelta(days=2)), family=family)
    assert [m.topic for m in family.messages] == [Topic.VISIT_PLANNED] * 2


def test_a_zone_nobody_knows_becomes_the_patients() -> None:
    family, _ = after(accepted(told=contact(time_zone="Mars/Olympus")), team())
    assert family.messages[0].recipient.zone == "America/New_York"


def test_no_protected_field_shows_in_a_messages_text_form() -> None:
    family, _ = after(accepted(told=contact()), team())
    for part in (family, family.messages[0], family.messages[0].recipient):
        assert not any(secret in repr(part) for secret in ("Zyxmarker", "karen.z", "María"))


def test_the_end_of_a_consent_is_looked_at_for_each_piece_of_news() -> None:
    ends = START + timedelta(days=1)
    family, told = after(accepted(told=contact(consent_ends=ends)), team())
    assert [type(each) for each in told] == [NotificationRequested]
    late = HANDLERS[type(NEWS[1])].decide(family, scheduled(), cause(ends))
    (suppressed,) = late.events
    assert isinstance(suppressed, NotificationSuppressed)
    assert suppressed.reason is SuppressedReason.NO_CONSENT
    assert len(state_of(late, family).messages) == 1


def test_a_message_that_waited_until_the_consent_had_ended_goes_to_nobody() -> None:
    ends = START + timedelta(days=1)
    family, _ = after(accepted(told=contact(consent_ends=ends)), team())
    (message,) = family.messages
    assert (message.may_be_told(START), message.may_be_told(ends)) == (True, False)
    lapsed = domain.Lapsed(notification_id=message.notification_id)
    decision = domain.record_lapsed(family, lapsed, cause(ends))
    after_it = state_of(decision, family)
    assert [each.status for each in after_it.messages] == [Status.WITHDRAWN]
    assert [getattr(each, "reason", None) for each in decision.events] == [SuppressedReason.NO_CONSENT]
    assert domain.record_lapsed(after_it, lapsed, cause(ends)).events == ()
