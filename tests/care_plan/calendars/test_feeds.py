"""What a calendar reads: the same event by the same UID, later versions by a higher number, hours right everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from carebus.contracts.care_plan import VisitMode
from carebus.contracts.people import Role, TeamMember
from services.care_plan.channels.calendars.feeds import feed
from services.care_plan.store.calendars import Kind, Listed

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
ANITA = TeamMember(clinician_id=UUID(int=5), name="Anita Joseph, RN", role=Role.NURSE)
AMARA = TeamMember(clinician_id=UUID(int=6), name="Dr. Amara Osei", role=Role.DOCTOR)
NINE = datetime(2026, 3, 6, 9, tzinfo=NEW_YORK)


def visit(
    starts_at: datetime = NINE,
    *,
    mode: VisitMode = VisitMode.HOME,
    people: tuple[TeamMember, ...] = (ANITA,),
    town: str = "Ashbury Falls",
    changes: int = 0,
    takes_place: bool = True,
    is_certain: bool = False,
) -> Listed:
    at = starts_at.astimezone(UTC)
    return Listed(UUID(int=1), UUID(int=2), mode, at, 60, people, town, changes, takes_place, is_certain)


def events(kind: Kind, *visits: Listed) -> list[Event]:
    found: list[Event] = Calendar.from_ical(feed(kind, visits, NOW)).walk("VEVENT")  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("day", [(2026, 3, 6), (2026, 3, 9), (2026, 10, 30), (2026, 11, 2)])
def test_nine_oclock_is_nine_oclock_before_and_after_the_clocks_change(day: tuple[int, int, int]) -> None:
    (event,) = events(Kind.STAFF, visit(datetime(*day, 9, tzinfo=NEW_YORK)))
    assert event.start.astimezone(NEW_YORK).hour == 9  # type: ignore[attr-defined]
    text = feed(Kind.STAFF, [visit(datetime(*day, 9, tzinfo=NEW_YORK))], NOW).decode()
    in_utc = "14" if day in {(2026, 3, 6), (2026, 11, 2)} else "13"
    assert f"DTSTART:{day[0]}{day[1]:02}{day[2]:02}T{in_utc}0000Z" in text


def test_a_visit_over_the_hour_that_comes_twice_lasts_an_hour() -> None:
    (event,) = events(Kind.STAFF, visit(datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)))
    assert (event.end - event.start).total_seconds() == 3600


def test_a_family_sees_the_whole_time_in_which_somebody_comes_and_is_there() -> None:
    at_home, by_phone = events(Kind.FAMILY, visit(), visit(mode=VisitMode.PHONE))
    there = [(at.astimezone(NEW_YORK).hour, at.astimezone(NEW_YORK).minute) for at in (at_home.start, at_home.end)]  # type: ignore[attr-defined]
    assert there == [(8, 30), (10, 30)]
    assert by_phone.start.astimezone(NEW_YORK).hour == 9  # type: ignore[attr-defined]


def test_a_visit_keeps_its_uid_and_counts_its_changes() -> None:
    before, after = events(Kind.STAFF, visit(), visit(changes=2))
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 2)


@pytest.mark.parametrize(
    ("takes_place", "is_certain", "status"),
    [(True, True, "CONFIRMED"), (True, False, "TENTATIVE"), (False, True, "CANCELLED"), (False, False, "CANCELLED")],
)
def test_a_calendar_says_how_it_stands(*, takes_place: bool, is_certain: bool, status: str) -> None:
    (event,) = events(Kind.STAFF, visit(takes_place=takes_place, is_certain=is_certain))
    assert event["STATUS"] == status


def test_a_family_reads_who_comes_and_no_town() -> None:
    both, by_phone = events(Kind.FAMILY, visit(people=(ANITA, AMARA)), visit(mode=VisitMode.PHONE, people=(AMARA,)))
    assert both["SUMMARY"] == "Visit by Anita Joseph, RN, nurse and Dr. Amara Osei, doctor"
    assert by_phone["SUMMARY"] == "Call by Dr. Amara Osei, doctor"
    assert b"Ashbury" not in feed(Kind.FAMILY, [visit()], NOW)


def test_a_clinician_reads_in_which_town_and_nobodys_name() -> None:
    at_home, by_phone = events(Kind.STAFF, visit(), visit(mode=VisitMode.PHONE))
    assert (at_home["SUMMARY"], at_home["LOCATION"]) == ("Visit in Ashbury Falls", "Ashbury Falls")
    assert (by_phone["SUMMARY"], by_phone.get("LOCATION")) == ("Visit by phone", None)
    assert at_home["CLASS"] == "PRIVATE"


@pytest.mark.parametrize("name", ["a\r\nBEGIN:VEVENT", "x;y,z\\", "BEGIN:VALARM", "é" * 200, "\u202eabc"])
def test_a_hostile_name_stays_in_its_line(name: str) -> None:
    hostile = ANITA.model_copy(update={"name": name})
    assert len(events(Kind.FAMILY, visit(people=(hostile,)))) == 1
    assert len(events(Kind.STAFF, visit(town=name))) == 1
    lines = feed(Kind.FAMILY, [visit(people=(hostile,))], NOW).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert sum(line.startswith(b"BEGIN:V") for line in lines) == 2


def test_an_empty_feed_is_a_calendar() -> None:
    assert events(Kind.STAFF) == []
    assert b"PRODID:-//Carebus//Visits//EN" in feed(Kind.STAFF, [], NOW)


def test_a_familys_entry_says_that_its_time_is_a_window() -> None:
    (at_home,) = events(Kind.FAMILY, visit())
    assert str(at_home["DESCRIPTION"]).startswith("Arrives between ")
    (by_phone,) = events(Kind.FAMILY, visit(mode=VisitMode.PHONE))
    assert "DESCRIPTION" not in by_phone
    (ours,) = events(Kind.STAFF, visit())
    assert "DESCRIPTION" not in ours
