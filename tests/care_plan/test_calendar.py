"""When visits take place: working hours of the patient's zone, working days, one at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.care_plan import Licence, Phase
from carebus.contracts.people import Role
from carebus.contracts.referral import Priority
from services.care_plan.domain.care.zones import TimeZoneUnknown, zone_of
from services.care_plan.domain.team.clinicians import NO_HOLIDAYS, Clinician
from services.care_plan.domain.team.diaries import AtHome, Diary, Leaving, Slot, Taken, find_slot
from services.care_plan.domain.team.travel import Place
from services.care_plan.domain.visits.calendar import DAYS_BY_PHASE, Days, first_days, is_working_day, next_days
from services.care_plan.store.rulesets import day_rules, travel_rules

ZONES = st.sampled_from(["America/New_York", "Pacific/Honolulu", "America/Anchorage", "Asia/Kolkata", "Pacific/Guam"])
HOURS = range(9, 17)
LEAVING = Leaving(day_rules(), travel_rules())
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
HOME, FAR = Place(40.7, -74.0), Place(41.0, -74.0)
"""33 km apart as the crow flies."""
DATES = st.dates(date(2025, 1, 1), date(2028, 12, 31))


def member(role: Role, n: int = 1, taken: tuple[datetime, ...] = ()) -> Diary:
    """The diary of a clinician with these hours taken, who works on holidays."""
    clinician = Clinician(clinician_id=UUID(int=n), name=f"{role} {n}", role=role, capacity=30, holidays=NO_HOLIDAYS)
    return Diary(clinician, [Taken(at, at + timedelta(hours=1), HOME) for at in taken])


def slot_of(team: list[Diary], days: Days, zone: ZoneInfo, now: datetime = LONG_AGO) -> Slot:
    """The hour that is found."""
    slot = find_slot(team, days, AtHome(HOME, "NY", zone), LEAVING, now)
    assert slot
    return slot


def every_hour(day: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """All the working hours of a day."""
    return tuple(datetime(day.year, day.month, day.day, hour, tzinfo=zone) for hour in HOURS)


@given(DATES)
def test_an_urgent_first_visit_is_on_the_next_working_day(today: date) -> None:
    (day,) = first_days(Priority.URGENT, today, today).wished
    assert is_working_day(day)
    assert not any(is_working_day(today + timedelta(days=n)) for n in range(1, (day - today).days))


@given(DATES)
def test_a_routine_first_visit_is_within_seven_days(today: date) -> None:
    days = first_days(Priority.ROUTINE, today, today).wished
    assert len(days) == 5
    assert all(is_working_day(day) and 1 <= (day - today).days <= 7 for day in days)


@given(DATES, st.sampled_from([*Phase, None]))
def test_the_next_visit_is_never_later_than_its_phase_says(today: date, phase: Phase | None) -> None:
    days = next_days(phase, today, today).wished
    assert days
    assert all(is_working_day(day) and day > today for day in days)
    assert DAYS_BY_PHASE[phase] - 2 <= (days[0] - today).days <= DAYS_BY_PHASE[phase]


@given(DATES, ZONES, st.sampled_from(Priority), st.sets(st.tuples(st.integers(0, 9), st.sampled_from(HOURS))))
def test_a_slot_is_in_working_hours_and_free(
    today: date, name: str, priority: Priority, taken: set[tuple[int, int]]
) -> None:
    zone = zone_of(name)
    starts = [datetime.combine(today + timedelta(days=n), datetime.min.time(), zone) for n, _ in taken]
    booked = tuple(at.replace(hour=hour) for at, (_, hour) in zip(starts, taken, strict=True))
    slot = slot_of([member(Role.NURSE, taken=booked)], first_days(priority, today, today), zone)
    local = slot.starts_at.astimezone(zone)
    assert local.hour in HOURS
    assert (local.minute % 30, local.second) == (0, 0)
    assert not 11 < local.hour + local.minute / 60 < 13, "the middle of noon is for lunch"
    assert is_working_day(local.date())
    assert local.date() > today
    way = LEAVING.way(HOME, HOME)
    assert all(abs(slot.starts_at - other) >= timedelta(hours=1) + way for other in booked)


def test_a_visit_in_a_zone_of_half_hours_does_not_overlap_another() -> None:
    nurse = member(Role.NURSE, taken=(datetime(2026, 3, 3, 4, 0, tzinfo=UTC),))  # 9:30 in Kolkata
    slot = slot_of([nurse], first_days(Priority.URGENT, date(2026, 3, 2), date(2026, 3, 2)), zone_of("Asia/Kolkata"))
    assert (slot.starts_at.hour, slot.starts_at.minute) == (11, 0)


@pytest.mark.parametrize(("to", "starts"), [(HOME, "10:30"), (FAR, "11:00"), (None, "10:30")])
def test_the_way_from_the_home_before_is_left_free(to: Place | None, starts: str) -> None:
    zone = zone_of("America/New_York")
    nurse = member(Role.NURSE, taken=(datetime(2026, 3, 3, 9, tzinfo=zone),))
    slot = find_slot([nurse], Days((date(2026, 3, 3),)), AtHome(to, "NY", zone), LEAVING, LONG_AGO)
    assert slot
    assert f"{slot.starts_at:%H:%M}" == starts


def test_a_full_day_has_its_lunch_and_every_way() -> None:
    zone, day = zone_of("America/New_York"), date(2026, 3, 3)
    nurse, found = member(Role.NURSE), list[str]()
    while (slot := slot_of([nurse], Days((day,)), zone)).starts_at.date() == day:
        nurse.take(slot.starts_at, HOME)
        found.append(f"{slot.starts_at:%H:%M}")
    assert found == ["09:00", "10:30", "13:00", "14:30", "16:00"]


def test_an_hour_that_is_over_is_not_found_whatever_day_was_wished_for() -> None:
    zone, now = zone_of("America/New_York"), datetime(2026, 3, 23, 14, 10, tzinfo=UTC)  # Monday, 10:10 there
    past = slot_of([member(Role.NURSE)], Days((date(2026, 3, 9),)), zone, now)
    assert past.starts_at.date() == date(2026, 3, 24)
    today = slot_of([member(Role.NURSE)], Days((date(2026, 3, 23),)), zone, now)
    assert f"{today.starts_at:%d %H:%M}" == "23 10:30"


def test_nobody_is_sent_after_the_last_day_of_their_licence() -> None:
    zone = zone_of("America/New_York")
    ends, goes_on = member(Role.NURSE, 1), member(Role.ADVANCED_PRACTICE_PROVIDER, 2)
    ends.clinician = ends.clinician.but(licences=(Licence(state="NY", until=date(2026, 3, 5)),))
    on_the_last = slot_of([ends, goes_on], Days((date(2026, 3, 5),)), zone)
    the_day_after = slot_of([ends, goes_on], Days((date(2026, 3, 6),)), zone)
    assert (on_the_last.diary.role, the_day_after.diary.role) == (Role.NURSE, Role.ADVANCED_PRACTICE_PROVIDER)


def test_a_patient_has_no_two_visits_in_one_hour() -> None:
    zone, nine = zone_of("America/New_York"), datetime(2026, 3, 3, 9, tzinfo=zone_of("America/New_York"))
    home = AtHome(HOME, "NY", zone, [Taken(nine, nine + timedelta(hours=1))])
    slot = find_slot([member(Role.NURSE)], Days((date(2026, 3, 3),)), home, LEAVING, LONG_AGO)
    assert slot
    assert f"{slot.starts_at:%H:%M}" == "10:00"


def test_when_the_nurse_has_no_hour_on_an_urgent_day_another_of_the_team_visits() -> None:
    zone, monday, tuesday = zone_of("America/New_York"), date(2026, 3, 2), date(2026, 3, 3)
    full = every_hour(tuesday, zone)
    team = [member(Role.DOCTOR, 1), member(Role.NURSE, 2, full), member(Role.ADVANCED_PRACTICE_PROVIDER, 3)]
    slot = slot_of(team, first_days(Priority.URGENT, monday, monday), zone)
    assert slot.diary.role is Role.ADVANCED_PRACTICE_PROVIDER
    assert slot.starts_at.date() == tuesday


def test_when_nobody_has_an_hour_the_nurse_visits_on_the_first_free_day_after() -> None:
    zone, thursday = zone_of("America/New_York"), date(2026, 3, 5)
    full = every_hour(date(2026, 3, 6), zone)
    team = [member(Role.NURSE, 1, full), member(Role.ADVANCED_PRACTICE_PROVIDER, 2, full), member(Role.DOCTOR, 3, full)]
    slot = slot_of(team, first_days(Priority.URGENT, thursday, thursday), zone)
    assert slot.diary.role is Role.NURSE
    assert slot.starts_at.date() == date(2026, 3, 9)


def test_a_social_worker_is_not_sent_in_place_of_the_nurse() -> None:
    zone, monday = zone_of("America/New_York"), date(2026, 3, 2)
    team = [member(Role.SOCIAL_WORKER, 1), member(Role.NURSE, 2, every_hour(date(2026, 3, 3), zone))]
    slot = slot_of(team, first_days(Priority.URGENT, monday, monday), zone)
    assert slot.diary.role is Role.NURSE
    assert slot.starts_at.date() == date(2026, 3, 4)


def test_routine_first_visits_are_spread_over_the_days() -> None:
    zone, monday = zone_of("America/New_York"), date(2026, 3, 2)
    nurse, days = member(Role.NURSE), []
    for _ in range(10):
        slot = slot_of([nurse], first_days(Priority.ROUTINE, monday, monday), zone)
        nurse.take(slot.starts_at, HOME)
        days.append(slot.starts_at.date())
    assert sorted(days[:5]) == sorted(days[5:])
    assert len(set(days)) == 5


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc/localtime"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(TimeZoneUnknown):
        zone_of(name)
