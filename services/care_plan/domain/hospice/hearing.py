"""News of a death of somebody in hospice: our care has ended, so it holds nothing and is a task until recorded."""

from carebus.contracts.care_plan import EndReason
from carebus.contracts.line import DeathReported, DeathReportWithdrawn
from carebus.decisions import Cause, Decision, changed, ignore
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.episode import holding
from services.care_plan.domain.hospice.state import DeathNews, Hospice


def follow_report(care: Care, hospice: Hospice, event: DeathReported, cause: Cause) -> Decision:
    """In our care it holds everything; in hospice somebody is to ask the hospice, and to record it."""
    if care.ended is None or care.ended.reason is not EndReason.HOSPICE or not hospice.enrolled:
        return holding.follow_report(care, event, cause)
    if hospice.death_news is not None:
        return ignore("report_known")
    on = event.died_on if event.died_on and event.died_on <= day_of(care, cause.now) else None
    return changed(hospice.but(death_news=DeathNews(report_id=event.report_id, on=on, reported_at=event.reported_at)))


def follow_report_withdrawal(hospice: Hospice, event: DeathReportWithdrawn, _: Cause) -> Decision:
    """Whoever reported it takes it back; what it held in our care people dismiss."""
    if hospice.death_news is None or hospice.death_news.report_id != event.report_id:
        return ignore("not_of_hospice")
    return changed(hospice.but(death_news=None))
