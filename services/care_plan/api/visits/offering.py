"""Which changes of a visit a page offers as things stand, and why it offers none."""

from datetime import datetime

from services.care_plan.domain.care import Care, Visit


def why_not(care: Care, visit: Visit | None) -> str:
    """Why nothing of this visit can be changed now, or nothing; None is a visit that is over."""
    if visit is None:
        return "This visit is over"
    if care.ended:
        return "Care has ended"
    if care.holds:
        return "A death was reported: care is on hold"
    return "Care goes on in another record" if care.held else ""


def senseless(visit: Visit, now: datetime) -> set[str]:
    """What makes no sense as the visit stands, and so is not offered."""
    begun = {"confirm", "start", "reschedule", "convert", "cancel"} if visit.started_at else set()
    confirmed = {"confirm"} if visit.confirmed_at else set()
    early = {"no-show"} if now < visit.starts_at else set()
    return {"sign"} | begun | confirmed | early
