"""`python -m bench.care_plan.days`: how long it takes to lay out a clinician's day, by the number of visits."""

from __future__ import annotations

import random
import statistics
import time
from uuid import UUID

from bench.care_plan.clinic import DAY, SEED, clinicians, patients
from carebus.contracts.people import Role
from services.care_plan.domain.team.routes import DayAsked, ToVisit, lay_out
from services.care_plan.domain.team.travel import km_between
from services.care_plan.store.rulesets import day_rules, travel_rules

DAYS = 40
NEAREST = 200
HOUR = 60
OPENS, CLOSES = 9 * HOUR, 17 * HOUR


def days(visits: int) -> list[DayAsked]:
    """Days with so many visits of 30 to 60 minutes, half of them with a window of three hours."""
    chance = random.Random(SEED + visits)
    staff, people = clinicians(DAYS, 5000, (Role.NURSE,)), patients(5000, (Role.NURSE,))
    made = []
    for who in staff:
        home = who.place
        near = sorted(people, key=lambda one: km_between(home, one.place) if home and one.place else 0)[:NEAREST]
        made.append(
            DayAsked(
                opens=OPENS,
                closes=CLOSES,
                area=who.clinician.area,
                visits=tuple(
                    _visit(chance, n, one.address.model_copy()) for n, one in enumerate(chance.sample(near, visits))
                ),
                rules=day_rules(),
                travel=travel_rules(),
            )
        )
    return made


def _visit(chance: random.Random, n: int, address: object) -> ToVisit:
    first = chance.choice([9, 10, 11, 12, 13, 14]) * HOUR if chance.random() < 1 / 2 else None
    window = {} if first is None else {"earliest": first, "latest": first + 3 * HOUR}
    return ToVisit.model_validate(
        {"visit_id": UUID(int=n), "minutes": chance.choice([30, 45, 60]), "address": address, **window}
    )


def main() -> None:
    print(f"{DAYS} days in {DAY.year}, made up")
    for visits in (4, 6, 8, 10, 12, 14):
        took, ways, left = [], 0, 0
        for asked in days(visits):
            begun = time.perf_counter()
            found = lay_out(asked)
            took.append((time.perf_counter() - begun) * 1000)
            ways += found.travel_minutes
            left += len(found.left_out)
        print(
            f"  {visits:2} visits: median {statistics.median(took):6.1f} ms, most {max(took):6.1f} ms;"
            f" ways {ways / DAYS:4.0f} min a day, left out {left}"
        )


if __name__ == "__main__":
    main()
