"""Which visit is wanted next. The planner finds who comes and at which hour; here it is only said what is needed."""

from datetime import date, datetime

from carebus.contracts.care_plan import VisitPurpose
from carebus.decisions import Cause
from services.care_plan.domain.care import Care, Wanted
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.visits.calendar import Days, first_days, next_days


def wanting_first(care: Care, cause: Cause) -> Care:
    """The first visit is wanted, counted from the acceptance; one that is planned or wanted is enough."""
    if care.visits or care.wanted or care.completed:
        return care
    accepted_on = day_of(care, care.opened_at or cause.now)
    return wanting(care, VisitPurpose.FIRST, first_days(care.priority, accepted_on, day_of(care, cause.now)), cause)


def wanting_next(care: Care, cause: Cause, since: datetime | None = None) -> Care:
    """The next regular visit is wanted, as the phase says, unless somebody comes by then anyway."""
    days = next_days(care.phase, day_of(care, since or cause.now), day_of(care, cause.now))
    return care if is_met(care, max(days.wished), cause.now) else wanting(care, VisitPurpose.REGULAR, days, cause)


def is_met(care: Care, due: date, now: datetime) -> bool:
    """Whether a visit is to come or wanted by this day. One whose hour is over brings nobody, reported or not."""
    planned = any(visit.starts_at > now and day_of(care, visit.starts_at) <= due for visit in care.visits)
    return planned or any(wanted.due <= due for wanted in care.wanted)


def wanting(care: Care, purpose: VisitPurpose, days: Days, cause: Cause) -> Care:
    """The same care with one more visit wanted."""
    wanted = Wanted(
        wanted_id=cause.derive("wanted", purpose),
        purpose=purpose,
        days=days.wished,
        spread=days.spread,
        since=cause.now,
    )
    return care.but(wanted=(*care.wanted, wanted))
