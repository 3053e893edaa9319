"""What the referral service hears, and which decision answers it."""

from carebus.contracts.care_plan import VisitSummaryIssued
from carebus.decisions import Handlers, on
from services.referral.domain.feedback import Feedback, keep_summary

HANDLERS: Handlers = {
    VisitSummaryIssued: on(Feedback, keep_summary),
}
