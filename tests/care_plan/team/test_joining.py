"""Clinicians join, change, take leave and resign; who may be asked on which day follows from that."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from pydantic import ValidationError

from carebus.contracts.care_plan import (
    ClinicianChanged,
    ClinicianJoined,
    ClinicianLeaveCancelled,
    ClinicianLeaveTaken,
    ClinicianLeft,
    Hours,
    Licence,
)
from carebus.contracts.event import Subject
from carebus.contracts.people import Role
from carebus.decisions import Cause, Decision
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.joining import (
    CancelLeave,
    ChangeClinician,
    ClinicianAlreadyAway,
    ClinicianAlreadyJoined,
    ClinicianUnknown,
    JoinRoster,
    LeaveRoster,
    LeaveUnknown,
    TakeLeave,
    cancel_leave,
    change_clinician,
    join_roster,
    leave_roster,
    take_leave,
)

ID = UUID("0a8f4d7e-3a51-4b0e-8a57-0c1d2e3f4a5b")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def cause(n: int = 0) -> Cause:
    return Cause(
        id=uuid5(ID, str(n)),
        stream=Subject.ROSTER.stream(ID),
        now=NOON,
        actor="ann",
        correlation_id=ID,
        occurred_at=NOON,
    )


def joins(**more: Any) -> JoinRoster:
    return JoinRoster.model_validate(
        {"name": "Nora Quill", "role": "nurse", "capacity": 25, "licences": [{"state": "ny"}], **more}
    )


def after(decision: Decision) -> Clinician:
    (clinician,) = decision.states
    assert isinstance(clinician, Clinician)
    return clinician


def joined(**more: Any) -> Clinician:
    return after(join_roster(Clinician(), joins(**more), cause()))


def test_who_joins_is_told_with_all_that_was_stated() -> None:
    decision = join_roster(
        Clinician(),
        joins(
            languages=["es", "en"],
            skills=["Wound_Care"],
            area={"postal_code": "10001", "reach_km": 30},
            hours=[{"weekday": 2, "opens": 600, "closes": 900}],
            holidays="US-NY",
        ),
        cause(),
    )
    (told,) = decision.events
    assert isinstance(told, ClinicianJoined)
    assert told.clinician_id == ID == after(decision).clinician_id
    assert told.licences == (Licence(state="NY"),)
    assert (told.languages, told.skills, told.holidays) == (("es", "en"), ("wound_care",), "US-NY")
    assert told.hours == (Hours(weekday=2, opens=600, closes=900),)
    assert told.area is not None
    assert told.area.postal_code == "10001"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("licences", []),
        ("licences", [{"state": "XX"}]),
        ("licences", [{"state": "NY"}, {"state": "ny"}]),
        ("languages", ["Spanish!"]),
        ("languages", ["es", "ES"]),
        ("area", {"town": "Albany"}),
        ("area", {"postal_code": "1234"}),
        ("hours", [{"weekday": 1, "opens": 600, "closes": 600}]),
        ("hours", [{"weekday": 7, "opens": 1, "closes": 600}]),
        ("holidays", "US-XX"),
        ("holidays", "DE"),
        ("capacity", 0),
        ("name", " "),
    ],
)
def test_what_cannot_be_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        joins(**{field: value})


def test_nobody_joins_twice_but_who_left_may_come_back() -> None:
    clinician = joined()
    with pytest.raises(ClinicianAlreadyJoined):
        join_roster(clinician, joins(), cause(1))
    gone = after(leave_roster(clinician, LeaveRoster(clinician_id=ID, last_day=MONDAY), cause(1)))
    assert after(join_roster(gone, joins(name="Nora Hill"), cause(2))).left_on is None


def test_a_change_keeps_what_it_does_not_name_and_tells_all() -> None:
    clinician = joined(languages=["es"])
    decision = change_clinician(clinician, ChangeClinician(clinician_id=ID, capacity=10), cause(1))
    (told,) = decision.events
    assert isinstance(told, ClinicianChanged)
    assert (told.capacity, told.languages, told.role) == (10, ("es",), Role.NURSE)
    assert change_clinician(after(decision), ChangeClinician(clinician_id=ID, capacity=10), cause(2)).ignored


def test_leave_is_taken_once_for_a_day_and_can_be_cancelled() -> None:
    takes = TakeLeave(clinician_id=ID, first_day=MONDAY, last_day=MONDAY + 4 * DAY)
    decision = take_leave(joined(), takes, cause(1))
    (told,) = decision.events
    away = after(decision)
    assert isinstance(told, ClinicianLeaveTaken)
    assert [away.is_away(MONDAY + n * DAY) for n in (-1, 0, 4, 5)] == [False, True, True, False]
    assert away.hours_on(MONDAY) is None
    with pytest.raises(ClinicianAlreadyAway):
        take_leave(away, TakeLeave(clinician_id=ID, first_day=MONDAY + 4 * DAY, last_day=MONDAY + 9 * DAY), cause(2))
    back = cancel_leave(away, CancelLeave(clinician_id=ID, leave_id=told.leave_id), cause(3))
    assert isinstance(back.events[0], ClinicianLeaveCancelled)
    assert after(back).hours_on(MONDAY) is not None
    with pytest.raises(LeaveUnknown):
        cancel_leave(after(back), CancelLeave(clinician_id=ID, leave_id=told.leave_id), cause(4))
    with pytest.raises(ValidationError, match="not before the first"):
        TakeLeave(clinician_id=ID, first_day=MONDAY, last_day=MONDAY - DAY)


def test_who_resigns_works_on_the_last_day_and_not_after_it() -> None:
    decision = leave_roster(joined(), LeaveRoster(clinician_id=ID, last_day=MONDAY), cause(1))
    assert isinstance(decision.events[0], ClinicianLeft)
    gone = after(decision)
    assert [gone.is_employed(MONDAY), gone.is_employed(MONDAY + DAY)] == [True, False]
    assert gone.hours_on(MONDAY + DAY) is None
    assert leave_roster(gone, LeaveRoster(clinician_id=ID, last_day=MONDAY), cause(2)).ignored


def test_of_a_stranger_nothing_can_be_said() -> None:
    for decide, command in (
        (change_clinician, ChangeClinician(clinician_id=ID)),
        (take_leave, TakeLeave(clinician_id=ID, first_day=MONDAY, last_day=MONDAY)),
        (cancel_leave, CancelLeave(clinician_id=ID, leave_id=ID)),
        (leave_roster, LeaveRoster(clinician_id=ID, last_day=MONDAY)),
    ):
        with pytest.raises(ClinicianUnknown):
            decide(Clinician(), command, cause())  # type: ignore[arg-type]


def test_a_licence_holds_in_its_state_to_the_end_of_its_last_day() -> None:
    clinician = joined(licences=[{"state": "NY", "until": "2026-03-02"}, {"state": "NJ"}])
    assert clinician.licensed_in("NY", MONDAY)
    assert not clinician.licensed_in("NY", MONDAY + DAY)
    assert clinician.licensed_in("NJ", MONDAY + 9999 * DAY)
    assert not clinician.licensed_in("CA", MONDAY)


def test_who_joined_by_an_earlier_release_counts_as_licensed_everywhere_until_a_licence_is_stated() -> None:
    earlier = Clinician(clinician_id=ID, name="Nora Quill", role=Role.NURSE, capacity=25)
    assert earlier.licensed_in("CA", MONDAY)
    states = ChangeClinician.model_validate({"clinician_id": ID, "licences": [{"state": "NY"}]})
    assert not after(change_clinician(earlier, states, cause())).licensed_in("CA", MONDAY)


@pytest.mark.parametrize(
    ("observed", "day", "works"),
    [
        (None, date(2026, 7, 3), False),  # Independence Day, observed
        ("none", date(2026, 7, 3), True),
        ("US-CA", date(2026, 3, 31), False),  # Cesar Chavez Day
        (None, date(2026, 3, 31), True),
        (None, date(2026, 3, 7), False),  # a Saturday
    ],
)
def test_nobody_works_on_a_holiday_they_keep(observed: str | None, day: date, works: bool) -> None:
    assert (joined(holidays=observed).hours_on(day) is not None) is works


def test_a_language_is_met_in_whatever_land_it_is_spoken() -> None:
    clinician = joined(languages=["es", "zh-Hant"])
    assert [clinician.speaks(tag) for tag in ("es-MX", "ES", "zh", "en", "vi")] == [True, True, True, True, False]
