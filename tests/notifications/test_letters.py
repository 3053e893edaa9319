"""What families read: plain, true, and nothing more than they need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.care_plan import VisitMode, VisitScheduled
from carebus.contracts.event import Event
from carebus.contracts.notifications import Topic
from services.notifications.channels.letters import SUBJECTS, Writer
from services.notifications.domain import Family, Message
from services.notifications.handlers import HANDLERS
from tests.notifications.reading import grade, syllables
from tests.notifications.test_domain import cause, state_of
from tests.told import DOCTOR, NURSE, PATIENT, accepted, completed, contact, scheduled, team

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
WRITER = Writer("care@carebus.example", "844 555 0100")


def windowed() -> VisitScheduled:
    at, half = scheduled().starts_at, timedelta(minutes=30)
    return scheduled().model_copy(update={"arrives_from": at - half, "arrives_until": at + half})


NEWS: list[Event] = [
    team(DOCTOR, NURSE),
    *(scheduled(mode=mode) for mode in VisitMode),
    windowed(),
    scheduled(at=NOW - timedelta(days=1)),
    completed(),
]


def message(event: Event, patient: dict[str, Any] | None = None, **other: Any) -> Message:
    """What follows from an event for a contact who may be told."""
    person = PATIENT.model_copy(update=patient or {})
    family = Family()
    for each in (accepted(told=contact(**other), patient=person), event):
        family = state_of(HANDLERS[type(each)].decide(family, each, cause()), family)
    return family.messages[0]


def parsed(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


@pytest.mark.parametrize("event", NEWS)
@pytest.mark.parametrize("line", ["844 555 0100", None])
def test_a_sixth_grader_can_read_it(event: Event, line: str | None) -> None:
    text = Writer("care@carebus.example", line).text(message(event), NOW)
    assert grade(text) <= 6.0, text


def test_the_reading_level_tells_easy_from_hard() -> None:
    assert [syllables(word) for word in ("visit", "home", "planned", "questions", "people")] == [2, 1, 1, 2, 2]
    assert grade("The cat sat on the mat.") < 2
    assert grade("Interdisciplinary palliative consultation facilitates multidimensional symptom evaluation.") > 15


@pytest.mark.parametrize("event", NEWS)
def test_it_says_no_more_than_a_family_needs(event: Event) -> None:
    mail = parsed(WRITER.write(message(event), NOW))
    for kind in ("plain", "html"):
        text = body(mail, kind)
        assert "Hello Karen," in text
        assert "María" in text
        assert "844 555 0100" in text
        assert not any(secret in text for secret in ("Delgado", "Zyxnote", "heart", "Medicare", "1941", "Zyxmarker"))
    assert "María" not in mail["Subject"]


def test_a_planned_visit_says_who_comes_and_when_on_the_readers_clock() -> None:
    text = WRITER.text(message(scheduled(), time_zone="America/Los_Angeles"), NOW)
    assert "Rosa Lima, the nurse, will visit María at home." in text
    assert "When: Tuesday, March 3 at 6:00 AM PST (9:00 AM EST where María lives)" in text
    assert "about 45 minutes" in text


def test_a_reader_in_the_same_zone_reads_one_time() -> None:
    assert "When: Tuesday, March 3 at 9:00 AM EST\n" in WRITER.text(message(scheduled()), NOW)


def test_a_visit_at_home_is_told_with_the_times_between_which_somebody_comes() -> None:
    assert "When: Tuesday, March 3 between 8:30 AM and 9:30 AM EST\n" in WRITER.text(message(windowed()), NOW)
    text = WRITER.text(message(windowed(), time_zone="America/Los_Angeles"), NOW)
    assert "between 5:30 AM and 6:30 AM PST (between 8:30 AM and 9:30 AM EST where María lives)" in text


def test_its_time_has_passed_only_once_nobody_is_to_come_any_more() -> None:
    at = windowed().starts_at
    assert "will visit" in WRITER.text(message(windowed()), at + timedelta(minutes=29))
    assert "That time has now passed." in WRITER.text(message(windowed()), at + timedelta(minutes=30))


def test_a_visit_whose_time_has_passed_is_told_as_past() -> None:
    text = WRITER.text(message(scheduled()), NOW + timedelta(days=2))
    assert "planned to visit María at home on Tuesday, March 3 at 9:00 AM EST. That time has now passed." in text
    assert "will" not in text.split("Do you have")[0]


def test_the_team_is_told_with_whom_to_ask_first() -> None:
    text = WRITER.text(message(team()), NOW)
    assert "- Rosa Lima, nurse\n- Dr. Peter Lowell, doctor\n" in text


def test_names_cannot_become_markup() -> None:
    event = team(NURSE.model_copy(update={"name": "<b>Rosa</b>"}))
    mail = parsed(WRITER.write(message(event, {"given_name": "<script>x</script>"}), NOW))
    assert "<script>" not in body(mail, "html")
    assert "&lt;script&gt;" in body(mail, "html")
    assert "<script>x</script>" in body(mail, "plain")
    visit = message(scheduled(), {"given_name": "<i>x</i>"}, time_zone="America/Denver")
    assert "<i>" not in body(parsed(WRITER.write(visit, NOW)), "html")
    assert "O'Neil" in WRITER.text(message(scheduled(), {"given_name": "O'Neil"}), NOW)


@settings(deadline=None)
@given(name=st.text(min_size=1, max_size=60), given_name=st.text(min_size=1, max_size=40))
def test_no_name_can_add_a_header_or_break_the_letter(name: str, given_name: str) -> None:
    told = message(scheduled(), {"given_name": given_name}, full_name=name)
    try:
        content = WRITER.write(told, NOW)
    except ValueError:  # a lone surrogate cannot be written at all; such a message is given up as rejected
        assert any("\ud800" <= c <= "\udfff" for c in name + given_name)
        return
    mail = parsed(content)
    assert sorted(mail.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert [one.addr_spec for one in mail["To"].addresses] == ["karen.z@families.example"]


def test_the_same_message_is_written_as_the_same_bytes() -> None:
    told = message(scheduled())
    assert WRITER.write(told, NOW) == Writer("care@carebus.example", "844 555 0100").write(told, NOW)


def test_every_topic_has_a_subject_and_a_text_in_its_version() -> None:
    assert set(SUBJECTS) == set(Topic)
    for event in NEWS:
        told = message(event)
        assert told.template.startswith(told.topic.value + "/")
        assert WRITER.text(told, NOW, "html")


def test_an_address_beyond_ascii_is_kept_as_it_is() -> None:
    mail = WRITER.write(message(team(), email="josé@families.example"), NOW)
    assert "josé@families.example".encode() in mail


def test_the_message_id_is_that_of_the_notification() -> None:
    assert WRITER.message_id(UUID(int=1)) == "<00000000-0000-0000-0000-000000000001@carebus.example>"
