"""Finds an hour for each visit that is wanted, in the diaries of the patient's own team."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from carebus.contracts.event import Stream
from services.care_plan.domain.care import Care, Wanted
from services.care_plan.domain.care.zones import zone_of
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.diaries import FARTHEST, AtHome, Diary, Leaving, Slot, Taken, find_slot
from services.care_plan.domain.team.states import home_of, state_code
from services.care_plan.domain.visits.booking import BookWanted
from services.care_plan.domain.visits.calendar import Days
from services.care_plan.store.rulesets import day_rules, travel_rules
from services.care_plan.store.visits import Hour

BEYOND = timedelta(days=2 * FARTHEST)
"""So far after the last day wished for an hour is looked for: working days, with their weekends."""


def span(cares: Iterable[Care], now: datetime) -> tuple[datetime, datetime]:
    """From when to when hours matter for what these patients want."""
    last = max((wanted.due for care in cares for wanted in care.wanted), default=now.date())
    return now, datetime.combine(last, now.timetz()) + BEYOND


def find(
    cares: Mapping[Stream, Care],
    people: Mapping[UUID, Clinician],
    taken: Sequence[Hour],
    now: datetime,
    own_rules: Path | None = None,
) -> dict[Stream, list[BookWanted]]:
    """One hour for each visit, each taken once, with time for lunch and ways. Who finds none is left out."""
    leaving = Leaving(day_rules(own_rules), travel_rules(own_rules))
    diaries = {clinician_id: Diary(clinician, []) for clinician_id, clinician in people.items()}
    for hour in taken:
        diaries[hour.clinician_id].taken.append(Taken(hour.starts_at, hour.ends_at, home_of(hour.address)))
    found: dict[Stream, list[BookWanted]] = {}
    for stream, care in cares.items():
        team = [diaries[member.clinician_id] for member in care.team if member.clinician_id in diaries]
        books = [book for wanted in care.wanted if (book := _book(care, wanted, team, leaving, now))]
        found |= {stream: books} if books else {}
    return found


def _book(care: Care, wanted: Wanted, team: Sequence[Diary], leaving: Leaving, now: datetime) -> BookWanted | None:
    home = _at_home(care)
    slot = find_slot(team, Days(wanted.days, spread=wanted.spread), home, leaving, now)
    if slot is None:
        return None
    slot.diary.take(slot.starts_at, home.place)
    return _taken(care, wanted, slot)


def _at_home(care: Care) -> AtHome:
    assert care.patient is not None, "who is in care is known"
    at = care.patient.address
    comes = [Taken(one.starts_at, one.starts_at + timedelta(minutes=one.minutes)) for one in care.visits]
    return AtHome(home_of(at), state_code(at.state, at.postal_code), zone_of(care.patient.time_zone), comes)


def _taken(care: Care, wanted: Wanted, slot: Slot) -> BookWanted:
    member = next(one for one in care.team if one.clinician_id == slot.diary.clinician.clinician_id)
    return BookWanted(wanted_id=wanted.wanted_id, people=(member,), starts_at=slot.starts_at)
